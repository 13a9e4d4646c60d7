//! Hypotheses about the way down: how the error of the layer above comes through the weights, and what comes in its
//! stead.
//!
//! Everything is composed from arrays that the person's own program held, its dumped dW among them. What a layer's
//! derivative makes of what arrives is told by [`super::hidden`].

use std::sync::Arc;

use ndarray::{Axis, s};

use super::hidden_layer::HiddenLayer;
use super::offer::{Lazy, lazy};
use crate::gradcheck::mistakes::{BiasRow, Detail, Mistake, Mistakes};
use crate::gradcheck::reading::Matrix;

/// A hidden layer, and all that the layer above it offers.
pub struct LayerPair<'a> {
    /// The hidden layer.
    pub layer: &'a HiddenLayer<'a>,
    /// The rows of the batch and the units of the hidden layer.
    pub dim: (usize, usize),
    /// The error above, as it goes down, `[m, above]`.
    pub delta: &'a Matrix,
    /// The errors above before their derivative, `[m, above]`; see [`super::layer_error::LayerError::upstream`].
    pub upstream: &'a [Arc<Matrix>],
    /// The residual at the output of the network, without a derivative, `[m, outputs]`.
    pub residual: &'a Matrix,
    /// The activations above, `[m, above]`, before and after dropout.
    pub values: &'a [Matrix],
    /// The weight between the two layers, `[out, above]`.
    pub weight: &'a Matrix,
    /// The dumped gradient of that weight.
    pub d_weight: &'a Matrix,
    /// The bias above and its dumped gradient, `[1, above]`.
    pub bias: Option<(&'a Matrix, Option<&'a Matrix>)>,
    /// The multiples of a gradient that an update may add, −rate where it subtracts; none where no rate is stated.
    pub steps: &'a [f64],
    /// The sign of an update, −1 where it subtracts; `None` where it is not stated.
    pub direction: Option<f64>,
    /// The multiples by which errors may be scaled in the person's program.
    pub scales: &'a [f64],
}

/// What arrives at the output of a hidden layer.
pub struct Arrival<'a> {
    /// What is wrong with the way it came.
    pub mistakes: Mistakes,
    /// The signal that arrives, `[m, out]`.
    pub signal: Lazy<'a>,
    /// A second signal, `[m, out]`, that is joined with the first in a way that only the dump can tell.
    pub second: Option<(Lazy<'a>, Join)>,
    /// Whether the signal has a sign and a scale of its own.
    pub own_scale: bool,
}

/// How two signals make one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Join {
    /// A multiple of the second is added to the first, as behind weights after a step of unknown length.
    Sum,
    /// Up to some unit it is the first, and from there on the second, as behind weights with a row cut out.
    Columns(BiasRow),
}

/// Shows all ways down from the layer above, the right one first: every signal through everything that may stand where
/// the weights should, and then errors that pass no weights at all.
pub fn arrivals(pair: &LayerPair, show: &mut dyn FnMut(&Arrival)) {
    let through = weights(pair);
    signals(pair).iter().for_each(|signal| down(signal, &through, show));
    for error in [pair.delta, pair.residual].into_iter().chain(pair.upstream.iter().map(Arc::as_ref)) {
        if passes_for_one_below(pair, error) {
            let mistakes = pair.layer.mistake(Mistake::DeltaNotPropagated);
            let signal = lazy(|| Arc::new(error.broadcast(pair.dim).map(|all| all.to_owned()).unwrap_or_default()));
            show(&Arrival { mistakes, signal, second: None, own_scale: false });
        }
    }
}

/// Shows all ways down through weights out of which another row than that of the bias was cut, row by row. There are many,
/// so they are only tried where nothing else explains a layer.
pub fn arrivals_cut_anywhere(pair: &LayerPair, show: &mut dyn FnMut(&Arrival)) {
    let updated = pair.layer.mistake(Mistake::UpdatedWeightsInBackprop);
    let steps = pair.steps.iter().map(|&step| (updated.clone(), step));
    let through: Vec<Passage> = std::iter::once((Mistakes::none(), 0.0))
        .chain(steps)
        .flat_map(|(mistakes, step)| misaligned(pair, step).into_iter().map(move |pair| (mistakes.clone(), pair)))
        .flat_map(|(mistakes, passage)| every_cut(pair, &mistakes, passage))
        .collect();
    signals(pair).iter().for_each(|signal| down(signal, &through, show));
    if pair.steps.is_empty() {
        let through = at_usual_rates(pair);
        signals(pair).iter().for_each(|signal| down(signal, &through, show));
    }
}

/// Weights after a step at every rate that people use, with another row cut than that of the bias.
fn at_usual_rates(pair: &LayerPair) -> Vec<Passage> {
    const USUAL: [f64; 11] = [0.001, 0.003, 0.01, 0.03, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 1.0];
    let directions = pair.direction.map_or(vec![-1.0, 1.0], |direction| vec![direction]);
    let steps = directions.iter().flat_map(|direction| USUAL.iter().map(move |rate| direction * rate));
    let updated = pair.layer.mistake(Mistake::UpdatedWeightsInBackprop);
    let cut = steps.flat_map(|step| misaligned(pair, step));
    cut.map(|passage| Passage { mistakes: updated.and(&passage.mistakes), ..passage }).collect()
}

