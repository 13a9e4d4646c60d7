//! Ctrl-C: the first press asks a running training to save its place and to end, any other ends the process.
//!
//! A signal belongs to the process and not to one of its trainings, so the two flags here are global.

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
