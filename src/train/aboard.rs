//! The loop where the network lives on a GPU: steps are made there in bursts, and what they have shown is taken in
//! afterwards.
//!
//! A burst ends with the next step that the watcher wants to see, so there is one wait for many steps and none for
//! each. It is the loop of `mod` in other respects: the same rows in the same order, and everything that is told is
//! told of the step where it happened. The step of a number that is not finite was held back on the device with all
//! after it. It is made again with the tensors of the model, where the judge of the ordinary loop decides. Rows that
//! cannot stay on the device come in the order of the epoch, while the steps before them are made.

use std::thread::Scope;

use super::Training;
use crate::error::Result;
use crate::journal::Event;
use crate::learner::{BURST, Feed, Made, Room};
use crate::setup::Epoch;

impl Training {
    /// Whether the network is aboard a GPU, with rows of this epoch or room for them.
    pub(super) fn board(&mut self, epoch: &Epoch) -> Result<bool> {
        let all = if epoch.stay() { usize::MAX } else { 0 };
        self.learner.board(&self.data.train, self.config.batch_size, Room { all, ..Room::default() })
    }

    /// Learns the rest of an epoch of so many `batches`, or as much of it as passes before there is something to tell.
    pub(super) fn learn_aboard<'e>(
        &mut self,
        (epoch, order): (&'e Epoch, &[u32]),
        batches: usize,
        scope: &'e Scope<'e, '_>,
    ) -> Result<Option<Event>> {
        let mut feed = self.plan(epoch, order, scope);
        while self.checkpoint.batch < batches {
            self.stop_if_interrupted()?;
            let count = self.watcher.stretch(self.checkpoint.step, (batches - self.checkpoint.batch).min(BURST));
            let scrutiny = self.watcher.scrutiny(self.checkpoint.step + count - 1);
            for made in self.learner.burst(self.checkpoint.batch, count, scrutiny, &mut feed)? {
                if made.held {
                    if let Some(repaired) = self.again(epoch)? {
                        return Ok(Some(repaired));
                    }
                    self.board(epoch)?;
                    feed = self.plan(epoch, order, scope);
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

    /// Brings the plan of an epoch aboard, and begins to gather its rows from here on where they do not stay there.
    fn plan<'e>(&mut self, epoch: &'e Epoch, order: &[u32], scope: &'e Scope<'e, '_>) -> Feed<'e> {
        let (batch, step) = (self.checkpoint.batch, self.checkpoint.step);
        self.learner.plan(order, &epoch.plan(step - batch), batch);
        match self.learner.half() {
            Some(half) => Box::new(epoch.loads(scope, batch, half)),
            None => Box::new(std::iter::empty()),
        }
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
