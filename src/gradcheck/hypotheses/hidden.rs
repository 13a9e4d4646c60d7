//! Hypotheses about the error at a hidden layer: what the layer's derivative and its dropout make of what arrives.
//!
//! The right factor is f′(z). The table of mistakes knows a dozen others ([`super::hidden_layer`]), and some results
//! that are no product with a factor at all. Together with every way in which an error can arrive
//! ([`super::propagation`]) they are what the dump of a hidden layer is held against.

use ndarray::{Axis, s};

use super::hidden_layer::HiddenLayer;
use super::layer_error::{LayerError, one_direction};
use super::propagation::{Arrival, Join, LayerPair, bias_cut};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes};
use crate::gradcheck::reading::{Function, Matrix};

/// All errors at a hidden layer that the table of mistakes can make of what arrived, the right one first.
pub fn hidden_errors(pair: &LayerPair, arrival: &Arrival) -> Vec<LayerError> {
    let mut all = Vec::new();
    for (mask_mistakes, mask) in &pair.layer.masks {
        let masked = |signal: &Matrix| mask.as_ref().map_or_else(|| signal.clone(), |mask| signal * mask);
        let signal = masked(&arrival.signal);
        let errors = match (&arrival.second, mask) {
            (Some((second, join)), _) => joined(pair, &signal, &masked(second), *join),
            (None, Some(mask)) => {
                let last = nonlinear(pair, &arrival.signal).into_iter();
                let last = last.map(|error| LayerError { delta: error.delta * mask, ..error });
                made(pair, &signal).into_iter().chain(last).collect()
            }
            (None, None) => made(pair, &signal),
        };
        let mistakes = arrival.mistakes.and(mask_mistakes);
        let before = mask.as_ref().filter(|_| arrival.second.is_none()).map(|_| arrival.signal.clone());
        all.extend(errors.into_iter().map(|error| LayerError {
            mistakes: mistakes.and(&error.mistakes),
            upstream: error.upstream.into_iter().chain(before.clone()).collect(),
            own_scale: error.own_scale || arrival.own_scale,
            ..error
        }));
    }
    all
}

/// What the layer's derivative may have made of a signal: its product with each factor, the signal cut by its own sign,
/// and everything that is no product.
fn made(pair: &LayerPair, signal: &Matrix) -> Vec<LayerError> {
    let layer = pair.layer;
    let product = |(mistakes, factor): &(Mistakes, Matrix)| LayerError::new(mistakes.clone(), signal, signal * factor);
    let cut = |cut: fn(f64, f64) -> f64| {
        LayerError::new(layer.mistake(Mistake::ReluOnDelta), signal, signal.mapv(|g| cut(g, 0.0)))
    };
    let cuts = [f64::max, f64::min].map(cut);
    layer.factors.iter().map(product).chain(cuts).chain(nonlinear(pair, signal)).collect()
}

/// Errors that are no product of the signal and a factor. For these, dropout before the derivative and dropout after it
/// are two different things.
fn nonlinear(pair: &LayerPair, signal: &Matrix) -> Vec<LayerError> {
    let layer = pair.layer;
    let error = |mistake: Mistake, delta: Matrix| LayerError::new(layer.mistake(mistake), signal, delta);
    let unscaled = |mistake: Mistake, delta: Matrix| LayerError { own_scale: true, ..error(mistake, delta) };
    let mut all = Vec::new();
    for &scale in pair.scales {
        let scaled = signal * scale;
        let slope = layer.function.slope(&scaled);
        if matches!(layer.function, Function::Relu | Function::LeakyRelu(_)) {
            all.push(error(Mistake::ReluOnDelta, signal * &slope));
        }
        for slope in [Some(slope), layer.function.formula(&scaled)].into_iter().flatten() {
            all.push(error(Mistake::DerivativeOfUpstreamGradient, signal * &slope));
            all.push(unscaled(Mistake::DerivativeOfUpstreamGradient, slope));
        }
    }
    all.extend(products(layer, signal).into_iter().map(|delta| error(Mistake::MatmulInsteadOfElementwise, delta)));
    all.push(unscaled(Mistake::UpstreamGradientDropped, layer.slope.clone()));
    all
}

/// Two signals that are joined so that they fit the dumped dW, under every factor. How they are joined, by a step of some
/// length or with a cut at some column, is read off the dump, so there is at most one error for each factor.
fn joined(pair: &LayerPair, first: &Matrix, second: &Matrix, join: Join) -> Vec<LayerError> {
    let weight = &pair.layer.weight;
    let one = |(mistakes, factor): &(Mistakes, Matrix)| {
        let (one, two) = (first * factor, second * factor);
        match join {
            Join::Sum => {
                let right = |step: &f64| pair.direction.is_none_or(|direction| direction * step > 0.0);
                let step = weight.mixture(&one, &two).filter(right)?;
                Some(LayerError::new(mistakes.clone(), &(first + &(second * step)), one + two * step))
            }
            // Behind an error of one direction every column fits every other, so that only trying each cut in turn can
            // tell them apart.
            Join::Columns(_) if one_direction(pair.delta) => None,
            Join::Columns(bias) => {
                let cut = best_cut(&weight.misfit(&one), &weight.misfit(&two));
                if cut == bias_cut(bias, second.ncols()) {
                    return None;
                }
                let pick = |one: &Matrix, two: &Matrix| {
                    ndarray::concatenate![Axis(1), one.slice(s![.., ..cut]), two.slice(s![.., cut..])]
                };
                let misaligned = pair.layer.detailed(Mistake::WeightsMisaligned, Detail::Cut(bias, cut));
                Some(LayerError::new(mistakes.and(&misaligned), &pick(first, second), pick(&one, &two)))
            }
        }
    };
    pair.layer.factors.iter().filter_map(one).collect()
}

/// The column from which on the second array fits better than the first, given what each column of both leaves over.
fn best_cut(first: &[f64], second: &[f64]) -> usize {
    let left = |cut: usize| first[..cut].iter().chain(&second[cut..]).sum::<f64>();
    (0..=first.len()).min_by(|&a, &b| left(a).total_cmp(&left(b))).unwrap_or(0)
}

/// Matrix products where entries should be multiplied, as far as the shapes allow them.
fn products(layer: &HiddenLayer, signal: &Matrix) -> Vec<Matrix> {
    let mut all: Vec<Matrix> = layer.left_products.iter().map(|left| left.dot(signal)).collect();
    all.extend(layer.right_products.iter().map(|right| signal.dot(right)));
    all.extend(layer.row_numbers.iter().map(|numbers| signal * numbers));
    let row = (signal * &layer.slope).sum_axis(Axis(1)).insert_axis(Axis(1)); // [m, 1]
    all.extend(row.broadcast(signal.dim()).map(|same| same.to_owned()));
    if signal.nrows() == signal.ncols() {
        all.extend([signal.dot(&layer.slope), layer.slope.dot(signal), signal.dot(&layer.slope.t())]);
    }
    all
}
