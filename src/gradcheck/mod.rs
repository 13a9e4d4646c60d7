//! The gradient check: which of my equations is wrong?
//!
//! A user's numpy program dumps one batch, its weights and its hand-derived gradients. Other checks answer with one
//! number; this one is a court. A [`Claim`] is what was dumped; the truth is Burn's automatic differentiation in f64;
//! the court composes the known mistakes into the backward pass, layer by layer from the output down, and looks for
//! the smallest set that reproduces the dump to its own last digit. Names come from the table in [`Mistake`]; what no
//! set explains is called unexplained, because a wrong name is worse than none. Not on the path of a batch.

mod dump;
mod equations;
mod hypotheses;
mod mistakes;
mod reading;
mod report;
mod scales;
mod search;

pub use dump::{Claim, Probe, instructions};
pub use mistakes::{Mistake, Part};
pub use reading::{Loss, Orientation, Reduction, Stated, Update, functions};
pub use report::{Circumstance, Comparison, Finding, Ruling, Verdict};

use crate::error::Result;

/// Judges a claim.
///
/// # Errors
/// This binary has no backend that computes in f64, or the stated loss has no finite gradient here.
pub fn check(claim: &Claim) -> Result<Verdict> {
    match search::explain(claim) {
        Ok(stories) => report::explained(claim, &stories),
        Err(stuck) => report::unexplained(claim, &stuck),
    }
}
