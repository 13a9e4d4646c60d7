//! An examined update: how large weights, gradients and the step are, and what the layers do with the fixed rows.
//!
//! On the CPU the update itself measures what it does to each parameter and nothing is copied. On other devices the
//! weights before the update are kept, and everything is computed there and read in one transfer, because a transfer
//! costs more than the arithmetic.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{FixedRows, Learner};
use crate::engine::{Effect, to_host, with_slice};
use crate::model::Mlp;
use crate::numerics::{self, Layer, Size, short};

/// How closely an update is looked at.
pub enum Scrutiny<'a> {
    /// Not at all, which costs nothing.
    Skipped,
    /// At what it does to the weights of every layer.
    Weights,
    /// At the weights, and at what the network makes of these rows before the update.
    WithRows(&'a FixedRows),
}

/// What was seen of an update.
pub struct Seen {
    /// Weights, gradient and update of every layer, and what its activation does with the fixed rows if they were shown.
    pub layers: Vec<Layer>,
    /// Whether all fixed rows were predicted alike; `false` if none were shown.
    pub alike: bool,
}

/// What is noted while an update is carried out.
pub(super) struct Inspection {
    /// The sum of squares and the largest magnitude of every gradient, in forward order.
    gradients: Vec<(f32, f32)>,
    /// The effect on every parameter, where the update measures it.
    effects: Vec<Effect>,
    /// Every parameter before the update, where it does not.
    before: Vec<Tensor<1>>,
}

impl Inspection {
    /// Begins the inspection of an update by gradients of these sizes: (sum of squares, largest magnitude) each.
    pub(super) fn new(gradients: Vec<(f32, f32)>) -> Self {
        Inspection { effects: vec![Effect::default(); gradients.len()], gradients, before: Vec::new() }
    }

    /// Where the update of parameter number `place` notes its effect. Off the CPU there is no such place, and `weight`
    /// is kept instead.
    pub(super) fn effect(&mut self, place: usize, weight: &Tensor<1>) -> Option<&mut Effect> {
        if with_slice(weight, |_| ()).is_none() {
            self.before.push(weight.clone());
            return None;
        }
        self.effects.get_mut(place)
    }

    /// Ends the inspection of the update of `learner`: what was seen of it. `z` are the values before the activations
    /// that the fixed rows gave before the update, or nothing if they were left out.
    pub(super) fn conclude(self, learner: &Learner, z: Vec<Tensor<2>>) -> Seen {
        let model = &learner.model;
        let near: Option<Vec<_>> = z.iter().map(|z| with_slice(z, <[f32]>::to_vec)).collect();
        let (z, effects) = match near {
            Some(z) if self.before.is_empty() => (z, self.effects),
            _ => read_from_device(&model.valid(), z, &self.before),
        };
        seen(model, &z, &effects, &self.gradients)
    }
}

/// What is seen of an update. `effects` and `gradients` hold one entry for each of the two parameters of a layer, and `z` the
/// values before the activation of each layer, if any.
pub(super) fn seen(model: &Mlp, z: &[Vec<f32>], effects: &[Effect], gradients: &[(f32, f32)]) -> Seen {
    let (depth, activation) = (model.layers.len(), model.activation());
    let mut layers = Vec::with_capacity(depth);
    for (place, (effects, gradients)) in effects.chunks_exact(2).zip(gradients.chunks_exact(2)).enumerate() {
        let weight = effects.iter().map(|e| size((e.squares, e.largest))).fold(Size::default(), Size::and);
        let gradient = gradients.iter().map(|&g| size(g)).fold(Size::default(), Size::and);
        let moved = effects.iter().map(|e| f64::from(e.moved)).sum::<f64>().sqrt();
        let update = short(if weight.norm > 0.0 { moved / weight.norm } else { 0.0 });
        let mut layer = Layer { weight, gradient, update, ..Layer::default() };
        if let Some(z) = z.get(place) {
            let hidden = place + 1 < depth;
            let levels = if hidden { (activation.saturates_at(), activation.dead_at()) } else { (None, None) };
            numerics::activity(&mut layer, z, model.layers[place].weight.val().dims()[1], levels);
        }
        layers.push(layer);
    }
    let classes = model.layers.last().map_or(1, |layer| layer.weight.val().dims()[1]);
    Seen { layers, alike: z.last().is_some_and(|logits| numerics::alike(logits, classes)) }
}

/// The size of a tensor from its sum of squares and its largest magnitude. If the squares overflowed, the largest
/// magnitude stands for the norm.
fn size((squares, max): (f32, f32)) -> Size {
    let max = short(f64::from(max));
    Size { norm: if squares.is_finite() { f64::from(squares).sqrt() } else { max }, max, nonfinite: 0 }
}

/// The numbers of `z` and the effects on the parameters of `model`, which were `before`, in one read from the device.
fn read_from_device(model: &Mlp, z: Vec<Tensor<2>>, before: &[Tensor<1>]) -> (Vec<Vec<f32>>, Vec<Effect>) {
    let lengths: Vec<usize> = z.iter().map(|z| z.dims().iter().product()).collect();
    let mut all: Vec<Tensor<1>> = z.into_iter().map(|z| z.flatten(0, 1)).collect();
    let after = model.layers.iter().flat_map(|layer| {
        let weight: Tensor<1> = layer.weight.val().flatten(0, 1);
        [Some(weight), layer.bias.as_ref().map(|bias| bias.val())].into_iter().flatten()
    });
    for (after, before) in after.zip(before) {
        let moved = after.clone() - before.clone();
        all.extend([after.clone().powi_scalar(2).sum(), after.abs().max(), moved.powi_scalar(2).sum()]);
    }
    let numbers = to_host(Tensor::cat(all, 0));
    let mut rest = numbers.as_slice();
    let mut take = |count: usize| {
        let (head, tail) = rest.split_at(count);
        rest = tail;
        head.to_vec()
    };
    let z = lengths.into_iter().map(&mut take).collect();
    let effect = |e: Vec<f32>| Effect { squares: e[0], largest: e[1], moved: e[2] };
    (z, (0..before.len()).map(|_| effect(take(3))).collect())
}
