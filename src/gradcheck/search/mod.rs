//! The search for the smallest set of mistakes that reproduces a dump.
//!
//! It has three stages. [`layers`] goes from the output down under one network and carries the candidates that fit from
//! each layer to the next. [`conventions`] does so for every network that is not ruled out, and explains the scales of
//! each candidate under every convention that is not stated. Where nothing was found, the tries that follow hold the
//! dump against all [`choices`] that are open: [`second_try`] reads it in other ways, [`rate_inside`] finds the rate in
//! it, [`other_programs`] composes programs that are wrong as a whole, and [`thresholds`] turns the signs of the biases.
//! An answer is an [`Explanation`]; without one, the [`Obstacle`] says where the search ended.

mod candidate;
mod choices;
mod conventions;
mod explanation;
mod layers;
mod other_programs;
mod ranking;
mod rate_inside;
mod screening;
mod second_try;
mod thresholds;

pub use explanation::{Convention, Explanation, Obstacle, Unexplained};
pub use ranking::{mistakes_otherwise, rival_sets};
pub use second_try::other_losses;

use choices::Choices;
use rate_inside::rate_inside;

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
    let choices = Choices::of(claim, &unexplained);
    let same = second_try::nearly_right(&choices)
        .or_else(|| (unexplained.obstacle == Obstacle::Scales).then(|| rate_inside(&choices)).flatten())
        .or_else(|| second_try::another_function(&choices, &unexplained))
        .or_else(|| second_try::rare_function(&choices, &unexplained))
        .or_else(|| other_programs::swapped_errors(&choices))
        .or_else(|| other_programs::updated_row_by_row(&choices))
        .or_else(|| other_programs::misplaced_biases(&choices));
    if let Some(found) = same {
        return Ok((vec![found], None));
    }
    let other = thresholds::subtracted_biases(&choices, &unexplained)
        .or_else(|| second_try::after_the_update(&choices, &unexplained));
    other.map(|(claim, found)| (vec![found], Some(claim))).ok_or(unexplained)
}
