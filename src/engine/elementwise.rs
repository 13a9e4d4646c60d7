//! The loops between two products: bias and activation, the activation's derivative, and the sums of columns.
//!
//! Each loop is written once as scalar code without a branch, so that the compiler can vectorise it for every instruction
//! set, and walks over the memory once. Matrices are row-major slices.
//!
//! The formulas of the activations stand twice in this room: here for numbers, and in `fused` for tensors of any backend,
//! which cannot run these loops. `tests/oracle.rs` and `tests/backends.rs` hold both to the same results.

use super::exponential::exp;
use super::operation::{LEAK, Squash};
use super::simd::simd;
use super::threads::{LONG_LOOP, both};

/// The slope of the leaky rectifier below zero, in the type of these loops.
const SLOPE: f32 = LEAK as f32;

/// Adds the bias to every row and applies the activation in place: numbers ← squash(numbers + bias).
///
/// # Shapes
/// `numbers` is `[n, outputs]` and `bias` is `[outputs]`.
pub fn add_and_squash(numbers: &mut [f32], bias: &[f32], squash: Squash) {
    match squash {
        Squash::None => rows(numbers, bias, |z| z),
        Squash::Sigmoid => rows(numbers, bias, sigmoid),
        Squash::Tanh => rows(numbers, bias, |z| 2.0 * sigmoid(2.0 * z) - 1.0), // which is tanh z
        Squash::Relu => rows(numbers, bias, |z| if z < 0.0 { 0.0 } else { z }),
        Squash::LeakyRelu => rows(numbers, bias, |z| if z < 0.0 { SLOPE * z } else { z }),
    }
}

/// Goes back through the activation in place: d_a ← d_a · squash′, where the derivative is computed from the value `a`.
///
/// # Shapes
/// Both are `[n, outputs]`; the order of their entries does not matter as long as it is the same.
pub fn unsquash(a: &[f32], d_a: &mut [f32], squash: Squash) {
    match squash {
        Squash::None => {}
        Squash::Sigmoid => pairs(a, d_a, |a, d| d * (a * (1.0 - a))),
        Squash::Tanh => pairs(a, d_a, |a, d| d * (1.0 - a * a)),
        Squash::Relu => pairs(a, d_a, |a, d| if a > 0.0 { d } else { 0.0 }),
        Squash::LeakyRelu => pairs(a, d_a, |a, d| if a > 0.0 { d } else { SLOPE * d }),
    }
}

/// The sum of every column of `numbers`, which is `[n, columns]`: the gradient of a bias.
pub fn column_sums(numbers: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    simd(
        #[inline(always)]
        || {
            for row in numbers.chunks_exact(columns) {
                sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
            }
        },
    );
    sums
}

/// Replaces every number by `f` of the number plus its column's bias; long matrices are cut in two between rows.
fn rows(numbers: &mut [f32], bias: &[f32], f: impl Fn(f32) -> f32 + Copy + Sync) {
    let count = numbers.len() / bias.len();
    if numbers.len() >= LONG_LOOP && count > 1 {
        let (upper, lower) = numbers.split_at_mut(count / 2 * bias.len());
        both(|| rows(upper, bias, f), || rows(lower, bias, f));
        return;
    }
    simd(
        #[inline(always)]
        || {
            for row in numbers.chunks_exact_mut(bias.len()) {
                row.iter_mut().zip(bias).for_each(|(z, b)| *z = f(*z + b));
            }
        },
    );
}

/// Replaces every entry of `d_a` by `f` of the entries of both slices at its place; long slices are cut in two.
fn pairs(a: &[f32], d_a: &mut [f32], f: impl Fn(f32, f32) -> f32 + Copy + Sync) {
    if a.len() >= LONG_LOOP {
        let middle = a.len() / 2;
        let ((a, more), (d_a, d_more)) = (a.split_at(middle), d_a.split_at_mut(middle));
        both(|| pairs(a, d_a, f), || pairs(more, d_more, f));
        return;
    }
    simd(
        #[inline(always)]
        || d_a.iter_mut().zip(a).for_each(|(d, &a)| *d = f(a, *d)),
    );
}

/// 1 / (1 + e^−z), which is 1 or 0 in the limits and NaN for NaN.
#[inline(always)]
fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + exp(-z))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squashing_keeps_nan_and_knows_its_limits() {
        let mut z = vec![f32::NAN, -1e30, 1e30, 0.0];
        add_and_squash(&mut z, &[0.0; 4], Squash::Sigmoid);
        assert!(z[0].is_nan());
        assert!(z[1] < 1e-37 && z[2] == 1.0 && z[3] == 0.5, "{z:?}");
    }

    #[test]
    fn rows_longer_than_a_long_loop_stay_whole() {
        for count in [1, 3] {
            let mut z = vec![-1.0; count * LONG_LOOP];
            add_and_squash(&mut z, &vec![2.0; LONG_LOOP], Squash::Relu);
            assert!(z.iter().all(|&z| z == 1.0));
            unsquash(&vec![1.0; z.len()], &mut z, Squash::Relu);
            assert!(z.iter().all(|&z| z == 1.0));
        }
    }
}
