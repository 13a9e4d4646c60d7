//! A run on the disk: the folder that holds all that is known about one training, and the names of its files.
//!
//! This room knows where things are and whose they are, and nothing about what is in them: the journal, the model and
//! the checkpoint have rooms of their own, which ask this one for a path. `checkpoint` is the truth from which a killed
//! run goes on; everything else is for readers and can be made again from it and the journal.
//!
//! A run that learns belongs to one process, see [`Hold`]. Reading takes no more than a [`Run`].

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

mod lock;

pub use lock::Hold;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::ranks;
use crate::words::words;

/// A file of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFile {
    /// The configuration, every knob.
    Config,
    /// Where the data came from.
    Data,
    /// Weights, moments and the place in the run.
    Checkpoint,
    /// What happened, one JSON object a line.
    Journal,
    /// The epochs as a table.
    Metrics,
    /// The model with the best weights.
    Best,
    /// The model with the last finite weights.
    Last,
    /// The first of the networks that were joined into the best model, alone.
    First,
    /// Classes against the classes they were taken for, as a table.
    Confusion,
    /// The rows that were taken for another class, as a table.
    Misclassified,
    /// The page for people.
    Report,
    /// The model card.
    Card,
    /// What became of the run, where it belongs to a sweep.
    Result,
    /// The search that found the configuration, where there was one.
    Tuning,
    /// The plan of this search.
    Plan,
    /// The lock of the process that trains, see [`Hold`].
    Lock,
}

words!(RunFile:
    Config "config.toml",
    Data "data.toml",
    Checkpoint "checkpoint",
    Journal "journal.jsonl",
    Metrics "metrics.csv",
    Best "best.safetensors",
    Last "last.safetensors",
    First "first.safetensors",
    Confusion "confusion.csv",
    Misclassified "misclassified.csv",
    Report "report.html",
    Card "README.md",
    Result "result.json",
    Tuning "tuning.json",
    Plan "tuning.jsonl",
    Lock "backburn.lock"
);

/// A run folder. That a value of this type exists does not mean that the folder does.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Where it is.
    pub path: PathBuf,
}

/// The folder of the runs of a plan, beside it: `PLAN.runs` for `PLAN.jsonl`.
pub fn runs_of(plan: &Path) -> PathBuf {
    plan.with_extension("runs")
}

impl Run {
    /// The run in the folder `path`.
    pub fn at(path: &Path) -> Self {
        Run { path: path.to_path_buf() }
    }

