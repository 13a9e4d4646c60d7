//! The configuration of a run: every knob by one name, which is flag, field and key in config.toml alike.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::schedule::Schedule;
use super::watch::{OnTrouble, Watch};
use crate::data::{Augment, Choice, Memory, Request, Scale};
use crate::error::{Error, Result};
use crate::journal::Change;
use crate::learner::{OptimizerConfig, Rule};
use crate::model::{Activation, Draw, Init, Loss, Reduction};

/// What will run: no knob is left open but those that the data decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The file; the built-in digits without one.
    pub data: Option<PathBuf>,
    /// A second file with the test half.
    pub test: Option<PathBuf>,
    /// The training features.
    pub x: Option<String>,
    /// The training labels.
    pub y: Option<String>,
    /// The test features.
    pub x_test: Option<String>,
    /// The test labels.
    pub y_test: Option<String>,
    /// The share of training rows to validate on, 0..1.
    pub validation: f64,
    /// How features are scaled.
    pub scale: Scale,
    /// How images are moved before they are learned.
    pub augment: Augment,
    /// How far, 1 for the usual.
    pub strength: f64,
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// The function between layers.
    pub activation: Activation,
    /// How weights start; fitted to the activation without it.
    pub init: Option<Init>,
    /// What the drawn weights are multiplied with.
    pub gain: f64,
    /// Where the biases of hidden layers start.
    pub bias: f64,
    /// A model to start from instead.
    pub from: Option<PathBuf>,
    /// The share of hidden units switched off, 0..1.
    pub dropout: f64,
    /// The share of features switched off, 0..1.
    pub input_dropout: f64,
    /// The rule of an update.
    pub optimizer: Rule,
    /// The largest learning rate; fitted to the optimizer without it.
    pub rate: Option<Rate>,
    /// How the rate moves.
    pub schedule: Schedule,
    /// The share of the last update kept, for SGD.
    pub momentum: f64,
    /// Nesterov's look-ahead, for SGD.
    pub nesterov: bool,
    /// The share of each weight removed per unit of rate.
    pub weight_decay: f64,
    /// The largest norm of the whole gradient.
    pub clip: Option<f64>,
    /// What logits go through.
    pub loss: Loss,
    /// Mean or sum over the rows of a batch.
    pub reduction: Reduction,
    /// Label smoothing, 0..1.
    pub label_smoothing: f64,
    /// Weigh classes by the inverse of their frequency.
    pub balance: bool,
    /// Rows in a batch.
    pub batch_size: usize,
    /// Passes over the training rows.
    pub epochs: usize,
    /// Epochs without improvement before the run stops; never without it.
    pub patience: Option<usize>,
    /// What counts as an improvement of the loss.
    pub min_delta: f64,
    /// Networks of as many seeds that answer together.
    pub ensemble: usize,
    /// How closely the run is watched.
    pub watch: Watch,
    /// What happens when something is wrong.
    pub on_trouble: OnTrouble,
    /// The seed of split, weights, shuffle, dropout and poses.
    pub seed: u64,
    /// The seed of the split, where it is another.
    pub split_seed: Option<u64>,
    /// The device, `flex` or `vulkan:1`.
    pub device: Option<String>,
    /// How many bytes features may take; what does not fit is streamed. Half of what is free without it.
    pub memory: Option<Memory>,
    /// Threads of the arithmetic; as many as there are cores without it.
    pub threads: Option<usize>,
}

/// A learning rate, or the wish for one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rate {
    /// This one.
    At(f64),
    /// The one that a range test suggests.
    Wanted(Auto),
}

/// The word for a rate that is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auto {
    /// `auto`.
    Auto,
}

impl Rate {
    /// The rate written `text`.
    ///
    /// # Errors
    /// Neither a number nor `auto`.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        match text {
            "auto" => Ok(Rate::Wanted(Auto::Auto)),
            _ => text.parse().map(Rate::At).map_err(|_| "give a number, or auto".into()),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: None,
            test: None,
            x: None,
            y: None,
            x_test: None,
            y_test: None,
            validation: 0.1,
            scale: Scale::Auto,
            augment: Augment::None,
            strength: 1.0,
            hidden: vec![256],
            activation: Activation::Relu,
            init: None,
            gain: 1.0,
            bias: 0.0,
            from: None,
            dropout: 0.2,
            input_dropout: 0.0,
            optimizer: Rule::Adamw,
            rate: None,
            schedule: Schedule::OneCycle,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            clip: None,
            loss: Loss::CrossEntropy,
            reduction: Reduction::Mean,
            label_smoothing: 0.0,
            balance: false,
            batch_size: 64,
            epochs: 20,
            patience: None,
            min_delta: 0.0,
            ensemble: 1,
            watch: Watch::Auto,
            on_trouble: OnTrouble::Stop,
            seed: 0,
            split_seed: None,
            device: None,
            memory: None,
            threads: None,
        }
    }
}

