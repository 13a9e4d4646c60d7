//! The verdict: what came of a run, in sentences, before anything is drawn.
//!
//! It is what somebody reads who opens a page and looks at nothing else. An accuracy alone misleads where classes are
//! rare, so it stands beside what naming the most common class would reach, and beside the interval in which the true
//! share lies; the course of the run follows, because it says what to try next.

use super::Facts;
use super::course::{Course, Epoch, Start};
use super::html::{brief, escape, grouped, percent};
use crate::journal::Event;

/// The sentences under the title, in HTML.
pub fn verdict(facts: &Facts) -> String {
    let evaluation = &facts.evaluation;
    let right: usize = evaluation.confusion.iter().enumerate().map(|(i, row)| row[i]).sum();
    let (low, high) = evaluation.interval();
    let guess =
        evaluation.per_class.iter().map(|class| class.rows).max().unwrap_or(0) as f64 / evaluation.rows.max(1) as f64;
    let better = match evaluation.accuracy - guess {
        gap if gap <= 0.0 => "no better than always naming the most common class, which is right on",
        _ => "where always naming the most common class is right on",
    };
    format!(
        "{}<p class=\"lead\">{} of {} {} rows are right: {}, {better} {}.</p>\n<p>{} {}</p>\n",
        diverged(&facts.course)
            .map_or(String::new(), |why| format!("<p>{why} What follows is of the best weights before.</p>\n")),
        grouped(right),
        grouped(evaluation.rows),
        facts.judged,
        percent(evaluation.accuracy),
        percent(guess),
        format_args!(
            "With so many rows the true share lies between {} and {} in 95 of 100 cases.",
            percent(low),
            percent(high)
        ),
        course(&facts.course)
    )
}

/// How the run went: a best epoch that is the last one says that more epochs may help, and an earlier one is told with
/// what the loss was there and at the end, which shows how much worse the run became. Empty where no epoch was
/// completed. Where several networks were joined, only the first of them has epochs in the journal, which is said.
fn course(course: &Course) -> String {
    let whose = match course.joined {
        1 => "The best weights are those of".to_string(),
        n => format!(
            "{n} networks were joined into this one; the curves are those of the first, whose best weights are of"
        ),
    };
    let epochs = Course::epochs_of(&course.events);
    let (Some(best), Some(last)) = (epochs.iter().rev().find(|epoch| epoch.best), epochs.last()) else {
        return String::new();
    };
    let loss = |epoch: &Epoch| epoch.validation.unwrap_or(epoch.train).loss;
    let (judged, of) = (if best.validation.is_some() { "validation" } else { "training" }, grouped(epochs.len()));
    let number = best.number as usize;
    if epochs.len() == 1 {
        return "It was trained for a single epoch.".into();
    }
    if number == epochs.len() {
        return format!(
            "{whose} the last epoch, {number} of {of}: the {judged} loss was still falling, so more epochs may help."
        );
    }
    format!(
        "{whose} epoch {number} of {of}; the {judged} loss was {} there and {} at the end.",
        brief(loss(best)),
        brief(loss(last))
    )
}

/// The figures that a reader looks for first, as a list.
pub fn figures(facts: &Facts) -> String {
    let evaluation = &facts.evaluation;
    let Start { shape, rows, .. } = facts.course.start();
    let weakest = evaluation.weakest().map(|c| format!("{} (F1 {:.3})", escape(&c.class), c.f1));
    let entries = [
        ("accuracy", percent(evaluation.accuracy)),
        ("loss, nats", brief(evaluation.loss)),
        ("calibration error", percent(evaluation.calibration_error)),
        ("weakest class", weakest.unwrap_or_else(|| "none: no row is wrong".into())),
        ("network", shape),
        ("rows learned", grouped(rows)),
    ];
    listed(&entries)
}

/// The sentences under the title of a run that has no best weights, in HTML.
pub fn ended(course: &Course) -> String {
    let lead = diverged(course).unwrap_or_else(|| {
        let end = match Course::epochs_of(&course.events).len() {
            0 => "before its first epoch was over".to_string(),
            1 => "after its first epoch".to_string(),
            n => format!("after {} epochs", grouped(n)),
        };
        format!("This run is not over; what is known of it ends {end}.")
    });
    format!(
        "<p class=\"lead\">{lead}</p>\n<p>Why, and a command that cures it: <code>{}</code></p>\n",
        escape(&course.diagnosis())
    )
}

/// That the training diverged, when and how it showed, as a sentence in HTML; `None` of a run that did not end so.
fn diverged(course: &Course) -> Option<String> {
    let Some(Event::Diverged { step, verdict, .. }) = course.events.last() else { return None };
    let why = if verdict.is_empty() { String::new() } else { format!(": {}", escape(verdict)) };
    Some(format!("Training diverged at step {}{why}.", grouped(*step)))
}

/// What was to be trained, of a run about which no more is known.
pub fn start(course: &Course) -> String {
    let Start { shape, rows, .. } = course.start();
    listed(&[("network", shape), ("rows to learn", grouped(rows))])
}

/// Figures with their names, as a list in HTML.
fn listed(entries: &[(&str, String)]) -> String {
    let entry = |(name, value): &(&str, String)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>");
    format!("<dl class=\"figures\">{}</dl>\n", entries.iter().map(entry).collect::<String>())
}
