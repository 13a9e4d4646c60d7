//! How a run went inside: what was wrong, what was changed, and the vitals of every layer against the step, as bands
//! where more steps were looked at than can be drawn.
//!
//! The watcher wrote both into the journal while the run went on (see [`crate::numerics::Vitals`]); here they are only
//! drawn. Norms of gradients and updates span powers of ten and are drawn by their logarithm, since what matters is
//! whether layers differ by orders of magnitude. Shares are drawn from 0 to 100 %, so that a small one looks small.

use super::Course;
use super::axis::Quantity;
use super::chart::Chart;
use super::curve::Curve;
use super::html::{escape, section};
use crate::journal::Event;
use crate::model::Activation;
use crate::numerics::{Layer, Vitals};

/// How many layers are told apart in a plot.
const LAYERS: usize = 6;

/// What was wrong and what was changed, as a list of the symptoms, repairs and divergences in the journal, in their
/// order; empty if all was well. `classes` are the names for symptoms that are about a class.
pub fn told(events: &[Event], classes: &[String]) -> String {
    let item = |event: &Event| match event {
        Event::Symptom(finding) => {
            Some(format!("<li>Step {}: {}.</li>\n", finding.step, escape(&finding.sentence_about(classes))))
        }
        Event::Repair { step, back_to, why, changes } => {
            let changes: Vec<String> = changes
                .iter()
                .map(|c| {
                    format!("<code>--{}</code> from “{}” to “{}”", escape(&c.knob), escape(c.was()), escape(c.shown()))
                })
                .collect();
            let (why, changes) = (escape(why), changes.join(", "));
            Some(format!(
                "<li>Step {step}: repaired, because {why}. Changed {changes}; went on from step {back_to}.</li>\n"
            ))
        }
        Event::Diverged { step, verdict, .. } if !verdict.is_empty() => {
            Some(format!("<li>Step {step}: training diverged: {}.</li>\n", escape(verdict)))
        }
        Event::Diverged { step, first, .. } => Some(format!(
            "<li>Step {step}: <code>{}</code> was not finite, so the update was refused.</li>\n",
            escape(first)
        )),
        _ => None,
    };
    let items: String = events.iter().filter_map(item).collect();
    section("Warnings", &if items.is_empty() { items } else { format!("<ul>\n{items}</ul>\n") })
}

/// The section with the vitals; empty if the run was not watched (`--watch off`), because the journal then holds none.
pub fn vitals(course: &Course) -> String {
    let plots: String = charts(&course.events, course.activation).iter().map(Chart::figure).collect();
    let note = "<p class=\"note\">One line a layer, against the step, as often as was looked; the band around a line is from the \
                least to the greatest of the steps that a point stands for. Healthy updates are about a thousandth of the \
                weights, and all layers should keep the same order of magnitude.</p>\n";
    section("Vitals", &if plots.is_empty() { plots } else { format!("{note}<div class=\"plots\">{plots}</div>\n") })
}

/// The charts of the layers: gradients, updates, weights and values before the activation of every layer that is shown.
/// Saturated outputs and dead units follow only for activations that can saturate or die, or where such units were
/// seen, and leave out the output layer, which has neither. Zero has no logarithm and becomes a gap.
pub fn charts(events: &[Event], activation: Activation) -> Vec<Chart> {
    let seen: Vec<&Vitals> = Course::vitals_of(events).collect();
    let depth = seen.last().map_or(0, |last| last.layers.len());
    let shown = chosen(depth);
    let curves = |of: &dyn Fn(&Layer) -> f64, hidden: bool| -> Vec<Curve> {
        let places = shown.iter().filter(|&&place| !hidden || place + 1 < depth);
        let point = |v: &Vitals, place: usize| (v.step as f64 + 1.0, v.layers.get(place).map_or(f64::NAN, of));
        let curve = |(hue, &place): (usize, &usize)| {
            let name = if place + 1 == depth { "output layer".into() } else { format!("layer {}", place + 1) };
            Curve::new(&name, hue, seen.iter().map(|v| point(v, place)).collect())
        };
        places.enumerate().map(curve).collect()
    };
    let chart = |title: &str, y: &str, up, curves| Chart {
        title: title.into(),
        x: "step".into(),
        across: Quantity::Count,
        y: y.into(),
        up,
        curves,
        mark: None,
    };
    let positive = |x: f64| if x > 0.0 { x } else { f64::NAN }; // what has no logarithm is a gap in the curve
    let any = |of: fn(&Layer) -> f64| seen.iter().flat_map(|v| &v.layers).any(|layer| of(layer) > 0.0);
    let mut charts = vec![
        chart("Gradients", "norm of each layer", Quantity::Log, curves(&|layer| positive(layer.gradient.norm), false)),
        chart(
            "Updates",
            "norm, as a share of the weights",
            Quantity::Log,
            curves(&|layer| positive(layer.update), false),
        ),
        chart("Weights", "norm of each layer", Quantity::Size, curves(&|layer| layer.weight.norm, false)),
        chart("Values before the activation", "largest magnitude", Quantity::Size, curves(&|layer| layer.z, false)),
    ];
    if depth > 1 && (activation.saturates_at().is_some() || any(|layer| layer.saturated)) {
        charts.push(chart(
            "Saturated outputs",
            "share of all outputs",
            Quantity::Whole,
            curves(&|layer| layer.saturated, true),
        ));
    }
    if depth > 1 && (activation.dead_at().is_some() || any(|layer| layer.dead)) {
        charts.push(chart(
            "Dead units",
            "share that is off for every row",
            Quantity::Whole,
            curves(&|layer| layer.dead, true),
        ));
    }
    charts
}

/// The places of the layers that are shown. Of a deep network these are [`LAYERS`] spread evenly, the first and the
/// last among them, because trouble with depth shows in the difference between the two ends.
fn chosen(depth: usize) -> Vec<usize> {
    let count = depth.min(LAYERS);
    (0..count).map(|i| if count < 2 { 0 } else { i * (depth - 1) / (count - 1) }).collect()
}
