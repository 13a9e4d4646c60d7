//! The gradient check: which of my equations is wrong?
//!
//! A person derived backpropagation by hand and dumps one batch, its weights and the gradients that the program
//! computed. Other checks answer with one number that is too large. This one names the mistake: it composes the backward
//! pass with every mistake of a table, layer by layer from the output down, and looks for the smallest set of mistakes
//! that reproduces the dump to its own last digit. What no set explains is called unexplained, because a wrong name is
//! worse than none. The truth beside it is Burn's automatic differentiation in f64.
//!
//! ```no_run
//! # fn main() -> backburn::error::Result<()> {
//! use backburn::{data::Dump, gradcheck};
//!
//! let dump = Dump::read("dump.npz".as_ref())?; // or arrays and notes of your own, in a `Dump`
//! let claim = gradcheck::Claim::read(&dump, gradcheck::Stated::default())?;
//! let verdict = gradcheck::check(&claim)?;
//! println!("{verdict}");
//! # Ok(())
//! # }
//! ```
//!
//! # The rooms
//! Imports go up this table only, from a row to the rows above it.
//!
//! | room | question |
//! |---|---|
//! | `reading` | How may this dump be understood? Arrays in one layout, functions, conventions, what is stated of them |
//! | `equations` | What would be right? The forward and backward pass, the same by differentiation, the fit of two arrays |
//! | `mistakes` | What has a name? The table, sets of mistakes, their occurrences |
//! | `dump` | What did the person save? A claim, the number of its digits, and a probe to make a better one |
//! | `hypotheses` | What may one equation have been? Output, propagation, hidden, weight, bias |
//! | `scales` | What do the multiples mean? Factors, signs, weight decay, the printed loss |
//! | `search` | Which mistakes together? Layer by layer, then under all conventions, then as another program |
//! | `outlook` | Would it learn? The right gradients, taken for some hundred steps |
//! | `printed_loss` | Is the printed loss the same but for its scale? |
//! | `report` | What is the person told? The verdict, conditions, fixes, and what is known of the unknown |
//!
//! # The path of a dump
//! ```text
//! dump.npz → data::Dump → Claim::read → Reading (one for each layout that fits) + Stated
//!          → check → search::explanations, for every Network that the statements allow:
//!                      Forward, Precision → LayerSearch::run: errors → Derivations → Candidates, from the output down
//!                      → scalings, Decay under every convention → Explanations, ranked; or an Obstacle
//!                  → report::conclude: the dump beside Truth → Verdict → to_string, table, json
//! ```
//!
//! # Where things are added
//! A mistake is a row of `mistakes/table.rs`; `CONTRIBUTING.md` has all that goes with it. A function is a variant in
//! `reading/function.rs` and an arm in `equations/truth.rs`. A convention is an enum in `reading/convention.rs`.
//!
//! # Why the rooms are cut this way
//! The arrays in rows (`reading`) are what every equation works on, so they are the ground. How a dump becomes such rows
//! (`dump`) needs the equations already, to say why a number is not finite and how far rounding moves a gradient. Facts
//! go up through the rooms as types; a sentence is made where it is said, so nothing reads a sentence back.

mod dump;
mod equations;
mod hypotheses;
mod mistakes;
mod outlook;
mod printed_loss;
mod reading;
mod report;
mod scales;
mod search;

pub use dump::{Claim, ProbeDump, instructions};
pub use equations::ForwardArray;
pub use mistakes::{
    BiasRow, Detail, FactorMeaning, Mistake, Occurrence, Parameter, RowOf, Scope, Stage, TensorName, WrongInput,
};
pub use outlook::{Adjustment, Outlook, Rehearsal, Understanding, together};
pub(crate) use reading::spelled;
pub use reading::{
    BatchReduction, DumpedLayer, DumpedTargets, Function, LossFormula, Matrix, Orientation, PenaltyForm, Reading,
    Stated, UpdateSign, functions,
};
pub use report::{Conclusion, Condition, Equation, Fix, FoundMistake, TensorCheck, Verdict};
pub use search::Obstacle;

use crate::error::Result;

/// Checks a claim: a dump in, a verdict out.
///
/// # Errors
/// This binary has no backend that computes in f64, or the gradient of the loss is not finite on this batch.
pub fn check(claim: &Claim) -> Result<Verdict> {
    match search::explanations(claim) {
        Ok((explanations, understood)) => report::conclude(understood.as_ref().unwrap_or(claim), &explanations),
        Err(unexplained) => report::conclude_unexplained(claim, &unexplained),
    }
}
