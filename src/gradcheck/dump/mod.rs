//! What a person saved: the arrays of one batch, understood in every layout that fits, and the number of digits to
//! which they can be trusted.
//!
//! [`Claim::read`] is where a dump enters the gradient check. The room stands above `equations`, because two of its
//! questions are answered by running them: why a dumped array is not finite, and how far rounding moves a gradient. It
//! also writes the dump that `--probe` offers to people whose own batch shows too little.

mod augmented;
mod claim;
mod layout;
mod names;
mod precision;
mod probe;
mod refusal;
mod targets;
mod unit;

pub use claim::Claim;
pub use names::NamesRead;
pub use precision::Precision;
pub use probe::{ProbeDump, instructions};
