//! A scaling: one way to explain the sign and the size of all multiples at once.
//!
//! The search goes from the output down. A factor of the whole gradient comes first; then every layer, and within it
//! dW and db, may be off by a factor of its own on top. A beam of the cheapest explanations is carried from layer to
//! layer, and all that end about as cheap as the best are kept.

use super::expectation::Expectation;
use super::factor::Factor;
use super::layer::LayerDerivation;
use super::layer_ratios::LayerRatios;
use super::own_constants::OwnConstants;
use crate::gradcheck::hypotheses::Derivation;
use crate::gradcheck::mistakes::{Mistake, Mistakes, Occurrence, Remark};

/// One way to explain all multiples.
#[derive(Clone, Debug)]
pub struct Scaling {
    /// The mistakes that it takes.
    pub mistakes: Mistakes,
    /// What the multiples of the first group are multiplied with beside the expected multiple, with its sign.
    pub base: f64,
    /// What the person is told about the scale, though it is no mistake.
    pub remark: Option<Remark>,
    /// How unlikely it is.
    pub cost: f64,
}

/// Explanations that cost this much more than the best are dropped.
const RIVAL: f64 = 1.2;
/// At most this many explanations are carried from one layer to the next.
const BEAM: usize = 48;
/// To take the dump for rate · gradient is less likely than one mistake and likelier than two.
const UPDATE: f64 = 1.4;
/// To take it for the step itself, −rate · gradient, costs this much more: about as much as a sign and a factor.
const STEP: f64 = 0.5;

/// All ways to explain the multiples of the layers, given from the output down, that are about as cheap as the best;
/// the cheapest first.
pub fn scalings(expectation: &Expectation, layers: &[LayerDerivation]) -> Vec<Scaling> {
    let mut starts = starts(expectation);
    starts.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let factors: Vec<Vec<Factor>> = layers.iter().map(|layer| expectation.factors_of_layer(layer)).collect();
    let choices = without_natural_multiples(layers);
    let mut all: Vec<Scaling> = Vec::new();
    let mut limit = f64::INFINITY;
    for start in starts {
        if start.cost > limit {
            break;
        }
        for layers in &choices {
            let found = follow(expectation, &start, layers, &factors, limit);
            limit = found.iter().map(|scaling| scaling.cost + RIVAL).fold(limit, f64::min);
            all.extend(found);
        }
    }
    all.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    all.retain(|scaling| scaling.cost <= limit);
    all
}

/// Every factor of the whole gradient, with either sign. A wrong sign is the mistake of a residual target − output, except
/// where the error has a sign of its own, or where the dump is taken for the step, which has a sign by nature.
fn starts(expectation: &Expectation) -> Vec<Scaling> {
    let with_sign = |factor: &Factor, sign: f64| {
        let update = factor.remark == Some(Remark::Update);
        let opposite = Mistakes::one(Mistake::ResidualSign, Occurrence::OUTPUT);
        let mistakes = match (sign < 0.0, expectation.sign_unknown || update) {
            (true, false) => factor.mistakes.and(&opposite),
            _ => factor.mistakes.clone(),
        };
        let remark = if update && sign < 0.0 { Some(Remark::Step) } else { factor.remark };
        let unusual = if update { UPDATE } else { 0.0 };
        let turned = if remark == Some(Remark::Step) { STEP } else { 0.0 };
        Scaling { cost: mistakes.cost() + unusual + turned, mistakes, base: sign * factor.size, remark }
    };
    let factors = expectation.factors_of_all();
    factors.iter().flat_map(|factor| [1.0, -1.0].map(|sign| with_sign(factor, sign))).collect()
}

/// Explains layer after layer on top of a start, and drops what costs more than `limit` on the way.
fn follow(
    expectation: &Expectation,
    start: &Scaling,
    layers: &[LayerDerivation],
    factors: &[Vec<Factor>],
    limit: f64,
) -> Vec<Scaling> {
    let unusual = start.cost - start.mistakes.cost();
    let tensors: usize = layers.iter().map(|layer| 1 + usize::from(layer.bias.is_some())).sum();
    let mut beam = vec![(start.clone(), OwnConstants::default())];
    for (layer, factors) in layers.iter().zip(factors) {
        let mut next: Vec<(Scaling, OwnConstants)> = Vec::new();
        for (so_far, constants) in &beam {
            for (mistakes, more) in explain_layer(expectation, layer, factors, so_far.base) {
                let (mistakes, constants) = (so_far.mistakes.and(&mistakes), constants.and(more));
                let cost = mistakes.cost() + unusual + constants.cost();
                // Constants of single tensors explain anything, so most tensors must do without one.
                let others = tensors > 1 && constants.tensors <= (tensors / 2).max(1);
                if cost <= limit && (others || constants.tensors == 0) {
                    next.push((Scaling { mistakes, cost, ..so_far.clone() }, constants));
                }
            }
        }
        next.sort_by(|a, b| a.0.cost.total_cmp(&b.0.cost));
        next.truncate(BEAM);
        beam = next;
    }
    beam.into_iter().map(|(scaling, _)| scaling).collect()
}

/// What explains the multiples of one layer, with the tensors that it takes to be off by a constant of their own.
fn explain_layer(
    expectation: &Expectation,
    layer: &LayerDerivation,
    factors: &[Factor],
    base: f64,
) -> Vec<(Mistakes, OwnConstants)> {
    let (m, k) = (expectation.rows, expectation.outputs());
    let units: Vec<f64> = if layer.group == 0 {
        vec![base * expectation.multiple()]
    } else {
        // Errors that begin anew have a sign of their own, and are divided by the rows or not.
        let sizes = [base * expectation.multiple(), 1.0, 1.0 / m, 1.0 / (m * k)];
        sizes.iter().flat_map(|size| [*size, -size]).collect()
    };
    let pair = |unit: f64| LayerRatios::of(expectation, layer, unit).explain(factors);
    let mut all: Vec<(Mistakes, OwnConstants)> = units.into_iter().flat_map(pair).collect();
    all.sort_by(|a, b| a.0.cost().total_cmp(&b.0.cost()));
    all.truncate(BEAM);
    all
}

/// The layers once for every choice of multiples that their equations have by nature, with the chosen multiple taken
/// off: the same choice for all dW, and the same for all db.
fn without_natural_multiples(layers: &[LayerDerivation]) -> Vec<Vec<LayerDerivation>> {
    let most = |found: fn(&LayerDerivation) -> Option<&Derivation>| {
        layers.iter().filter_map(found).map(|found| found.natural.len()).max().unwrap_or(0)
    };
    let (weights, biases) = (most(|layer| Some(&layer.weight)), most(|layer| layer.bias.as_ref()));
    let over = |found: &Derivation, choice: usize| {
        let by = choice.checked_sub(1).and_then(|choice| found.natural.get(choice)).copied().unwrap_or(1.0);
        Derivation { multiple: found.multiple.map(|multiple| multiple / by), ..found.clone() }
    };
    let taken_off = |(w, b): (usize, usize)| {
        let layer = |layer: &LayerDerivation| LayerDerivation {
            weight: over(&layer.weight, w),
            bias: layer.bias.as_ref().map(|bias| over(bias, b)),
            ..layer.clone()
        };
        layers.iter().map(layer).collect()
    };
    (0..=weights).flat_map(|w| (0..=biases).map(move |b| (w, b))).map(taken_off).collect()
}
