//! Hypotheses about the error at the output: the right one, and what the table of mistakes makes of it.
//!
//! Prediction, targets and derivative go wrong independently of each other, so every combination of the three is
//! composed. Of each mistake there are several variants, because people make it in several ways: a formula is fed z, a
//! derivative is squared, a product is taken over the batch. Scale and sign are left to the room `scales`.

use std::sync::Arc;

use ndarray::{Array2, Axis};

use super::layer_error::LayerError;
use super::offer::{Lazy, Taker, lazy, rows_of};
use crate::gradcheck::equations::{bias_gradient, gap, output_delta, shares};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence, RowOf, Scope};
use crate::gradcheck::reading::{DumpedTargets, Function, LossFormula, Matrix, Network, sigmoid, softmax_jacobian};

/// At most this many different rows of targets are tried in the place of all rows.
const MOST_ROWS: usize = 16;

/// The arrays that the error at the output is made of, `[m, outputs]` each.
pub struct OutputArrays<'a> {
    network: &'a Network,
    /// The last pre-activation.
    z: Matrix,
    /// What the program may have used as its prediction, with what is wrong with that.
    predictions: Vec<(Mistakes, Matrix)>,
    /// What it may have used as its targets.
    answers: Vec<(Mistakes, Matrix)>,
}

impl<'a> OutputArrays<'a> {
    /// The arrays of a batch; `own` is the dumped prediction.
    pub fn of(network: &'a Network, z: &Matrix, own: Option<&Matrix>, targets: &DumpedTargets) -> Self {
        let answers = answers(targets, z.dim());
        OutputArrays { network, z: z.clone(), predictions: predictions(network, z, own), answers }
    }

    /// The same arrays of some rows only.
    pub fn rows(&self, rows: &[usize]) -> Self {
        let pick =
            |all: &[(Mistakes, Matrix)]| all.iter().map(|(m, array)| (m.clone(), rows_of(array, rows))).collect();
        OutputArrays {
            network: self.network,
            z: rows_of(&self.z, rows),
            predictions: pick(&self.predictions),
            answers: pick(&self.answers),
        }
    }

    /// Whether the targets of a row must add up to 1.
    fn needs_shares(&self) -> bool {
        (self.network.output, self.network.loss) == (Function::Softmax, LossFormula::CrossEntropy)
    }

    /// Offers all errors at the output that the table of mistakes can produce, the right one first.
    pub fn errors(&self, take: Taker) {
        for (p_mistakes, p) in &self.predictions {
            for (t_mistakes, t) in &self.answers {
                let mut mistakes = p_mistakes.and(t_mistakes);
                if t_mistakes.is_empty() && self.needs_shares() && !shares(t) {
                    let right = || output_delta(self.network, &self.z, p, t);
                    let residual = lazy(move || Arc::new(p - t));
                    take(&|| Some(LayerError::new(mistakes.clone(), &residual, right())));
                    mistakes = mistakes.and(&plain(Mistake::TargetsNotShares));
                }
                let named = |error: LayerError| LayerError { mistakes: mistakes.and(&error.mistakes), ..error };
                derivatives(self.network, &self.z, p, t, &mut |offer| take(&|| offer().map(named)));
            }
        }
    }
}

/// A mistake at the output.
fn plain(mistake: Mistake) -> Mistakes {
    Mistakes::one(mistake, Occurrence::OUTPUT)
}

/// A mistake at the output, where this formula stands in the place of the right one.
fn formula(mistake: Mistake, text: &'static str) -> Mistakes {
    Mistakes::one(mistake, Occurrence::OUTPUT.with(Detail::Formula(text)))
}

/// What the program may have used as its prediction: the right one, or that of a softmax over the wrong axis. Where the
/// prediction is dumped, it is used as it is, and gets the name of the one that it equals.
fn predictions(network: &Network, z: &Matrix, own: Option<&Matrix>) -> Vec<(Mistakes, Matrix)> {
    let mut all = vec![(Mistakes::none(), network.output.value(z))];
    if network.output == Function::Softmax {
        let mistakes = [Mistake::SoftmaxOverBatch, Mistake::SoftmaxOverAll];
        all.extend(
            mistakes.iter().flat_map(|&mistake| mistaken_softmaxes(z, mistake).map(move |p| (plain(mistake), p))),
        );
    }
    let Some(own) = own else { return all };
    let named = all.into_iter().find(|(_, p)| gap(own, p) < 1e-4);
    vec![(named.map_or(Mistakes::none(), |(mistakes, _)| mistakes), own.clone())]
}

