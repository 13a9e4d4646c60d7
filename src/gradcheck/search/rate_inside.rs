//! Dumps that hold the learning rate where nobody stated one: every tensor is one and the same multiple of the gradient.
//!
//! A program that computes `dw = rate * gradient` dumps its step. With the rate stated that is a remark (the room
//! `scales`). Without it the multiple itself must say so: it is the same in all tensors of all layers, and a number as
//! people write rates, of at most two digits and below 1. Any other multiple stays unexplained.

use super::explanation::{Explanation, Obstacle, Unexplained};
use super::second_try::{NEARLY, farthest, open_conventions, tried, with_subtracted_biases};
use crate::gradcheck::dump::Claim;
use crate::gradcheck::equations::{Forward, LeastSquares, right_gradients};
use crate::gradcheck::mistakes::{Mistakes, Remark};
use crate::gradcheck::reading::Network;
use crate::gradcheck::scales::right_multiple;

/// A multiple is a number of two digits if it is as near to one, relative.
const NEAR: f64 = 1e-6;
/// A rate below this is none that people use.
const LEAST: f64 = 1e-6;

/// The explanation in which all equations are right and the dump is the gradient times a rate.
pub fn rate_inside(claim: &Claim, unexplained: &Unexplained) -> Option<Explanation> {
    let open = claim.stated.rate.is_none() && unexplained.obstacle == Obstacle::Scales;
    open.then(|| explained(claim, unexplained.reading)).flatten()
}

/// The same with thresholds for biases, z = x·W − b, and the claim that is understood so.
pub fn thresholds_and_rate_inside(claim: &Claim, unexplained: &Unexplained) -> Option<(Claim, Explanation)> {
    let turned = with_subtracted_biases(claim, unexplained).filter(|_| claim.stated.rate.is_none())?;
    let mut found = explained(&turned, unexplained.reading)?;
    found.remarks.insert(0, Remark::SubtractedBias);
    Some((turned, found))
}

/// The first network that is not ruled out under which the reading is a rate times the gradient.
fn explained(claim: &Claim, reading: usize) -> Option<Explanation> {
    tried(claim, &claim.readings[reading]).into_iter().find_map(|network| under(claim, reading, network))
}

fn under(claim: &Claim, place: usize, network: Network) -> Option<Explanation> {
    let reading = &claim.readings[place];
    let forward = Forward::of(reading, &network);
    if !forward.deviations.is_empty() {
        return None;
    }
    let right = right_gradients(reading, &network, &forward, &mut |_| {});
    let last = reading.layers.last()?;
    let multiple = LeastSquares::of(&last.d_weight, &[&right.last()?.0])?.multiples[0]?;
    let residual = farthest(reading, &right, multiple, 0.0);
    if residual > NEARLY {
        return None;
    }
    let widths = reading.widths();
    open_conventions(claim).into_iter().find_map(|(reduction, update)| {
        let rate = multiple / right_multiple(reading.rows() as f64, &widths, reduction, update);
        is_rate(rate.abs()).then(|| Explanation {
            reading: place,
            network: network.clone(),
            reduction,
            update,
            mistakes: Mistakes::none(),
            remarks: vec![Remark::RateInside(rate)],
            residual,
            cost: 0.0,
        })
    })
}

/// Whether a number is one that people write as a rate.
fn is_rate(number: f64) -> bool {
    let digits = number / 10f64.powf(number.log10().floor()) * 10.0; // 10..100
    (LEAST..0.95).contains(&number) && (digits / digits.round() - 1.0).abs() < NEAR
}