    /// The run that the model at `path` belongs to: the folder itself, or that in which the file lies; `None` for a model
    /// that has left its run.
    pub fn of_model(path: &Path) -> Option<Self> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let folder = match RunFile::parse(name) {
            _ if path.is_dir() => path,
            Some(RunFile::Best | RunFile::Last | RunFile::First) => path.parent()?,
            _ => return None,
        };
        Some(Run::at(folder)).filter(|run| run.has(RunFile::Config))
    }

    /// The files that the run has written, those of the networks of an ensemble too.
    pub fn written(&self) -> Vec<PathBuf> {
        let members = (1..).map(|number| self.member(number)).take_while(Run::begun);
        let files =
            std::iter::once(self.clone()).chain(members).flat_map(|run| RunFile::ALL.map(|file| run.file(file)));
        files.filter(|file| file.is_file()).collect()
    }

    /// The path of one of its files.
    pub fn file(&self, file: RunFile) -> PathBuf {
        self.path.join(file.name())
    }

    /// Whether that file is there.
    pub fn has(&self, file: RunFile) -> bool {
        ranks::shared(|| self.file(file).exists())
    }

    /// Network number `number`, from 1, of an ensemble in this folder: a run of its own.
    pub fn member(&self, number: usize) -> Run {
        Run { path: self.path.join(number.to_string()) }
    }

    /// The numbers of the networks of an ensemble in this folder that have best weights, in order; none where the
    /// folder is the run of one network or no run at all.
    pub fn members(&self) -> Vec<usize> {
        ranks::shared(|| self.numbers())
    }

    /// [`Run::members`] for a process that is alone.
    fn numbers(&self) -> Vec<usize> {
        if self.has(RunFile::Best) {
            return Vec::new();
        }
        let names = std::fs::read_dir(&self.path).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let numbers = names.filter_map(|name| name.to_str()?.parse().ok());
        let mut numbers: Vec<usize> = numbers.filter(|&number| self.member(number).has(RunFile::Best)).collect();
        numbers.sort_unstable();
        numbers
    }

    /// The trials of the search that has found the configuration, each a run of its own.
    fn trials(&self) -> Vec<Run> {
        let folder = std::fs::read_dir(runs_of(&self.file(RunFile::Plan)));
        let runs = folder.into_iter().flatten().flatten().map(|entry| Run { path: entry.path() });
        runs.filter(Run::begun).collect()
    }

    /// Makes the folder of a new run and holds it: `path`, or the first free `runs/NAME-001`, `-002`, … With `overwrite`
    /// a run that is there already is replaced, and every file that no run has written stays.
    ///
    /// # Errors
    /// The folder exists and `overwrite` is off, it holds other things than a run, another process trains in it, or it
    /// cannot be made.
    pub fn create(path: Option<&Path>, name: &str, overwrite: bool) -> Result<Hold> {
        Hold::by_the_first(|| Self::created(path, name, overwrite))
    }

    /// [`Run::create`] for a process that is alone.
    fn created(path: Option<&Path>, name: &str, overwrite: bool) -> Result<Hold> {
        let Some(path) = path else {
            return Self::numbered(name);
        };
        let run = Run::at(path);
        if overwrite && path.is_dir() {
            return run.replace();
        }
        let parent = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent).and_then(|()| std::fs::create_dir(path)).map_err(|e| unmade(path, &e))?;
        run.hold()
    }

    /// Makes and holds the first free `runs/NAME-001`, `-002`, …
    fn numbered(name: &str) -> Result<Hold> {
        std::fs::create_dir_all("runs").map_err(|e| unmade(Path::new("runs"), &e))?;
        for number in 1.. {
            let path = PathBuf::from(format!("runs/{name}-{number:03}"));
            match std::fs::create_dir(&path) {
                Ok(()) => return Run { path }.hold(),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(unmade(&path, &e)),
            }
        }
        unreachable!("there are more numbers than folders")
    }

    /// Holds the folder and removes what a run has written into it, the networks of an ensemble and the trials of a search
    /// too.
    ///
    /// # Errors
    /// It holds other things than a run, another process trains in it, or a file cannot be removed.
    pub fn replace(&self) -> Result<Hold> {
        let mut there = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        let begun = self.begun() || self.member(1).begun();
        if !begun && there.any(|entry| entry.file_name() != RunFile::Config.name()) {
            return Err(Error::usage(format!(
                "`{}` holds no run but other files, which stay; choose another --run",
                self.path.display()
            )));
        }
        let hold = self.hold()?;
        let members = (1..).map(|number| self.member(number)).take_while(Run::begun);
        for part in members.chain(self.trials()) {
            part.hold()?.clear()?;
            if std::fs::read_dir(&part.path).is_ok_and(|left| left.count() == 1) {
                let _ = std::fs::remove_file(part.file(RunFile::Lock)).and_then(|()| std::fs::remove_dir(&part.path));
            }
        }
        let _ = std::fs::remove_dir(runs_of(&self.file(RunFile::Plan))); // where nothing else is in it
        hold.clear()?;
        Ok(hold)
    }

    /// Whether a training has been in this folder.
    pub fn begun(&self) -> bool {
        self.has(RunFile::Lock) || self.has(RunFile::Journal)
    }
}

impl Hold {
    /// Removes what the run has written into its folder, and nothing else.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn clear(&self) -> Result<()> {
        ranks::first(|| self.cleared()).unwrap_or(Ok(()))
    }

    /// [`Hold::clear`] for a process that is alone.
    fn cleared(&self) -> Result<()> {
        let written = RunFile::ALL.iter().filter(|file| **file != RunFile::Lock).map(|file| self.file(*file));
        let logged = std::fs::read_dir(&self.path).into_iter().flatten().flatten().map(|entry| entry.path());
        let written = written.chain(logged.filter(|path| is_log(path)));
        written.filter(|file| file.is_file()).try_for_each(std::fs::remove_file).map_err(|e| {
            Error::other(format!("cannot replace run folder `{}`: {e}; choose another --run", self.path.display()))
        })
    }
}

/// Whether a file is one that `train --log tensorboard` has written: TensorBoard would join it with that of the next run.
fn is_log(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.starts_with("events.out.tfevents.") && name.ends_with(".backburn")
}

/// Why a folder could not be made.
fn unmade(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::usage(format!(
            "run folder `{}` exists; choose another --run, or pass --overwrite or --resume",
            path.display()
        )),
        _ => Error::other(format!("cannot make run folder `{}`: {error}; choose another --run", path.display())),
    }
}
