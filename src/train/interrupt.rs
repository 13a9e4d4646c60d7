//! Ctrl-C: the first press asks a running training to save and end, any other ends the process.

use std::sync::atomic::{AtomicBool, Ordering};

static RUNNING: AtomicBool = AtomicBool::new(false);
static ASKED: AtomicBool = AtomicBool::new(false);

/// Asks the training to end; `false` if none runs or it was asked before, so that the caller should leave at once.
pub fn interrupt() -> bool {
    RUNNING.load(Ordering::Relaxed) && !ASKED.swap(true, Ordering::Relaxed)
}

/// From now on there is something to save.
pub(super) fn running() {
    RUNNING.store(true, Ordering::Relaxed);
}

/// From now on there is nothing to save that is not saved.
pub(super) fn stopped() {
    RUNNING.store(false, Ordering::Relaxed);
}

/// Whether the training was asked to end.
pub(super) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
