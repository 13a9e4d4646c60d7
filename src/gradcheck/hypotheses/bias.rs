//! The gradient of a bias: what was summed, over which axis, and what else is in it.
//!
//! A db of a wrong shape is the best evidence there is: it names its own mistake.

use ndarray::{Array2, Axis};

use super::derivation::Found;
use super::error::one_direction;
use crate::gradcheck::equations::{Fit, bias_gradient};
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Layer, Matrix};

/// What a db is judged by.
pub struct Evidence<'a> {
    /// The layer.
    pub layer: &'a Layer,
    /// Its number, from 0.
    pub l: usize,
    /// What rounding can explain, relative.
    pub tolerance: f64,
    /// What the stated L2 penalty adds to a gradient for each unit of a parameter.
    pub decay: Option<f64>,
    /// How the layer's dW was found to be made.
    pub weight: &'a Found,
}

/// What a db may be a multiple of.
struct Term {
    charges: Charges,
    value: Matrix,
    /// Multiples that are natural beside 1.
    also: Vec<f64>,
}

impl Evidence<'_> {
    fn place(&self) -> String {
        format!("layer {}", self.l + 1)
    }

    fn charge(&self, mistake: Mistake) -> Charges {
        Charges::one(mistake, self.place())
    }

    /// The bias as it would be added to `dump`, row by row.
    fn added(&self, dump: &Matrix) -> Option<Matrix> {
        self.layer.bias.as_ref()?.broadcast(dump.dim()).map(|bias| bias.to_owned())
    }

    /// Sums that people take for the gradient of a bias; the right one first.
    fn terms(&self, dump: &Matrix, delta: &Matrix) -> Vec<Term> {
        let (m, out) = (delta.nrows() as f64, delta.ncols() as f64);
        let right = bias_gradient(delta);
        let row_shaped = dump.dim() == right.dim();
        let mut all = vec![Term { charges: Charges::none(), value: right, also: Vec::new() }];
        if delta.nrows() > 1 {
            let charges = self.charge(Mistake::BiasGradientNotSummed);
            all.push(Term { charges, value: delta.clone(), also: vec![m, 1.0 / m] });
        }
        if row_shaped {
            let over_inputs = self.weight.over_inputs.clone().into_iter();
            let width = 1.0 / self.layer.weight.nrows() as f64;
            let charges = self.charge(Mistake::BiasGradientFromDw);
            all.extend(over_inputs.map(|value| Term { charges: charges.clone(), value, also: vec![width] }));
        }
        if out > 1.0 {
            let value = Matrix::from_elem(dump.dim(), delta.sum());
            let also = vec![1.0 / out, m, 1.0 / m, 1.0 / (m * out)];
            all.push(Term { charges: self.charge(Mistake::BiasGradientScalar), value, also });
        }
        let rows: Vec<usize> = match self.weight.row {
            None if row_shaped && !one_direction(delta) => (0..delta.nrows()).collect(),
            row => row.into_iter().collect(),
        };
        all.extend(rows.into_iter().map(|i| {
            let value = delta.row(i).insert_axis(Axis(0)).to_owned() * m;
            let charges = Charges::one(Mistake::WrongSampleIndex, format!("{}: row {i} of the error", self.place()));
            Term { charges, value, also: vec![1.0 / m] }
        }));
        all.retain(|term| term.value.dim() == dump.dim());
        all
    }
}

/// Every way in which the dumped db can come from the error `delta`, `[m, out]`.
pub fn fits(evidence: &Evidence, delta: &Matrix) -> Vec<Found> {
    let Some(dump) = &evidence.layer.d_bias else { return Vec::new() };
    let single = dump.len() == 1 || dump.nrows() == 1 && one_direction(delta);
    let terms = evidence.terms(dump, delta);
    let mut all: Vec<Found> = terms.iter().filter_map(|term| alone(dump, term, evidence.tolerance)).collect();
    all.extend(nothing(evidence, dump, delta));
    if let Some(found) = dumped_sum(evidence, dump) {
        all.retain(|other| !other.charges.has(Mistake::BiasGradientFromDw));
        all.push(found);
    }
    if let (Some(decay), true) = (evidence.decay, dump.len() < 3) {
        all.extend(terms.iter().flat_map(|term| known_decay(evidence, dump, term, decay)));
    }
    if all.is_empty() && dump.len() >= 3 {
        all.extend(terms.iter().flat_map(|term| with_decay(evidence, dump, term)));
    }
    all.into_iter().map(|found| Found { single, ..found }).collect()
}

