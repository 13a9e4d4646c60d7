//! Dumps that are the right gradient but for one thing that is no equation.
//!
//! The dump may be right to fewer digits than its numbers have. Or a program computes `dw = rate * gradient` and dumps its
//! step; with the rate stated that is a remark (the room `scales`), and without it the multiple itself must say so: it is
//! the same in all tensors of all layers, and a number as people write rates, of at most two digits and below 1. Any
//! other multiple stays unexplained.

use super::choices::{Choices, NEARLY_RIGHT};
use super::explanation::Explanation;
use crate::gradcheck::equations::{Forward, Gradients, LeastSquares, right_gradients};
use crate::gradcheck::mistakes::{Mistake, Mistakes, Occurrence, Remark};
use crate::gradcheck::reading::Network;

/// A multiple is a number of two digits if it is as near to one, relative.
const TWO_DIGITS: f64 = 1e-6;
/// A rate below this is none that people use.
const LEAST_RATE: f64 = 1e-6;

/// The explanation in which every tensor is the gradient to five digits or more. Such a dump holds more digits than it
/// agrees to, so no equation fits it, and yet no mistake of the table comes that near.
pub fn nearly_right(choices: &Choices) -> Option<Explanation> {
    let mut best: Option<Explanation> = None;
    for (network, right) in choices.networks.iter().filter_map(|network| right_under(choices, network)) {
        for &convention in &choices.conventions {
            let residual = choices.residual(&right, convention.multiple);
            if residual < best.as_ref().map_or(NEARLY_RIGHT, |best| best.residual) {
                let remarks = vec![Remark::NearlyRight];
                best = Some(Explanation { remarks, ..choices.explanation(network, convention, residual) });
            }
        }
    }
    best
}

/// The explanation in which all equations are right and the dump is the gradient times a rate that nobody stated, under
/// the first network that is not ruled out.
pub fn rate_inside(choices: &Choices) -> Option<Explanation> {
    if choices.claim.stated.rate.is_some() {
        return None;
    }
    let mut all = choices.networks.iter().filter_map(|network| right_under(choices, network));
    all.find_map(|(network, right)| times_a_rate(choices, network, &right))
}

/// A network with its right gradients, unless the dump holds another array of the forward pass.
fn right_under<'a>(choices: &Choices, network: &'a Network) -> Option<(&'a Network, Gradients)> {
    let forward = Forward::of(choices.reading, network);
    let agrees = forward.deviations.is_empty();
    agrees.then(|| (network, right_gradients(choices.reading, network, &forward)))
}

/// The dump as a rate times the right gradients.
fn times_a_rate(choices: &Choices, network: &Network, right: &Gradients) -> Option<Explanation> {
    let last = choices.reading.layers.last()?;
    let multiple = LeastSquares::of(&last.d_weight, &[&right.last()?.0])?.multiples[0]?;
    let residual = choices.residual(right, multiple);
    if residual > NEARLY_RIGHT {
        return None;
    }
    choices.conventions.iter().find_map(|&convention| {
        let rate = multiple / convention.multiple;
        if !is_rate(rate.abs()) {
            return None;
        }
        let right = Explanation {
            remarks: vec![Remark::RateInside(rate)],
            ..choices.explanation(network, convention, residual)
        };
        // Minus the rate is the step itself, unless it is stated to be subtracted: then it points uphill.
        let uphill = rate < 0.0 && choices.claim.stated.update.is_some();
        let sign = Mistakes::one(Mistake::ResidualSign, Occurrence::OUTPUT);
        Some(if uphill {
            Explanation { mistakes: sign, remarks: vec![Remark::RateInside(-rate)], ..right }
        } else {
            right
        })
    })
}

/// Whether a number is one that people write as a rate.
fn is_rate(number: f64) -> bool {
    let digits = number / 10f64.powf(number.log10().floor()) * 10.0; // 10..100
    (LEAST_RATE..0.95).contains(&number) && (digits / digits.round() - 1.0).abs() < TWO_DIGITS
}
