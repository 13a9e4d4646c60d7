//! What a person is told: the verdict, with every sentence that it is made of.

use super::verdict::{Finding, Verdict};
use crate::gradcheck::scales::Ruling;

mod comparison;
mod conditions;
mod fixes;
mod solve;
mod unknown;
mod verdict;

pub use comparison::Comparison;
pub use conditions::Circumstance;
pub use verdict::{Finding, Ruling, Verdict, explained, unexplained};
