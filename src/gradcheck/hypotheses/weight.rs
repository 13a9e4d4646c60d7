//! Hypotheses about the gradient of a weight: what a dumped dW was built from, given the error at its layer.
//!
//! The right equation is dW = inputᵀ · delta. The dump is held against the product of the error with every array that
//! could have stood for the input, alone or with an L2 term beside it: a multiple of the weights, or one number in every
//! entry. If no product of the whole batch fits, products of single rows are tried.

use std::sync::Arc;

use ndarray::{Array2, Axis};

use super::derivation::Derivation;
use super::input::{InputCandidate, input_candidates};
use super::memo::Memo;
use super::rank_one::RankOne;
use crate::gradcheck::equations::{Forward, LeastSquares, beside, bias_gradient, may_fit, norm, weight_gradient};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence, RowOf, WrongInput};
use crate::gradcheck::reading::{Matrix, Reading};

/// A sketch that misses by more than this many tolerances, which are wide themselves, belongs to another product.
const HOPELESS: f64 = 10.0;
/// No sketch is asked to agree better than this, because of the rounding within it.
const SKETCHED: f64 = 1e-6;

/// A dumped dW with everything that it may have been built from.
pub struct WeightHypotheses<'a> {
    dump: &'a Matrix,
    weight: &'a Matrix,
    ones: Matrix,
    /// Rows of the batch.
    count: usize,
    inputs: Vec<InputCandidate<'a>>,
    /// The dump as a column times a row, as far as it is one, with each L2 term that may have been added to it.
    rank_one: Vec<RankOne>,
    tolerance: f64,
    occurrence: Occurrence,
    tried: Memo,
    /// Whether the weights themselves may have stood for the input.
    by_weights: bool,
    /// Whether only a sample of the rows stands here, on which no equation is exact.
    sampled: bool,
    /// What was found about the db of this layer, for errors together with their derivation of dW.
    pub biases: Memo,
}

impl<'a> WeightHypotheses<'a> {
    /// The dW of layer number `l` from 0. A right product may miss it by `tolerance`, relative, and `decay` is what the
    /// stated L2 penalty adds to it for each unit of weight.
    pub fn new(reading: &'a Reading, forward: &'a Forward, l: usize, tolerance: f64, decay: Option<f64>) -> Self {
        let layer = &reading.layers[l];
        let (dump, weight) = (&layer.d_weight, &layer.weight);
        WeightHypotheses {
            dump,
            weight,
            ones: Array2::ones(dump.dim()),
            count: forward.inputs[l].nrows(),
            inputs: input_candidates(forward, l, dump, weight),
            rank_one: RankOne::all(dump, weight, &forward.inputs[l], tolerance, decay),
            tolerance,
            occurrence: Occurrence::layer(l + 1),
            by_weights: made_of_weights(dump, weight, tolerance),
            tried: Memo::default(),
            sampled: false,
            biases: Memo::default(),
        }
    }

    /// The same hypotheses on some rows of the batch only, of which nothing but [`WeightHypotheses::plausible`] can be
    /// asked.
    pub fn rows(&self, rows: &[usize]) -> Self {
        WeightHypotheses {
            ones: self.ones.clone(),
            inputs: self.inputs.iter().map(|input| input.rows(rows)).collect(),
            rank_one: Vec::new(),
            tried: Memo::default(),
            biases: Memo::default(),
            sampled: true,
            ..*self
        }
    }

    /// Whether only a sample of the rows stands here.
    pub fn sampled(&self) -> bool {
        self.sampled
    }

    /// Whether something else than a sum over the batch may have made the dump: a single row that stands for all, or the
    /// weights themselves in the place of the input. No sample of an error shows either.
    pub fn beyond_samples(&self) -> bool {
        self.by_weights || !self.rank_one.is_empty()
    }

    /// Whether the dump may come from an error of which a sample of rows is `delta`, `[n, out]`.
    pub fn plausible(&self, delta: &Matrix) -> bool {
        self.inputs.iter().any(|input| input.may_fit_sample(delta, HOPELESS * self.tolerance))
    }

    /// Whether the dump may come from the error `delta`, `[m, out]`, which most errors are denied at little cost; with
    /// `sums`, as a sum over the batch.
    pub fn may_come_from(&self, delta: &Matrix, sums: bool) -> bool {
        !sums && self.beyond_samples() || self.inputs.iter().any(|input| self.sketch_fits(input, delta))
    }

    /// All ways in which the dump can come from the error `delta`, `[m, out]`, whose [`super::bit_key`] is `key`; with
    /// `sums`, those by a sum over the batch alone.
    pub fn derivations(&self, delta: &Matrix, key: u64, sums: bool) -> Arc<[Derivation]> {
        self.tried.of(key ^ u64::from(sums), || self.compare(delta, sums))
    }

