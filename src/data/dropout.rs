//! Input dropout: every epoch hides other features of a row, so that the network relies on none of them.
//!
//! Hidden units are switched off inside the network (see `model`); inputs are switched off here, in the worker that gathers
//! a batch, where it costs the training thread nothing. Which features are off is a function of the seed, the epoch and
//! the row. The others are divided by the share that remains, so that sums keep their size (Srivastava et al. 2014).

use rand::RngCore;

use crate::random::generator_of_row;

/// A random number of this many bits decides about a feature, so the share is exact to this many bits.
const BITS: u32 = 16;

/// Dropout of a share of the features, drawn anew for every row in every epoch.
#[derive(Clone, Copy, Debug)]
pub struct InputDropout {
    /// A feature is off if its random number is below this one.
    threshold: u16,
}

impl InputDropout {
    /// Switches off this share of the features, 0..1; `None` for a share of 0.
    pub fn new(share: f64) -> Option<Self> {
        let threshold = (share * f64::from(1u32 << BITS)).round().min(f64::from(u16::MAX)) as u16;
        (threshold > 0).then_some(InputDropout { threshold })
    }

    /// Switches off features of `x`, row-major `[rows.len(), width]`; `rows` are the numbers of its rows in the block.
    pub(super) fn apply(self, seed: u64, epoch: usize, rows: &[u32], x: &mut [f32]) {
        let width = x.len() / rows.len().max(1);
        let kept = (1u32 << BITS) as f32 / ((1u32 << BITS) - u32::from(self.threshold)) as f32;
        let mut bytes = vec![0; 2 * width];
        for (row, features) in rows.iter().zip(x.chunks_exact_mut(width.max(1))) {
            generator_of_row(seed, b"DIM\0\0\0\0\0", epoch, *row).fill_bytes(&mut bytes);
            for (feature, bytes) in features.iter_mut().zip(bytes.as_chunks().0) {
                *feature *= if u16::from_le_bytes(*bytes) < self.threshold { 0.0 } else { kept };
            }
        }
    }
}
