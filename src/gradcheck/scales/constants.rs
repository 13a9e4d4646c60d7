//! Tensors that are off by a constant of their own.

use super::factor::written;

/// Tensors that are called off by a constant of their own.
#[derive(Clone, Copy, Default)]
pub struct Alone {
    /// How many.
    pub tensors: usize,
    /// Those whose constant is no number that people write.
    pub odd: usize,
}

impl Alone {
    /// One tensor.
    pub fn one(factor: f64, tolerance: f64) -> Self {
        Alone { tensors: 1, odd: usize::from(!written(factor, tolerance)) }
    }

    /// Both.
    pub fn and(self, other: Alone) -> Self {
        Alone { tensors: self.tensors + other.tensors, odd: self.odd + other.odd }
    }

    /// Each tensor a little, each number that nobody would write a good deal.
    pub fn cost(self) -> f64 {
        0.02 * self.tensors as f64 + 1.2 * self.odd as f64
    }
}
