//! Moved: what a script says by itself of its gradients when its parameters are moved a little.
//!
//! A reading of its equations may be wrong; the change of its loss is not. So where nothing certain could be read, the script is
//! run once more up to the same update, and goes on from there with one parameter after the other moved by ±h. The tracer
//! (`moves.py`, `moved.py`, `slopes.py`) compares the central differences with what the script goes down by.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tempfile::TempDir;

use super::command::Script;
use super::line::Line;

/// What the tracer leaves for a second run of this update or of another, and what that leaves.
const MOVES: [&str; 2] = ["moves0.npz", "moves1.npz"];
const MOVED: &str = "moved.json";

/// A second run of a script of which an update was read.
#[derive(Debug)]
pub struct SecondRun {
    script: Script,
    tracer: PathBuf,
    folder: TempDir,
}

/// What came of moving the parameters.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Moved {
    /// Whether the second run did what the first one did.
    repeats: bool,
    /// Whether the script goes down the gradient of one loss by all its parameters.
    pub agrees: bool,
    /// The loss for which most parameters agree: `ce`, `bce`, `sse`, or a number of the script's own.
    pub loss: String,
    /// The parameters that go down it, as the dump calls them: `W1`, `b1`.
    pub right: Vec<String>,
    /// Those of which no slope can be told, as at the corner of a relu.
    pub untold: Vec<String>,
    /// The line that computes the loss, where it is a number of the script's own.
    pub place: Option<Line>,
    /// What the person calls the parameters.
    pub names: BTreeMap<String, String>,
    /// By how much the differences of the others are off, in shares of them.
    pub off: BTreeMap<String, f64>,
}

impl SecondRun {
    /// A second run after the first, which has left what it needs in `folder`; `None` where it has not.
    pub(super) fn after(script: &Script, tracer: PathBuf, folder: TempDir) -> Option<Self> {
        folder.path().join(MOVES[0]).exists().then(|| SecondRun { script: script.clone(), tracer, folder })
    }

    /// Runs the script once more, and again where that leaves it open and there is another update to look at; what came of it
    /// within the `limit`, if it tells anything.
    pub fn moved(&self, limit: Duration) -> Option<Moved> {
        let begun = Instant::now();
        let runs = MOVES.iter().filter_map(|moves| self.run(moves, limit.checked_sub(begun.elapsed())?));
        let mut told: Option<Moved> = None;
        for moved in runs {
            if moved.agrees {
                return Some(moved);
            }
            told = told.or(Some(moved));
        }
        told
    }

    /// One such run.
    fn run(&self, moves: &str, limit: Duration) -> Option<Moved> {
        let (moves, out) = (self.folder.path().join(moves), self.folder.path().join("moved"));
        if !moves.exists() {
            return None;
        }
        std::fs::create_dir_all(&out).ok()?;
        let _ = std::fs::remove_file(out.join(MOVED));
        let seconds = limit.as_secs_f64().to_string();
        let flags: [OsString; 4] = ["--seconds".into(), seconds.into(), "--moves".into(), moves.into()];
        self.script.run(&self.tracer, &out, &flags, limit + Duration::from_secs(1)).ok()?;
        let text = std::fs::read_to_string(out.join(MOVED)).ok()?;
        let moved: Moved = serde_json::from_str(&text).ok()?;
        (moved.repeats && (moved.agrees || !moved.off.is_empty())).then_some(moved)
    }
}
