//! A training run as a person sees it on the terminal: what is trained, an epoch a line, what was wrong, what came of it.

use serde_json::{Value, json};

use super::print;
use crate::data::Data;
use crate::journal::Event;
use crate::numerics::{Finding, Score};
use crate::train::{Outcome, Run, Training};
use crate::trial::{Config, OnTrouble};

/// A symptom, the first time.
pub(super) fn warn(finding: &Finding, run: &Run, config: &Config) {
    if config.on_trouble != OnTrouble::Ignore {
        let step = finding.step;
        print::note(&format!("warning: step {step}: {}", finding.sentence()));
        print::note(&format!("         why, and what to do: backburn diagnose {}", run.path.display()));
    }
}

/// What will be trained on what.
pub(super) fn introduce(config: &Config, data: &Data, training: &Training) {
    let (validation, test) = (data.validation.len(), data.test.as_ref().map_or(0, |test| test.len()));
    print::note(&format!(
        "{}: {} rows to learn, {validation} to validate, {test} to test; {} features, {} classes",
        data.name,
        data.train.len(),
        data.train.width(),
        data.classes.names.len()
    ));
    let widths: Vec<String> = std::iter::once(data.train.width())
        .chain(config.hidden.iter().copied())
        .chain([data.classes.names.len()])
        .map(|w| w.to_string())
        .collect();
    print::note(&format!(
        "{} {}, {} parameters; {} at {} {}, batches of {}",
        widths.join("-"),
        config.activation.name(),
        training.parameters(),
        config.optimizer.name(),
        config.rate(),
        config.schedule.name(),
        config.batch_size
    ));
}

/// An event as a person wants to see it.
pub(super) fn line(event: &Event, config: &Config, seconds: f64, rows: usize) -> String {
    let Event::Epoch { epoch, rate, train, validation, best, .. } = event else {
        return String::new();
    };
    let shown =
        validation.map_or(String::new(), |v| format!("   validation {:.4} {:6.2} %", v.loss, 100.0 * v.accuracy));
    let left = seconds * (config.epochs - epoch) as f64;
    let mark = if *best { "*" } else { " " };
    format!(
        "epoch {epoch:>3}/{}{mark}  loss {:.4} {:6.2} %{shown}   rate {rate:.2e}   {:>9.0} rows/s   {left:.0} s left",
        config.epochs,
        train.loss,
        100.0 * train.accuracy,
        rows as f64 / seconds
    )
}

/// What came of it.
pub(super) fn conclude(run: &Run, outcome: &Outcome, seconds: f64) {
    let part = |name: &str, score: Option<Score>| {
        score.map(|s| format!("{name} accuracy {:.2} % (loss {:.4})", 100.0 * s.accuracy, s.loss))
    };
    let parts: Vec<String> =
        [part("train", Some(outcome.train)), part("validation", outcome.validation), part("test", outcome.test)]
            .into_iter()
            .flatten()
            .collect();
    print::data(&format!("best epoch {}: {}", outcome.best_epoch, parts.join(", ")));
    print::data(&format!("{} in {seconds:.1} s", run.path.display()));
}

/// A score for machines.
pub(super) fn score(score: Option<Score>) -> Value {
    score.map_or(Value::Null, |s| json!({"loss": s.loss, "accuracy": s.accuracy}))
}
