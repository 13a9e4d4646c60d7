//! A candidate for the input of a layer: an array whose product with the error may be the dumped dW.
//!
//! Thousands of errors are tried for every candidate, so the product is first seen through a sketch, which is a few
//! random combinations of its rows and costs next to nothing (Johnson and Lindenstrauss 1984; Woodruff 2014, Sketching
//! as a Tool for Numerical Linear Algebra). Only what the sketch lets pass is computed in full.

use std::borrow::Cow;

use ndarray::{Array2, Axis};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::offer::rows_of;
use crate::gradcheck::equations::{Forward, LeastSquares, gap, norm};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence, WrongInput};
use crate::gradcheck::reading::Matrix;

/// The number of random combinations in a sketch.
const SKETCH: usize = 6;
/// A sample may miss the batch by so many times its own spread.
const SPREAD: f64 = 4.0;

/// An array that may have stood for the input of a layer.
pub struct InputCandidate<'a> {
    /// What is wrong if it did.
    pub mistakes: Mistakes,
    /// The array, `[m, in]`.
    pub array: Cow<'a, Matrix>,
    /// Whether the product with the error was transposed before it was dumped.
    pub turned: bool,
    /// What an error is multiplied with to give the sketch of the product, `[SKETCH, m]`.
    pub sketch: Matrix,
    /// The sketches of the dump, of the weight, and of a matrix of ones, `[SKETCH, out]`.
    pub seen: [Matrix; 3],
}

impl<'a> InputCandidate<'a> {
    /// A candidate with its sketches of `dump` and `weight`.
    pub fn new(mistakes: Mistakes, array: Cow<'a, Matrix>, dump: &Matrix, weight: &Matrix, turned: bool) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let turn = |matrix: &Matrix| if turned { matrix.t().as_standard_layout().into_owned() } else { matrix.clone() };
        let dump = turn(dump);
        let rows = Array2::from_shape_fn((SKETCH, dump.nrows()), |_| rng.random_range(-1.0..1.0));
        let weight = if turn(weight).dim() == dump.dim() { turn(weight) } else { Array2::zeros(dump.dim()) };
        let seen = [rows.dot(&dump), rows.dot(&weight), rows.dot(&Array2::ones(dump.dim()))];
        let sketch = rows.dot(&array.t());
        InputCandidate { mistakes, array, turned, sketch, seen }
    }

    /// The same candidate on some rows of the batch, with a sketch that is as large as that of all on average.
    pub fn rows(&self, rows: &[usize]) -> InputCandidate<'static> {
        let larger = self.array.nrows() as f64 / rows.len() as f64;
        InputCandidate {
            mistakes: self.mistakes.clone(),
            array: Cow::Owned(rows_of(&self.array, rows)),
            turned: self.turned,
            sketch: self.sketch.select(Axis(1), rows) * larger,
            seen: self.seen.clone(),
        }
    }

    /// Whether the product with all rows may be the dump, when `delta` is the error of a sample of the rows, `[n, out]`,
    /// and this candidate is cut to the same rows. The sketch of a sample misses that of the batch by chance, and by how
    /// much is known from its own variance; only what points elsewhere by several times that is ruled out.
    pub fn may_fit_sample(&self, delta: &Matrix, tolerance: f64) -> bool {
        let product = self.sketch.dot(delta); // [SKETCH, out]
        let squares = |array: &Matrix, axis: usize| array.mapv(|v| v * v).sum_axis(Axis(axis)); // [n]
        let whole = norm(&product).powi(2);
        let spread = (squares(&self.sketch, 0) * squares(delta, 1)).sum() - whole / delta.nrows() as f64;
        let allowed = SPREAD * spread.max(0.0).sqrt() + tolerance * whole.sqrt();
        let [dump, weight, ones] = &self.seen;
        let left = |terms: &[&Matrix]| LeastSquares::of(&product, terms).map_or(0.0, |fit| fit.residual * whole.sqrt());
        left(&[dump]) <= allowed || left(&[dump, weight]) <= allowed || left(&[dump, ones]) <= allowed
    }
}

/// The candidates for the input of layer number `l` from 0 that the shape of the dump allows, the right one first.
pub fn input_candidates<'a>(forward: &'a Forward, l: usize, dump: &Matrix, weight: &Matrix) -> Vec<InputCandidate<'a>> {
    let occurrence = Occurrence::layer(l + 1);
    let right: &Matrix = &forward.inputs[l];
    let mut all = Vec::new();
    if dump.dim() == weight.dim() {
        all.push(InputCandidate::new(Mistakes::none(), Cow::Borrowed(right), dump, weight, false));
    }
    if dump.t().dim() == weight.dim() && weight.dim() != (1, 1) {
        let mistakes = Mistakes::one(Mistake::WeightGradientTransposed, occurrence);
        all.push(InputCandidate::new(mistakes, Cow::Borrowed(right), dump, weight, true));
    }
    let missing = alike(dump) && !constant(right);
    let ones: Option<(WrongInput, Cow<Matrix>)> =
        missing.then(|| (WrongInput::Nothing, Cow::Owned(Array2::ones(right.dim()))));
    for (wrong, array) in wrong_inputs(forward, l).into_iter().chain(ones) {
        if dump.dim() == (array.ncols(), weight.ncols()) {
            let mistakes = Mistakes::one(Mistake::WrongLayerInput, occurrence.with(Detail::Input(wrong)));
            all.push(InputCandidate::new(mistakes, array, dump, weight, false));
        }
    }
    all
}

/// Whether all entries of an array are one number.
fn constant(array: &Matrix) -> bool {
    array.iter().all(|v| (v - array[[0, 0]]).abs() <= 1e-9 * v.abs())
}

/// Whether all rows of a dW are the same, as where no input is in it, and not zero.
fn alike(dump: &Matrix) -> bool {
    let first = dump.row(0);
    first.iter().any(|&v| v != 0.0)
        && dump.rows().into_iter().all(|row| row.iter().zip(first).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs()))
}

/// The arrays of a forward pass that people take for the input of layer number `l` from 0, except the right one. Of a square
/// batch that is also the input itself where inputᵀ belongs, since no shape complains then.
fn wrong_inputs(forward: &Forward, l: usize) -> Vec<(WrongInput, Cow<'_, Matrix>)> {
    let mut all = vec![(WrongInput::OwnOutput, &forward.a[l]), (WrongInput::OwnPreactivation, &forward.z[l])];
    if l > 0 {
        all.push((WrongInput::Preactivation, &forward.z[l - 1]));
        if forward.masks[l - 1].is_some() {
            all.push((WrongInput::BeforeDropout, &forward.a[l - 1]));
        }
    }
    let elsewhere = (0..forward.inputs.len()).filter(|&k| k != l);
    all.extend(elsewhere.map(|k| (WrongInput::InputOfLayer(k + 1), &*forward.inputs[k])));
    let mut all: Vec<_> = all.into_iter().map(|(wrong, array)| (wrong, Cow::Borrowed(array))).collect();
    let right: &Matrix = &forward.inputs[l];
    if right.is_square() && right.len() > 1 {
        all.push((WrongInput::NotTransposed, Cow::Owned(right.t().as_standard_layout().into_owned())));
    }
    all.retain(|(_, array)| array.dim() != right.dim() || gap(array, right) > 1e-9);
    all
}
