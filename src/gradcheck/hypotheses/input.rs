//! An array that may have stood for a layer's input.

use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::gradcheck::equations::{Forward, gap};
use crate::gradcheck::mistakes::Charges;
use crate::gradcheck::reading::Matrix;

/// Random combinations of rows in a sketch.
const SKETCH: usize = 6;

/// An array that may have stood for the layer's input.
pub struct Input<'a> {
    /// What is wrong where it is this one.
    pub charges: Charges,
    /// The array, `[m, in]`.
    pub array: &'a Matrix,
    /// Whether the product is turned over.
    pub turned: bool,
    /// Combinations of the product's rows: times the error, `[SKETCH, m]`.
    pub sketch: Matrix,
    /// The same combinations of the dump, of the weight, and of ones, `[SKETCH, out]`.
    pub seen: [Matrix; 3],
}

/// Arrays that people take for a layer's input, by what they are.
pub fn others(forward: &Forward, l: usize) -> Vec<(String, &Matrix)> {
    let mut all =
        vec![("its own output".to_string(), &forward.a[l]), ("its own pre-activation".to_string(), &forward.z[l])];
    if l > 0 {
        all.push(("the pre-activation".into(), &forward.z[l - 1]));
        if forward.masks[l - 1].is_some() {
            all.push(("the activation before dropout".into(), &forward.a[l - 1]));
        }
    }
    let elsewhere = (0..forward.inputs.len()).filter(|&k| k != l);
    all.extend(elsewhere.map(|k| (format!("the input of layer {}", k + 1), &forward.inputs[k])));
    let right = &forward.inputs[l];
    all.retain(|(_, array)| array.dim() != right.dim() || gap(array, right) > 1e-9);
    all
}

/// An input with its sketches.
pub fn input<'a>(charges: Charges, array: &'a Matrix, dump: &Matrix, weight: &Matrix, turned: bool) -> Input<'a> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let turn = |matrix: &Matrix| if turned { matrix.t().as_standard_layout().into_owned() } else { matrix.clone() };
    let dump = turn(dump);
    let rows = Array2::from_shape_fn((SKETCH, dump.nrows()), |_| rng.random_range(-1.0..1.0));
    let weight = if turn(weight).dim() == dump.dim() { turn(weight) } else { Array2::zeros(dump.dim()) };
    let seen = [rows.dot(&dump), rows.dot(&weight), rows.dot(&Array2::ones(dump.dim()))];
    Input { charges, array, turned, sketch: rows.dot(&array.t()), seen }
}
