//! The second try: other ways to understand a dump, for when no network and no convention explains it.
//!
//! The dump may be right to fewer digits than its numbers have. The forward pass may apply another function than the
//! one that is stated. The parameters may have been dumped after the update. Also here is the choice of another loss,
//! under which a dump that is mistaken would be right; only the person can make it.

use super::choices::{Choices, NEARLY, resembles_last_layer, right_under};
use super::conventions::explain;
use super::explanation::{Explanation, Unexplained};
use super::ranking::rank;
use crate::gradcheck::dump::Claim;
use crate::gradcheck::equations::{Forward, right_gradients};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence, Remark, Scope};
use crate::gradcheck::reading::{Function, LossFormula, Network, RARE, Reading, Stated, UpdateSign};
use crate::gradcheck::scales::Decay;

/// The explanation in which every tensor is the gradient to five digits or more. Such a dump holds more digits than it
/// agrees to, so no equation fits it, and yet no mistake of the table comes that near.
pub fn nearly_right(choices: &Choices) -> Option<Explanation> {
    let reading = choices.reading;
    let decays: Vec<f64> = Decay::of(&choices.claim.stated, reading.given_rows()).multiples().collect();
    let decays = if decays.is_empty() { vec![0.0] } else { decays };
    let mut best: Option<Explanation> = None;
    for network in &choices.networks {
        let forward = Forward::of(reading, network);
        if !forward.deviations.is_empty() {
            continue;
        }
        let right = right_gradients(reading, network, &forward, &mut |_| {});
        for &convention in &choices.conventions {
            let scale = convention.multiple;
            let left = |decay: f64| choices.farthest(&right, scale, decay * scale.signum());
            let residual = decays.iter().map(|&decay| left(decay)).fold(f64::INFINITY, f64::min);
            if residual < best.as_ref().map_or(NEARLY, |best| best.residual) {
                let remarks = vec![Remark::NearlyRight];
                best = Some(Explanation { remarks, ..choices.explanation(network, convention, residual) });
            }
        }
    }
    best
}

/// The explanation in which the hidden layers compute another function than the stated one, and all else is right. One
/// and the same function is tried for all hidden layers.
pub fn another_function(choices: &Choices, unexplained: &Unexplained) -> Option<Explanation> {
    use Function::{Gelu, LeakyRelu, Linear, Relu, Sigmoid, Silu, Tanh};
    let network = &unexplained.network;
    let stated = *network.hidden.first()?;
    let others = [Sigmoid, Tanh, Relu, LeakyRelu(0.01), Linear, Gelu, Silu];
    let explanation = |function: Function| {
        let network = Network { hidden: vec![function; network.hidden.len()], ..network.clone() };
        let right = right_under(choices.claim, choices.place, &network)?;
        let occurrence = Occurrence { scope: Scope::HiddenLayers, detail: Detail::Functions(function, stated) };
        let mistakes = Mistakes::one(Mistake::WrongActivation, occurrence);
        Some(Explanation { cost: right.cost + mistakes.cost(), mistakes, ..right })
    };
    others.into_iter().filter(|&function| function != stated).find_map(explanation)
}

/// The explanation in which the hidden layers compute a function that few people use. It is only looked for where no
/// function is stated, on batches on which a forward pass costs nothing. Where all is right under none of these, mistakes
/// below the last layer are looked for under those that the last layer speaks for.
pub fn rare_function(choices: &Choices, unexplained: &Unexplained) -> Option<Explanation> {
    let stated = &choices.claim.stated;
    let hidden = choices.reading.layers.len() - 1;
    if stated.activation.is_some() || hidden == 0 || !choices.small() {
        return None;
    }
    let rare = |function: Function| {
        let stated = Stated { activation: Some(vec![function]), ..stated.clone() };
        Network::allowed(&stated, hidden, &[unexplained.network.keep])
    };
    let networks: Vec<Network> = RARE.into_iter().flat_map(rare).collect();
    let right = networks.iter().find_map(|network| right_under(choices.claim, choices.place, network));
    right.or_else(|| {
        let spoken_for = networks.iter().filter(|network| resembles_last_layer(choices.reading, network));
        let mut all: Vec<Explanation> = spoken_for.flat_map(|network| choices.with_few_mistakes(network)).collect();
        rank(&mut all);
        all.into_iter().next()
    })
}

/// The claim with the parameters as they were before the update, where they were dumped after it, and what explains it.
/// It needs a stated rate.
pub fn after_the_update(choices: &Choices, unexplained: &Unexplained) -> Option<(Claim, Explanation)> {
    let claim = choices.claim;
    let rate = claim.stated.rate?;
    let before = |step: f64| {
        let readings = claim.readings.iter().map(|reading| moved_back(reading, step)).collect::<Option<Vec<_>>>()?;
        let before = claim.with(readings);
        let mut all = explain(&before, unexplained.reading, &unexplained.network, false).ok()?;
        rank(&mut all);
        let mut found = all.into_iter().next()?;
        found.remarks.push(Remark::AfterUpdate { step });
        Some((before, found))
    };
    match claim.stated.update {
        Some(UpdateSign::Subtract) => before(rate),
        Some(UpdateSign::Add) => before(-rate),
        None => before(rate).or_else(|| before(-rate)),
    }
}

/// A reading with `step` times the dumped gradients added to the parameters, which undoes an update that subtracted them;
/// `None` where the shapes differ.
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

/// The losses under which a dump that is mistaken under the stated loss is right. They are only looked for where a
/// derivative of the output or a factor of two is at fault, since those are what another loss can explain.
pub fn other_losses(claim: &Claim, explanation: &Explanation) -> Vec<LossFormula> {
    if !explanation.mistakes.list().into_iter().any(Mistake::may_be_another_loss) {
        return Vec::new();
    }
    let others = LossFormula::ALL.iter().copied().filter(|&loss| loss != explanation.network.loss);
    let right = |loss: &LossFormula| {
        let network = Network { loss: *loss, ..explanation.network.clone() };
        right_under(claim, explanation.reading, &network).is_some()
    };
    others.filter(right).collect()
}
