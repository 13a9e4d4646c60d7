//! What became of a training of a sweep, kept in its folder so that nobody trains it again.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::numerics::Score;
use crate::run::{Hold, Run, RunFile};
use crate::words::words;
use crate::write::write_beside;

/// How far a training has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The training has learned all its epochs, or its patience ran out.
    Finished,
    /// It met a number that is not finite or an epoch far worse than guessing, and would do so again.
    Diverged,
    /// Something else was in the way, such as a file that is gone; it is tried again when it is started again.
    Failed,
    /// The training was begun, and goes on now or was killed.
    Unfinished,
    /// Nobody has begun the training.
    Missing,
}

words!(End: Finished "finished", Diverged "diverged", Failed "failed", Unfinished "unfinished", Missing "missing");

/// What became of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How far the training has come.
    pub end: End,
    /// Why it did not finish; empty if it did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// How many epochs were learned.
    #[serde(default)]
    pub epochs: usize,
    /// The epoch of the best weights, from 1; 0 where several networks answer together.
    #[serde(default)]
    pub best_epoch: usize,
    /// The score on the rows learned.
    pub train: Option<Score>,
    /// The score on the validation part.
    pub validation: Option<Score>,
    /// The score on the test half.
    pub test: Option<Score>,
    /// How many seconds the last process took that trained it.
    #[serde(default)]
    pub seconds: f64,
}

impl Outcome {
    /// An outcome without scores.
    pub fn without_score(end: End, why: String) -> Self {
        Outcome { end, why, epochs: 0, best_epoch: 0, train: None, validation: None, test: None, seconds: 0.0 }
    }

    /// What became of the training in the folder of `run`.
    pub fn of(run: &Run) -> Self {
        let text = std::fs::read_to_string(run.file(RunFile::Result)).ok();
        let known = text.and_then(|text| serde_json::from_str(&text).ok());
        known.unwrap_or_else(|| match run.begun() {
            true => Outcome::without_score(End::Unfinished, String::new()),
            false => Outcome::without_score(End::Missing, String::new()),
        })
    }

    /// Whether it is over, so that starting it again changes nothing.
    pub fn is_settled(&self) -> bool {
        matches!(self.end, End::Finished | End::Diverged)
    }

    /// Writes it into the folder of its run.
    ///
    /// # Errors
    /// No space.
    pub fn keep(&self, run: &Hold) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::other(format!("result: {e}")))?;
        write_beside(&run.file(RunFile::Result), (text + "\n").as_bytes())
    }

    /// The score by which configurations are compared: on the validation part, or on the rows learned where there is none.
    pub fn judged(&self) -> Option<Score> {
        self.validation.or(self.train)
    }
}
