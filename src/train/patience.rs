//! Patience: when to stop a run that no longer improves. A loss that is not a number is never an improvement, so it counts
//! against the patience.

use crate::setup::Config;

/// How long to wait for how much.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Epochs without improvement after which the run stops; without a number it never does.
    pub epochs: Option<usize>,
    /// By how much the loss must fall for an improvement.
    pub min_delta: f64,
}

impl Patience {
    /// The patience of a configuration.
    pub fn of(config: &Config) -> Self {
        Patience { epochs: config.patience, min_delta: config.min_delta }
    }

    /// Whether `loss` is an improvement on `best`.
    pub fn improved(&self, loss: f64, best: Option<f64>) -> bool {
        best.map_or(!loss.is_nan(), |best| loss < best - self.min_delta)
    }

    /// Whether to stop at `epoch` when the best was at `best`.
    pub fn exhausted(&self, epoch: usize, best: usize) -> bool {
        self.epochs.is_some_and(|patience| epoch - best >= patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_no_improvement_and_patience_ends() {
        let patience = Patience { epochs: Some(2), min_delta: 0.1 };
        assert!(patience.improved(1.0, None));
        assert!(!patience.improved(f64::NAN, None));
        assert!(!patience.improved(0.95, Some(1.0)));
        assert!(patience.improved(0.85, Some(1.0)));
        assert!(patience.exhausted(5, 3) && !patience.exhausted(4, 3));
    }
}
