//! Reach: the best that a network of this kind does on these rows with every doubtful knob put back, and whether the
//! run falls short of it.
//!
//! A run of few updates is compared twice. Compared with a run of equal length it must do as well as any other. Compared
//! with one that is several times as long it may well be unfinished, which is no sickness unless it has hardly begun. So
//! a fault is not excused because the run is short, and more epochs are not the cure unless time is what the run lacks.

use super::compare::{exploded, far, worse};
use super::experiment::Performance;
use super::remedy::Remedy;
use super::{Examination, data};
use crate::data::{Data, Scale};
use crate::error::Result;
use crate::learner::Rule;
use crate::numerics::short;
use crate::setup::{Config, Rate};

/// What is within reach, and by which remedies.
#[derive(Clone)]
pub(super) struct Reach {
    /// The remedies with which it is reached.
    pub remedies: Vec<Remedy>,
    /// How well the network does with them.
    pub performance: Performance,
    /// What would make the run longer, where it is short but need not be longer to be well.
    pub more: Option<Remedy>,
    /// Whether the run did as well as others of its length, so that only time may be lacking.
    pub unfinished: bool,
}

impl Reach {
    /// Whether the run falls short of it. Compared with a run of its own length it must be worse, compared with a longer
    /// one it must be far away.
    pub fn shows_sick(&self, patient: &Performance) -> bool {
        !self.remedies.is_empty() && (if self.unfinished { far } else { worse })(patient, &self.performance)
    }

    /// The same remedies, which do as well as `performance` on other rows.
    pub fn at(&self, performance: Performance) -> Reach {
        Reach { performance, ..self.clone() }
    }
}

impl Examination<'_> {
    /// How far the run could get in as many updates as it made; in more updates, if the run is no worse than that or if
    /// more would do better.
    pub(super) fn reach(&mut self, patient: &Performance) -> Result<Reach> {
        self.ledger.say("what is within reach");
        let rare = super::uneven(self.data) && patient.held.ignored.or(patient.train.ignored).is_some();
        let scale = scale_needed(self.config, self.data)?;
        let all = Remedy::all(self.config, scale, self.data.train.len(), rare);
        let as_long = all.iter().filter(|remedy| !remedy.is_longer()).cloned().collect::<Vec<_>>();
        let more = all.iter().find(|remedy| remedy.is_longer()).cloned();
        let equal = Reach { more, ..self.with(as_long)? };
        if equal.more.is_none() {
            return Ok(equal);
        }
        let longer = self.with(all)?;
        let unfinished = !equal.shows_sick(patient);
        let enough = !unfinished && !worse(&equal.performance, &longer.performance);
        Ok(if enough { equal } else { Reach { unfinished, ..longer } })
    }

    /// Applies `remedies` with the best rate, then another architecture too, and sees how far that gets. The other
    /// architecture keeps the rate that was best for the run's own, unless that one does no more than guess: then its best
    /// rate says nothing, and the other architecture gets a rate of its own.
    fn with(&mut self, mut remedies: Vec<Remedy>) -> Result<Reach> {
        let performance = self.rate(&mut remedies)?;
        let own = Reach { remedies: remedies.clone(), performance, more: None, unfinished: false };
        let guesses = data::guesses(&own.performance.held);
        let architecture = Remedy::architecture(self.config, guesses);
        if architecture.is_empty() {
            return Ok(own);
        }
        remedies.extend(architecture);
        let performance = if guesses {
            remedies.retain(|remedy| !matches!(remedy, Remedy::Rate(_)));
            self.rate(&mut remedies)?
        } else {
            self.ledger.try_out(&Remedy::applied(&remedies, self.config), self.device)?
        };
        Ok(if worse(&own.performance, &performance) { Reach { remedies, performance, ..own } } else { own })
    }

    /// How well `remedies` do at the run's own rate if no other does better by more than chance. Else how well they do at
    /// the best rate, which is added to them.
    fn rate(&mut self, remedies: &mut Vec<Remedy>) -> Result<Performance> {
        let cured = Remedy::applied(remedies, self.config);
        let own = self.ledger.try_out(&cured, self.device)?;
        // Adaptive rules divide by the size of the gradient, so their own rate is hardly ever too low; plain gradient
        // descent also needs larger ones.
        let standard = cured.optimizer.rate();
        let factors: &[f64] = if cured.optimizer == Rule::Sgd { &[1.0, 0.3, 3.0, 10.0] } else { &[1.0, 0.3] };
        let mut best = (None, own.clone());
        let tried = factors.iter().map(|factor| short(factor * standard));
        for rate in tried.filter(|&rate| rate != cured.rate()) {
            let performance =
                self.ledger.try_out(&Config { rate: Some(Rate::At(rate)), ..cured.clone() }, self.device)?;
            if merit(&performance) > merit(&best.1) {
                best = (Some(rate), performance);
            }
        }
        match best {
            (Some(rate), performance) if worse(&own, &performance) => {
                remedies.push(Remedy::Rate(rate));
                Ok(performance)
            }
            _ => Ok(own),
        }
    }
}

/// The number by which rates are compared: skill on held-out rows, then on learned ones, and far below both an explosion.
fn merit(performance: &Performance) -> f64 {
    let explosion = if exploded(performance) { 2.0 } else { 0.0 };
    performance.held.skill + 0.1 * performance.train.skill - explosion
}

/// The scale that features need, where their root mean square or their largest value is far from the size that networks
/// are made for.
fn scale_needed(config: &Config, data: &Data) -> Result<Option<Scale>> {
    let (mut sum, mut count, mut largest) = (0.0, 0.0, 0.0f64);
    for v in data.train.spread(1000).features()?.into_iter().map(f64::from) {
        (sum, count, largest) = (sum + v * v, count + 1.0, largest.max(v.abs()));
    }
    let rms = (sum / f64::max(count, 1.0)).sqrt();
    Ok(match config.scale {
        Scale::Standard => None,
        _ if rms < 0.05 => Some(Scale::Standard),
        Scale::None if largest > 1.0 => Some(Scale::Auto),
        Scale::Minmax => Some(Scale::Standard),
        _ => None,
    })
}
