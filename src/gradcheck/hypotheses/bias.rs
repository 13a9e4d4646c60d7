//! Hypotheses about the gradient of a bias: what was summed, over which axis, and what else is in the sum.
//!
//! The right equation is db = Σ delta over the rows. A db of a wrong shape is the best evidence there is, because it
//! names its own mistake. A db of a few numbers is weak evidence, because many sums come near to it by chance.

use ndarray::{Array2, Axis};

use super::derivation::Derivation;
use super::layer_error::one_direction;
use crate::gradcheck::equations::{LeastSquares, bias_gradient};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence, RowOf};
use crate::gradcheck::reading::{DumpedLayer, Matrix};

/// Rounding in float32 takes no more than this off a sum, relative to the sum of sizes.
const ARITHMETIC: f64 = 1e-6;
/// The same in float64.
const DOUBLE: f64 = 1e-12;
/// Fewer numbers than this cannot show an L2 term beside a sum.
const FEW: usize = 3;

/// A dumped db with everything that decides how it can have been computed.
pub struct BiasHypotheses<'a> {
    /// The layer.
    pub layer: &'a DumpedLayer,
    /// The number of the layer, from 1.
    pub number: usize,
    /// What rounding can explain, relative.
    pub tolerance: f64,
    /// What the stated L2 penalty adds to a gradient for each unit of a parameter.
    pub decay: Option<f64>,
    /// How the dW of the layer was derived.
    pub weight: &'a Derivation,
    /// Whether some layer of several units has a db of one number.
    pub one_number_somewhere: bool,
}

/// A sum that a db may be a multiple of.
struct Term {
    mistakes: Mistakes,
    value: Matrix,
    /// The multiples, beside 1, that the sum has by nature.
    natural: Vec<f64>,
}

