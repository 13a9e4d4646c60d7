//! A hidden layer with everything about it that does not depend on the error that arrives.
//!
//! Thousands of errors are tried at a layer. The factors that people may have taken for its derivative are the same for
//! all of these errors, so they are computed once, here.

use std::cell::OnceCell;

use ndarray::{Array2, Axis};

use super::offer::rows_of;
use super::weight::WeightHypotheses;
use crate::gradcheck::equations::{Forward, gap};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence};
use crate::gradcheck::reading::{BiasPlace, Function, Matrix, sigmoid};

/// So many rows show whether two factors differ; only where they do not is the whole batch asked.
const SHOWN: usize = 512;
/// Two factors that differ by more than this, relative, on some rows are two. The rounding of a formula is far below.
const DIFFERENT: f64 = 1e-9;

/// Something that people multiply an arriving error with, entry by entry. It is computed when it is asked for, since most
/// hypotheses are ruled out on a few rows and the factor of a large batch takes megabytes.
pub struct Factor {
    make: Make,
    array: OnceCell<Matrix>,
}

/// What makes a factor of a function, of z, and of a.
type Make = fn(Function, &Matrix, &Matrix) -> Matrix;

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
    /// What people may multiply the arriving error with; the right derivative first. See [`HiddenLayer::factor`].
    pub factors: Vec<(Mistakes, Factor)>,
    /// The pre-activation, `[m, out]`.
    z: Matrix,
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
            z: z.clone(),
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
        layer.factors = layer.distinct(layer.made());
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
            factors: self
                .factors
                .iter()
                .map(|(mistakes, factor)| (mistakes.clone(), Factor::of(factor.make)))
                .collect(),
            z: rows_of(&self.z, rows),
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

    /// The numbers of a factor of this layer, `[m, out]`.
    pub fn factor<'f>(&self, factor: &'f Factor) -> &'f Matrix {
        factor.array.get_or_init(|| (factor.make)(self.function, &self.z, &self.activation[0]))
    }

    /// What people may multiply with: the right derivative, none at all, the formula or the function fed the wrong array,
    /// and derivatives of other functions.
    fn made(&self) -> Vec<(Mistakes, Factor)> {
        let f = self.function;
        let mut all: Vec<(Mistakes, Make)> = vec![(Mistakes::none(), |f, z, _| f.slope(z))];
        if self.late && f.has_formula() {
            // a(1 - a) of an activation that holds its bias: as one would write it
            all.push((Mistakes::none(), |f, _, a| f.formula(a).unwrap_or_default()));
        }
        if f != Function::Linear {
            all.push((self.mistake(Mistake::MissingActivationDerivative), |_, z, _| Array2::ones(z.dim())));
        }
        if f.has_formula() {
            let mistakes = self.mistake(Mistake::ActivationDerivativeOfPreactivation);
            all.push((mistakes, |f, z, _| f.formula(z).unwrap_or_default()));
        }
        all.push((self.mistake(Mistake::ActivationDerivativeOfActivation), |f, _, a| f.slope(a)));
        let wrong = |text| self.detailed(Mistake::WrongActivationDerivative, Detail::Formula(text));
        all.extend(STRANGE.iter().map(|&(text, make)| (wrong(text), make)));
        all.into_iter().map(|(mistakes, make)| (mistakes, Factor::of(make))).collect()
    }

    /// Leaves out every factor that equals one before it.
    fn distinct(&self, all: Vec<(Mistakes, Factor)>) -> Vec<(Mistakes, Factor)> {
        let rows: Vec<usize> = (0..self.z.nrows()).step_by(self.z.nrows().div_ceil(SHOWN).max(1)).collect();
        let (z, a) = (rows_of(&self.z, &rows), rows_of(&self.activation[0], &rows));
        let mut kept: Vec<(Mistakes, Factor, Matrix)> = Vec::new();
        for (mistakes, factor) in all {
            let shown = (factor.make)(self.function, &z, &a);
            let differs = |known: &Factor, other: &Matrix| {
                gap(&shown, other) > DIFFERENT || gap(self.factor(&factor), self.factor(known)) > 1e-12
            };
            if kept.iter().all(|(_, known, other)| differs(known, other)) {
                kept.push((mistakes, factor, shown));
            }
        }
        kept.into_iter().map(|(mistakes, factor, _)| (mistakes, factor)).collect()
    }
}

impl Factor {
    /// A factor that nobody has asked for yet.
    fn of(make: Make) -> Self {
        Factor { make, array: OnceCell::new() }
    }
}

/// Factors that people take for the derivative of a function, though it is that of another function or of none.
const STRANGE: [(&str, Make); 17] = [
    ("the function itself, a", |_, _, a| a.clone()),
    ("a(1-a)", |_, _, a| a.mapv(|a| a * (1.0 - a))),
    ("1-a^2", |_, _, a| a.mapv(|a| 1.0 - a * a)),
    ("1+a^2", |_, _, a| a.mapv(|a| 1.0 + a * a)),
    ("a(a-1)", |_, _, a| a.mapv(|a| a * (a - 1.0))),
    ("a^2-1", |_, _, a| a.mapv(|a| a * a - 1.0)),
    ("1-a", |_, _, a| a.mapv(|a| 1.0 - a)),
    ("a^2", |_, _, a| a.mapv(|a| a * a)),
    ("(1-a)^2", |_, _, a| a.mapv(|a| (1.0 - a) * (1.0 - a))),
    ("z > 0", |_, z, _| z.mapv(|z| f64::from(u8::from(z > 0.0)))),
    ("z > 0, else 0.01", |_, z, _| z.mapv(|z| if z > 0.0 { 1.0 } else { 0.01 })),
    ("sigmoid(z)", |_, z, _| z.mapv(sigmoid)),
    ("sigmoid'(z)", |_, z, _| Function::Sigmoid.slope(z)),
    ("tanh'(z)", |_, z, _| Function::Tanh.slope(z)),
    ("z", |_, z, _| z.clone()),
    (
        "gelu's tanh form",
        |f, z, _| if f == Function::Gelu { Function::GeluTanh.slope(z) } else { Array2::ones(z.dim()) },
    ),
    ("Phi(z)", |_, z, _| z.mapv(|z| if z == 0.0 { 0.5 } else { gelu(z) / z })),
];

/// z Φ(z).
fn gelu(z: f64) -> f64 {
    Function::Gelu.value(&Array2::from_elem((1, 1), z))[[0, 0]]
}
