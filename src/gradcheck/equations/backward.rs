//! The right backward pass, equation by equation, of the sum of the rows' losses.
//!
//! It is what every hypothesis departs from by one equation. Automatic differentiation ([`super::truth`]) judges it.

use ndarray::Axis;

use super::forward::Forward;
use crate::gradcheck::reading::{Function, Loss, Matrix, Network, Reading, softmax_jacobian};

/// The error at the last z: ∂loss/∂z, `[m, outputs]`, of predictions `p` against `targets`.
pub fn output_delta(network: &Network, z: &Matrix, p: &Matrix, targets: &Matrix) -> Matrix {
    if network.fused() {
        return p - targets;
    }
    let d_p = match network.loss {
        Loss::HalfSquared => p - targets,
        Loss::Squared => 2.0 * (p - targets),
        Loss::CrossEntropy => -(targets / p),
        Loss::BinaryCrossEntropy => (1.0 - targets) / (1.0 - p) - targets / p,
    };
    match network.output {
        Function::Softmax => softmax_jacobian(p, &d_p),
        other => d_p * other.slope(z),
    }
}

/// What arrives at the output of a layer below `weight`: delta · weightᵀ.
pub fn propagate(delta: &Matrix, weight: &Matrix) -> Matrix {
    delta.dot(&weight.t())
}

/// The gradient of a weight: inputᵀ · delta.
pub fn weight_gradient(input: &Matrix, delta: &Matrix) -> Matrix {
    input.t().dot(delta)
}

/// The gradient of a bias: the sum of delta over the rows, `[1, out]`.
pub fn bias_gradient(delta: &Matrix) -> Matrix {
    delta.sum_axis(Axis(0)).insert_axis(Axis(0))
}

/// The gradients of all layers in forward order; `touch` sees every array on the way.
pub fn right_gradients(
    reading: &Reading,
    network: &Network,
    forward: &Forward,
    touch: &mut dyn FnMut(&mut Matrix),
) -> Vec<(Matrix, Matrix)> {
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
