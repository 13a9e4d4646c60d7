//! A reading: the arrays of a dump in one layout, rows everywhere.

use super::convention::Orientation;
use super::function::Matrix;

/// The arrays in rows.
#[derive(Clone)]
pub struct Reading {
    /// The layout in which they were dumped.
    pub orientation: Orientation,
    /// The batch, `[m, n0]`.
    pub x: Matrix,
    /// What the outputs should be.
    pub targets: Targets,
    /// The layers from input to output.
    pub layers: Vec<Layer>,
    /// The scalar that the program printed as its loss.
    pub loss: Option<f64>,
}

/// What the outputs of a batch should be.
#[derive(Clone)]
pub struct Targets {
    /// `[m, outputs]`, one-hot where there are classes.
    pub right: Matrix,
    /// The class numbers as the program has them, where there are classes.
    pub numbers: Option<Vec<f64>>,
    /// The number of the first class.
    pub first: i64,
}

/// A layer and everything that was dumped of it; all in rows, everything but weight and d_weight optional.
#[derive(Clone)]
pub struct Layer {
    /// `[in, out]`.
    pub weight: Matrix,
    /// `[1, out]`.
    pub bias: Option<Matrix>,
    /// `[in, out]` if its shape is right.
    pub d_weight: Matrix,
    /// `[1, out]` if its shape is right.
    pub d_bias: Option<Matrix>,
    /// The dropout mask on the layer's output, `[m, out]`.
    pub mask: Option<Matrix>,
    /// The user's own pre-activation.
    pub z: Option<Matrix>,
    /// The user's own activation; of the last layer, the prediction p.
    pub a: Option<Matrix>,
    /// The user's own error at z.
    pub delta: Option<Matrix>,
}

impl Reading {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.x.nrows()
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.weight.ncols())
    }

    /// The same without anything of the program's own inside: what it was given, and what it claims.
    pub fn inputs_only(&self) -> Self {
        let layer = |layer: &Layer| Layer { z: None, a: None, delta: None, ..layer.clone() };
        Reading { layers: self.layers.iter().map(layer).collect(), ..self.clone() }
    }

    /// The widths from input to output.
    pub fn widths(&self) -> Vec<usize> {
        std::iter::once(self.x.ncols()).chain(self.layers.iter().map(|layer| layer.weight.ncols())).collect()
    }
}
