//! Appeals: other ways to read a claim, tried when the first hearing explains nothing, or explains it by a choice.
//!
//! The forward pass may apply another function than the one stated; the weights may have been dumped after the
//! update; and what is a mistake under one loss may be right under another, which is the user's to choose.

use super::charge::Charges;
use super::claim::{Claim, Reading};
use super::function::Function;
use super::judge::{Story, Stuck, hear};
use super::mistake::Mistake;
use super::story::{Loss, Network, Update};

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
    hear(claim, reading, network).ok()?.into_iter().find(|story| story.charges.is_empty())
}
