//! The error at a layer, ∂loss/∂z, as the equations of a hypothesis give it.

use std::sync::Arc;

use crate::gradcheck::equations::weight_gradient;
use crate::gradcheck::mistakes::Mistakes;
use crate::gradcheck::reading::Matrix;

/// A hypothesis about the error at one layer.
pub struct LayerError {
    /// What is wrong with its equations.
    pub mistakes: Mistakes,
    /// The error before the layer's derivative was applied, `[m, out]`. With dropout there are two: after the mask and
    /// before it.
    pub upstream: Vec<Arc<Matrix>>,
    /// The error that goes down to the next layer, `[m, out]`.
    pub delta: Arc<Matrix>,
    /// The error that dW is built from, `[m, out]`, where that is another one.
    pub for_weight: Option<Arc<Matrix>>,
    /// Whether this error has a sign and a scale of its own, which say nothing about those of the layers above.
    pub own_scale: bool,
}

impl LayerError {
    /// An error that dW is built from and that inherits sign and scale, as errors usually do.
    pub fn new(mistakes: Mistakes, upstream: &Arc<Matrix>, delta: Matrix) -> Self {
        let (upstream, delta) = (vec![upstream.clone()], Arc::new(delta));
        LayerError { mistakes, upstream, delta, for_weight: None, own_scale: false }
    }

    /// The error that dW is built from, `[m, out]`.
    pub fn behind_weight(&self) -> &Matrix {
        self.for_weight.as_ref().unwrap_or(&self.delta)
    }
}

/// Whether all columns of an error are multiples of one of them, as behind a softmax of two classes. Every sum of its
/// rows is a multiple of every other then, so that sums show nothing.
pub fn one_direction(delta: &Matrix) -> bool {
    let products = weight_gradient(delta, delta);
    let size = |j: usize| products[(j, j)];
    let Some(most) = (0..delta.ncols()).max_by(|&a, &b| size(a).total_cmp(&size(b))) else { return true };
    (0..delta.ncols()).all(|j| {
        let along = products[(most, j)].powi(2);
        size(j) * size(most) - along <= 1e-9 * size(j) * size(most)
    })
}
