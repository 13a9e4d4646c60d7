//! Comparison: whether one outcome falls short of another by more than chance, and by more than taste.

use super::experiment::{Outcome, Skill};
use crate::numerics::WORSE;

/// A run falls short whose skill is below this share of what the same rows allow in as many steps or fewer, if it also
/// makes [`ERRORS`] times as many errors.
const HEALTHY: f64 = 0.95;
/// See [`HEALTHY`]: one sane choice of knobs may well make twice as many errors as another, or a little more.
const ERRORS: f64 = 3.0;
/// A run falls short whose skill is below this share, however many errors remain.
const FAR: f64 = 0.8;
/// Whether `a` falls short of `b` by more than the sample explains.
pub fn worse(a: &Outcome, b: &Outcome) -> bool {
    let (left, right) = judged(a, b);
    far(a, b) || short(left, right, HEALTHY) && 1.0 - left.accuracy > ERRORS * (1.0 - right.accuracy)
}

/// Whether `a` is far from `b`: in skill, or because its loss exploded where that of `b` is below guessing.
pub fn far(a: &Outcome, b: &Outcome) -> bool {
    let (left, right) = judged(a, b);
    short(left, right, FAR) || exploded(a) && b.train.loss < b.train.guessing
}

/// Whether the loss exploded, however many rows are right: on rows that were learned it is far above that of guessing,
/// as a network that learns by heart never is, so its probabilities are worth nothing.
pub fn exploded(outcome: &Outcome) -> bool {
    outcome.train.loss > WORSE * outcome.train.guessing
}

/// The rows that count: those that were not learned, since a network that learns less by heart is not worse; learned
/// ones where there are hardly any others, of one class at least.
fn judged<'a>(a: &'a Outcome, b: &'a Outcome) -> (&'a Skill, &'a Skill) {
    if a.held.rarest.min(b.held.rarest) >= 3 { (&a.held, &b.held) } else { (&a.train, &b.train) }
}

/// Whether `a` is below `share` of `b` by more than two deviations of what the sample gives.
fn short(a: &Skill, b: &Skill, share: f64) -> bool {
    let variance = |s: &Skill| {
        let p = s.accuracy.clamp(0.02, 0.98);
        p * (1.0 - p) / s.rows.max(1) as f64
    };
    a.skill < share * b.skill - 2.0 * (variance(a) + variance(b)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(accuracy: f64, loss: f64) -> Outcome {
        let (skill, rows) = ((accuracy - 0.1) / 0.9, 200);
        let judged = Skill { skill, accuracy, loss, guessing: 10f64.ln(), rows, rarest: 20, ignored: None };
        Outcome { train: judged, held: judged, ..Outcome::default() }
    }

    #[test]
    fn a_loss_that_exploded_is_harm_however_many_rows_are_right() {
        let well = outcome(0.93, 0.2);
        assert!(worse(&outcome(0.9, 750.0), &well));
        assert!(!worse(&outcome(0.9, 0.9), &well), "one choice of knobs may do somewhat better than another");
        assert!(!worse(&outcome(0.9, 750.0), &outcome(0.1, 2.4)), "nothing better is known");
    }
}
