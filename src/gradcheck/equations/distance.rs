//! The size of an array and the distance between two, the measures in which every comparison is made.

use crate::gradcheck::reading::Matrix;

/// The distance ‖a − b‖ relative to ‖b‖; the distance itself where b is zero.
pub fn gap(a: &Matrix, b: &Matrix) -> f64 {
    let size = norm(b);
    let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    if size > 0.0 { distance / size } else { distance }
}

/// The Euclidean norm ‖a‖ of all entries.
pub fn norm(a: &Matrix) -> f64 {
    a.iter().map(|v| v * v).sum::<f64>().sqrt()
}
