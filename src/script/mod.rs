//! A person's own training script, run under the tracer: a dump of its first update, and the line of every array in it.
//!
//! Between a program and a dump lie eight steps that a person takes by hand: find the batch, the weights before the
//! update, the gradients, name them, save them. The tracer (the Python package `python/backburn/trace`, whose only need
//! is numpy) takes them by arithmetic: it runs the script with the person's own Python and watches what is made of what.
//! This room starts it, waits, and reads what it wrote. The script is the person's own code and is run, with all that it
//! does; a dump is data and never is. Not on the path of a batch.

mod command;
mod line;
mod moved;
mod roles;
mod slip;
mod tracer;

use std::ffi::OsString;
use std::time::{Duration, Instant};

pub use command::Script;
pub use line::Line;
pub use moved::{Moved, SecondRun};
pub use roles::{Ended, PrintedLoss, Roles};
pub use slip::{Slip, SlipKind};

use crate::data::Dump;
use crate::error::{Error, Result};

/// The share of all the time that the script itself may take; the rest is for reading what it did and for judging it.
const RUNNING: f64 = 0.7;
/// What little time there is besides, for reading what a script did that was given hardly any.
const LEAST: Duration = Duration::from_secs(10);

/// What the tracer saw.
#[derive(Debug)]
pub struct Trace {
    /// The first update as a dump; `None` where no update was found.
    pub dump: Option<Dump>,
    /// Some rows with all their inputs and the whole weights, where the dump has fewer inputs than the program.
    pub sample: Option<Dump>,
    /// What the arrays of the dump are in the script.
    pub roles: Roles,
    /// The update after the first, where that was read too.
    pub later: Option<Box<Update>>,
    /// What the script printed, both streams.
    pub output: String,
    /// A second run, where its parameters can be moved.
    pub second: Option<SecondRun>,
}

/// An update of the script's parameters.
#[derive(Clone, Debug)]
pub struct Update {
    /// Its arrays.
    pub dump: Dump,
    /// What they are in the script.
    pub roles: Roles,
}

impl Script {
    /// Runs the script until its parameters have been updated twice, and reads what the tracer saw of the first update.
    ///
    /// # Errors
    /// There is no such script or Python, the Python lacks numpy, or the tracer itself failed.
    pub fn trace(&self) -> Result<Trace> {
        if !self.path.is_file() {
            let text = format!("there is no script `{}`; check the path", self.path.display());
            return Err(Error::usage(text));
        }
        let folder = tempfile::tempdir().map_err(|e| Error::other(format!("cannot make a temporary folder: {e}")))?;
        let tracer = tracer::write(folder.path())?;
        let limit = (Duration::from_secs_f64(self.running()) + LEAST).max(Duration::from_secs(self.seconds));
        let (running, all) = (self.running().to_string(), limit.as_secs_f64().to_string());
        let flags: [OsString; 4] = ["--seconds".into(), running.into(), "--all".into(), all.into()];
        let done = self.run(&tracer, folder.path(), &flags, limit)?;
        let output = std::fs::read_to_string(folder.path().join("output.txt")).unwrap_or_default();
        let Ok(text) = std::fs::read_to_string(folder.path().join("roles.json")) else {
            let complaint = std::fs::read_to_string(folder.path().join(command::COMPLAINT)).unwrap_or_default();
            return Err(self.failed(done, &output, &complaint));
        };
        let parsed = |text: &str| -> Result<Roles> {
            serde_json::from_str(text).map_err(|e| {
                Error::other(format!("the tracer wrote something unreadable: {e}; please report the script"))
            })
        };
        let roles = parsed(&text)?;
        let read = |name: &str| -> Result<Option<Dump>> {
            let path = folder.path().join(name);
            let dump = if path.exists() { Some(Dump::read(&path)?) } else { None };
            Ok(dump.map(|dump| Dump { name: self.path.display().to_string(), ..dump }))
        };
        let second = std::fs::read_to_string(folder.path().join("later.json")).ok();
        let second = second.map(|text| parsed(&text)).transpose()?;
        let later = read("later.npz")?.zip(second).map(|(dump, roles)| Box::new(Update { dump, roles }));
        let (dump, sample) = (read("dump.npz")?, read("sample.npz")?);
        Ok(Trace { dump, sample, roles, later, output, second: SecondRun::after(self, tracer, folder) })
    }

    /// The time that is left of all that there is, for judging what the script did, which began to run when it `begun`.
    pub fn left(&self, begun: Instant) -> Duration {
        Duration::from_secs(self.seconds).saturating_sub(begun.elapsed()).max(LEAST)
    }

    /// How many seconds the script may run.
    fn running(&self) -> f64 {
        (RUNNING * self.seconds as f64).max(1.0)
    }

    /// Why the tracer wrote nothing.
    fn failed(&self, done: bool, output: &str, complaint: &str) -> Error {
        if complaint.contains("No module named 'numpy'") {
            let text = format!("`{}` has no numpy, which the tracer needs; name another with --python", self.python);
            return Error::usage(text);
        }
        if let Some(version) = complaint.lines().find_map(|line| line.strip_prefix("too old: ")) {
            let text =
                format!("`{}` is Python {version} and the tracer needs 3.9; name another with --python", self.python);
            return Error::usage(text);
        }
        if !done {
            return Error::data(format!(
                "`{}` and what it did were not read within {} s; shorten what it does before its first update, or give it more with --seconds",
                self.path.display(),
                self.seconds
            ));
        }
        let last = complaint.lines().chain(output.lines()).rfind(|line| !line.trim().is_empty()).unwrap_or("");
        Error::other(format!("the tracer failed on `{}`: {last}; please report the script", self.path.display()))
    }
}
