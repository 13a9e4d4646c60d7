//! Input dropout: every epoch hides other features of a row, so that the network relies on none of them.
//!
//! Hidden units are switched off inside the network (see `model`); inputs are switched off here, in the worker that gathers
//! a batch, where it costs the training thread nothing. Which features are off is a function of the seed, the epoch and
//! the row.

use crate::random::{Dropout, generator_of_row};

/// Dropout of a share of the features, drawn anew for every row in every epoch.
#[derive(Clone, Copy, Debug)]
pub struct InputDropout(Dropout);

impl InputDropout {
    /// Switches off this share of the features, 0..1; `None` for a share of 0.
    pub fn new(share: f64) -> Option<Self> {
        Dropout::new(share).map(InputDropout)
    }

    /// Switches off features of `x`, row-major `[rows.len(), width]`; `rows` are the numbers of its rows in the block.
    pub(super) fn apply(self, seed: u64, epoch: usize, rows: &[u32], x: &mut [f32]) {
        let width = x.len() / rows.len().max(1);
        for (row, features) in rows.iter().zip(x.chunks_exact_mut(width.max(1))) {
            self.0.apply(&mut generator_of_row(seed, b"DIM\0\0\0\0\0", epoch, *row), features);
        }
    }
}
