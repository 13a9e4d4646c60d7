//! Where an epoch stands: a few numbers that the loop writes and another thread may read at any time.
//!
//! A training is pulled event by event and knows nobody who watches it, so whoever wants to show something within an epoch,
//! which may take minutes, looks at these numbers as often as it likes. Writing them costs the loop one store a step.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The epoch in hand and how many of its batches are learned. The numbers are read one by one, so at the turn of an epoch
/// they may belong to two.
#[derive(Debug, Default)]
pub struct Pace {
    epoch: AtomicUsize,
    batches: AtomicUsize,
    batch: AtomicUsize,
}

impl Pace {
    /// The number of the epoch in hand, from 1; 0 before the first.
    pub fn epoch(&self) -> usize {
        self.epoch.load(Ordering::Relaxed)
    }

    /// The share of its batches that is learned, 0..1.
    pub fn share(&self) -> f64 {
        let (batch, batches) = (self.batch.load(Ordering::Relaxed), self.batches.load(Ordering::Relaxed));
        (batch as f64 / batches.max(1) as f64).min(1.0)
    }

    /// Begins epoch number `epoch`, or goes on with it where `batch` of its `batches` are learned.
    pub(super) fn begin(&self, epoch: usize, (batch, batches): (usize, usize)) {
        self.batch.store(batch, Ordering::Relaxed);
        self.batches.store(batches, Ordering::Relaxed);
        self.epoch.store(epoch, Ordering::Relaxed);
    }

    /// Notes that so many batches of the epoch are learned.
    pub(super) fn set(&self, batch: usize) {
        self.batch.store(batch, Ordering::Relaxed);
    }
}
