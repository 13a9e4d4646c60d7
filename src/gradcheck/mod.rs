//! The gradient check: which of my equations is wrong?
//!
//! A user's numpy program dumps one batch, its weights and its hand-derived gradients. Other checks answer with one
//! number; this one is a court. A [`Claim`] is what was dumped; the truth is Burn's automatic differentiation in f64;
//! the court composes the known mistakes into the backward pass, layer by layer from the output down, and looks for
//! the smallest set that reproduces the dump to its own last digit. Names come from the table in [`Mistake`]; what no
//! set explains is called unexplained, because a wrong name is worse than none. Not on the path of a batch.

mod appeal;
mod backward;
mod bias;
mod charge;
mod circumstance;
mod claim;
mod court;
mod decay;
mod factor;
mod fit;
mod forward;
mod function;
mod hidden;
mod judge;
mod memo;
mod mistake;
mod notation;
mod output;
mod precision;
mod printed;
mod probe;
mod propagation;
mod scale;
mod site;
mod story;
mod truth;
mod unknown;
mod verdict;
mod weight;

pub use circumstance::Circumstance;
pub use claim::Claim;
pub use mistake::{Mistake, Part};
pub use probe::{Probe, instructions};
pub use story::{Loss, Orientation, Reduction, Stated, Update, functions};
pub use verdict::{Comparison, Finding, Ruling, Verdict};

use crate::device;
use crate::error::{Error, Result};

use forward::Forward;
use function::{Function, Matrix};
use judge::{Story, Stuck};
use precision::Precision;
use truth::Truth;

/// Judges a claim.
///
/// # Errors
/// This binary has no backend that computes in f64, or the stated loss has no finite gradient here.
pub fn check(claim: &Claim) -> Result<Verdict> {
    let stuck = match judge::stories(claim) {
        Ok(stories) => return told(claim, &stories),
        Err(stuck) => stuck,
    };
    let appeal = appeal::nearly_right(claim, &stuck)
        .or_else(|| appeal::another_function(claim, &stuck))
        .or_else(|| appeal::after_the_update(claim, &stuck));
    match appeal {
        Some(story) => told(claim, &[story]),
        None => puzzled(claim, &stuck),
    }
}

/// The verdict where there is a story.
fn told(claim: &Claim, stories: &[Story]) -> Result<Verdict> {
    let story = &stories[0];
    let reading = &claim.readings[story.reading];
    let mut otherwise = judge::otherwise(stories);
    let losses = appeal::other_losses(claim, story);
    otherwise.extend(losses.into_iter().map(|loss| (format!("loss {}", loss.name()), Vec::new())));
    let alternatives = judge::rivals(stories);
    let acquitting = stories.iter().find(|story| story.charges.is_empty() && alternatives.contains(&Vec::new()));
    let or = acquitting.iter().flat_map(|story| &story.remarks).map(|remark| format!("or {remark}"));
    Ok(Verdict {
        ruling: if story.charges.is_empty() { Ruling::Right } else { Ruling::Mistaken },
        findings: verdict::findings(&story.charges, reading, story),
        notes: story.remarks.iter().cloned().chain(or).collect(),
        alternatives,
        otherwise,
        residual: Some(story.residual),
        ..beside_the_truth(claim, story)?
    })
}

/// The verdict where there is none: how far the equations are right, and where they no longer are.
fn puzzled(claim: &Claim, stuck: &Stuck) -> Result<Verdict> {
    let verdict = beside_the_truth(claim, &verdict::nearest(claim, stuck))?;
    let notes = unknown::known(claim, stuck, &verdict.tensors);
    Ok(Verdict { ruling: Ruling::Unexplained, unexplained: Some(stuck.tensor.clone()), notes, ..verdict })
}

/// What every verdict holds: the dump beside the truth, and what the batch is like.
fn beside_the_truth(claim: &Claim, story: &Story) -> Result<Verdict> {
    let reading = &claim.readings[story.reading];
    let mut circumstances = circumstance::observe(reading, &story.network);
    circumstances.extend(circumstance::open_orientation(&claim.readings, reading.orientation));
    Ok(Verdict {
        ruling: Ruling::Right,
        findings: Vec::new(),
        alternatives: Vec::new(),
        assumed: verdict::assumed(claim, story),
        otherwise: Vec::new(),
        notes: Vec::new(),
        circumstances,
        tensors: verdict::compare(claim, story, &truth(claim, story)?),
        residual: None,
        unexplained: None,
        precision: Precision::of(reading, &story.network).name,
    })
}

/// The truth under a story, which the court's own right equations must give as well.
fn truth(claim: &Claim, story: &Story) -> Result<Truth> {
    let mut reading = claim.readings[story.reading].inputs_only();
    if (story.network.output, story.network.loss) == (Function::Softmax, Loss::CrossEntropy) {
        whole_rows(&mut reading.targets.right)?;
    }
    let truth = Truth::of(&reading, &story.network, &device::double()?);
    let forward = Forward::of(&reading, &story.network);
    let equations = backward::right(&reading, &story.network, &forward, &mut |_| {});
    let finite = |matrix: &Matrix| matrix.iter().all(|v| v.is_finite());
    if !truth.gradients.iter().all(|(weight, bias)| finite(weight) && finite(bias)) {
        let (output, loss) = (story.network.output.name(), story.network.loss.name());
        return Err(Error::data(format!(
            "the gradient of this batch is not finite for output {output} and loss {loss}: a logarithm of 0; state the output that belongs to your loss, with --output and --loss"
        )));
    }
    let near = |a: &Matrix, b: &Matrix| forward::gap(a, b) < 1e-8 || forward::norm(b) < 1e-12;
    let agree = equations.iter().zip(&truth.gradients).all(|(a, b)| near(&a.0, &b.0) && near(&a.1, &b.1));
    if agree {
        return Ok(truth);
    }
    Err(Error::other("the two ways to compute the truth disagree on this batch; please report it with the dump"))
}

/// Makes the targets of every row, rounded as they may be, add up to 1: only then is p - y the error of a softmax.
fn whole_rows(targets: &mut Matrix) -> Result<()> {
    for (row, mut all) in targets.rows_mut().into_iter().enumerate() {
        let sum = all.sum();
        if (sum - 1.0).abs() > 0.01 {
            return Err(Error::data(format!(
                "the targets of a row must add up to 1 for cross-entropy from softmax: those of row {row} add up to {sum}; for several classes in a row use sigmoid with bce"
            )));
        }
        all /= sum;
    }
    Ok(())
}
