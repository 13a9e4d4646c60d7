//! Hypotheses about the error at the output: the right one, and what the table of mistakes makes of it.
//!
//! Prediction, targets and derivative go wrong independently of each other, so every combination of the three is
//! composed. Of each mistake there are several variants, because people make it in several ways: a formula is fed z, a
//! derivative is squared, a product is taken over the batch. Scale and sign are left to the room `scales`.

use ndarray::{Array2, Axis};

use super::layer_error::LayerError;
use crate::gradcheck::equations::{gap, output_delta};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Place, RowOf, Scope};
use crate::gradcheck::reading::{
    DumpedTargets, Function, LossFormula, Matrix, Network, sigmoid, softmax, softmax_jacobian,
};

/// At most this many different rows of targets are tried in the place of all rows.
const MOST_ROWS: usize = 16;

/// All errors at the output that the table of mistakes can produce, the right one first. `z` is the last
/// pre-activation and `own` the dumped prediction, both `[m, outputs]`.
pub fn output_errors(network: &Network, z: &Matrix, own: Option<&Matrix>, targets: &DumpedTargets) -> Vec<LayerError> {
    let mut found = Vec::new();
    for (p_mistakes, p) in predictions(network, z, own) {
        for (t_mistakes, t) in answers(targets, p.dim()) {
            let mistakes = p_mistakes.and(&t_mistakes);
            for mut error in derivatives(network, z, &p, &t) {
                error.mistakes = mistakes.and(&error.mistakes);
                found.push(error);
            }
        }
    }
    found
}

/// A mistake at the output.
fn plain(mistake: Mistake) -> Mistakes {
    Mistakes::one(mistake, Place::OUTPUT)
}

/// A mistake at the output, where this formula stands in the place of the right one.
fn formula(mistake: Mistake, text: &'static str) -> Mistakes {
    Mistakes::one(mistake, Place::OUTPUT.with(Detail::Formula(text)))
}

/// What the program may have used as its prediction: the right one, or that of a softmax over the wrong axis. Where the
/// prediction is dumped, it is used as it is, and gets the name of the one that it equals.
fn predictions(network: &Network, z: &Matrix, own: Option<&Matrix>) -> Vec<(Mistakes, Matrix)> {
    let mut all = vec![(Mistakes::none(), network.output.value(z))];
    if network.output == Function::Softmax {
        all.push((plain(Mistake::SoftmaxOverBatch), softmax_over_batch(z)));
        all.push((plain(Mistake::SoftmaxOverAll), softmax_over_all(z)));
    }
    let Some(own) = own else { return all };
    let named = all.into_iter().find(|(_, p)| gap(own, p) < 1e-4);
    vec![(named.map_or(Mistakes::none(), |(mistakes, _)| mistakes), own.clone())]
}

/// The mistaken softmax that divides e^z by the sum of its column, over the batch.
pub fn softmax_over_batch(z: &Matrix) -> Matrix {
    let turned = z.t().as_standard_layout().into_owned();
    softmax(&turned).t().as_standard_layout().into_owned()
}

/// The mistaken softmax that divides e^z by the sum of the whole matrix.
pub fn softmax_over_all(z: &Matrix) -> Matrix {
    let most = z.fold(f64::NEG_INFINITY, |most, &v| most.max(v));
    let e = z.mapv(|v| (v - most).exp());
    let sum = e.sum();
    e / sum
}

