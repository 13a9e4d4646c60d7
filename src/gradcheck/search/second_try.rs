//! The second try: other ways to understand a dump, for when no network and no convention explains it.
//!
//! The dump may be right to fewer digits than its numbers have. The forward pass may apply another function than the
//! one that is stated. The parameters may have been dumped after the update. Also here is the choice of another loss,
//! under which a dump that is mistaken would be right; only the person can make it.

use super::conventions::{explain, networks, options};
use super::explanation::{Explanation, Unexplained};
use super::ranking::rank;
use crate::gradcheck::dump::Claim;
use crate::gradcheck::equations::{Forward, LeastSquares, gap, output_delta, right_gradients, weight_gradient};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence, Remark, Scope};
use crate::gradcheck::reading::{
    BatchReduction, DumpedLayer, Function, LossFormula, Matrix, Network, RARE, Reading, Stated, UpdateSign,
};
use crate::gradcheck::scales::{Decay, right_multiple};

/// A dump that agrees with the gradient to this in every tensor is the gradient, whatever arithmetic made it.
pub const NEARLY: f64 = 1e-5;
/// At most this many networks are held against a dump that nothing explains.
const MOST_NETWORKS: usize = 200;
/// Readings of a dump that few people mean are only tried where x holds no more numbers than this.
pub const MOST_NUMBERS: usize = 1 << 20;
/// A dump whose dW is further than this from a multiple of the right one explains nothing: five times the widest
/// tolerance.
const ABOUT: f64 = 0.1;
/// Another way to understand a dump is believed with no more mistakes than this beside it.
pub const MOST_MISTAKES: usize = 2;

/// The networks that are held against a dump that nothing explains.
pub fn tried(claim: &Claim, reading: &Reading) -> Vec<Network> {
    networks(claim, reading).into_iter().take(MOST_NETWORKS).collect()
}

/// The explanation in which every tensor is the gradient to five digits or more. Such a dump holds more digits than it
/// agrees to, so no equation fits it, and yet no mistake of the table comes that near.
pub fn nearly_right(claim: &Claim, unexplained: &Unexplained) -> Option<Explanation> {
    let reading = &claim.readings[unexplained.reading];
    let decays: Vec<f64> = Decay::of(&claim.stated, reading.given_rows()).multiples().collect();
    let decays = if decays.is_empty() { vec![0.0] } else { decays };
    let widths = reading.widths();
    let mut best: Option<Explanation> = None;
    for network in tried(claim, reading) {
        let forward = Forward::of(reading, &network);
        if !forward.deviations.is_empty() {
            continue;
        }
        let right = right_gradients(reading, &network, &forward, &mut |_| {});
        for (reduction, update) in open_conventions(claim) {
            let scale = right_multiple(reading.rows() as f64, &widths, reduction, update);
            let left = |decay: f64| farthest(reading, &right, scale, decay * scale.signum());
            let residual = decays.iter().map(|&decay| left(decay)).fold(f64::INFINITY, f64::min);
            if residual < best.as_ref().map_or(NEARLY, |best| best.residual) {
                best = Some(Explanation {
                    reading: unexplained.reading,
                    network: network.clone(),
                    reduction,
                    update,
                    mistakes: Mistakes::none(),
                    remarks: vec![Remark::NearlyRight],
                    residual,
                    cost: 0.0,
                });
            }
        }
    }
    best
}

/// Every reduction with every sign that the statements leave open, the usual ones first.
pub fn open_conventions(claim: &Claim) -> Vec<(BatchReduction, UpdateSign)> {
    let updates = options(claim.stated.update, &UpdateSign::ALL);
    let reductions = options(claim.stated.reduction, &BatchReduction::ALL);
    reductions.iter().flat_map(|&(reduction, _)| updates.iter().map(move |&(update, _)| (reduction, update))).collect()
}

