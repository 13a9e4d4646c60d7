//! Data: from a file to the batches a network sees.
//!
//! A [`Block`] is rows on the host, in memory or in the file they came from; a [`Data`] is the blocks of one
//! classification problem, checked, split and scaled, with the names of its classes. First room on the path of a
//! batch: file → `Block` → [`Batches`] → `Batch`.

mod array;
mod augment;
mod batches;
mod dropout;
mod dump;
mod features;
mod given;
pub mod hdf5;
mod image;
mod judged;
pub mod labels;
pub mod layout;
mod magic;
mod memory;
mod origin;
mod raster;
mod scale;
mod slabs;
mod source;
mod split;
mod stream;
mod survey;
mod unlabelled;
mod warp;
mod waves;

pub use array::{Array, Kind};
pub use augment::{Augment, Poses};
pub use batches::{Batch, Batches, Rows};
pub use dropout::InputDropout;
pub use dump::{Dump, Numbers};
pub use given::Arrays;
pub use image::Image;
pub use judged::{Fit, Judged, read_block, read_own};
pub use labels::{Classes, Labels};
pub use layout::Choice;
pub use magic::expect_file;
pub use memory::Memory;
pub use origin::{Found, Origin, Stamp};
pub use raster::Raster;
pub use scale::Scale;
pub use source::{Data, Known, Request, open};
pub use survey::{Facts, Survey, survey};
pub use unlabelled::read_rows;
pub use warp::Warp;
pub use waves::Waves;

use std::sync::Arc;

use features::{Features, Pile};
use stream::Stream;

use crate::error::Result;
use crate::sketch::Sketch;

/// Labelled rows: a selection of the rows of one array, so that splitting copies nothing.
#[derive(Clone)]
pub struct Block {
    x: Arc<Home>,
    y: Arc<Vec<u32>>,
    scale: Arc<Vec<(f32, f32)>>,
    width: usize,
    rows: Vec<u32>,
}

/// Places in a file that a few rows are taken from.
const CLUSTERS: usize = 16;
/// Rows that stand for a part that does not fit into memory, and the bytes that they may take.
const SAMPLE: usize = 20_000;
const THIN: usize = 256 << 20;

/// Rows and columns of the sketch that a model carries of what it has learned from.
const SKETCHED: (usize, usize) = (1000, 32);

/// Where numbers live.
enum Home {
    Memory(Features),
    File(Box<Stream>),
}

impl Block {
    /// All rows of row-major `x`, `width` features each, with a class for every row.
    pub fn new(mut x: Vec<f32>, y: Vec<u32>, width: usize) -> Self {
        Self::at(Home::Memory(Features::pack(&mut x)), y, width)
    }

    fn at(x: Home, y: Vec<u32>, width: usize) -> Self {
        let rows = (0..y.len() as u32).collect();
        Block { x: Arc::new(x), y: Arc::new(y), scale: Arc::default(), width, rows }
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

    /// Whether the features are read from their file every time, because they do not fit into memory.
    pub fn streamed(&self) -> bool {
        matches!(*self.x, Home::File(_))
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

    /// About `count` rows from all over the block: at even distances, or where they have to be read first in a few
    /// clusters, since reading one row of a file costs as much as reading its neighbours.
    pub fn spread(&self, count: usize) -> Self {
        let clusters = if self.streamed() { CLUSTERS } else { count }.clamp(1, self.len().max(1));
        let (step, each) = ((self.len() / clusters).max(1), count.div_ceil(clusters));
        let starts = (0..self.len()).step_by(step).take(clusters);
        self.pick(starts.flat_map(|start| start..(start + each.min(step)).min(self.len())))
    }

    /// The features of all rows, row-major.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn features(&self) -> Result<Vec<f32>> {
        if self.is_empty() { Ok(Vec::new()) } else { Ok(Batches::in_order(self, self.len()).get(0)?.x) }
    }

    /// Where the scaled columns of a sample of the rows lie, for a model to carry along.
    fn sketch(&self) -> Result<Sketch> {
        Ok(Sketch::of(&self.spread(SKETCHED.0).features()?, self.width, SKETCHED.1))
    }

    /// The same rows if they are in memory, else so many at even distances that they fit there.
    fn thinned(&self) -> Result<Self> {
        if !self.streamed() {
            return Ok(self.clone());
        }
        let count = (THIN / (4 * self.width.max(1))).clamp(64, SAMPLE);
        let step = self.len().div_ceil(count).max(1);
        self.pick((0..self.len()).step_by(step)).resident(usize::MAX)
    }

    /// The same numbers, of which only `rows` of the array are looked at.
    fn select(&self, rows: Vec<u32>) -> Self {
        Block { rows, ..self.clone() }
    }

    /// The same rows with another scale.
    fn scaled(self, scale: &Arc<Vec<(f32, f32)>>) -> Self {
        Block { scale: scale.clone(), ..self }
    }

    /// The same rows in memory if they are not there and `room` bytes are enough for them.
    fn resident(self, room: usize) -> Result<Self> {
        let count = self.len().saturating_mul(self.width);
        if !self.streamed() || self.is_empty() || count > room {
            return Ok(self);
        }
        let batches = Batches::in_order(&self, 1024);
        let mut pile = Some(Pile::new(count, room));
        std::thread::scope(|scope| {
            for rows in batches.ahead(scope, 0, 2) {
                let slab = Features::pack(&mut rows?.x);
                pile = pile.take().and_then(|pile| pile.add(slab));
            }
            Ok(())
        })?;
        Ok(pile.map_or(self.clone(), |pile| Block::at(Home::Memory(pile.features()), self.labels(), self.width)))
    }
}
