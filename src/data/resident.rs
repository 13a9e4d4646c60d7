//! Rows for a device that keeps them: all rows of a block in the form in which they are brought there, once.
//!
//! Rows that are bytes on the host stay bytes, and the device scales them as they are gathered; all others are prepared
//! here. On the path of a batch this takes the place of the gathering, where the steps are made on a GPU.

use super::block::{Block, Held};
use super::features::Features;
use crate::engine::Rows;
use crate::error::Result;

/// How many rows are prepared at once on their way to a device.
const SLAB: usize = 4096;

impl Block {
    /// All rows, for a device that has `room` bytes for their features. `None` if there is not enough room, or if
    /// they are streamed from their file.
    ///
    /// # Errors
    /// None so far; a file is not read.
    pub fn for_device(&self, room: usize) -> Result<Option<Rows>> {
        let Held::Memory(features) = &*self.x else { return Ok(None) };
        let rows = match features {
            Features::Bytes { codes, step } if self.preparation.is_plain() => self.as_bytes(codes, *step),
            _ if self.len().saturating_mul(4 * (self.width() + 3)) <= room => self.as_numbers()?,
            _ => return Ok(None),
        };
        Ok((4 * rows.words.len() <= room && !self.is_empty()).then_some(rows))
    }

    /// The rows as bytes, four to a word, and how they are scaled.
    fn as_bytes(&self, codes: &[u8], step: f32) -> Rows {
        let (width, apart) = (self.width, self.width.next_multiple_of(4));
        let mut words = vec![0u32; self.len() * apart / 4];
        for (row, words) in self.rows.iter().zip(words.chunks_exact_mut((apart / 4).max(1))) {
            let start = *row as usize * width;
            for (word, bytes) in words.iter_mut().zip(codes[start..start + width].chunks(4)) {
                let mut four = [0; 4];
                four[..bytes.len()].copy_from_slice(bytes);
                *word = u32::from_le_bytes(four);
            }
        }
        let plain = [(0.0, 1.0)].repeat(width);
        let scales = if self.preparation.scale.is_empty() { &plain } else { &self.preparation.scale };
        let flat = self.preparation.bend.map_or(0.0, |bend| 1.0 / (bend * bend));
        let scale = scales.iter().flat_map(|&(subtract, multiply)| [subtract, multiply]).chain([step, flat]).collect();
        Rows { words, bytes: true, width: (width, apart), scale, labels: self.labels() }
    }

    /// The rows as the numbers that meet the network.
    fn as_numbers(&self) -> Result<Rows> {
        let (width, apart) = (self.width(), self.width().next_multiple_of(4));
        let mut words = Vec::with_capacity(self.len() * apart);
        for start in (0..self.len()).step_by(SLAB) {
            let slab = self.pick(start..(start + SLAB).min(self.len())).features()?;
            for row in slab.chunks_exact(width) {
                words.extend(row.iter().map(|number| number.to_bits()));
                words.resize(words.len().next_multiple_of(4), 0);
            }
        }
        Ok(Rows { words, bytes: false, width: (width, apart), scale: Vec::new(), labels: self.labels() })
    }
}
