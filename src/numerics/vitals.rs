//! Vitals: what a training step looks like from outside, in a few numbers for each layer.
//!
//! Squares of float32 numbers overflow in just the networks that explode, so the largest magnitude is taken out before
//! a norm is computed, and numbers that are not finite are counted apart. The history of these numbers is all that
//! [`super::Symptom`]s are read from.

use serde::{Deserialize, Serialize};

/// How large the numbers of a tensor are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// The Euclidean norm of the finite entries.
    pub norm: f64,
    /// The largest magnitude of the finite entries.
    pub max: f64,
    /// How many entries are NaN or infinite.
    #[serde(default, skip_serializing_if = "none")]
    pub nonfinite: usize,
}

/// Whether a count is zero, so that it need not be written.
fn none(count: &usize) -> bool {
    *count == 0
}

impl Size {
    /// Measures `x`. The norm is computed as max · √Σ (x / max)², which does not overflow before the norm does (Blue 1978).
    pub fn of(x: &[f32]) -> Self {
        let finite = || x.iter().filter(|v| v.is_finite()).map(|&v| f64::from(v));
        let max = finite().fold(0.0f64, |max, v| max.max(v.abs()));
        let sum: f64 = if max > 0.0 { finite().map(|v| (v / max).powi(2)).sum() } else { 0.0 };
        Size { norm: max * sum.sqrt(), max, nonfinite: x.len() - finite().count() }
    }

    /// The size of two tensors taken as one.
    pub fn and(self, other: Size) -> Self {
        Size {
            norm: short(self.norm.hypot(other.norm)),
            max: self.max.max(other.max),
            nonfinite: self.nonfinite + other.nonfinite,
        }
    }
}

/// One layer at one step, where weight and bias are taken as one tensor. What the last four fields say is seen on the
/// fixed rows, before the update.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// The parameters after the update.
    pub weight: Size,
    /// Their gradient, before it is clipped.
    pub gradient: Size,
    /// norm(update) / norm(weights).
    pub update: f64,
    /// The largest |z|, the value before the activation.
    pub z: f64,
    /// The share of all outputs where the derivative of the activation is below 0.04 of its maximum; for sigmoid and tanh.
    pub saturated: f64,
    /// The share of units that are off for every row; for relu, gelu and silu.
    pub dead: f64,
    /// Whether there are two units at least and all of them have the same z for every row.
    pub identical: bool,
}

impl Layer {
    /// Takes over from `earlier` what only the fixed rows show, for a step at which they were left out.
    pub fn keep(&mut self, earlier: &Layer) {
        *self = Layer { weight: self.weight, gradient: self.gradient, update: self.update, ..earlier.clone() };
    }
}

/// What an examined step shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vitals {
    /// The step, the first is 0.
    pub step: usize,
    /// The learning rate of its update.
    pub rate: f64,
    /// The mean loss of the batches since the last examined step, with that of this step.
    pub loss: f64,
    /// The share of the rows of these batches that were right.
    pub accuracy: f64,
    /// The layers from input to output; the z of the last are the logits.
    pub layers: Vec<Layer>,
    /// Whether every fixed row gets the same prediction, to within a thousandth.
    pub alike: bool,
}

/// `x` rounded to six digits and made finite, since a journal should be readable and JSON has no infinity. NaN becomes the
/// largest number, because it is as bad.
pub fn short(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return if x.is_nan() { f64::MAX } else { x.clamp(f64::MIN, f64::MAX) };
    }
    let digits = 5 - x.abs().log10().floor() as i32;
    match 10f64.powi(digits) {
        scale if scale.is_finite() && scale > 0.0 => (x * scale).round() / scale,
        _ => x,
    }
}

/// Notes in `layer` what the values before its activation show. The activation levels off beyond ±`saturates`, or is off
/// at and below `dead`, if it does so at all.
///
/// # Shapes
/// `z` is row-major `[rows, units]`.
pub fn activity(layer: &mut Layer, z: &[f32], units: usize, (saturates, dead): (Option<f32>, Option<f32>)) {
    let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
    layer.z = short(f64::from(z.iter().fold(0.0f32, |top, v| top.max(v.abs()))));
    layer.saturated = saturates.map_or(0.0, |at| short(share(z.iter().filter(|v| v.abs() > at).count(), z.len())));
    let rows = || z.chunks_exact(units.max(1));
    layer.identical = units > 1 && rows().all(|row| row.iter().all(|v| v == &row[0]));
    if let Some(at) = dead {
        let mut off = vec![true; units];
        rows().for_each(|row| off.iter_mut().zip(row).for_each(|(off, &v)| *off &= v <= at));
        layer.dead = share(off.into_iter().filter(|off| *off).count(), units);
    }
}

/// Whether the softmax of every row is that of the first, to within a thousandth.
///
/// # Shapes
/// `logits` are row-major `[rows, classes]`.
pub fn alike(logits: &[f32], classes: usize) -> bool {
    let softmax = |row: &[f32]| {
        let top = row.iter().copied().fold(f32::MIN, f32::max);
        let e: Vec<f32> = row.iter().map(|v| (v - top).exp()).collect();
        let sum: f32 = e.iter().sum();
        e.into_iter().map(|v| v / sum).collect::<Vec<f32>>()
    };
    let mut rows = logits.chunks_exact(classes.max(1)).map(softmax);
    let Some(first) = rows.next() else { return false };
    rows.all(|row| row.iter().zip(&first).all(|(a, b)| (a - b).abs() < 1e-3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norm_survives_squares_that_overflow() {
        let v = Size::of(&[3e30, 4e30, f32::NAN, f32::INFINITY]);
        assert_eq!(v.nonfinite, 2);
        assert!((v.norm / 5e30 - 1.0).abs() < 1e-6);
        assert_eq!(Size::of(&[]), Size::default());
    }

    #[test]
    fn activity_counts_what_a_hand_would_count() {
        let z = [-5.0, 1.0, 0.0, -6.0, 2.0, -1.0]; // two rows of three units: the first and the last are off
        let mut layer = Layer::default();
        activity(&mut layer, &z, 3, (Some(4.5), Some(0.0)));
        assert_eq!((layer.z, layer.saturated, layer.identical), (6.0, short(2.0 / 6.0), false));
        assert!((layer.dead - 2.0 / 3.0).abs() < 1e-12);
        activity(&mut layer, &[1.0, 1.0, 7.0, 7.0], 2, (None, None));
        assert!(layer.identical);
        assert!(alike(&[1.0, 2.0, 101.0, 102.0], 2) && !alike(&[1.0, 2.0, 2.0, 1.0], 2));
    }
}