impl Config {
    /// Refuses numbers that no run can use.
    ///
    /// # Errors
    /// The first knob out of its range.
    pub fn check(&self) -> Result<()> {
        let share = |name: &str, value: f64| {
            (!(0.0..1.0).contains(&value)).then(|| format!("--{name} must be at least 0 and less than 1, not {value}"))
        };
        let positive = |name: &str, value: f64| {
            (!(value > 0.0 && value.is_finite())).then(|| format!("--{name} must be positive, not {value}"))
        };
        let count = |name: &str, value: usize| (value == 0).then(|| format!("--{name} must be at least 1"));
        let complaint = share("validation", self.validation)
            .or_else(|| share("dropout", self.dropout))
            .or_else(|| share("input-dropout", self.input_dropout))
            .or_else(|| share("momentum", self.momentum))
            .or_else(|| share("label-smoothing", self.label_smoothing))
            .or_else(|| positive("rate", self.rate()))
            .or_else(|| positive("gain", self.gain))
            .or_else(|| (!self.bias.is_finite()).then(|| format!("--bias must be finite, not {}", self.bias)))
            .or_else(|| positive("strength", self.strength))
            .or_else(|| positive("clip", self.clip.unwrap_or(1.0)))
            .or_else(|| share("weight-decay", self.weight_decay))
            .or_else(|| count("batch-size", self.batch_size))
            .or_else(|| count("epochs", self.epochs))
            .or_else(|| count("ensemble", self.ensemble))
            .or_else(|| count("patience", self.patience.unwrap_or(1)))
            .or_else(|| (self.epochs > 1 << 24).then(|| "--epochs must be at most 16777216".to_string()))
            .or_else(|| count("threads", self.threads.unwrap_or(1)))
            .or_else(|| (self.threads > Some(1024)).then(|| "--threads must be at most 1024".to_string()))
            .or_else(|| {
                (!(self.min_delta >= 0.0 && self.min_delta.is_finite()))
                    .then(|| "--min-delta must be at least 0".to_string())
            })
            .or_else(|| self.hidden.contains(&0).then(|| "--hidden widths must be at least 1".to_string()))
            .or_else(|| {
                (self.nesterov && self.momentum == 0.0)
                    .then(|| "--nesterov needs --momentum; try --momentum 0.9".to_string())
            });
        complaint.map_or(Ok(()), |text| Err(Error::Usage(text)))
    }

    /// The largest learning rate.
    pub fn rate(&self) -> f64 {
        match self.rate {
            Some(Rate::At(rate)) => rate,
            _ => self.optimizer.rate(),
        }
    }

    /// How the weights start.
    pub fn draw(&self) -> Draw {
        Draw { init: self.init.unwrap_or(self.activation.init()), gain: self.gain, bias: self.bias }
    }

    /// What is different in `other`.
    pub fn changes(&self, other: &Config) -> Vec<Change> {
        let table = |config: &Config| toml::Table::try_from(config).unwrap_or_default();
        let (own, other) = (table(self), table(other));
        let value = |table: &toml::Table, knob: &str| table.get(knob).map_or(String::new(), word);
        let mut knobs: Vec<&String> = own.keys().chain(other.keys()).collect();
        knobs.sort();
        knobs.dedup();
        let change = |knob: &String| Change { knob: knob.clone(), from: value(&own, knob), to: value(&other, knob) };
        knobs.into_iter().map(change).filter(|change| change.from != change.to).collect()
    }

    /// The command line of `train` that gives this configuration on any machine, every flag that is not the default.
    pub fn command(&self) -> String {
        let table = |config: &Config| toml::Table::try_from(config).unwrap_or_default();
        let (standard, own) = (table(&Config::default()), table(self));
        let data = own.get("data").map_or(String::new(), |path| format!(" {}", quoted(&word(path))));
        let elsewhere = |knob: &str| ["data", "memory", "threads", "device"].contains(&knob); // of this machine
        let flags = own.iter().filter(|(knob, value)| !elsewhere(knob) && standard.get(*knob) != Some(value));
        let flags: String = flags.map(|(knob, value)| format!(" --{knob} {}", quoted(&word(value)))).collect();
        format!("backburn train{data}{flags}")
    }

    /// The optimizer with its constants.
    pub fn optimizer(&self) -> OptimizerConfig {
        OptimizerConfig {
            rule: self.optimizer,
            momentum: self.momentum,
            nesterov: self.nesterov,
            weight_decay: self.weight_decay,
        }
    }

    /// What to read.
    pub fn request(&self) -> Request {
        Request {
            file: self.data.clone(),
            test: self.test.clone(),
            choice: Choice {
                x: self.x.clone(),
                y: self.y.clone(),
                x_test: self.x_test.clone(),
                y_test: self.y_test.clone(),
            },
            validation: self.validation,
            scale: self.scale,
            augment: (self.augment, self.strength),
            seed: self.split_seed.unwrap_or(self.seed),
            memory: self.memory.unwrap_or_else(Memory::free),
        }
    }
}

/// A value as it is typed behind its flag.
fn word(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(widths) if widths.is_empty() => "0".into(),
        toml::Value::Array(widths) => widths.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        toml::Value::Float(x) if *x != 0.0 && !(1e-4..1e6).contains(&x.abs()) => format!("{x:e}"),
        toml::Value::Float(x) => x.to_string(),
        other => other.to_string(),
    }
}

/// Text as a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.into() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
