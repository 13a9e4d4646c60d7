//! A person's own training script, run under the tracer: a dump of its first update, and the line of every array in it.
//!
//! Between a program and a dump lie eight steps that a person takes by hand: find the batch, the weights before the
//! update, the gradients, name them, save them. The tracer (the Python package `python/backburn/trace`, whose only need
//! is numpy) takes them by arithmetic: it runs the script with the person's own Python and watches what is made of what.
//! This room starts it, waits, and reads what it wrote. The script is the person's own code and is run, with all that it
//! does; a dump is data and never is. Not on the path of a batch.

mod slip;
mod tracer;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub use slip::{Slip, SlipKind};

use serde::Deserialize;

use crate::data::Dump;
use crate::error::{Error, Result};

/// The share of all the time that the script itself may take; the rest is for reading what it did and for judging it.
const RUNNING: f64 = 0.7;
/// What little time there is besides, for reading what a script did that was given hardly any.
const LEAST: Duration = Duration::from_secs(10);

/// A script and how to run it.
#[derive(Clone, Debug)]
pub struct Script<'a> {
    /// The script, `.py` or `.ipynb`.
    pub path: &'a Path,
    /// What it is called with.
    pub arguments: &'a [String],
    /// The Python that runs it.
    pub python: &'a str,
    /// How long all may take: to run it until its second update, to read what it did, and to judge it.
    pub seconds: u64,
}

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
}

/// An update of the script's parameters.
#[derive(Clone, Debug)]
pub struct Update {
    /// Its arrays.
    pub dump: Dump,
    /// What they are in the script.
    pub roles: Roles,
}

/// What the arrays of a dump are in the script that made them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Roles {
    /// Why the script ended.
    pub ended: Ended,
    /// Names that numpy or Python dropped and that were put back for this run, as `np.int` and `time.clock`.
    pub dropped_names: Vec<String>,
    /// Whether the script was read as Python 2.
    pub python2: bool,
    /// Why no update was found.
    pub why_not: Option<String>,
    /// Whether that is a fault of the script, at a line of its own.
    pub fault: bool,
    /// The person's expression for an array of the dump: `W1` is `params['W1']`.
    #[serde(rename = "roles")]
    pub expressions: BTreeMap<String, String>,
    /// All expressions that the script has for an array, as functions call it by names of their own.
    pub names: BTreeMap<String, Vec<String>>,
    /// The line that computes an array, by its name in the dump or by the name of a step on the way to it.
    pub lines: BTreeMap<String, Line>,
    /// The names that are bound at a line, by `file:line`.
    pub scopes: BTreeMap<String, Vec<String>>,
    /// Where the script divides by the rows: `inside` the error or `outside` of it; `None` where its gradients do not tell.
    pub division: Option<String>,
    /// The layout of the matrices: `row`, `col` or `torch`.
    pub layout: String,
    /// The numbers of the script that are a loss of its outputs, in the order in which it computes them.
    pub losses: Vec<PrintedLoss>,
    /// Layers whose function is none that the tracer knows.
    pub unknown_functions: Vec<String>,
    /// Whether it is said of each of these what it is, though it is none that can be judged.
    pub functions_told: bool,
    /// What is so beside the equations, as (name, of what).
    pub conditions: Vec<(String, String)>,
    /// What is wrong beside the gradients.
    pub slips: Vec<Slip>,
    /// The rows of the batch.
    pub rows: usize,
    /// The gradients of the dump whose array is one of the script and made of the error of this pass, by name.
    pub own_gradients: BTreeSet<String>,
}

/// A line of the script.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Hash)]
pub struct Line {
    /// The file, relative to the script's folder.
    pub file: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// Its text.
    pub source: String,
}

/// A number of the script that equals a loss.
#[derive(Clone, Debug, Deserialize)]
pub struct PrintedLoss {
    /// `ce`, `bce`, `sse` or `half-sse`.
    pub loss: String,
    /// `mean`, `sum` or `mean-all`.
    pub reduction: String,
}

/// Why a script ended.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ended {
    /// `end`, `stopped`, `exit` or `error`.
    pub how: String,
    /// Why it was stopped.
    pub why: String,
    /// The class of an exception.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its text.
    pub text: String,
    /// Where it was raised.
    #[serde(flatten)]
    pub at: Option<Line>,
}

