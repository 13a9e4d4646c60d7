//! Gaps: which columns of a file hold numbers that are not finite, and whether they were finite before float32.
//!
//! A file with such numbers may not be loaded at all, and "drop those rows" is poor advice where it is one column. So the
//! arrays are walked over once more, column by column. No batch passes through this file; it explains why none could.

use std::sync::Arc;

use super::hdf5::Table;
use super::layout::{Part, find_layout};
use super::parts::open;
use super::request::Request;
use super::slabs::{Slabs, slab_rows};
use crate::error::Result;

/// Bytes that an array of float64 may take to be looked at again.
const AGAIN: usize = 1 << 30;

/// How many numbers of an array are not finite, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaps {
    /// The part of the data that the array belongs to.
    pub part: Part,
    /// The name of the array.
    pub array: String,
    /// How many rows it has.
    pub rows: usize,
    /// How many features a row has.
    pub width: usize,
    /// How many numbers of each column are not finite, for those that have any.
    pub columns: Vec<(usize, usize)>,
    /// The first number that is finite in the file and infinite in float32, with its row and column.
    pub large: Option<(usize, usize, f64)>,
}

/// The gaps of every part that `request` asks for which has any.
///
/// # Errors
/// The file cannot be read, or no part is found in it.
pub fn gaps(request: &Request) -> Result<Vec<Gaps>> {
    let file = open(request.file.as_deref())?;
    let layout = find_layout(file.arrays(), &request.choice)?;
    let parts = [(Part::Train, layout.train), (Part::Validation, layout.validation), (Part::Test, layout.test)];
    let mut found = Vec::new();
    for (part, pair) in parts {
        let Some(pair) = pair else { continue };
        let array = file.array(&pair.x)?;
        let table = file.features(&array)?;
        let mut columns = vec![0usize; table.width];
        let first = count(&table, &mut columns)?;
        let Some(first) = first else { continue };
        let wide = array.dtype == "float64" && array.extent().is_some_and(|(rows, width)| 8 * rows * width <= AGAIN);
        let numbers = if wide { file.numbers(&array, AGAIN)? } else { Vec::new() };
        let large = numbers.iter().skip(first).position(|v| v.is_finite() && !(*v as f32).is_finite());
        found.push(Gaps {
            part,
            array: pair.x,
            rows: table.rows,
            width: table.width,
            columns: columns.into_iter().enumerate().filter(|(_, count)| *count > 0).collect(),
            large: large.map(|at| ((first + at) / table.width, (first + at) % table.width, numbers[first + at])),
        });
    }
    Ok(found)
}

/// Counts the numbers of each column that are not finite; the place of the first in the array.
fn count(table: &Table, columns: &mut [usize]) -> Result<Option<usize>> {
    let width = table.width.max(1);
    let slabs = Slabs { table, rows: slab_rows(table, AGAIN) };
    let order: Arc<[u32]> = (0..slabs.count() as u32).collect();
    let mut first = None;
    std::thread::scope(|scope| {
        let places = |start: usize, numbers: &mut Vec<f32>| -> Vec<usize> {
            let bad = numbers.iter().enumerate().filter(|(_, v)| !v.is_finite());
            bad.map(|(at, _)| start * width + at).collect()
        };
        for places in slabs.ahead(scope, order, rayon::current_num_threads(), places) {
            for place in places? {
                first = first.or(Some(place));
                columns[place % width] += 1;
            }
        }
        Ok(first)
    })
}