impl BiasHypotheses<'_> {
    /// All ways in which the dumped db can come from the error `delta`, `[m, out]`.
    pub fn derivations(&self, delta: &Matrix) -> Vec<Derivation> {
        let Some(dump) = &self.layer.d_bias else { return Vec::new() };
        if let Some(nothing) = self.cancelled(dump, delta) {
            return vec![nothing];
        }
        let always_fits = dump.len() == 1 || dump.nrows() == 1 && one_direction(delta);
        let terms = self.terms(dump, delta);
        let mut all: Vec<Derivation> = terms.iter().filter_map(|term| self.by_term(dump, term)).collect();
        all.extend(self.rounding_only(dump, delta));
        if let Some(found) = self.sum_of_dumped_weight(dump) {
            all.retain(|other| !other.mistakes.has(Mistake::BiasGradientFromDw));
            all.push(found);
        }
        if let (Some(decay), true) = (self.decay, dump.len() < FEW) {
            all.extend(terms.iter().flat_map(|term| self.with_stated_decay(dump, term, decay)));
        }
        if all.is_empty() && dump.len() >= FEW {
            all.extend(terms.iter().flat_map(|term| self.with_any_decay(dump, term)));
        }
        all.into_iter().map(|found| Derivation { always_fits, ..found }).collect()
    }

    /// A mistake that was made in this layer.
    fn mistake(&self, mistake: Mistake) -> Mistakes {
        Mistakes::one(mistake, Occurrence::layer(self.number))
    }

    /// A mistake that was made in this layer in one of several ways.
    fn detailed(&self, mistake: Mistake, detail: Detail) -> Mistakes {
        Mistakes::one(mistake, Occurrence::layer(self.number).with(detail))
    }

    /// The bias, repeated for every row of `dump`.
    fn bias_like(&self, dump: &Matrix) -> Option<Matrix> {
        self.layer.bias.as_ref()?.broadcast(dump.dim()).map(|bias| bias.to_owned())
    }

    /// Sums that people take for the gradient of a bias and that have the shape of `dump`, the right one first.
    fn terms(&self, dump: &Matrix, delta: &Matrix) -> Vec<Term> {
        let (m, out) = (delta.nrows() as f64, delta.ncols() as f64);
        let right = bias_gradient(delta);
        let row_shaped = dump.dim() == right.dim();
        let mut all = vec![Term { mistakes: Mistakes::none(), value: right, natural: Vec::new() }];
        if delta.nrows() > 1 {
            let mistakes = self.mistake(Mistake::BiasGradientNotSummed);
            all.push(Term { mistakes, value: delta.clone(), natural: vec![m, 1.0 / m] });
        }
        if row_shaped {
            let over_inputs = self.weight.over_inputs.clone().into_iter();
            let width = 1.0 / self.layer.weight.nrows() as f64;
            let mistakes = self.mistake(Mistake::BiasGradientFromDw);
            all.extend(over_inputs.map(|value| Term { mistakes: mistakes.clone(), value, natural: vec![width] }));
        }
        if out > 1.0 {
            let value = Matrix::from_elem(dump.dim(), delta.sum());
            let natural = vec![1.0 / out, m, 1.0 / m, 1.0 / (m * out)];
            all.push(Term { mistakes: self.mistake(Mistake::BiasGradientScalar), value, natural });
        }
        all.extend(self.single_rows(delta, row_shaped));
        all.retain(|term| term.value.dim() == dump.dim());
        all
    }

    /// One row of the error in the place of all: the row that stands for all in dW, or any row if none does. Where all
    /// rows are multiples of each other, nothing tells them apart, and none is named.
    fn single_rows(&self, delta: &Matrix, row_shaped: bool) -> Vec<Term> {
        let m = delta.nrows() as f64;
        let rows: Vec<usize> = match self.weight.row {
            None if row_shaped && !one_direction(delta) => (0..delta.nrows()).collect(),
            row => row.into_iter().collect(),
        };
        let term = |i: usize| Term {
            mistakes: self.detailed(Mistake::WrongSampleIndex, Detail::Row(i, RowOf::Error)),
            value: delta.row(i).insert_axis(Axis(0)).to_owned() * m,
            natural: vec![1.0 / m],
        };
        rows.into_iter().map(term).collect()
    }

    /// The dump as a multiple of a sum.
    fn by_term(&self, dump: &Matrix, term: &Term) -> Option<Derivation> {
        let fit = LeastSquares::of(dump, &[&term.value]).filter(|fit| fit.explains(self.tolerance))?;
        Some(derivation(term.mistakes.clone(), &fit, term))
    }

    /// The dump as nothing but rounding. Behind a softmax the errors of a row cancel, so one number for a whole layer is
    /// zero but for rounding: it is tiny beside the errors at the scale of dW, and the same in every entry. An update may
    /// have rounded it once more, so that entries differ or are zero, as where a bias never moves; they count where the db
    /// of another layer is one number.
    fn rounding_only(&self, dump: &Matrix, delta: &Matrix) -> Option<Derivation> {
        let scale = self.weight.multiple?.abs();
        let size = ARITHMETIC * delta.iter().map(|v| v.abs()).sum::<f64>();
        let first = *dump.first()?;
        let alike = dump.iter().all(|&v| v == first) && (first != 0.0 || dump.len() == 1);
        let tiny = delta.sum().abs() <= size && dump.iter().all(|v| v.abs() <= size * scale);
        let rounding = delta.ncols() > 1 && tiny && (alike || self.one_number_somewhere);
        rounding.then(|| Derivation::of_nothing(self.mistake(Mistake::BiasGradientScalar)))
    }

    /// The dump as what rounding leaves of sums that cancel: where the classes are balanced and all outputs alike, as they
    /// are behind weights of zero, every entry of db is zero but for rounding, and no equation gives its digits.
    fn cancelled(&self, dump: &Matrix, delta: &Matrix) -> Option<Derivation> {
        let scale = self.weight.multiple?.abs();
        let digits = if dump.iter().all(|&v| f64::from(v as f32) == v) { ARITHMETIC } else { DOUBLE };
        let sizes = bias_gradient(&delta.mapv(f64::abs)) * digits; // [1, out]
        let nothing = |sum: &Matrix, scale: f64| sum.iter().zip(&sizes).all(|(v, size)| v.abs() <= size * scale);
        let rounding = dump.dim() == sizes.dim() && nothing(dump, scale) && nothing(&bias_gradient(delta), 1.0);
        rounding.then(|| Derivation::of_nothing(Mistakes::none()))
    }

    /// The dump as the sum of the dumped dW over its inputs, with the scale and the mistakes that dW has itself. The
    /// multiple says nothing then, except for its sign, and except that it must be 1 or one over the number of inputs.
    fn sum_of_dumped_weight(&self, dump: &Matrix) -> Option<Derivation> {
        let d_weight = &self.layer.d_weight;
        let width = 1.0 / d_weight.nrows() as f64;
        let sum = d_weight.sum_axis(Axis(0)).insert_axis(Axis(0)); // [1, out]
        let fit = LeastSquares::of(dump, &[&sum]).filter(|fit| fit.residual <= self.tolerance)?;
        let near = (10.0 * self.tolerance).max(1e-9);
        let own = |multiple: f64| [1.0, width].iter().any(|n| (multiple.abs() / n - 1.0).abs() < near);
        let multiple = fit.multiples[0].filter(|multiple| own(*multiple))?;
        let sign = if multiple < 0.0 { self.mistake(Mistake::BiasSign) } else { Mistakes::none() };
        let mistakes = self.mistake(Mistake::BiasGradientFromDw).and(&sign);
        Some(Derivation { multiple: None, ..Derivation::of(mistakes, &fit) })
    }

    /// The dump as a sum with an L2 term of any size beside it: a multiple of the bias, or one number in every entry.
    fn with_any_decay(&self, dump: &Matrix, term: &Term) -> Vec<Derivation> {
        let ones = Array2::ones(dump.dim());
        let second = |fit: &LeastSquares| fit.multiples[1].unwrap_or(0.0);
        let fit =
            |other: &Matrix| LeastSquares::of(dump, &[&term.value, other]).filter(|fit| fit.explains(self.tolerance));
        let found = |fit: &LeastSquares, detail: Detail| {
            derivation(term.mistakes.and(&self.detailed(Mistake::L2OnBias, detail)), fit, term)
        };
        let multiple = self.bias_like(dump).and_then(|bias| fit(&bias));
        let multiple = multiple.map(|fit| Derivation { decay: second(&fit), ..found(&fit, Detail::PenaltyOfBias) });
        let number =
            fit(&ones).map(|fit| Derivation { constant: second(&fit), ..found(&fit, Detail::PenaltyConstant) });
        multiple.into_iter().chain(number).collect()
    }

    /// The dump as a sum with the stated L2 term beside it. Too few numbers show no term of unknown size, but a known
    /// one can be taken off them.
    fn with_stated_decay(&self, dump: &Matrix, term: &Term, decay: f64) -> Vec<Derivation> {
        let bias = self.bias_like(dump);
        let mut all = Vec::new();
        for decay in [decay, -decay] {
            let others = [
                (bias.as_ref().map(|bias| bias * decay), Detail::PenaltyOfBias, decay, 0.0),
                (Some(Array2::from_elem(dump.dim(), decay)), Detail::PenaltyConstant, 0.0, decay),
            ];
            for (other, detail, decay, constant) in others {
                let fit = other.and_then(|other| LeastSquares::of(&(dump - &other), &[&term.value]));
                let Some(fit) = fit.filter(|fit| fit.residual <= self.tolerance) else { continue };
                let mistakes = term.mistakes.and(&self.detailed(Mistake::L2OnBias, detail));
                all.push(Derivation { decay, constant, ..derivation(mistakes, &fit, term) });
            }
        }
        all
    }
}

/// A derivation by a term, with the multiples that the term has by nature.
fn derivation(mistakes: Mistakes, fit: &LeastSquares, term: &Term) -> Derivation {
    Derivation { natural: term.natural.clone(), ..Derivation::of(mistakes, fit) }
}
