//! The rows of a block brought into memory: all of them, as many as fit, or a sample that stands for all.

use super::batches::Batches;
use super::block::{Block, Held};
use super::features::{Features, Pile};
use super::survey::Survey;
use crate::error::Result;
use crate::sketch::Sketch;

/// How many rows and columns a sketch is made of.
const SKETCHED: (usize, usize) = (1000, 32);
/// How many rows stand for a part that does not fit into memory.
const SAMPLE: usize = 20_000;
/// How many bytes these rows may take.
const SAMPLE_BYTES: usize = 256 << 20;

impl Block {
    /// The features of all rows, scaled, row-major `[len, width]`.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub fn features(&self) -> Result<Vec<f32>> {
        if self.is_empty() { Ok(Vec::new()) } else { Ok(Batches::in_order(self, self.len()).get(0)?.x) }
    }

    /// The survey of the rows of this block.
    ///
    /// # Errors
    /// The rows are streamed, and their file can no longer be read.
    pub(super) fn survey(&self) -> Result<Survey> {
        let mut found = Survey::new(self.width);
        let rows: Vec<u32> = (0..self.len() as u32).collect();
        found.look(0, &self.features()?, &rows);
        Ok(found)
    }

    /// Where the scaled columns of a sample of the rows lie, for a model to carry along.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub(super) fn sketch(&self) -> Result<Sketch> {
        Ok(Sketch::of(&self.spread(SKETCHED.0).features()?, self.width, SKETCHED.1))
    }

    /// The same rows if they are in memory, otherwise as many at even distances as may stand for all.
    pub(super) fn thinned(&self) -> Result<Self> {
        if !self.streamed() {
            return Ok(self.clone());
        }
        let count = (SAMPLE_BYTES / (4 * self.width.max(1))).clamp(64, SAMPLE);
        let step = self.len().div_ceil(count).max(1);
        self.pick((0..self.len()).step_by(step)).resident(usize::MAX)
    }

    /// The same rows in memory if `room` bytes are enough for them, otherwise where they were.
    pub(super) fn resident(self, room: usize) -> Result<Self> {
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
        Ok(pile.map_or(self.clone(), |pile| Block::over(Held::Memory(pile.features()), self.labels(), self.width)))
    }
}
