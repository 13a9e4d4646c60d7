//! The loop where the network lives on a GPU: steps are made there in bursts, and what they have shown is taken in
//! afterwards.
//!
//! A burst ends with the next step that the watcher wants to see, so there is one wait for many steps and none for
//! each. It is the loop of `mod` in other respects: the same rows in the same order, and everything that is told is
//! told of the step where it happened. The step of a number that is not finite was held back on the device with all
//! after it. It is made again with the tensors of the model, where the judge of the ordinary loop decides.

use super::Training;
use crate::error::Result;
use crate::journal::Event;
use crate::learner::{BURST, Made};
use crate::setup::Epoch;

impl Training {
    /// Whether the network is aboard a GPU, with rows that are learned in this `order`.
    pub(super) fn board(&mut self, order: Option<&[u32]>) -> Result<bool> {
        if order.is_none() {
            return Ok(false);
        }
        self.learner.board(&self.data.train, self.config.batch_size)
    }

    /// Learns the rest of an epoch of so many `batches`, or as much of it as passes before there is something to tell.
    pub(super) fn learn_aboard(&mut self, epoch: &Epoch, order: &[u32], batches: usize) -> Result<Option<Event>> {
        let mut planned = false;
        while self.checkpoint.batch < batches {
            self.stop_if_interrupted()?;
            if !planned {
                let plan = epoch.plan(self.checkpoint.step - self.checkpoint.batch);
                self.learner.plan(order, &plan, self.checkpoint.batch);
                planned = true;
            }
            let count = self.watcher.stretch(self.checkpoint.step, (batches - self.checkpoint.batch).min(BURST));
            let scrutiny = self.watcher.scrutiny(self.checkpoint.step + count - 1);
            for made in self.learner.burst(self.checkpoint.batch, count, scrutiny)? {
                if made.held {
                    if let Some(repaired) = self.again(epoch)? {
                        return Ok(Some(repaired));
                    }
                    planned = !self.board(Some(order))?;
                    break;
                }
                self.take_in(epoch, made);
            }
            self.pace.set(self.checkpoint.batch);
            if let Some(finding) = self.watcher.next_finding() {
                self.learner.settle()?;
                return self.tell(finding).map(Some);
            }
        }
        Ok(None)
    }

    /// Takes note of a step that was made.
    fn take_in(&mut self, epoch: &Epoch, made: Made) {
        let (step, rows) = (self.checkpoint.step, made.rows as f64);
        self.count([made.loss, made.correct as f64, made.norm], rows);
        let sums = [made.loss * rows, made.correct as f64, rows];
        self.watcher.see((step, epoch.rate(step)), sums, made.seen);
        self.go_past();
    }

    /// Makes the step that was held back with the tensors of the model.
    fn again(&mut self, epoch: &Epoch) -> Result<Option<Event>> {
        self.fetch_best()?;
        self.learner.leave()?;
        self.make(&epoch.step(self.checkpoint.batch, self.checkpoint.step)?)
    }
}
