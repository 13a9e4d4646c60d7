//! The search for the smallest set of mistakes that reproduces a dump.
//!
//! It has three stages. [`layers`] goes from the output down under one network and carries the candidates that fit from
//! each layer to the next. [`conventions`] does so for every network that is not ruled out, and explains the scales of
//! each candidate under every convention that is not stated. [`second_try`] reads the dump in other ways where nothing
//! was found, [`rate_inside`] finds the rate in it, and [`other_programs`] composes programs that are wrong as a whole. An
//! answer is an [`Explanation`]; without one, the [`Obstacle`] says where the search ended.

mod candidate;
mod conventions;
mod explanation;
mod layers;
mod other_programs;
mod ranking;
mod rate_inside;
mod screening;
mod second_try;

pub use explanation::{Convention, Explanation, Obstacle, Unexplained};
pub use ranking::{mistakes_otherwise, rival_sets};
pub use second_try::other_losses;

use crate::gradcheck::dump::Claim;

/// All explanations of a dump, the likeliest first, and at least one; and the claim that they explain, where that is not
/// the one that was made but the dump understood in another way.
///
/// # Errors
/// Nothing explains the dump; the error is the obstacle of the search that came furthest.
pub fn explanations(claim: &Claim) -> Result<(Vec<Explanation>, Option<Claim>), Box<Unexplained>> {
    let unexplained = match conventions::explanations(claim) {
        Ok(explanations) => return Ok((explanations, None)),
        Err(unexplained) => unexplained,
    };
    let same = second_try::nearly_right(claim, &unexplained)
        .or_else(|| rate_inside::rate_inside(claim, &unexplained))
        .or_else(|| second_try::another_function(claim, &unexplained))
        .or_else(|| second_try::rare_function(claim, &unexplained))
        .or_else(|| other_programs::swapped_errors(claim, &unexplained))
        .or_else(|| other_programs::updated_row_by_row(claim, &unexplained))
        .or_else(|| other_programs::misplaced_biases(claim, &unexplained));
    if let Some(found) = same {
        return Ok((vec![found], None));
    }
    let other = second_try::subtracted_biases(claim, &unexplained)
        .or_else(|| rate_inside::thresholds_and_rate_inside(claim, &unexplained))
        .or_else(|| second_try::after_the_update(claim, &unexplained));
    other.map(|(claim, found)| (vec![found], Some(claim))).ok_or(unexplained)
}
