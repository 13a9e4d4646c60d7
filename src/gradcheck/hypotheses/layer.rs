//! A site: one hidden layer with all that does not depend on what arrives at it.
//!
//! Thousands of errors are tried at a layer, and the factors that its derivative may have been are the same for all of
//! them; they are computed once, here.

use ndarray::{Array2, Axis};

use super::weight::Target;
use crate::gradcheck::equations::{Forward, gap};
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Function, Matrix};

/// A hidden layer.
pub struct Site<'a> {
    /// Its number, from 1, for the places of charges.
    pub number: usize,
    /// Its function.
    pub function: Function,
    /// f'(z), `[m, out]`.
    pub slope: Matrix,
    /// What dropout multiplies its output with, `[m, out]`, and what is wrong with that; mask / keep first.
    pub masks: Vec<(Charges, Option<Matrix>)>,
    /// What an arriving error may be multiplied with, entry by entry; the right derivative first.
    pub factors: Vec<(Charges, Matrix)>,
    /// Matrices `[m, m]` that may stand before an arriving error where a factor belongs.
    pub before: Vec<Matrix>,
    /// Matrices `[out, out]` that may stand after it.
    pub after: Vec<Matrix>,
    /// Numbers `[m, 1]`, one for each row, that may stand where a factor belongs.
    pub rows: Vec<Matrix>,
    /// Its dumped dW.
    pub target: Target<'a>,
}

impl<'a> Site<'a> {
    /// Layer number `l` from 0 of a forward pass.
    pub fn new(forward: &Forward, l: usize, function: Function, target: Target<'a>) -> Self {
        let (z, a) = (&forward.z[l], &forward.a[l]);
        let rest = 1.0 - a;
        // In a loop over the rows, a product of two vectors is one number.
        let row = |product: Matrix| product.sum_axis(Axis(1)).insert_axis(Axis(1));
        let mut site = Site {
            number: l + 1,
            function,
            slope: function.slope(z),
            masks: vec![(Charges::none(), forward.masks[l].clone())],
            factors: Vec::new(),
            before: vec![1.0 - a.dot(&a.t()), a.dot(&rest.t()), rest.dot(&a.t())],
            after: vec![1.0 - a.t().dot(a), a.t().dot(&rest), rest.t().dot(a)],
            rows: vec![1.0 - row(a * a), row(a * &rest)],
            target,
        };
        if let Some(mask) = &forward.masks[l] {
            let scale = mask.fold(0.0f64, |most, &v| most.max(v)); // 1 / keep
            let unmasked = Some(Matrix::from_elem(mask.dim(), scale));
            site.masks.push((site.charge(Mistake::DropoutMaskMissing), unmasked));
        }
        site.factors = site.factors(z, a);
        site
    }

    /// A mistake made here.
    pub fn charge(&self, mistake: Mistake) -> Charges {
        Charges::one(mistake, format!("layer {}", self.number))
    }

    /// A mistake made here, in this way.
    pub fn detail(&self, mistake: Mistake, text: &str) -> Charges {
        Charges::one(mistake, format!("layer {}: {text}", self.number))
    }

    fn factors(&self, z: &Matrix, a: &Matrix) -> Vec<(Charges, Matrix)> {
        let f = self.function;
        let mut all = vec![(Charges::none(), self.slope.clone())];
        if f != Function::Linear {
            all.push((self.charge(Mistake::MissingActivationDerivative), Array2::ones(z.dim())));
        }
        if let Some(formula) = f.formula(z) {
            all.push((self.charge(Mistake::ActivationDerivativeOfPreactivation), formula));
        }
        all.push((self.charge(Mistake::ActivationDerivativeOfActivation), f.slope(a)));
        let strange = strange(f, z, a).into_iter();
        all.extend(strange.map(|(text, factor)| (self.detail(Mistake::WrongActivationDerivative, text), factor)));
        distinct(all)
    }
}

/// Leaves out what equals something before it.
fn distinct(all: Vec<(Charges, Matrix)>) -> Vec<(Charges, Matrix)> {
    let mut kept: Vec<(Charges, Matrix)> = Vec::new();
    for (charges, factor) in all {
        if kept.iter().all(|(_, known)| gap(&factor, known) > 1e-12) {
            kept.push((charges, factor));
        }
    }
    kept
}

/// Factors that people take for a derivative.
fn strange(function: Function, z: &Matrix, a: &Matrix) -> Vec<(&'static str, Matrix)> {
    let positive = |v: f64| f64::from(u8::from(v > 0.0));
    vec![
        ("the function itself, a", a.clone()),
        ("a(1-a)", a.mapv(|a| a * (1.0 - a))),
        ("1-a^2", a.mapv(|a| 1.0 - a * a)),
        ("1+a^2", a.mapv(|a| 1.0 + a * a)),
        ("1-a", a.mapv(|a| 1.0 - a)),
        ("a^2", a.mapv(|a| a * a)),
        ("(1-a)^2", a.mapv(|a| (1.0 - a) * (1.0 - a))),
        ("z > 0", z.mapv(positive)),
        ("z > 0, else 0.01", z.mapv(|z| if z > 0.0 { 1.0 } else { 0.01 })),
        ("sigmoid(z)", z.mapv(sigmoid)),
        ("sigmoid'(z)", Function::Sigmoid.slope(z)),
        ("tanh'(z)", Function::Tanh.slope(z)),
        ("z", z.clone()),
        (
            "gelu's tanh form",
            if function == Function::Gelu { Function::GeluTanh.slope(z) } else { Array2::ones(z.dim()) },
        ),
        (
            "Phi(z)",
            z.mapv(|z| if z == 0.0 { 0.5 } else { Function::Gelu.value(&Array2::from_elem((1, 1), z))[[0, 0]] / z }),
        ),
    ]
}
