//! The measure: the score by which a run and its cures are judged, as the person asked for it.
//!
//! Accuracy is blind to a rare class, and both it and recall are blind to how sure a network is. Whether a run is well is
//! asked of its skill, which is taken over classes in any case; how much a change is worth is asked of the score, and what
//! a cure promises is told in it. All scores are shares of 1, and more is better.

use serde::Serialize;

use crate::evaluate::{PerClass, Predictions};
use crate::words::words;

/// A score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// The share of right rows.
    #[default]
    Accuracy,
    /// The mean recall of the classes that are there.
    Balanced,
    /// The geometric mean of the probabilities that the right classes were given, which is exp(−loss).
    LogLoss,
}

words!(Measure: Accuracy "accuracy", Balanced "balanced", LogLoss "log-loss");

impl Measure {
    /// What the score is called in a sentence, where `rows` says which were judged: "91.2 % of held-out rows right".
    pub fn called(self, rows: &str) -> String {
        match self {
            Measure::Accuracy => format!("of {rows} right"),
            Measure::Balanced => "mean recall of the classes".into(),
            Measure::LogLoss => "mean probability of the right class (geometric)".into(),
        }
    }
}

/// The standard error of the accuracy of `rows` rows, √(p (1 − p) / rows). A share of 0 or 1 in a sample is not certain.
pub(super) fn binomial(p: f64, rows: usize) -> f64 {
    let p = p.clamp(0.02, 0.98);
    (p * (1.0 - p) / rows.max(1) as f64).sqrt()
}

/// The standard error of the mean recall of the classes that are there.
pub(super) fn of_recalls(there: &[&PerClass]) -> f64 {
    let variance: f64 = there.iter().map(|class| binomial(class.recall, class.rows).powi(2)).sum();
    variance.sqrt() / there.len().max(1) as f64
}

/// Mean and variance of the logarithm of the probability of the right class, added up batch by batch (Welford 1962).
#[derive(Default)]
pub(super) struct Likelihood {
    rows: f64,
    mean: f64,
    squares: f64,
}

impl Likelihood {
    /// Adds what was predicted for rows of these classes.
    pub fn add(&mut self, predictions: &Predictions, labels: &[u32]) {
        for (row, &label) in predictions.rows().zip(labels) {
            let log_p = f64::from(row[label as usize]);
            self.rows += 1.0;
            let off = log_p - self.mean;
            self.mean += off / self.rows;
            self.squares += off * (log_p - self.mean);
        }
    }

    /// The geometric mean of the probabilities, and its standard error.
    pub fn score(&self) -> (f64, f64) {
        let score = self.mean.exp();
        (score, score * (self.squares / (self.rows - 1.0).max(1.0) / self.rows.max(1.0)).sqrt())
    }
}
