//! What a run keeps of the search that found its configuration.
//!
//! The trainings themselves stand in the plan and in their folders, as those of every sweep do; here stands what cannot be
//! read off them: the budget, what the person had chosen, and, once the search is over, what came of it.

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::space::Point;
use crate::error::{Error, Result};
use crate::numerics::Score;
use crate::read;
use crate::run::{Hold, Run, RunFile};
use crate::setup::Config;
use crate::write::write_beside;

/// The search of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// How much may be tried.
    pub budget: Budget,
    /// The knobs that the person has chosen, which are the same in all trainings.
    pub given: Vec<String>,
    /// What the data make of the defaults and of what the person has chosen.
    pub base: Config,
    /// What was chosen, once the search is over.
    pub choice: Option<Choice>,
}

/// What a search has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The knobs in which the chosen configuration differs from the default, as typed; none where the default stays.
    pub varied: Point,
    /// How many configurations were tried, the default among them.
    pub configurations: usize,
    /// In how many trainings.
    pub trainings: usize,
    /// How many seconds they took together.
    pub seconds: f64,
    /// What the chosen configuration reaches on rows held out from its trainings.
    pub chosen: Option<Score>,
    /// What the default reaches on the same rows.
    pub default: Option<Score>,
}

impl Tuned {
    /// The search of the run, if it has one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(run: &Run) -> Result<Option<Self>> {
        if !run.has(RunFile::Tuning) {
            return Ok(None);
        }
        let path = run.file(RunFile::Tuning);
        let fail =
            |e: String| Error::data(format!("`{}` cannot be understood: {e}; start the run again", path.display()));
        let text = read::text(&path, read::TEXT).map_err(|e| fail(e.to_string()))?;
        serde_json::from_str(&text).map(Some).map_err(|e| fail(e.to_string()))
    }

    /// Writes it into the folder of its run.
    ///
    /// # Errors
    /// No space.
    pub fn keep(&self, run: &Hold) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::other(format!("tuning: {e}")))?;
        write_beside(&run.file(RunFile::Tuning), (text + "\n").as_bytes())
    }
}
