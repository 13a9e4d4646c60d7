//! Symptoms: what is wrong with a run, read off the history of its vitals by thresholds that stand here.
//!
//! A watch that cries wolf is switched off, so nothing is a symptom because a number looks odd. Either it cannot happen
//! in a network that starts sanely: saturated, dead or identical units before the first update, or a first loss far above
//! that of guessing (the *first look*). Or harm is done already: half of the run is over and the loss is still that of
//! guessing or far above it. Ratios that a healthy run may show for a while (vanishing, dead, exploding) are reported as
//! the mechanism of such harm and never alone. Finding the cause is another matter and takes experiments.

use super::baseline::{Baseline, RISING, prior};
use super::finding::{Finding, Symptom};
use super::vitals::Vitals;

/// First look: more than this share of a layer's outputs is saturated. A layer reaches it if z has a deviation of 7
/// (sigmoid) or 3.4 (tanh); standardised rows and Glorot's weights give 1.4.
pub const SATURATED: f64 = 0.5;
/// First look: more than this share of a layer's units is off for every fixed row. Deep rectifiers start near 0.5, since
/// all rows have become parallel there; only biases or inputs of one sign lead to 0.9.
pub const DEAD: f64 = 0.9;
/// First look: the loss is above this many times that of guessing, which is taken as at least 1 nat. Logits of deviation s
/// cost about s²/2 more than guessing, and He's weights on standardised rows give s ≈ 1.4.
pub const LOSS_AT_START: f64 = 5.0;
/// Harm: the loss is above this share of that of guessing, and no more rows are right than by guessing plus [`LUCK`].
pub const PLATEAU: f64 = 0.98;
/// By how much the share of right rows may exceed that of the largest class by luck.
pub const LUCK: f64 = 0.03;
/// Harm: a loss above this many times that of guessing is worse than guessing.
pub const WORSE: f64 = 1.5;
/// How many examined steps in a row must show the same.
pub const CHECKS: usize = 5;
/// At the end: by how much the accuracy on the validation part exceeds that on the test half if no sampling explains it.
pub const GAP: f64 = 0.3;
/// Mechanism: the gradient of layer 1 over that of the last layer, each over the norm of the layer's weights, is below
/// this.
pub const VANISHING: f64 = 1e-3;
/// Mechanism: norm(update) / norm(weights) is below this in every layer.
pub const STALLED: f64 = 1e-6;
/// Mechanism: norm(update) / norm(weights) is above this in some layer; 1e-3 is usual (a rule of thumb of Karpathy's).
pub const EXPLODING: f64 = 0.1;
/// Mechanism: the largest |z| of a layer is above this; the exponential of a float32 overflows at 88.7.
pub const OVERFLOW: f64 = 80.0;

/// What was seen of a run: the last examined steps, and what must be remembered of those before.
#[derive(Clone, Debug)]
pub struct History {
    /// The last [`CHECKS`] examined steps, the latest last.
    recent: Vec<Vitals>,
    /// The least loss of all examined steps.
    least: f64,
}

impl Default for History {
    fn default() -> Self {
        History { recent: Vec::new(), least: f64::INFINITY }
    }
}

impl History {
    /// Adds an examined step.
    pub fn push(&mut self, vitals: Vitals) {
        self.least = self.least.min(vitals.loss);
        if self.recent.len() == CHECKS {
            self.recent.remove(0);
        }
        self.recent.push(vitals);
    }

    /// The last examined step.
    pub fn last(&self) -> Option<&Vitals> {
        self.recent.last()
    }

