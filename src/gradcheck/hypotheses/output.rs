//! The output error: what it should be, and what the table of mistakes makes of it.
//!
//! Targets, prediction and derivative go wrong independently of each other, so every combination is composed and the
//! dump decides. Scale and sign are left to [`super::scale`].

use ndarray::{Array2, Axis};

use super::error::Delta;
use crate::gradcheck::equations::{gap, output_delta};
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Function, Loss, Matrix, Network, Targets, softmax, softmax_jacobian};

const AT: &str = "output";
/// So many different rows of targets are tried in the place of all.
const MOST_ROWS: usize = 16;

/// Every output error that the table of mistakes can produce; the right one first.
pub fn deltas(network: &Network, z: &Matrix, own: Option<&Matrix>, targets: &Targets) -> Vec<Delta> {
    let mut found = Vec::new();
    for (p_charges, p) in predictions(network, z, own) {
        for (t_charges, t) in answers(targets, p.dim()) {
            let charges = p_charges.and(&t_charges);
            for mut delta in derivatives(network, z, &p, &t) {
                delta.charges = charges.and(&delta.charges);
                found.push(delta);
            }
        }
    }
    found
}

/// What the program may have taken for its prediction; its own dump decides where there is one.
fn predictions(network: &Network, z: &Matrix, own: Option<&Matrix>) -> Vec<(Charges, Matrix)> {
    let mut all = vec![(Charges::none(), network.output.value(z))];
    if network.output == Function::Softmax {
        all.push((Charges::one(Mistake::SoftmaxOverBatch, AT), over_batch(z)));
        all.push((Charges::one(Mistake::SoftmaxOverAll, AT), over_all(z)));
    }
    let Some(own) = own else { return all };
    let named = all.into_iter().find(|(_, p)| gap(own, p) < 1e-4);
    vec![(named.map_or(Charges::none(), |(charges, _)| charges), own.clone())]
}

/// e^z over the sum of its column.
pub fn over_batch(z: &Matrix) -> Matrix {
    let turned = z.t().as_standard_layout().into_owned();
    softmax(&turned).t().as_standard_layout().into_owned()
}

/// e^z over the sum of all.
pub fn over_all(z: &Matrix) -> Matrix {
    let most = z.fold(f64::NEG_INFINITY, |most, &v| most.max(v));
    let e = z.mapv(|v| (v - most).exp());
    let sum = e.sum();
    e / sum
}

/// What the program may have taken for its targets.
fn answers(targets: &Targets, (m, k): (usize, usize)) -> Vec<(Charges, Matrix)> {
    let mut all = vec![(Charges::none(), targets.right.clone())];
    if let Some(numbers) = &targets.numbers {
        let zero_based: Vec<f64> = numbers.iter().map(|v| v - targets.first as f64).collect();
        for first in [0.0, 1.0] {
            let column = Array2::from_shape_fn((m, k), |(row, _)| zero_based[row] + first);
            all.push((Charges::one(Mistake::TargetsNotOneHot, AT), column));
        }
        for (shift, wraps) in [(1, false), (1, true), (-1, false), (-1, true)] {
            let moved = shifted(&zero_based, (m, k), shift, wraps);
            all.push((Charges::one(Mistake::LabelOffset, AT), moved));
        }
    }
    let mut seen: Vec<ndarray::ArrayView1<f64>> = Vec::new();
    for (row, same) in targets.right.rows().into_iter().enumerate() {
        if seen.len() < MOST_ROWS && !seen.contains(&same) {
            seen.push(same);
            let stands = same.insert_axis(Axis(0)).broadcast((m, k)).map(|rows| rows.to_owned()).unwrap_or_default();
            all.push((Charges::one(Mistake::WrongSampleIndex, format!("y[{row}] for every row")), stands));
        }
    }
    all
}

/// One-hot rows with every class `shift` places on; what falls off the end comes in at the other or is left out.
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

