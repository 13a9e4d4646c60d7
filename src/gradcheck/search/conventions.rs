//! The search under all conventions: every network that the statements allow, and every reduction and sign that they
//! leave open.
//!
//! No mistake counts as long as some convention that was not stated makes the dump right. Only then are mistakes
//! counted, as few as possible; the other sets that explain the dump as well are kept, and the verdict names them.

use super::candidate::Candidate;
use super::explanation::{Explanation, Obstacle, Unexplained};
use super::layers::LayerSearch;
use super::ranking::rank;
use super::screening::large;
use crate::gradcheck::dump::{Claim, Precision};
use crate::gradcheck::equations::{Forward, ForwardArray};
use crate::gradcheck::mistakes::Mistake;
use crate::gradcheck::reading::{BatchReduction, DumpedLayer, LossFormula, Network, Reading, UpdateSign};
use crate::gradcheck::scales::{
    Decay, Expectation, LayerDerivation, ScaledLayers, reductions_of_printed_loss, scalings,
};

/// Each step from the usual value of a convention that is not stated makes an explanation this much less likely.
const UNUSUAL: f64 = 0.02;

/// All explanations of a dump, the likeliest first. As soon as a reading is right under some network, no less usual
/// network is tried for it. A large batch, whose every network takes seconds, is not tried with other hidden functions
/// once some explain it: what a layer puts out stands in the dW above it, and hardly two functions agree on thousands of
/// rows.
///
/// # Errors
/// Nothing explains the dump; the error says how far the best search came.
pub fn explanations(claim: &Claim) -> Result<Vec<Explanation>, Box<Unexplained>> {
    let mut all: Vec<Explanation> = Vec::new();
    let mut furthest: Option<Box<Unexplained>> = None;
    let networks = |(place, reading)| networks(claim, reading).into_iter().map(move |network| (place, network));
    let cases: Vec<(usize, Network)> = claim.readings.iter().enumerate().flat_map(networks).collect();
    // The thorough search takes long, so no network gets it as long as another one explains the dump.
    for thorough in [false, true] {
        if thorough && !all.is_empty() {
            break;
        }
        let mut right = None;
        for (place, network) in &cases {
            let explained = |one: &Explanation| one.reading == *place && one.network.hidden != network.hidden;
            let large = large(claim.readings[*place].rows(), &claim.readings[*place].widths());
            if right == Some(*place) || large && all.iter().any(explained) {
                continue; // a more usual network is right, or has told the hidden functions
            }
            match explain(claim, *place, network, thorough) {
                Ok(found) => all.extend(found),
                Err(here) if furthest.as_ref().is_none_or(|known| here.came_further(known)) => {
                    furthest = Some(here);
                }
                Err(_) => {}
            }
            if all.iter().any(|one| one.reading == *place && one.mistakes.is_empty() && !one.takes_a_step()) {
                right = Some(*place);
            }
        }
    }
    rank(&mut all);
    match furthest {
        Some(unexplained) if all.is_empty() => Err(unexplained),
        _ => Ok(all),
    }
}

/// The networks under which a reading may be understood. Where dropout masks are dumped and the share that they keep is
/// not stated, every multiple of a twentieth is tried, the nearest to what the mask keeps first.
pub fn networks(claim: &Claim, reading: &Reading) -> Vec<Network> {
    let mask = reading.layers.iter().find_map(|layer| layer.mask.as_ref());
    let keep = match (claim.stated.keep, mask) {
        (Some(keep), _) => vec![keep],
        (None, None) => vec![1.0],
        (None, Some(mask)) => {
            let share = mask.iter().filter(|&&v| v != 0.0).count() as f64 / mask.len() as f64;
            let mut all: Vec<f64> = (1..=20).map(|i| f64::from(i) / 20.0).collect();
            all.sort_by(|a, b| (a - share).abs().total_cmp(&(b - share).abs()));
            all
        }
    };
    let mut all = Network::allowed(&claim.stated, reading.layers.len() - 1, &keep);
    let shares = || reading.targets.right.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 0.01);
    if claim.stated.loss.is_none() && !shares() {
        all.retain(|network| network.loss != LossFormula::CrossEntropy); // it needs targets that add up to 1
    }
    all
}

/// The explanations of the reading at `place` under one network, with a `thorough` search or without. Where the dump
/// holds a wrong array of the forward pass, the gradients may still be explained, but that array is not; so the dump
/// stays unexplained, unless the wrong array is the prediction of a wrong softmax.
///
/// # Errors
/// Nothing explains the reading under this network.
pub fn explain(
    claim: &Claim,
    place: usize,
    network: &Network,
    thorough: bool,
) -> Result<Vec<Explanation>, Box<Unexplained>> {
    let reading = &claim.readings[place];
    let forward = Forward::of(reading, network);
    let precision = Precision::of(reading, network);
    let decay = Decay::of(&claim.stated, reading.given_rows());
    let search = LayerSearch {
        reading,
        network,
        stated: &claim.stated,
        forward: &forward,
        precision: &precision,
        decay: decay.stated(),
        one_number_somewhere: reading.layers.iter().any(DumpedLayer::has_one_bias_gradient),
    };
    let end = search.run(thorough);
    let above = end.candidates.first().map(|candidate| candidate.mistakes.clone());
    let stopped = |obstacle| Box::new(Unexplained { reading: place, network: network.clone(), obstacle, above });
    if let Some(tensor) = end.blocked {
        return Err(stopped(Obstacle::Gradient(tensor)));
    }
    let printed = reductions_of_printed_loss(reading, network, &forward, &decay);
    let scales = ScaleSearch { claim, place, network, decay: &decay, precision: &precision, printed: &printed };
    let candidates = sharpest(&end.candidates, &precision);
    let mut all: Vec<Explanation> = candidates.into_iter().flat_map(|candidate| scales.explain(candidate)).collect();
    if let Some(&deviation) = forward.deviations.first() {
        all.retain(|explanation| deviation == ForwardArray::P && blames_softmax(explanation));
        if all.is_empty() {
            return Err(stopped(Obstacle::Forward(deviation)));
        }
    }
    if all.is_empty() { Err(stopped(Obstacle::Scales)) } else { Ok(all) }
}

