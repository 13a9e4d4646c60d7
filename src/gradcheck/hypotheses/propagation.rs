//! Propagation: how the error of the layer above comes down through the weights, and what comes down in its stead.
//!
//! Everything is composed from the arrays that the user's own program had, its dumped dW among them. What a layer's
//! own derivative makes of what arrives is the business of [`super::hidden`].

use ndarray::{Axis, s};

use super::layer::Site;
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::Matrix;

/// What there is at the layer above and at this one.
pub struct Place<'a> {
    /// This layer.
    pub site: &'a Site<'a>,
    /// Rows and units of this layer.
    pub dim: (usize, usize),
    /// The error above that goes down, `[m, above]`.
    pub delta: &'a Matrix,
    /// The error above before its derivative, `[m, above]`; after dropout and before it, where there is any.
    pub upstream: &'a [Matrix],
    /// The error at the output of the network, without its derivative.
    pub residual: &'a Matrix,
    /// The activations above, `[m, above]`, before and after dropout.
    pub values: &'a [Matrix],
    /// The weight between, `[out, above]`.
    pub weight: &'a Matrix,
    /// The dumped gradient of that weight.
    pub d_weight: &'a Matrix,
    /// The bias above and its dumped gradient, `[1, above]`.
    pub bias: Option<(&'a Matrix, Option<&'a Matrix>)>,
    /// What multiplies a gradient in an update, with its sign: −rate to subtract; none where the rate is not stated.
    pub steps: &'a [f64],
    /// The sign of an update: −1 to subtract; `None` where that is not stated.
    pub direction: Option<f64>,
    /// The multiples with which errors may be scaled in the user's program.
    pub scales: &'a [f64],
}

/// What arrives at a layer's output.
pub struct Arrival {
    /// What is wrong with how it came down.
    pub charges: Charges,
    /// It, `[m, out]`.
    pub signal: Matrix,
    /// Another that is joined with it in a way that only the dump can tell.
    pub second: Option<(Matrix, Join)>,
    /// Whether sign and scale say nothing of those above.
    pub fresh: bool,
}

/// How two signals make one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Join {
    /// A multiple of the second is added to the first: weights after a step of unknown length.
    Sum,
    /// Up to some unit it is the first and from there on the second: a row that was cut.
    Columns(&'static str),
}

/// Every way down from the layer above; the right one first.
pub fn arrivals(place: &Place) -> Vec<Arrival> {
    let through = weights(place);
    let mut all: Vec<Arrival> = signals(place).iter().flat_map(|signal| down(signal, &through)).collect();
    for error in [place.delta, place.residual].into_iter().chain(place.upstream) {
        let charges = place.site.charge(Mistake::DeltaNotPropagated);
        all.extend(unweighted(place, error).map(|signal| Arrival { charges, signal, second: None, fresh: false }));
    }
    all
}

/// Every way down through weights of which some row was cut that is not the bias.
pub fn cut_anywhere(place: &Place) -> Vec<Arrival> {
    let updated = place.site.charge(Mistake::UpdatedWeightsInBackprop);
    let steps = place.steps.iter().map(|&step| (updated.clone(), step));
    let through: Vec<Through> = std::iter::once((Charges::none(), 0.0))
        .chain(steps)
        .flat_map(|(charges, step)| misaligned(place, step).into_iter().map(move |t| (charges.clone(), t)))
        .flat_map(|(charges, pair)| every_cut(place, &charges, pair))
        .collect();
    let mut all: Vec<Arrival> = signals(place).iter().flat_map(|signal| down(signal, &through)).collect();
    if place.steps.is_empty() {
        all.extend(signals(place).iter().flat_map(|signal| down(signal, &at_usual_rates(place))));
    }
    all
}

/// Weights after a step at every rate that people use, with another row cut than the bias.
fn at_usual_rates(place: &Place) -> Vec<Through> {
    const USUAL: [f64; 11] = [0.001, 0.003, 0.01, 0.03, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 1.0];
    let directions = place.direction.map_or(vec![-1.0, 1.0], |direction| vec![direction]);
    let steps = directions.iter().flat_map(|direction| USUAL.iter().map(move |rate| direction * rate));
    let updated = place.site.charge(Mistake::UpdatedWeightsInBackprop);
    let cut = steps.flat_map(|step| misaligned(place, step));
    cut.map(|through| Through { charges: updated.and(&through.charges), ..through }).collect()
}