/// What the derivative may have made of the residual p − t, or 2 (p − t) where the loss is its square.
fn derivatives(network: &Network, z: &Matrix, p: &Matrix, t: &Matrix) -> Vec<Delta> {
    let error = if network.loss == Loss::Squared { 2.0 * (p - t) } else { p - t };
    let right = output_delta(network, z, p, t);
    let delta = |mistake: Mistake, detail: &str, factor: &Matrix| {
        Delta::new(Charges::one(mistake, detail), &error, &error * factor)
    };
    let mut all = vec![Delta::new(Charges::none(), &error, right.clone())];
    let p_rest = p.mapv(|p| p * (1.0 - p));
    let squared = !network.fused();
    let generic = if squared { Mistake::WrongOutputDerivative } else { Mistake::ExtraOutputDerivative };
    if squared {
        all.push(Delta::new(Charges::one(Mistake::MissingOutputDerivative, AT), &error, error.clone()));
    }
    all.push(delta(generic, "output: p(1-p)", &p_rest));
    all.push(delta(generic, "output: f'(z)", &network.output.slope(z)));
    if network.output == Function::Softmax {
        let jacobian = softmax_jacobian(p, &error);
        all.push(Delta::new(Charges::one(generic, "output: the softmax's Jacobian"), &error, jacobian));
    }
    let formulas = [(Function::Sigmoid, "z(1-z)"), (Function::Tanh, "1-z^2")];
    for (function, text) in formulas {
        let factor = function.formula(z).unwrap_or_default();
        all.push(delta(Mistake::OutputDerivativeOfPreactivation, &format!("output: {text}"), &factor));
    }
    if matches!(
        network.output,
        Function::Sigmoid | Function::Tanh | Function::Softmax | Function::Silu | Function::Gelu
    ) {
        let factor = network.output.slope(p);
        all.push(delta(Mistake::ActivationDerivativeOfActivation, "output: f'(p)", &factor));
    }
    for (text, factor) in strange(p) {
        all.push(delta(Mistake::WrongOutputDerivative, &format!("output: {text}"), &factor));
    }
    all.extend(products(&error, p));
    all.extend(cross_entropies(network, p, t, &error));
    if squared {
        all.extend(missing_in_weight(&all, &error));
    }
    all
}

/// Factors that are nobody's derivative.
fn strange(p: &Matrix) -> Vec<(&'static str, Matrix)> {
    vec![
        ("p", p.clone()),
        ("1-p", p.mapv(|p| 1.0 - p)),
        ("1-p^2", p.mapv(|p| 1.0 - p * p)),
        ("1+p^2", p.mapv(|p| 1.0 + p * p)),
        ("p > 0", p.mapv(|p| f64::from(u8::from(p > 0.0)))),
        ("sigmoid(p)", p.mapv(sigmoid)),
    ]
}

/// Matrix products where entries should be multiplied: of the whole batch, or of each row, where it is one number.
fn products(error: &Matrix, p: &Matrix) -> Vec<Delta> {
    let rest = p.mapv(|p| 1.0 - p);
    let row = |product: Matrix| product.sum_axis(Axis(1)).insert_axis(Axis(1)); // [m, 1]
    let same = row(error * p * &rest).broadcast(error.dim()).map(|same| same.to_owned()).unwrap_or_default();
    let all = [
        p.dot(&rest.t()).dot(error),
        rest.dot(&p.t()).dot(error),
        error.dot(&p.t().dot(&rest)),
        error.dot(&rest.t().dot(p)),
        (1.0 - p.dot(&p.t())).dot(error),
        error.dot(&(1.0 - p.t().dot(p))),
        error * &row(p * &rest),
        error * &(1.0 - row(p * p)),
        same,
    ];
    let charges = Charges::one(Mistake::MatmulInsteadOfElementwise, AT);
    all.into_iter().map(|delta| Delta::new(charges.clone(), error, delta)).collect()
}

/// What goes wrong where cross-entropy and the output's derivative are multiplied instead of cancelled on paper.
fn cross_entropies(network: &Network, p: &Matrix, t: &Matrix, error: &Matrix) -> Vec<Delta> {
    let p_rest = p.mapv(|p| p * (1.0 - p));
    let same_sign = t / p + (1.0 - t) / (1.0 - p);
    let mut all = Vec::new();
    let mut push = |mistake: Mistake, text: &str, delta: Matrix, fresh: bool| {
        all.push(Delta { fresh, ..Delta::new(Charges::one(mistake, format!("output: {text}")), error, delta) });
    };
    match network.loss {
        Loss::BinaryCrossEntropy => {
            push(Mistake::BceDerivativeSign, "y/p + (1-y)/(1-p)", &same_sign * &p_rest, true);
            push(Mistake::BceDerivativeSign, "y/p + (1-y)/(1-p)", same_sign, true);
            let d_p = (1.0 - t) / (1.0 - p) - t / p;
            push(Mistake::MissingOutputDerivative, "dL/dp alone", d_p, false);
        }
        Loss::CrossEntropy => {
            push(Mistake::MissingOutputDerivative, "dL/dp alone", -(t / p), false);
        }
        _ => {}
    }
    all.retain(|delta| delta.delta.iter().all(|v| v.is_finite()));
    all
}

/// The derivative on the way down, but not in dW.
fn missing_in_weight(all: &[Delta], error: &Matrix) -> Vec<Delta> {
    let there = all.iter().filter(|delta| !delta.charges.has(Mistake::MissingOutputDerivative) && !delta.fresh);
    there
        .map(|with| Delta {
            charges: with.charges.and(&Charges::one(Mistake::DerivativeMissingInDw, AT)),
            built: Some(error.clone()),
            ..Delta::new(Charges::none(), &with.upstream[0], with.delta.clone())
        })
        .collect()
}