/// Whether a wrong softmax is among the mistakes, which explains a dumped prediction that is not what it should be.
fn blames_softmax(explanation: &Explanation) -> bool {
    [Mistake::SoftmaxOverBatch, Mistake::SoftmaxOverAll].iter().any(|&mistake| explanation.mistakes.has(mistake))
}

/// The candidates that no other beats by a digit on some tensor. A wrong equation may fit within the tolerance, but where
/// the right one fits ten times better, it is not the person's.
fn sharpest<'a>(candidates: &'a [Candidate], precision: &Precision) -> Vec<&'a Candidate> {
    let residuals = |candidate: &Candidate| -> Vec<f64> {
        let pair = |l: &LayerDerivation| [l.weight.residual, l.bias.as_ref().map_or(0.0, |bias| bias.residual)];
        candidate.layers.iter().flat_map(pair).collect()
    };
    let noise: Vec<f64> = precision.tolerances.iter().rev().flat_map(|(w, b)| [w / 10.0, b / 10.0]).collect();
    let all: Vec<Vec<f64>> = candidates.iter().map(residuals).collect();
    let least = |t: usize| all.iter().map(|residuals| residuals[t]).fold(f64::INFINITY, f64::min);
    let beaten = |mine: &[f64]| mine.iter().enumerate().any(|(t, &r)| r > 10.0 * least(t) && r > noise[t]);
    candidates.iter().zip(&all).filter(|(_, residuals)| !beaten(residuals)).map(|(candidate, _)| candidate).collect()
}

/// A reading under one network, whose candidates are to be explained.
struct ScaleSearch<'a> {
    claim: &'a Claim,
    place: usize,
    network: &'a Network,
    decay: &'a Decay,
    precision: &'a Precision,
    /// The reductions under which the loss is the printed one; empty where that says nothing.
    printed: &'a [BatchReduction],
}

impl ScaleSearch<'_> {
    /// A candidate with every way to explain its scales, under every convention that is not stated.
    fn explain(&self, candidate: &Candidate) -> Vec<Explanation> {
        let stated = &self.claim.stated;
        let reading = &self.claim.readings[self.place];
        let reductions = if self.printed.is_empty() { reading.reductions() } else { self.printed };
        // Of a single row, a mean over the outputs is assumed only where it explains their number.
        let open = stated.reduction.is_none() && reading.doubled;
        let mut all = Vec::new();
        for (reduction, r_cost) in options(stated.reduction, reductions) {
            let needless = |one: &Explanation| {
                open && reduction == BatchReduction::MeanAll && one.mistakes.has(Mistake::ClassCountFactor)
            };
            for (update, u_cost) in options(stated.update, &UpdateSign::ALL) {
                let mut found = self.explain_scales(candidate, reduction, update);
                found.retain(|one| !needless(one));
                all.extend(found.into_iter().map(|one| Explanation { cost: one.cost + r_cost + u_cost, ..one }));
            }
        }
        all
    }

    /// A candidate with every way to explain its scales, and its L2 terms, under two conventions. What the conventions
    /// themselves add to the cost is added by the caller.
    fn explain_scales(&self, candidate: &Candidate, reduction: BatchReduction, update: UpdateSign) -> Vec<Explanation> {
        let reading = &self.claim.readings[self.place];
        let widths = reading.widths();
        let sign_unknown = candidate.sign_unknown;
        let expectation = Expectation {
            rows: reading.rows() as f64,
            doubled: reading.doubled,
            widths: &widths,
            reduction,
            update,
            rate: self.claim.stated.rate,
            sign_unknown,
            tolerance: self.precision.of_multiples(),
        };
        let layers = &candidate.layers[..];
        let ratio = |multiple: Option<f64>| multiple.map(|multiple| multiple / expectation.multiple());
        let ratios: Vec<Option<f64>> = layers.iter().map(|layer| ratio(layer.weight.multiple)).collect();
        let tolerances = &self.precision.tolerances;
        let residual = layers.iter().map(|layer| layer.weight.residual).fold(0.0, f64::max);
        let mut all = Vec::new();
        for scaling in scalings(&expectation, layers) {
            let (base, ratios) = (scaling.base, &ratios);
            let scaled = ScaledLayers { reading, layers, tolerances, ratios, update, base, sign_unknown };
            let Some((decay_mistakes, decay_remark)) = self.decay.explain(&scaled) else { continue };
            let mistakes = candidate.mistakes.and(&scaling.mistakes).and(&decay_mistakes);
            all.push(Explanation {
                reading: self.place,
                network: self.network.clone(),
                reduction,
                update,
                cost: mistakes.cost() + (scaling.cost - scaling.mistakes.cost()),
                mistakes,
                remarks: scaling.remark.into_iter().chain(decay_remark).collect(),
                residual,
            });
        }
        all
    }
}

/// The values that a convention may have, with what each adds to the cost.
pub fn options<T: Copy + PartialEq>(stated: Option<T>, all: &[T]) -> Vec<(T, f64)> {
    match stated {
        Some(one) => vec![(one, 0.0)],
        None => all.iter().enumerate().map(|(i, &one)| (one, UNUSUAL * i as f64)).collect(),
    }
}
