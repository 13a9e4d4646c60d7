//! A linear equation, solved: the error at a layer from which a dumped dW was built.
//!
//! The method is that of the normal equations with a Cholesky factorisation and one step of iterative refinement (Golub
//! and Van Loan, Matrix Computations, sections 4.2 and 3.5). It is written here because it is all the linear algebra
//! that the gradient check needs.

use ndarray::Array2;

use crate::gradcheck::reading::Matrix;

/// The error delta, `[m, out]`, for which inputᵀ · delta comes nearest to `dump`, `[in, out]`. It is (input · inputᵀ)⁻¹ ·
/// input · dump, with input `[m, in]` and m ≤ in. `None` where the rows of the input depend on each other.
pub fn solve_for_error(input: &Matrix, dump: &Matrix) -> Option<Matrix> {
    // The first solution loses digits where rows are nearly alike; what it leaves over is solved for once more.
    let square = input.dot(&input.t()); // [m, m]
    let factor = cholesky(&square)?;
    let right = input.dot(dump);
    let first = substitute(&factor, &right);
    let rest = &right - &square.dot(&first);
    Some(first + substitute(&factor, &rest))
}

/// The lower triangular factor L of a positive definite matrix L Lᵀ; `None` where the matrix is not one.
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

/// The solution X of L Lᵀ X = B, by substitution forwards and backwards.
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
    use crate::gradcheck::equations::gap;

    #[test]
    fn an_error_is_solved_from_its_product() {
        let input = Matrix::from_shape_fn((5, 9), |(i, j)| ((3 + i * i * 7 + j * j * 5 + i * j) % 11) as f64 - 4.0);
        let delta = Matrix::from_shape_fn((5, 3), |(i, j)| ((i * 3 + j) as f64).cos());
        let found = solve_for_error(&input, &input.t().dot(&delta)).unwrap();
        assert!(gap(&found, &delta) < 1e-10);
        assert!(solve_for_error(&Matrix::ones((2, 4)), &Matrix::ones((4, 1))).is_none());
    }
}
