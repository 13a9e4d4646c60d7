//! The printed loss: the scalar that a program shows says how its loss is reduced, and with which penalty.

use super::decay::Decay;
use crate::gradcheck::equations::{Forward, norm};
use crate::gradcheck::reading::{Loss, Matrix, Network, Reading, Reduction};

/// Losses are printed to a few digits.
const AGREES: f64 = 1e-3;

/// The reductions under which the batch's loss is the one that the user's program printed; empty where none was
/// printed, or none gives it, as after a slip in the forward pass.
pub fn reductions(reading: &Reading, network: &Network, forward: &Forward, decay: &Decay) -> Vec<Reduction> {
    let Some(printed) = reading.loss else { return Vec::new() };
    let sum = total(network.loss, forward.prediction(), &reading.targets.right);
    let squares: f64 = reading.layers.iter().map(|layer| norm(&layer.weight).powi(2)).sum();
    let penalties: Vec<f64> = std::iter::once(0.0).chain(decay.multiples().map(|c| 0.5 * c * squares)).collect();
    let rows = reading.rows() as f64;
    let near = |reduction: &Reduction| {
        let loss = match reduction {
            Reduction::Sum => sum,
            Reduction::Mean => sum / rows,
            Reduction::MeanAll => sum / (rows * reading.outputs() as f64),
        };
        penalties.iter().any(|penalty| (loss + penalty - printed).abs() <= AGREES * printed.abs())
    };
    Reduction::ALL.iter().copied().filter(near).collect()
}

/// The sum of the rows' losses.
fn total(loss: Loss, p: &Matrix, y: &Matrix) -> f64 {
    let log = |v: f64| v.max(f64::MIN_POSITIVE).ln();
    let one = |(&p, &y): (&f64, &f64)| match loss {
        Loss::CrossEntropy if y == 0.0 => 0.0,
        Loss::CrossEntropy => -y * log(p),
        Loss::BinaryCrossEntropy => -(y * log(p) + (1.0 - y) * log(1.0 - p)),
        Loss::HalfSquared => 0.5 * (p - y).powi(2),
        Loss::Squared => (p - y).powi(2),
    };
    p.iter().zip(y).map(one).sum()
}