/// What the program may have used as its targets, `[m, k]`: class numbers from 0 or 1 instead of one-hot rows, classes
/// that are one place off, or one row for all.
fn answers(targets: &DumpedTargets, (m, k): (usize, usize)) -> Vec<(Mistakes, Matrix)> {
    let mut all = vec![(Mistakes::none(), targets.right.clone())];
    if let Some(numbers) = &targets.numbers {
        let zero_based: Vec<f64> = numbers.iter().map(|v| v - targets.first as f64).collect();
        for first in [0.0, 1.0] {
            let column = Array2::from_shape_fn((m, k), |(row, _)| zero_based[row] + first);
            all.push((plain(Mistake::TargetsNotOneHot), column));
        }
        for (shift, wraps) in [(1, false), (1, true), (-1, false), (-1, true)] {
            all.push((plain(Mistake::LabelOffset), shifted(&zero_based, (m, k), shift, wraps)));
        }
    }
    let mut seen: Vec<ndarray::ArrayView1<f64>> = Vec::new();
    for (row, same) in targets.right.rows().into_iter().enumerate() {
        if seen.len() < MOST_ROWS && !seen.contains(&same) {
            seen.push(same);
            let stands = same.insert_axis(Axis(0)).broadcast((m, k)).map(|rows| rows.to_owned()).unwrap_or_default();
            let place = Place { scope: Scope::Targets, detail: Detail::Row(row, RowOf::Targets) };
            all.push((Mistakes::one(Mistake::WrongSampleIndex, place), stands));
        }
    }
    all
}

/// One-hot rows in which every class stands `shift` places further on. What falls off the end comes in at the other
/// where it `wraps`, and is left out otherwise.
fn shifted(classes: &[f64], (m, k): (usize, usize), shift: i64, wraps: bool) -> Matrix {
    let mut rows = Array2::zeros((m, k));
    for (row, &class) in classes.iter().enumerate() {
        let place = class as i64 + shift;
        let place = if wraps { place.rem_euclid(k as i64) } else { place };
        if let Some(cell) = usize::try_from(place).ok().and_then(|place| rows.get_mut([row, place])) {
            *cell = 1.0;
        }
    }
    rows
}

/// What the derivative may have made of the residual p − t, which is 2 (p − t) where the loss is the whole square.
fn derivatives(network: &Network, z: &Matrix, p: &Matrix, t: &Matrix) -> Vec<LayerError> {
    let residual = if network.loss == LossFormula::Squared { 2.0 * (p - t) } else { p - t };
    let error = |mistakes: Mistakes, delta: Matrix| LayerError::new(mistakes, &residual, delta);
    let scaled = |(mistakes, factor): (Mistakes, Matrix)| error(mistakes, &residual * &factor);
    let squared = !network.fused();
    // Where loss and output cancel, a derivative is one too many; elsewhere it may be the wrong one.
    let misplaced = if squared { Mistake::WrongOutputDerivative } else { Mistake::ExtraOutputDerivative };
    let mut all = vec![error(Mistakes::none(), output_delta(network, z, p, t))];
    if squared {
        all.push(error(plain(Mistake::MissingOutputDerivative), residual.clone()));
    }
    all.push(scaled((formula(misplaced, "p(1-p)"), p.mapv(|p| p * (1.0 - p)))));
    all.push(scaled((formula(misplaced, "f'(z)"), network.output.slope(z))));
    if network.output == Function::Softmax {
        all.push(error(formula(misplaced, "the softmax's Jacobian"), softmax_jacobian(p, &residual)));
    }
    all.extend(misfed(network, z, p).into_iter().map(scaled));
    all.extend(strange(p).into_iter().map(scaled));
    all.extend(products(&residual, p));
    all.extend(cross_entropies(network, p, t, &residual));
    if squared {
        all.extend(missing_in_weight(&all, &residual));
    }
    all
}

/// Derivatives that are fed the wrong array: a formula of the activation gets z, or a function of z gets p.
fn misfed(network: &Network, z: &Matrix, p: &Matrix) -> Vec<(Mistakes, Matrix)> {
    let of_z = [(Function::Sigmoid, "z(1-z)"), (Function::Tanh, "1-z^2")].map(|(function, text)| {
        (formula(Mistake::OutputDerivativeOfPreactivation, text), function.formula(z).unwrap_or_default())
    });
    let mut all = Vec::from(of_z);
    if matches!(
        network.output,
        Function::Sigmoid | Function::Tanh | Function::Softmax | Function::Silu | Function::Gelu
    ) {
        all.push((formula(Mistake::ActivationDerivativeOfActivation, "f'(p)"), network.output.slope(p)));
    }
    all
}

