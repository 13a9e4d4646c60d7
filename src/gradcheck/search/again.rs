//! Appeals: other ways to read a claim, tried when the first hearing explains nothing, or explains it by a choice.
//!
//! The dump may be right to fewer digits than its numbers have; the forward pass may apply another function than the
//! one stated; the weights may have been dumped after the
//! update; and what is a mistake under one loss may be right under another, which is the user's to choose.

use super::conventions::{hear, networks, options};
use super::explanation::{Story, Stuck};
use crate::gradcheck::dump::Claim;
use crate::gradcheck::equations::{Fit, Forward, gap, right_gradients};
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Function, Loss, Matrix, Network, Reading, Reduction, Update};
use crate::gradcheck::scales::{Decay, expected};

/// The story in which the hidden layers compute another function than the one that is stated, and all else is right.
pub fn another_function(claim: &Claim, stuck: &Stuck) -> Option<Story> {
    use Function::{Gelu, LeakyRelu, Linear, Relu, Sigmoid, Silu, Tanh};
    let stated = *stuck.network.hidden.first()?;
    let others = [Sigmoid, Tanh, Relu, LeakyRelu(0.01), Linear, Gelu, Silu];
    let story = |function: Function| {
        let network = Network { hidden: vec![function; stuck.network.hidden.len()], ..stuck.network.clone() };
        let right = acquitted(claim, stuck.reading, &network)?;
        let place = format!("hidden layers: {} instead of {}", function.name(), stated.name());
        let charges = Charges::one(Mistake::WrongActivation, place);
        Some(Story { cost: right.cost + charges.cost(), charges, ..right })
    };
    others.into_iter().filter(|&function| function != stated).find_map(story)
}

/// The story in which every tensor is the gradient to five digits or more, and what is left is the arithmetic's.
pub fn nearly_right(claim: &Claim, stuck: &Stuck) -> Option<Story> {
    let reading = &claim.readings[stuck.reading];
    let mut all = networks(claim, reading);
    all.truncate(MOST_NETWORKS);
    let decays: Vec<f64> = Decay::of(&claim.stated, reading.rows()).multiples().collect();
    let decays = if decays.is_empty() { vec![0.0] } else { decays };
    let widths = reading.widths();
    let mut best: Option<Story> = None;
    for network in all {
        let forward = Forward::of(reading, &network);
        if !forward.slips.is_empty() {
            continue;
        }
        let right = right_gradients(reading, &network, &forward, &mut |_| {});
        for (reduction, _) in options(claim.stated.reduction, Reduction::ALL) {
            for (update, _) in options(claim.stated.update, Update::ALL) {
                let scale = expected(reading.rows() as f64, &widths, reduction, update);
                let left = |decay: f64| farthest(reading, &right, scale, decay * scale.signum());
                let residual = decays.iter().map(|&decay| left(decay)).fold(f64::INFINITY, f64::min);
                if residual < best.as_ref().map_or(NEARLY, |story| story.residual) {
                    let network = network.clone();
                    let remarks = vec![REST.to_string()];
                    let charges = Charges::none();
                    let reading = stuck.reading;
                    best = Some(Story { reading, network, reduction, update, charges, remarks, residual, cost: 0.0 });
                }
            }
        }
    }
    best
}

/// How far the dump is from `scale` times the right gradients with `decay` times the weights, in its farthest tensor.
fn farthest(reading: &Reading, right: &[(Matrix, Matrix)], scale: f64, decay: f64) -> f64 {
    let apart = |dump: &Matrix, right: Matrix| {
        let apart = if dump.dim() == right.dim() { gap(dump, &right) } else { f64::INFINITY };
        if apart.is_nan() { f64::INFINITY } else { apart }
    };
    let layers = reading.layers.iter().zip(right).map(|(layer, (d_weight, d_bias))| {
        let bias = layer.d_bias.as_ref().map_or(0.0, |dump| apart(dump, d_bias * scale));
        apart(&layer.d_weight, d_weight * scale + &layer.weight * decay).max(bias)
    });
    layers.fold(0.0, f64::max)
}

/// A dump that agrees in every tensor to this is the gradient, whatever arithmetic made it.
const NEARLY: f64 = 1e-5;
/// So many networks are held against a dump that nothing explains.
const MOST_NETWORKS: usize = 200;
const REST: &str = "what is left is more than rounding and nothing in the table: most often 1e-8 added inside a logarithm or a division, a forward pass in float32, or differences of the loss in the place of derivatives";

/// The story in which weights and biases were dumped after the update that the gradients made; needs a stated rate.
pub fn after_the_update(claim: &Claim, stuck: &Stuck) -> Option<Story> {
    let rate = claim.stated.rate?;
    let before = |step: f64| {
        let readings = claim.readings.iter().map(|reading| moved_back(reading, step)).collect::<Option<Vec<_>>>()?;
        let claim = Claim { readings, stated: claim.stated.clone() };
        let mut right = acquitted(&claim, stuck.reading, &stuck.network)?;
        right.remarks.push(format!(
            "right for the weights before the update: yours were dumped after it, W + {step} * dW is what the gradients belong to"
        ));
        Some(right)
    };
    match claim.stated.update {
        Some(Update::Subtract) => before(rate),
        Some(Update::Add) => before(-rate),
        None => before(rate).or_else(|| before(-rate)),
    }
}

/// Parameters with `step` times their dumped gradient added.
fn moved_back(reading: &Reading, step: f64) -> Option<Reading> {
    let mut reading = reading.inputs_only();
    for layer in &mut reading.layers {
        if layer.d_weight.dim() != layer.weight.dim() {
            return None;
        }
        layer.weight.scaled_add(step, &layer.d_weight);
        if let (Some(bias), Some(d_bias)) = (&mut layer.bias, &layer.d_bias) {
            if bias.dim() != d_bias.dim() {
                return None;
            }
            bias.scaled_add(step, d_bias);
        }
    }
    Some(reading)
}

/// Losses under which a dump that is mistaken under the stated one is right.
pub fn other_losses(claim: &Claim, story: &Story) -> Vec<Loss> {
    let choice = [
        Mistake::MissingOutputDerivative,
        Mistake::ExtraOutputDerivative,
        Mistake::LossFactorTwo,
        Mistake::WrongOutputDerivative,
    ];
    if !choice.iter().any(|&mistake| story.charges.has(mistake)) {
        return Vec::new();
    }
    let others = Loss::ALL.iter().copied().filter(|&loss| loss != story.network.loss);
    let right = |loss: &Loss| {
        let network = Network { loss: *loss, ..story.network.clone() };
        acquitted(claim, story.reading, &network).is_some()
    };
    others.filter(right).collect()
}

/// A hearing that ends without a charge.
fn acquitted(claim: &Claim, reading: usize, network: &Network) -> Option<Story> {
    if !resembles(&claim.readings[reading], network) {
        return None;
    }
    hear(claim, reading, network, false).ok()?.into_iter().find(|story| story.charges.is_empty())
}

/// Whether every dW is about a multiple of the right one, with some of the weights in it: else no hearing acquits.
fn resembles(reading: &Reading, network: &Network) -> bool {
    const ABOUT: f64 = 0.1; // five times the widest tolerance
    let right = right_gradients(reading, network, &Forward::of(reading, network), &mut |_| {});
    reading.layers.iter().zip(&right).all(|(layer, (d_weight, _))| {
        Fit::of(&layer.d_weight, &[d_weight, &layer.weight]).is_some_and(|fit| fit.residual < ABOUT)
    })
}
