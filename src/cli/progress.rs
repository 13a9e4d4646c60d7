//! A training run as a person sees it on the terminal: what is trained, an epoch a line, what was wrong, what came of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use super::print;
use crate::error::Result;
use crate::journal::Event;
use crate::numerics::{Finding, Score};
use crate::setup::{self, Config, OnTrouble};
use crate::train::{Scores, Training};

/// Whether the way to a diagnosis was shown.
static HINTED: AtomicBool = AtomicBool::new(false);

/// Prints what happens until the run is over. The rows learned a second, since the last repair if there was one.
pub(super) fn follow(training: &mut Training) -> Result<f64> {
    introduce(training);
    let (mut start, mut epochs) = (Instant::now(), 0);
    while let Some(event) = training.advance()? {
        match &event {
            Event::Symptom(finding) => warn(finding, training),
            Event::Repair { step, back_to, why, changes } => {
                print::note(&format!("repair: step {step}: {why}"));
                for change in changes {
                    print::note(&format!("        --{}: {} is now {}", change.knob, change.was(), change.shown()));
                }
                print::note(&format!("        going on from step {back_to}"));
                introduce(training);
                (start, epochs) = (Instant::now(), 0);
            }
            Event::Epoch { .. } => {
                epochs += 1;
                let seconds = start.elapsed().as_secs_f64() / f64::from(epochs);
                print::note(&line(&event, training.config(), seconds, training.data().train.len()));
                stopped(training);
            }
            _ => {}
        }
    }
    Ok(f64::from(epochs) * training.data().train.len() as f64 / start.elapsed().as_secs_f64().max(1e-9))
}

/// Says so if patience ran out.
fn stopped(training: &Training) {
    if let (true, Some(patience)) = (training.stopped_early(), training.config().patience) {
        print::note(&format!("no better for {patience} epochs: stopped"));
    }
}

/// A symptom, the first time.
fn warn(finding: &Finding, training: &Training) {
    if training.config().on_trouble != OnTrouble::Ignore {
        let step = finding.step;
        print::note(&format!("warning: step {step}: {}", finding.sentence()));
        if !HINTED.swap(true, Ordering::Relaxed) {
            print::note(&format!("         why, and what to do: backburn diagnose {}", training.run().path.display()));
        }
    }
}

/// What will be trained on what.
fn introduce(training: &Training) {
    let (config, data) = (training.config(), training.data());
    let (validation, test) = (data.validation.len(), data.test.as_ref().map_or(0, |test| test.len()));
    print::note(&format!(
        "{}: {} rows to learn, {validation} to validate, {test} to test; {} features, {} classes",
        data.name,
        data.train.len(),
        data.train.width(),
        data.classes.names.len()
    ));
    if let (parts @ [_, ..], Some(memory)) = (&data.streamed()[..], config.memory) {
        print::note(&format!("streamed, since --memory is {memory}: {} rows", parts.join(", ")));
    }
    data.preparation.sentences().iter().for_each(|sentence| print::note(sentence));
    let widths: Vec<String> = setup::layers(config, data).iter().map(ToString::to_string).collect();
    print::note(&format!(
        "{} {}, {} parameters; {} at {} {}, {} epoch{} in batches of {}",
        widths.join("-"),
        config.activation.name(),
        training.parameters(),
        config.optimizer.name(),
        config.rate(),
        config.schedule.name(),
        config.epochs,
        if config.epochs == 1 { "" } else { "s" },
        config.batch_size
    ));
}

/// An event as a person wants to see it.
fn line(event: &Event, config: &Config, seconds: f64, rows: usize) -> String {
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
pub(super) fn conclude(run: &Path, scores: &Scores, seconds: f64) {
    let part = |name: &str, score: Option<Score>| {
        score.map(|s| format!("{name} accuracy {:.2} % (loss {:.4})", 100.0 * s.accuracy, s.loss))
    };
    let parts: Vec<String> =
        [part("train", Some(scores.train)), part("validation", scores.validation), part("test", scores.test)]
            .into_iter()
            .flatten()
            .collect();
    let who = match (scores.best_epoch, scores.before_repair) {
        (0, _) => "together".to_string(),
        (epoch, false) => format!("best epoch {epoch}"),
        (epoch, true) => format!("best epoch {epoch}, from before the repair, which did no better"),
    };
    print::data(&format!("{who}: {}", parts.join(", ")));
    if scores.judged != "training" {
        let (low, high) = scores.report.interval();
        print::data(&format!(
            "95 % confidence for the {} accuracy: {:.2} to {:.2} % ({} rows)",
            scores.judged,
            100.0 * low,
            100.0 * high,
            scores.report.rows
        ));
    }
    print::data(&format!("{} in {seconds:.1} s", run.display()));
}

/// What the networks of an ensemble reach alone, beside what they reach together.
pub(super) fn compare(alone: &[f64], together: &Scores) {
    let mean = alone.iter().sum::<f64>() / alone.len() as f64;
    let (low, high) = alone.iter().fold((1f64, 0f64), |(low, high), &a| (low.min(a), high.max(a)));
    print::note(&format!(
        "{} accuracy of the networks alone: {:.2} % ({:.2} to {:.2} %); together: {:.2} %",
        together.judged,
        100.0 * mean,
        100.0 * low,
        100.0 * high,
        100.0 * together.report.accuracy
    ));
}

/// A score for machines.
pub(super) fn score(score: Option<Score>) -> Value {
    score.map_or(Value::Null, |s| json!({"loss": s.loss, "accuracy": s.accuracy}))
}
