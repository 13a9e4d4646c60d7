//! The update: each rule as a formula, with the constants and the conventions of PyTorch.
//!
//! On the CPU weights and moments change where they lie (a third of a step of a wide network went into fresh buffers), and
//! the clipping factor is applied in the same walk. Off the CPU the same formulas are tensor operations.

use burn::tensor::Tensor;

use super::rule::{OptimizerConfig, Rule};
use crate::engine::{Effect, replace_each, with_slice, with_slices_mut};

/// The share of RMSprop's moment that is kept.
const ALPHA: f64 = 0.99;

/// The numbers of an update that are the same for every entry of every parameter.
#[derive(Clone, Copy)]
pub(super) struct Coefficients {
    /// The learning rate; for Adam with the corrections of both moments.
    pub rate: f32,
    /// The clipping factor, which gradients are multiplied with first.
    pub factor: f32,
    /// What is added to the gradient for each unit of weight: coupled weight decay.
    pub coupled: f32,
    /// What remains of a weight before the update: decoupled weight decay.
    pub kept: f32,
    /// The share μ of the last update that is kept.
    pub momentum: f32,
    /// What of the gradient moves the weights beside the velocity.
    pub ahead: f32,
    /// What of the velocity moves the weights.
    pub along: f32,
    /// The share of the first moment that is kept, and the rest: β₁ and 1 − β₁.
    pub one: [f32; 2],
    /// The share of the second moment that is kept, and the rest: β₂ and 1 − β₂, or α and 1 − α.
    pub two: [f32; 2],
    /// What is added to roots; for Adam with the correction of the second moment.
    pub epsilon: f32,
}

impl Coefficients {
    /// The numbers of update number `t` = 1, 2, … at this learning rate, whose gradients are multiplied with `factor` first.
    /// The corrections of Adam's moments, 1 − β₁ᵗ and √(1 − β₂ᵗ), are multiplied into rate and epsilon, see
    /// [`Coefficients::adam`].
    pub fn of(config: &OptimizerConfig, t: u64, rate: f64, factor: f64) -> Self {
        let (t, apart) = (t as f64, config.rule == Rule::Adamw);
        let (first, second) = match config.rule {
            Rule::Adam | Rule::Adamw => (1.0 - config.beta1.powf(t), (1.0 - config.beta2.powf(t)).sqrt()),
            Rule::Sgd | Rule::Rmsprop => (1.0, 1.0),
        };
        let two = if config.rule == Rule::Rmsprop { ALPHA } else { config.beta2 };
        let momentum = config.momentum as f32;
        let (ahead, along) = if config.nesterov { (1.0, momentum) } else { (0.0, 1.0) };
        Coefficients {
            rate: rate as f32 * second as f32 / first as f32,
            factor: factor as f32,
            coupled: if apart { 0.0 } else { config.weight_decay as f32 },
            kept: if apart { (1.0 - rate * config.weight_decay) as f32 } else { 1.0 },
            momentum,
            ahead,
            along,
            one: [config.beta1 as f32, (1.0 - config.beta1) as f32],
            two: [two as f32, (1.0 - two) as f32],
            epsilon: config.epsilon as f32 * second as f32,
        }
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
    pub fn plain(self, g: Tensor<1>, tensors: [Tensor<1>; 1], effect: Option<&mut Effect>) -> [Tensor<1>; 1] {
        let Coefficients { rate, factor, coupled, .. } = self;
        replace(&g, tensors, effect, |g, [w]| [w - rate * (factor * g + coupled * w)]).unwrap_or_else(|[w]| {
            let step = g * factor + w.clone() * coupled;
            [w - step * rate]
        })
    }

    /// Momentum: v ← μ v + g; w ← w − rate · v (Polyak 1964), or w ← w − rate · (g + μ v) looking ahead (Nesterov
    /// 1983 in the form of Sutskever et al. 2013).
    pub fn momentum(self, g: Tensor<1>, tensors: [Tensor<1>; 2], effect: Option<&mut Effect>) -> [Tensor<1>; 2] {
        let Coefficients { rate, factor, coupled, momentum, ahead, along, .. } = self;
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
    pub fn rmsprop(self, g: Tensor<1>, tensors: [Tensor<1>; 2], effect: Option<&mut Effect>) -> [Tensor<1>; 2] {
        let Coefficients { rate, factor, coupled, epsilon, two: [alpha, rest], .. } = self;
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
    pub fn adam(self, g: Tensor<1>, tensors: [Tensor<1>; 3], effect: Option<&mut Effect>) -> [Tensor<1>; 3] {
        let Coefficients { rate, factor, coupled, kept, epsilon, one: [one, rest1], two: [two, rest2], .. } = self;
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
