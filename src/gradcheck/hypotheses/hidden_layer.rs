//! A hidden layer with everything about it that does not depend on the error that arrives.
//!
//! Thousands of errors are tried at a layer. The factors that people may have taken for its derivative are the same for
//! all of these errors, so they are computed once, here.

use ndarray::{Array2, Axis};

use super::offer::rows_of;
use super::weight::WeightHypotheses;
use crate::gradcheck::equations::{Forward, gap};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence};
use crate::gradcheck::reading::{BiasPlace, Function, Matrix, sigmoid};

/// A hidden layer under the forward pass of a network.
pub struct HiddenLayer<'a> {
    /// The number of the layer, from 1.
    pub number: usize,
    /// The function of the layer.
    pub function: Function,
    /// The derivative f′(z), `[m, out]`.
    pub slope: Matrix,
    /// What dropout may multiply the layer's output with, `[m, out]`, and what is wrong with that; mask / keep first.
    pub masks: Vec<(Mistakes, Option<Matrix>)>,
    /// What people may multiply the arriving error with, entry by entry, `[m, out]`; the right derivative first.
    pub factors: Vec<(Mistakes, Matrix)>,
    /// The activation a and 1 − a, `[m, out]`, of which people take matrix products.
    pub activation: [Matrix; 2],
    /// Matrices `[out, out]` that people may multiply the arriving error with from the right.
    pub right_products: Vec<Matrix>,
    /// Columns `[m, 1]`, one number for each row, that may stand where a factor belongs.
    pub row_numbers: Vec<Matrix>,
    /// Whether the activation holds the bias, because it was added too late.
    pub late: bool,
    /// The dumped dW of the layer.
    pub weight: WeightHypotheses<'a>,
}

impl<'a> HiddenLayer<'a> {
    /// Layer number `l` from 0 of a forward pass.
    pub fn new(forward: &Forward, l: usize, function: Function, weight: WeightHypotheses<'a>) -> Self {
        let (z, a) = (&forward.z[l], &forward.a[l]);
        let rest = 1.0 - a;
        // In a loop over the rows, the product of two vectors is one number.
        let row = |product: Matrix| product.sum_axis(Axis(1)).insert_axis(Axis(1));
        let mut layer = HiddenLayer {
            number: l + 1,
            function,
            slope: function.slope(z),
            masks: vec![(Mistakes::none(), forward.masks[l].clone())],
            factors: Vec::new(),
            right_products: vec![1.0 - a.t().dot(a), a.t().dot(&rest), rest.t().dot(a)],
            row_numbers: vec![1.0 - row(a * a), row(a * &rest)],
            activation: [a.clone(), rest],
            late: matches!(forward.bias, BiasPlace::Activation | BiasPlace::HiddenActivation),
            weight,
        };
        if let Some(mask) = &forward.masks[l] {
            let scale = mask.fold(0.0f64, |most, &v| most.max(v)); // 1 / keep
            let unmasked = Some(Matrix::from_elem(mask.dim(), scale));
            layer.masks.push((layer.mistake(Mistake::DropoutMaskMissing), unmasked));
        }
        layer.factors = layer.factors(z, a);
        let dropped = layer.of_dropped(a);
        layer.factors.extend(dropped);
        layer
    }

    /// The same layer on some rows of the batch only.
    pub fn rows(&self, rows: &[usize]) -> Self {
        let named = |(mistakes, mask): &(Mistakes, Option<Matrix>)| {
            (mistakes.clone(), mask.as_ref().map(|mask| rows_of(mask, rows)))
        };
        HiddenLayer {
            number: self.number,
            function: self.function,
            slope: rows_of(&self.slope, rows),
            masks: self.masks.iter().map(named).collect(),
            factors: self.factors.iter().map(|(mistakes, factor)| (mistakes.clone(), rows_of(factor, rows))).collect(),
            activation: self.activation.each_ref().map(|array| rows_of(array, rows)),
            right_products: self.right_products.clone(),
            row_numbers: self.row_numbers.iter().map(|array| rows_of(array, rows)).collect(),
            late: self.late,
            weight: self.weight.rows(rows),
        }
    }

    /// A mistake that was made in this layer.
    pub fn mistake(&self, mistake: Mistake) -> Mistakes {
        Mistakes::one(mistake, Occurrence::layer(self.number))
    }

    /// A mistake that was made in this layer in one of several ways.
    pub fn detailed(&self, mistake: Mistake, detail: Detail) -> Mistakes {
        Mistakes::one(mistake, Occurrence::layer(self.number).with(detail))
    }

    /// The derivative's formula, given the activation as dropout left it: with zeros in it, and longer by 1/keep.
    fn of_dropped(&self, a: &Matrix) -> Option<(Mistakes, Matrix)> {
        let mask = self.masks[0].1.as_ref()?;
        let factor = self.function.formula(&(a * mask))?;
        let right = gap(&(&factor * mask), &(&self.slope * mask)) < 1e-12;
        let text = "f' of the activation after dropout";
        (!right).then(|| (self.detailed(Mistake::WrongActivationDerivative, Detail::Formula(text)), factor))
    }

    /// All factors that are not the same as one before: the right derivative, none at all, the formula or the function
    /// fed the wrong array, and derivatives of other functions.
    fn factors(&self, z: &Matrix, a: &Matrix) -> Vec<(Mistakes, Matrix)> {
        let f = self.function;
        let mut all = vec![(Mistakes::none(), self.slope.clone())];
        if let (true, Some(of_own)) = (self.late, f.formula(a)) {
            all.push((Mistakes::none(), of_own)); // a(1 - a) of an activation that holds its bias: as one would write it
        }
        if f != Function::Linear {
            all.push((self.mistake(Mistake::MissingActivationDerivative), Array2::ones(z.dim())));
        }
        if let Some(formula) = f.formula(z) {
            all.push((self.mistake(Mistake::ActivationDerivativeOfPreactivation), formula));
        }
        all.push((self.mistake(Mistake::ActivationDerivativeOfActivation), f.slope(a)));
        let wrong = |text| self.detailed(Mistake::WrongActivationDerivative, Detail::Formula(text));
        all.extend(strange(f, z, a).into_iter().map(|(text, factor)| (wrong(text), factor)));
        distinct(all)
    }
}

/// Leaves out every factor that equals one before it.
fn distinct(all: Vec<(Mistakes, Matrix)>) -> Vec<(Mistakes, Matrix)> {
    let mut kept: Vec<(Mistakes, Matrix)> = Vec::new();
    for (mistakes, factor) in all {
        if kept.iter().all(|(_, known)| gap(&factor, known) > 1e-12) {
            kept.push((mistakes, factor));
        }
    }
    kept
}

/// Factors that people take for the derivative of a function, though it is that of another function or of none.
fn strange(function: Function, z: &Matrix, a: &Matrix) -> Vec<(&'static str, Matrix)> {
    let positive = |v: f64| f64::from(u8::from(v > 0.0));
    vec![
        ("the function itself, a", a.clone()),
        ("a(1-a)", a.mapv(|a| a * (1.0 - a))),
        ("1-a^2", a.mapv(|a| 1.0 - a * a)),
        ("1+a^2", a.mapv(|a| 1.0 + a * a)),
        ("a(a-1)", a.mapv(|a| a * (a - 1.0))),
        ("a^2-1", a.mapv(|a| a * a - 1.0)),
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
