//! A cut: a part that begins, in one column, where the training rows end, because the file was sorted by that column before
//! it was cut.
//!
//! Rows that are drawn at random lie among one another in every column that takes many values: that all values of one part
//! are beyond all values of the other happens by chance once in as many ways as there are to draw the part. A part in
//! another unit lies apart too, but at a distance or in most columns, while a cut leaves no more room than there is between
//! neighbours anyway. A clock, a date or the number of a row also runs on from one part to the next, where rows are cut by
//! time on purpose; it shows by its even pace from row to row, which sorted measurements have not.

use super::compared::Compared;
use super::fault::{Fault, FaultKind, columns};
use super::rows::Rows;

/// Different values of a column in each of the two, fewer of which are groups that may be held out on purpose.
const VALUES: usize = 10;
/// Columns that one cut may separate: the one that was sorted, and one that says the same.
const COLUMNS: usize = 2;
/// The squared correlation with the number of the row from which on a column is a clock. Sorted numbers of a normal
/// distribution have 3/π, those of an even one 1.
const EVEN: f64 = 0.98;

/// Whether the part was cut off the training rows after they were sorted by a column.
pub(super) fn cut(part: &Compared) -> Option<Fault> {
    let apart = (0..part.rows.width).filter(|&at| are_apart(range(part.train, at), range(part.rows, at)));
    let ends = apart.filter_map(|at| Some((at, end(&part.train.sorted(at), &part.rows.sorted(at))?)));
    let (found, values): (Vec<usize>, Vec<f32>) = ends.filter(|(at, _)| !is_clock(part.train, *at)).unzip();
    let value = values.first().filter(|_| found.len() <= COLUMNS)?;
    let name = columns(&found, part.rows.width);
    let say = format!(
        "{name} of the {} {} where {} of the training rows {}, at {}: the file was sorted by it and cut; shuffle before the \
         rows are split, or leave the column out where the cut is meant, as one by time",
        part.part.name(),
        if found.len() == 1 { "begins" } else { "begin" },
        if found.len() == 1 { "that" } else { "those" },
        if found.len() == 1 { "ends" } else { "end" },
        value
    );
    Some(Fault::new(FaultKind::HalvesDrawnApart, part.part, say).within(&name))
}

/// The least and the largest finite value of a column.
fn range(rows: &Rows, at: usize) -> (f32, f32) {
    let finite = rows.column(at).filter(|v| v.is_finite());
    finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

fn are_apart(here: (f32, f32), there: (f32, f32)) -> bool {
    here.1 <= there.0 || there.1 <= here.0
}

/// Whether a column runs at an even pace from row to row.
fn is_clock(rows: &Rows, at: usize) -> bool {
    let seen = rows.column(at).zip(&rows.numbers).filter(|(v, _)| v.is_finite());
    let pairs: Vec<(f64, f64)> = seen.map(|(v, &number)| (f64::from(v), number as f64)).collect();
    let count = pairs.len().max(1) as f64;
    let means = pairs.iter().fold((0.0, 0.0), |(a, b), (v, number)| (a + v / count, b + number / count));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        pairs.iter().map(|(v, number)| of(v - means.0, number - means.1)).sum()
    };
    sum(&|v, number| v * number).powi(2) >= EVEN * sum(&|v, _| v * v) * sum(&|_, number| number * number)
}

/// The value beyond which all of `there` lie and none of `here`, both sorted, if nothing but a cut explains it.
fn end(here: &[f32], there: &[f32]) -> Option<f32> {
    let (low, high) = if here.last()? <= there.first()? { (here, there) } else { (there, here) };
    let (last, first) = (*low.last()?, *high.first()?);
    let room = |sorted: &[f32]| sorted.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f32::max);
    let is_cut = last <= first && first - last <= room(low).max(room(high));
    let varied = |sorted: &[f32]| sorted.chunk_by(|a, b| a == b).take(VALUES).count() == VALUES;
    (is_cut && varied(low) && varied(high)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(range: std::ops::Range<u16>) -> Vec<f32> {
        range.map(|i| f32::from(i) * 0.5).collect()
    }

    #[test]
    fn a_cut_leaves_neighbours_on_both_sides() {
        assert_eq!(end(&steps(0..30), &steps(30..50)), Some(15.0));
        assert_eq!(end(&steps(30..50), &steps(0..30)), Some(15.0), "the first rows are the part");
        assert_eq!(end(&steps(0..30), &steps(29..50)), Some(14.5), "equal values on both sides");
        assert_eq!(end(&steps(0..30), &steps(25..50)), None);
        assert_eq!(end(&steps(0..30), &steps(60..90)), None, "another unit");
        assert_eq!(end(&steps(0..5), &steps(5..50)), None, "groups");
    }

    #[test]
    fn a_clock_runs_evenly_and_sorted_measurements_do_not() {
        let rows = |x: Vec<f32>| Rows { y: vec![0; x.len()], numbers: (0..x.len()).collect(), x, width: 1 };
        assert!(is_clock(&rows((0..50u16).map(|i| 1000.0 + f32::from(i + i % 3)).collect()), 0));
        let logistic = |i: u16| ((f32::from(i) + 0.5) / (49.5 - f32::from(i))).ln(); // sorted, with two tails
        assert!(!is_clock(&rows((0..50u16).map(logistic).collect()), 0));
        assert!(!is_clock(&rows((0..50u16).map(|i| f32::from(i * 37 % 50)).collect()), 0), "shuffled after the cut");
    }
}
