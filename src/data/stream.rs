//! A stream: rows that are larger than memory, brought in slab by slab, every epoch in another order.
//!
//! The slabs come in a random order, and a window of many slabs moves over them one slab at a time; each position of the
//! window is a phase. A slab is in memory during as many phases as the window is wide, and each of its rows is given to
//! one of these phases. So every phase mixes rows of slabs from all over the file, even if the file is sorted by class.
//! The usual way, a buffer that is filled and emptied again, mixes half as much in the same memory. The order is computed
//! before the first byte is read, from the seed, the epoch and the sizes alone. On the path of a batch this stands beside
//! the features in memory, between the file and the gathering of a batch.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Scope;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::features::Features;
use super::hdf5::Table;
use super::slabs::{Slabs, slab_rows};
use super::survey::Survey;
use crate::error::{Error, Result};

/// Rows of a file that are not in memory.
pub struct Stream {
    /// Where the rows are read from.
    table: Table,
    /// How many rows a slab has.
    slab: usize,
    /// How many slabs are in memory at a time.
    window: usize,
    /// Whether slabs become smaller when they are packed.
    packable: bool,
    /// How many slabs are read at a time.
    workers: usize,
    /// Buffers that can be filled again. New memory costs time, because the system clears it page by page.
    spare: Mutex<Vec<Vec<f32>>>,
}

impl Stream {
    /// The rows of `table`, of which `survey` knows how well they pack, in `memory` bytes.
    ///
    /// # Errors
    /// The pieces of the file are so tall that not even four of them fit into the memory.
    pub fn new(table: Table, survey: &Survey, memory: usize) -> Result<Self> {
        let slab = slab_rows(&table, memory);
        let bytes = slab.saturating_mul(table.width).saturating_mul(4);
        if bytes.saturating_mul(4) > memory && slab < table.rows {
            return Err(Error::data(format!(
                "{slab} rows of {} lie in one piece of {} KB, and a stream needs memory for four of them; pass --memory {}M, or rewrite the file in chunks of fewer rows",
                table.array,
                bytes.div_ceil(1 << 10),
                (bytes >> 18).saturating_add(1)
            )));
        }
        let window = (memory / 2).div_euclid((bytes / 4).saturating_mul(survey.size).max(1)).max(2);
        let workers = (memory / 8).div_euclid(bytes.max(1)).clamp(1, rayon::current_num_threads().max(1));
        Ok(Stream { table, slab, window, packable: survey.size == 1, workers, spare: Mutex::default() })
    }

    /// How many rows a slab has.
    pub fn slab(&self) -> usize {
        self.slab
    }

    /// How many slabs there are.
    pub fn slabs(&self) -> usize {
        Slabs { table: &self.table, rows: self.slab }.count()
    }

    /// How many slabs are in memory at a time.
    pub fn held(&self) -> usize {
        self.window.min(self.slabs())
    }

    /// The spare buffers, also after a worker has panicked while it held them.
    fn spare(&self) -> MutexGuard<'_, Vec<Vec<f32>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The order in which `rows`, sorted numbers of rows of the table, are learned: places in `rows`.
    #[expect(clippy::arithmetic_side_effects, reason = "a slab has a row at least, see `slab_rows`")]
    pub fn shuffle(&self, rows: &[u32], rng: &mut ChaCha8Rng) -> Vec<u32> {
        let mut slabs: Vec<Vec<u32>> = Vec::new();
        let mut last = None;
        for (place, &row) in (0..).zip(rows) {
            let slab = row as usize / self.slab;
            if last.replace(slab) != Some(slab) {
                slabs.push(Vec::new());
            }
            slabs.last_mut().into_iter().for_each(|slab| slab.push(place));
        }
        slabs.shuffle(rng);
        spread(slabs, self.window, rng)
    }