/// How far the dump is, in its farthest tensor, from `scale` times the right gradients plus `decay` times the weights. A
/// tensor of a wrong shape is infinitely far.
pub fn farthest(reading: &Reading, right: &[(Matrix, Matrix)], scale: f64, decay: f64) -> f64 {
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

/// The explanation in which the hidden layers compute another function than the stated one, and all else is right. One
/// and the same function is tried for all hidden layers.
pub fn another_function(claim: &Claim, unexplained: &Unexplained) -> Option<Explanation> {
    use Function::{Gelu, LeakyRelu, Linear, Relu, Sigmoid, Silu, Tanh};
    let network = &unexplained.network;
    let stated = *network.hidden.first()?;
    let others = [Sigmoid, Tanh, Relu, LeakyRelu(0.01), Linear, Gelu, Silu];
    let explanation = |function: Function| {
        let network = Network { hidden: vec![function; network.hidden.len()], ..network.clone() };
        let right = right_under(claim, unexplained.reading, &network)?;
        let occurrence = Occurrence { scope: Scope::HiddenLayers, detail: Detail::Functions(function, stated) };
        let mistakes = Mistakes::one(Mistake::WrongActivation, occurrence);
        Some(Explanation { cost: right.cost + mistakes.cost(), mistakes, ..right })
    };
    others.into_iter().filter(|&function| function != stated).find_map(explanation)
}

/// The explanation in which the hidden layers compute a function that few people use. It is only looked for where no
/// function is stated, on batches on which a forward pass costs nothing. Where all is right under none of these, mistakes
/// below the last layer are looked for under those that the last layer speaks for.
pub fn rare_function(claim: &Claim, unexplained: &Unexplained) -> Option<Explanation> {
    let reading = &claim.readings[unexplained.reading];
    let hidden = reading.layers.len() - 1;
    if claim.stated.activation.is_some() || hidden == 0 || reading.x.len() > MOST_NUMBERS {
        return None;
    }
    let rare = |function: Function| {
        let stated = Stated { activation: Some(vec![function]), ..claim.stated.clone() };
        Network::allowed(&stated, hidden, &[unexplained.network.keep])
    };
    let networks = || RARE.into_iter().flat_map(rare);
    networks().find_map(|network| right_under(claim, unexplained.reading, &network)).or_else(|| {
        let spoken_for = networks().filter(|network| last_layer_resembles(reading, network));
        let all = spoken_for.filter_map(|network| explain(claim, unexplained.reading, &network, false).ok());
        let mut all: Vec<Explanation> = all.flatten().collect();
        all.retain(|explanation| explanation.mistakes.list().len() <= MOST_MISTAKES);
        rank(&mut all);
        all.into_iter().next()
    })
}

/// Whether the dW of the last layer is a multiple of the right one, which shows that the forward pass is right.
fn last_layer_resembles(reading: &Reading, network: &Network) -> bool {
    let forward = Forward::of(reading, network);
    let last = reading.layers.len() - 1;
    let delta = output_delta(network, &forward.z[last], forward.prediction(), &reading.targets.right);
    let right = weight_gradient(&forward.inputs[last], &delta);
    LeastSquares::of(&reading.layers[last].d_weight, &[&right]).is_some_and(|fit| fit.residual < NEARLY)
}

/// The claim with thresholds for biases, z = x·W − b, and the explanation that finds nothing wrong with it then.
pub fn subtracted_biases(claim: &Claim, unexplained: &Unexplained) -> Option<(Claim, Explanation)> {
    let turned = with_subtracted_biases(claim, unexplained)?;
    let networks = tried(claim, &turned.readings[unexplained.reading]);
    let mut found = networks.iter().find_map(|network| right_under(&turned, unexplained.reading, network))?;
    found.remarks.insert(0, Remark::SubtractedBias);
    Some((turned, found))
}

/// The claim with thresholds for biases; `None` where there is no bias but 0, and on large batches.
pub fn with_subtracted_biases(claim: &Claim, unexplained: &Unexplained) -> Option<Claim> {
    let mut turned = claim.with(claim.readings.clone());
    let biases = turned.readings.iter_mut().flat_map(|reading| &mut reading.layers);
    for layer in biases {
        let both = [&mut layer.bias, &mut layer.d_bias].into_iter().flatten();
        both.for_each(|array| array.mapv_inplace(|v| -v));
    }
    let reading = &turned.readings[unexplained.reading];
    let any = |layer: &DumpedLayer| layer.bias.as_ref().is_some_and(|bias| bias.iter().any(|&b| b != 0.0));
    (reading.layers.iter().any(any) && reading.x.len() <= MOST_NUMBERS).then_some(turned)
}

/// The claim with the parameters as they were before the update, where they were dumped after it, and what explains it.
/// It needs a stated rate.
pub fn after_the_update(claim: &Claim, unexplained: &Unexplained) -> Option<(Claim, Explanation)> {
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

/// The explanation of a reading under a network that needs no mistake, if there is one.
fn right_under(claim: &Claim, reading: usize, network: &Network) -> Option<Explanation> {
    if !resembles(&claim.readings[reading], network) {
        return None;
    }
    explain(claim, reading, network, false).ok()?.into_iter().find(|explanation| explanation.mistakes.is_empty())
}

/// Whether every dW is about a multiple of the right one, with some of the weights in it. Where it is not, no search
/// can end without a mistake, and none need be made.
pub fn resembles(reading: &Reading, network: &Network) -> bool {
    let right = right_gradients(reading, network, &Forward::of(reading, network), &mut |_| {});
    reading.layers.iter().zip(&right).all(|(layer, (d_weight, _))| {
        LeastSquares::of(&layer.d_weight, &[d_weight, &layer.weight]).is_some_and(|fit| fit.residual < ABOUT)
    })
}
