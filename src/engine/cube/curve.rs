//! The functions between layers and their derivatives, for four numbers at a time on a GPU.
//!
//! They are those of [`Squash`](crate::engine::Squash) and the two that need the number before the function for their
//! derivative. `tests/backends.rs` holds them to the loops of the CPU.

use cubecl::prelude::*;

use super::area::Four;

/// An elementwise function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// 1 / (1 + e^−z).
    Sigmoid,
    /// tanh z.
    Tanh,
    /// max(z, 0).
    Relu,
    /// z, or a hundredth of it below zero.
    LeakyRelu,
    /// z Φ(z).
    Gelu,
    /// z / (1 + e^−z).
    Silu,
}

impl Curve {
    /// Whether the derivative is computed from the number before the function, and not from its value.
    pub fn looks_back(self) -> bool {
        matches!(self, Curve::Gelu | Curve::Silu)
    }
}

/// 1 / (1 + e^−z) of four numbers.
#[cube]
fn sigmoid(z: Four) -> Four {
    Four::new(1.0) / (Four::new(1.0) + (Four::new(0.0) - z).exp())
}

/// Φ(z), the distribution function of the normal distribution.
#[cube]
fn phi(z: Four) -> Four {
    (Four::new(1.0) + (z * Four::new(std::f32::consts::FRAC_1_SQRT_2)).erf()) * Four::new(0.5)
}

/// The function of four numbers.
#[cube]
pub(super) fn bent(z: Four, #[comptime] curve: Curve) -> Four {
    let mut a = z;
    if comptime!(curve == Curve::Sigmoid) {
        a = sigmoid(z);
    } else if comptime!(curve == Curve::Tanh) {
        a = sigmoid(z * Four::new(2.0)) * Four::new(2.0) - Four::new(1.0);
    } else if comptime!(curve == Curve::Gelu) {
        a = z * phi(z);
    } else if comptime!(curve == Curve::Silu) {
        a = z * sigmoid(z);
    } else {
        let below = comptime!(if curve == Curve::Relu { 0.0f32 } else { crate::engine::LEAK as f32 });
        #[unroll]
        for i in 0..4usize {
            let v = z.extract(i);
            // A NaN is not below zero and stays.
            let kept = if v < 0.0 { v * below } else { v };
            a.insert(i, kept);
        }
    }
    a
}

/// The derivative at four places: `seen` are the values there, or the numbers before the function for those that look
/// back.
#[cube]
pub(super) fn slope(seen: Four, #[comptime] curve: Curve) -> Four {
    let mut d = Four::new(1.0);
    if comptime!(curve == Curve::Sigmoid) {
        d = seen * (d - seen);
    } else if comptime!(curve == Curve::Tanh) {
        d -= seen * seen;
    } else if comptime!(curve == Curve::Gelu) {
        let density = (seen * seen * Four::new(-0.5)).exp() * Four::new(0.398_942_3);
        d = phi(seen) + seen * density;
    } else if comptime!(curve == Curve::Silu) {
        let s = sigmoid(seen);
        d = s * (d + seen * (d - s));
    } else {
        let below = comptime!(if curve == Curve::Relu { 0.0f32 } else { crate::engine::LEAK as f32 });
        #[unroll]
        for i in 0..4usize {
            let above = if seen.extract(i) > 0.0 { 1.0f32 } else { below.runtime() };
            d.insert(i, above);
        }
    }
    d
}