    /// Compares the dump with the product of an error with every candidate for the input. The first things tried are the
    /// cheapest to compute, and single rows come last because a dump of rank one also fits them by chance.
    fn compare(&self, delta: &Matrix, sums: bool) -> Vec<Derivation> {
        let likely = self.inputs.iter().filter(|input| self.sketch_fits(input, delta));
        let mut all: Vec<Derivation> = likely.filter_map(|input| self.by_input(input, delta)).collect();
        if sums {
            return all;
        }
        all.extend(self.by_weights(delta));
        if all.is_empty() {
            all.extend(self.by_single_rows(delta));
        }
        all
    }

    /// Whether the product of a candidate and an error may be the dump, as far as its sketch shows.
    fn sketch_fits(&self, input: &InputCandidate, delta: &Matrix) -> bool {
        let product = input.sketch.dot(delta); // [SKETCH, out]
        let most = HOPELESS * self.tolerance;
        let [dump, weight, ones] = &input.seen;
        if !may_fit(dump, &product, &[weight, ones], most.max(SKETCHED)) {
            return false;
        }
        let terms: [&[&Matrix]; 3] = [&[&product], &[&product, weight], &[&product, ones]];
        terms.iter().any(|terms| LeastSquares::of(dump, terms).is_some_and(|fit| fit.explains(most)))
    }

    /// The dump as the product of a candidate for the input with an error.
    fn by_input(&self, input: &InputCandidate, delta: &Matrix) -> Option<Derivation> {
        let product = weight_gradient(&input.array, delta);
        let product = if input.turned { product.t().as_standard_layout().into_owned() } else { product };
        self.by_product(input.mistakes.clone(), &product)
    }

    /// The dump as a multiple of `product`, alone or with an L2 term: a multiple of the weights, or a number in every
    /// entry. The second term is only tried where the first alone does not do. Fewer than four numbers two terms fit too
    /// easily, unless the first is taken as it is, as a sum or a mean: then it is the penalty that all else leaves.
    fn by_product(&self, mistakes: Mistakes, product: &Matrix) -> Option<Derivation> {
        let same = self.dump.dim() == self.weight.dim();
        let others: &[&Matrix] = if same { &[self.weight, &self.ones] } else { &[] };
        if self.dump.dim() != product.dim() || !may_fit(self.dump, product, others, self.tolerance.max(SKETCHED)) {
            return None;
        }
        let derivation = |fit: &LeastSquares, mistakes: Mistakes| Derivation {
            always_fits: product.len() == 1,
            over_inputs: Some(product.sum_axis(Axis(0)).insert_axis(Axis(0))),
            ..Derivation::of(mistakes, fit)
        };
        let second = |fit: &LeastSquares| fit.multiples[1].unwrap_or(0.0);
        let fit = |terms: &[&Matrix]| LeastSquares::of(self.dump, terms).filter(|fit| fit.explains(self.tolerance));
        if let Some(fit) = fit(&[product]) {
            return Some(derivation(&fit, mistakes));
        }
        let few = self.dump.len() < 4;
        if self.dump.len() < 2 || !same {
            return None;
        }
        let is = |multiple: f64, other: f64| (multiple / other - 1.0).abs() < self.tolerance;
        let once = |fit: &LeastSquares| fit.multiples[0].is_some_and(|m| is(m, 1.0) || is(m, 1.0 / self.count as f64));
        if let Some(fit) = fit(&[product, self.weight]).filter(|fit| !few || once(fit)) {
            return Some(Derivation { decay: second(&fit), ..derivation(&fit, mistakes) });
        }
        if few {
            return None;
        }
        let fit = fit(&[product, &self.ones])?;
        let mistakes = mistakes.and(&Mistakes::one(Mistake::L2ValueInsteadOfGradient, self.occurrence));
        Some(Derivation { constant: second(&fit), ..derivation(&fit, mistakes) })
    }

    /// The weights themselves in the place of the input, so that each is multiplied with the sum of the errors. Three rows
    /// are tried before the whole, to save time.
    fn by_weights(&self, delta: &Matrix) -> Option<Derivation> {
        if !self.by_weights {
            return None;
        }
        let sum = bias_gradient(delta);
        let product = self.weight * &sum;
        let row = |matrix: &Matrix, i: usize| matrix.row(i).insert_axis(Axis(0)).to_owned();
        let row_fits = |i: usize| {
            let ones = Array2::ones((1, sum.ncols()));
            let (dump, product, weight) = (row(self.dump, i), row(&product, i), row(self.weight, i));
            let terms: [&[&Matrix]; 3] = [&[&product], &[&product, &weight], &[&product, &ones]];
            terms.iter().any(|t| LeastSquares::of(&dump, t).is_some_and(|fit| fit.residual < HOPELESS * self.tolerance))
        };
        if !(0..self.dump.nrows().min(3)).all(row_fits) {
            return None;
        }
        let occurrence = self.occurrence.with(Detail::Input(WrongInput::Weights));
        self.by_product(Mistakes::one(Mistake::WrongLayerInput, occurrence), &product)
    }

