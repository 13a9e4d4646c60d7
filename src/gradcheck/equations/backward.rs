//! The right backward pass, equation by equation, for the sum of the rows' losses.
//!
//! The equations are those of Rumelhart, Hinton and Williams (1986) in matrix form, with a sample in each row:
//! delta_L = ∂loss/∂z_L at the output, delta_l = (delta_{l+1} · W_{l+1}ᵀ) ∘ f′(z_l) at a hidden layer, and from them
//! dW_l = a_{l−1}ᵀ · delta_l and db_l = Σ delta_l over the rows.

use ndarray::{Axis, s};
use rayon::prelude::*;

use super::forward::Forward;
use crate::gradcheck::reading::{Function, LossFormula, Matrix, Network, Reading, softmax_jacobian};

/// Rows of a part of a large batch.
const PART: usize = 8192;

/// The error at the last pre-activation, ∂loss/∂z, of predictions `p` against `targets`; all are `[m, outputs]`. Of a softmax
/// with cross-entropy it is p · Σy − y, which is p − y where the targets of a row are shares of 1.
pub fn output_delta(network: &Network, z: &Matrix, p: &Matrix, targets: &Matrix) -> Matrix {
    if network.fused() && network.output == Function::Softmax && !shares(targets) {
        return p * &targets.sum_axis(Axis(1)).insert_axis(Axis(1)) - targets;
    }
    if network.fused() {
        return p - targets;
    }
    let d_p = match network.loss {
        LossFormula::HalfSquared => p - targets,
        LossFormula::Squared => 2.0 * (p - targets),
        LossFormula::CrossEntropy => -(targets / p),
        LossFormula::BinaryCrossEntropy => (1.0 - targets) / (1.0 - p) - targets / p,
    };
    match network.output {
        Function::Softmax => softmax_jacobian(p, &d_p),
        other => d_p * other.slope(z),
    }
}

/// Whether the targets of every row add up to 1, which may have been rounded.
pub fn shares(targets: &Matrix) -> bool {
    targets.rows().into_iter().all(|row| (row.sum() - 1.0).abs() <= 0.01)
}

/// What arrives at the output of a layer from the error above it: delta · weightᵀ, `[m, in]`.
fn propagate(delta: &Matrix, weight: &Matrix) -> Matrix {
    delta.dot(&weight.t())
}

/// The gradient of a weight: inputᵀ · delta, `[in, out]`. Of a large batch, parts of the same size are computed at once and
/// added in order, so that the bits are the same on any number of threads.
pub fn weight_gradient(input: &Matrix, delta: &Matrix) -> Matrix {
    let rows = delta.nrows();
    if rows < 2 * PART {
        return input.t().dot(delta);
    }
    let part = |at: usize| {
        let rows = s![at..(at + PART).min(rows), ..];
        input.slice(rows).t().dot(&delta.slice(rows))
    };
    let places: Vec<usize> = (0..rows).step_by(PART).collect();
    let parts: Vec<Matrix> = places.into_par_iter().map(part).collect();
    parts.into_iter().reduce(|sum, part| sum + part).unwrap_or_default()
}

/// The gradient of a bias: the sum of delta over the rows, `[1, out]`.
pub fn bias_gradient(delta: &Matrix) -> Matrix {
    let Some(all) = delta.as_slice() else { return delta.sum_axis(Axis(0)).insert_axis(Axis(0)) };
    let mut sum = Matrix::zeros((1, delta.ncols())); // row after row, which is many times faster than by axis
    if let (Some(sum), false) = (sum.as_slice_mut(), all.is_empty()) {
        for row in all.chunks_exact(sum.len()) {
            sum.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
        }
    }
    sum
}

/// The gradients (d_weight, d_bias) of all layers, from the first to the last.
pub type Gradients = Vec<(Matrix, Matrix)>;

/// The right gradients of the sum over the rows.
pub fn right_gradients(reading: &Reading, network: &Network, forward: &Forward) -> Gradients {
    gradients_touched(reading, network, forward, &mut |_| {})
}

/// The same where every error on the way, from the last layer to the first, is shown to `touch`, which may keep it, or
/// change it as rounding or a mistake would.
pub fn gradients_touched(
    reading: &Reading,
    network: &Network,
    forward: &Forward,
    touch: &mut dyn FnMut(&mut Matrix),
) -> Gradients {
    let last = reading.layers.len() - 1;
    let mut delta = output_delta(network, &forward.z[last], forward.prediction(), &reading.targets.right);
    let mut gradients = Vec::new();
    for l in (0..=last).rev() {
        touch(&mut delta);
        gradients.push((weight_gradient(&forward.inputs[l], &delta), bias_gradient(&delta)));
        if l > 0 {
            delta = propagate(&delta, &reading.layers[l].weight) * network.hidden[l - 1].slope(&forward.z[l - 1]);
            if let Some(mask) = &forward.masks[l - 1] {
                delta *= mask;
            }
        }
    }
    gradients.reverse();
    gradients
}
