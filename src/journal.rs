//! The journal: what happened in a run, one JSON object in each line.
//!
//! Everything that shows a run (the terminal, metrics.csv, the report) reads events and never asks the training loop. The
//! journal holds no clock, so that a resumed run writes the same bytes as an uninterrupted one.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::io::{Seek, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::numerics::{Finding, Score, Vitals};
use crate::{ranks, read};

/// Bytes of a journal, at most.
const LARGEST: u64 = 8 << 30;

/// Something worth knowing afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A run began.
    Start {
        /// The file the data came from.
        data: String,
        /// The widths of the network from input to output.
        layers: Vec<usize>,
        /// How many rows are learned.
        rows: usize,
    },
    /// An epoch ended.
    Epoch {
        /// Its number, the first is 1.
        epoch: usize,
        /// How many updates there have been.
        step: usize,
        /// The learning rate of its last update.
        rate: f64,
        /// The means over the batches of the epoch, each before its update.
        train: Score,
        /// The score on the validation part after the epoch, if there is such a part.
        validation: Option<Score>,
        /// The mean norm of the gradient over the batches.
        gradient: f64,
        /// Whether the weights of this epoch are the best so far.
        best: bool,
    },
    /// A step was examined.
    Vitals(Vitals),
    /// Something is wrong. Each symptom is told once.
    Symptom(Finding),
    /// The data is at fault, seen before anything was learned.
    Fault {
        /// The kind of fault.
        name: String,
        /// The part, rows or columns that it is in.
        #[serde(rename = "where")]
        place: String,
        /// What was seen, and what to do.
        say: String,
    },
    /// The configuration was changed and the run goes on.
    Repair {
        /// The step at which the run was.
        step: usize,
        /// The step from which it goes on.
        back_to: usize,
        /// What was wrong, as half a sentence.
        why: String,
        /// What was changed.
        changes: Vec<Change>,
    },
    /// One more network was learned, of those that are joined into one.
    Network {
        /// Its number; the first is the network of the epochs.
        number: usize,
        /// How many are joined.
        of: usize,
        /// The epoch of its best weights.
        epoch: usize,
        /// Their score on the rows that it was validated on.
        validation: Score,
    },
    /// A number was not finite and the update did not happen, or an epoch was far worse than guessing.
    Diverged {
        /// The step of the update.
        step: usize,
        /// The first tensor that was not finite, in forward order; `loss` where an epoch blew up.
        first: String,
        /// What is known about the cause; empty if nothing is.
        #[serde(default)]
        verdict: String,
    },
}

/// A knob whose value was changed. Values are as users type them; an empty one stands for a knob that is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The name of the knob.
    pub knob: String,
    /// Its value before.
    pub from: String,
    /// Its value after.
    pub to: String,
}

impl Change {
    /// The value of the knob after the change, for a person.
    pub fn shown(&self) -> &str {
        shown(&self.to)
    }

    /// The value of the knob before the change, for a person.
    pub fn was(&self) -> &str {
        shown(&self.from)
    }
}

/// A value for a person.
fn shown(value: &str) -> &str {
    if value.is_empty() { "standard" } else { value }
}

/// A journal that is open for appending.
pub struct Journal {
    /// Of several ranks only the first has it.
    file: Option<std::fs::File>,
}

impl Journal {
    /// Opens the journal at `path` and cuts it to `length` bytes, which is 0 for a new one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(path: &Path, length: u64) -> Result<Self> {
        if !ranks::is_first() {
            return Ok(Journal { file: None });
        }
        let fail = |e: std::io::Error| {
            Error::other(format!("cannot write `{}`: {e}; free space or choose another --run", path.display()))
        };
        let mut file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(fail)?;
        file.set_len(length).map_err(fail)?;
        file.seek(std::io::SeekFrom::End(0)).map_err(fail)?;
        Ok(Journal { file: Some(file) })
    }

    /// Appends an event, and gives the journal's length in bytes.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn write(&mut self, event: &Event) -> Result<u64> {
        self.write_all(std::slice::from_ref(event))
    }

    /// Appends several events, and gives the journal's length in bytes. A kill does not take them back; the loss of power
    /// may, before [`Journal::sync`].
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn write_all(&mut self, events: &[Event]) -> Result<u64> {
        let Some(file) = &mut self.file else { return Ok(0) };
        let mut text = String::new();
        for event in events {
            text += &serde_json::to_string(event).map_err(|e| Error::other(format!("journal: {e}")))?;
            text.push('\n');
        }
        file.write_all(text.as_bytes()).and_then(|()| file.stream_position()).map_err(|e| failed(&e))
    }

    /// Has everything on the disk that was appended.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn sync(&self) -> Result<()> {
        self.file.as_ref().map_or(Ok(()), std::fs::File::sync_data).map_err(|e| failed(&e))
    }
}

/// The error that the journal cannot be written.
fn failed(e: &std::io::Error) -> Error {
    Error::other(format!("cannot write the journal: {e}; free space and go on with --resume"))
}

/// The events of the journal at `path`, up to the first line that is incomplete or of another version.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> Result<Vec<Event>> {
    Ok(parsed(&bytes(path)?).collect())
}

/// As [`read()`], but without the epochs of which no file holds the weights: those behind the first `saved` bytes, the length
/// that stands in the checkpoint, of a run that was killed there. A run that diverged has saved its best weights after the
/// last epoch, and ends with the event of it instead of a checkpoint.
///
/// # Errors
/// As [`read()`].
pub fn read_saved(path: &Path, saved: u64) -> Result<Vec<Event>> {
    let bytes = bytes(path)?;
    let saved = usize::try_from(saved).ok().and_then(|end| bytes.get(..end)).unwrap_or(&bytes);
    let saved = saved.iter().filter(|&&byte| byte == b'\n').count();
    let events: Vec<Event> = parsed(&bytes).collect();
    let diverged = events.iter().skip(saved).any(|event| matches!(event, Event::Diverged { .. }));
    let stands = |(line, event): &(usize, Event)| *line < saved || diverged || !matches!(event, Event::Epoch { .. });
    Ok(events.into_iter().enumerate().filter(stands).map(|(_, event)| event).collect())
}

/// The bytes of the journal at `path`. A kill or a full disk may have cut the last line within a letter, so they need not
/// be UTF-8 to their end.
fn bytes(path: &Path) -> Result<Vec<u8>> {
    read::whole(path, LARGEST)
        .map_err(|e| Error::data(format!("cannot read journal `{}`: {e}; give a run folder", path.display())))
}

/// The events in lines of JSON.
fn parsed(bytes: &[u8]) -> impl Iterator<Item = Event> {
    bytes.split(|&byte| byte == b'\n').map_while(|line| serde_json::from_slice(line).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_that_was_cut_within_a_letter_is_read_up_to_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let start = Event::Start { data: "größe.h5".into(), layers: vec![2, 2], rows: 9 };
        let mut journal = Journal::open(&path, 0).unwrap();
        let length = journal.write(&start).unwrap() as usize;
        journal.write(&start).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for end in length..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let events = read(&path).unwrap();
            assert_eq!(events.len(), if end + 1 == whole.len() { 2 } else { 1 }, "{end} bytes");
            assert_eq!(read_saved(&path, length as u64).unwrap(), events, "no epoch is in it");
        }
    }
}
