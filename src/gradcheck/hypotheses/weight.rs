//! The gradient of a weight: what it was built from, given the error at its layer.
//!
//! A dumped dW is compared with the product of every array that could have stood for the layer's input with the error
//! in question. Thousands of errors are tried, so each product is first seen through a few random combinations of its
//! rows, which cost next to nothing; only what survives that is computed in full.

use std::rc::Rc;

use ndarray::{Array2, Axis};

use super::derivation::Found;
use super::input::{Input, input, others};
use super::memo::{Memo, key};
use super::rank_one::{Lone, penalties};
use crate::gradcheck::equations::{Fit, Forward, beside, bias_gradient, may_fit, norm, weight_gradient};
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Matrix, Reading};

/// A sketch that misses by this many tolerances, which are wide themselves, belongs to another product.
const HOPELESS: f64 = 10.0;

/// A dumped dW and all that it may have been built from.
pub struct Target<'a> {
    dump: &'a Matrix,
    weight: &'a Matrix,
    ones: Matrix,
    inputs: Vec<Input<'a>>,
    lone: Vec<Lone>,
    tolerance: f64,
    place: String,
    tried: Memo,
    /// What errors, with what was found for their dW, were found to explain of the db beside it.
    pub biases: Memo,
}

impl<'a> Target<'a> {
    /// The dW of layer number `l` from 0; `decay` is what the stated L2 penalty adds for each unit of weight.
    pub fn new(reading: &'a Reading, forward: &'a Forward, l: usize, tolerance: f64, decay: Option<f64>) -> Self {
        let layer = &reading.layers[l];
        let (dump, weight) = (&layer.d_weight, &layer.weight);
        let place = format!("layer {}", l + 1);
        let right = dump.dim() == weight.dim();
        let turned = dump.t().dim() == weight.dim();
        let mut inputs = Vec::new();
        if right {
            inputs.push(input(Charges::none(), &forward.inputs[l], dump, weight, false));
        }
        if turned && weight.dim() != (1, 1) {
            let charges = Charges::one(Mistake::WeightGradientTransposed, place.clone());
            inputs.push(input(charges, &forward.inputs[l], dump, weight, true));
        }
        for (name, array) in others(forward, l) {
            if dump.dim() == (array.ncols(), weight.ncols()) {
                let charges = Charges::one(Mistake::WrongLayerInput, format!("{place}: {name}"));
                inputs.push(input(charges, array, dump, weight, false));
            }
        }
        let mut decays = decay.map_or(vec![0.0], |decay| vec![0.0, decay, -decay]);
        if right && dump.len() > 2 * (dump.nrows() + dump.ncols()) {
            decays.extend(penalties(dump, weight));
        }
        let taken_off = |decay: f64| if right { dump - &(weight * decay) } else { dump.clone() };
        let lone = decays.into_iter().filter_map(|d| Lone::of(&taken_off(d), d != 0.0, &forward.inputs[l], tolerance));
        let lone = lone.collect();
        Target {
            dump,
            weight,
            ones: Array2::ones(dump.dim()),
            inputs,
            lone,
            tolerance,
            place,
            tried: Memo::default(),
            biases: Memo::default(),
        }
    }

    /// Every way in which the dump can come from the error `delta`, `[m, out]`.
    pub fn fits(&self, delta: &Matrix) -> Rc<[Found]> {
        self.tried.of(key(delta), || self.compared(delta))
    }

    fn compared(&self, delta: &Matrix) -> Vec<Found> {
        let seen = self.inputs.iter().filter(|input| self.promises(input, delta));
        let mut all: Vec<Found> = seen.filter_map(|input| self.fit(input, delta)).collect();
        all.extend(self.weights(delta));
        if all.is_empty() {
            all.extend(self.single(delta));
        }
        all
    }

    fn promises(&self, input: &Input, delta: &Matrix) -> bool {
        let product = input.sketch.dot(delta); // [SKETCH, out]
        let most = HOPELESS * self.tolerance;
        let [dump, weight, ones] = &input.seen;
        if !may_fit(dump, &product, &[weight, ones], most.max(1e-6)) {
            return false;
        }
        let terms: [&[&Matrix]; 3] = [&[&product], &[&product, weight], &[&product, ones]];
        terms.iter().any(|terms| Fit::of(dump, terms).is_some_and(|fit| fit.explains(most)))
    }

    fn fit(&self, input: &Input, delta: &Matrix) -> Option<Found> {
        let product = weight_gradient(input.array, delta);
        let product = if input.turned { product.t().as_standard_layout().into_owned() } else { product };
        self.found(input.charges.clone(), &product)
    }

    /// The dump as a multiple of `product`: alone, with some of the weights in it, or with a number in every entry.
    fn found(&self, charges: Charges, product: &Matrix) -> Option<Found> {
        let found = |fit: Fit, charges: Charges, decay: f64, constant: f64| Found {
            charges,
            multiple: fit.multiples[0],
            decay,
            constant,
            residual: fit.residual,
            share: fit.share,
            single: product.nrows() == 1 && product.ncols() == 1,
            also: Vec::new(),
            row: None,
            over_inputs: Some(product.sum_axis(Axis(0)).insert_axis(Axis(0))),
        };
        let same = self.dump.dim() == self.weight.dim();
        let others: &[&Matrix] = if same { &[self.weight, &self.ones] } else { &[] };
        if self.dump.dim() != product.dim() || !may_fit(self.dump, product, others, self.tolerance.max(1e-6)) {
            return None;
        }
        let second = |fit: &Fit| fit.multiples[1].unwrap_or(0.0);
        let fits = |fit: &Fit| fit.explains(self.tolerance);
        if let Some(fit) = Fit::of(self.dump, &[product]).filter(fits) {
            return Some(found(fit, charges, 0.0, 0.0));
        }
        if self.dump.len() < 4 || !same {
            return None;
        }
        if let Some(fit) = Fit::of(self.dump, &[product, self.weight]).filter(fits) {
            let decay = second(&fit);
            return Some(found(fit, charges, decay, 0.0));
        }
        let fit = Fit::of(self.dump, &[product, &self.ones]).filter(fits)?;
        let constant = second(&fit);
        let value = Charges::one(Mistake::L2ValueInsteadOfGradient, self.place.clone());
        Some(found(fit, charges.and(&value), 0.0, constant))
    }

