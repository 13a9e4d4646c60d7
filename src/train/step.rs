//! A step of a training: passed through the network, judged, and made or not.
//!
//! The ordinary loop makes every step so, and the loop of a GPU the one that was held back there. Steps that nobody watches,
//! because they were made before or belong to a network beside the run, are made one after another.

use super::{Training, interrupt};
use crate::error::{Error, Result};
use crate::journal::Event;
use crate::learner::Learner;
use crate::setup::{Epoch, Step};

impl Training {
    /// Passes a step through the network and makes its update if loss and gradient are finite; the repair of a run that
    /// mends itself where they are not.
    pub(super) fn make(&mut self, step: &Step) -> Result<Option<Event>> {
        let pass = step.pass(&self.learner);
        if pass.is_finite() {
            self.count([pass.loss, pass.correct as f64, pass.norm], step.batch.labels.len() as f64);
            step.update_watched(&mut self.learner, pass, &mut self.watcher);
        } else if let Some(repaired) = self.on_nonfinite(step, &pass)? {
            return Ok(Some(repaired));
        }
        self.go_past();
        Ok(None)
    }

    /// Goes on to the next step of the epoch.
    pub(super) fn go_past(&mut self) {
        self.checkpoint.batch += 1;
        self.checkpoint.step += 1;
    }

    /// Adds a step with so many rows to the running means of the epoch.
    pub(super) fn count(&mut self, [loss, correct, norm]: [f64; 3], rows: f64) {
        if self.checkpoint.step == 0 {
            self.checkpoint.start = loss;
        }
        let sums = [loss * rows, correct, rows, norm * rows];
        self.checkpoint.sums.iter_mut().zip(sums).for_each(|(sum, x)| *sum += x);
    }
}

/// Makes up to `count` steps of an epoch that nobody watches, from batch `batch` on, which is step `number` of the run, and
/// says how many they were. Those whose numbers are not finite are left out.
///
/// # Errors
/// `interrupted` at Ctrl-C, or rows that can no longer be read.
pub(super) fn make_unwatched(
    learner: &mut Learner,
    epoch: &Epoch,
    (batch, number): (usize, usize),
    count: usize,
    interrupted: Error,
) -> Result<usize> {
    std::thread::scope(|scope| {
        let mut made = 0;
        for step in epoch.ahead(scope, batch, number).take(count) {
            if interrupt::asked() {
                return Err(interrupted);
            }
            let step = step?;
            let pass = step.pass(learner);
            step.update(learner, pass);
            made += 1;
        }
        Ok(made)
    })
}
