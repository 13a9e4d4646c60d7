//! The page of a sweep: which configuration is best, all of them as lines through their knobs, what time bought, and what is
//! missing and why.
//!
//! It holds what `sweep collect` prints, drawn. The rank and the means over seeds and folds are those of the room `sweep`;
//! nothing is judged here.

use super::axis::Quantity;
use super::chart::Chart;
use super::curve::Curve;
use super::html::{csv, escape, page, percent, section, table};
use super::parallel::{Coordinate, parallel};
use crate::sweep::{Configuration, End, Entry, Results};

/// The page of a sweep, as far as it has come.
pub fn sweep(results: &Results) -> String {
    let finished = results.count(End::Finished);
    let lead = match results.configurations.first().and_then(|best| Some((best, best.accuracy?))) {
        Some((best, accuracy)) => {
            let spread = match accuracy.deviation > 0.0 {
                true => format!(", with a standard deviation of {} over seeds and folds", percent(accuracy.deviation)),
                false => String::new(),
            };
            let right = percent(accuracy.mean);
            format!("<code>{}</code> is best: {right} of its validation rows are right{spread}.", escape(&said(best)))
        }
        None => "No training of this sweep has finished.".into(),
    };
    let kicker = format!("backburn · {finished} of {} trainings have finished", results.runs.len());
    let head =
        format!("<header><p class=\"kicker\">{kicker}</p><h1>A sweep</h1><p class=\"lead\">{lead}</p></header>\n");
    let body = head + &lines(results) + &ranked(results) + &times(results) + &unfinished(results);
    page("A sweep", &body)
}

/// A configuration in the words of the command line.
fn said(configuration: &Configuration) -> String {
    let knobs: Vec<String> = configuration.varied.iter().map(|(name, text)| format!("--{name} {text}")).collect();
    if knobs.is_empty() { "the only configuration".into() } else { knobs.join(" ") }
}

/// All configurations that have a score, as lines through an axis for each knob to their accuracy.
fn lines(results: &Results) -> String {
    let scored: Vec<&Configuration> = results.configurations.iter().filter(|own| own.accuracy.is_some()).collect();
    let value = |own: &Configuration, knob: &str| own.varied.get(knob).cloned().unwrap_or_default();
    let mut coordinates: Vec<Coordinate> = results
        .knobs()
        .into_iter()
        .map(|knob| Coordinate {
            name: knob.into(),
            values: scored.iter().map(|own| value(own, knob)).collect(),
            quantity: Quantity::Size,
        })
        .collect();
    coordinates.push(Coordinate {
        name: "accuracy".into(),
        values: scored.iter().map(|own| own.accuracy.map_or(String::new(), |s| s.mean.to_string())).collect(),
        quantity: Quantity::Share,
    });
    let names: Vec<String> = scored
        .iter()
        .map(|own| format!("{}: {}", said(own), own.accuracy.map_or(String::new(), |s| percent(s.mean))))
        .collect();
    let note = "<p class=\"note\">Each line is a configuration, from its knobs to its mean accuracy on validation rows; the best has \
                a colour. The pointer says which one a line is.</p>\n";
    let picture = parallel(&coordinates, &names);
    section("Knobs and accuracy", &if picture.is_empty() { picture } else { note.to_string() + &picture })
}

/// The configurations as a table, the best first: means and standard deviations over seeds and folds.
fn ranked(results: &Results) -> String {
    let rows = results.table();
    section("Configurations", &(table(&rows) + &csv("Configurations", &rows)))
}

/// What every training took, and how right it was; those of the best configuration have its colour.
fn times(results: &Results) -> String {
    let best: &[usize] = results.configurations.first().map_or(&[], |own| &own.runs);
    let points = |of_best: bool| {
        let own = results.runs.iter().filter(|entry| best.contains(&entry.trial.number) == of_best);
        let point = |Entry { outcome, .. }: &Entry| Some((outcome.seconds, outcome.judged()?.accuracy));
        let mut points: Vec<(f64, f64)> = own.filter_map(point).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    };
    let curve = |name, hue, of_best| Curve { scattered: true, ..Curve::new(name, hue, points(of_best)) };
    let curves = [curve("the best configuration", 0, true), curve("others", 5, false)];
    let chart = Chart {
        title: "Accuracy and time".into(),
        x: "seconds".into(),
        across: Quantity::Size,
        y: "share of validation rows that are right".into(),
        up: Quantity::Share,
        curves: curves.into_iter().filter(|curve| !curve.points.is_empty()).collect(),
        mark: None,
    };
    let figure = chart.figure();
    section(
        "Accuracy and time",
        &if figure.is_empty() { figure } else { format!("<div class=\"plots\">{figure}</div>\n") },
    )
}

/// The trainings that have not finished, with what each was to learn and why it did not.
fn unfinished(results: &Results) -> String {
    let open = results.runs.iter().filter(|entry| entry.outcome.end != End::Finished);
    let line = |Entry { trial, outcome }: &Entry| {
        let why = if outcome.why.is_empty() { String::new() } else { format!(": {}", escape(&outcome.why)) };
        format!("<li>{} {} (<code>{}</code>){why}</li>\n", trial.number, outcome.end.name(), escape(&trial.said()))
    };
    let lines: String = open.map(line).collect();
    section("Not finished", &if lines.is_empty() { lines } else { format!("<ul>\n{lines}</ul>\n") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::Score;
    use crate::setup::Config;
    use crate::sweep::{Outcome, Trial};

    fn entry(number: usize, rate: &str, outcome: Outcome) -> Entry {
        let varied = [("rate".to_string(), rate.to_string())].into();
        Entry { trial: Trial::new(number, varied, &Config::default()), outcome }
    }

    #[test]
    fn a_page_says_which_is_best_and_why_a_training_did_not_finish() {
        let score = Some(Score { accuracy: 0.9, loss: 0.3 });
        let finished =
            Outcome { validation: score, seconds: 2.0, ..Outcome::without_score(End::Finished, String::new()) };
        let lost = Outcome::without_score(End::Diverged, "epoch 2 <broke>".into());
        let page = sweep(&Results::from(vec![entry(1, "10", lost), entry(2, "0.01", finished)]));
        assert!(page.contains("<code>--rate 0.01</code> is best: 90.00\u{a0}%"), "{page}");
        assert!(
            page.contains("epoch 2 &lt;broke&gt;") && page.contains("<circle") && page.contains("<polyline"),
            "{page}"
        );
        assert!(!page.contains("NaN"), "{page}");
    }

    #[test]
    fn a_page_of_a_sweep_that_nobody_has_begun_is_a_page() {
        let missing = Outcome::without_score(End::Missing, String::new());
        let page = sweep(&Results::from(vec![entry(1, "10", missing)]));
        assert!(page.contains("No training of this sweep has finished") && !page.contains("NaN"), "{page}");
    }
}
