//! The journal: what happened in a run, one JSON object a line; the waist between doing and showing.
//!
//! It holds no clock, so that an interrupted and resumed run writes the same bytes as an uninterrupted one. Faces
//! (console, metrics.csv, report) read events and never ask the training loop.

use std::io::{Read, Seek, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::numerics::{Finding, Score, Vitals};

/// Something worth knowing afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A run began.
    Start {
        /// Where the data came from.
        data: String,
        /// Widths from input to output.
        layers: Vec<usize>,
        /// Rows learned.
        rows: usize,
    },
    /// An epoch ended.
    Epoch {
        /// Its number, the first is 1.
        epoch: usize,
        /// Updates so far.
        step: usize,
        /// The learning rate of its last update.
        rate: f64,
        /// Running means over the epoch's batches.
        train: Score,
        /// After the epoch, where there is a validation part.
        validation: Option<Score>,
        /// The mean norm of the gradient.
        gradient: f64,
        /// Whether the weights of this epoch are the best so far.
        best: bool,
    },
    /// A step was examined.
    Vitals(Vitals),
    /// Something is wrong; told once.
    Symptom(Finding),
    /// The configuration was changed and the run goes on.
    Repair {
        /// Where it was.
        step: usize,
        /// Where it goes on.
        back_to: usize,
        /// What was wrong.
        why: String,
        /// What was changed.
        changes: Vec<Change>,
    },
    /// A number was not finite and the update did not happen.
    Diverged {
        /// The step.
        step: usize,
        /// What was first, in forward order.
        first: String,
        /// What is known about it.
        #[serde(default)]
        verdict: String,
    },
}

/// A knob that was turned; values as they are typed, nothing where the knob is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Its name.
    pub knob: String,
    /// What it was.
    pub from: String,
    /// What it is.
    pub to: String,
}

impl Change {
    /// What the knob is now, for a person.
    pub fn shown(&self) -> &str {
        shown(&self.to)
    }

    /// What it was, for a person.
    pub fn was(&self) -> &str {
        shown(&self.from)
    }
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "standard" } else { value }
}

/// An open journal, appended to.
pub struct Journal {
    file: std::fs::File,
}

impl Journal {
    /// Opens the journal at `path` and cuts it to `length` bytes, 0 for a new one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(path: &Path, length: u64) -> Result<Self> {
        let fail = |e: std::io::Error| {
            Error::other(format!("cannot write `{}`: {e}; free space or choose another --run", path.display()))
        };
        let mut file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(fail)?;
        file.set_len(length).map_err(fail)?;
        file.seek(std::io::SeekFrom::End(0)).map_err(fail)?;
        Ok(Journal { file })
    }

    /// Appends an event; it is on the disk when this returns.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn write(&mut self, event: &Event) -> Result<u64> {
        self.write_all(std::slice::from_ref(event))
    }

    /// Appends several events; they are on the disk when this returns. The journal's length in bytes.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn write_all(&mut self, events: &[Event]) -> Result<u64> {
        let fail = |e: std::io::Error| {
            Error::other(format!("cannot write the journal: {e}; free space and go on with --resume"))
        };
        let mut text = String::new();
        for event in events {
            text += &serde_json::to_string(event).map_err(|e| Error::other(format!("journal: {e}")))?;
            text.push('\n');
        }
        self.file.write_all(text.as_bytes()).map_err(fail)?;
        self.file.sync_data().map_err(fail)?;
        self.file.stream_position().map_err(fail)
    }
}

/// The events of the journal at `path`, up to the first line that is incomplete.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> Result<Vec<Event>> {
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|mut file| file.read_to_string(&mut text))
        .map_err(|e| Error::data(format!("cannot read journal `{}`: {e}; give a run folder", path.display())))?;
    Ok(text.lines().map_while(|line| serde_json::from_str(line).ok()).collect())
}
