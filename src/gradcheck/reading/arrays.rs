//! The arrays of a dump, turned so that every row belongs to one sample.
//!
//! People lay their matrices out in three ways. All rooms above know one: x is `[m, n0]`, a weight `[in, out]` and a
//! bias `[1, out]`. Only the sentences and the fixes of the verdict go back to the layout that the person uses. Shapes
//! of gradients are kept even where they are wrong, because a wrong shape is evidence of its own.

use std::ops::Range;
use std::sync::Arc;

use ndarray::{Axis, Slice};

use super::convention::Orientation;
use super::function::Matrix;

/// All arrays of a dump under one layout.
#[derive(Clone)]
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
}

/// The answers that a batch should get.
#[derive(Clone)]
pub struct DumpedTargets {
    /// One row of targets for each sample, `[m, outputs]`; the rows are one-hot where there are classes.
    pub right: Matrix,
    /// The class numbers as the program holds them, where there are classes.
    pub numbers: Option<Vec<f64>>,
    /// The number that the first class has, 0 or 1.
    pub first: i64,
}

/// A layer with everything that was dumped of it. Only the weight and its gradient are always there.
#[derive(Clone)]
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

impl Reading {
    /// The number of rows of the batch, m.
    pub fn rows(&self) -> usize {
        self.x.nrows()
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

    /// Some rows of the batch, one after the other, with the gradients of the whole batch beside them.
    pub fn part(&self, rows: Range<usize>) -> Self {
        let cut = |array: &Matrix| array.slice_axis(Axis(0), Slice::from(rows.clone())).to_owned();
        let layer = |layer: &DumpedLayer| DumpedLayer {
            mask: layer.mask.as_ref().map(cut),
            z: layer.z.as_ref().map(cut),
            a: layer.a.as_ref().map(cut),
            delta: layer.delta.as_ref().map(cut),
            ..layer.clone()
        };
        let numbers = self.targets.numbers.as_ref().map(|all| all[rows.clone()].to_vec());
        Reading {
            x: Arc::new(cut(&self.x)),
            targets: DumpedTargets { right: cut(&self.targets.right), numbers, first: self.targets.first },
            layers: self.layers.iter().map(layer).collect(),
            ..*self
        }
    }
}
