//! A dump that is the product of a column and a row.

use ndarray::Axis;

use crate::gradcheck::equations::{Fit, bias_gradient, gap};
use crate::gradcheck::reading::Matrix;

/// A dump that is the product of a column and a row: it may have come from one sample alone.
pub struct Lone {
    /// The row, `[1, out]`.
    pub row: Matrix,
    /// Rows of the layer's input that the column is a multiple of.
    pub inputs: Vec<usize>,
    /// Whether it is a multiple of the sum of the layer's input.
    pub sum: bool,
    /// Whether weight decay was taken off the dump first.
    pub decay: bool,
    /// How well.
    pub tolerance: f64,
}

/// The multiples of `weight` that may leave a product of a column and a row of `dump` when they are taken off: those for
/// which the largest minor beside the largest entry vanishes.
pub fn penalties(dump: &Matrix, weight: &Matrix) -> Vec<f64> {
    let largest = |of: &dyn Fn(usize, usize) -> f64| {
        let places = dump.indexed_iter().map(|(place, _)| place);
        places.max_by(|&(i, j), &(k, l)| of(i, j).total_cmp(&of(k, l))).unwrap_or_default()
    };
    let (i, j) = largest(&|i, j| dump[[i, j]].abs());
    let minor = |a: &Matrix, b: &Matrix, k: usize, l: usize| a[[i, j]] * b[[k, l]] - a[[i, l]] * b[[k, j]];
    let (k, l) = largest(&|k, l| minor(dump, dump, k, l).abs());
    let (square, middle) = (minor(weight, weight, k, l), minor(dump, weight, k, l) + minor(weight, dump, k, l));
    let root = (middle * middle - 4.0 * square * minor(dump, dump, k, l)).sqrt(); // of c² square − c middle + minor
    let roots = [(middle + root) / (2.0 * square), (middle - root) / (2.0 * square)];
    roots.into_iter().filter(|root| root.is_finite() && *root != 0.0).collect()
}

impl Lone {
    /// A dump.
    pub fn of(dump: &Matrix, decay: bool, input: &Matrix, tolerance: f64) -> Option<Self> {
        let tolerance = 10.0 * tolerance;
        let ((i, j), &most) = dump.indexed_iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
        let row = dump.row(i).insert_axis(Axis(0)).to_owned();
        let column = dump.column(j).insert_axis(Axis(1)).to_owned();
        if dump.len() < 4 || gap(&(column.dot(&row) / most), dump) >= tolerance {
            return None;
        }
        let column = column.t().as_standard_layout().into_owned(); // [1, in]
        let near = |term: &Matrix| Fit::of(&column, &[term]).is_some_and(|fit| fit.residual < tolerance);
        let inputs = (0..input.nrows()).filter(|&i| near(&input.row(i).insert_axis(Axis(0)).to_owned())).collect();
        Some(Lone { row, inputs, sum: near(&bias_gradient(input)), decay, tolerance })
    }
}
