//! Ctrl-C: the first press asks a running training to save its place and to end, any other ends the process.
//!
//! A signal belongs to the process and not to one of its trainings, so the flags are global. A request is taken
//! back once it has been carried out, so that a program which trains again is not stopped by an old one.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Training;
use crate::error::{Error, Result};
use crate::ranks;

static RUNNING: AtomicBool = AtomicBool::new(false);

/// Asks the training to end; `false` if none runs or it was asked before, so that the caller should leave at once.
pub fn interrupt() -> bool {
    RUNNING.load(Ordering::Relaxed) && ranks::ask_to_stop()
}

/// Takes back a request that an earlier training has not answered, because it ended by itself before.
pub(super) fn forget() {
    ranks::forget();
}

/// From now on there is something to save.
pub(super) fn running() {
    RUNNING.store(true, Ordering::Relaxed);
}

/// From now on there is nothing to save that is not saved.
pub(super) fn stopped() {
    RUNNING.store(false, Ordering::Relaxed);
}

/// Whether the training was asked to end. This answers a request, so it is `true` once for each of them.
pub(super) fn asked() -> bool {
    let asked = ranks::asked_to_stop();
    if asked {
        stopped();
    }
    asked
}

impl Training {
    /// Saves and ends the run if Ctrl-C was pressed.
    pub(super) fn stop_if_interrupted(&mut self) -> Result<()> {
        if !asked() {
            return Ok(());
        }
        self.checkpoint.since = self.watcher.since;
        self.record(&[])?;
        self.save()?;
        Err(self.interrupted(&format!("after step {}", self.checkpoint.step)))
    }

    /// The error that Ctrl-C was pressed, with the command that goes on from the checkpoint.
    pub(super) fn interrupted(&self, place: &str) -> Error {
        let (run, part) = &self.whole;
        let place = part.as_ref().map_or_else(|| place.to_string(), |part| format!("in {part}"));
        let path = run.path.display();
        Error::Interrupted(format!("interrupted {place}; go on with: backburn train --resume {path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_answered_once_and_is_not_left_for_the_next_training() {
        assert!(!interrupt(), "nothing runs");
        running();
        assert!(interrupt());
        assert!(!interrupt(), "the second press leaves at once");
        assert!(asked());
        assert!(!asked(), "it was answered");
        assert!(!interrupt(), "what was asked to end does not run any more");
        running();
        assert!(interrupt());
        stopped();
        forget();
        assert!(!asked(), "the training ended by itself");
    }
}
