//! A survey: the first walk over every row of a table, before any row is learned.
//!
//! One walk finds what no training survives (a number that is not finite), how far the features reach, from which the
//! scale is chosen, and whether the rows fit into memory; if they do, it leaves them there. One walk, because reading and
//! inflating cost more than all arithmetic on the numbers. On the path of a batch this
//! stands between a table and the block.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::sync::Arc;

use serde::Serialize;

use super::array::Array;
use super::features::{Features, Pile};
use super::hdf5::{DataFile, Table};
use super::slabs::{Slabs, slab_rows};
use crate::engine::simd;
use crate::error::Result;

/// What one walk over the rows of an array has found: ranges, gaps, and whether the numbers are whole.
#[derive(Clone, Debug)]
pub struct Survey {
    /// How many numbers are NaN or infinite, and the first row that holds one.
    pub nonfinite: (usize, usize),
    /// How many numbers are infinite, and the first row that holds one.
    pub infinite: (usize, usize),
    /// How many values of each feature are NaN; empty if none is.
    pub missing: Vec<usize>,
    /// The least value of each feature among the finite ones of the rows looked at.
    pub low: Vec<f32>,
    /// The greatest value of each feature among the same.
    pub high: Vec<f32>,
    /// Whether all numbers of these rows are whole.
    pub whole: bool,
    /// How many bytes a number takes in memory.
    pub size: usize,
}

impl Survey {
    /// The survey of no rows, of `width` features each.
    pub(super) fn new(width: usize) -> Self {
        let (low, high) = (vec![f32::MAX; width], vec![f32::MIN; width]);
        Survey { nonfinite: (0, 0), infinite: (0, 0), missing: Vec::new(), low, high, whole: true, size: 1 }
    }

    /// Takes in `numbers`, the rows from number `first` on. Those in `rows`, which are sorted, count for the range.
    pub(super) fn look(&mut self, first: usize, numbers: &[f32], rows: &[u32]) {
        let width = self.low.len();
        let bad = numbers.iter().map(|v| u32::from(!v.is_finite())).sum::<u32>() as usize;
        if bad > 0 {
            self.look_at_gaps(first, numbers);
        }
        let own = rows.partition_point(|&r| (r as usize) < first);
        let counted = rows.iter().skip(own).map(|&row| (row as usize).saturating_sub(first).saturating_mul(width));
        for row in counted.map_while(|at| numbers.get(at..at.saturating_add(width))) {
            self.whole = self.whole && row.iter().all(|v| v.fract() == 0.0 || v.is_nan());
            self.reach(row);
        }
    }

    /// Counts what is not finite in `numbers`, see [`Survey::look`].
    fn look_at_gaps(&mut self, first: usize, numbers: &[f32]) {
        let width = self.low.len();
        for (i, v) in numbers.iter().enumerate().filter(|(_, v)| !v.is_finite()) {
            let row = first.saturating_add(i.checked_div(width).unwrap_or(0));
            self.nonfinite = joined(self.nonfinite, (1, row));
            if v.is_infinite() {
                self.infinite = joined(self.infinite, (1, row));
            } else {
                self.missing.resize(width, 0);
                let column = i.checked_rem(width).and_then(|column| self.missing.get_mut(column));
                column.into_iter().for_each(|missing| *missing = missing.saturating_add(1));
            }
        }
    }

    /// Extends the range of each feature to the finite numbers of a row.
    fn reach(&mut self, row: &[f32]) {
        simd(
            #[inline(always)]
            || {
                self.low
                    .iter_mut()
                    .zip(row)
                    .for_each(|(low, &v)| *low = if v < *low && v > f32::NEG_INFINITY { v } else { *low });
                self.high
                    .iter_mut()
                    .zip(row)
                    .for_each(|(high, &v)| *high = if v > *high && v < f32::INFINITY { v } else { *high });
            },
        );
    }

    /// Takes in the survey of later rows.
    fn merge(&mut self, other: &Survey) {
        self.nonfinite = joined(self.nonfinite, other.nonfinite);
        self.infinite = joined(self.infinite, other.infinite);
        self.add_gaps(other);
        self.whole &= other.whole;
        self.size = self.size.max(other.size);
        self.low.iter_mut().zip(&other.low).for_each(|(a, &b)| *a = a.min(b));
        self.high.iter_mut().zip(&other.high).for_each(|(a, &b)| *a = a.max(b));
    }

