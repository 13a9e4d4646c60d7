//! Gaps: columns that are not finite, and numbers that are finite in the file but not in float32.

use super::fault::{Fault, FaultKind, columns, percent};
use super::rows::Rows;
use crate::data::{Gaps, Part, Request, gaps};
use crate::error::Result;

/// The share of the rows from which on a column is said to be without numbers, and to be dropped.
const EMPTY: f64 = 0.5;

/// What is wrong with the numbers of the file that `request` names.
///
/// # Errors
/// As [`gaps`].
pub(super) fn faults(request: &Request) -> Result<Vec<Fault>> {
    Ok(gaps(request)?.iter().map(fault).collect())
}

/// Columns in which not one of the rows looked at has a number, in a part of data whose gaps are filled; single gaps are
/// no fault there.
///
/// # Shapes
/// `rows` are as they are in the file, with NaN where a value is missing.
pub(super) fn empty(rows: &Rows, part: Part) -> Option<Fault> {
    let empty: Vec<usize> = (0..rows.width).filter(|&at| rows.column(at).all(|v| v.is_nan())).collect();
    (!empty.is_empty() && rows.len() > 0).then(|| {
        let (which, has) = (columns(&empty, rows.width), if empty.len() == 1 { "has" } else { "have" });
        let say = format!(
            "{which} {has} no number in any of the {} rows looked at, which were filled; drop the column, not the rows",
            rows.len()
        );
        Fault::new(FaultKind::ColumnNotFinite, part, say).within(&which)
    })
}

/// The columns that are mostly without numbers.
fn without_numbers(gaps: &Gaps) -> Vec<usize> {
    let empty = |(_, count): &&(usize, usize)| *count as f64 >= EMPTY * gaps.rows as f64;
    gaps.columns.iter().filter(empty).map(|(at, _)| *at).collect()
}

fn fault(gaps: &Gaps) -> Fault {
    if let Some((row, column, value)) = gaps.large {
        let place = format!("row {row}, column {column}");
        let say = format!(
            "{value:e} in row {row}, column {column} of `{}` is finite but larger than float32 holds (3.4e38): divide the \
             column by a power of ten, or put NaN where it stands for a missing value",
            gaps.array
        );
        return Fault::new(FaultKind::BeyondFloat32, gaps.part, say).within(&place);
    }
    let empty = without_numbers(gaps);
    let all: Vec<usize> = gaps.columns.iter().map(|(at, _)| *at).collect();
    let worst = gaps.columns.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let (which, advice) = match empty.is_empty() {
        false => (&empty, "drop the column, not the rows"),
        true => (&all, "fill the gaps, or drop the rows"),
    };
    let verb = if which.len() == 1 { "is" } else { "are" };
    let say = format!(
        "{} of `{}` {verb} not finite in {} of the rows; {advice}",
        columns(which, gaps.width),
        gaps.array,
        percent(worst as f64 / gaps.rows.max(1) as f64)
    );
    Fault::new(FaultKind::ColumnNotFinite, gaps.part, say).within(&columns(which, gaps.width))
}
