//! The targets of a batch, from labels as people write them: class numbers from 0 or from 1, one-hot rows, or one
//! number for a single output.

use ndarray::{Array2, ArrayView1};

use crate::error::{Error, Result};
use crate::gradcheck::reading::{DumpedTargets, Matrix};

/// The targets of a batch of `m` rows for `k` outputs. `values` are the numbers of y in the order in which they were
/// saved, `y` is the same array in rows, and `first` is the number of the first class, where that is stated.
///
/// # Errors
/// A label is no class of a network with `k` outputs. `file` names the dump in the message.
pub fn targets(
    file: &str,
    values: &[f64],
    y: Matrix,
    (m, k): (usize, usize),
    first: Option<i64>,
) -> Result<DumpedTargets> {
    if y.dim() == (m, k) {
        let numbers = if k > 1 { y.rows().into_iter().map(one_hot).collect() } else { None };
        return Ok(DumpedTargets { right: y, numbers, first: 0 });
    }
    if k == 1 {
        let right = Array2::from_shape_vec((m, 1), values.to_vec()).unwrap_or_default();
        return Ok(DumpedTargets { right, numbers: None, first: 0 });
    }
    let (least, most) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    let first = first.unwrap_or(if least >= 1.0 && most >= k as f64 { 1 } else { 0 });
    let allowed = first as f64..(first + k as i64) as f64;
    if let Some(row) = values.iter().position(|v| v.fract() != 0.0 || !allowed.contains(v)) {
        return Err(Error::data(format!(
            "labels must be classes {first} to {}: row {row} of `y` in `{file}` holds {}; the last layer has {k} outputs, dump y as class numbers or one-hot",
            first + k as i64 - 1,
            values[row]
        )));
    }
    let mut right = Array2::zeros((m, k));
    values.iter().enumerate().for_each(|(row, &v)| right[[row, (v - first as f64) as usize]] = 1.0);
    Ok(DumpedTargets { right, numbers: Some(values.to_vec()), first })
}

/// The class of a one-hot row; `None` where the row is something else.
fn one_hot(row: ArrayView1<f64>) -> Option<f64> {
    let class = row.iter().position(|&v| v == 1.0)?;
    (row.iter().filter(|&&v| v != 0.0).count() == 1).then_some(class as f64)
}
