//! The rows of a block brought into memory: all of them, as many as fit, or a sample that stands for all.
//!
//! Whoever looks at rows again and again (an experiment, the search for faults, the choice of a scale) cannot wait for a
//! file every time, and need not see every row of millions. Rows that are in memory already are never thinned.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use rayon::prelude::*;

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
    /// All rows as they meet the network, row-major `[len, width]`.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub fn features(&self) -> Result<Vec<f32>> {
        if self.is_empty() { Ok(Vec::new()) } else { Ok(Batches::in_order(self, self.len()).get(0)?.x) }
    }

    /// A number for each row that equal rows share and, but for one pair in 2^64, no others, whatever form they have in
    /// memory and however they are scaled; the columns `without` are left out. `None` if the rows are streamed.
    ///
    /// # Errors
    /// None so far; a file is not read.
    pub fn fingerprints(&self, without: &[usize]) -> Result<Option<Vec<u64>>> {
        let Held::Memory(features) = &*self.x else { return Ok(None) };
        let width = self.width;
        let print = |numbers: &mut Vec<f32>, &row: &u32| {
            numbers.clear();
            features.append((row as usize).saturating_mul(width), width, numbers);
            for &at in without {
                numbers.get_mut(at).into_iter().for_each(|v| *v = 0.0);
            }
            digest(numbers)
        };
        Ok(Some(self.rows.par_iter().map_init(Vec::new, print).collect()))
    }

    /// The number that a row of these `numbers` has among [`Block::fingerprints`].
    pub fn fingerprint(numbers: &[f32]) -> u64 {
        digest(numbers)
    }

    /// The survey of the rows of this block as they meet the network.
    ///
    /// # Errors
    /// The rows are streamed, and their file can no longer be read.
    pub(super) fn survey(&self) -> Result<Survey> {
        let mut found = Survey::new(self.width());
        let rows: Vec<u32> = (0..self.len() as u32).collect();
        found.look(0, &self.features()?, &rows);
        Ok(found)
    }

    /// Where the scaled columns of a sample of the rows lie, for a model to carry along.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub(super) fn sketch(&self) -> Result<Sketch> {
        Ok(Sketch::of(&self.spread(SKETCHED.0).features()?, self.width(), SKETCHED.1))
    }

    /// The same rows if they are in memory, otherwise as many at even distances as may stand for all.
    pub(super) fn thinned(&self) -> Result<Self> {
        if !self.streamed() {
            return Ok(self.clone());
        }
        let count = SAMPLE_BYTES.div_euclid(self.width().max(1).saturating_mul(4)).clamp(64, SAMPLE);
        let step = self.len().div_ceil(count).max(1);
        let sample = self.pick((0..self.len()).step_by(step)).unprepared().resident(usize::MAX)?;
        Ok(sample.prepared(&self.preparation))
    }

    /// The same rows in memory if `room` bytes are enough for them, otherwise where they were.
    pub(super) fn resident(self, room: usize) -> Result<Self> {
        let count = self.len().saturating_mul(self.width());
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
        Ok(pile.map_or(self.clone(), |pile| Block::over(Held::Memory(pile.features()), self.labels(), self.width())))
    }
}

/// A digest of numbers by multiplication and rotation, four at a time; −0 counts as 0.
fn digest(numbers: &[f32]) -> u64 {
    let mut lanes = [0x9e37_79b9_7f4a_7c15u64; 4];
    for (i, chunk) in numbers.chunks(4).enumerate() {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            let bits = u64::from((v + 0.0).to_bits()) ^ (i as u64) << 32;
            *lane = (*lane ^ bits).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
        }
    }
    lanes.iter().fold(numbers.len() as u64, |sum, lane| {
        let mixed = (sum ^ lane).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        mixed ^ mixed >> 33
    })
}
