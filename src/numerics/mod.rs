//! What the numbers of a run mean, in the words of medicine: vitals are measured, symptoms are found in their history.
//!
//! [`Vitals`] describe one step, and [`History`] finds symptoms in a sequence of them. All of it is a pure function of
//! numbers: this room knows no Burn, no file and no clock, so that a resumed run comes to the same words as one that was
//! never interrupted. On the path of a batch it stands beside the update, which it observes.

mod baseline;
mod finding;
mod history;
mod vitals;

pub use baseline::{Baseline, prior};
pub use finding::{Finding, Symptom};
pub use history::{GAP, History, WORSE, conclude};
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

/// Within which limits the true accuracy lies with a confidence of 95 %, if `accuracy` of `rows` rows were right: the
/// interval of Wilson (1927), which keeps its promise for few rows and near 0 and 1 as well. All of 0..1 for no rows.
///
/// ```
/// let (low, high) = backburn::numerics::interval(11.0 / 12.0, 12);
/// assert!((low - 0.646).abs() < 1e-3 && (high - 0.985).abs() < 1e-3);
/// ```
pub fn interval(accuracy: f64, rows: usize) -> (f64, f64) {
    const Z: f64 = 1.959_964; // the normal quantile of 0.975
    if rows == 0 {
        return (0.0, 1.0);
    }
    let n = rows as f64;
    let middle = accuracy + Z * Z / (2.0 * n);
    let reach = Z * (accuracy * (1.0 - accuracy) / n + Z * Z / (4.0 * n * n)).sqrt();
    let share = |v: f64| (v / (1.0 + Z * Z / n)).clamp(0.0, 1.0);
    (share(middle - reach), share(middle + reach))
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn intervals_are_those_of_wilsons_formula() {
        // statsmodels.stats.proportion.proportion_confint(count, rows, method="wilson")
        for (count, rows, low, high) in [
            (0, 10, 0.0, 0.277_533),
            (10, 10, 0.722_467, 1.0),
            (81, 263, 0.255_289, 0.366_210),
            (9809, 10_000, 0.978_027, 0.983_404),
        ] {
            let (got_low, got_high) = interval(f64::from(count) / f64::from(rows), rows as usize);
            assert!(
                (got_low - low).abs() < 1e-5 && (got_high - high).abs() < 1e-5,
                "{count} of {rows}: {got_low} {got_high}"
            );
        }
    }
}
