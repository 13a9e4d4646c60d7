//! Hypotheses about the error at a hidden layer: what the layer's derivative and its dropout make of what arrives.
//!
//! The right factor is f′(z). The table of mistakes knows a dozen others ([`super::hidden_layer`]), and some results
//! that are no product with a factor at all. Together with every way in which an error can arrive
//! ([`super::propagation`]) they are what the dump of a hidden layer is held against.

use std::sync::Arc;

use ndarray::{Axis, s};

use super::hidden_layer::HiddenLayer;
use super::layer_error::{LayerError, one_direction};
use super::offer::{Lazy, Taker, lazy};
use super::propagation::{Arrival, Join, LayerPair, bias_cut};
use crate::gradcheck::equations::bias_gradient;
use crate::gradcheck::mistakes::{BiasRow, Detail, Mistake, Mistakes};
use crate::gradcheck::reading::{Function, Matrix};

/// Offers all errors at a hidden layer that the table of mistakes can make of what arrived, the right one first.
pub fn hidden_errors(pair: &LayerPair, arrival: &Arrival, take: Taker) {
    for (mask_mistakes, mask) in &pair.layer.masks {
        let masked = |signal: &Lazy| match mask {
            Some(mask) => Arc::new(&***signal * mask),
            None => Arc::clone(signal),
        };
        let mistakes = arrival.mistakes.and(mask_mistakes);
        let before = || mask.as_ref().filter(|_| arrival.second.is_none()).map(|_| Arc::clone(&arrival.signal));
        let named = |error: LayerError| LayerError {
            mistakes: mistakes.and(&error.mistakes),
            upstream: error.upstream.into_iter().chain(before()).collect(),
            own_scale: error.own_scale || arrival.own_scale,
            ..error
        };
        let take: Taker = &mut |offer| take(&|| offer().map(named));
        let signal = lazy(|| masked(&arrival.signal));
        if let Some((second, join)) = &arrival.second {
            joined(pair, &signal, &lazy(|| masked(second)), *join, take);
            continue;
        }
        made(pair, &signal, take);
        if let Some(mask) = mask {
            // Where the error is no product, dropout may also come after its derivative.
            let dropped = |error: LayerError| LayerError { delta: Arc::new(&*error.delta * mask), ..error };
            nonlinear(pair, &arrival.signal, &mut |offer| take(&|| offer().map(dropped)));
        }
    }
}

/// What the layer's derivative may have made of a signal: its product with each factor, the signal cut by its own sign,
/// and everything that is no product.
fn made(pair: &LayerPair, signal: &Lazy, take: Taker) {
    let layer = pair.layer;
    for (mistakes, factor) in &layer.factors {
        take(&|| Some(LayerError::new(mistakes.clone(), signal, &***signal * factor)));
    }
    for cut in [f64::max, f64::min] {
        take(&|| Some(LayerError::new(layer.mistake(Mistake::ReluOnDelta), signal, signal.mapv(|g| cut(g, 0.0)))));
    }
    nonlinear(pair, signal, take);
}

/// Errors that are no product of the signal and a factor. For these, dropout before the derivative and dropout after it
/// are two different things.
fn nonlinear(pair: &LayerPair, signal: &Lazy, take: Taker) {
    let layer = pair.layer;
    let error = |mistake: Mistake, delta: Matrix| Some(LayerError::new(layer.mistake(mistake), signal, delta));
    let unscaled = |mistake: Mistake, delta: Matrix| Some(LayerError { own_scale: true, ..error(mistake, delta)? });
    for &scale in pair.scales {
        let slope = lazy(move || Arc::new(layer.function.slope(&(&***signal * scale))));
        if matches!(layer.function, Function::Relu | Function::LeakyRelu(_)) {
            take(&|| error(Mistake::ReluOnDelta, &***signal * &**slope));
        }
        let formula = lazy(move || Arc::new(layer.function.formula(&(&***signal * scale)).unwrap_or_default()));
        let formula = layer.function.has_formula().then_some(&formula);
        for slope in [Some(&slope), formula].into_iter().flatten() {
            take(&|| error(Mistake::DerivativeOfUpstreamGradient, &***signal * &***slope));
            take(&|| unscaled(Mistake::DerivativeOfUpstreamGradient, (***slope).clone()));
        }
    }
    products(layer, signal, &mut |product| take(&|| error(Mistake::MatmulInsteadOfElementwise, product())));
    take(&|| unscaled(Mistake::UpstreamGradientDropped, layer.slope.clone()));
}

