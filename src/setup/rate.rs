//! The learning rate as a person gives it: a number, or the wish that the program finds one.

use serde::{Deserialize, Serialize};

/// A learning rate, or the wish for one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rate {
    /// This rate.
    At(f64),
    /// The rate that a range test suggests.
    Wanted(Auto),
}

/// The word for a rate that is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auto {
    /// `auto`.
    Auto,
}
