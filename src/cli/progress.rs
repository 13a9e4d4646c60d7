//! A training run as a person sees it on the terminal: what is trained, an epoch a line, what was wrong, what came of it.
//!
//! Everything goes to stderr but what came of it, so that a script reads one line. What is shown is read off the events
//! that the training gives when it is pulled; the training knows nobody who watches it. Lines of epochs fit 80 columns:
//! ```text
//! epoch           loss    right  validation    right   * the best so far
//! 1/20*         0.6469  82.86 %      0.2993  91.58 %      48564 rows/s   21 s left
//! ```

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{pace, print};
use crate::data::{Data, Scale};
use crate::error::Result;
use crate::journal::Event;
use crate::numerics::{Finding, Score};
use crate::report::sparkline;
use crate::setup::{self, Config, OnTrouble};
use crate::train::{Scores, Training};

/// Whether the way to a diagnosis was shown. Once is enough, also for an ensemble.
static HINTED: AtomicBool = AtomicBool::new(false);

/// Blocks of the line that shows the losses at the end, at most: with its label it fits 60 columns.
const SPARKS: usize = 40;

/// How long the epochs take, since the start or the last repair.
struct Clock {
    /// When the first epoch began.
    start: Instant,
    /// When the last epoch ended.
    last: Instant,
    /// How many have ended.
    epochs: u32,
}

impl Clock {
    /// A clock that begins now.
    fn start() -> Self {
        Clock { start: Instant::now(), last: Instant::now(), epochs: 0 }
    }

    /// Notes that an epoch has ended: how long it took, and how long one takes in the mean.
    fn tick(&mut self) -> (Duration, Duration) {
        self.epochs += 1;
        (std::mem::replace(&mut self.last, Instant::now()).elapsed(), self.start.elapsed() / self.epochs)
    }

    /// How many rows were learned in a second, where an epoch has `rows` of them.
    fn rate(&self, rows: usize) -> f64 {
        f64::from(self.epochs) * rows as f64 / self.start.elapsed().as_secs_f64().max(1e-9)
    }
}

/// Pulls the events of a training and prints them until the run is over. Returns how many rows were learned in a
/// second, counted since the last repair if there was one, because a repair may change the network.
pub(super) fn follow(training: &mut Training) -> Result<f64> {
    introduce(training);
    let (mut clock, mut losses) = (Clock::start(), Vec::new());
    let mut drawn = pace::draw(training.pace(), training.config().epochs);
    while let Some(event) = training.advance()? {
        match &event {
            Event::Symptom(finding) => warn(finding, training),
            Event::Fault { place, say, .. } => {
                print::note(&format!("warning: the data, {place}: {say}"));
                hint(training);
            }
            Event::Repair { step, back_to, why, changes } => {
                print::note(&format!("repair: step {step}: {why}"));
                for change in changes {
                    print::note(&format!("        --{}: {} is now {}", change.knob, change.was(), change.shown()));
                }
                print::note(&format!("        going on from step {back_to}"));
                introduce(training);
                clock = Clock::start();
                drawn = pace::draw(training.pace(), training.config().epochs);
            }
            Event::Epoch { train, validation, .. } => {
                let times = clock.tick();
                if print::passes() {
                    losses.push(validation.unwrap_or(*train).loss);
                }
                if clock.epochs == 1 {
                    print::note(&heading(!training.data().validation.is_empty()));
                }
                print::note(&line(&event, training.config(), times, training.data().train.len()));
                stopped(training);
            }
            Event::Network { number, of, epoch, validation } => print::note(&format!(
                "network {number} of {of}: best epoch {epoch}, {:.2} % of its held-out rows right (loss {})",
                100.0 * validation.accuracy,
                loss(validation.loss)
            )),
            _ => {}
        }
    }
    drop(drawn);
    if losses.len() > 3 {
        print::note(&format!("loss by epoch  {}", sparkline(&losses, SPARKS)));
    }
    Ok(clock.rate(training.data().train.len()))
}

/// Says that the run has stopped early, if its patience ran out.
fn stopped(training: &Training) {
    if let (true, Some(patience)) = (training.stopped_early(), training.config().patience) {
        print::note(&format!("no better for {patience} epochs: stopped"));
    }
}

/// Warns of a symptom, unless the user has chosen to go on regardless (`--on-trouble ignore`).
fn warn(finding: &Finding, training: &Training) {
    if training.config().on_trouble != OnTrouble::Ignore {
        let (step, classes) = (finding.step, &training.data().classes.names);
        print::note(&format!("warning: step {step}: {}", finding.sentence_about(classes)));
        hint(training);
    }
}

/// Shows the way to a diagnosis, the first time that there is a reason.
fn hint(training: &Training) {
    if !HINTED.swap(true, Ordering::Relaxed) {
        print::note(&format!("         why, and what to do: backburn diagnose {}", training.run().path.display()));
    }
}

