//! The conclusion: from what the search found to the verdict.
//!
//! Where there are explanations, the first of them is the answer. The others are kept as far as they matter to the
//! person: sets of mistakes that explain the dump as well, and what the answer would be under another convention. Where
//! there is no explanation, the verdict says how far the equations are right.

use super::conditions::{conditions, names, open_orientation, single_row};
use super::fixes::{Fix, Notation};
use super::tensor_check::{TensorCheck, compare, truth};
use super::unknown::what_is_known;
use super::verdict::{Conclusion, FoundMistake, Verdict};
use crate::error::Result;
use crate::gradcheck::dump::{Claim, Precision};
use crate::gradcheck::mistakes::{FactorMeaning, Mistake, Mistakes, Occurrence};
use crate::gradcheck::outlook::Understanding;
use crate::gradcheck::reading::{BatchReduction, Reading, UpdateSign};
use crate::gradcheck::scales::commonly_written;
use crate::gradcheck::search::{Convention, Explanation, Unexplained, mistakes_otherwise, other_losses, rival_sets};

/// The verdict on a dump that has an explanation. `explanations` holds at least one, the likeliest first.
///
/// # Errors
/// There is no truth to compare the dump with; see [`truth`].
pub fn conclude(claim: &Claim, explanations: &[Explanation]) -> Result<Verdict> {
    let first = &explanations[0];
    let reading = &claim.readings[first.reading];
    let losses = other_losses(claim, first).into_iter().map(|loss| (Convention::Loss(loss), Vec::new()));
    let otherwise = mistakes_otherwise(explanations).into_iter().chain(losses);
    let alternatives = rival_sets(explanations);
    // If the dump may also be right, what it would be then is said too, as in «or the dump is the update».
    let right = explanations.iter().find(|one| one.mistakes.is_empty() && alternatives.contains(&Vec::new()));
    let or = right.iter().flat_map(|one| &one.remarks).map(|remark| format!("or {remark}"));
    let conclusion = if first.mistakes.is_empty() { Conclusion::Right } else { Conclusion::Mistaken };
    let beside = beside_the_truth(claim, first)?;
    Ok(Verdict {
        conclusion,
        findings: findings(&first.mistakes, reading, first, &beside.tensors),
        notes: first.remarks.iter().map(ToString::to_string).chain(or).collect(),
        alternatives,
        otherwise: otherwise.map(|(convention, mistakes)| (convention.to_string(), mistakes)).collect(),
        residual: Some(first.residual),
        ..beside
    })
}

/// The verdict on a dump that nothing explains: how far the equations are right, and where they no longer are.
///
/// # Errors
/// There is no truth to compare the dump with; see [`truth`].
pub fn conclude_unexplained(claim: &Claim, unexplained: &Unexplained) -> Result<Verdict> {
    let verdict = beside_the_truth(claim, &nearest(claim, unexplained))?;
    let notes = what_is_known(claim, unexplained, &verdict.tensors);
    let unexplained = Some(unexplained.obstacle);
    Ok(Verdict { conclusion: Conclusion::Unexplained, unexplained, notes, ..verdict })
}

/// What every verdict holds, whether or not anything explains the dump: the dump beside the truth, what was assumed, and
/// what the batch is like. The conclusion and its parts are filled in by the caller.
fn beside_the_truth(claim: &Claim, explanation: &Explanation) -> Result<Verdict> {
    let reading = &claim.readings[explanation.reading];
    let mut conditions = conditions(reading, &explanation.network);
    conditions.extend(open_orientation(claim, reading.orientation));
    conditions.extend(single_row(reading));
    conditions.extend(names(&claim.names));
    Ok(Verdict {
        conclusion: Conclusion::Right,
        findings: Vec::new(),
        alternatives: Vec::new(),
        assumed: assumed(claim, explanation),
        otherwise: Vec::new(),
        notes: Vec::new(),
        conditions,
        tensors: compare(claim, explanation, &truth(claim, explanation)?),
        residual: None,
        understanding: Understanding {
            reading: reading.clone(),
            rows: reading.rows(),
            network: explanation.network.clone(),
            reduction: explanation.reduction,
            rate: claim.stated.rate.or_else(|| explanation.rate_inside()),
        },
        unexplained: None,
        precision: Precision::of(reading, &explanation.network).unit.to_string(),
    })
}

