//! Curves of a run against its epochs: loss, accuracy, learning rate and norm of the gradient.
//!
//! A run with fewer than three epochs has too few points to be a curve, so it is drawn against its steps, at which the
//! vitals were taken more often. Report, live page and TensorBoard read epochs from the journal here, so that all three
//! agree on what a repair has taken back.

use super::axis::Quantity;
use super::chart::Chart;
use super::course::{Course, Epoch};
use super::curve::Curve;
use super::html::section;
use crate::journal::Event;
use crate::numerics::Score;

/// Fewer epochs are drawn against steps.
const FEW: usize = 3;

/// The section with the curves.
pub fn curves(course: &Course) -> String {
    let plots: String = charts(&course.events).iter().map(Chart::figure).collect();
    let note = "<p class=\"note\">Point at a curve, or move to it with the keyboard, to read its values. Training scores are \
                means over the batches of an epoch, each before its update and with dropout, so they may lie below those of \
                validation.</p>\n";
    section("Curves", &if plots.is_empty() { plots } else { format!("{note}<div class=\"plots\">{plots}</div>\n") })
}

/// The charts of loss, accuracy, rate and gradient, each with a mark at the best epoch. Curves without points are left
/// out, as that of validation where the run had no such part.
pub fn charts(events: &[Event]) -> Vec<Chart> {
    let epochs = &Course::epochs_of(events)[..];
    let vitals = || Course::vitals_of(events);
    let by_steps = epochs.len() < FEW && vitals().count() > epochs.len();
    let at = |epoch: &Epoch| if by_steps { epoch.step } else { epoch.number };
    let best = epochs.iter().rev().find(|epoch| epoch.best).filter(|_| epochs.len() > 1);
    let mark = best.map(|epoch| (at(epoch), format!("best epoch, {}", epoch.number)));
    let chart = |title: &str, y: &str, up, curves: Vec<Curve>| Chart {
        title: title.into(),
        x: if by_steps { "step".into() } else { "epoch".into() },
        across: Quantity::Count,
        y: y.into(),
        up,
        curves: curves.into_iter().filter(|curve| !curve.points.is_empty()).collect(),
        mark: mark.clone(),
    };
    let scores = |of: fn(Score) -> f64| {
        let train = match by_steps {
            true => vitals().map(|v| (v.step as f64 + 1.0, of(Score { loss: v.loss, accuracy: v.accuracy }))).collect(),
            false => epochs.iter().map(|epoch| (at(epoch), of(epoch.train))).collect(),
        };
        let validation = epochs.iter().filter_map(|epoch| Some((at(epoch), of(epoch.validation?)))).collect();
        vec![Curve::new("training", 1, train), Curve::new("validation", 0, validation)]
    };
    let one =
        |name: &str, of: fn(&Epoch) -> f64| vec![Curve::new(name, 0, epochs.iter().map(|e| (at(e), of(e))).collect())];
    let rate = match by_steps {
        true => vec![Curve::new("rate", 0, vitals().map(|v| (v.step as f64 + 1.0, v.rate)).collect())],
        false => one("rate", |epoch| epoch.rate),
    };
    let gradient = if by_steps { Vec::new() } else { one("norm", |epoch| epoch.gradient) }; // the vitals show it
    vec![
        chart("Loss", "cross-entropy, nats", Quantity::Size, scores(|score| score.loss)),
        chart("Accuracy", "share of rows that are right", Quantity::Share, scores(|score| score.accuracy)),
        chart("Learning rate", "at the last update", Quantity::Size, rate),
        chart("Gradient", "mean norm over the batches", Quantity::Size, gradient),
    ]
}
