//! What a person saved: a claim about one batch, to how many digits it can be trusted, and a probe to make a better one.

use super::probe::Probe;

mod claim;
mod layout;
mod precision;
mod probe;
mod refusal;
mod targets;

pub use claim::Claim;
pub use precision::Precision;
pub use probe::{Probe, instructions};
