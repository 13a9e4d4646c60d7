//! Comparison: whether one performance falls short of another by more than chance explains, and by more than a matter of
//! taste.
//!
//! A diagnosis that calls healthy runs sick is not asked again, so a run must be clearly worse before anything is said:
//! in skill and in errors, beyond two deviations of what the sample of judged rows gives. `cargo bench --bench faults`
//! measures what these thresholds find and how often they raise a false alarm.

use super::experiment::{Performance, Skill};
use crate::numerics::WORSE;

/// A run falls short if its skill is below this share of what the same rows allow in as many steps or fewer, and if it
/// also makes [`ERRORS`] times as many errors.
const HEALTHY: f64 = 0.95;
/// How many times as many errors a run makes that falls short. One sane choice of knobs may well make twice as many
/// errors as another, or a little more.
const ERRORS: f64 = 3.0;
/// A run is far from another if its skill is below this share of the other's, however many errors remain.
const FAR: f64 = 0.8;

/// Whether `a` falls short of `b` by more than the sample explains.
pub fn worse(a: &Performance, b: &Performance) -> bool {
    let (left, right) = judged(a, b);
    far(a, b) || short(left, right, HEALTHY) && 1.0 - left.score > ERRORS * (1.0 - right.score)
}

/// Whether `a` has less skill than `b` by more than the sample explains.
pub fn falls_short(a: &Performance, b: &Performance) -> bool {
    let (left, right) = judged(a, b);
    short(left, right, HEALTHY)
}

/// Whether `a` is far from `b`: in skill, or because its loss exploded where that of `b` is below guessing.
pub fn far(a: &Performance, b: &Performance) -> bool {
    let (left, right) = judged(a, b);
    short(left, right, FAR) || exploded(a) && b.train.loss < b.train.guessing
}

/// Whether `a` is far from `b` on the rows that were judged, which may be chance.
pub fn seems_far(a: &Performance, b: &Performance) -> bool {
    let (left, right) = judged(a, b);
    left.skill < FAR * right.skill
}

/// Whether `a` has less skill than `b`, be it ever so little, by more than the sample explains.
pub fn is_behind(a: &Performance, b: &Performance) -> bool {
    let (left, right) = judged(a, b);
    short(left, right, 1.0)
}

/// Whether the loss exploded: on the rows that were learned it is far above the loss of guessing. A network that learns
/// by heart is never there, so the probabilities are worth nothing, however many rows are right.
pub fn exploded(performance: &Performance) -> bool {
    performance.train.loss > WORSE * performance.train.guessing
}

/// The skills that are compared. They are taken on rows that were not learned, since a network that learns less by heart
/// is not worse. Where a class has fewer than three such rows, the learned rows have to serve.
fn judged<'a>(a: &'a Performance, b: &'a Performance) -> (&'a Skill, &'a Skill) {
    if on_held_out(a, b) { (&a.held, &b.held) } else { (&a.train, &b.train) }
}

/// Whether rows that were not learned judge, because they hold enough of each class.
pub fn on_held_out(a: &Performance, b: &Performance) -> bool {
    a.held.rarest.min(b.held.rarest) >= 3
}

/// Whether the skill of `a` is below `share` of that of `b` by more than two standard errors of the difference of their
/// scores.
fn short(a: &Skill, b: &Skill, share: f64) -> bool {
    a.skill < share * b.skill - 2.0 * a.error.hypot(b.error)
}

#[cfg(test)]
mod tests {
    use super::super::measure::binomial;
    use super::*;

    fn performance(accuracy: f64, loss: f64) -> Performance {
        let (skill, rows) = ((accuracy - 0.1) / 0.9, 200);
        let (score, error, guessing) = (accuracy, binomial(accuracy, rows), 10f64.ln());
        let judged = Skill { skill, accuracy, score, error, loss, guessing, rows, rarest: 20, ..Skill::default() };
        Performance { train: judged, held: judged, ..Performance::default() }
    }

    #[test]
    fn a_loss_that_exploded_is_harm_however_many_rows_are_right() {
        let well = performance(0.93, 0.2);
        assert!(worse(&performance(0.9, 750.0), &well));
        assert!(!worse(&performance(0.9, 0.9), &well), "one choice of knobs may do somewhat better than another");
        assert!(!worse(&performance(0.9, 750.0), &performance(0.1, 2.4)), "nothing better is known");
    }

    #[test]
    fn what_few_rows_leave_to_chance_seems_far_and_is_not_said() {
        let (left, right) = (performance(0.66, 0.9), performance(0.82, 0.5));
        assert!(seems_far(&left, &right) && is_behind(&left, &right) && !far(&left, &right));
        assert!(!is_behind(&performance(0.80, 0.5), &right) && !seems_far(&right, &left));
    }
}
