//! The optimizer: a rule with what it remembers, which turns gradients into updates.
//!
//! It is our own instead of Burn's for two reasons: it changes weights and moments where they lie (see `update`), and its
//! moments are plain tensors, so that a checkpoint has the same bytes on every device. On the path of a batch this is the
//! last station.

use burn::tensor::{Device, Tensor, TensorData};

use super::rule::{OptimizerConfig, Rule};
use super::update::Coefficients;
use crate::engine::{Effect, to_host};

impl OptimizerConfig {
    /// The optimizer before its first update.
    pub fn init(&self) -> Optimizer {
        Optimizer { config: *self, steps: 0, moments: Vec::new() }
    }

    /// How many moments the rule keeps for each parameter.
    fn memory(&self) -> usize {
        match self.rule {
            Rule::Sgd => usize::from(self.momentum > 0.0),
            Rule::Rmsprop => 1,
            Rule::Adam | Rule::Adamw => 2,
        }
    }
}

/// A rule with what it remembers.
#[derive(Clone, Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    /// How many updates there have been.
    steps: u64,
    /// The moments of every parameter in forward order, flat, on a device without autodiff.
    moments: Vec<Vec<Tensor<1>>>,
}

impl Optimizer {
    /// Begins update number t = 1, 2, …, in which [`Optimizer::step`] must be called once for every parameter.
    pub fn begin(&mut self) {
        self.steps += 1;
    }

    /// Updates parameter number `place` at this learning rate and returns it. The gradient is multiplied with `factor`
    /// first. On the CPU `effect`, if given, is overwritten by what the update did; on other devices it is left alone.
    ///
    /// # Shapes
    /// `weight` and its gradient are flat and of equal length, on a device without autodiff.
    pub fn step(
        &mut self,
        place: usize,
        (rate, factor): (f64, f64),
        [weight, gradient]: [Tensor<1>; 2],
        effect: Option<&mut Effect>,
    ) -> Tensor<1> {
        if self.moments.len() <= place {
            let zeros = || Tensor::zeros(weight.dims(), &weight.device());
            self.moments.resize_with(place + 1, || (0..self.config.memory()).map(|_| zeros()).collect());
        }
        let now = Coefficients::of(&self.config, self.steps, rate, factor);
        let mut moments = std::mem::take(&mut self.moments[place]).into_iter();
        let (weight, moments) = match (self.config.rule, moments.next(), moments.next()) {
            (Rule::Adam | Rule::Adamw, Some(m), Some(v)) => {
                let [w, m, v] = now.adam(gradient, [weight, m, v], effect);
                (w, vec![m, v])
            }
            (Rule::Rmsprop, Some(v), _) => {
                let [w, v] = now.rmsprop(gradient, [weight, v], effect);
                (w, vec![v])
            }
            (_, Some(v), _) => {
                let [w, v] = now.momentum(gradient, [weight, v], effect);
                (w, vec![v])
            }
            _ => {
                let [w] = now.plain(gradient, [weight], effect);
                (w, Vec::new())
            }
        };
        self.moments[place] = moments;
        weight
    }

    /// The number of updates so far, and all moments as numbers, in the order in which [`Optimizer::restore`] takes
    /// them.
    pub fn memory(&self) -> (u64, Vec<Vec<f32>>) {
        (self.steps, self.moments.iter().flatten().map(|moment| to_host(moment.clone())).collect())
    }

    /// Whether `memory` is what this rule remembers of parameters of these sizes. Before the first update it is empty.
    pub fn takes(&self, memory: &[Vec<f32>], sizes: &[usize]) -> bool {
        let lengths = sizes.iter().flat_map(|&size| vec![size; self.config.memory()]);
        memory.is_empty() || memory.iter().map(Vec::len).eq(lengths)
    }

    /// Puts back what [`Optimizer::memory`] gave; `device` is one without autodiff.
    pub fn restore(&mut self, steps: u64, memory: Vec<Vec<f32>>, device: &Device) {
        let tensor = |numbers: &Vec<f32>| {
            let length = numbers.len();
            Tensor::from_data(TensorData::new(numbers.clone(), [length]), device)
        };
        self.steps = steps;
        self.moments = memory.chunks(self.config.memory().max(1)).map(|of| of.iter().map(tensor).collect()).collect();
    }
}

/// What a network that lives on a GPU takes of an optimizer, and gives back.
#[cfg(feature = "cube")]
impl Optimizer {
    /// The rule, and whether it has a momentum.
    pub(super) fn kind(&self) -> (Rule, bool) {
        (self.config.rule, self.config.memory() > 0)
    }

    /// The numbers of the update that comes after `more` others.
    pub(super) fn table(&self, more: u64, rate: f64) -> crate::engine::Coefficients {
        let Coefficients { rate, coupled, kept, momentum, ahead, along, one, two, epsilon, .. } =
            Coefficients::of(&self.config, self.steps + more, rate, 1.0);
        crate::engine::Coefficients {
            rate,
            epsilon,
            kept,
            coupled,
            momentum,
            ahead,
            along,
            one,
            two,
            ..Default::default()
        }
    }

    /// The moments of all parameters, of which there are `length` numbers, one after another: the first of each, and
    /// the second.
    pub(super) fn flat(&self, length: usize) -> [Vec<f32>; 2] {
        let of = |k: usize| {
            let known: Vec<f32> =
                self.moments.iter().filter_map(|m| m.get(k)).flat_map(|m| to_host(m.clone())).collect();
            match known.is_empty() && self.config.memory() > k {
                true => vec![0.0; length],
                false => known,
            }
        };
        [of(0), of(1)]
    }

    /// Notes that so many updates were made elsewhere.
    pub(super) fn advance(&mut self, updates: u64) {
        self.steps += updates;
    }

    /// Takes back the moments of parameters of these sizes, laid out as [`Optimizer::flat`] gives them.
    pub(super) fn bring_back(&mut self, moments: &[Vec<f32>], sizes: &[usize], device: &Device) {
        let mut at = 0;
        let mut memory = Vec::new();
        for &size in sizes {
            memory.extend(moments.iter().map(|all| all[at..at + size].to_vec()));
            at += size;
        }
        self.restore(self.steps, memory, device);
    }
}
