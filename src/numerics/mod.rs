//! Arithmetic about arithmetic, in the words of medicine: vitals, symptoms, diagnosis. No Burn, no file, no clock.
//!
//! [`Vitals`] are measured, [`History`] finds symptoms in their sequence. All of it is a pure function of numbers, so
//! that a resumed run comes to the same words as one that was never interrupted.

mod finding;
mod symptom;
mod vitals;

pub use finding::{Finding, Part, Symptom};
pub use symptom::{Case, GAP, History, RISING, WORSE, conclude, prior};
pub use vitals::{Layer, Size, Vitals, activity, alike, short};

use serde::{Deserialize, Serialize};

/// Loss and accuracy over some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// The share of rows whose most probable class is theirs, 0..1.
    pub accuracy: f64,
}