    /// The weights themselves in the place of the input.
    fn weights(&self, delta: &Matrix) -> Option<Found> {
        let sum = bias_gradient(delta);
        let product = self.weight * &sum;
        let row = |matrix: &Matrix, i: usize| matrix.row(i).insert_axis(Axis(0)).to_owned();
        let glimpse = |i: usize| {
            let ones = Array2::ones((1, sum.ncols()));
            let (dump, product, weight) = (row(self.dump, i), row(&product, i), row(self.weight, i));
            let terms: [&[&Matrix]; 3] = [&[&product], &[&product, &weight], &[&product, &ones]];
            terms.iter().any(|t| Fit::of(&dump, t).is_some_and(|fit| fit.residual < HOPELESS * self.tolerance))
        };
        if self.dump.dim() != self.weight.dim() || !(0..self.dump.nrows().min(3)).all(glimpse) {
            return None;
        }
        self.found(Charges::one(Mistake::WrongLayerInput, format!("{}: the weights", self.place)), &product)
    }

    /// One row in the place of all: of the input, of the error, or of both.
    fn single(&self, delta: &Matrix) -> Vec<Found> {
        let Some(input) = self.inputs.first().filter(|input| input.charges.is_empty()) else { return Vec::new() };
        let m = delta.nrows();
        let pick = |all: &Matrix, i: usize| all.row(i).insert_axis(Axis(0)).to_owned();
        let mut all = Vec::new();
        for lone in &self.lone {
            let near = |term: &Matrix| Fit::of(&lone.row, &[term]).is_some_and(|fit| fit.residual < lone.tolerance);
            let mut tried: Vec<(usize, &str, Matrix)> = Vec::new();
            let sum = bias_gradient(delta);
            for &i in &lone.inputs {
                let from = pick(input.array, i);
                tried.extend(near(&pick(delta, i)).then(|| (i, "", from.t().dot(&pick(delta, i)) * m as f64)));
                tried.extend(near(&sum).then(|| (i, " of the input", from.t().dot(&sum))));
            }
            if lone.sum {
                let from = bias_gradient(input.array);
                let errors = (0..m).map(|i| (i, pick(delta, i))).filter(|(_, to)| near(to));
                tried.extend(errors.map(|(i, to)| (i, " of the error", from.t().dot(&to))));
            }
            for (i, text, product) in tried {
                let charges = Charges::one(Mistake::WrongSampleIndex, format!("{}: row {i}{text}", self.place));
                let found = self.found(charges, &product).filter(|found| (found.decay != 0.0) == lone.decay);
                all.extend(found.map(|found| Found { also: vec![1.0 / m as f64], row: Some(i), ..found }));
            }
        }
        all
    }

    /// How badly each column of dW fits the error, with multiples of its own and of the weights: what is left, squared.
    pub fn misfit(&self, delta: &Matrix) -> Vec<f64> {
        let Some(input) = self.inputs.first() else { return vec![f64::INFINITY; delta.ncols()] };
        let product = input.sketch.dot(delta);
        let [dump, weight, _] = &input.seen;
        let column = |matrix: &Matrix, j: usize| matrix.column(j).insert_axis(Axis(0)).to_owned();
        let left = |j: usize| {
            let dump = column(dump, j);
            let fit = Fit::of(&dump, &[&column(&product, j), &column(weight, j)]);
            fit.map_or(f64::INFINITY, |fit| (fit.residual * norm(&dump)).powi(2))
        };
        (0..delta.ncols()).map(left).collect()
    }

    /// How much of `second` must join `first` to make the dump, if some multiple of both makes it, perhaps with a third
    /// term: the weights, or one number in every entry.
    pub fn mixture(&self, first: &Matrix, second: &Matrix) -> Option<f64> {
        let input = self.inputs.first().filter(|input| input.charges.is_empty())?;
        let (one, two) = (input.sketch.dot(first), input.sketch.dot(second));
        let [dump, weight, ones] = &input.seen;
        let without = |third: Option<&Matrix>, all: [&Matrix; 3]| {
            let [dump, one, two] = all.map(|all| third.map_or_else(|| all.clone(), |third| beside(all, third)));
            let left = Fit::of(&dump, &[&one, &two])?;
            Some(Fit { residual: left.residual * norm(&dump) / norm(all[0]).max(f64::MIN_POSITIVE), ..left })
        };
        let hopeful = |third: &Option<&Matrix>| {
            without(*third, [dump, &one, &two]).is_some_and(|fit| fit.residual < HOPELESS * self.tolerance)
        };
        let place = [None, Some(weight), Some(ones)].iter().position(hopeful)?;
        let third = [None, Some(self.weight), Some(&self.ones)][place];
        let (one, two) = (weight_gradient(input.array, first), weight_gradient(input.array, second));
        let fit = without(third, [self.dump, &one, &two])?;
        Some(fit.multiples[1]? / fit.multiples[0]?)
    }
}
