//! Repair: a run that finds a remedy by experiment, applies it, and goes on.
//!
//! A repaired run is a resumed run with another configuration. So nothing of the running loop is patched: the change is
//! written into the journal and into the checkpoint, and the training goes on as if it had been resumed from there. Where
//! nothing worth keeping was learned yet, or where the change is one of data or architecture, the run begins again at
//! step 0. Otherwise it goes on from the last checkpoint, with its weights and moments.
//!
//! The checkpoint is the one file that decides. A run that is killed before the checkpoint is renamed into place finds
//! the same trouble and the same remedy again; a run that is killed later goes on with the remedy. The best weights from
//! before a repair stay, and with them their score, until a later epoch does better, so a repair never ends with less
//! than the run had.

use std::sync::Arc;

use super::{Training, interrupt};
use crate::diagnose::{Budget, Diagnosis, Health, Measure, Recorded, Remedy, diagnose};
use crate::error::Result;
use crate::evaluate;
use crate::journal::{self, Change, Event};
use crate::learner::Repair;
use crate::model::Saved;
use crate::numerics::{Finding, Score, Symptom};
use crate::ranks;
use crate::run::RunFile;
use crate::setup::{Config, Knob, May, OnTrouble, Watch};

/// Repairs of one run, at most.
const REPAIRS: usize = 3;
/// Updates that the search for a remedy may take. A clock would repair the same run in another way on another machine.
const STEPS: usize = 20_000;

impl Training {
    /// Repairs what `finding` shows, if the user wants that, a change of configuration may help and there were not too
    /// many repairs already: the event after which the run must be started again, see [`Training::restart`].
    pub(super) fn repair(&mut self, finding: &Finding) -> Result<Option<Event>> {
        let hopeless = matches!(finding.symptom, Symptom::Gap | Symptom::Ignored);
        if hopeless || !self.may_repair()? {
            return Ok(None);
        }
        match self.remedy(finding)? {
            Some(cured) => self.change_to(cured, finding).map(Some),
            None => {
                self.incurable = true;
                Ok(None)
            }
        }
    }

    /// Whether the user wants repairs and there were not too many already.
    fn may_repair(&self) -> Result<bool> {
        let wanted = self.config.on_trouble == OnTrouble::Repair && self.scores.is_none();
        Ok(wanted && self.repairs()?.len() < REPAIRS)
    }

