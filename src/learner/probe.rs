//! The probe: a few training rows, always the same, that go through the network at every examined step.
//!
//! They are spread evenly over the training half and never shuffled, so that what changes from one look to the next
//! is the network. What the probe and the update show is read from the device once; on the CPU nothing is copied.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::Learner;
use crate::data::{Batches, Block};
use crate::error::Result;
use crate::model::{Change, Mlp, look, read};
use crate::numerics::{self, Layer, Size, short};

/// Rows of a probe: enough to tell a dead unit from a rare one, few enough to cost little.
pub const PROBE_ROWS: usize = 32;

/// The fixed rows.
pub struct Probe {
    x: Tensor<2>,
}

/// What an update did: a change for every parameter, on the CPU; elsewhere the weights before it, to find out.
pub(super) struct Trail {
    gradients: Vec<(f32, f32)>,
    changes: Vec<Change>,
    before: Vec<Tensor<1>>,
}

impl Trail {
    /// Of gradients of these sizes nothing is spent yet.
    pub(super) fn new(gradients: Vec<(f32, f32)>) -> Self {
        Trail { changes: vec![Change::default(); gradients.len()], gradients, before: Vec::new() }
    }

    /// Where the update of parameter number `place` is to be noted; nowhere off the CPU, where `weight` is kept.
    pub(super) fn change(&mut self, place: usize, weight: &Tensor<1>) -> Option<&mut Change> {
        if look(weight, |_| ()).is_none() {
            self.before.push(weight.clone());
            return None;
        }
        self.changes.get_mut(place)
    }
}

impl Probe {
    /// Takes rows from all over `block`; `device` is a plain one.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn of(block: &Block, device: &Device) -> Result<Self> {
        let block = block.spread(PROBE_ROWS);
        Ok(Probe { x: Batches::in_order(&block, PROBE_ROWS).get(0)?.to(device).x })
    }

    /// What stands before every activation on these rows, and the logits.
    pub(super) fn through(&self, learner: &Learner) -> Vec<Tensor<2>> {
        learner.model.valid().preactivations(self.x.clone())
    }

    /// What `z`, taken before an update, and the `trail` of the update show: a layer each, and whether all predictions
    /// are alike.
    pub(super) fn see(learner: &Learner, z: Vec<Tensor<2>>, trail: Trail) -> (Vec<Layer>, bool) {
        let model = &learner.model;
        let seen: Option<Vec<_>> = z.iter().map(|z| look(z, <[f32]>::to_vec)).collect();
        let (z, changes) = match seen {
            Some(z) if trail.before.is_empty() => (z, trail.changes),
            _ => far(&model.valid(), z, &trail.before),
        };
        layers(model, &z, &changes, &trail.gradients)
    }
}

fn layers(model: &Mlp, z: &[Vec<f32>], changes: &[Change], gradients: &[(f32, f32)]) -> (Vec<Layer>, bool) {
    let (depth, activation) = (model.layers.len(), model.activation());
    let mut seen = Vec::with_capacity(depth);
    for (place, (changes, gradients)) in changes.chunks_exact(2).zip(gradients.chunks_exact(2)).enumerate() {
        let weight = changes.iter().map(|c| size((c.squares, c.largest))).fold(Size::default(), Size::and);
        let gradient = gradients.iter().map(|&g| size(g)).fold(Size::default(), Size::and);
        let moved = changes.iter().map(|c| f64::from(c.moved)).sum::<f64>().sqrt();
        let update = short(if weight.norm > 0.0 { moved / weight.norm } else { 0.0 });
        let mut layer = Layer { weight, gradient, update, ..Layer::default() };
        if let Some(z) = z.get(place) {
            let hidden = place + 1 < depth;
            let levels = if hidden { (activation.saturates_at(), activation.dead_at()) } else { (None, None) };
            numerics::activity(&mut layer, z, model.layers[place].weight.val().dims()[1], levels);
        }
        seen.push(layer);
    }
    let classes = model.layers.last().map_or(1, |layer| layer.weight.val().dims()[1]);
    (seen, z.last().is_some_and(|logits| numerics::alike(logits, classes)))
}

/// A size from (Σ x², max |x|); where the squares overflowed the largest entry stands for the norm.
fn size((squares, max): (f32, f32)) -> Size {
    let max = short(f64::from(max));
    Size { norm: if squares.is_finite() { f64::from(squares).sqrt() } else { max }, max, nonfinite: 0 }
}

/// The same numbers off the CPU, in one read: all z, then three numbers a parameter.
fn far(model: &Mlp, z: Vec<Tensor<2>>, before: &[Tensor<1>]) -> (Vec<Vec<f32>>, Vec<Change>) {
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
    let numbers = read(Tensor::cat(all, 0));
    let mut rest = numbers.as_slice();
    let mut take = |count: usize| {
        let (head, tail) = rest.split_at(count);
        rest = tail;
        head.to_vec()
    };
    let z = lengths.into_iter().map(&mut take).collect();
    let change = |c: Vec<f32>| Change { squares: c[0], largest: c[1], moved: c[2] };
    (z, (0..before.len()).map(|_| change(take(3))).collect())
}
