//! What the numbers of a run mean, in the words of medicine: vitals are measured, symptoms are found in their history.
//!
//! [`Vitals`] describe one step, and [`History`] finds symptoms in a sequence of them. All of it is a pure function of
//! numbers: this room knows no Burn, no file and no clock, so that a resumed run comes to the same words as one that was
//! never interrupted. On the path of a batch it stands beside the update, which it observes.

mod baseline;
mod finding;
mod symptom;
mod vitals;

pub use baseline::{Baseline, prior};
pub use finding::{Finding, HeldOut, Symptom};
pub use symptom::{GAP, History, RISING, WORSE, conclude};
pub use vitals::{Layer, Size, Vitals, activity, alike, short};

use serde::{Deserialize, Serialize};

/// Loss and accuracy over some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The mean cross-entropy in nats.
    pub loss: f64,
    /// The share of rows whose most probable class is their own, 0..1.
    pub accuracy: f64,
}
