//! Tensors that are off by a constant of their own, and how unlikely so many of them are.

use super::factor::commonly_written;

/// A count of tensors with a constant of their own.
#[derive(Clone, Copy, Default)]
pub struct OwnConstants {
    /// All of these tensors.
    pub tensors: usize,
    /// Those among them whose constant is no number that people commonly write.
    odd: usize,
}

impl OwnConstants {
    /// One tensor that is off by `factor`.
    pub fn one(factor: f64, tolerance: f64) -> Self {
        OwnConstants { tensors: 1, odd: usize::from(!commonly_written(factor, tolerance)) }
    }

    /// The tensors of both counts.
    pub fn and(self, other: OwnConstants) -> Self {
        OwnConstants { tensors: self.tensors + other.tensors, odd: self.odd + other.odd }
    }

    /// What is added to the cost of the mistakes: a little for each tensor, and a good deal for each number that nobody
    /// would write.
    pub fn cost(self) -> f64 {
        0.02 * self.tensors as f64 + 1.2 * self.odd as f64
    }
}
