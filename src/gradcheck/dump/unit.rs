//! The unit of an array: the spacing of its numbers, read off the numbers themselves.
//!
//! A dump may hold float64, float32 or float16, or digits that were printed and read again. Nothing says which, and the
//! type of the saved array proves little, because a float32 may be saved as a float64. But a number that is equal to
//! its own rounding at some spacing, together with all its neighbours, was rounded there.

use std::fmt;

use crate::gradcheck::equations::norm;
use crate::gradcheck::reading::{DumpedLayer, Matrix, Reading};

/// The spacing of the numbers of an array. Half of it is what rounding takes off at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// All numbers are whole, so nothing was rounded.
    Exact,
    /// Half the spacing is this share of each number.
    Relative(f64),
    /// That of float16: a share of each number, but no finer than its smallest numbers.
    Float16,
    /// Half the spacing is this number, the same for all.
    Absolute(f64),
}

/// Half the spacing of float16 beside 1.
pub const FLOAT16: f64 = 1.0 / 2048.0;
/// Half the spacing of the smallest numbers of float16.
pub const LEAST_FLOAT16: f64 = 1.0 / 33_554_432.0;

impl Unit {
    /// The unit of an array; `None` where it holds too few numbers to tell. At most a thousand numbers are looked at.
    pub fn of(array: &Matrix) -> Option<Self> {
        let step = (array.len() / 1000).max(1);
        let sample: Vec<f64> = array.iter().copied().filter(|v| v.fract() != 0.0).step_by(step).collect();
        if sample.is_empty() {
            return Some(Unit::Exact);
        }
        match printed(&sample) {
            Some(_) if sample.len() < 4 => None,
            Some(unit) => Some(unit),
            None if sample.iter().all(single) => Some(Unit::Relative(f64::from(f32::EPSILON) / 2.0)),
            None => Some(Unit::Relative(f64::EPSILON / 2.0)),
        }
    }

    /// A measure to tell the coarser of two units: half the spacing beside 1.
    pub fn size(self) -> f64 {
        match self {
            Unit::Exact => 0.0,
            Unit::Relative(unit) | Unit::Absolute(unit) => unit,
            Unit::Float16 => FLOAT16,
        }
    }

    /// The norm of what rounding to this unit takes off an array, relative to the norm of the array.
    pub fn rounding(self, array: &Matrix) -> f64 {
        match self {
            Unit::Exact => 0.0,
            Unit::Relative(unit) => unit,
            Unit::Absolute(unit) => {
                let size = norm(array);
                if size > 0.0 { unit * (array.len() as f64).sqrt() / size } else { 0.0 }
            }
            Unit::Float16 => FLOAT16 + Unit::Absolute(LEAST_FLOAT16).rounding(array),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            Unit::Float16 => write!(f, "float16"),
            Unit::Absolute(unit) => write!(f, "{:.0} decimals", -(2.0 * unit).log10()),
            Unit::Relative(unit) if unit > 1e-7 => write!(f, "{:.0} digits", 1.0 - (2.0 * unit).log10()),
            Unit::Relative(unit) if unit > 1e-15 => write!(f, "float32"),
            _ => write!(f, "float64"),
        }
    }
}

/// The unit of numbers that were printed and read again; `None` where they were not. Printed numbers survive another
/// printing to the same number of decimals, or of digits, unchanged.
fn printed(sample: &[f64]) -> Option<Unit> {
    let same = |text: String, v: f64| text.parse() == Ok(v);
    let decimals = (2..=9).find(|&k| sample.iter().all(|&v| same(format!("{v:.k$}"), v)));
    let digits = (1..=7).find(|&k| sample.iter().all(|&v| same(format!("{v:.k$e}"), v))).map(|k| k + 1);
    let half = |k: usize| 0.5 * 10f64.powi(-(k as i32));
    // Small numbers with few decimals also have few digits; the coarser of the two accounts is the true one.
    match (decimals, digits) {
        (Some(decimals), digits) if digits.is_none_or(|digits| decimals <= digits) => {
            Some(Unit::Absolute(half(decimals)))
        }
        (_, Some(digits)) => Some(Unit::Relative(half(digits - 1))),
        _ => None,
    }
}

/// Whether a number is a float32.
fn single(v: &f64) -> bool {
    f64::from(*v as f32) == *v
}

/// Whether every number of an array is a float16.
pub fn is_float16(array: &Matrix) -> bool {
    array.iter().all(|&v| half::f16::from_f64(v).to_f64() == v)
}

/// Whether `holds` is true of every dumped gradient.
fn all_gradients(reading: &Reading, holds: impl Fn(&Matrix) -> bool) -> bool {
    let layer = |layer: &DumpedLayer| holds(&layer.d_weight) && layer.d_bias.as_ref().is_none_or(&holds);
    reading.layers.iter().all(layer)
}

/// Whether every dumped gradient consists of float32 numbers.
pub fn all_float32(reading: &Reading) -> bool {
    all_gradients(reading, |array| array.iter().all(single))
}

/// Whether every dumped gradient consists of float16 numbers that are not merely printed to few digits.
pub fn all_float16(reading: &Reading) -> bool {
    let coarse = |layer: &DumpedLayer| match Unit::of(&layer.d_weight) {
        Some(Unit::Exact) | None => true,
        Some(Unit::Relative(unit) | Unit::Absolute(unit)) => unit > 1e-5,
        Some(Unit::Float16) => false,
    };
    all_gradients(reading, is_float16) && !reading.layers.iter().any(coarse)
}