    /// The symptoms that the last examined step brings to light: the harm first, then its mechanisms. The first steps
    /// of a run are left alone, since losses may rise while an optimizer warms up. A first look is taken only at
    /// weights that were drawn: those of `--from` have been trained already and may well be saturated.
    pub fn examine(&self, baseline: &Baseline) -> Vec<Finding> {
        let Some(now) = self.recent.last() else {
            return Vec::new();
        };
        let mut found = if now.step == 0 && baseline.drawn { first_look(now, baseline) } else { Vec::new() };
        if self.recent.len() == CHECKS && self.recent[0].step >= 10 {
            let harm = plateau(&self.recent, baseline).or_else(|| rising(self.least, &self.recent, baseline));
            if let Some(harm) = harm {
                found.push(harm);
                found.extend(mechanisms(&self.recent));
            }
        }
        found
    }
}

/// The accuracy on some rows and how many they are, if there are any.
type Accuracy = Option<(f64, usize)>;

/// The symptoms that only the end of a run shows, after update number `step`.
///
/// They are found in the score on the training rows, in the accuracies on the validation part and the test half, and in
/// the rows and the recall of every class on the part that the run is judged on.
pub fn conclude(
    baseline: &Baseline,
    step: usize,
    train: super::Score,
    (validation, test): (Accuracy, Accuracy),
    classes: &[(usize, f64)],
) -> Vec<Finding> {
    let mut found = Vec::new();
    let guesses =
        train.accuracy <= baseline.majority + LUCK && train.loss >= PLATEAU * entropy(classes).min(baseline.prior);
    if guesses {
        let worse = train.loss > WORSE * baseline.prior;
        let (symptom, bound) = if worse { (Symptom::Rising, WORSE) } else { (Symptom::Plateau, PLATEAU) };
        found.push(finding(symptom, None, step, train.loss, bound * baseline.prior));
    }
    // Of 50 rows on each side, the difference of the accuracies has a deviation of at most 0.1, so 0.3 is no chance.
    if let (Some((here, rows)), Some((there, others))) = (validation, test)
        && rows.min(others) >= 50
        && here - there > GAP
    {
        found.push(finding(Symptom::Gap, None, step, there, here));
    }
    let ignored = classes.iter().position(|&(rows, recall)| rows >= 10 && recall == 0.0);
    if let (Some(class), false) = (ignored, guesses) {
        found.push(finding(Symptom::Ignored, None, step, class as f64, 0.0));
    }
    found
}

/// The entropy of labels of which class k has `classes[k].0`: the loss of guessing on these rows.
fn entropy(classes: &[(usize, f64)]) -> f64 {
    let rows: usize = classes.iter().map(|class| class.0).sum();
    prior(&classes.iter().map(|class| class.0 as f64 / rows.max(1) as f64).collect::<Vec<_>>())
}

/// A finding made of its parts.
fn finding(symptom: Symptom, layer: Option<usize>, step: usize, value: f64, bound: f64) -> Finding {
    Finding { symptom, layer, step, value, bound }
}

/// The symptoms before the first update that no sane start shows: in the first hidden layer that has one, identical,
/// saturated or dead units, and a loss far above that of guessing.
fn first_look(now: &Vitals, baseline: &Baseline) -> Vec<Finding> {
    let mut found = Vec::new();
    let hidden = now.layers.split_last().map_or(&[][..], |(_, hidden)| hidden);
    for (layer, seen) in (1..).zip(hidden) {
        let shares = [
            (Symptom::Identical, if seen.identical { 1.0 } else { 0.0 }, 0.0),
            (Symptom::Saturated, seen.saturated, SATURATED),
            (Symptom::Dead, seen.dead, DEAD),
        ];
        let first = shares.into_iter().find(|(_, share, bound)| share > bound);
        found.extend(first.map(|(symptom, share, bound)| finding(symptom, Some(layer), 0, share, bound)));
    }
    found.truncate(1); // the first culprit in forward order; what comes after it follows from it
    let bound = LOSS_AT_START * baseline.prior.max(1.0);
    if now.loss > bound {
        found.push(finding(Symptom::LossAtStart, None, 0, now.loss, bound));
    }
    found
}