/// Two signals that are joined so that they fit the dumped dW, under every factor. How they are joined, by a step of some
/// length or with a cut at some column, is read off the dump, so there is at most one error for each factor.
fn joined(pair: &LayerPair, first: &Lazy, second: &Lazy, join: Join, take: Taker) {
    for (mistakes, factor) in &pair.layer.factors {
        take(&|| {
            let parts = [&**first, &**second].map(|signal| &**signal * factor);
            match join {
                Join::Sum => after_a_step(pair, mistakes, [first, second], parts),
                // Behind an error of one direction every column fits every other, so that only trying each cut in turn
                // can tell them apart.
                Join::Columns(_) if one_direction(pair.delta) => None,
                Join::Columns(bias) => behind_a_cut(pair, mistakes, [first, second], parts, bias),
            }
        });
    }
}

/// The first signal and a multiple of the second, if the dump tells which.
fn after_a_step(
    pair: &LayerPair,
    mistakes: &Mistakes,
    signals: [&Matrix; 2],
    parts: [Matrix; 2],
) -> Option<LayerError> {
    let ([first, second], [one, two]) = (signals, parts);
    let weight = &pair.layer.weight;
    let right = |step: &f64| weight.sampled() || pair.direction.is_none_or(|direction| direction * step > 0.0);
    let step = weight.mixture(&one, &two).filter(right)?;
    Some(LayerError::new(mistakes.clone(), &Arc::new(first + &(second * step)), one + two * step))
}

/// The first signal up to some column and the second from there on, where the cut is not the bias's own.
fn behind_a_cut(
    pair: &LayerPair,
    mistakes: &Mistakes,
    signals: [&Matrix; 2],
    parts: [Matrix; 2],
    bias: BiasRow,
) -> Option<LayerError> {
    let ([first, second], [one, two]) = (signals, parts);
    let weight = &pair.layer.weight;
    let cut = best_cut(&weight.misfit(&one), &weight.misfit(&two));
    if cut == bias_cut(bias, second.ncols()) && !weight.sampled() {
        return None;
    }
    let pick =
        |one: &Matrix, two: &Matrix| ndarray::concatenate![Axis(1), one.slice(s![.., ..cut]), two.slice(s![.., cut..])];
    let misaligned = pair.layer.detailed(Mistake::WeightsMisaligned, Detail::Cut(bias, cut));
    Some(LayerError::new(mistakes.and(&misaligned), &Arc::new(pick(first, second)), pick(&one, &two)))
}

/// The column from which on the second array fits better than the first, given what each column of both leaves over.
fn best_cut(first: &[f64], second: &[f64]) -> usize {
    let left = |cut: usize| first[..cut].iter().chain(&second[cut..]).sum::<f64>();
    (0..=first.len()).min_by(|&a, &b| left(a).total_cmp(&left(b))).unwrap_or(0)
}

/// Shows matrix products where entries should be multiplied, as far as the shapes allow them.
fn products(layer: &HiddenLayer, signal: &Lazy, show: &mut dyn FnMut(&dyn Fn() -> Matrix)) {
    let [a, rest] = &layer.activation;
    show(&|| bias_gradient(signal) - a.dot(&a.t().dot(&***signal)));
    show(&|| a.dot(&rest.t().dot(&***signal)));
    show(&|| rest.dot(&a.t().dot(&***signal)));
    layer.right_products.iter().for_each(|right| show(&|| signal.dot(right)));
    layer.row_numbers.iter().for_each(|numbers| show(&|| &***signal * numbers));
    let row = || (&***signal * &layer.slope).sum_axis(Axis(1)).insert_axis(Axis(1)); // [m, 1]
    show(&|| Matrix::zeros(signal.raw_dim()) + row());
    if layer.slope.nrows() == layer.slope.ncols() {
        show(&|| signal.dot(&layer.slope));
        show(&|| layer.slope.dot(&***signal));
        show(&|| signal.dot(&layer.slope.t()));
    }
}
