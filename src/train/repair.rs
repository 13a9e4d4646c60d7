//! Repair: a run that finds a remedy by experiment, applies it, and goes on.
//!
//! A repaired run is a resumed run with another configuration. So nothing of the running loop is patched: the change
//! is written into journal and config.toml, the checkpoint is made the place to go on from, and whoever pulls the run
//! resumes it. Where nothing worth keeping was learned yet, or the change is one of data or architecture, it goes on
//! from a new beginning; else from the last checkpoint, with its weights and moments.

use super::Training;
use crate::diagnose::{Budget, Health, Recorded, Remedy, diagnose};
use crate::error::Result;
use crate::journal::{self, Change, Event};
use crate::numerics::{Finding, Symptom};
use crate::setup::{Config, Knob, May, OnTrouble};

/// Repairs of one run, at most.
const REPAIRS: usize = 3;
/// Updates that finding a remedy may take; no clock, so that the same run is repaired in the same way.
const STEPS: usize = 20_000;
impl Training<'_> {
    /// Repairs what `finding` shows, if the user wants that, a change of configuration may help and there were not too
    /// many repairs already: the event after which the run must be resumed.
    pub(super) fn repair(&mut self, finding: &Finding) -> Result<Option<Event>> {
        let hopeless = matches!(finding.symptom, Symptom::Halves | Symptom::Gap | Symptom::Ignored);
        if self.config.on_trouble != OnTrouble::Repair || hopeless || self.repairs()? >= REPAIRS {
            return Ok(None);
        }
        let Some(cured) = self.remedy(finding)? else {
            return Ok(None);
        };
        let changes = self.config.changes(&cured);
        let learned = self.place.best.is_some_and(|(_, score)| score.loss < 0.9 * self.watcher.case().prior);
        let kept = |change: &Change| Knob::named(&change.knob).is_some_and(|knob| knob.may(May::KeepWeights));
        let keep = learned && changes.iter().all(kept);
        let step = self.place.step;
        self.rewind(0)?;
        let back_to = if keep { self.place.step } else { 0 };
        let event = Event::Repair { step, back_to, why: finding.sentence(), changes };
        self.place.journal = self.journal.write_all(&[self.watcher.take(), vec![event.clone()]].concat())?;
        self.run.write_config(&cured)?;
        if keep {
            self.save()?;
        } else {
            let _ = std::fs::remove_file(self.run.file("checkpoint"));
        }
        self.place.stopped = true;
        Ok(Some(event))
    }

    fn repairs(&self) -> Result<usize> {
        let events = journal::read(&self.run.file("journal.jsonl"))?;
        Ok(events.iter().filter(|event| matches!(event, Event::Repair { .. })).count())
    }

    /// The cured configuration; where experiments show nothing and a number was not finite, a tenth of the rate and
    /// gradients clipped, the usual answer to a rare explosion.
    fn remedy(&self, finding: &Finding) -> Result<Option<Config>> {
        let recorded = Recorded { model: None, findings: vec![finding.clone()] };
        let budget = Budget { steps: STEPS, until: None };
        let found = diagnose(self.config, self.data, Some(recorded), &self.device, budget, &mut |_, _, _| ())?;
        Ok(match (found.verdict, found.cure) {
            (Health::Sick, Some(cure)) => Some(cure),
            _ if finding.symptom == Symptom::Nonfinite => Some(Remedy::calmed(self.config)),
            _ => None,
        })
    }
}
