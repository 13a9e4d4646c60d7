//! A scaler that was fitted to a part by itself, which leaves its fingerprint: means of 0 and deviations of 1, or least and
//! largest values of 0 and 1, exactly, in all columns of that part.
//!
//! Where two halves differ little, two scalers fitted to them differ little too, and no column lies elsewhere (`scaled`). But
//! rows that went through the scaler of other rows have other means than 0 by what chance gives, of the order of 1/√n. So
//! a part whose columns have theirs to four digits was scaled by itself. Only a part of which all rows are looked at can
//! show that; in larger ones the two scalers are nearly the same.

use super::compared::Compared;
use super::fault::{Fault, FaultKind};

/// How far a mean may be from 0 and a deviation from 1.
const EXACT: f64 = 1e-4;
/// Columns that have to show it: of one, chance would.
const COLUMNS: usize = 3;
/// Different values of a column that has a range; a category has 0 and 1 by nature.
const VALUES: usize = 10;
/// Rows below which means say little.
const ROWS: usize = 20;

/// Whether a scaler was fitted to the part by itself.
pub(super) fn fitted(part: &Compared) -> Option<Fault> {
    let rows = part.rows;
    let whole = rows.numbers.last().is_some_and(|last| last + 1 - rows.numbers[0] == rows.len());
    if !whole || rows.len() < ROWS {
        return None;
    }
    let varied: Vec<Vec<f32>> = (0..rows.width).map(|at| rows.sorted(at)).filter(|sorted| is_varied(sorted)).collect();
    let count = |is: fn(&[f32]) -> bool| varied.iter().filter(|sorted| is(sorted)).count();
    let what =
        [(count(is_standard), "mean 0 and deviation 1"), (count(is_unit), "0 and 1 as its least and largest value")];
    let (count, what) = what.into_iter().find(|(count, _)| *count >= COLUMNS && 10 * count > 9 * varied.len())?;
    let name = part.part.name();
    let say = format!(
        "each of {count} columns has {what} within the {name} alone, so a scaler was fitted to these rows by themselves; \
         fit it to the training rows, and only apply it to the {name}"
    );
    Some(Fault::new(FaultKind::HalvesScaledApart, part.part, say))
}

/// Whether a column has a range, as no category has.
fn is_varied(sorted: &[f32]) -> bool {
    sorted.chunk_by(|a, b| a == b).take(VALUES + 1).count() > VALUES
}

/// Whether mean and deviation are 0 and 1, with either count of degrees of freedom.
fn is_standard(sorted: &[f32]) -> bool {
    let n = sorted.len() as f64;
    let mean = sorted.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let squares = sorted.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>();
    let is_one = |deviation: f64| (deviation - 1.0).abs() < EXACT;
    mean.abs() < EXACT && (is_one((squares / n).sqrt()) || is_one((squares / (n - 1.0)).sqrt()))
}

/// Whether the least value is 0 and the largest 1, each in one row: where several have it, it is where a scale ends.
fn is_unit(sorted: &[f32]) -> bool {
    let [first, second, .., last_but_one, last] = sorted else { return false };
    let near = |v: f32, end: f32| (v - end).abs() < 1e-6;
    near(*first, 0.0) && near(*last, 1.0) && first < second && last_but_one < last
}