/// The mistakes with what to write instead, in the order in which to mend them: forward before backward, since a wrong
/// forward pass spoils everything behind it.
fn findings(
    mistakes: &Mistakes,
    reading: &Reading,
    explanation: &Explanation,
    tensors: &[TensorCheck],
) -> Vec<FoundMistake> {
    let notation = Notation {
        orientation: reading.orientation,
        network: &explanation.network,
        reduction: explanation.reduction,
        layers: reading.layers.len(),
        tensors,
    };
    let fix = |mistake: Mistake, occurrences: &[Occurrence]| match mistake {
        Mistake::WrongConstantFactor if occurrences.iter().any(odd) => {
            Fix::from("no number of rows or units is this factor: look for what else multiplies this gradient")
        }
        _ => {
            let layer = occurrences.iter().find_map(Occurrence::layer_number);
            notation.fix(mistake, layer.unwrap_or(reading.layers.len()))
        }
    };
    let found = |(mistake, occurrences): (Mistake, &[Occurrence])| FoundMistake {
        mistake,
        occurrences: occurrences.to_vec(),
        fix: fix(mistake, occurrences),
    };
    let mut all: Vec<FoundMistake> = mistakes.iter().map(found).collect();
    all.sort_by_key(|found| (found.mistake.stage(), found.mistake));
    all
}

impl FoundMistake {
    /// Whether all that is said to be wrong is a number that nobody would write.
    pub fn is_an_odd_number(&self) -> bool {
        self.mistake == Mistake::WrongConstantFactor && self.occurrences.iter().any(odd)
    }
}

/// Whether a tensor is off by a constant that people do not commonly write.
fn odd(occurrence: &Occurrence) -> bool {
    matches!(occurrence.factor(), Some(FactorMeaning::Constant(factor)) if !commonly_written(factor, 1e-4))
}

/// What the claim leaves open and the explanation fills in, as (convention, value).
fn assumed(claim: &Claim, explanation: &Explanation) -> Vec<(String, String)> {
    let (stated, network) = (&claim.stated, &explanation.network);
    let hidden: Vec<&str> = network.hidden.iter().map(|function| function.name()).collect();
    let reading = &claim.readings[explanation.reading];
    let orientation = reading.orientation.name();
    let usual_for_one_row = reading.doubled && explanation.reduction == BatchReduction::Mean;
    let all = [
        ("activation", stated.activation.is_none() && !hidden.is_empty(), hidden.join(",")),
        ("output", stated.output.is_none(), network.output.name().into()),
        ("loss", stated.loss.is_none(), network.loss.name().into()),
        ("reduction", stated.reduction.is_none() && !usual_for_one_row, explanation.reduction.name().into()),
        ("update", stated.update.is_none(), explanation.update.name().into()),
        ("keep_prob", stated.keep.is_none() && network.keep != 1.0, network.keep.to_string()),
        ("convention", claim.leaves_orientation_open(), orientation.into()),
    ];
    all.into_iter().filter(|(_, open, _)| *open).map(|(name, _, value)| (name.into(), value)).collect()
}

/// The conventions under which an unexplained dump is compared with the truth: those of the search that came furthest.
fn nearest(claim: &Claim, unexplained: &Unexplained) -> Explanation {
    Explanation {
        reading: unexplained.reading,
        network: unexplained.network.clone(),
        reduction: claim.stated.reduction.unwrap_or(BatchReduction::Mean),
        update: claim.stated.update.unwrap_or(UpdateSign::Subtract),
        mistakes: Mistakes::none(),
        remarks: Vec::new(),
        residual: f64::INFINITY,
        cost: f64::INFINITY,
    }
}
