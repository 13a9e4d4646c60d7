//! The printed loss: the one number that a program shows tells how the loss is reduced, and with which penalty.
//!
//! The gradient alone cannot tell a mean from a sum with a mistake in its scale. The printed loss can, since it is not
//! made by the backward pass. It is only evidence, not a statement: where it fits no reduction, all are tried.

use super::decay::Decay;
use crate::gradcheck::equations::{Forward, norm};
use crate::gradcheck::reading::{BatchReduction, LossFormula, Matrix, Network, Reading};

/// Losses are printed to a few digits, so they agree if they are no further apart than this, relative.
const AGREES: f64 = 1e-3;

/// The reductions under which the loss of the batch is the one that the program printed. The list is empty where none
/// was printed, and where no reduction gives it, as after a mistake in the forward pass.
pub fn reductions_of_printed_loss(
    reading: &Reading,
    network: &Network,
    forward: &Forward,
    decay: &Decay,
) -> Vec<BatchReduction> {
    let Some(printed) = reading.loss else { return Vec::new() };
    let sum = summed_loss(network.loss, forward.prediction(), &reading.targets.right);
    let squares: f64 = reading.layers.iter().map(|layer| norm(&layer.weight).powi(2)).sum();
    // The gradient of c/2 · Σ W² is c · W.
    let penalties: Vec<f64> = std::iter::once(0.0).chain(decay.multiples().map(|c| 0.5 * c * squares)).collect();
    let rows = reading.rows() as f64;
    let near = |reduction: &BatchReduction| {
        let loss = sum / reduction.divisor(rows, reading.outputs() as f64);
        penalties.iter().any(|penalty| (loss + penalty - printed).abs() <= AGREES * printed.abs())
    };
    reading.reductions().iter().copied().filter(near).collect()
}

/// The sum of the rows' losses of predictions `p` against targets `y`, both `[m, outputs]`.
pub fn summed_loss(loss: LossFormula, p: &Matrix, y: &Matrix) -> f64 {
    let log = |v: f64| v.max(f64::MIN_POSITIVE).ln();
    let one = |(&p, &y): (&f64, &f64)| match loss {
        LossFormula::CrossEntropy if y == 0.0 => 0.0,
        LossFormula::CrossEntropy => -y * log(p),
        LossFormula::BinaryCrossEntropy => -(y * log(p) + (1.0 - y) * log(1.0 - p)),
        LossFormula::HalfSquared => 0.5 * (p - y).powi(2),
        LossFormula::Squared => (p - y).powi(2),
    };
    p.iter().zip(y).map(one).sum()
}
