//! The part of the page that shows how a run went: what was wrong, what was changed, and the vitals of every layer against
//! the step.
//!
//! What spans many powers of ten (updates, gradients) is drawn as its decimal logarithm, since a vanishing gradient would
//! otherwise lie on the axis like a healthy one beside a large one. All numbers are those that the watcher wrote into the
//! journal while the run went on; see [`Vitals`] for what each of them is.

use super::Facts;
use super::plot::{Curve, plot};
use crate::clean::html;
use crate::journal::Event;
use crate::numerics::{Layer, Vitals};

/// The most points that a curve is drawn with; a plot has few more pixels.
const POINTS: usize = 240;

/// What was wrong and what was changed, as a list in HTML; empty if all was well.
pub fn told(facts: &Facts) -> String {
    let item = |event: &Event| match event {
        Event::Symptom(finding) => {
            Some(format!("<li>Step {}: {}.", finding.step, html(&finding.sentence_about(&facts.classes))))
        }
        Event::Repair { step, back_to, why, changes } => {
            let changes: Vec<String> = changes
                .iter()
                .map(|c| format!("<code>--{}</code> from “{}” to “{}”", html(&c.knob), html(c.was()), html(c.shown())))
                .collect();
            let (why, changes) = (html(why), changes.join(", "));
            Some(format!("<li>Step {step}: repaired, because {why}. Changed {changes}; went on from step {back_to}."))
        }
        _ => None,
    };
    let items: String = facts.events.iter().filter_map(item).collect();
    if items.is_empty() { items } else { format!("<h2>Warnings</h2><ul>{items}</ul>") }
}

/// The curves of the vitals in HTML; empty if the run was not watched.
pub fn vitals(facts: &Facts) -> String {
    let all: Vec<&Vitals> = facts
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Vitals(vitals) => Some(vitals),
            _ => None,
        })
        .collect();
    let depth = all.last().map_or(0, |last| last.layers.len()); // a repair may have begun a network of another depth
    if depth == 0 {
        return String::new();
    }
    let seen: Vec<&Vitals> = all.iter().copied().step_by(all.len().div_ceil(POINTS)).collect();
    let curves = |layers: &[usize], of: fn(&Layer) -> f64| -> Vec<Curve> {
        let curve = |&place: &usize| Curve {
            name: format!("layer {}", place + 1),
            points: seen.iter().map(|v| (v.step as f64, v.layers.get(place).map_or(f64::NAN, of))).collect(),
        };
        layers.iter().map(curve).collect()
    };
    let shown = chosen(depth); // more than four curves in a plot cannot be told apart
    let hidden: Vec<usize> = shown.iter().copied().filter(|&place| place + 1 < depth).collect();
    let mut plots = vec![
        plot("updates over weights, power of ten", &curves(&shown, |layer| power_of_ten(layer.update))),
        plot("norm of the gradient, power of ten", &curves(&shown, |layer| power_of_ten(layer.gradient.norm))),
        plot("norm of the weights", &curves(&shown, |layer| layer.weight.norm)),
    ];
    // An activation either saturates (sigmoid, tanh) or dies (relu and its like), so one of the two shares is always zero.
    let idle = |layer: &Layer| layer.saturated.max(layer.dead);
    if !hidden.is_empty() {
        plots.push(plot("share of saturated or dead units", &curves(&hidden, idle)));
    }
    format!(
        "<h2>Vitals</h2><p>Against the step, as often as was looked. Healthy updates are about a thousandth of the \
         weights, 10<sup>−3</sup>; all layers should keep the same order of magnitude.</p><div class=plots>{}</div>",
        plots.concat()
    )
}

/// The layers that are shown, at most four: the first, the last, and two that lie evenly between them.
fn chosen(depth: usize) -> Vec<usize> {
    let count = depth.min(4);
    (0..count).map(|i| if count < 2 { 0 } else { i * (depth - 1) / (count - 1) }).collect()
}

/// The power of ten of a number; NaN, which is not drawn, for zero.
fn power_of_ten(x: f64) -> f64 {
    if x > 0.0 { x.log10() } else { f64::NAN }
}
