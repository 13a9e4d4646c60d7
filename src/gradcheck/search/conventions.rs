//! The judge: from the chains that the court found to the likeliest story, with the conventions that it takes.
//!
//! Nobody is guilty as long as some convention that was not stated makes the dump right. Only then do mistakes count,
//! as few as possible; other sets that explain the dump as well are kept and said.

use super::candidate::Chain;
use super::explanation::{RIVAL, Story, Stuck};
use super::layers::Case;
use crate::gradcheck::dump::{Claim, Precision};
use crate::gradcheck::equations::Forward;
use crate::gradcheck::mistakes::Mistake;
use crate::gradcheck::reading::{Loss, Network, Reading, Reduction, Update};
use crate::gradcheck::scales::{Decay, LayerFit, STEP, Scales, UPDATE, printed_reductions};

/// A convention that is not stated and not the usual one is a little less likely.
const UNUSUAL: f64 = 0.02;

/// All stories that explain a dump, the likeliest first; without one, how far the best search came.
pub fn stories(claim: &Claim) -> Result<Vec<Story>, Box<Stuck>> {
    let mut all: Vec<Story> = Vec::new();
    let mut stuck: Option<Box<Stuck>> = None;
    let cases: Vec<(usize, Network)> = claim
        .readings
        .iter()
        .enumerate()
        .flat_map(|(number, reading)| networks(claim, reading).into_iter().map(move |network| (number, network)))
        .collect();
    // The thorough search is the long one: no network gets it while another has a story.
    for thorough in [false, true] {
        if thorough && !all.is_empty() {
            break;
        }
        let mut acquitted = None;
        for (number, network) in &cases {
            if acquitted == Some(*number) {
                continue;
            }
            match hear(claim, *number, network, thorough) {
                Ok(stories) => all.extend(stories),
                Err(here) if stuck.as_ref().is_none_or(|known| here.left < known.left) => stuck = Some(here),
                Err(_) => {}
            }
            if all.iter().any(|story| story.charges.is_empty()) {
                acquitted = Some(*number);
            }
        }
    }
    all.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    smallest_first(&mut all);
    match stuck {
        Some(stuck) if all.is_empty() => Err(stuck),
        _ => Ok(all),
    }
}

/// Puts the fewest mistakes first, of the stories that are about as likely as the likeliest; to take the dump for an
/// update counts like one.
fn smallest_first(stories: &mut [Story]) {
    let Some(least) = stories.first().map(|story| story.cost) else { return };
    let near = stories.iter().take_while(|story| story.cost <= least + RIVAL);
    let update = |remark: &String| [UPDATE, STEP].contains(&remark.as_str());
    let count = |story: &Story| story.charges.mistakes().len() + usize::from(story.remarks.iter().any(update));
    let smallest = near.enumerate().min_by_key(|(_, story)| count(story));
    if let Some((place, _)) = smallest {
        stories[..=place].rotate_right(1);
    }
}

/// The networks that the claim allows; the shares that dropout may keep are tried where they are not stated.
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
    let mut all = claim.stated.networks(reading.layers.len() - 1, &keep);
    let shares = || reading.targets.right.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 0.01);
    if claim.stated.loss.is_none() && !shares() {
        all.retain(|network| network.loss != Loss::CrossEntropy); // these targets cannot have it
    }
    all
}

/// The stories under one network; `thorough` tries every row that may have been cut from the weights.
pub fn hear(claim: &Claim, number: usize, network: &Network, thorough: bool) -> Result<Vec<Story>, Box<Stuck>> {
    let reading = &claim.readings[number];
    let forward = Forward::of(reading, network);
    let precision = Precision::of(reading, network);
    let decay = Decay::of(&claim.stated, reading.rows());
    let case = Case {
        reading,
        network,
        stated: &claim.stated,
        forward: &forward,
        precision: &precision,
        decay: decay.stated(),
    };
    let outcome = case.search(thorough);
    let above = outcome.chains.first().map(|chain| chain.charges.clone());
    let stuck = |tensor: String, left: f64| {
        Box::new(Stuck { reading: number, network: network.clone(), tensor, left, above: above.clone() })
    };
    if let Some((layer, only_bias)) = outcome.stuck {
        let tensor = format!("{}{layer}", if only_bias { "db" } else { "dW" });
        return Err(stuck(tensor, layer as f64 + if only_bias { 0.0 } else { 0.5 }));
    }
    let printed = printed_reductions(reading, network, &forward, &decay);
    let mut all = Vec::new();
    for chain in sharpest(&outcome.chains, &precision) {
        all.extend(explained(claim, number, network, &decay, &precision, &printed, chain));
    }
    let softmax = |story: &Story| {
        [Mistake::SoftmaxOverBatch, Mistake::SoftmaxOverAll].iter().any(|&mistake| story.charges.has(mistake))
    };
    if let Some(slip) = forward.slips.first() {
        all.retain(|story| slip.name == "p" && softmax(story));
        if all.is_empty() {
            return Err(stuck(slip.name.clone(), 0.25));
        }
    }
    if all.is_empty() { Err(stuck("the scales of dW and db".into(), 0.25)) } else { Ok(all) }
}

