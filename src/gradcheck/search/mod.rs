//! The search for the smallest set of mistakes that reproduces a dump: layer by layer, under every convention that is
//! not stated, and once more where nothing was found.

use super::explanation::{Story, Stuck};
use crate::gradcheck::dump::Claim;

mod again;
mod candidate;
mod conventions;
mod explanation;
mod layers;

pub use again::other_losses;
pub use explanation::{Story, Stuck, otherwise, rivals};

/// All that explains a dump, the likeliest first; without anything, where the search ended.
///
/// # Errors
/// Nothing explains the dump.
pub fn explain(claim: &Claim) -> Result<Vec<Story>, Box<Stuck>> {
    let stuck = match conventions::stories(claim) {
        Ok(stories) => return Ok(stories),
        Err(stuck) => stuck,
    };
    let again = again::nearly_right(claim, &stuck)
        .or_else(|| again::another_function(claim, &stuck))
        .or_else(|| again::after_the_update(claim, &stuck));
    again.map(|story| vec![story]).ok_or(stuck)
}
