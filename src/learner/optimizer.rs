//! The optimizer: how a gradient becomes an update, with the constants and the conventions of PyTorch.
//!
//! It is our own instead of Burn's for three reasons. It changes weights and moments where they lie (a third of a
//! step of a wide network went into fresh buffers), it applies the clipping factor in the same walk, and its moments
//! are plain tensors, so that a checkpoint has the same bytes on every device. Off the CPU the same formulas are
//! tensor operations. On the path of a batch this is the last station.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::engine::{Effect, replace_each, to_host, with_slice, with_slices_mut};
use crate::words::words;

/// The rule of an update, by the name a user gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Gradient descent, with momentum if the user wants it (Polyak 1964, Nesterov 1983).
    Sgd,
    /// RMSprop (Hinton 2012).
    Rmsprop,
    /// Adam, with weight decay added to the gradient (Kingma and Ba 2015).
    Adam,
    /// Adam, with weight decay apart from the gradient (Loshchilov and Hutter 2019).
    Adamw,
}

words!(Rule: Sgd "sgd", Rmsprop "rmsprop", Adam "adam", Adamw "adamw");

impl Rule {
    /// The learning rate that suits the rule if the user gives none.
    pub fn rate(self) -> f64 {
        match self {
            Rule::Sgd => 0.1,
            _ => 0.003,
        }
    }
}

/// A rule with its constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizerConfig {
    /// The rule.
    pub rule: Rule,
    /// The share μ of the last update that is kept, for SGD.
    pub momentum: f64,
    /// Whether to look ahead along the momentum (Nesterov 1983), for SGD.
    pub nesterov: bool,
    /// The share of each weight that is removed for each unit of the learning rate.
    pub weight_decay: f64,
    /// The share β₁ of the first moment that is kept, for Adam and AdamW.
    pub beta1: f64,
    /// The share β₂ of the second moment that is kept, for Adam and AdamW.
    pub beta2: f64,
    /// What is added to a root before it divides, so that nothing is divided by zero; for all rules but SGD.
    pub epsilon: f64,
}

/// The share of RMSprop's moment that is kept.
const ALPHA: f64 = 0.99;

