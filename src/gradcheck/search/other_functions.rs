//! Other functions than those that are stated: of the hidden layers, where that makes the dump right, and of the loss, under
//! which a dump that is mistaken would be right. Only the person can choose the loss.

use super::choices::{Choices, right_under};
use super::explanation::Explanation;
use super::ranking::rank;
use crate::gradcheck::dump::Claim;
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence, Scope};
use crate::gradcheck::reading::{Function, LossFormula, Network, RARE, Stated};

/// The explanation in which the hidden layers compute another function than the stated one, and all else is right. One
/// and the same function is tried for all hidden layers.
pub fn another_function(choices: &Choices) -> Option<Explanation> {
    use Function::{Gelu, LeakyRelu, Linear, Relu, Sigmoid, Silu, Tanh};
    let network = &choices.unexplained.network;
    let stated = *network.hidden.first()?;
    let others = [Sigmoid, Tanh, Relu, LeakyRelu(0.01), Linear, Gelu, Silu];
    let explanation = |function: Function| {
        let network = Network { hidden: vec![function; network.hidden.len()], ..network.clone() };
        let right = right_under(choices.claim, choices.unexplained.reading, &network)?;
        let occurrence = Occurrence { scope: Scope::HiddenLayers, detail: Detail::Functions(function, stated) };
        let mistakes = Mistakes::one(Mistake::WrongActivation, occurrence);
        Some(Explanation { cost: right.cost + mistakes.cost(), mistakes, ..right })
    };
    others.into_iter().filter(|&function| function != stated).find_map(explanation)
}

/// The explanation in which the hidden layers compute a function that few people use. It is only looked for where no
/// function is stated, on batches on which a forward pass costs nothing. Where all is right under none of these, mistakes
/// below the last layer are looked for under those that the last layer speaks for.
pub fn rare_function(choices: &Choices) -> Option<Explanation> {
    let stated = &choices.claim.stated;
    let hidden = choices.reading.layers.len() - 1;
    if stated.activation.is_some() || hidden == 0 || !choices.small() {
        return None;
    }
    let rare = |function: Function| {
        let stated = Stated { activation: Some(vec![function]), ..stated.clone() };
        Network::allowed(&stated, hidden, &[choices.unexplained.network.keep])
    };
    let networks: Vec<Network> = RARE.into_iter().flat_map(rare).collect();
    choices.right_among(&networks).or_else(|| {
        let spoken_for = networks.iter().filter(|network| choices.resembles_last_layer(network));
        let mut all: Vec<Explanation> = spoken_for.flat_map(|network| choices.with_few_mistakes(network)).collect();
        rank(&mut all);
        all.into_iter().next()
    })
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