/// What comes down: the error as it should, before its derivative, or values instead of errors.
fn signals<'a>(place: &'a Place) -> Vec<(Charges, &'a Matrix, bool)> {
    let raw = place.site.charge(Mistake::RawErrorPropagated);
    let mut all = vec![(Charges::none(), place.delta, false)];
    all.extend(place.upstream.iter().map(|upstream| (raw.clone(), upstream, false)));
    all.extend(place.values.iter().map(|value| (place.site.charge(Mistake::ValuesInsteadOfDeltas), value, true)));
    all
}

fn down((charges, signal, fresh): &(Charges, &Matrix, bool), through: &[Through]) -> Vec<Arrival> {
    let down = |weight: &Matrix| signal.dot(&weight.t());
    let arrival = |through: &Through| Arrival {
        charges: charges.and(&through.charges),
        signal: down(&through.weight),
        second: through.second.as_ref().map(|(weight, join)| (down(weight), *join)),
        fresh: *fresh,
    };
    through.iter().map(arrival).collect()
}

/// A pair of weights joined at every row.
fn every_cut(place: &Place, charges: &Charges, pair: Through) -> Vec<Through> {
    let Some((second, Join::Columns(text))) = pair.second else { return Vec::new() };
    let cut = |row: usize| {
        let weight = ndarray::concatenate![Axis(0), pair.weight.slice(s![..row, ..]), second.slice(s![row.., ..])];
        let charges = charges.and(&place.site.detail(Mistake::WeightsMisaligned, &format!("{text}, row {row} cut")));
        Through { charges, weight, second: None }
    };
    (0..=second.nrows()).filter(|&row| row != bias_cut(text, second.nrows())).map(cut).collect()
}

const LAST: &str = "bias last";
const FIRST: &str = "bias first";

/// The row at which a pair of weights of `n` rows is joined when the bias itself is cut, as it should be.
pub fn bias_cut(text: &str, n: usize) -> usize {
    if text == LAST { n } else { 0 }
}

/// What may stand where the weights should.
struct Through {
    charges: Charges,
    weight: Matrix,
    second: Option<(Matrix, Join)>,
}

fn weights(place: &Place) -> Vec<Through> {
    let through = |charges: Charges, weight: Matrix| Through { charges, weight, second: None };
    let mut all = vec![through(Charges::none(), place.weight.clone())];
    all.extend(misaligned(place, 0.0));
    if place.d_weight.dim() != place.weight.dim() {
        return all;
    }
    all.push(through(place.site.charge(Mistake::GradientInsteadOfWeights), place.d_weight.clone()));
    let charges = place.site.charge(Mistake::UpdatedWeightsInBackprop);
    for &step in place.steps {
        all.push(through(charges.clone(), place.weight + &(place.d_weight * step)));
        all.extend(misaligned(place, step).into_iter().map(|t| Through { charges: charges.and(&t.charges), ..t }));
    }
    if place.steps.is_empty() {
        let second = Some((place.d_weight.clone(), Join::Sum));
        all.push(Through { charges, weight: place.weight.clone(), second });
    }
    all
}

/// The weights after a step, with the bias as one more row below or above them, and another row cut than the bias.
fn misaligned(place: &Place, step: f64) -> Vec<Through> {
    let Some((bias, d_bias)) = place.bias else { return Vec::new() };
    let moved = |value: &Matrix, d: Option<&Matrix>| match d.filter(|d| d.dim() == value.dim()) {
        Some(d) => value + &(d * step),
        None => value.clone(),
    };
    let (weight, bias) = (moved(place.weight, Some(place.d_weight)), moved(bias, d_bias));
    let n = weight.nrows();
    let below = ndarray::concatenate![Axis(0), weight.slice(s![1.., ..]), bias]; // row i is the weight's i + 1
    let above = ndarray::concatenate![Axis(0), bias, weight.slice(s![..n - 1, ..])]; // row i is the weight's i − 1
    let cut =
        |weight, below, text| Through { charges: Charges::none(), weight, second: Some((below, Join::Columns(text))) };
    vec![cut(weight.clone(), below, LAST), cut(above, weight, FIRST)]
}

/// The error above as it is, if numpy would let it pass for this layer's.
fn unweighted(place: &Place, error: &Matrix) -> Option<Matrix> {
    let (m, n) = place.dim;
    match error.ncols() {
        k if k == n => Some(error.clone()),
        1 => error.broadcast((m, n)).map(|all| all.to_owned()),
        _ => None,
    }
}