    /// One row in the place of all, of the input, of the error, or of both.
    fn by_single_rows(&self, delta: &Matrix) -> Vec<Derivation> {
        let Some(input) = self.right_input() else { return Vec::new() };
        let m = delta.nrows() as f64;
        let mut all = Vec::new();
        for dump in &self.rank_one {
            for (i, of, product) in dump.single_rows(&input.array, delta) {
                let occurrence = self.occurrence.with(Detail::Row(i, of));
                let mistakes = Mistakes::one(Mistake::WrongSampleIndex, occurrence);
                let found = self.by_product(mistakes, &product).filter(|found| (found.decay != 0.0) == dump.decay);
                // With a single unit the sum over the batch is one number, which any error gives by some multiple.
                let always_fits = of == RowOf::Input && delta.ncols() == 1;
                all.extend(found.map(|found| Derivation {
                    natural: vec![1.0 / m],
                    row: Some(i),
                    always_fits,
                    ..found
                }));
            }
        }
        all
    }

    /// The candidate that is the layer's input, if the shape of the dump allows it.
    fn right_input(&self) -> Option<&InputCandidate<'a>> {
        self.inputs.first().filter(|input| input.mistakes.is_empty())
    }

    /// How badly each column of dW fits the error, with a multiple of its own and one of the weights: the squared norm
    /// of what is left over.
    pub fn misfit(&self, delta: &Matrix) -> Vec<f64> {
        let Some(input) = self.inputs.first() else { return vec![f64::INFINITY; delta.ncols()] };
        let product = input.sketch.dot(delta);
        let [dump, weight, _] = &input.seen;
        left_over(dump, &product, weight)
    }

    /// The multiple of the error `second` that must be added to `first` to give the dump, if some multiple of their sum
    /// gives it, perhaps with an L2 term. That is how weights after a step of unknown length are recognised: they carry
    /// down delta · Wᵀ + step · (delta · dWᵀ). An L2 term is taken into account by looking only at what is orthogonal to
    /// it.
    pub fn mixture(&self, first: &Matrix, second: &Matrix) -> Option<f64> {
        let input = self.right_input()?;
        let (one, two) = (input.sketch.dot(first), input.sketch.dot(second));
        let [dump, weight, ones] = &input.seen;
        let without = |third: Option<&Matrix>, all: [&Matrix; 3]| {
            let [dump, one, two] = all.map(|all| third.map_or_else(|| all.clone(), |third| beside(all, third)));
            let left = LeastSquares::of(&dump, &[&one, &two])?;
            Some(LeastSquares { residual: left.residual * norm(&dump) / norm(all[0]).max(f64::MIN_POSITIVE), ..left })
        };
        let hopeful = |third: &Option<&Matrix>| {
            without(*third, [dump, &one, &two])
                .is_some_and(|fit| self.sampled || fit.residual < HOPELESS * self.tolerance)
        };
        let third = [None, Some(weight), Some(ones)].iter().position(hopeful)?;
        let third = [None, Some(self.weight), Some(&self.ones)][third];
        let (one, two) = (weight_gradient(&input.array, first), weight_gradient(&input.array, second));
        let fit = without(third, [self.dump, &one, &two])?;
        Some(fit.multiples[1]? / fit.multiples[0]?)
    }
}

/// What multiples of the same columns of two terms, chosen for each column apart, leave over of the columns of a dump: the
/// squared norms.
fn left_over(dump: &Matrix, one: &Matrix, two: &Matrix) -> Vec<f64> {
    let column = |matrix: &Matrix, j: usize| matrix.column(j).insert_axis(Axis(0)).to_owned();
    let left = |j: usize| {
        let dump = column(dump, j);
        let fit = LeastSquares::of(&dump, &[&column(one, j), &column(two, j)]);
        fit.map_or(f64::INFINITY, |fit| (fit.residual * norm(&dump)).powi(2))
    };
    (0..dump.ncols()).map(left).collect()
}

/// Whether every column of a dump may be a multiple of the same column of the weights, with a number added to its entries.
fn made_of_weights(dump: &Matrix, weight: &Matrix, tolerance: f64) -> bool {
    let left = || left_over(dump, weight, &Array2::ones(dump.dim())).iter().sum::<f64>().sqrt();
    dump.dim() == weight.dim() && left() <= HOPELESS * tolerance * norm(dump)
}
