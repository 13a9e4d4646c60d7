//! The error that a weight's gradient was built from, solved from the gradient.

use ndarray::Array2;

use crate::gradcheck::reading::Matrix;

/// The error whose product with `input`, `[m, in]` with m ≤ in, comes nearest to `dump`: (input inputᵀ)⁻¹ input dump by
/// Cholesky's factors, refined once. `None` where rows of the input depend on each other.
pub fn solve(input: &Matrix, dump: &Matrix) -> Option<Matrix> {
    let square = input.dot(&input.t()); // [m, m]
    let factor = cholesky(&square)?;
    let right = input.dot(dump);
    let first = substitute(&factor, &right);
    let rest = &right - &square.dot(&first);
    Some(first + substitute(&factor, &rest))
}

/// The lower factor L of a positive definite matrix L Lᵀ.
fn cholesky(a: &Matrix) -> Option<Matrix> {
    let n = a.nrows();
    let mut l = Array2::zeros((n, n));
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[[i, k]] * l[[j, k]]).sum();
            let rest = a[[i, j]] - sum;
            if i == j && rest <= 1e-10 * a[[i, i]] {
                return None;
            }
            l[[i, j]] = if i == j { rest.sqrt() } else { rest / l[[j, j]] };
        }
    }
    Some(l)
}

/// X of L Lᵀ X = B.
fn substitute(l: &Matrix, b: &Matrix) -> Matrix {
    let n = l.nrows();
    let mut x = b.clone();
    for i in 0..n {
        for k in 0..i {
            let above = x.row(k).to_owned();
            x.row_mut(i).scaled_add(-l[[i, k]], &above);
        }
        x.row_mut(i).mapv_inplace(|v| v / l[[i, i]]);
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            let below = x.row(k).to_owned();
            x.row_mut(i).scaled_add(-l[[k, i]], &below);
        }
        x.row_mut(i).mapv_inplace(|v| v / l[[i, i]]);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_solved_from_its_product() {
        let input = Matrix::from_shape_fn((5, 9), |(i, j)| ((3 + i * i * 7 + j * j * 5 + i * j) % 11) as f64 - 4.0);
        let delta = Matrix::from_shape_fn((5, 3), |(i, j)| ((i * 3 + j) as f64).cos());
        let found = solve(&input, &input.t().dot(&delta)).unwrap();
        assert!(gap(&found, &delta) < 1e-10);
        assert!(solve(&Matrix::ones((2, 4)), &Matrix::ones((4, 1))).is_none());
    }
}
