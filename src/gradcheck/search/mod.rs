//! The search for the smallest set of mistakes that reproduces a dump.
//!
//! It has three stages. [`layers`] goes from the output down under one network and carries the candidates that fit from
//! each layer to the next. [`conventions`] does so for every network that is not ruled out, and explains the scales of
//! each candidate under every convention that is not stated. [`second_try`] reads the dump in other ways where nothing
//! was found. An answer is an [`Explanation`]; without one, the [`Obstacle`] says where the search ended.

mod candidate;
mod conventions;
mod explanation;
mod layers;
mod ranking;
mod screening;
mod second_try;

pub use explanation::{Convention, Explanation, Obstacle, Unexplained};
pub use ranking::{mistakes_otherwise, rival_sets};
pub use second_try::other_losses;

use crate::gradcheck::dump::Claim;

/// All explanations of a dump, the likeliest first, and at least one.
///
/// # Errors
/// Nothing explains the dump; the error is the obstacle of the search that came furthest.
pub fn explanations(claim: &Claim) -> Result<Vec<Explanation>, Box<Unexplained>> {
    let unexplained = match conventions::explanations(claim) {
        Ok(explanations) => return Ok(explanations),
        Err(unexplained) => unexplained,
    };
    let second = second_try::nearly_right(claim, &unexplained)
        .or_else(|| second_try::another_function(claim, &unexplained))
        .or_else(|| second_try::after_the_update(claim, &unexplained));
    second.map(|explanation| vec![explanation]).ok_or(unexplained)
}
