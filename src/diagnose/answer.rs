//! The answer: what a diagnosis says of a run, for the person and for machines.
//!
//! Everything here is plain data that the experiments fill in: the verdict, how good the run is, the causes with their
//! evidence, and the command that cures. The names of causes and the keys of the JSON object are a contract with programs
//! that read it. Stands at the end of the path: `cli/diagnose.rs` shows it.

use serde::Serialize;

use super::compare::exploded;
use super::experiment::{Performance, Skill};
use super::measure::Measure;
use super::noise::Noise;
use crate::faults::Fault;
use crate::journal::Change;
use crate::numerics::{Finding, interval};
use crate::setup::Config;

/// Whether a run is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// The run learns what can be learned.
    Healthy,
    /// The run learns less than that, or its data are at fault.
    Sick,
    /// There are too few rows to tell.
    Unclear,
}

/// Something that has to be different for the network to learn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cause {
    /// The name of the knob, or that of the fault of the data.
    pub name: String,
    /// The flag, or the part, rows and columns of the data.
    #[serde(rename = "where")]
    pub place: String,
    /// What is wrong, as half a sentence.
    pub say: String,
    /// The ablation of this cause, if it was tried: what happens with every remedy but this one.
    pub effect: Option<Ablation>,
}

/// What a run reaches where a single cause is left as it is and all others are mended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ablation {
    /// The accuracy on held-out rows, 0..1; median over seeds.
    pub accuracy: f64,
    /// The score that was asked for, on the same rows, 0..1.
    pub score: f64,
    /// The loss on learned rows in nats, where it exploded.
    pub loss: Option<f64>,
}

/// A score on held-out rows, with the interval of 95 % in which that of a whole run should lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Promise {
    /// The score that was asked for, 0..1.
    pub score: f64,
    /// The lower end of the interval: that of Wilson (1927) for a share of right rows, two standard errors for others.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The mean recall of the classes on the same rows, 0..1.
    pub balanced: f64,
}

impl Promise {
    /// The promise of a score on as many rows as were judged.
    pub(super) fn of(skill: &Skill, measure: Measure) -> Self {
        let (low, high) = match measure {
            Measure::Accuracy => interval(skill.score, skill.rows),
            _ => ((skill.score - 2.0 * skill.error).max(0.0), (skill.score + 2.0 * skill.error).min(1.0)),
        };
        Promise { score: skill.score, low, high, balanced: skill.balanced }
    }
}

/// How many rows of a class are found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recall {
    /// The class, as the data calls it.
    pub class: String,
    /// The held-out rows of this class that were judged.
    pub rows: usize,
    /// The share of them that is taken for this class, 0..1.
    pub recall: f64,
}

impl Cause {
    pub(super) fn of_data(name: &str, place: &str, say: String) -> Self {
        Cause { name: name.into(), place: place.into(), say, effect: None }
    }

    pub(super) fn of_fault(fault: Fault) -> Self {
        Cause::of_data(fault.kind.name(), &fault.place, fault.say)
    }
}

/// What was found out about a run.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Whether the run is well.
    pub verdict: Health,
    /// The score by which cures are judged.
    #[serde(rename = "score")]
    pub measure: Measure,
    /// This score of the run on held-out rows.
    pub reached: Promise,
    /// The accuracy of the run on held-out rows, 0..1.
    pub accuracy: f64,
    /// The mean recall of the classes on the same rows, 0..1.
    pub balanced: f64,
    /// The recall of each class that has such rows.
    pub recall: Vec<Recall>,
    /// The accuracy of always naming the most frequent class of these rows, 0..1.
    pub majority: f64,
    /// How many rows these figures rest on.
    pub rows: usize,
    /// The number of the network that was judged, where several were joined and the first is not like most; else 0.
    pub network: usize,
    /// Whether these rows were not learned. Where nothing was held out, or what was held out cannot be trusted, rows that
    /// were learned have to serve.
    pub held_out: bool,
    /// The share of wrong labels among the held-out rows, where it is clear.
    pub noise: Option<Noise>,
    /// The loss of the run on learned rows, in nats, where it exploded.
    pub loss: Option<f64>,
    /// The score within reach, 0..1: that of the cured configuration, or of the best that was tried.
    pub reachable: f64,
    /// The symptoms that were seen, in the order of their appearance.
    pub findings: Vec<Finding>,
    /// What the run has changed of itself while it was trained; it is judged as it is with these changes.
    pub repaired: Vec<Change>,
    /// Everything that has to be different for the network to learn.
    pub causes: Vec<Cause>,
    /// What the cure changes beside the causes, because it does better still.
    pub also: Vec<Cause>,
    /// For a healthy run: what the best experiment changed, where it had some more right rows.
    pub better: Vec<Change>,
    /// The cured configuration, where a configuration can cure it.
    #[serde(skip)]
    pub cure: Option<Config>,
    /// The command line that trains the cured configuration.
    #[serde(rename = "cure")]
    pub command: Option<String>,
    /// What the cure reached in its trial.
    pub promised: Option<Promise>,
    /// The number of experiments.
    pub experiments: usize,
    /// The updates of all experiments together.
    pub steps: usize,
    /// Whether the budget ended before the set of causes was known to be the smallest.
    pub cut_short: bool,
}

impl Diagnosis {
    /// The diagnosis of data that cannot even be read: the faults that keep it from being read, or what `text` says.
    pub fn of_data(text: String, faults: Vec<Fault>) -> Self {
        let mut causes: Vec<Cause> = faults.into_iter().map(Cause::of_fault).collect();
        if causes.is_empty() {
            causes.push(Cause::of_data("data", "the file", text));
        }
        Diagnosis { causes, ..Diagnosis::open(&Performance::default(), Measure::default()) }
    }

    /// Whether the run finds the classes no better than guessing does, by their mean recall.
    pub fn guesses(&self) -> bool {
        self.balanced <= 1.0 / self.recall.len().max(2) as f64
    }

    /// The rows on which the run was judged, in words.
    pub fn judged_rows(&self) -> &'static str {
        if self.held_out { "held-out rows" } else { "learned rows" }
    }

    /// The diagnosis of a run that did as well as `patient`, sick until the opposite is shown.
    pub(super) fn open(patient: &Performance, measure: Measure) -> Self {
        Diagnosis {
            verdict: Health::Sick,
            measure,
            reached: Promise::of(&patient.held, measure),
            accuracy: patient.held.accuracy,
            balanced: patient.held.balanced,
            recall: Vec::new(),
            noise: None,
            majority: patient.held.majority,
            rows: patient.held.rows,
            network: patient.network,
            held_out: true,
            loss: exploded(patient).then_some(patient.train.loss),
            reachable: patient.held.score,
            findings: patient.findings.clone(),
            repaired: Vec::new(),
            causes: Vec::new(),
            also: Vec::new(),
            better: Vec::new(),
            cure: None,
            command: None,
            promised: None,
            experiments: 0,
            steps: 0,
            cut_short: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_names_the_most_frequent_class_mostly_only_guesses() {
        let class = |name: &str, rows, recall| Recall { class: name.into(), rows, recall };
        let recall = vec![class("other", 28, 0.86), class("cat", 14, 0.0)];
        let diagnosis = Diagnosis {
            recall,
            accuracy: 0.57,
            balanced: 0.43,
            ..Diagnosis::open(&Performance::default(), Measure::default())
        };
        assert!(diagnosis.guesses());
        assert!(!Diagnosis { balanced: 0.6, ..diagnosis }.guesses());
    }
}
