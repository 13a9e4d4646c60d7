//! Targets: from labels as a person writes them to one row of numbers for each row of the batch.

use ndarray::Array2;

use crate::data::Dump;
use crate::error::{Error, Result};
use crate::gradcheck::reading::{Matrix, Stated, Targets};

/// The targets of a batch of `m` rows for `k` outputs.
pub fn targets(dump: &Dump, values: &[f64], y: Matrix, (m, k): (usize, usize), stated: &Stated) -> Result<Targets> {
    if y.dim() == (m, k) {
        let hot = |row: ndarray::ArrayView1<f64>| {
            let one = row.iter().position(|&v| v == 1.0)?;
            (row.iter().filter(|&&v| v != 0.0).count() == 1).then_some(one as f64)
        };
        let numbers = if k > 1 { y.rows().into_iter().map(hot).collect() } else { None };
        return Ok(Targets { right: y, numbers, first: 0 });
    }
    if k == 1 {
        let right = Array2::from_shape_vec((m, 1), values.to_vec()).unwrap_or_default();
        return Ok(Targets { right, numbers: None, first: 0 });
    }
    let (least, most) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    let first = stated.first_class.unwrap_or(if least >= 1.0 && most >= k as f64 { 1 } else { 0 });
    let allowed = first as f64..(first + k as i64) as f64;
    if let Some(row) = values.iter().position(|v| v.fract() != 0.0 || !allowed.contains(v)) {
        return Err(Error::data(format!(
            "labels must be classes {first} to {}: row {row} of `y` in `{}` holds {}; the last layer has {k} outputs, dump y as class numbers or one-hot",
            first + k as i64 - 1,
            dump.name,
            values[row]
        )));
    }
    let mut right = Array2::zeros((m, k));
    values.iter().enumerate().for_each(|(row, &v)| right[[row, (v - first as f64) as usize]] = 1.0);
    Ok(Targets { right, numbers: Some(values.to_vec()), first })
}