    /// Takes in the NaN of other rows and nothing else of them.
    pub(super) fn add_gaps(&mut self, other: &Survey) {
        self.missing.resize(self.missing.len().max(other.missing.len()), 0);
        self.missing.iter_mut().zip(&other.missing).for_each(|(all, more)| *all = all.saturating_add(*more));
    }

    /// What black and white are in these numbers, if they are images: the ends of −1..1, 0..1 or 0..255. It is the first
    /// of these ranges that holds all numbers and that they fill by half or more each way. For other numbers it is `None`,
    /// since nobody knows.
    pub fn tones(&self) -> Option<(f32, f32)> {
        let (low, high) = self.range();
        let fills = |&(black, white): &(f32, f32)| {
            let slack = 0.01 * (white - black);
            black - slack <= low && high <= white + slack && high >= 0.5 * white && (black == 0.0 || low <= 0.5 * black)
        };
        [(-1.0, 1.0), (0.0, 1.0), (0.0, 255.0)].into_iter().find(fills)
    }

    /// The least and the greatest value of all features.
    pub fn range(&self) -> (f32, f32) {
        (self.low.iter().copied().fold(f32::MAX, f32::min), self.high.iter().copied().fold(f32::MIN, f32::max))
    }
}

/// A count and the first row of what is counted, joined with those of later rows.
fn joined((count, first): (usize, usize), (more, later): (usize, usize)) -> (usize, usize) {
    (count.saturating_add(more), if count > 0 { first } else { later })
}

/// What is said about one array of a file: its name, shape and type, and the range of its numbers.
#[derive(Clone, Debug, Serialize)]
pub struct ArraySummary {
    /// The name of the array.
    pub name: String,
    /// Its extent along each axis; the first counts rows.
    pub shape: Vec<usize>,
    /// The type of its entries in numpy's words.
    #[serde(rename = "type")]
    pub dtype: String,
    /// The least and the greatest of its finite numbers; `None` where it holds none.
    pub range: Option<(f32, f32)>,
    /// How many of its numbers are NaN or infinite; `None` where it holds no numbers, or none that can be read.
    pub nonfinite: Option<usize>,
}

impl ArraySummary {
    /// Looks at every number of an array.
    pub fn of(file: &DataFile, array: &Array) -> Self {
        let table = file.features(array).ok().filter(|table| table.width > 0);
        let found = table.and_then(|table| {
            let rows: Vec<u32> = (0..u32::try_from(table.rows).ok()?).collect();
            Some(survey(&table, &rows, 0).ok()?.0)
        });
        ArraySummary {
            name: array.name.clone(),
            shape: array.shape.clone(),
            dtype: array.dtype.clone(),
            range: found.as_ref().map(Survey::range).filter(|(low, high)| low <= high),
            nonfinite: found.map(|found| found.nonfinite.0),
        }
    }
}

/// Walks over all rows of `table`. The range found is that of `rows`, which are sorted. If all features find a place in
/// `room` bytes, they are returned too.
///
/// # Errors
/// The file can no longer be read.
pub fn survey(table: &Table, rows: &[u32], room: usize) -> Result<(Survey, Option<Features>)> {
    let slabs = Slabs { table, rows: slab_rows(table, room) };
    let order: Arc<[u32]> = (0..slabs.count() as u32).collect();
    let count = table.rows.saturating_mul(table.width);
    let mut pile = (count <= room).then(|| Pile::new(count, room));
    let mut found = Survey::new(table.width);
    let kept = pile.is_some();
    std::thread::scope(|scope| {
        let look = |first: usize, numbers: &mut Vec<f32>| {
            let mut part = Survey::new(table.width);
            part.look(first, numbers, rows);
            let slab = Features::pack(numbers);
            part.size = slab.size();
            let slab = match slab {
                Features::Floats(buffer) if !kept => {
                    *numbers = buffer; // to be filled again
                    None
                }
                slab => Some(slab),
            };
            (part, slab)
        };
        for part in slabs.ahead(scope, order, rayon::current_num_threads(), look) {
            let (part, slab) = part?;
            found.merge(&part);
            pile = pile.take().zip(slab).and_then(|(pile, slab)| pile.add(slab));
        }
        Ok(())
    })?;
    Ok((found, pile.map(Pile::features)))
}
