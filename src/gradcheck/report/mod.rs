//! The report: everything that a person is told, made of the facts that the rooms below found.
//!
//! A [`Verdict`] holds the mistakes with their occurrences and fixes, the dump beside the truth, the conditions of the batch,
//! and what can be said where nothing explains the dump. What is told of a verdict is put into words here, so that no room
//! reads a sentence back. Words elsewhere are those of the table of mistakes, of dumps that are refused, and of the outlook.

mod conclude;
mod conditions;
mod fixes;
mod json;
mod linear_solve;
mod sentences;
mod tensor_check;
mod text;
mod unknown;
mod verdict;

pub use conclude::{conclude, conclude_unexplained};
pub use conditions::Condition;
pub use fixes::{Equation, Fix};
pub use tensor_check::TensorCheck;
pub use verdict::{Conclusion, FoundMistake, Verdict};