/// The harm that loss and accuracy are those of guessing in every one of the last checks, after half of the run. The
/// loss may lie a little below that of guessing where no layer moves any more, because a network that stands still will
/// not get better.
fn plateau(recent: &[Vitals], baseline: &Baseline) -> Option<Finding> {
    let now = recent.last()?;
    let still = |v: &Vitals| v.layers.iter().all(|layer| layer.update < STALLED);
    let guessing = |v: &Vitals| {
        (v.loss >= PLATEAU * baseline.prior || still(v))
            && v.loss < WORSE * baseline.prior
            && v.accuracy <= baseline.majority + LUCK
    };
    let late = recent[0].step >= 50 && 2 * (now.step + 1) >= baseline.steps;
    (late && recent.iter().all(guessing))
        .then(|| finding(Symptom::Plateau, None, now.step, now.loss, PLATEAU * baseline.prior))
}

/// The harm that the loss is far above its minimum and above that of guessing in every one of the last checks; after half
/// of the run it is enough that the loss is above that of guessing. Either way it is above [`WORSE`] times that of
/// guessing, which is the bound that people are told.
fn rising(least: f64, recent: &[Vitals], baseline: &Baseline) -> Option<Finding> {
    let now = recent.last()?;
    let bound = (RISING * least).max(WORSE * baseline.prior);
    let late = recent[0].step >= 50 && 2 * (now.step + 1) >= baseline.steps;
    let worse = recent.iter().all(|v| v.loss > bound) || late && recent.iter().all(|v| v.loss > WORSE * baseline.prior);
    worse.then(|| finding(Symptom::Rising, None, now.step, now.loss, WORSE * baseline.prior))
}

/// The mechanisms of harm that every one of the last checks shows, each in the first layer that has it.
fn mechanisms(recent: &[Vitals]) -> Vec<Finding> {
    let Some(now) = recent.last() else {
        return Vec::new();
    };
    let hidden = now.layers.len().saturating_sub(1);
    // A ratio that is off in one step may be chance; a mechanism is off in all of the last checks.
    let always = |layer: usize, is: &dyn Fn(&super::Layer) -> bool| recent.iter().all(|v| is(&v.layers[layer]));
    let first = |layers: usize, is: &dyn Fn(&super::Layer) -> bool| (0..layers).find(|&layer| always(layer, is));
    let mut found = Vec::new();
    if let Some(l) = first(hidden, &|layer| layer.saturated > SATURATED) {
        found.push(finding(Symptom::Saturated, Some(l + 1), now.step, now.layers[l].saturated, SATURATED));
    }
    if let Some(l) = first(hidden, &|layer| layer.dead > DEAD) {
        found.push(finding(Symptom::Dead, Some(l + 1), now.step, now.layers[l].dead, DEAD));
    }
    if let Some(l) = first(hidden, &|layer| layer.identical) {
        found.push(finding(Symptom::Identical, Some(l + 1), now.step, 1.0, 0.0));
    }
    if let Some(l) = first(hidden + 1, &|layer| layer.update > EXPLODING) {
        found.push(finding(Symptom::Exploding, Some(l + 1), now.step, now.layers[l].update, EXPLODING));
    }
    if let Some(l) = first(hidden + 1, &|layer| layer.z > OVERFLOW) {
        found.push(finding(Symptom::OverflowSoon, Some(l + 1), now.step, now.layers[l].z, OVERFLOW));
    }
    // Where no layer moves, a first layer that moves a thousandth of that is no news.
    if recent.iter().all(|v| v.layers.iter().all(|layer| layer.update < STALLED)) {
        let most = now.layers.iter().map(|layer| layer.update).fold(0.0, f64::max);
        found.push(finding(Symptom::Stalled, None, now.step, most, STALLED));
    } else if hidden > 0 && recent.iter().all(|v| vanishing(v) < VANISHING) {
        found.push(finding(Symptom::Vanishing, Some(1), now.step, vanishing(now), VANISHING));
    }
    found
}

