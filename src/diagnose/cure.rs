//! The cure: the smallest set of remedies with which the network learns, and what each of them is worth.
//!
//! A remedy is given back when its knob is left as the person had it. Remedies without which the network does not learn
//! are causes. A remedy that is no cause stays in the printed command where giving it back costs more than [`BETTER`];
//! it is named apart from the causes, so that everything the command changes is named. All others are given back.

use super::compare::{exploded, falls_short, far, worse};
use super::experiment::Performance;
use super::remedy::Remedy;
use super::{BETTER, Diagnosis, Examination, Health, Promise, Reach};
use crate::error::Result;
use crate::numerics::short;
use crate::setup::Config;

/// How many times as high or as low as the standard a rate is that is far off.
const FAR_OFF: f64 = 5.0;
/// By how much less of the score a change of the rate alone is preferred to several changes.
const NEAR: f64 = 0.05;
/// Seeds on which effects are measured; the median of three is not moved by one that happened to be lucky.
const SEEDS: u64 = 3;

impl Examination<'_> {
    /// Finds causes and cure of a run, the `patient`, that falls short of `reach`.
    pub(super) fn cure(&mut self, diagnosis: &mut Diagnosis, patient: &Performance, reach: Reach) -> Result<()> {
        let rate = self.rate_alone(&reach)?;
        let (alone, within) = (rate.is_some(), reach.performance.held.score);
        let set = rate.map_or_else(|| self.smallest(&reach), |rate| Ok(vec![rate]))?;
        let (mut set, mut full) = self.effects(set, diagnosis)?;
        if !alone || full.held.score < within - NEAR {
            let all = reach.remedies.into_iter().chain(reach.more).collect();
            (set, full) = self.better_still(set, full, all, diagnosis)?;
        }
        // Where a class has few rows, those that were learned are compared; new rows have to be answered better, too.
        let (before, after) = (&patient.held, &full.held);
        if after.score <= before.score && after.balanced <= before.balanced && !exploded(patient) {
            (diagnosis.causes, diagnosis.also, diagnosis.verdict) = (Vec::new(), Vec::new(), Health::Healthy);
            return Ok(());
        }
        if self.ledger.folded {
            self.ledger.folded = false;
            full = self.median(&set)?; // on the rows on which the run was judged
        }
        diagnosis.reachable = full.held.score;
        diagnosis.promised = Some(Promise::of(&full.held, self.ledger.measure));
        let cured = Remedy::applied(&set, self.config);
        diagnosis.command = Some(cured.command());
        diagnosis.cure = Some(cured);
        Ok(())
    }

    /// Another rate, where that alone does as well as all that is within reach: the smallest change there is for a rate that
    /// is far from the standard one of its rule. Rates below the standard are tried too, since small batches need them.
    fn rate_alone(&mut self, reach: &Reach) -> Result<Option<Remedy>> {
        let (own, standard) = (self.config.rate(), self.config.optimizer.rate());
        let factors: &[f64] = match own / standard {
            ratio if ratio > FAR_OFF => &[1.0, 0.3, 0.1],
            ratio if ratio < 1.0 / FAR_OFF => &[1.0],
            _ => return Ok(None),
        };
        self.ledger.say("whether another rate is enough");
        for factor in factors {
            let remedy = Remedy::Rate(short(factor * standard));
            let performance =
                self.ledger.try_out(&Remedy::applied(std::slice::from_ref(&remedy), self.config), self.device)?;
            if !worse(&performance, &reach.performance) && !falls_short(&performance, &reach.performance) {
                return Ok(Some(remedy));
            }
        }
        Ok(None)
    }

    /// Gives remedies back one by one as long as the network still learns.
    fn smallest(&mut self, reach: &Reach) -> Result<Vec<Remedy>> {
        self.ledger.say("which change matters");
        let mut set = reach.remedies.clone();
        set.sort_by_key(Remedy::order);
        self.ledger.planned = self.ledger.experiments + set.len() + SEEDS as usize * 3;
        for remedy in set.clone() {
            if self.ledger.spent() || set.len() == 1 {
                break; // the run is sick, so the last remedy that is left is the cause
            }
            let rest = without(&set, &remedy);
            let performance = self.ledger.try_out(&Remedy::applied(&rest, self.config), self.device)?;
            if !(if remedy.is_choice() { far } else { worse })(&performance, &reach.performance) {
                set = rest;
            }
        }
        Ok(set)
    }

    /// Names the remedies of `set` as causes, each with its effect on several seeds. Returns those that remain with the
    /// performance of all together: [`Self::smallest`] looks at one seed, and where several say otherwise a remedy goes.
    fn effects(&mut self, mut set: Vec<Remedy>, diagnosis: &mut Diagnosis) -> Result<(Vec<Remedy>, Performance)> {
        self.ledger.say("the effect of leaving each out");
        self.ledger.planned = self.ledger.experiments + (1 + set.len()) * SEEDS as usize;
        let mut full = self.median(&set)?;
        for remedy in set.clone() {
            if self.ledger.spent() {
                // The effect is not known, but the remedy is part of what cures.
                diagnosis.causes.push(remedy.named(self.config, None));
                continue;
            }
            let rest = without(&set, &remedy);
            let left = self.median(&rest)?;
            if set.len() > 1 && !worse(&left, &full) {
                (set, full) = (rest, left);
            } else {
                diagnosis.causes.push(remedy.named(self.config, Some(&left)));
            }
        }
        diagnosis.causes.reverse(); // mistakes before treatments
        Ok((set, full))
    }

    /// The remedies of the printed command, with the performance of all together. Where `all` remedies do no better than
    /// those of the `causes`, these are enough; else those stay that cannot be given back without losing what is better.
    fn better_still(
        &mut self,
        causes: Vec<Remedy>,
        full: Performance,
        all: Vec<Remedy>,
        diagnosis: &mut Diagnosis,
    ) -> Result<(Vec<Remedy>, Performance)> {
        if self.ledger.spent() || causes.len() == all.len() {
            return Ok((causes, full));
        }
        self.ledger.say("what does better still");
        // A remedy may be given back if what remains comes within BETTER of this.
        let goal = self.median(&all)?.held.score;
        if goal <= full.held.score + BETTER {
            return Ok((causes, full));
        }
        let mut extras: Vec<Remedy> = all.iter().filter(|remedy| !causes.contains(remedy)).cloned().collect();
        extras.sort_by_key(Remedy::order); // treatments first, as in the search for causes
        let (mut set, mut also) = (all, Vec::new());
        for extra in extras {
            let rest = without(&set, &extra);
            let left = self.median(&rest)?;
            if self.ledger.spent() {
                return Ok((causes, full)); // what is not known to be of use is not recommended
            }
            if left.held.score >= goal - BETTER {
                set = rest;
            } else {
                also.push(extra.named(self.config, Some(&left)));
            }
        }
        also.reverse();
        diagnosis.also = also;
        let full = self.median(&set)?;
        Ok((set, full))
    }

    /// The performance of `remedies` on the seed that is the median by skill on held-out rows. Where folds judge, each of them
    /// has a seed of its own.
    pub(super) fn median(&mut self, remedies: &[Remedy]) -> Result<Performance> {
        let config = Remedy::applied(remedies, self.config);
        if self.ledger.folded {
            return self.ledger.try_out(&config, self.device);
        }
        let mut found = Vec::new();
        for seed in 0..SEEDS {
            let config = Config { seed: config.seed.wrapping_add(seed), ..config.clone() };
            found.push(self.ledger.try_out(&config, self.device)?);
            if self.ledger.spent() {
                break;
            }
        }
        found.sort_by(|a, b| a.held.skill.total_cmp(&b.held.skill));
        Ok(found.swap_remove(found.len() / 2))
    }
}

/// The remedies of `set` without `remedy`.
fn without(set: &[Remedy], remedy: &Remedy) -> Vec<Remedy> {
    set.iter().filter(|kept| *kept != remedy).cloned().collect()
}
