//! The arrays of a dump, turned so that every row belongs to one sample.
//!
//! People lay their matrices out in three ways. All rooms above know one: x is `[m, n0]`, a weight `[in, out]` and a
//! bias `[1, out]`. Only the sentences and the fixes of the verdict go back to the layout that the person uses. Shapes
//! of gradients are kept even where they are wrong, because a wrong shape is evidence of its own.

use std::ops::Range;
use std::sync::Arc;

use ndarray::{Axis, Slice};

use super::convention::{BatchReduction, Orientation};
use super::function::Matrix;

/// All arrays of a dump under one layout.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The layout in which the arrays were dumped.
    pub orientation: Orientation,
    /// The inputs of the batch, `[m, n0]`, which may be the largest array by far and is shared.
    pub x: Arc<Matrix>,
    /// What the network should have answered.
    pub targets: DumpedTargets,
    /// The layers from input to output.
    pub layers: Vec<DumpedLayer>,
    /// The scalar that the program printed as its loss.
    pub loss: Option<f64>,
    /// Whether the batch is a single row, which stands here twice.
    pub doubled: bool,
}

/// The answers that a batch should get.
#[derive(Clone, Debug)]
pub struct DumpedTargets {
    /// One row of targets for each sample, `[m, outputs]`; the rows are one-hot where there are classes.
    pub right: Matrix,
    /// The class numbers as the program holds them, where there are classes.
    pub numbers: Option<Vec<f64>>,
    /// The number that the first class has, 0 or 1.
    pub first: i64,
}

/// A layer with everything that was dumped of it. Only the weight and its gradient are always there.
#[derive(Clone, Debug)]
pub struct DumpedLayer {
    /// The weight, `[in, out]`.
    pub weight: Matrix,
    /// The bias, `[1, out]`.
    pub bias: Option<Matrix>,
    /// The dumped gradient of the weight, `[in, out]` if its shape is right.
    pub d_weight: Matrix,
    /// The dumped gradient of the bias, `[1, out]` if its shape is right.
    pub d_bias: Option<Matrix>,
    /// The dropout mask on the layer's output, `[m, out]`.
    pub mask: Option<Matrix>,
    /// The pre-activation as the person's program computed it, `[m, out]`.
    pub z: Option<Matrix>,
    /// The activation as the person's program computed it, `[m, out]`; that of the last layer is the prediction p.
    pub a: Option<Matrix>,
    /// The error at z as the person's program computed it, `[m, out]`.
    pub delta: Option<Matrix>,
}

impl DumpedLayer {
    /// Whether the dumped db of several units is one number.
    pub fn has_one_bias_gradient(&self) -> bool {
        self.weight.ncols() > 1 && self.d_bias.as_ref().is_some_and(|db| db.len() == 1)
    }
}

impl Reading {
    /// The number of rows of the batch, m.
    pub fn rows(&self) -> usize {
        self.x.nrows()
    }

    /// Whether some target lies outside of these limits.
    pub fn targets_outside(&self, (low, high): (f64, f64)) -> bool {
        self.targets.right.iter().any(|&y| y < low - 1e-6 || y > high + 1e-6)
    }

    /// The number of rows that the person gave, which is 1 where a single row stands here twice.
    pub fn given_rows(&self) -> usize {
        if self.doubled { 1 } else { self.rows() }
    }

    /// The reductions that a batch of these rows can tell apart, the usual one first. A single row is its own sum.
    pub fn reductions(&self) -> &'static [BatchReduction] {
        if self.doubled { &[BatchReduction::Mean, BatchReduction::MeanAll] } else { &BatchReduction::ALL }
    }

    /// The number of outputs of the network, K.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.weight.ncols())
    }

    /// The widths of the layers from input to output, one more than there are layers.
    pub fn widths(&self) -> Vec<usize> {
        std::iter::once(self.x.ncols()).chain(self.layers.iter().map(|layer| layer.weight.ncols())).collect()
    }

    /// The same reading without the program's own z, a and delta, so that every equation is computed anew.
    pub fn inputs_only(&self) -> Self {
        let layer = |layer: &DumpedLayer| DumpedLayer { z: None, a: None, delta: None, ..layer.clone() };
        Reading { layers: self.layers.iter().map(layer).collect(), ..self.clone() }
    }

    /// Writes the single row of a batch twice.
    pub fn double(&mut self) {
        let twice = |array: &Matrix| ndarray::concatenate![Axis(0), *array, *array];
        let maybe = |array: &mut Option<Matrix>| *array = array.as_ref().map(twice);
        self.x = Arc::new(twice(&self.x));
        self.targets.right = twice(&self.targets.right);
        self.targets.numbers.iter_mut().for_each(|numbers| numbers.extend_from_within(..));
        for layer in &mut self.layers {
            [&mut layer.mask, &mut layer.z, &mut layer.a, &mut layer.delta].into_iter().for_each(maybe);
        }
        self.doubled = true;
    }

    /// Every `step`-th of some rows of the batch, with the gradients of the whole batch beside them.
    pub fn part(&self, rows: Range<usize>, step: usize) -> Self {
        let slice = Slice::from(rows.clone()).step_by(step as isize);
        let cut = |array: &Matrix| array.slice_axis(Axis(0), slice).to_owned();
        let layer = |layer: &DumpedLayer| DumpedLayer {
            mask: layer.mask.as_ref().map(cut),
            z: layer.z.as_ref().map(cut),
            a: layer.a.as_ref().map(cut),
            delta: layer.delta.as_ref().map(cut),
            ..layer.clone()
        };
        let numbers = self.targets.numbers.as_ref().map(|all| all[rows].iter().copied().step_by(step).collect());
        Reading {
            x: Arc::new(cut(&self.x)),
            targets: DumpedTargets { right: cut(&self.targets.right), numbers, first: self.targets.first },
            layers: self.layers.iter().map(layer).collect(),
            ..*self
        }
    }
}
