//! A step of a training: passed through the network, judged, and made or not.
//!
//! The ordinary loop makes every step so, and the loop of a GPU the one that was held back there.

use super::Training;
use crate::error::Result;
use crate::journal::Event;
use crate::setup::Step;

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
