//! Several runs side by side: their scores, what differs in their configurations, and their curves over one another.
//!
//! Somebody who has trained several times asks which run is best and what was different about it. Only the folders of
//! the runs are read, so this works where the data is gone: scores come from journal and confusion.csv, knobs from the
//! configuration. Whether all runs were judged on the same rows cannot be known from there, so the number of rows
//! stands beside every accuracy.

use super::axis::Quantity;
use super::chart::Chart;
use super::course::{Course, Epoch, saved_events};
use super::curve::Curve;
use super::html::{brief, csv, escape, page, percent, section, table};
use crate::error::Result;
use crate::journal::Event;
use crate::run::{Run, RunFile};
use crate::setup::{Config, KNOBS};

/// What is compared of a run.
pub struct Compared {
    /// The folder, as it was typed.
    name: String,
    config: Config,
    /// The events of its journal.
    events: Vec<Event>,
    /// The share of the judged rows that is right, and how many these are, if the run is over.
    judged: Option<(f64, usize)>,
}

impl Compared {
    /// What the folder of a run holds.
    ///
    /// # Errors
    /// It is no run.
    pub fn of(run: &Run) -> Result<Self> {
        let config = Config::of(run)?;
        // An ensemble has no journal of its own; its first network stands for the course of all.
        let journal = if config.ensemble > 1 { run.member(1) } else { run.clone() };
        Ok(Compared {
            name: run.path.display().to_string(),
            config,
            events: saved_events(&journal)?,
            judged: judged(run),
        })
    }
}

/// Accuracy and number of the judged rows, from confusion.csv, which only a run that is over has: its diagonal holds
/// the rows that are right. `None` where the file is missing or cannot be read as counts.
fn judged(run: &Run) -> Option<(f64, usize)> {
    let mut reader = csv::Reader::from_path(run.file(RunFile::Confusion)).ok()?;
    let (mut right, mut rows) = (0, 0);
    for (i, record) in reader.records().enumerate() {
        let counts: Vec<usize> = record.ok()?.iter().skip(1).map(|cell| cell.parse().unwrap_or(0)).collect();
        right += counts.get(i)?;
        rows += counts.iter().sum::<usize>();
    }
    (rows > 0).then(|| (right as f64 / rows as f64, rows))
}

/// The page of several runs, which keep the order in which they were given; the lead names the one of highest accuracy.
pub fn compare(runs: &[Compared]) -> String {
    let mut order: Vec<&Compared> = runs.iter().collect();
    order.sort_by(|a, b| share(b).total_cmp(&share(a)));
    let best = order[0];
    let verdict = match best.judged {
        Some((accuracy, _)) if order.len() > 1 => format!(
            "<code>{}</code> is right most often: on {} of its judged rows.",
            escape(&best.name),
            percent(accuracy)
        ),
        _ => "None of these runs is over.".into(),
    };
    let heading = format!(
        "<header><p class=\"kicker\">backburn · {} runs</p><h1>Runs side by side</h1><p class=\"lead\">{verdict}</p></header>\n",
        runs.len()
    );
    let plots: String = charts(runs).iter().map(Chart::figure).collect();
    let body = heading
        + &scores(runs)
        + &differences(runs)
        + &section("Curves", &if plots.is_empty() { plots } else { format!("<div class=\"plots\">{plots}</div>\n") });
    page("Runs side by side", &body)
}

/// The accuracy by which runs are ordered; a run that is not over comes after all others.
fn share(run: &Compared) -> f64 {
    run.judged.map_or(-1.0, |(accuracy, _)| accuracy)
}

/// The table of scores. Its figures of validation are those of the best epoch, whose weights were judged.
fn scores(runs: &[Compared]) -> String {
    let head =
        ["run", "judged accuracy", "judged rows", "epochs", "best epoch", "validation loss", "validation accuracy"];
    let row = |run: &Compared| {
        let epochs = Course::epochs_of(&run.events);
        let best = epochs.iter().rev().find(|epoch| epoch.best);
        let of = |value: fn(&Epoch) -> Option<f64>| best.and_then(value);
        vec![
            run.name.clone(),
            run.judged.map_or(String::new(), |(accuracy, _)| percent(accuracy)),
            run.judged.map_or(String::new(), |(_, rows)| rows.to_string()),
            epochs.len().to_string(),
            of(|epoch| Some(epoch.number)).map_or(String::new(), |number| number.to_string()),
            of(|epoch| epoch.validation.map(|v| v.loss)).map_or(String::new(), brief),
            of(|epoch| epoch.validation.map(|v| v.accuracy)).map_or(String::new(), percent),
        ]
    };
    let rows: Vec<Vec<String>> = std::iter::once(head.map(String::from).to_vec()).chain(runs.iter().map(row)).collect();
    section("Scores", &(table(&rows) + &csv("Scores", &rows)))
}

/// The table of the knobs in which the runs differ. Configurations are compared as they were resolved, so that a
/// default that was typed does not differ from one that was not. The memory is left out, because it follows from what
/// the machine had free.
fn differences(runs: &[Compared]) -> String {
    let text = |run: &Compared, knob: &crate::setup::Knob| {
        knob.text(&run.config.resolved()).unwrap_or_else(|| "left open".into())
    };
    let head = std::iter::once("knob".to_string()).chain(runs.iter().map(|run| run.name.clone())).collect();
    let row = |knob: &crate::setup::Knob| -> Option<Vec<String>> {
        let values: Vec<String> = runs.iter().map(|run| text(run, knob)).collect();
        let differ = values.iter().any(|value| *value != values[0]) && knob.name != "memory";
        differ.then(|| std::iter::once(format!("--{}", knob.name)).chain(values).collect())
    };
    let found: Vec<Vec<String>> = KNOBS.iter().filter_map(row).collect();
    let body = match found.is_empty() {
        true => "<p>Their configurations are the same.</p>\n".into(),
        false => {
            let rows: Vec<Vec<String>> = std::iter::once(head).chain(found).collect();
            table(&rows) + &csv("Differences", &rows)
        }
    };
    section("What differs", &body)
}

/// The curves of the first six runs over one another, since there are six colours that can be told apart.
fn charts(runs: &[Compared]) -> Vec<Chart> {
    let shown = &runs[..runs.len().min(6)];
    let chart = |title: &str, y: &str, up: Quantity, of: fn(&Epoch) -> Option<f64>| {
        let points =
            |run: &Compared| Course::epochs_of(&run.events).iter().filter_map(|e| Some((e.number, of(e)?))).collect();
        let curves = shown.iter().enumerate().map(|(hue, run)| Curve::new(&run.name, hue, points(run)));
        let curves = curves.filter(|curve| !curve.points.is_empty()).collect();
        Chart { title: title.into(), x: "epoch".into(), across: Quantity::Count, y: y.into(), up, curves, mark: None }
    };
    vec![
        chart("Validation loss", "cross-entropy, nats", Quantity::Size, |epoch| Some(epoch.validation?.loss)),
        chart("Validation accuracy", "share of rows that are right", Quantity::Share, |epoch| {
            Some(epoch.validation?.accuracy)
        }),
        chart("Training loss", "cross-entropy, nats", Quantity::Size, |epoch| Some(epoch.train.loss)),
        chart("Training accuracy", "share of rows that are right", Quantity::Share, |epoch| Some(epoch.train.accuracy)),
        chart("Learning rate", "at the last update", Quantity::Size, |epoch| Some(epoch.rate)),
        chart("Gradient", "mean norm over the batches", Quantity::Size, |epoch| Some(epoch.gradient)),
    ]
}
