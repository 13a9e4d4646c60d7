//! Trouble: what a run does when a loss or a gradient is not finite, or when a whole epoch was far worse than guessing.
//!
//! The update of such a step is not made. But the weights that gave the number came out of the update before, so they are
//! not the last healthy ones either. Those are found by going back to the checkpoint and learning the same batches again,
//! up to the last but one. The replay gives the same bits, and it costs no memory as long as nothing is wrong. The
//! checkpoint may be some short epochs old (see `saving`), which are learned again too. Where the bad number came with
//! the first batch of an epoch, the healthy weights are gone, which is said.
//!
//! What happens then is the user's choice, `--on-trouble`: the run stops with exit code 4, it repairs itself (`repair`),
//! or it leaves that update out and goes on.

use super::Training;
use super::start::restored;
use super::step::make_unwatched;
use crate::error::{Error, Result};
use crate::journal::Event;
use crate::learner::Pass;
use crate::numerics::{Finding, Score};
use crate::run::RunFile;
use crate::setup::{OnTrouble, Step, Steps};
use crate::write::write_beside;

impl Training {
    /// Repairs or ends the run before the update, or leaves the update out where the user wants to go on regardless.
    pub(super) fn on_nonfinite(&mut self, step: &Step, pass: &Pass) -> Result<Option<Event>> {
        if self.config.on_trouble == OnTrouble::Ignore {
            return Ok(None);
        }
        if let Some(repaired) = self.repair(&Finding::nonfinite(self.checkpoint.step))? {
            return Ok(Some(repaired));
        }
        let first = self.learner.first_nonfinite(&step.batch, pass);
        let what = format!("`{first}` is the first value that is not finite; the update was not made");
        Err(self.diverged(first, &what, self.checkpoint.batch.checked_sub(1))?)
    }

    /// Ends a run that goes on regardless of trouble, after an epoch in which no step at all could be made: the next epoch
    /// would begin with the same weights and the same rows.
    pub(super) fn stands_still(&mut self) -> Result<Error> {
        let what = format!("loss or gradient were not finite in every step of epoch {}", self.checkpoint.epoch + 1);
        self.diverged("loss".into(), &what, None)
    }

    /// Whether an epoch has blown up: the loss after it is not finite, or far worse than guessing, as it was in the mean
    /// of the epoch. A loss from logits can stay finite whatever the weights are, and a run that far off is no run.
    pub(super) fn blown_up(&self, train: Score, after: Score) -> bool {
        let baseline = self.watcher.baseline();
        let far = baseline.risen(train.loss, self.checkpoint.start) && baseline.far_off(after.loss);
        !after.loss.is_finite() || far && self.config.on_trouble != OnTrouble::Ignore
    }

    /// Repairs or ends a run whose epoch has blown up.
    pub(super) fn on_blown_up(&mut self, after: Score) -> Result<Event> {
        self.learner.settle()?;
        let (step, guessing) = (self.checkpoint.step, self.watcher.baseline().prior);
        let finding = match after.loss.is_finite() {
            true => Finding::exploded(step, after.loss, guessing),
            false => Finding::nonfinite(step),
        };
        if let Some(repaired) = self.repair(&finding)? {
            return Ok(repaired);
        }
        let (what, healthy) = match after.loss.is_finite() {
            true => (format!("the loss after it is {:.1}, where guessing costs {guessing:.2}", after.loss), Some(0)),
            false => ("the loss after it is not finite".into(), self.checkpoint.batch.checked_sub(1)),
        };
        Err(self.diverged("loss".into(), &what, healthy)?)
    }

    /// Writes the verdict into the journal, and beside it the last weights that are known to be healthy: those before batch
    /// `healthy` of the epoch. Where that lies before the start of the epoch they are gone, and those of its start are kept.
    fn diverged(&mut self, first: String, what: &str, healthy: Option<usize>) -> Result<Error> {
        let (step, largest) = (self.checkpoint.step, self.learner.size().max);
        let verdict = format!("{what}, and the largest weight is {largest:.3e}");
        self.journal.write_all(&self.watcher.take_events())?;
        self.journal.write(&Event::Diverged { step, first, verdict: verdict.clone() })?;
        self.journal.sync()?;
        self.save_best()?;
        self.rewind(healthy.unwrap_or(0))?;
        write_beside(&self.run.file(RunFile::Last), &self.model().to_bytes()?)?;
        let kept = match healthy {
            Some(batch) if batch >= self.checkpoint.batch => "the last healthy one, are kept",
            _ => "which came to this, are kept, since none before them were saved",
        };
        Ok(Error::Diverged(format!(
            "training diverged at step {step}: {verdict}; the weights of step {}, {kept}; a lower --rate (it is {}) may help, \
             or find the cause and a command that cures it with: backburn diagnose {}",
            self.checkpoint.step,
            self.config.rate(),
            self.run.path.display()
        )))
    }

    /// Goes back to the start of the epoch, from a checkpoint that may be older, and from there learns again what was
    /// learned, up to batch `last`.
    pub(super) fn rewind(&mut self, last: usize) -> Result<()> {
        let start = self.unsaved.start.clone();
        (self.checkpoint, _, self.learner) = restored(&self.config, &self.data, &self.run, &self.device)?;
        while self.checkpoint.epoch < start.epoch {
            self.replay(usize::MAX)?;
            (self.checkpoint.epoch, self.checkpoint.batch) = (self.checkpoint.epoch + 1, 0);
        }
        self.checkpoint = start;
        self.replay(last.saturating_sub(self.checkpoint.batch))
    }

    /// Learns again the next `count` batches of the epoch, or all that are left of it.
    fn replay(&mut self, count: usize) -> Result<()> {
        let (config, data) = (self.config.clone(), self.data.clone());
        let steps = Steps::new(&config, &data, &self.device);
        let epoch = steps.epoch(self.checkpoint.epoch);
        let interrupted = self.interrupted("on the way back to healthy weights");
        let place = &mut self.checkpoint;
        let made = make_unwatched(&mut self.learner, &epoch, (place.batch, place.step), count, interrupted)?;
        (place.batch, place.step) = (place.batch + made, place.step + made);
        Ok(())
    }
}
