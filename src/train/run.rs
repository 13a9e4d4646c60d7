//! A run on the disk: the folder that holds all that is known about one training.
//!
//! `checkpoint` is the truth from which a killed run goes on; everything else is for readers and can be made again
//! from it and the journal.

use std::path::{Path, PathBuf};

use crate::data::Origin;
use crate::diagnose::Recorded;
use crate::error::{Error, Result};
use crate::evaluate::{Mistake, Report};
use crate::journal::{self, Event};
use crate::learner::write_beside;
use crate::model::Saved;
use crate::numerics::Finding;
use crate::setup::Config;

/// All that a run writes.
const FILES: [&str; 11] = [
    "config.toml",
    "data.toml",
    "checkpoint",
    "journal.jsonl",
    "metrics.csv",
    "best.safetensors",
    "last.safetensors",
    "confusion.csv",
    "misclassified.csv",
    "report.html",
    "README.md",
];

/// A run folder.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where it is.
    pub path: PathBuf,
}

impl Run {
    /// Makes a new folder: `path`, or the first free `runs/NAME-001`, `-002`, …
    ///
    /// # Errors
    /// It exists already and `overwrite` is off, or it cannot be made.
    pub fn create(path: Option<&Path>, name: &str, overwrite: bool) -> Result<Self> {
        let fail = |path: &Path, e: std::io::Error| match e.kind() {
            std::io::ErrorKind::AlreadyExists if !path.is_dir() => {
                Error::usage(format!("`{}` is a file, which stays; choose another --run", path.display()))
            }
            std::io::ErrorKind::AlreadyExists => Error::usage(format!(
                "run folder `{}` exists; choose another --run, or pass --overwrite or --resume",
                path.display()
            )),
            _ => Error::other(format!("cannot make run folder `{}`: {e}; choose another --run", path.display())),
        };
        if let Some(path) = path {
            let run = Run { path: path.to_path_buf() };
            if overwrite && path.is_dir() {
                return run.clear().map(|()| run);
            }
            let parent = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(parent).map_err(|e| fail(path, e))?;
            std::fs::create_dir(path).map_err(|e| fail(path, e))?;
            return Ok(run);
        }
        std::fs::create_dir_all("runs").map_err(|e| fail(Path::new("runs"), e))?;
        for number in 1.. {
            let path = PathBuf::from(format!("runs/{name}-{number:03}"));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Run { path }),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(fail(&path, e)),
            }
        }
        unreachable!("there are more numbers than folders")
    }

    /// Removes what a run has written into the folder, that of an ensemble too, and nothing else.
    fn clear(&self) -> Result<()> {
        let mut others = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        let begun = self.file("journal.jsonl").exists() || self.file("1").join("journal.jsonl").exists();
        if !begun && others.any(|entry| entry.file_name() != "config.toml") {
            return Err(Error::usage(format!(
                "`{}` holds no run but other files, which stay; choose another --run",
                self.path.display()
            )));
        }
        let fail = |e: std::io::Error| {
            Error::other(format!("cannot replace run folder `{}`: {e}; choose another --run", self.path.display()))
        };
        let members: Vec<Run> = self.members().collect();
        self.written().iter().try_for_each(std::fs::remove_file).map_err(fail)?;
        for member in members {
            let _ = std::fs::remove_dir(&member.path); // stays where it holds something else
        }
        Ok(())
    }

    /// The runs of an ensemble in this folder, 1, 2, …
    fn members(&self) -> impl Iterator<Item = Run> {
        let folders = (1..).map(|number: usize| Run { path: self.file(&number.to_string()) });
        folders.take_while(|member| member.file("config.toml").exists())
    }

    /// The files that the run has written, those of the networks of an ensemble too.
    pub fn written(&self) -> Vec<PathBuf> {
        let folders = std::iter::once(self.path.clone()).chain(self.members().map(|member| member.path));
        let files = folders.flat_map(|folder| FILES.map(|name| folder.join(name)));
        files.filter(|file| file.is_file()).collect()
    }

    /// The run that the model at `path` belongs to: the folder itself, or that in which the file lies; `None` for a model
    /// that has left its run.
    pub fn of_model(path: &Path) -> Option<Self> {
        let folder = match path.is_dir() {
            true => path.to_path_buf(),
            false => path
                .parent()
                .filter(|_| path.file_name().is_some_and(|name| FILES.iter().any(|own| name == *own)))?
                .to_path_buf(),
        };
        Some(Run { path: folder }).filter(|run| run.file("config.toml").exists())
    }

    /// The path of a file of the run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes config.toml.
    ///
    /// # Errors
    /// No space.
    pub fn write_config(&self, config: &Config) -> Result<()> {
        let text = toml::to_string(config).map_err(|e| Error::other(format!("config.toml: {e}")))?;
        write_beside(&self.file("config.toml"), text.as_bytes())
    }

    /// Reads config.toml of an earlier run.
    ///
    /// # Errors
    /// No run there.
    pub fn read_config(&self) -> Result<Config> {
        let path = self.file("config.toml");
        let text = std::fs::read_to_string(&path).map_err(|e| {
            Error::data(format!("no run to resume at `{}`: {e}; give a run folder", self.path.display()))
        })?;
        toml::from_str(&text).map_err(|e| {
            Error::data(format!("`{}` cannot be understood: {}; start the run again", path.display(), e.message()))
        })
    }

    /// Writes data.toml: where the data came from that is learned.
    ///
    /// # Errors
    /// No space.
    pub fn write_origin(&self, origin: Origin) -> Result<()> {
        let text =
            toml::to_string(&origin.after(self.origin())).map_err(|e| Error::other(format!("data.toml: {e}")))?;
        write_beside(&self.file("data.toml"), text.as_bytes())
    }

    /// Where the data came from that was learned; `None` for a run of a version that did not write it down.
    pub fn origin(&self) -> Option<Origin> {
        toml::from_str(&std::fs::read_to_string(self.file("data.toml")).ok()?).ok()
    }

    /// What the run left for a diagnosis: its best weights, unless it diverged, and its symptoms.
    ///
    /// # Errors
    /// No journal there.
    pub fn recorded(&self) -> Result<Recorded> {
        let events = journal::read(&self.file("journal.jsonl"))?;
        let finding = |event: &Event| match event {
            Event::Symptom(finding) => Some(finding.clone()),
            Event::Diverged { step, .. } => Some(Finding::nonfinite(*step)),
            _ => None,
        };
        let diverged = matches!(events.last(), Some(Event::Diverged { .. }));
        let model = if diverged { None } else { Saved::read(&self.path).ok() };
        Ok(Recorded { model, findings: events.iter().filter_map(finding).collect() })
    }

    /// The length of the journal, in bytes, if its last event is a repair.
    ///
    /// # Errors
    /// No journal there.
    pub fn repaired(&self) -> Result<Option<u64>> {
        let path = self.file("journal.jsonl");
        let repaired = matches!(journal::read(&path)?.last(), Some(Event::Repair { .. }));
        Ok(std::fs::metadata(&path).ok().filter(|_| repaired).map(|found| found.len()))
    }

    /// Writes metrics.csv from the journal.
    ///
    /// # Errors
    /// No space.
    pub fn write_metrics(&self) -> Result<()> {
        let mut text =
            String::from("epoch,step,rate,train_loss,train_accuracy,validation_loss,validation_accuracy,gradient\n");
        for event in journal::read(&self.file("journal.jsonl"))? {
            if let Event::Epoch { epoch, step, rate, train, validation, gradient, .. } = event {
                let (loss, accuracy) =
                    validation.map_or((String::new(), String::new()), |v| (v.loss.to_string(), v.accuracy.to_string()));
                text +=
                    &format!("{epoch},{step},{rate},{},{},{loss},{accuracy},{gradient}\n", train.loss, train.accuracy);
            }
        }
        write_beside(&self.file("metrics.csv"), text.as_bytes())
    }

    /// Writes confusion.csv and misclassified.csv of the rows that the run was judged on.
    ///
    /// # Errors
    /// No space.
    pub fn write_mistakes(&self, report: &Report, mistakes: &[Mistake], names: &[String]) -> Result<()> {
        let table = |rows: Vec<Vec<String>>| {
            let mut writer = csv::Writer::from_writer(Vec::new());
            rows.iter()
                .try_for_each(|row| writer.write_record(row))
                .and_then(|()| writer.into_inner().map_err(|e| e.into_error().into()))
        };
        let fail = |e: csv::Error| Error::other(format!("cannot write a table: {e}"));
        let mut confusion = vec![[vec!["class".to_string()], names.to_vec()].concat()];
        confusion.extend(
            report
                .confusion
                .iter()
                .zip(names)
                .map(|(row, name)| [vec![name.clone()], row.iter().map(usize::to_string).collect()].concat()),
        );
        write_beside(&self.file("confusion.csv"), &table(confusion).map_err(fail)?)?;
        let mut wrong = vec![["row", "class", "predicted", "probability"].map(String::from).to_vec()];
        wrong.extend(mistakes.iter().map(|m| {
            let (class, predicted) = (names[m.class as usize].clone(), names[m.predicted].clone());
            vec![m.row.to_string(), class, predicted, format!("{:.4}", m.probability)]
        }));
        write_beside(&self.file("misclassified.csv"), &table(wrong).map_err(fail)?)
    }
}
