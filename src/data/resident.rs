//! Rows for a device that makes the steps: all rows of a block in the form in which they are brought there, once, or
//! those of an epoch, some batches at a time.
//!
//! Rows that stay and are bytes on the host stay bytes, and the device scales them as they are gathered; all others are
//! prepared here. Rows that come anew in every epoch are gathered as for every other device, by a worker that is as far
//! ahead as the device has room. On the path of a batch this stands behind the gathering, or takes its place, where the
//! steps are made on a GPU.

use std::sync::mpsc::sync_channel;
use std::thread::Scope;

use super::batch::HostBatch;
use super::batches::Batches;
use super::block::{Block, Held};
use super::features::Features;
use crate::engine::{Load, Rows};
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
        let fits = |bytes: usize| self.len().saturating_mul(bytes * self.apart()) <= room && !self.is_empty();
        Ok(match features {
            Features::Bytes { codes, step } if self.preparation.is_plain() && fits(1) => {
                Some(self.as_bytes(codes, *step))
            }
            _ if fits(4) => Some(self.as_numbers()?),
            _ => None,
        })
    }

    /// A ring of two halves for rows that are learned in batches of so many rows and do not stay, and how many batches a half
    /// has: as many as `room` bytes hold, or one. `None` if there are no rows, or if the ring takes more than `most` bytes.
    pub fn ring(&self, batch: usize, (room, most): (usize, usize)) -> Option<(Rows, usize)> {
        let (batch, apart) = (batch.min(self.len()), self.apart());
        let bytes = 4usize.saturating_mul(apart).saturating_mul(batch).max(1);
        let half = (room.min(most / 2) / bytes).clamp(1, self.len().div_ceil(batch.max(1)).max(1));
        if self.is_empty() || bytes.saturating_mul(2 * half) > most {
            return None;
        }
        let places = 2 * half * batch;
        let (words, labels) = (vec![0; places * apart], vec![0; places]);
        let (width, scale, epoch) = ((self.width(), apart), Vec::new(), Some(self.len()));
        Some((Rows { words, bytes: false, width, scale, labels, epoch }, half))
    }

    /// How far apart the rows lie on a device.
    fn apart(&self) -> usize {
        self.width().next_multiple_of(4)
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
        Rows { words, bytes: true, width: (width, apart), scale, labels: self.labels(), epoch: None }
    }

    /// The rows as the numbers that meet the network.
    fn as_numbers(&self) -> Result<Rows> {
        let (width, apart) = (self.width(), self.apart());
        let mut words = Vec::with_capacity(self.len() * apart);
        for start in (0..self.len()).step_by(SLAB) {
            let slab = self.pick(start..(start + SLAB).min(self.len())).features()?;
            for row in slab.chunks_exact(width) {
                words.extend(row.iter().map(|number| number.to_bits()));
                words.resize(words.len().next_multiple_of(4), 0);
            }
        }
        Ok(Rows { words, bytes: false, width: (width, apart), scale: Vec::new(), labels: self.labels(), epoch: None })
    }
}

impl Batches<'_> {
    /// The rows from batch `first` on in the order of the epoch, in loads that each fill a half of a ring with room for
    /// `half` batches. A worker gathers the next of them meanwhile. It ends with the iterator, and `scope` waits for it.
    ///
    /// # Errors
    /// An item is an error if the file of the rows can no longer be read.
    pub fn loads<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        (first, half): (usize, usize),
        threads: usize,
    ) -> impl Iterator<Item = Result<Load>> + 's {
        let (sender, receiver) = sync_channel(1);
        scope.spawn(move || {
            let mut batches = self.ahead(scope, first, threads);
            let mut next = first;
            while next < self.len() {
                let count = (half - next % half).min(self.len() - next);
                if sender.send(load(batches.by_ref().take(count))).is_err() {
                    break;
                }
                next += count;
            }
        });
        receiver.into_iter()
    }
}

/// These batches as the device has them: every row filled up to a multiple of four numbers.
fn load(batches: impl Iterator<Item = Result<HostBatch>>) -> Result<Load> {
    let mut load = Load { words: Vec::new(), labels: Vec::new(), batches: 0 };
    for batch in batches {
        let HostBatch { x, labels, width, .. } = batch?;
        for row in x.chunks_exact(width.max(1)) {
            load.words.extend_from_slice(bytemuck::cast_slice(row));
            load.words.resize(load.words.len().next_multiple_of(4), 0);
        }
        load.labels.extend(labels);
        load.batches += 1;
    }
    Ok(load)
}
