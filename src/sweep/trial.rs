//! One training of a sweep, and the plan of all of them: a file with one JSON object a line.
//!
//! A training is named by what is trained: its id is a digest of all knobs but those that say something about the machine.
//! So the id stays when a plan grows, and a result is found again by whoever plans the same training.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::run::{Hold, Run, runs_of};
use crate::setup::{Config, KNOBS, Knob, May};

/// Bytes of a plan, at most.
const PLAN: u64 = 1 << 30;

/// A training that is to be carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The name of the training and of its folder: twelve hexadecimal digits, made of the configuration alone.
    pub id: String,
    /// The place of the training in the plan, from 1.
    pub number: usize,
    /// The knobs that differ between the runs of the plan, as typed.
    pub varied: BTreeMap<String, String>,
    /// Every knob that has a value, as typed; the paths of files are absolute.
    pub config: BTreeMap<String, String>,
}

impl Trial {
    /// The training of `config`, in which the knobs in `varied` are not the same as in the other runs.
    pub fn new(number: usize, varied: BTreeMap<String, String>, config: &Config) -> Self {
        let texts = |config: &Config| -> BTreeMap<String, String> {
            let own = KNOBS.iter().filter(|knob| !knob.may(May::StayHere));
            own.filter_map(|knob| Some((knob.name.to_string(), knob.text(config)?))).collect()
        };
        let (data, test, from) = (absolute(&config.data), absolute(&config.test), absolute(&config.from));
        let config = texts(&Config { data, test, from, ..config.clone() });
        let add = |digest: Md5, (name, text): (&String, &String)| digest.chain_update(format!("{name}={text}\n"));
        let digest = config.iter().fold(Md5::new(), add).finalize();
        let id = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Trial { id, number, varied, config }
    }

    /// What is trained.
    ///
    /// # Errors
    /// The plan was written by another version, or by hand.
    pub fn config(&self) -> Result<Config> {
        let mut config = Config::default();
        for (name, text) in &self.config {
            let wrong =
                |hint: String| Error::usage(format!("training {} of the plan: `{name}` = {text}: {hint}", self.number));
            let knob = Knob::named(name).ok_or_else(|| wrong("there is no such knob; plan again".into()))?;
            knob.set(&mut config, text).map_err(wrong)?;
        }
        config.check()?;
        Ok(config)
    }

    /// The knobs that differ, for a person.
    pub fn said(&self) -> String {
        self.varied.iter().map(|(name, text)| format!("{name} {text}")).collect::<Vec<_>>().join(", ")
    }
}

/// The plan of a sweep: every training that it consists of, each on a line of one file.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The file of the plan; the folders of the runs lie beside it.
    pub path: PathBuf,
    /// The trainings of the plan, in order.
    pub trials: Vec<Trial>,
}

impl Plan {
    /// Reads the file `path`.
    ///
    /// # Errors
    /// It cannot be read, or a line of it is no training.
    pub fn read(path: &Path) -> Result<Self> {
        let fail =
            |e: String| Error::usage(format!("plan `{}`: {e}; make one with `backburn sweep plan`", path.display()));
        let text = crate::read::text(path, PLAN).map_err(|e| fail(e.to_string()))?;
        let line = |(i, line): (usize, &str)| {
            let trial: Trial = serde_json::from_str(line).map_err(|e| fail(format!("line {}: {e}", i + 1)))?;
            match trial.id.bytes().all(|byte| byte.is_ascii_hexdigit()) && trial.id.len() == 12 {
                true => Ok(trial),
                false => Err(fail(format!("line {}: `{}` is no id", i + 1, trial.id.escape_debug()))),
            }
        };
        let trials = text.lines().enumerate().map(line).collect::<Result<Vec<_>>>()?;
        match trials.is_empty() {
            true => Err(fail("it is empty".into())),
            false => Ok(Plan { path: path.to_path_buf(), trials }),
        }
    }

    /// The text of the file that [`Plan::read`] reads.
    pub fn text(trials: &[Trial]) -> String {
        let line = |trial: &Trial| serde_json::to_string(trial).unwrap_or_default() + "\n"; // text alone: it always has JSON
        trials.iter().map(line).collect()
    }

    /// Training number `number`, from 1.
    ///
    /// # Errors
    /// The plan has no such training.
    pub fn trial(&self, number: usize) -> Result<&Trial> {
        let trial = number.checked_sub(1).and_then(|i| self.trials.get(i));
        trial.ok_or_else(|| {
            let (path, most) = (self.path.display(), self.trials.len());
            Error::usage(format!("the plan `{path}` has trainings 1 to {most}, and none with number {number}"))
        })
    }

    /// The folder of a training: `PLAN.runs/ID`, beside the plan.
    pub fn run(&self, trial: &Trial) -> Run {
        Run::at(&runs_of(&self.path).join(&trial.id))
    }

    /// The folder of a training, made where it is not there yet, and held for this process alone.
    ///
    /// # Errors
    /// No space, or another process has it.
    pub fn hold(&self, trial: &Trial) -> Result<Hold> {
        let run = self.run(trial);
        std::fs::create_dir_all(&run.path)
            .map_err(|e| Error::other(format!("cannot make run folder `{}`: {e}; free space", run.path.display())))?;
        run.hold()
    }
}

/// The path from the root, so that a process in another folder finds the same file; as it is where no folder is known.
pub fn absolute(path: &Option<PathBuf>) -> Option<PathBuf> {
    path.as_ref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()))
}