fn found(charges: Charges, fit: &Fit, also: &[f64]) -> Found {
    Found {
        charges,
        multiple: fit.multiples[0],
        decay: 0.0,
        constant: 0.0,
        residual: fit.residual,
        share: fit.share,
        single: false,
        also: also.to_vec(),
        row: None,
        over_inputs: None,
    }
}

fn alone(dump: &Matrix, term: &Term, tolerance: f64) -> Option<Found> {
    let fit = Fit::of(dump, &[&term.value]).filter(|fit| fit.explains(tolerance))?;
    Some(found(term.charges.clone(), &fit, &term.also))
}

/// Rounding takes no more than this off a sum, relative to the sum of sizes, in float32.
const ARITHMETIC: f64 = 1e-6;

/// One number for a whole layer behind a softmax is nothing but rounding, because each row's errors cancel: what is
/// left is tiny beside the errors at the scale of dW, and the same in every entry.
fn nothing(evidence: &Evidence, dump: &Matrix, delta: &Matrix) -> Option<Found> {
    let scale = evidence.weight.multiple?.abs();
    let size = ARITHMETIC * delta.iter().map(|v| v.abs()).sum::<f64>();
    let first = *dump.first()?;
    let alike = dump.iter().all(|&v| v == first) && (first != 0.0 || dump.len() == 1);
    let rounding = delta.ncols() > 1 && alike && delta.sum().abs() <= size && first.abs() <= size * scale;
    let fit = Fit { multiples: vec![None], share: 1.0, residual: 0.0 };
    rounding.then(|| found(evidence.charge(Mistake::BiasGradientScalar), &fit, &[]))
}

/// The sum over the inputs of the dumped dW, which carries its own scale and slips.
fn dumped_sum(evidence: &Evidence, dump: &Matrix) -> Option<Found> {
    let d_weight = &evidence.layer.d_weight;
    let width = 1.0 / d_weight.nrows() as f64;
    let sum = d_weight.sum_axis(Axis(0)).insert_axis(Axis(0)); // [1, out]
    let fit = Fit::of(dump, &[&sum]).filter(|fit| fit.residual <= evidence.tolerance)?;
    let near = (10.0 * evidence.tolerance).max(1e-9);
    let own = |multiple: f64| [1.0, width].iter().any(|n| (multiple.abs() / n - 1.0).abs() < near);
    let multiple = fit.multiples[0].filter(|multiple| own(*multiple))?;
    let sign = if multiple < 0.0 { evidence.charge(Mistake::BiasSign) } else { Charges::none() };
    let charges = evidence.charge(Mistake::BiasGradientFromDw).and(&sign);
    Some(Found { multiple: None, ..found(charges, &fit, &[]) })
}

/// An L2 term beside a sum: a multiple of the bias, or one number in every entry.
fn with_decay(evidence: &Evidence, dump: &Matrix, term: &Term) -> Vec<Found> {
    let ones = Array2::ones(dump.dim());
    let second = |fit: &Fit| fit.multiples[1].unwrap_or(0.0);
    let fit = |other: &Matrix| Fit::of(dump, &[&term.value, other]).filter(|fit| fit.explains(evidence.tolerance));
    let charges =
        |text: &str| term.charges.and(&Charges::one(Mistake::L2OnBias, format!("{}: {text}", evidence.place())));
    let multiple = evidence.added(dump).and_then(|bias| fit(&bias));
    let multiple = multiple.map(|fit| Found { decay: second(&fit), ..found(charges(OF_B), &fit, &term.also) });
    let number = fit(&ones).map(|fit| Found { constant: second(&fit), ..found(charges(ALIKE), &fit, &term.also) });
    multiple.into_iter().chain(number).collect()
}

const OF_B: &str = "a multiple of b";
const ALIKE: &str = "the same number in every entry";

/// Too few numbers to find an L2 term in, but the stated one can be taken off.
fn known_decay(evidence: &Evidence, dump: &Matrix, term: &Term, decay: f64) -> Vec<Found> {
    let bias = evidence.added(dump);
    let mut all = Vec::new();
    for decay in [decay, -decay] {
        let others = [
            (bias.as_ref().map(|bias| bias * decay), OF_B, decay, 0.0),
            (Some(Array2::from_elem(dump.dim(), decay)), ALIKE, 0.0, decay),
        ];
        for (other, text, decay, constant) in others {
            let fit = other.and_then(|other| Fit::of(&(dump - &other), &[&term.value]));
            let Some(fit) = fit.filter(|fit| fit.residual <= evidence.tolerance) else { continue };
            let charges = Charges::one(Mistake::L2OnBias, format!("{}: {text}", evidence.place()));
            all.push(Found { decay, constant, ..found(term.charges.and(&charges), &fit, &term.also) });
        }
    }
    all
}
