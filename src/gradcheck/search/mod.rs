//! The search for the smallest set of mistakes that reproduces a dump.
//!
//! It has three stages. [`layers`] goes from the output down under one network, holds errors against the [`evidence`]
//! about each layer, and carries the candidates that fit from one layer to the next. [`conventions`] does so for every
//! network that is not ruled out, and explains the scales of each candidate under every convention that is not stated.
//! Where nothing was found, the tries that follow hold the dump against all [`choices`] that are open: it may be
//! [`almost_right`], use [`other_functions`], come from one of the [`other_programs`] that are wrong as a whole, or
//! belong to [`other_claims`]. An answer is an [`Explanation`]; without one, the [`Obstacle`] says where the search
//! ended.

mod almost_right;
mod candidate;
mod choices;
mod conventions;
mod evidence;
mod explanation;
mod fingerprint;
mod layers;
mod other_claims;
mod other_functions;
mod other_programs;
mod ranking;
mod screening;

pub use explanation::{Convention, Explanation, Obstacle, Unexplained};
pub use other_functions::other_losses;
pub use ranking::{mistakes_otherwise, rival_sets};

use choices::Choices;

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
    let scales = unexplained.obstacle == Obstacle::Scales;
    let of_this_claim = almost_right::nearly_right(&choices)
        .or_else(|| scales.then(|| almost_right::rate_inside(&choices)).flatten())
        .or_else(|| other_functions::another_function(&choices))
        .or_else(|| other_functions::rare_function(&choices))
        .or_else(|| other_programs::swapped_errors(&choices))
        .or_else(|| other_programs::updated_row_by_row(&choices))
        .or_else(|| other_programs::misplaced_biases(&choices));
    if let Some(found) = of_this_claim {
        return Ok((vec![found], None));
    }
    let of_another = other_claims::subtracted_biases(&choices).or_else(|| other_claims::after_the_update(&choices));
    let of_another = of_another.map(|(claim, found)| (vec![found], Some(claim)));
    of_another.ok_or(unexplained)
}
