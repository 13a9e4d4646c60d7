//! Arithmetic about arithmetic: is a tensor finite, how large is it. No Burn, no file, no clock.
//!
//! Explosion is exactly where squares overflow, so the largest magnitude is taken first and the root mean square is
//! `max · rms(x / max)`; non-finite values are counted apart and the rest is measured over the finite ones.

use serde::{Deserialize, Serialize};

/// Loss and accuracy over some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// The share of rows whose most probable class is theirs, 0..1.
    pub accuracy: f64,
}

/// What a tensor looks like from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vitals {
    /// Entries that are NaN or infinite.
    pub nonfinite: usize,
    /// The largest magnitude among the finite ones.
    pub max: f64,
    /// The Euclidean norm of the finite ones.
    pub norm: f64,
}

/// Measures `x`.
pub fn vitals(x: &[f32]) -> Vitals {
    let finite = || x.iter().filter(|v| v.is_finite()).map(|&v| f64::from(v));
    let max = finite().fold(0.0f64, |max, v| max.max(v.abs()));
    let sum: f64 = if max > 0.0 { finite().map(|v| (v / max).powi(2)).sum() } else { 0.0 };
    Vitals { nonfinite: x.len() - finite().count(), max, norm: max * sum.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norm_survives_squares_that_overflow() {
        let v = vitals(&[3e30, 4e30, f32::NAN, f32::INFINITY]);
        assert_eq!(v.nonfinite, 2);
        assert!((v.norm / 5e30 - 1.0).abs() < 1e-6);
        assert_eq!(vitals(&[]), Vitals::default());
    }
}
