//! The learning rate as a pure function of the step, so that a resumed run needs nothing to remember.
//!
//! A run that is made longer follows the longer curve from where it stands: the place on the curve is the share of all
//! updates that are done. An experiment of a few hundred updates goes through the whole curve for the same reason.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// How the rate moves over a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The rate is the same at every step.
    Constant,
    /// The rate rises linearly over the first tenth of the run, then stays (Goyal et al. 2017).
    Warmup,
    /// The rate is divided by ten at half and again at three quarters of the run (He et al. 2016).
    Step,
    /// The rate falls as half a cosine to a hundredth of its peak (Loshchilov and Hutter 2017).
    Cosine,
    /// The rate rises over three tenths of the run from 1/25 of its peak and falls to a ten-thousandth, both as half a
    /// cosine (Smith 2018; the rise is that of PyTorch's `OneCycleLR`).
    OneCycle,
}

words!(Schedule: Constant "constant", Warmup "warmup", Step "step", Cosine "cosine", OneCycle "one-cycle");

impl Schedule {
    /// The rate of update number `step` of `steps`, counted from 0; `peak` is the largest rate of the run.
    pub fn rate(self, peak: f64, step: usize, steps: usize) -> f64 {
        let t = (step as f64 / steps.max(1) as f64).min(1.0);
        match self {
            Schedule::Constant => peak,
            Schedule::Warmup => peak * ((step + 1) as f64 / (0.1 * steps as f64)).min(1.0),
            Schedule::Step if t < 0.5 => peak,
            Schedule::Step if t < 0.75 => peak / 10.0,
            Schedule::Step => peak / 100.0,
            Schedule::Cosine => between(peak, peak / 100.0, t),
            Schedule::OneCycle if t < 0.3 => between(peak / 25.0, peak, t / 0.3),
            Schedule::OneCycle => between(peak, peak / 1e4, (t - 0.3) / 0.7),
        }
    }
}

/// Half a cosine from `a` at t = 0 to `b` at t = 1.
fn between(a: f64, b: f64, t: f64) -> f64 {
    b + (a - b) * 0.5 * (1.0 + (std::f64::consts::PI * t).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_start_and_end_where_they_say() {
        let at = |schedule: Schedule, step| schedule.rate(1.0, step, 1000);
        assert_eq!(at(Schedule::Constant, 999), 1.0);
        assert!((at(Schedule::Warmup, 49) - 0.5).abs() < 1e-12);
        assert_eq!((at(Schedule::Step, 499), at(Schedule::Step, 500), at(Schedule::Step, 750)), (1.0, 0.1, 0.01));
        assert!((at(Schedule::Cosine, 1000) - 0.01).abs() < 1e-12);
        assert!((at(Schedule::OneCycle, 0) - 0.04).abs() < 1e-12);
        assert!((at(Schedule::OneCycle, 300) - 1.0).abs() < 1e-12);
        assert!(at(Schedule::OneCycle, 1000) < 1e-3);
    }
}
