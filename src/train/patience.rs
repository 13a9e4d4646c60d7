//! Patience: when to stop a run that no longer improves. NaN is never an improvement and counts against it.

/// How long to wait for how much.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Epochs without improvement before the run stops; never without it.
    pub epochs: Option<usize>,
    /// What counts as an improvement of the loss.
    pub min_delta: f64,
}

impl Patience {
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