/// Plain gradient descent, with the constants of Kingma and Ba (2015) for whoever chooses Adam.
impl Default for OptimizerConfig {
    fn default() -> Self {
        OptimizerConfig {
            rule: Rule::Sgd,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}

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

/// The numbers of an update that are the same for every entry of every parameter.
#[derive(Clone, Copy)]
struct Coefficients {
    /// The learning rate.
    rate: f32,
    /// The clipping factor, which gradients are multiplied with first.
    factor: f32,
    /// What is added to the gradient for each unit of weight: coupled weight decay.
    coupled: f32,
    /// What remains of a weight before the update: decoupled weight decay.
    kept: f32,
    /// The share μ of the last update that is kept.
    momentum: f32,
    /// Whether to look ahead along the momentum.
    nesterov: bool,
    /// β₁ and 1 − β₁.
    one: [f32; 2],
    /// β₂ and 1 − β₂.
    two: [f32; 2],
    /// What is added to roots.
    epsilon: f32,
    /// 1 − β₁ᵗ, the bias correction of the first moment at update t.
    first: f32,
    /// √(1 − β₂ᵗ), the root of the bias correction of the second moment.
    second: f32,
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
        let now = self.coefficients(rate, factor);
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

    /// The coefficients of the update that has begun.
    fn coefficients(&self, rate: f64, factor: f64) -> Coefficients {
        let config = &self.config;
        let (t, apart) = (self.steps as f64, config.rule == Rule::Adamw);
        Coefficients {
            rate: rate as f32,
            factor: factor as f32,
            coupled: if apart { 0.0 } else { config.weight_decay as f32 },
            kept: if apart { (1.0 - rate * config.weight_decay) as f32 } else { 1.0 },
            momentum: config.momentum as f32,
            nesterov: config.nesterov,
            one: [config.beta1 as f32, (1.0 - config.beta1) as f32],
            two: [config.beta2 as f32, (1.0 - config.beta2) as f32],
            epsilon: config.epsilon as f32,
            first: (1.0 - config.beta1.powf(t)) as f32,
            second: (1.0 - config.beta2.powf(t)).sqrt() as f32,
        }
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
        let later = Optimizer { steps: self.steps + more, moments: Vec::new(), ..*self };
        let now = later.coefficients(rate, 1.0);
        let adam = matches!(self.config.rule, Rule::Adam | Rule::Adamw);
        let (ahead, along) = if now.nesterov { (1.0, now.momentum) } else { (0.0, 1.0) };
        crate::engine::Coefficients {
            rate: if adam { now.rate * now.second / now.first } else { now.rate },
            epsilon: if adam { now.epsilon * now.second } else { now.epsilon },
            kept: now.kept,
            coupled: now.coupled,
            momentum: now.momentum,
            ahead,
            along,
            one: now.one,
            two: if self.config.rule == Rule::Rmsprop { [ALPHA as f32, (1.0 - ALPHA) as f32] } else { now.two },
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

/// Replaces every entry of all `tensors` by `f` of the gradient's entry and theirs, where they lie. `effect`, if
/// given, is overwritten by what happened to the first tensor.
///
/// # Errors
/// The tensors as they were, if their numbers are not in the CPU's memory.
fn replace<const N: usize>(
    gradient: &Tensor<1>,
    tensors: [Tensor<1>; N],
    effect: Option<&mut Effect>,
    f: impl Fn(f32, [f32; N]) -> [f32; N] + Copy + Sync,
) -> Result<[Tensor<1>; N], [Tensor<1>; N]> {
    with_slices_mut(tensors, |slices| {
        with_slice(gradient, |gradient| replace_each(gradient, slices, effect, f)).unwrap_or_default()
    })
}

/// The rules. In each, g is the gradient of one entry after clipping, with coupled weight decay added, and w its
/// weight. The formula stands twice: for entries where they lie, and composed of tensor operations for other devices.
impl Coefficients {
    /// Gradient descent: w ← w − rate · g.
    fn plain(self, g: Tensor<1>, tensors: [Tensor<1>; 1], effect: Option<&mut Effect>) -> [Tensor<1>; 1] {
        let Coefficients { rate, factor, coupled, .. } = self;
        replace(&g, tensors, effect, |g, [w]| [w - rate * (factor * g + coupled * w)]).unwrap_or_else(|[w]| {
            let step = g * factor + w.clone() * coupled;
            [w - step * rate]
        })
    }

    /// Momentum: v ← μ v + g; w ← w − rate · v (Polyak 1964), or w ← w − rate · (g + μ v) looking ahead (Nesterov
    /// 1983 in the form of Sutskever et al. 2013).
    fn momentum(self, g: Tensor<1>, tensors: [Tensor<1>; 2], effect: Option<&mut Effect>) -> [Tensor<1>; 2] {
        let Coefficients { rate, factor, coupled, momentum, nesterov, .. } = self;
        let (ahead, along) = if nesterov { (1.0, momentum) } else { (0.0, 1.0) };
        replace(&g, tensors, effect, |g, [w, v]| {
            let d = factor * g + coupled * w;
            let v = momentum * v + d;
            [w - rate * (ahead * d + along * v), v]
        })
        .unwrap_or_else(|[w, v]| {
            let d = g * factor + w.clone() * coupled;
            let v = v * momentum + d.clone();
            [w - (d * ahead + v.clone() * along) * rate, v]
        })
    }

    /// RMSprop: v ← α v + (1 − α) g²; w ← w − rate · g / (√v + ε) (Hinton 2012).
    fn rmsprop(self, g: Tensor<1>, tensors: [Tensor<1>; 2], effect: Option<&mut Effect>) -> [Tensor<1>; 2] {
        let Coefficients { rate, factor, coupled, epsilon, .. } = self;
        let (alpha, rest) = (ALPHA as f32, (1.0 - ALPHA) as f32);
        replace(&g, tensors, effect, |g, [w, v]| {
            let d = factor * g + coupled * w;
            let v = alpha * v + rest * d * d;
            [w - rate * d / (v.sqrt() + epsilon), v]
        })
        .unwrap_or_else(|[w, v]| {
            let d = g * factor + w.clone() * coupled;
            let v = v * alpha + d.clone() * d.clone() * rest;
            [w - d / (v.clone().sqrt() + epsilon) * rate, v]
        })
    }

    /// Adam: m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − rate · m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ) and
    /// v̂ = v / (1 − β₂ᵗ) (Kingma and Ba 2015).
    ///
    /// Multiplied out this is rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε √(1 − β₂ᵗ)), so that each entry takes one
    /// division.
    fn adam(self, g: Tensor<1>, tensors: [Tensor<1>; 3], effect: Option<&mut Effect>) -> [Tensor<1>; 3] {
        let Coefficients { rate, factor, coupled, kept, first, second, .. } = self;
        let ([one, rest1], [two, rest2]) = (self.one, self.two);
        let (rate, epsilon) = (rate * second / first, self.epsilon * second);
        replace(&g, tensors, effect, move |g, [w, m, v]| {
            let d = factor * g + coupled * w;
            let m = one * m + rest1 * d;
            let v = two * v + rest2 * d * d;
            [kept * w - rate * m / (v.sqrt() + epsilon), m, v]
        })
        .unwrap_or_else(|[w, m, v]| {
            let d = g * factor + w.clone() * coupled;
            let m = m * one + d.clone() * rest1;
            let v = v * two + d.clone() * d * rest2;
            let step = m.clone() / (v.clone().sqrt() + epsilon);
            [w * kept - step * rate, m, v]
        })
    }
}
