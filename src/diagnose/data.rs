//! What data alone can have wrong, as far as a trained network shows it: halves that do not belong together, a class that is
//! never found, labels that say nothing about their rows.
//!
//! `crate::faults` looks at the rows before anything is learned and finds what is odd in them. What remains for this file
//! is what looks right in the rows and shows only in what networks make of them. It is asked by `Examination::conclude`
//! after the run and its best variant were judged; what it finds stands among the causes, like the faults of the rows.

use burn::tensor::Device;

use super::experiment::{Performance, Skill};
use super::{Cause, Ledger};
use crate::data::Data;
use crate::error::Result;
use crate::faults::{Fault, FaultKind};
use crate::numerics::{GAP, Symptom, interval};
use crate::setup::Config;

/// Rows that a network of this kind learns by heart, whatever their labels are.
const BY_HEART: usize = 32;
/// The accuracy that people are content with.
const GOOD: f64 = 0.9;
/// By how many rows labels may have slipped.
const SLIPS: [isize; 4] = [1, -1, 2, -2];

/// A test half that is answered far worse than the validation part, with the best network there is, and by more than so many
/// rows explain.
pub fn between_halves(data: &Data, best: &Performance) -> Option<Cause> {
    data.held_out()?; // else learned rows judge in its place
    let (test, held) = (best.test?, best.held);
    let clear = interval(test.accuracy, test.rows).1 < interval(held.accuracy, held.rows).0;
    let apart = clear && held.accuracy - test.accuracy > GAP && held.skill - test.skill > GAP;
    let say = || {
        format!(
            "{:.0} % of the validation rows are right and {:.0} % of the test rows: the halves do not belong together; \
             compare how their labels and features were made",
            100.0 * best.held.accuracy,
            100.0 * test.accuracy
        )
    };
    apart.then(|| Cause::of_data(FaultKind::HalvesDrawnApart.name(), "test", say()))
}

/// A class that is never found behind an accuracy that looks good, unless that was said already.
pub fn never_found(data: &Data, best: &Performance, faults: &[Fault], causes: &[Cause]) -> Option<Cause> {
    let said =
        faults.iter().any(|fault| fault.kind == FaultKind::Imbalance) || causes.iter().any(|c| c.name == "balance");
    // The run has seen all held-out rows, of which a sample is judged here.
    let seen = best.findings.iter().find(|finding| finding.symptom == Symptom::Ignored);
    let seen = seen.map(|finding| (best.held, finding.value as usize));
    let judged = [Some(best.held), best.test].into_iter().flatten();
    let (judged, class) = judged.filter_map(|skill| Some((skill, skill.ignored?))).next().or(seen)?;
    let name = data.classes.names.get(class)?;
    (!said && judged.accuracy > GOOD).then(|| {
        let say = format!(
            "{:.1} % of {} rows are right and not one of class {name} is found; always naming the most frequent class has \
             {:.1} %: judge by recall, try --balance, gather more rows of it",
            100.0 * judged.accuracy,
            judged.rows,
            100.0 * judged.majority
        );
        Cause::of_data(FaultKind::Imbalance.name(), &format!("class {name}"), say)
    })
}

/// Whether `skill` is no better than guessing on its rows: below a tenth, or within what chance gives.
pub fn guesses(skill: &Skill) -> bool {
    skill.found < f64::max(0.08, 2.5 / (skill.rows.max(1) as f64).sqrt())
}

/// Causes in labels or features of a problem on which the best network only guesses.
///
/// # Errors
/// As [`super::experiment::run`].
pub fn unlearnable(config: &Config, data: &Data, device: &Device, ledger: &mut Ledger, steps: usize) -> Result<Cause> {
    for slip in SLIPS {
        let slipped = Data {
            train: data.train.slipped(slip),
            validation: data.validation.slipped(slip),
            test: None,
            ..data.clone()
        };
        let performance = ledger.run(config, &slipped, device, steps)?;
        if performance.held.found > 0.3 && !guesses(&performance.held) {
            return Ok(Cause::of_data(
                FaultKind::LabelsMisaligned.name(),
                "training",
                format!(
                    "the label of a row stands {} rows {} it: with labels moved back, {:.0} % of held-out rows are right",
                    slip.abs(),
                    if slip > 0 { "after" } else { "before" },
                    100.0 * performance.held.accuracy
                ),
            ));
        }
    }
    let count = BY_HEART.min(data.train.len());
    let few = data.train.pick((0..count).map(|i| i * data.train.len() / count));
    let few = Data { validation: few.pick(0..0), train: few, test: None, ..data.clone() };
    let small = Config { batch_size: 8, dropout: 0.0, ..config.clone() };
    let performance = ledger.run(&small, &few, device, 400)?;
    Ok(if performance.train.accuracy > 0.9 {
        Cause::of_data(
            FaultKind::LabelsMisaligned.name(),
            "training",
            format!(
                "labels say nothing about their rows: a network learns {count} rows by heart, but on rows it has not seen it \
                 guesses; were labels shuffled against the rows?"
            ),
        )
    } else {
        Cause::of_data(
            "features",
            "training",
            format!("features do not tell rows apart: not even {count} rows can be learned by heart"),
        )
    })
}
