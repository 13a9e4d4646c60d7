//! Slabs: runs of neighbouring rows of a table, read and prepared by worker threads ahead of whoever needs them.
//!
//! Worker w of n prepares every n-th slab and waits until it is taken. So slabs come in the order that was asked for, and
//! at most two for each worker are in memory. On the path of a batch: file → slab → features.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use super::hdf5::{Scratch, Table};
use crate::error::Result;

/// The rows of a table cut into slabs; the last slab may be shorter.
#[derive(Clone, Copy)]
pub struct Slabs<'a> {
    /// Where the rows are read from.
    pub table: &'a Table,
    /// How many rows a slab has.
    pub rows: usize,
}

/// How many rows of `table` a slab has if there are `memory` bytes for all slabs: about 1/256 of the memory, between 16 KB
/// and 4 MB.
pub fn slab_rows(table: &Table, memory: usize) -> usize {
    table.slab((memory / 256).clamp(16 << 10, 4 << 20))
}

impl<'s> Slabs<'s> {
    /// How many slabs there are.
    pub fn count(self) -> usize {
        self.table.rows.div_ceil(self.rows)
    }

    /// What `work` makes of the slabs whose numbers are `order`, in this order. `work` is given the number of the first row
    /// of a slab and the features of its rows, which it may keep.
    ///
    /// The workers end with the iterator, and `scope` waits for them.
    ///
    /// # Errors
    /// Each item is an error if the file can no longer be read.
    pub fn ahead<T: Send + 's>(
        self,
        scope: &'s Scope<'s, '_>,
        order: Arc<[u32]>,
        workers: usize,
        work: impl Fn(usize, &mut Vec<f32>) -> T + Copy + Send + 's,
    ) -> impl Iterator<Item = Result<T>> + Send + 's {
        let workers = workers.clamp(1, order.len().max(1));
        let receivers: Vec<Receiver<Result<T>>> = (0..workers)
            .map(|worker| {
                let (sender, receiver) = sync_channel(1);
                let order = order.clone();
                scope.spawn(move || {
                    let (mut scratch, mut numbers) = (Scratch::default(), Vec::new());
                    order.iter().skip(worker).step_by(workers).try_for_each(|&slab| {
                        let first = (slab as usize).saturating_mul(self.rows);
                        let range = first..first.saturating_add(self.rows).min(self.table.rows);
                        let read = self.table.read(range, &mut scratch, &mut numbers);
                        sender.send(read.map(|()| work(first, &mut numbers)))
                    })
                });
                receiver
            })
            .collect();
        let mut turns = (0..workers).cycle().take(order.len());
        std::iter::from_fn(move || receivers.get(turns.next()?)?.recv().ok())
    }
}
