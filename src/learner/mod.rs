//! The learner: a model joined with its optimizer, and the two halves of a step.
//!
//! [`Learner::pass`] goes forward and back and touches nothing; [`Learner::update`] spends the gradients. Between the
//! two stands whoever decides whether the numbers are healthy, so a sick gradient never reaches the weights.

mod checkpoint;
mod optimizer;

pub use checkpoint::{Checkpoint, write_beside};
pub use optimizer::{OptimizerConfig, Rule};

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::data::Batch;
use crate::model::{Mlp, Targets, read, softmax_cross_entropy};
use crate::numerics::{self, Vitals};

/// A model that learns.
pub struct Learner {
    /// The network, on an autodiff device.
    pub model: Mlp,
    optimizer: ModuleOptimizer,
    targets: Targets,
    device: Device,
}

/// What one pass found: nothing has changed yet.
pub struct Pass {
    /// The mean loss of the batch.
    pub loss: f64,
    /// The rows whose most probable class is theirs.
    pub correct: usize,
    /// The Euclidean norm of the whole gradient; not finite if any entry is not.
    pub norm: f64,
    gradients: GradientsParams,
}

impl Learner {
    /// Joins a model, which must live on `device`, with an optimizer; `device` is an autodiff device.
    pub fn new(model: Mlp, optimizer: ModuleOptimizer, targets: Targets, device: Device) -> Self {
        Learner { model, optimizer, targets, device }
    }

    /// Forward, loss, backward; one read from the device.
    pub fn pass(&self, batch: &Batch) -> Pass {
        let logits = self.model.forward(batch.x.clone()); // [n, classes]
        let targets = self.targets.of(&batch.labels, &self.device);
        let loss = softmax_cross_entropy(logits.clone(), targets);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
        let mut numbers = vec![loss.inner(), correct(logits.inner(), &batch.labels)];
        self.each_gradient(&gradients, |_, square| numbers.push(square));
        let numbers: Vec<f32> = read(Tensor::cat(numbers, 0));
        let squares: f64 = numbers[2..].iter().map(|&s| f64::from(s)).sum();
        let norm = if squares.is_finite() { squares.sqrt() } else { self.exact_norm(&gradients) };
        Pass { loss: f64::from(numbers[0]), correct: numbers[1] as usize, norm, gradients }
    }

    /// Spends the gradients of a pass at this learning rate; a norm above `clip` is scaled down to it first, all
    /// tensors by one factor (Pascanu et al. 2013).
    pub fn update(&mut self, rate: f64, clip: Option<f64>, mut pass: Pass) {
        if let Some(clip) = clip.filter(|&clip| pass.norm > clip) {
            pass.gradients = self.scaled(pass.gradients, clip / pass.norm);
        }
        self.model = self.optimizer.step(rate, self.model.clone(), pass.gradients);
    }

    /// The name of the first tensor that is not finite: forward order, then gradients, then parameters.
    pub fn first_nonfinite(&self, batch: &Batch, pass: &Pass) -> String {
        let sick = |x: Tensor<1>| numerics::vitals(&read(x)).nonfinite > 0;
        let model = self.model.valid();
        let forward = model.trace(batch.x.clone().inner()).into_iter().map(|(name, z)| (name, z.flatten(0, 1)));
        for (name, z) in std::iter::once(("x".to_string(), batch.x.clone().inner().flatten(0, 1))).chain(forward) {
            if sick(z) {
                return name;
            }
        }
        let mut name = None;
        self.each_gradient(&pass.gradients, |tensor, square| {
            if name.is_none() && sick(square) {
                name = Some(format!("d_{tensor}"));
            }
        });
        name.unwrap_or_else(|| "loss".into())
    }

    /// The largest finite magnitude among the parameters and the number of those that are not finite.
    pub fn vitals(&self) -> Vitals {
        let flat: Vec<f32> = self.model.weights().into_iter().flat_map(|(w, b)| w.into_iter().chain(b)).collect();
        numerics::vitals(&flat)
    }

    /// Calls `see` with each parameter's name and its gradient's sum of squares, `[1]`, in forward order.
    fn each_gradient(&self, gradients: &GradientsParams, mut see: impl FnMut(String, Tensor<1>)) {
        for (depth, layer) in (1..).zip(&self.model.layers) {
            if let Some(d_weight) = gradients.get::<2>(layer.weight.id) {
                see(format!("weight{depth}"), d_weight.powi_scalar(2).sum());
            }
            let bias = layer.bias.as_ref().and_then(|bias| gradients.get::<1>(bias.id));
            if let Some(d_bias) = bias {
                see(format!("bias{depth}"), d_bias.powi_scalar(2).sum());
            }
        }
    }

    /// The norm where squares overflow: infinite only if a gradient really is not finite.
    fn exact_norm(&self, gradients: &GradientsParams) -> f64 {
        let mut all: Vec<f32> = Vec::new();
        for layer in &self.model.layers {
            all.extend(gradients.get::<2>(layer.weight.id).map(|g| read(g.flatten(0, 1))).unwrap_or_default());
            all.extend(layer.bias.as_ref().and_then(|b| gradients.get::<1>(b.id)).map(read).unwrap_or_default());
        }
        let vitals = numerics::vitals(&all);
        if vitals.nonfinite > 0 { f64::INFINITY } else { vitals.norm }
    }

    fn scaled(&self, mut gradients: GradientsParams, factor: f64) -> GradientsParams {
        for layer in &self.model.layers {
            if let Some(d_weight) = gradients.remove::<2>(layer.weight.id) {
                gradients.register(layer.weight.id, d_weight.mul_scalar(factor));
            }
            let bias = layer.bias.as_ref().and_then(|bias| Some((bias.id, gradients.remove::<1>(bias.id)?)));
            if let Some((id, d_bias)) = bias {
                gradients.register(id, d_bias.mul_scalar(factor));
            }
        }
        gradients
    }
}

/// How many rows of `logits` are largest at their label, as a float tensor `[1]`.
pub fn correct(logits: Tensor<2>, labels: &[u32]) -> Tensor<1> {
    let labels: Vec<i32> = labels.iter().map(|&y| y as i32).collect();
    let n = labels.len();
    let labels = Tensor::<2, Int>::from_data(TensorData::new(labels, [n, 1]), &logits.device());
    logits.argmax(1).equal(labels).float().sum()
}