impl Script<'_> {
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
        let child = self.start(&tracer, folder.path())?;
        let complaint = folder.path().join("complaint.txt");
        let limit = Duration::from_secs_f64(self.running()) + LEAST;
        let done = wait(child, limit.max(Duration::from_secs(self.seconds)))?;
        let output = std::fs::read_to_string(folder.path().join("output.txt")).unwrap_or_default();
        let Ok(text) = std::fs::read_to_string(folder.path().join("roles.json")) else {
            return Err(self.failed(done, &output, &std::fs::read_to_string(complaint).unwrap_or_default()));
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
        Ok(Trace { dump: read("dump.npz")?, sample: read("sample.npz")?, roles, later, output })
    }

    /// The time that is left of all that there is, for judging what the script did, which began to run when it `begun`.
    pub fn left(&self, begun: Instant) -> Duration {
        Duration::from_secs(self.seconds).saturating_sub(begun.elapsed()).max(LEAST)
    }

    /// How many seconds the script may run.
    fn running(&self) -> f64 {
        (RUNNING * self.seconds as f64).max(1.0)
    }

    fn start(&self, tracer: &Path, folder: &Path) -> Result<Child> {
        let complaint = std::fs::File::create(folder.join("complaint.txt"));
        let complaint = complaint.map_or(Stdio::null(), Stdio::from);
        let mut command = Command::new(self.python);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0); // so that its own children end with it
        command
            .arg(tracer)
            .arg("--out")
            .arg(folder)
            .args(["--seconds", &self.running().to_string(), "--"])
            .arg(std::path::absolute(self.path).unwrap_or_else(|_| self.path.into()))
            .args(self.arguments.iter().map(|argument| self.found(argument)))
            .env("MPLBACKEND", "Agg")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(complaint)
            .spawn()
            .map_err(|e| Error::usage(format!("cannot start `{}`: {e}; name your Python with --python", self.python)))
    }

    /// An argument as the script finds it, which runs in its own folder: the path of a file that is there where the
    /// person stands, and not where the script does, becomes absolute.
    fn found(&self, argument: &str) -> OsString {
        let here = Path::new(argument);
        let beside = self.path.parent().is_some_and(|folder| folder.join(here).exists());
        match std::path::absolute(here) {
            Ok(path) if here.exists() && !beside => path.into(),
            _ => argument.into(),
        }
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

/// Ends a process with all that it has started.
fn end(child: &mut Child) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(group) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL)?;
    }
    child.kill()
}

/// Waits for a process, and ends it when its time is over; whether it ended by itself.
fn wait(mut child: Child, limit: Duration) -> Result<bool> {
    let start = Instant::now();
    let fail = |e: std::io::Error| Error::other(format!("cannot wait for the script: {e}"));
    loop {
        if child.try_wait().map_err(fail)?.is_some() {
            return Ok(true);
        }
        if start.elapsed() > limit {
            end(&mut child).map_err(fail)?;
            child.wait().map_err(fail)?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Roles {
    /// These roles with what `first` says of the script as a whole.
    pub fn beside(self, first: Roles) -> Roles {
        let Roles { ended, dropped_names, python2, slips, .. } = first;
        Roles { ended, dropped_names, python2, slips, ..self }
    }

    /// `text` with the dump's names replaced by the person's own, as in `W2` by `params['W2']`; of several, by the one
    /// that stands in `line`.
    pub fn in_their_words(&self, text: &str, line: &str) -> String {
        let there: Vec<&str> = words(line).collect();
        let mut out = String::new();
        for word in words(text) {
            let known = self.names.get(word).map_or(&[][..], Vec::as_slice);
            let here =
                known.iter().find(|name| there.contains(&name.as_str()) || name.len() > 3 && line.contains(*name));
            let own = here.or_else(|| self.expressions.get(word)).filter(|_| !out.ends_with('.'));
            out.push_str(own.map_or(word, String::as_str));
        }
        out
    }
}

/// A text cut where words begin and end.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c: char| letter(c) != letter(first)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_dump_become_the_persons_own_and_members_stay() {
        let own = [("W2", "params['W2']"), ("delta2", "Eo"), ("y", "Y")];
        let expressions = own.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        let names = [("y".to_string(), vec!["Y".to_string(), "labels".into()])].into_iter().collect();
        let roles = Roles { expressions, names, ..Roles::default() };
        let text = "delta1 = delta2 @ W2.T - np.y - y";
        assert_eq!(roles.in_their_words(text, "d = labels - p"), "delta1 = Eo @ params['W2'].T - np.y - labels");
        assert_eq!(roles.in_their_words("y", ""), "Y");
    }
}
