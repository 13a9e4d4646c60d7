//! Input dropout: every epoch hides other features of a row, so that the network relies on none of them.
//!
//! Hidden units are switched off inside the network (`model`); inputs are switched off here, in the worker that gathers
//! a batch, because they cost the training thread nothing there. Which ones is a function of (seed, epoch, row). What
//! remains is divided by the share that remains, so that sums keep their size (Srivastava et al. 2014).

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Random numbers of this many bits decide, so shares are exact to this many bits.
const BITS: u32 = 16;

/// Features that are switched off.
#[derive(Clone, Copy, Debug)]
pub struct InputDropout {
    /// Below this random number a feature is off.
    threshold: u16,
}

impl InputDropout {
    /// Switches off this share of the features, 0..1; `None` for a share of 0.
    pub fn new(share: f64) -> Option<Self> {
        let threshold = (share * f64::from(1u32 << BITS)).round().min(f64::from(u16::MAX)) as u16;
        (threshold > 0).then_some(InputDropout { threshold })
    }

    /// Switches off features of row-major `x`; `rows` are the numbers of its rows.
    pub(super) fn apply(self, seed: u64, epoch: usize, rows: &[u32], x: &mut [f32]) {
        let width = x.len() / rows.len().max(1);
        let kept = (1u32 << BITS) as f32 / ((1u32 << BITS) - u32::from(self.threshold)) as f32;
        let mut bytes = vec![0; 2 * width];
        for (row, features) in rows.iter().zip(x.chunks_exact_mut(width.max(1))) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4449_4d00_0000_0000);
            rng.set_stream((epoch as u64) << 32 | u64::from(*row));
            rng.fill_bytes(&mut bytes);
            for (feature, bytes) in features.iter_mut().zip(bytes.as_chunks().0) {
                *feature *= if u16::from_le_bytes(*bytes) < self.threshold { 0.0 } else { kept };
            }
        }
    }
}