/// The predictions of a softmax with this mistake, which divides by the sum of each column, over the batch, or by that of the
/// whole matrix. Each is given twice: of e^z, and with the largest number of each row subtracted first, which is harmless
/// only where the sum is the row's. What overflows is left out.
pub fn mistaken_softmaxes(z: &Matrix, mistake: Mistake) -> impl Iterator<Item = Matrix> {
    let over_all = mistake == Mistake::SoftmaxOverAll;
    let largest = |z: &Matrix, axis| z.map_axis(axis, |lane| lane.fold(f64::NEG_INFINITY, |most, &v| most.max(v)));
    let shifts = match over_all {
        true => Array2::from_elem((1, 1), z.fold(f64::NEG_INFINITY, |most, &v| most.max(v))),
        false => largest(z, Axis(0)).insert_axis(Axis(0)), // [1, k]
    };
    let of_rows = largest(z, Axis(1)).insert_axis(Axis(1)); // [m, 1]
    let share = move |e: Matrix| if over_all { &e / e.sum() } else { &e / &e.sum_axis(Axis(0)) };
    let all = [shifts, of_rows].map(|shift| share((z - &shift).mapv(f64::exp)));
    all.into_iter().filter(|p| p.iter().all(|v| v.is_finite()))
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
    if let (1, Some(mean)) = (k, targets.right.mean_axis(Axis(0))) {
        let stands = Array2::from_elem((m, k), mean[0]);
        all.push((plain(Mistake::ResidualBroadcast), stands));
    }
    let mut seen: Vec<ndarray::ArrayView1<f64>> = Vec::new();
    for (row, same) in targets.right.rows().into_iter().enumerate() {
        if seen.len() < MOST_ROWS && !seen.contains(&same) {
            seen.push(same);
            let stands = same.insert_axis(Axis(0)).broadcast((m, k)).map(|rows| rows.to_owned()).unwrap_or_default();
            let occurrence = Occurrence { scope: Scope::Targets, detail: Detail::Row(row, RowOf::Targets) };
            all.push((Mistakes::one(Mistake::WrongSampleIndex, occurrence), stands));
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
fn derivatives(network: &Network, z: &Matrix, p: &Matrix, t: &Matrix, take: Taker) {
    let factor = if network.loss == LossFormula::Squared { 2.0 } else { 1.0 };
    let residual = lazy(move || Arc::new((p - t) * factor));
    complete(network, z, p, t, &residual, take);
    if !network.fused() {
        // The derivative is used on the way down but is missing from dW.
        complete(network, z, p, t, &residual, &mut |offer| {
            take(&|| offer().and_then(|with| missing_in_weight(with, &residual)))
        });
    }
}

/// Errors from which dW and what goes down are made alike.
fn complete(network: &Network, z: &Matrix, p: &Matrix, t: &Matrix, residual: &Lazy, take: Taker) {
    let error = |mistakes: &Mistakes, delta: Matrix| Some(LayerError::new(mistakes.clone(), residual, delta));
    if network.fused() {
        take(&|| error(&Mistakes::none(), (***residual).clone()));
    } else {
        take(&|| error(&Mistakes::none(), output_delta(network, z, p, t)));
        take(&|| error(&plain(Mistake::MissingOutputDerivative), (***residual).clone()));
    }
    for (mistakes, factor) in factors(network, z, p) {
        take(&|| error(&mistakes, &***residual * &factor()));
    }
    if network.output == Function::Softmax {
        let jacobian = formula(misplaced(network), "the softmax's Jacobian");
        take(&|| error(&jacobian, softmax_jacobian(p, residual)));
    }
    products(residual, p, take);
    cross_entropies(network, p, t, residual, take);
}

/// The mistake of a derivative that stands at the wrong place: where loss and output cancel it is one too many, and
/// elsewhere it may be the wrong one.
fn misplaced(network: &Network) -> Mistake {
    if network.fused() { Mistake::ExtraOutputDerivative } else { Mistake::WrongOutputDerivative }
}

/// A factor of the residual, computed when it is asked for.
type Factor<'a> = Box<dyn Fn() -> Matrix + 'a>;

/// What people multiply the residual with: derivatives at the wrong place, derivatives that are fed the wrong array, and
/// factors that are the derivative of no output function.
fn factors<'a>(network: &'a Network, z: &'a Matrix, p: &'a Matrix) -> Vec<(Mistakes, Factor<'a>)> {
    let mut all: Vec<(Mistakes, Factor)> = vec![
        (formula(misplaced(network), "p(1-p)"), Box::new(|| p.mapv(|p| p * (1.0 - p)))),
        (formula(misplaced(network), "f'(z)"), Box::new(|| network.output.slope(z))),
    ];
    for (function, text) in [(Function::Sigmoid, "z(1-z)"), (Function::Tanh, "1-z^2")] {
        let mistakes = formula(Mistake::OutputDerivativeOfPreactivation, text);
        all.push((mistakes, Box::new(move || function.formula(z).unwrap_or_default())));
    }
    if network.output.squashes() {
        let mistakes = formula(Mistake::ActivationDerivativeOfActivation, "f'(p)");
        all.push((mistakes, Box::new(|| network.output.slope(p))));
    }
    for (text, factor) in STRANGE {
        all.push((formula(Mistake::WrongOutputDerivative, text), Box::new(move || p.mapv(factor))));
    }
    all
}

/// A factor as people write it, and what it computes of one output.
type Written = (&'static str, fn(f64) -> f64);

/// Factors that are the derivative of no output function, or not of this one, and that people have been seen to write.
const STRANGE: [Written; 6] = [
    ("p", |p| p),
    ("1-p", |p| 1.0 - p),
    ("1-p^2", |p| 1.0 - p * p),
    ("1+p^2", |p| 1.0 + p * p),
    ("p > 0", |p| f64::from(u8::from(p > 0.0))),
    ("sigmoid(p)", sigmoid),
];

/// Matrix products where entries should be multiplied: of the whole batch, or within each row, where the product of two
/// vectors is one number. Products of the batch are taken from the right, so that nothing has a row and a column for
/// each sample. With one output the products within a row are those of entries and are left out; where all rows are alike
/// too, the products of the batch would add a mere factor.
fn products(residual: &Lazy, p: &Matrix, take: Taker) {
    let rest = lazy(|| Arc::new(p.mapv(|p| 1.0 - p)));
    let row = |product: Matrix| product.sum_axis(Axis(1)).insert_axis(Axis(1)); // [m, 1]
    let error: &Matrix = &Arc::clone(residual);
    let of_the_batch: [&dyn Fn() -> Matrix; 6] = [
        &|| p.dot(&rest.t().dot(error)),
        &|| rest.dot(&p.t().dot(error)),
        &|| error.dot(&p.t().dot(&**rest)),
        &|| error.dot(&rest.t().dot(p)),
        &|| bias_gradient(error) - p.dot(&p.t().dot(error)),
        &|| error.dot(&(1.0 - p.t().dot(p))),
    ];
    let within_a_row: [&dyn Fn() -> Matrix; 3] =
        [&|| error * &row(p * &**rest), &|| error * &(1.0 - row(p * p)), &|| {
            Array2::zeros(error.raw_dim()) + row(error * p * &**rest)
        }];
    let alike = |array: &Matrix| array.iter().all(|v| array.first() == Some(v));
    let alone = p.ncols() == 1;
    let of_the_batch = of_the_batch.into_iter().filter(|_| !alone || !alike(p) || !alike(error));
    let within_a_row = within_a_row.into_iter().filter(|_| !alone);
    let mistakes = plain(Mistake::MatmulInsteadOfElementwise);
    for make in of_the_batch.chain(within_a_row) {
        take(&|| Some(LayerError::new(mistakes.clone(), residual, make())));
    }
}

/// What goes wrong where people multiply the derivative of cross-entropy by that of the output, instead of cancelling
/// the two on paper. A derivative that is not finite is none.
fn cross_entropies(network: &Network, p: &Matrix, t: &Matrix, residual: &Lazy, take: Taker) {
    let error = |mistakes: Mistakes, delta: Matrix| {
        delta.iter().all(|v| v.is_finite()).then(|| LayerError::new(mistakes, residual, delta))
    };
    let alone = || formula(Mistake::MissingOutputDerivative, "dL/dp alone");
    match network.loss {
        LossFormula::BinaryCrossEntropy => {
            let same_sign = || t / p + (1.0 - t) / (1.0 - p);
            let all: [&dyn Fn() -> Matrix; 2] = [&|| same_sign() * p.mapv(|p| p * (1.0 - p)), &same_sign];
            for delta in all {
                let mistakes = formula(Mistake::BceDerivativeSign, "y/p + (1-y)/(1-p)");
                take(&|| Some(LayerError { own_scale: true, ..error(mistakes.clone(), delta())? }));
            }
            take(&|| error(alone(), (1.0 - t) / (1.0 - p) - t / p));
        }
        LossFormula::CrossEntropy => take(&|| error(alone(), -(t / p))),
        LossFormula::HalfSquared | LossFormula::Squared => {}
    }
}

/// The error `with` its derivative, of which dW is built without; `None` where it has none.
fn missing_in_weight(with: LayerError, residual: &Lazy) -> Option<LayerError> {
    if with.mistakes.has(Mistake::MissingOutputDerivative) || with.own_scale {
        return None;
    }
    let mistakes = with.mistakes.and(&plain(Mistake::DerivativeMissingInDw));
    Some(LayerError { mistakes, for_weight: Some(Arc::clone(residual)), ..with })
}