    /// A window over the rows with these numbers, which will be asked for in this order. Its workers end with it, and
    /// `scope` waits for them.
    #[expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "slabs cover all rows of the table")]
    pub fn window<'s>(&'s self, scope: &'s Scope<'s, '_>, rows: impl Iterator<Item = u32>) -> Window<'s> {
        let slabs = Slabs { table: &self.table, rows: self.slab };
        let mut wanted = vec![0u32; slabs.count()];
        let mut order = Vec::new();
        for slab in rows.map(|row| row as usize / self.slab) {
            if wanted[slab] == 0 {
                order.push(slab as u32);
            }
            wanted[slab] += 1;
        }
        let held = wanted.iter().map(|_| None).collect();
        let pack = |first: usize, numbers: &mut Vec<f32>| match self.packable {
            true => (first, Features::pack(numbers)),
            false => (first, Features::Floats(std::mem::replace(numbers, self.spare().pop().unwrap_or_default()))),
        };
        let incoming = Box::new(slabs.ahead(scope, order.into(), self.workers, pack));
        Window { stream: self, incoming, wanted, held }
    }
}

/// The slabs in memory. Each comes when its first row is asked for, and goes with its last.
pub struct Window<'s> {
    stream: &'s Stream,
    /// The slabs in the order in which they are needed, each with the number of its first row.
    incoming: Box<dyn Iterator<Item = Result<(usize, Features)>> + Send + 's>,
    /// How many rows of each slab will still be asked for.
    wanted: Vec<u32>,
    /// The slabs that are in memory, at their numbers.
    held: Vec<Option<Features>>,
}

impl Window<'_> {
    /// Appends the features of row number `row` to `out`. It must be the next in the order that the window was made for.
    ///
    /// # Errors
    /// The file can no longer be read.
    #[expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "slabs cover all rows of the table")]
    pub fn append(&mut self, row: u32, out: &mut Vec<f32>) -> Result<()> {
        let Stream { slab: rows, table, .. } = self.stream;
        let (slab, inside) = (row as usize / rows, row as usize % rows);
        while self.held[slab].is_none() {
            let (first, features) = self.incoming.next().unwrap_or_else(|| Err(unread(table)))?;
            self.held[first / rows] = Some(features);
        }
        if let Some(features) = &self.held[slab] {
            features.append(inside * table.width, table.width, out);
        }
        self.wanted[slab] -= 1;
        if self.wanted[slab] == 0
            && let Some(Features::Floats(buffer)) = self.held[slab].take()
        {
            self.stream.spare().push(buffer);
        }
        Ok(())
    }
}

/// The error that a worker ended before its last slab, which only a panic in it explains.
fn unread(table: &Table) -> Error {
    Error::other(format!("the reader of {} ended early; start again with --resume", table.array))
}

/// Gives each row of the slabs, which come in this order, to one of the phases in which its slab is in memory, and
/// shuffles the rows of each phase. A window holds `window` slabs. The result is all rows, phase after phase.
#[expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "first < end <= phases for every slab")]
fn spread(slabs: Vec<Vec<u32>>, window: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let count = slabs.len();
    let phases = count.saturating_sub(window) + 1;
    let mut order: Vec<Vec<u32>> = vec![Vec::new(); phases];
    for (s, mut rows) in slabs.into_iter().enumerate() {
        rows.shuffle(rng);
        let (first, end) = ((s + 1).saturating_sub(window), s.min(phases - 1) + 1);
        let each = rows.len().div_ceil(end - first).max(1);
        let mut phases: Vec<usize> = (first..end).collect();
        phases.shuffle(rng);
        rows.chunks(each).zip(phases).for_each(|(rows, phase)| order[phase].extend(rows));
    }
    order.iter_mut().for_each(|phase| phase.shuffle(rng));
    order.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_row_comes_once_and_no_more_slabs_are_needed_than_the_window_holds() {
        for (slabs, rows, window) in [(40, 25, 8), (3, 7, 10), (10, 2, 4), (1, 5, 2), (9, 100, 2)] {
            let slab = |s: u32| (s * rows..(s + 1) * rows).collect();
            let order = spread((0..slabs).map(slab).collect(), window, &mut ChaCha8Rng::seed_from_u64(1));
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..slabs * rows));
            let place = |s: u32, from_end: bool| {
                let mut places = order.iter().enumerate().filter(|(_, row)| **row / rows == s).map(|(i, _)| i);
                if from_end { places.next_back() } else { places.next() }.unwrap()
            };
            let held = |i: usize| (0..slabs).filter(|&s| place(s, false) <= i && i <= place(s, true)).count();
            assert!((0..order.len()).step_by(7).all(|i| held(i) <= window), "{slabs} {rows} {window}");
        }
    }
}