/// Factors that are the derivative of no output function, or not of this one, and that people have been seen to write.
fn strange(p: &Matrix) -> Vec<(Mistakes, Matrix)> {
    let all = [
        ("p", p.clone()),
        ("1-p", p.mapv(|p| 1.0 - p)),
        ("1-p^2", p.mapv(|p| 1.0 - p * p)),
        ("1+p^2", p.mapv(|p| 1.0 + p * p)),
        ("p > 0", p.mapv(|p| f64::from(u8::from(p > 0.0)))),
        ("sigmoid(p)", p.mapv(sigmoid)),
    ];
    all.into_iter().map(|(text, factor)| (formula(Mistake::WrongOutputDerivative, text), factor)).collect()
}

/// Matrix products where entries should be multiplied: of the whole batch, or within each row, where the product of two
/// vectors is one number.
fn products(residual: &Matrix, p: &Matrix) -> Vec<LayerError> {
    let rest = p.mapv(|p| 1.0 - p);
    let row = |product: Matrix| product.sum_axis(Axis(1)).insert_axis(Axis(1)); // [m, 1]
    let same = row(residual * p * &rest).broadcast(residual.dim()).map(|same| same.to_owned()).unwrap_or_default();
    let all = [
        p.dot(&rest.t()).dot(residual),
        rest.dot(&p.t()).dot(residual),
        residual.dot(&p.t().dot(&rest)),
        residual.dot(&rest.t().dot(p)),
        (1.0 - p.dot(&p.t())).dot(residual),
        residual.dot(&(1.0 - p.t().dot(p))),
        residual * &row(p * &rest),
        residual * &(1.0 - row(p * p)),
        same,
    ];
    let mistakes = plain(Mistake::MatmulInsteadOfElementwise);
    all.into_iter().map(|delta| LayerError::new(mistakes.clone(), residual, delta)).collect()
}

/// What goes wrong where people multiply the derivative of cross-entropy by that of the output, instead of cancelling
/// the two on paper.
fn cross_entropies(network: &Network, p: &Matrix, t: &Matrix, residual: &Matrix) -> Vec<LayerError> {
    let p_rest = p.mapv(|p| p * (1.0 - p));
    let error = |mistakes: Mistakes, delta: Matrix| LayerError::new(mistakes, residual, delta);
    let mut all = Vec::new();
    match network.loss {
        LossFormula::BinaryCrossEntropy => {
            let same_sign = t / p + (1.0 - t) / (1.0 - p);
            let mistakes = formula(Mistake::BceDerivativeSign, "y/p + (1-y)/(1-p)");
            for delta in [&same_sign * &p_rest, same_sign] {
                all.push(LayerError { own_scale: true, ..error(mistakes.clone(), delta) });
            }
            let d_p = (1.0 - t) / (1.0 - p) - t / p;
            all.push(error(formula(Mistake::MissingOutputDerivative, "dL/dp alone"), d_p));
        }
        LossFormula::CrossEntropy => {
            all.push(error(formula(Mistake::MissingOutputDerivative, "dL/dp alone"), -(t / p)));
        }
        LossFormula::HalfSquared | LossFormula::Squared => {}
    }
    all.retain(|error| error.delta.iter().all(|v| v.is_finite()));
    all
}

/// Errors whose derivative is used on the way down but is missing from dW. Each departs from one of the errors in `all`
/// that has its derivative.
fn missing_in_weight(all: &[LayerError], residual: &Matrix) -> Vec<LayerError> {
    let complete = all.iter().filter(|error| !error.mistakes.has(Mistake::MissingOutputDerivative) && !error.own_scale);
    complete
        .map(|with| LayerError {
            for_weight: Some(residual.clone()),
            ..LayerError::new(
                with.mistakes.and(&plain(Mistake::DerivativeMissingInDw)),
                &with.upstream[0],
                with.delta.clone(),
            )
        })
        .collect()
}