    /// Repairs a run that is over and has learned less than experiments show that it can, as
    /// [`crate::diagnose`] judges its best weights.
    pub(super) fn repair_what_falls_short(&mut self) -> Result<Option<Event>> {
        if self.incurable || self.config.watch == Watch::Off || !self.may_repair()? {
            return Ok(None);
        }
        let (model, epochs) = (self.first().ok(), Some(self.checkpoint.epoch));
        let found = self.examined(Recorded { model, epochs, ..Recorded::default() })?;
        match (found.verdict, found.cure) {
            // A run that has begun with these settings would only come to the same end.
            (Health::Sick, Some(cured)) if !self.config.changes(&cured).is_empty() || self.went_on()? => {
                let finding = Finding::short(self.checkpoint.step, found.accuracy, found.reachable);
                self.change_to(cured, &finding).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Writes the change to another configuration into journal and checkpoint.
    fn change_to(&mut self, cured: Config, finding: &Finding) -> Result<Event> {
        let changes = self.config.changes(&cured);
        let unfinished = self.checkpoint.epoch < self.config.epochs && !self.checkpoint.stopped;
        let kept = |change: &Change| Knob::named(&change.knob).is_some_and(|knob| knob.may(May::KeepWeights));
        let step = self.checkpoint.step;
        self.save_best()?;
        self.rewind(0)?;
        // Where no step was made since the checkpoint, its own weights are those that give the number.
        let guilty = finding.symptom == Symptom::Nonfinite && self.checkpoint.step == step;
        let keep = unfinished && !guilty && self.has_kept_what_it_learned()? && changes.iter().all(kept);
        let back_to = if keep { self.checkpoint.step } else { 0 };
        let event = Event::Repair { step, back_to, why: finding.sentence(), changes };
        if !keep {
            self.keep_best()?;
        }
        self.record(std::slice::from_ref(&event))?;
        self.checkpoint.repair = Some(Repair { config: cured.to_toml()?, anew: !keep });
        self.save()?;
        Ok(event)
    }

    /// Whether the weights of the last epoch, from which a run would go on, still have most of what was learned: of how far
    /// the best loss is below that of guessing they have more than half, and it is a tenth of guessing at least.
    fn has_kept_what_it_learned(&self) -> Result<bool> {
        let events = journal::read(&self.run.file(RunFile::Journal))?;
        let last = events.iter().rev().find_map(|event| match event {
            Event::Epoch { step, train, validation, .. } if *step <= self.checkpoint.step => {
                Some(validation.unwrap_or(*train))
            }
            _ => None,
        });
        let guessing = self.watcher.baseline().prior;
        let learned = |score: Option<Score>| score.map_or(0.0, |score| guessing - score.loss);
        let best = learned(self.checkpoint.best.map(|(_, score)| score));
        Ok(best > 0.1 * guessing && learned(last) > 0.5 * best)
    }

    /// Goes on as the checkpoint says, with the repaired configuration and with data prepared for it.
    pub(super) fn restart(&mut self) -> Result<()> {
        let config = Config::of(&self.run)?;
        let data = match config.request() == self.config.request() {
            true => self.data.clone(),
            false => Arc::new(self.data.prepared(&config.request())?),
        };
        let whole = self.whole.clone();
        *self = Training { whole, ..Self::go_on((Arc::new(config), data), self.run.clone(), &self.device)? };
        Ok(())
    }

    /// Remembers what the best weights so far are worth, before the run begins again.
    fn keep_best(&mut self) -> Result<()> {
        let Some((epoch, judged)) = self.checkpoint.best.filter(|_| self.checkpoint.kept.is_none()) else {
            return Ok(());
        };
        let score = match self.data.validation.is_empty() {
            true => self.on_learned_rows(&self.first()?)?,
            false => judged,
        };
        self.checkpoint.kept = Some((epoch, score));
        Ok(())
    }

    /// Whether weights that were judged as `now`, the present ones, are worth more than what a repair has kept: more
    /// right rows, or as many at a lower loss. The losses of two attempts may be of two kinds where no rows were held
    /// out, so both are measured on the learned rows then.
    pub(super) fn better_than_kept(&self, now: Score) -> Result<bool> {
        let Some((_, kept)) = self.checkpoint.kept else {
            return Ok(true);
        };
        let now = if self.data.validation.is_empty() { self.on_learned_rows(&self.model())? } else { now };
        Ok((now.accuracy, -now.loss) > (kept.accuracy, -kept.loss))
    }

    /// The score of a model on the learned rows, by cross-entropy whatever it was trained with.
    pub(super) fn on_learned_rows(&self, model: &Saved) -> Result<Score> {
        let rows = self.data.seen_by(&model.preparation)?.train;
        evaluate::score(&model.network(&self.device).at(self.config.precision), &rows, &self.device)
    }

    /// The repairs that there were already: the steps from which the run went on.
    fn repairs(&self) -> Result<Vec<usize>> {
        let events = journal::read(&self.run.file(RunFile::Journal))?;
        let repair = |event| if let Event::Repair { back_to, .. } = event { Some(back_to) } else { None };
        Ok(events.into_iter().filter_map(repair).collect())
    }

    /// Whether the last repair has kept the weights.
    fn went_on(&self) -> Result<bool> {
        Ok(self.repairs()?.last().is_some_and(|&step| step > 0))
    }

    /// The configuration that experiments show to be well. Where they show none and a number was not finite, it is the
    /// present one with a tenth of the rate and clipped gradients, which is the usual answer to a rare explosion. `None`
    /// where no change is known to help.
    fn remedy(&self, finding: &Finding) -> Result<Option<Config>> {
        if self.incurable && finding.symptom != Symptom::Nonfinite {
            return Ok(None);
        }
        let recorded = Recorded { findings: vec![finding.clone()], ..Recorded::default() };
        let found = self.examined(recorded)?;
        Ok(match (found.verdict, found.cure) {
            (Health::Sick, Some(cure)) => Some(cure),
            _ if finding.symptom == Symptom::Nonfinite => Some(Remedy::calmed(&self.config)),
            _ => None,
        })
    }

    /// What experiments show of the run, of which this is known. They are short, so every rank makes all of them.
    fn examined(&self, recorded: Recorded) -> Result<Diagnosis> {
        let budget = Budget { steps: STEPS, until: None };
        let mut go_on = |_, _, _: &str| match interrupt::asked() {
            true => Err(self.interrupted("in the search for a remedy")),
            false => Ok(()),
        };
        let (config, data, device) = (&self.config, &self.data, &self.device);
        ranks::apart(|| diagnose(config, data, Some(recorded), Measure::default(), device, budget, &mut go_on))
    }
}
