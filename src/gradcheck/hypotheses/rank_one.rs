//! Dumps of rank one: a dW that is the product of a column and a row may have been computed from a single sample.

use ndarray::Axis;

use crate::gradcheck::equations::{LeastSquares, bias_gradient, gap};
use crate::gradcheck::mistakes::RowOf;
use crate::gradcheck::reading::Matrix;

/// Three numbers that fit as well as this do not fit by chance.
const SHARP: f64 = 1e-7;

/// A dump that is the product of a column and a row.
pub struct RankOne {
    /// The row of the product, `[1, out]`.
    row: Matrix,
    /// The rows of the layer's input that the column is a multiple of.
    inputs: Vec<usize>,
    /// Whether the column is a multiple of the sum of the layer's input over the batch.
    sum: bool,
    /// Whether an L2 term was taken off the dump first.
    pub decay: bool,
    /// How well an array must fit the row or the column to be the same, relative.
    tolerance: f64,
}

impl RankOne {
    /// The dump as a column times a row, once for every L2 term that may have been added: none, the stated one of either
    /// sign, and those that leave a matrix of rank one.
    pub fn all(dump: &Matrix, weight: &Matrix, input: &Matrix, tolerance: f64, decay: Option<f64>) -> Vec<Self> {
        let same = dump.dim() == weight.dim();
        let mut decays = decay.map_or(vec![0.0], |decay| vec![0.0, decay, -decay]);
        if same && dump.len() > 2 * (dump.nrows() + dump.ncols()) {
            decays.extend(penalties(dump, weight));
        }
        let without = |decay: f64| if same { dump - &(weight * decay) } else { dump.clone() };
        decays.into_iter().filter_map(|decay| Self::of(&without(decay), decay != 0.0, input, tolerance)).collect()
    }

    /// Splits a dump into a column and a row; `None` where it is no such product. `decay` says whether an L2 term was
    /// taken off it, and `input`, `[m, in]`, is the input of the layer.
    fn of(dump: &Matrix, decay: bool, input: &Matrix, tolerance: f64) -> Option<Self> {
        let tolerance = 10.0 * tolerance;
        let ((i, j), &most) = dump.indexed_iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
        let row = dump.row(i).insert_axis(Axis(0)).to_owned();
        let column = dump.column(j).insert_axis(Axis(1)).to_owned();
        let few = dump.len() < 4 && (dump.nrows() < 3 || tolerance > SHARP);
        if few || most == 0.0 || gap(&(column.dot(&row) / most), dump) >= tolerance {
            return None;
        }
        let column = column.t().as_standard_layout().into_owned(); // [1, in]
        let near = |term: &Matrix| LeastSquares::of(&column, &[term]).is_some_and(|fit| fit.residual < tolerance);
        let inputs = (0..input.nrows()).filter(|&i| near(&input.row(i).insert_axis(Axis(0)).to_owned())).collect();
        Some(RankOne { row, inputs, sum: near(&bias_gradient(input)), decay, tolerance })
    }

    /// Products in which one row stands for all that have this column and this row: the number of the row, of what it is
    /// one, and the product as large as that of the batch.
    pub fn single_rows(&self, input: &Matrix, delta: &Matrix) -> Vec<(usize, RowOf, Matrix)> {
        let m = delta.nrows();
        let pick = |all: &Matrix, i: usize| all.row(i).insert_axis(Axis(0)).to_owned();
        let sum = bias_gradient(delta);
        let near_sum = self.has_row(&sum);
        let mut all = Vec::new();
        for &i in &self.inputs {
            let product = |to: &Matrix| pick(input, i).t().dot(to);
            let error = pick(delta, i);
            all.extend(self.has_row(&error).then(|| (i, RowOf::Batch, product(&error) * m as f64)));
            all.extend(near_sum.then(|| (i, RowOf::Input, product(&sum))));
        }
        if self.sum {
            let from = bias_gradient(input);
            let errors = (0..m).map(|i| (i, pick(delta, i))).filter(|(_, error)| self.has_row(error));
            all.extend(errors.map(|(i, error)| (i, RowOf::Error, from.t().dot(&error))));
        }
        all
    }

    /// Whether the row is a multiple of `term`, `[1, out]`.
    fn has_row(&self, term: &Matrix) -> bool {
        LeastSquares::of(&self.row, &[term]).is_some_and(|fit| fit.residual < self.tolerance)
    }
}

/// The multiples c for which dump − c · weight may have rank one. A matrix of rank one has no minor but 0, so the minor
/// that is largest beside the largest entry must vanish, which is a quadratic equation in c.
fn penalties(dump: &Matrix, weight: &Matrix) -> Vec<f64> {
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
