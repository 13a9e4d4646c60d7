//! Data: from a file to the batches a network sees.
//!
//! A [`Block`] is rows on the host; a [`Data`] is the blocks of one classification problem, checked, split and scaled,
//! with the names of its classes. First room on the path of a batch: file → `Block` → [`Batches`] → `Batch`.

mod array;
mod batches;
mod features;
pub mod hdf5;
mod image;
pub mod labels;
pub mod layout;
mod magic;
mod scale;
mod source;
mod split;
mod unlabelled;

pub use array::{Array, Kind};
pub use batches::{Batch, Batches, Rows};
pub use image::Image;
pub use labels::Classes;
pub use layout::Choice;
pub use scale::Scale;
pub use source::{Data, Request, open, read_block};
pub use unlabelled::read_rows;

use std::sync::Arc;

use features::Features;

/// Labelled rows on the host: a selection of the rows of one array, so that splitting copies nothing.
#[derive(Clone, Debug)]
pub struct Block {
    x: Arc<Features>,
    y: Arc<Vec<u32>>,
    width: usize,
    rows: Vec<u32>,
}

impl Block {
    /// All rows of row-major `x`, `width` features each, with a class for every row.
    pub fn new(x: Vec<f32>, y: Vec<u32>, width: usize) -> Self {
        let rows = (0..y.len() as u32).collect();
        Block { x: Arc::new(Features::pack(x)), y: Arc::new(y), width, rows }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of features of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The features of row `i`.
    pub fn row(&self, i: usize) -> Vec<f32> {
        let mut row = Vec::with_capacity(self.width);
        self.append(i, &mut row);
        row
    }

    /// Appends the features of row `i` to `out`.
    fn append(&self, i: usize, out: &mut Vec<f32>) {
        self.x.append(self.rows[i] as usize * self.width, self.width, out);
    }

    /// The class of row `i`.
    pub fn label(&self, i: usize) -> u32 {
        self.y[self.rows[i] as usize]
    }

    /// The classes in row order.
    pub fn labels(&self) -> Vec<u32> {
        (0..self.len()).map(|i| self.label(i)).collect()
    }

    /// The same rows, each with the label that stands `by` rows after its own in the file.
    pub fn slipped(&self, by: isize) -> Self {
        let count = self.y.len() as isize;
        let y = (0..count).map(|row| self.y[(row + by).rem_euclid(count) as usize]).collect();
        Block { y: Arc::new(y), ..self.clone() }
    }

    /// The same numbers, of which only `rows`, numbers in this block's own order, are looked at.
    pub fn pick(&self, rows: impl Iterator<Item = usize>) -> Self {
        self.select(rows.map(|row| self.rows[row]).collect())
    }

    /// The same numbers, of which only `rows` of the array are looked at.
    fn select(&self, rows: Vec<u32>) -> Self {
        Block { rows, ..self.clone() }
    }
}
