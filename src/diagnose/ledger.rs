//! The ledger of a diagnosis: what experiments may cost, what they did cost, and the data in the forms they need.
//!
//! A remedy that turns the scale or the poses needs the rows again in another form. The ledger loads each form once and
//! keeps it, so that an experiment is given a configuration and nothing else.

use std::time::Instant;

use burn::tensor::Device;

use super::experiment::{self, Performance};
use super::folds::{folds, together};
use super::measure::Measure;
use crate::data::{Augment, Data, Scale};
use crate::error::Result;
use crate::setup::{Config, layers};

/// Steps of an experiment, at most, with batches of [`SMALL`] rows or more.
const STEPS: f64 = 800.0;
/// Rows of a batch below which an experiment takes more steps, so that it sees as many rows: what few rows teach is no
/// reason to say that a batch is too small.
const SMALL: usize = 8;
/// Multiplications and additions that an experiment may take: half a second of one core at the 234 GFLOP/s that
/// `benches/README.md` measures, and more where layers are narrow.
const WORK: f64 = 1e11;

/// What the experiments may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The most updates that all experiments together may make. An update on fewer than eight rows counts as a part of one.
    pub steps: usize,
    /// When to stop in any case.
    pub until: Option<Instant>,
}

/// Who is told before every experiment how many were made, how many are expected and what this one is about, and can end
/// the diagnosis with an error.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize, &str) -> Result<()>;

/// What of a configuration is in the data: scale, poses and how far they go.
type Form = (Scale, Augment, f64);

/// Where experiments are paid for: it holds the data in the forms they need, and counts what is left of the budget.
pub struct Ledger<'a> {
    formed: Vec<(Form, Data)>,
    /// Whether the validation part of the data judges nothing.
    pub untrusted: bool,
    given: &'a Data,
    form: Form,
    budget: Budget,
    /// The score by which experiments are judged.
    pub measure: Measure,
    /// Experiments expected, for the progress line.
    pub planned: usize,
    progress: Progress<'a>,
    /// Experiments made.
    pub experiments: usize,
    /// The updates that the experiments have made.
    pub steps: usize,
    /// What they count, see [`Budget::steps`].
    cost: usize,
    /// Of the experiments on the data of the run, the best: its score on held-out rows, and the configuration.
    pub best: Option<(f64, Config)>,
    said: String,
    /// Whether experiments are judged on folds of the rows that are learned.
    pub folded: bool,
}

impl<'a> Ledger<'a> {
    /// A ledger of which nothing is spent yet; `given` is the data as `config` loads it, whose validation part is
    /// `untrusted` if it is at fault.
    pub fn new(
        given: &'a Data,
        config: &Config,
        (budget, measure): (Budget, Measure),
        untrusted: bool,
        progress: Progress<'a>,
    ) -> Self {
        let (formed, said, form) = (Vec::new(), String::new(), form(config));
        Ledger {
            formed,
            untrusted,
            given,
            form,
            budget,
            measure,
            planned: 12,
            progress,
            experiments: 0,
            steps: 0,
            cost: 0,
            best: None,
            said,
            folded: false,
        }
    }

    /// Whether nothing of the budget is left.
    pub fn spent(&self) -> bool {
        self.cost >= self.budget.steps || self.budget.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Says what the next experiments are about.
    pub fn say(&mut self, what: &str) {
        self.said = what.into();
    }

    /// An experiment of `steps` updates on `data`.
    pub fn run(&mut self, config: &Config, data: &Data, device: &Device, steps: usize) -> Result<Performance> {
        (self.progress)(self.experiments, self.planned.max(self.experiments + 1), &self.said)?;
        let performance = experiment::run(config, data, device, steps, self.measure)?;
        self.experiments += 1;
        self.steps += performance.steps;
        self.cost += (performance.steps * config.batch_size.min(SMALL)).div_ceil(SMALL);
        Ok(performance)
    }

    /// An experiment on each of the [`folds`] of the training rows of `data`, with a seed of its own, as far as the budget goes.
    fn run_folds(&mut self, config: &Config, data: &Data, device: &Device, times: usize) -> Result<Performance> {
        let mut found = Vec::new();
        for (number, fold) in (0..).zip(folds(data)) {
            let config = Config { seed: config.seed.wrapping_add(number), ..config.clone() };
            let length = planned(&config, &fold).min(times * steps(&config, &fold));
            found.push(self.run(&config, &fold, device, length)?);
            if self.spent() {
                break;
            }
        }
        Ok(together(&found))
    }

    /// An experiment of the usual length on the data of the run, in the form that `config` asks for.
    pub fn try_out(&mut self, config: &Config, device: &Device) -> Result<Performance> {
        self.try_longer(config, device, 1)
    }

    /// The same, up to so many `times` as long where `config` plans as much.
    pub fn try_longer(&mut self, config: &Config, device: &Device, times: usize) -> Result<Performance> {
        let wanted = form(config);
        if wanted != self.form && !self.formed.iter().any(|(form, _)| *form == wanted) {
            let data = self.given.prepared(&config.request())?.thinned()?;
            self.formed.push((wanted, if self.untrusted { validated_by_training(data) } else { data }));
        }
        let formed = std::mem::take(&mut self.formed);
        let data = formed.iter().find(|(form, _)| *form == wanted).map_or(self.given, |(_, data)| data);
        let performance = match self.folded {
            true => self.run_folds(config, data, device, times),
            false => self.run(config, data, device, planned(config, data).min(times * steps(config, data))),
        };
        self.formed = formed;
        let performance = performance?;
        if self.folded {
            return Ok(performance); // of fewer rows, so it is compared with its like alone
        }
        if self.best.as_ref().is_none_or(|best| performance.held.score > best.0) {
            self.best = Some((performance.held.score, config.clone()));
        }
        Ok(performance)
    }
}

fn form(config: &Config) -> Form {
    (config.scale, config.augment, config.strength)
}

/// Updates that `config` plans.
pub fn planned(config: &Config, data: &Data) -> usize {
    config.epochs * config.batches(data.train.len())
}

/// Updates of an experiment with `config`: those it plans, at most [`STEPS`] (more where batches are [`SMALL`]) and as many
/// as [`WORK`] allows.
pub fn steps(config: &Config, data: &Data) -> usize {
    let parameters: usize = layers(config, data).windows(2).map(|w| w[0] * w[1]).sum();
    let rows = config.batch_size.min(data.train.len());
    let affordable = (WORK / (6.0 * parameters as f64 * rows as f64))
        .clamp(20.0, STEPS * SMALL.div_ceil(rows.clamp(1, SMALL)) as f64);
    planned(config, data).min(affordable as usize).max(1)
}

/// The same problem with every tenth training row to validate on, in the place of a validation part that is at fault.
pub fn validated_by_training(data: Data) -> Data {
    let rows = |held: bool| data.train.pick((0..data.train.len()).filter(|row| (row % 10 == 0) == held));
    Data { train: rows(false), validation: rows(true), ..data.clone() }
}
