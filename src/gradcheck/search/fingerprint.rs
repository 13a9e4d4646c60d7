//! The fingerprint of an error: a key by which a search knows that it has met the same error before.
//!
//! Different mistakes often make one and the same error, but for the rounding of its numbers. What no dump can tell apart
//! need not be led on twice.

use std::sync::LazyLock;

use ndarray::{Array1, ArrayView1, s};

use crate::gradcheck::hypotheses::LayerError;
use crate::gradcheck::reading::Matrix;

/// What the entries of an error are multiplied with in its digest, over and over.
static WEIGHTS: LazyLock<Array1<f64>> = LazyLock::new(|| (0..1000).map(|i| 1.0 + (f64::from(i) * 0.7).sin()).collect());

/// A key that is equal for errors that no dump can tell apart.
pub fn fingerprint(error: &LayerError) -> (String, String, bool) {
    let weights = &*WEIGHTS;
    let digits = |matrix: &Matrix| {
        let flat = matrix.as_standard_layout();
        let parts = flat.as_slice().unwrap_or_default().chunks(weights.len());
        let sum: f64 = parts.map(|part| ArrayView1::from(part).dot(&weights.slice(s![..part.len()]))).sum();
        format!("{sum:.10e}")
    };
    (digits(&error.delta) + &digits(&error.upstream[0]), digits(error.behind_weight()), error.own_scale)
}