/// What will be trained on what: the rows of each part, the arrays that were taken, what is done to the features, and
/// the network with its optimizer. All of it can be a surprise in a file of somebody else, and none of it in the middle
/// of a long run, so it is said before the first step, and again after a repair, which may have changed any of it.
fn introduce(training: &Training) {
    let (config, data) = (training.config(), training.data());
    let (validation, test) = (data.validation.len(), data.test.as_ref().map_or(0, |test| test.len()));
    print::note(&format!(
        "{}: {} rows to learn, {validation} to validate, {test} to test; {} feature{}, {} classes",
        data.name,
        data.train.len(),
        data.train.width(),
        if data.train.width() == 1 { "" } else { "s" },
        data.classes.names.len()
    ));
    if validation == 0 {
        print::note(
            "no rows are held out to validate on, so no validation score will say how the model does on new rows",
        );
    }
    if let (parts @ [_, ..], Some(memory)) = (&data.streamed()[..], config.memory) {
        print::note(&format!("streamed, since --memory is {memory}: {} rows", parts.join(", ")));
    }
    if let Some(pair) = &data.layout.train {
        print::note(&format!("features `{}`, {}; labels `{}`", pair.x, scaling(config, data), pair.y));
    }
    data.preparation.sentences().iter().for_each(|sentence| print::note(sentence));
    let widths: Vec<String> = setup::layers(config, data).iter().map(ToString::to_string).collect();
    let joined = match training.networks() {
        1 => String::new(),
        n => format!("; {n} of them, joined into one"),
    };
    let activation = match widths.len() {
        0..=2 => " without a hidden layer".into(),
        _ => format!(" {}", config.activation.name()),
    };
    print::note(&format!(
        "{}{activation}, {} parameters; {} at {} {}, {} epoch{} in batches of {}{joined}",
        widths.join("-"),
        training.parameters(),
        config.optimizer.name(),
        config.rate(),
        config.schedule.name(),
        config.epochs,
        if config.epochs == 1 { "" } else { "s" },
        config.batch_size
    ));
}

/// How the features were scaled, in words. `auto` has chosen a scale from the data, so what was done is read off the
/// preparation and not off the knob.
fn scaling(config: &Config, data: &Data) -> &'static str {
    let own = &data.preparation;
    match (own.scale.first(), config.scale) {
        (None, _) => "as they are",
        (Some(_), _) if own.bend.is_some() => "each scaled by median and quartiles, and outliers bent",
        (Some(_), Scale::Minmax) => "each scaled to 0..1",
        (Some(&first), _) if first == (0.0, 1.0 / 255.0) => "divided by 255",
        (Some(_), _) => "each scaled to mean 0 and deviation 1",
    }
}

/// What stands above the lines of the epochs; `validated` if there is a validation part.
fn heading(validated: bool) -> String {
    let validation = if validated { format!("{:>12} {:>8}", "validation", "right") } else { String::new() };
    format!("{:<10}{:>10} {:>8}{validation}   * the best so far", "epoch", "loss", "right")
}

/// An epoch as a person wants to see it, which is a line of at most 80 columns; empty for any other event. The rows a second
/// are those of this epoch, its validation included, and the time that is left goes by the mean of all `times`.
fn line(event: &Event, config: &Config, (own, mean): (Duration, Duration), rows: usize) -> String {
    let Event::Epoch { epoch, train, validation, best, .. } = event else {
        return String::new();
    };
    let right = |score: &Score| format!("{:.2} %", 100.0 * score.accuracy);
    let held_out = validation.map_or(String::new(), |v| format!("{:>12} {:>8}", loss(v.loss), right(&v)));
    let number = format!("{epoch}/{}{}", config.epochs, if *best { "*" } else { "" });
    format!(
        "{number:<10}{:>10} {:>8}{held_out}  {:>9.0} rows/s {:>6} left",
        loss(train.loss),
        right(train),
        rows as f64 / own.as_secs_f64().max(1e-9),
        short_time(mean * (config.epochs - epoch) as u32)
    )
}

/// A loss in at most nine columns.
pub(super) fn loss(loss: f64) -> String {
    if loss < 1000.0 { format!("{loss:.4}") } else { format!("{loss:.2e}") }
}

/// A time in at most six columns, in the largest unit of which there are two.
fn short_time(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 120.0 => format!("{seconds:.0} s"),
        seconds if seconds < 7200.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.0} h", seconds / 3600.0),
    }
}

/// What came of it: the scores of the best weights on every part, the interval in which the accuracy on other rows
/// lies, and the folder of the run, all on stdout; then on stderr what most people want to do next. An interval is told
/// of held-out rows alone, since the rows learned say nothing about others. An ensemble cannot be diagnosed as a whole,
/// so the hint names its first network.
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
        _ if scores.networks > 1 => format!("{} networks as one", scores.networks),
        (epoch, false) => format!("best epoch {epoch}"),
        (epoch, true) => format!("best epoch {epoch}, from before the repair, which did no better"),
    };
    print::data(&format!("{who}: {}", parts.join(", ")));
    if scores.judged != "training" {
        let (low, high) = scores.evaluation.interval();
        print::data(&format!(
            "95 % confidence for the {} accuracy: {:.2} to {:.2} % ({} rows)",
            scores.judged,
            100.0 * low,
            100.0 * high,
            scores.evaluation.rows
        ));
    }
    print::data(&format!("{} in {seconds:.1} s", run.display()));
    let (path, single) = (run.display(), scores.best_epoch > 0);
    print::note(&format!("next: backburn predict {path} FILE     the classes of other rows"));
    let one = if single { path.to_string() } else { format!("{path}/1") };
    print::note(&format!("      backburn diagnose {one}         whether more can be learned, and how"));
}

/// What the networks of an ensemble reach alone, as mean and range, beside what they reach together: this difference is
/// what the further trainings have bought.
pub(super) fn compare(alone: &[f64], together: &Scores) {
    let mean = alone.iter().sum::<f64>() / alone.len() as f64;
    let (low, high) = alone.iter().fold((1f64, 0f64), |(low, high), &a| (low.min(a), high.max(a)));
    print::note(&format!(
        "{} accuracy of the networks alone: {:.2} % ({:.2} to {:.2} %); together: {:.2} %",
        together.judged,
        100.0 * mean,
        100.0 * low,
        100.0 * high,
        100.0 * together.evaluation.accuracy
    ));
}

/// A score for machines.
pub(super) fn score(score: Option<Score>) -> Value {
    score.map_or(Value::Null, |s| json!({"loss": s.loss, "accuracy": s.accuracy}))
}
