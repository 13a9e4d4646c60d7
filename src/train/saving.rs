//! Saving: when the place of a run reaches the disk.
//!
//! A file that must survive the loss of power is flushed, and so is its folder, which takes milliseconds; an epoch of
//! a small table takes less. So what is finished at the end of an epoch is written at once only if the last time was
//! a second ago, or twenty times as long as writing takes, and always at the end of a run. A kill costs at most an
//! epoch or that much of training, whichever is longer, and never the equality of a resumed run: the checkpoint is
//! the one file that decides where a run stands, the journal is cut to the length that stands in it, and the best
//! weights are written just before it.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::Training;
use crate::error::{Error, Result};
use crate::learner::Checkpoint;
use crate::model::Saved;
use crate::ranks;
use crate::run::RunFile;
use crate::write::write_beside;

/// Training that a kill may cost where epochs are shorter.
const MOST: Duration = Duration::from_secs(1);
/// A kill may cost more where writing takes long: this many times as long, so that a twentieth of the time goes into
/// it.
const SHARE: u32 = 20;

/// What is finished and not on the disk yet.
pub(super) struct Unsaved {
    /// When the checkpoint was written, and how long that took.
    written: Instant,
    took: Duration,
    /// Where the run stood at the start of this epoch, or where it was resumed within one.
    pub(super) start: Checkpoint,
    /// The best weights, if they are newer than the file of them.
    best: Option<Saved>,
    /// Whether these are kept where the network lives, on a GPU.
    aboard: bool,
}

impl Unsaved {
    /// A run at `place`, as the checkpoint has it.
    pub(super) fn none(place: &Checkpoint) -> Self {
        Unsaved { written: Instant::now(), took: Duration::ZERO, start: place.clone(), best: None, aboard: false }
    }
}

impl Training {
    /// Keeps the weights of now as the best ones, for the next time that the run is saved.
    pub(super) fn keep_as_best(&mut self) {
        self.unsaved.aboard = self.learner.keep();
        self.unsaved.best = if self.unsaved.aboard { None } else { Some(self.model()) };
    }

    /// Saves the run at the end of an epoch, if that is due.
    pub(super) fn save_if_due(&mut self) -> Result<()> {
        self.unsaved.start = self.checkpoint.clone();
        let over = self.checkpoint.stopped || self.checkpoint.epoch >= self.config.epochs;
        // The clocks of several ranks differ, and what is saved decides how far a run goes back.
        let due = |unsaved: &Unsaved| unsaved.written.elapsed() >= MOST.max(SHARE * unsaved.took);
        if over || ranks::shared(|| due(&self.unsaved)) { self.save() } else { Ok(()) }
    }

    /// Writes the best weights, last.safetensors and the checkpoint, and flushes the journal.
    pub(super) fn save(&mut self) -> Result<()> {
        let begun = Instant::now();
        self.learner.settle()?;
        self.save_best()?;
        let model = self.model();
        write_beside(&self.run.file(RunFile::Last), &model.to_bytes()?)?;
        self.journal.sync()?;
        self.checkpoint.write(&self.run.file(RunFile::Checkpoint), &self.learner, &model)?;
        self.unsaved = Unsaved { took: begun.elapsed(), ..Unsaved::none(&self.checkpoint) };
        Ok(())
    }

    /// Writes the best weights, if they are newer than the file of them. They are those of one network, so what a run
    /// that was over kept of its first one is of no use any more.
    pub(super) fn save_best(&mut self) -> Result<()> {
        self.fetch_best()?;
        let Some(best) = self.unsaved.best.take() else { return Ok(()) };
        write_beside(&self.run.file(RunFile::Best), &best.to_bytes()?)?;
        let first = self.run.file(RunFile::First);
        match ranks::first(|| std::fs::remove_file(&first)).unwrap_or(Ok(())) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::other(format!(
                "cannot remove `{}`, which is of an earlier network: {e}; remove it",
                first.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Brings the best weights here, if they are kept on a GPU.
    pub(super) fn fetch_best(&mut self) -> Result<()> {
        if self.unsaved.aboard {
            let weights = self.learner.kept().ok_or_else(|| Error::other("the device does not answer any more"))?;
            self.unsaved.best = Some(Saved { weights, ..self.saved.clone() });
            self.unsaved.aboard = false;
        }
        Ok(())
    }

    /// Puts the first network of a run that was joined before back in its place, where no others are to be joined to
    /// it.
    pub(super) fn take_apart(&mut self) -> Result<()> {
        self.fetch_best()?;
        if self.run.has(RunFile::First) && self.unsaved.best.is_none() {
            self.unsaved.best = Some(self.first()?);
        }
        self.save_best()
    }
}