/// A signal at the layer above, `[m, above]`, before it goes down.
struct Signal<'a> {
    mistakes: Mistakes,
    array: &'a Matrix,
    own_scale: bool,
}

/// What may be sent down: the error as it should be, the error before its derivative, or values instead of errors.
fn signals<'a>(pair: &'a LayerPair) -> Vec<Signal<'a>> {
    let raw = pair.layer.mistake(Mistake::RawErrorPropagated);
    let values = pair.layer.mistake(Mistake::ValuesInsteadOfDeltas);
    let signal = |mistakes: &Mistakes, array, own_scale| Signal { mistakes: mistakes.clone(), array, own_scale };
    let mut all = vec![signal(&Mistakes::none(), pair.delta, false)];
    all.extend(pair.upstream.iter().map(|upstream| signal(&raw, upstream, false)));
    all.extend(pair.values.iter().map(|value| signal(&values, value, true)));
    all
}

/// What a signal becomes behind each of some weights.
fn down(signal: &Signal, through: &[Passage], show: &mut dyn FnMut(&Arrival)) {
    let array = signal.array;
    for passage in through {
        show(&Arrival {
            mistakes: signal.mistakes.and(&passage.mistakes),
            signal: lazy(|| Arc::new(array.dot(&passage.weight.t()))),
            second: passage.second.as_ref().map(|(weight, join)| (lazy(|| Arc::new(array.dot(&weight.t()))), *join)),
            own_scale: signal.own_scale,
        });
    }
}

/// The row at which two weights of `n` rows are joined where the bias itself is cut out, as it should be.
pub fn bias_cut(bias: BiasRow, n: usize) -> usize {
    match bias {
        BiasRow::Last => n,
        BiasRow::First => 0,
    }
}

/// What may stand where the weights should.
struct Passage {
    mistakes: Mistakes,
    weight: Matrix,
    second: Option<(Matrix, Join)>,
}

/// Everything that may stand where the weights should, the right weights first.
fn weights(pair: &LayerPair) -> Vec<Passage> {
    let passage = |mistakes: Mistakes, weight: Matrix| Passage { mistakes, weight, second: None };
    let mut all = vec![passage(Mistakes::none(), pair.weight.clone())];
    all.extend(misaligned(pair, 0.0));
    if pair.d_weight.dim() != pair.weight.dim() {
        return all;
    }
    all.push(passage(pair.layer.mistake(Mistake::GradientInsteadOfWeights), pair.d_weight.clone()));
    let mistakes = pair.layer.mistake(Mistake::UpdatedWeightsInBackprop);
    for &step in pair.steps {
        all.push(passage(mistakes.clone(), pair.weight + &(pair.d_weight * step)));
        let cut = misaligned(pair, step).into_iter();
        all.extend(cut.map(|passage| Passage { mistakes: mistakes.and(&passage.mistakes), ..passage }));
    }
    if pair.steps.is_empty() {
        let second = Some((pair.d_weight.clone(), Join::Sum));
        all.push(Passage { mistakes, weight: pair.weight.clone(), second });
    }
    all
}

/// The weights after a step, with the bias as one more row below or above them, and some other row cut out. Each is a
/// pair of weights between which the cut lies.
fn misaligned(pair: &LayerPair, step: f64) -> Vec<Passage> {
    let Some((bias, d_bias)) = pair.bias else { return Vec::new() };
    let moved = |value: &Matrix, d: Option<&Matrix>| match d.filter(|d| d.dim() == value.dim()) {
        Some(d) => value + &(d * step),
        None => value.clone(),
    };
    let (weight, bias) = (moved(pair.weight, Some(pair.d_weight)), moved(bias, d_bias));
    let n = weight.nrows();
    let below = ndarray::concatenate![Axis(0), weight.slice(s![1.., ..]), bias]; // row i is the weight's i + 1
    let above = ndarray::concatenate![Axis(0), bias, weight.slice(s![..n - 1, ..])]; // row i is the weight's i − 1
    let cut = |weight, second, bias| Passage {
        mistakes: Mistakes::none(),
        weight,
        second: Some((second, Join::Columns(bias))),
    };
    vec![cut(weight.clone(), below, BiasRow::Last), cut(above, weight, BiasRow::First)]
}

/// A pair of weights with the cut at every row, except where it takes out the bias itself.
fn every_cut(pair: &LayerPair, mistakes: &Mistakes, passage: Passage) -> Vec<Passage> {
    let Some((second, Join::Columns(bias))) = passage.second else { return Vec::new() };
    let cut = |row: usize| {
        let weight = ndarray::concatenate![Axis(0), passage.weight.slice(s![..row, ..]), second.slice(s![row.., ..])];
        let misaligned = pair.layer.detailed(Mistake::WeightsMisaligned, Detail::Cut(bias, row));
        Passage { mistakes: mistakes.and(&misaligned), weight, second: None }
    };
    (0..=second.nrows()).filter(|&row| row != bias_cut(bias, second.nrows())).map(cut).collect()
}

/// Whether numpy would let the error above pass for one of this layer.
fn passes_for_one_below(pair: &LayerPair, error: &Matrix) -> bool {
    error.ncols() == pair.dim.1 || error.ncols() == 1
}
