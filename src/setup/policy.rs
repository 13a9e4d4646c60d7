//! Policies: how closely a run is watched, and what happens when something is wrong. They are knobs of the table; the
//! watch and the training loop act on them.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// How closely a run is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watch {
    /// Only loss and gradient are looked at, which stop a run that is not finite.
    Off,
    /// The first steps are examined, then as many as cost a hundredth of the time.
    Auto,
    /// Every step is examined.
    Strict,
}

/// What happens when something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnTrouble {
    /// The run ends where a number is not finite or an epoch is far worse than guessing; other symptoms are told.
    Stop,
    /// A remedy is found by experiment, and the run goes on with it from healthy weights.
    Repair,
    /// Updates that are not finite are left out, and nothing is told.
    Ignore,
}

words!(Watch: Off "off", Auto "auto", Strict "strict");
words!(OnTrouble: Stop "stop", Repair "repair", Ignore "ignore");
