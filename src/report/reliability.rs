//! Reliability: whether a model that says 80 % is right in 80 of 100 cases (DeGroot and Fienberg 1983).
//!
//! Accuracy says how often the most probable class is the right one, and nothing about whether its probability can be
//! believed; whoever acts on probabilities needs the second. The rows are sorted into ten bins by the probability of
//! their winning class (`evaluate` does that), and in each bin the share that is right is held against the mean
//! probability. A bin of few rows says little, so each point carries the interval in which its share may lie.

use super::Facts;
use super::axis::Quantity;
use super::chart::Chart;
use super::curve::Curve;
use super::html::{csv, grouped, percent, section};
use crate::evaluate::Bin;
use crate::numerics::interval;

/// The section with the diagram, under a sentence that says to which side the model errs on the whole. A difference of
/// less than one percentage point is called none.
pub fn reliability(facts: &Facts) -> String {
    let Some(chart) = chart(facts) else { return String::new() };
    let bins = facts.evaluation.reliability.iter().filter(|bin| bin.rows > 0);
    let (said, right): (f64, usize) = bins.clone().fold((0.0, 0), |(c, r), bin| (c + bin.confidence, r + bin.right));
    let rows = facts.evaluation.rows.max(1) as f64;
    let (said, right) = (said / rows, right as f64 / rows);
    let lean = match said - right {
        gap if gap > 0.01 => "The model is surer than it is right",
        gap if gap < -0.01 => "The model is right more often than it says",
        _ => "What the model says of its certainty holds on the whole",
    };
    let row = |bin: &Bin| {
        let n = bin.rows as f64;
        vec![grouped(bin.rows), (bin.confidence / n).to_string(), (bin.right as f64 / n).to_string()]
    };
    let heading = ["rows", "mean probability", "share right"].map(String::from).to_vec();
    let numbers: Vec<Vec<String>> = std::iter::once(heading).chain(bins.map(row)).collect();
    section(
        "Reliability",
        &format!(
            "<p>{lean}: it gives its answers {} on average, and {} of them are right. The mean distance, bin by bin, is {} \
             (expected calibration error). The band is where the share of so few rows may lie in 95 of 100 cases.</p>\n<div class=\"plots\"><figure>{}{}</figure></div>\n",
            percent(said),
            percent(right),
            percent(facts.evaluation.calibration_error),
            chart.svg(),
            csv("Numbers", &numbers)
        ),
    )
}

/// The diagram: the share that is right against the mean probability that was given, bin by bin, beside the diagonal of
/// a perfectly calibrated model. Its bands are Wilson's intervals, see [`interval`]. `None` where no row was judged.
pub fn chart(facts: &Facts) -> Option<Chart> {
    let bins: Vec<&Bin> = facts.evaluation.reliability.iter().filter(|bin| bin.rows > 0).collect();
    let point = |bin: &&Bin| (bin.confidence / bin.rows as f64, bin.right as f64 / bin.rows as f64);
    let points: Vec<(f64, f64)> = bins.iter().map(point).collect();
    let ends = bins.iter().map(|bin| interval(bin.right as f64 / bin.rows as f64, bin.rows)).collect();
    let ideal = Curve::new("said and right alike", 5, vec![(0.0, 0.0), (1.0, 1.0)]);
    (!points.is_empty()).then(|| Chart {
        title: "Right, by what was said".into(),
        x: "probability".into(),
        across: Quantity::Whole,
        y: "share of rows that are right".into(),
        up: Quantity::Whole,
        curves: vec![Curve { ends, ..Curve::new("this model", 0, points) }, ideal],
        mark: None,
    })
}
