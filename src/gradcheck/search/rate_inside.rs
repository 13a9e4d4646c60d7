//! Dumps that hold the learning rate where nobody stated one: every tensor is one and the same multiple of the gradient.
//!
//! A program that computes `dw = rate * gradient` dumps its step. With the rate stated that is a remark (the room
//! `scales`). Without it the multiple itself must say so: it is the same in all tensors of all layers, and a number as
//! people write rates, of at most two digits and below 1. Any other multiple stays unexplained.

use super::choices::{Choices, NEARLY};
use super::explanation::Explanation;
use crate::gradcheck::equations::{Forward, LeastSquares, right_gradients};
use crate::gradcheck::mistakes::Remark;
use crate::gradcheck::reading::Network;

/// A multiple is a number of two digits if it is as near to one, relative.
const NEAR: f64 = 1e-6;
/// A rate below this is none that people use.
const LEAST: f64 = 1e-6;

/// The explanation in which all equations are right and the dump is the gradient times a rate that nobody stated, under
/// the first network that is not ruled out.
pub fn rate_inside(choices: &Choices) -> Option<Explanation> {
    let open = choices.claim.stated.rate.is_none();
    open.then(|| choices.networks.iter().find_map(|network| under(choices, network))).flatten()
}

/// The explanation under one network.
fn under(choices: &Choices, network: &Network) -> Option<Explanation> {
    let reading = choices.reading;
    let forward = Forward::of(reading, network);
    if !forward.deviations.is_empty() {
        return None;
    }
    let right = right_gradients(reading, network, &forward, &mut |_| {});
    let last = reading.layers.last()?;
    let multiple = LeastSquares::of(&last.d_weight, &[&right.last()?.0])?.multiples[0]?;
    let residual = choices.farthest(&right, multiple, 0.0);
    if residual > NEARLY {
        return None;
    }
    choices.conventions.iter().find_map(|&convention| {
        let rate = multiple / convention.multiple;
        let remarks = vec![Remark::RateInside(rate)];
        is_rate(rate.abs()).then(|| Explanation { remarks, ..choices.explanation(network, convention, residual) })
    })
}

/// Whether a number is one that people write as a rate.
fn is_rate(number: f64) -> bool {
    let digits = number / 10f64.powf(number.log10().floor()) * 10.0; // 10..100
    (LEAST..0.95).contains(&number) && (digits / digits.round() - 1.0).abs() < NEAR
}
