//! Reach: the best that a network of this kind does on these rows with every doubtful knob put back, and whether the
//! run falls short of it.
//!
//! A run of few updates is judged twice. Against as many updates it must do as well as any other; against more it may
//! well be unfinished, which is no sickness unless it has hardly begun. So what a short run lacks is not hidden by its
//! being short, and a longer run is not its cure unless time is what it lacks.

use super::compare::{exploded, far, worse};
use super::experiment::Outcome;
use super::remedy::Remedy;
use super::{Examination, data};
use crate::data::{Data, Scale};
use crate::error::Result;
use crate::learner::Rule;
use crate::setup::{Config, Rate};

/// What is within reach, and by which remedies.
pub(super) struct Reach {
    pub remedies: Vec<Remedy>,
    pub outcome: Outcome,
    /// What would make the run longer, where it is short but need not be longer to be well.
    pub more: Option<Remedy>,
    /// Whether the run did as well as others of its length, so that only time may be lacking.
    unfinished: bool,
}

impl Reach {
    /// Whether the run falls short of it: of as many updates at all, of more of them by far.
    pub fn shows_sick(&self, patient: &Outcome) -> bool {
        !self.remedies.is_empty() && (if self.unfinished { far } else { worse })(patient, &self.outcome)
    }
}

impl Examination<'_> {
    /// How far the run could get in as many updates; where it is no worse than that, or they are too few, how far in
    /// more.
    pub(super) fn reach(&mut self, patient: &Outcome) -> Result<Reach> {
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
        let enough = !unfinished && !worse(&equal.outcome, &longer.outcome);
        Ok(if enough { equal } else { Reach { unfinished, ..longer } })
    }

    /// Applies `remedies` with the best rate, then another architecture too, and sees how far that gets. Where the own
    /// network does no more than guess its best rate says nothing, and the other one gets its own.
    fn with(&mut self, mut remedies: Vec<Remedy>) -> Result<Reach> {
        let outcome = self.rate(&mut remedies)?;
        let own = Reach { remedies: remedies.clone(), outcome, more: None, unfinished: false };
        let guesses = data::guesses(&own.outcome.held);
        let architecture = Remedy::architecture(self.config, guesses);
        if architecture.is_empty() {
            return Ok(own);
        }
        remedies.extend(architecture);
        let outcome = if guesses {
            remedies.retain(|remedy| !matches!(remedy, Remedy::Rate(_)));
            self.rate(&mut remedies)?
        } else {
            self.ledger.try_out(&Remedy::applied(&remedies, self.config), self.device)?
        };
        Ok(if worse(&own.outcome, &outcome) { Reach { remedies, outcome, ..own } } else { own })
    }

    /// The user's rate if it does nearly as well as any, else the best; added to `remedies`.
    fn rate(&mut self, remedies: &mut Vec<Remedy>) -> Result<Outcome> {
        let cured = Remedy::applied(remedies, self.config);
        let own = self.ledger.try_out(&cured, self.device)?;
        let standard = cured.optimizer.rate();
        let factors: &[f64] = if cured.optimizer == Rule::Sgd { &[1.0, 0.3, 3.0, 10.0] } else { &[1.0, 0.3] };
        let mut best = (None, own.clone());
        let tried = factors.iter().map(|factor| (1e6 * factor * standard).round() / 1e6);
        for rate in tried.filter(|&rate| rate != cured.rate()) {
            let outcome = self.ledger.try_out(&Config { rate: Some(Rate::At(rate)), ..cured.clone() }, self.device)?;
            if merit(&outcome) > merit(&best.1) {
                best = (Some(rate), outcome);
            }
        }
        match best {
            (Some(rate), outcome) if worse(&own, &outcome) => {
                remedies.push(Remedy::Rate(rate));
                Ok(outcome)
            }
            _ => Ok(own),
        }
    }
}

/// By what rates are compared: skill, where there is no explosion.
fn merit(outcome: &Outcome) -> f64 {
    let explosion = if exploded(outcome) { 2.0 } else { 0.0 };
    outcome.held.skill + 0.1 * outcome.train.skill - explosion
}

/// The scale that features need, where they are far from the size that networks are made for.
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