/// The gradient of layer 1 over that of the last layer, each relative to the layer's weights.
fn vanishing(v: &Vitals) -> f64 {
    let relative = |layer: &super::Layer| layer.gradient.norm / layer.weight.norm.max(f64::MIN_POSITIVE);
    match (v.layers.first(), v.layers.last()) {
        (Some(first), Some(last)) if relative(last) > 0.0 => relative(first) / relative(last),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::{Layer, Size};

    fn baseline() -> Baseline {
        Baseline { prior: 10f64.ln(), majority: 0.1, steps: 200, drawn: true }
    }

    /// The vitals of two healthy layers, unless `change` does something to the first.
    fn at(step: usize, loss: f64, accuracy: f64, change: impl Fn(&mut Layer)) -> Vitals {
        let size = Size { norm: 1.0, max: 0.5, nonfinite: 0 };
        let mut layer = Layer { weight: size, gradient: size, update: 1e-3, z: 1.0, ..Layer::default() };
        let last = layer.clone();
        change(&mut layer);
        Vitals { step, rate: 0.1, loss, accuracy, layers: vec![layer, last], alike: false }
    }

    fn found(steps: &[Vitals]) -> Vec<Finding> {
        let mut history = History::default();
        steps.iter().for_each(|vitals| history.push(vitals.clone()));
        history.examine(&baseline())
    }

    fn names(steps: &[Vitals]) -> Vec<Symptom> {
        found(steps).into_iter().map(|f| f.symptom).collect()
    }

    #[test]
    fn a_sane_start_and_a_falling_loss_show_nothing() {
        assert!(names(&[at(0, 2.5, 0.1, |_| ())]).is_empty());
        let falling: Vec<Vitals> = (0..40).map(|i| at(5 * i, 2.3 - 0.05 * i as f64, 0.5, |_| ())).collect();
        assert!((1..=40).all(|n| names(&falling[..n]).is_empty()));
    }

    #[test]
    fn the_first_look_names_the_first_layer() {
        let found = found(&[at(0, 40.0, 0.1, |layer| layer.saturated = 0.97)]);
        assert_eq!(found[0].symptom, Symptom::Saturated);
        assert_eq!((found[0].layer, found[1].symptom), (Some(1), Symptom::LossAtStart));
        assert_eq!(names(&[at(0, 2.3, 0.1, |layer| layer.identical = true)]), [Symptom::Identical]);
    }

    #[test]
    fn a_plateau_is_told_at_half_time_with_its_mechanism() {
        let stuck: Vec<Vitals> = (0..30).map(|i| at(5 * i, 2.303, 0.11, |layer| layer.gradient.norm = 1e-6)).collect();
        let first = (1..=30).find(|&n| !names(&stuck[..n]).is_empty()).unwrap();
        assert_eq!(stuck[first - 1].step, 100);
        assert_eq!(names(&stuck), [Symptom::Plateau, Symptom::Vanishing]);
        let learned: Vec<Vitals> = (0..30).map(|i| at(5 * i, 0.1, 0.98, |layer| layer.dead = 0.95)).collect();
        assert!(names(&learned).is_empty(), "dead units of a network that has learned are no symptom");
    }

    #[test]
    fn a_loss_that_rises_and_stays_is_told() {
        let mut history: Vec<Vitals> = (0..10).map(|i| at(i, 2.0, 0.3, |_| ())).collect();
        history.extend((10..20).map(|i| at(5 * i, 9.0, 0.1, |layer| layer.update = 0.5)));
        assert_eq!(names(&history), [Symptom::Rising, Symptom::Exploding]);
    }

    #[test]
    fn a_loss_that_never_came_down_is_told_with_a_bound_that_it_is_above() {
        let stuck: Vec<Vitals> = (0..30).map(|i| at(5 * i, 6.0 - 0.01 * i as f64, 0.1, |_| ())).collect();
        let told = found(&stuck);
        assert_eq!(told[0].symptom, Symptom::Rising);
        assert!(told[0].value > told[0].bound, "{:?}", told[0]);
    }
}
