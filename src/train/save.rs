//! Saving: what a run leaves on the disk so that it can go on, and how often.
//!
//! A file is flushed to the disk before it takes the place of the one before, and that costs as much as many epochs of a
//! few rows. So the place of a run is made in memory after every epoch and written at most once a second, when the run is
//! over, and whenever something needs it there. Whatever is written is of one moment, so a kill costs a second or an
//! epoch, whichever is longer, and a resumed run ends with the same bits.

use std::time::{Duration, Instant};

use super::Training;
use crate::error::Result;
use crate::run::RunFile;
use crate::write::write_beside;

/// How long a run may go on without writing its place.
const OFTEN: Duration = Duration::from_secs(1);

/// The files of a run as they are to be.
#[derive(Default)]
pub(super) struct Saving {
    /// Each file with its bytes, in the order in which they are written: the checkpoint, which decides, is the last.
    unwritten: [Option<(RunFile, Vec<u8>)>; 3],
    /// When the files were written.
    written: Option<Instant>,
}

impl Training {
    /// Keeps the present weights as the best.
    pub(super) fn keep_weights(&mut self) -> Result<()> {
        self.saving.unwritten[0] = Some((RunFile::Best, self.model().to_bytes()?));
        Ok(())
    }

    /// Writes the best weights, the last ones and the checkpoint.
    pub(super) fn save(&mut self) -> Result<()> {
        self.prepare_files()?;
        self.write_files()
    }

    /// As [`Training::save`], unless that was done within the last second and there are epochs to come.
    pub(super) fn save_in_time(&mut self) -> Result<()> {
        self.prepare_files()?;
        let over = self.checkpoint.stopped || self.checkpoint.epoch >= self.config.epochs;
        let due = self.saving.written.is_none_or(|then| then.elapsed() >= OFTEN);
        if over || due { self.write_files() } else { Ok(()) }
    }

    /// Makes the bytes of the last weights and of the checkpoint.
    fn prepare_files(&mut self) -> Result<()> {
        let model = self.model();
        self.saving.unwritten[1] = Some((RunFile::Last, model.to_bytes()?));
        self.saving.unwritten[2] = Some((RunFile::Checkpoint, self.checkpoint.to_bytes(&self.learner, &model)?));
        Ok(())
    }

    /// Writes what is not written yet.
    pub(super) fn write_files(&mut self) -> Result<()> {
        for file in &mut self.saving.unwritten {
            if let Some((part, bytes)) = file.take() {
                write_beside(&self.run.file(part), &bytes)?;
            }
        }
        self.saving.written = Some(Instant::now());
        Ok(())
    }
}
