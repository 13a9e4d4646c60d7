//! A block: labelled rows on the host, a selection of the rows of one array, so that splitting copies nothing.

use std::sync::Arc;

use super::features::Features;
use super::stream::Stream;
use crate::preparation::Preparation;

/// From how many places in a file a few rows are taken, where every place costs a read of its own.
const CLUSTERS: usize = 16;

/// Labelled rows. Blocks that were split off one another share their numbers and differ in the rows they select.
#[derive(Clone)]
pub struct Block {
    /// The features of all rows of the array.
    pub(super) x: Arc<Held>,
    /// The class of every row of the array.
    y: Arc<Vec<u32>>,
    /// What is done to a row before it meets the network.
    pub(super) preparation: Arc<Preparation>,
    /// The number of raw features of a row.
    pub(super) width: usize,
    /// The selection: the number in the array of every row of this block.
    pub(super) rows: Vec<u32>,
}

/// Where the features of an array are.
pub(super) enum Held {
    /// All of them are in memory.
    Memory(Features),
    /// They are in their file, and come into memory a few at a time.
    File(Box<Stream>),
}

impl Block {
    /// All rows of `x`, row-major `[y.len(), width]`, each with its class.
    pub fn new(mut x: Vec<f32>, y: Vec<u32>, width: usize) -> Self {
        Self::over(Held::Memory(Features::pack(&mut x)), y, width)
    }

    /// All rows of the array whose features are at `x`, `width` of them each, each with its class.
    pub(super) fn over(x: Held, y: Vec<u32>, width: usize) -> Self {
        let rows = (0..y.len() as u32).collect();
        Block { x: Arc::new(x), y: Arc::new(y), preparation: Arc::default(), width, rows }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of numbers in a row as it meets the network: its features, and what marks them.
    pub fn width(&self) -> usize {
        self.preparation.inputs(self.width)
    }

    /// Whether the features are read from their file every time, because they do not fit into memory.
    pub fn streamed(&self) -> bool {
        matches!(*self.x, Held::File(_))
    }

    /// How many bytes of memory the features of its array take; none where they are streamed.
    pub(super) fn bytes(&self) -> usize {
        match &*self.x {
            Held::Memory(features) => features.size() * self.y.len() * self.width,
            Held::File(_) => 0,
        }
    }

    /// How many rows of each of `classes` classes there are.
    pub fn counts(&self, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        (0..self.len()).for_each(|i| counts[self.label(i) as usize] += 1);
        counts
    }

    /// The class of row `i` of this block.
    pub fn label(&self, i: usize) -> u32 {
        self.y[self.rows[i] as usize]
    }

    /// The number of row `i` of this block in the array that it was taken from.
    pub fn number(&self, i: usize) -> usize {
        self.rows[i] as usize
    }

    /// The classes of all rows of the array, those included that are not in this block.
    pub fn array_labels(&self) -> &[u32] {
        &self.y
    }

    /// The classes of all rows, in the order of the rows.
    pub fn labels(&self) -> Vec<u32> {
        (0..self.len()).map(|i| self.label(i)).collect()
    }

    /// The same rows, each with the label that stands `by` rows after its own in the file.
    pub fn slipped(&self, by: isize) -> Self {
        let count = self.y.len() as isize;
        let y = (0..count).map(|row| self.y[(row + by).rem_euclid(count) as usize]).collect();
        Block { y: Arc::new(y), ..self.clone() }
    }

    /// The rows of this block whose numbers, counted within the block, are `rows`.
    pub fn pick(&self, rows: impl Iterator<Item = usize>) -> Self {
        self.select(rows.map(|row| self.rows[row]).collect())
    }

    /// About `count` rows from all over the block.
    ///
    /// Rows in memory are taken at even distances. Rows in a file are taken in a few clusters, because reading one row
    /// costs as much as reading its neighbours too.
    pub fn spread(&self, count: usize) -> Self {
        let clusters = if self.streamed() { CLUSTERS } else { count }.clamp(1, self.len().max(1));
        let (step, each) = ((self.len() / clusters).max(1), count.div_ceil(clusters));
        let starts = (0..self.len()).step_by(step).take(clusters);
        self.pick(starts.flat_map(|start| start..(start + each.min(step)).min(self.len())))
    }

    /// All rows of the array, as they are in it.
    pub(super) fn whole(&self) -> Self {
        self.select((0..self.y.len() as u32).collect()).prepared(&Arc::default())
    }

    /// The rows of the array whose numbers, counted within the array, are `rows`.
    pub(super) fn select(&self, rows: Vec<u32>) -> Self {
        Block { rows, ..self.clone() }
    }

    /// The same rows as they are in their file, which nothing is done to on their way into a batch.
    pub fn unprepared(&self) -> Self {
        self.clone().prepared(&Arc::default())
    }

    /// The same rows, to be prepared in this way and no other. Nothing is computed now: rows are prepared when a batch
    /// is gathered, so that the packed form stays in memory.
    pub(super) fn prepared(self, preparation: &Arc<Preparation>) -> Self {
        Block { preparation: preparation.clone(), ..self }
    }
}
