//! How far two arrays are apart.

use crate::gradcheck::reading::Matrix;

/// The distance of two arrays relative to the size of the second.
pub fn gap(a: &Matrix, b: &Matrix) -> f64 {
    let size = norm(b);
    let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    if size > 0.0 { distance / size } else { distance }
}

/// The Euclidean norm.
pub fn norm(a: &Matrix) -> f64 {
    a.iter().map(|v| v * v).sum::<f64>().sqrt()
}