/// The chains that no other beats by a digit on some tensor.
fn sharpest<'a>(chains: &'a [Chain], precision: &Precision) -> Vec<&'a Chain> {
    let residuals = |chain: &Chain| -> Vec<f64> {
        let pair = |l: &LayerFit| [l.weight.residual, l.bias.as_ref().map_or(0.0, |bias| bias.residual)];
        chain.layers.iter().flat_map(pair).collect()
    };
    let noise: Vec<f64> = precision.tolerances.iter().rev().flat_map(|(w, b)| [w / 10.0, b / 10.0]).collect();
    let all: Vec<Vec<f64>> = chains.iter().map(residuals).collect();
    let least = |t: usize| all.iter().map(|residuals| residuals[t]).fold(f64::INFINITY, f64::min);
    let beaten = |mine: &[f64]| mine.iter().enumerate().any(|(t, &r)| r > 10.0 * least(t) && r > noise[t]);
    chains.iter().zip(&all).filter(|(_, residuals)| !beaten(residuals)).map(|(chain, _)| chain).collect()
}

/// A chain with every way to explain its scales, under every convention that is not stated.
fn explained(
    claim: &Claim,
    number: usize,
    network: &Network,
    decay: &Decay,
    precision: &Precision,
    printed: &[Reduction],
    chain: &Chain,
) -> Vec<Story> {
    let reading = &claim.readings[number];
    let widths = reading.widths();
    let tolerance = precision.tolerances.iter().fold(1e-9f64, |t, (w, b)| t.max(3.0 * w).max(3.0 * b)).min(0.05);
    let mut all = Vec::new();
    let reductions = if printed.is_empty() { Reduction::ALL } else { printed };
    for (reduction, r_cost) in options(claim.stated.reduction, reductions) {
        for (update, u_cost) in options(claim.stated.update, Update::ALL) {
            let rows = reading.rows() as f64;
            let rate = claim.stated.rate;
            let signless = chain.signless;
            let scales = Scales { rows, widths: &widths, reduction, update, rate, signless, tolerance };
            let ratio = |multiple: Option<f64>| multiple.map(|multiple| multiple / scales.expected());
            let ratios: Vec<Option<f64>> = chain.layers.iter().map(|layer| ratio(layer.weight.multiple)).collect();
            for scale in scales.explain(&chain.layers) {
                let ruling = decay.rule(
                    reading,
                    &chain.layers,
                    update,
                    (scale.base, chain.signless),
                    &ratios,
                    &precision.tolerances,
                );
                let Some(ruling) = ruling else { continue };
                let charges = chain.charges.and(&scale.charges).and(&ruling.charges);
                let cost = charges.cost() + (scale.cost - scale.charges.cost()) + r_cost + u_cost;
                let residual = chain.layers.iter().map(|layer| layer.weight.residual).fold(0.0, f64::max);
                let remarks = scale.remark.into_iter().chain(ruling.remark).collect();
                let network = network.clone();
                all.push(Story { reading: number, network, reduction, update, charges, remarks, residual, cost });
            }
        }
    }
    all
}

pub fn options<T: Copy + PartialEq>(stated: Option<T>, all: &[T]) -> Vec<(T, f64)> {
    match stated {
        Some(one) => vec![(one, 0.0)],
        None => all.iter().enumerate().map(|(i, &one)| (one, UNUSUAL * i as f64)).collect(),
    }
}
