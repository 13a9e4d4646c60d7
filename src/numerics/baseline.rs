//! The baseline: what the best constant prediction achieves, which is what guessing achieves, and how long a run is.
//!
//! A loss of 2.3 is bad for two classes and good for a thousand, so a run is judged against its own baseline.

/// A loss has risen where it is above this many times the least so far.
pub(super) const RISING: f64 = 2.0;
/// An epoch has risen too far if its mean loss is above this many times that of guessing, and far above that of the first
/// batch: rows that nobody scaled may start as far off and come down.
const HOPELESS: f64 = 100.0;
/// The loss after an epoch, which may have come back, is far off above this many times that of guessing.
const FAR: f64 = 10.0;

/// What a history is judged against: what guessing achieves, and how long the run is.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// The loss of the best constant prediction in nats, see [`prior`].
    pub prior: f64,
    /// The accuracy of the best constant prediction: the share of the largest class.
    pub majority: f64,
    /// How many updates the whole run has.
    pub steps: usize,
    /// Whether the weights were drawn instead of loaded.
    pub drawn: bool,
}

impl Baseline {
    /// Whether an epoch with this `mean` loss, of a run whose first batch had the loss `start`, has blown up, unless the loss
    /// after it is no longer [`Baseline::far_off`].
    pub fn risen(&self, mean: f64, start: f64) -> bool {
        mean > (HOPELESS * self.prior.max(1.0)).max(RISING * start)
    }

    /// Whether a loss is far above that of guessing, or no number.
    pub fn far_off(&self, loss: f64) -> bool {
        !loss.is_finite() || loss > FAR * self.prior.max(1.0)
    }
}

/// The loss of the best constant prediction in nats, −Σ q log(q / Σ q), where `q` is the mean target of the rows.
///
/// For plain labels this is their entropy, which is ln K for K classes of equal size (Shannon 1948).
pub fn prior(q: &[f64]) -> f64 {
    let mass: f64 = q.iter().sum();
    q.iter().filter(|q| **q > 0.0).map(|q| -q * (q / mass).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_is_the_entropy_of_the_labels() {
        assert!((prior(&[0.1; 10]) - 10f64.ln()).abs() < 1e-12);
        assert!((prior(&[0.9, 0.1, 0.0]) - 0.325_083).abs() < 1e-6);
    }
}
