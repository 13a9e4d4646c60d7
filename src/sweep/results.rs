//! The table of a sweep: what became of every run, and of every configuration over its seeds and folds.
//!
//! Configurations are compared by their mean accuracy on validation rows, and by their mean loss where that is equal; the
//! test half is shown and decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::outcome::{End, Outcome};
use super::trial::{Plan, Trial};
use crate::error::Result;
use crate::setup::Config;

/// The knobs that tell repetitions of one configuration apart.
const REPEATED: [&str; 3] = ["seed", "split-seed", "fold"];

/// A run and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The run.
    #[serde(flatten)]
    pub trial: Trial,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Plan {
    /// Every training of the plan, with what became of it.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.trials.iter().map(|trial| Entry { trial: trial.clone(), outcome: Outcome::of(&self.run(trial)) })
    }
}

/// A mean over the repetitions of a configuration, and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistic {
    /// The mean of the values.
    pub mean: f64,
    /// The standard deviation, with n − 1 below; 0 of one value.
    pub deviation: f64,
}

impl Statistic {
    /// The statistic of some values; `None` of none.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (count - 1.0).max(1.0)).sqrt();
        (!values.is_empty()).then_some(Statistic { mean, deviation })
    }

    /// A share as a person reads it, in percent.
    fn percent(&self) -> String {
        format!("{:.2} ± {:.2} %", 100.0 * self.mean, 100.0 * self.deviation)
    }

    /// A loss as a person reads it.
    fn loss(&self) -> String {
        format!("{:.4} ± {:.4}", self.mean, self.deviation)
    }
}

/// A configuration: the runs that differ in nothing but seed and fold.
#[derive(Clone, Debug, Serialize)]
pub struct Configuration {
    /// The knobs in which it differs from the others, as typed.
    pub varied: BTreeMap<String, String>,
    /// The numbers in the plan of the runs of this configuration.
    pub runs: Vec<usize>,
    /// How many of these runs have finished.
    pub finished: usize,
    /// Accuracy on the validation part; on the rows learned where there is none.
    pub accuracy: Option<Statistic>,
    /// Loss on the same rows.
    pub loss: Option<Statistic>,
    /// Accuracy on the test half.
    pub test_accuracy: Option<Statistic>,
}

impl Configuration {
    /// The configuration as a line of [`Results::table`].
    fn line(&self, knobs: &[&str]) -> Vec<String> {
        let of =
            |statistic: &Option<Statistic>, told: fn(&Statistic) -> String| statistic.as_ref().map_or("-".into(), told);
        let values = knobs.iter().map(|knob| self.varied.get(*knob).cloned().unwrap_or_default());
        let finished = format!("{} of {}", self.finished, self.runs.len());
        let accuracy = of(&self.accuracy, Statistic::percent);
        let loss = of(&self.loss, Statistic::loss);
        values.chain([finished, accuracy, loss, of(&self.test_accuracy, Statistic::percent)]).collect()
    }
}

/// What became of all trials of a plan: the table that `sweep collect` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// Every run, in the order of the plan.
    pub runs: Vec<Entry>,
    /// Every configuration, the best first.
    pub configurations: Vec<Configuration>,
}

impl Results {
    /// Reads what became of the runs of `plan`.
    pub fn of(plan: &Plan) -> Self {
        Results::from(plan.entries().collect::<Vec<Entry>>())
    }
}

impl From<Vec<Entry>> for Results {
    /// Puts the runs of each configuration together, and the configurations in order.
    fn from(runs: Vec<Entry>) -> Self {
        let mut groups: BTreeMap<BTreeMap<String, String>, Vec<&Entry>> = BTreeMap::new();
        for entry in &runs {
            let own = entry.trial.varied.iter().filter(|(name, _)| !REPEATED.contains(&name.as_str()));
            groups.entry(own.map(|(name, text)| (name.clone(), text.clone())).collect()).or_default().push(entry);
        }
        let mut configurations: Vec<Configuration> =
            groups.into_iter().map(|(varied, entries)| configuration(varied, &entries)).collect();
        configurations.sort_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap_or(std::cmp::Ordering::Equal));
        Results { runs, configurations }
    }
}

impl Results {
    /// The knobs that differ between runs, by name.
    pub fn varied(&self) -> Vec<&str> {
        let names: BTreeSet<&str> =
            self.runs.iter().flat_map(|entry| entry.trial.varied.keys()).map(String::as_str).collect();
        names.into_iter().collect()
    }

    /// The knobs in which configurations differ, by name: those that differ between runs, but for what tells repetitions
    /// of one configuration apart.
    pub fn knobs(&self) -> Vec<&str> {
        self.varied().into_iter().filter(|name| !REPEATED.contains(name)).collect()
    }

    /// The configurations as a table, the best first: the knobs in which they differ, how many of their runs have finished,
    /// and accuracy, loss and test accuracy, each as mean ± standard deviation over seeds and folds. The first line is the
    /// heading.
    pub fn table(&self) -> Vec<Vec<String>> {
        let knobs = self.knobs();
        let heading = knobs.iter().copied().chain(["finished", "accuracy", "loss", "test accuracy"]).map(String::from);
        let lines = self.configurations.iter().map(|own| own.line(&knobs));
        std::iter::once(heading.collect()).chain(lines).collect()
    }

    /// The best configuration, if one of its runs has finished: the first of them, without the fold that it validated on.
    ///
    /// # Errors
    /// The plan was written by another version, or by hand.
    pub fn best(&self) -> Result<Option<Config>> {
        let Some(best) = self.configurations.first().filter(|best| best.finished > 0) else { return Ok(None) };
        let trial = self.runs.iter().map(|entry| &entry.trial).find(|trial| Some(&trial.number) == best.runs.first());
        Ok(trial.map(Trial::config).transpose()?.map(|config| Config { fold: None, ..config }))
    }

    /// How many runs have come to this end.
    pub fn count(&self, end: End) -> usize {
        self.runs.iter().filter(|entry| entry.outcome.end == end).count()
    }
}

/// What became of the runs of one configuration.
fn configuration(varied: BTreeMap<String, String>, entries: &[&Entry]) -> Configuration {
    let finished = || entries.iter().map(|entry| &entry.outcome).filter(|outcome| outcome.end == End::Finished);
    Configuration {
        varied,
        runs: entries.iter().map(|entry| entry.trial.number).collect(),
        finished: finished().count(),
        accuracy: Statistic::of(finished().filter_map(Outcome::judged).map(|score| score.accuracy)),
        loss: Statistic::of(finished().filter_map(Outcome::judged).map(|score| score.loss)),
        test_accuracy: Statistic::of(finished().filter_map(|outcome| outcome.test).map(|score| score.accuracy)),
    }
}

/// What sorts the best configuration to the front. One that has lost a run, to divergence say, stands behind those that
/// have all of theirs, since its mean says nothing about the runs that are missing.
fn rank(configuration: &Configuration) -> (bool, f64, f64) {
    let mean = |statistic: Option<Statistic>, none: f64| statistic.map_or(none, |statistic| statistic.mean);
    let whole = configuration.finished == configuration.runs.len();
    (!whole, -mean(configuration.accuracy, -1.0), mean(configuration.loss, f64::MAX))
}
