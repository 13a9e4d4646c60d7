//! The course: causes that lie in how a run went and not in its settings.
//!
//! Patience may have ended it while it was still improving, it may have gone on from spoiled weights, or have exploded later
//! than experiments reach. Asked where the settings show no cause, after [`Reach`] and before the data are blamed.

use super::compare::{falls_short, far};
use super::experiment::Performance;
use super::{Cause, Diagnosis, Examination, Promise, Reach, Remedy};
use crate::error::Result;
use crate::setup::Config;

impl Examination<'_> {
    /// The cause, of a run of so many `epochs` whose settings are well, that lies in how it went.
    pub(super) fn course(
        &mut self,
        epochs: usize,
        (patient, reach): (&Performance, &Reach),
        diagnosis: &mut Diagnosis,
    ) -> Result<Option<Cause>> {
        match epochs < self.config.epochs {
            true if self.config.patience.is_some() => self.impatient(epochs, patient, diagnosis),
            false if reach.remedies.is_empty() && far(patient, &reach.performance) => self.spoiled(patient, diagnosis),
            _ => Ok(None),
        }
    }

    /// The cause that a run whose settings are well is far from what they reach on most seeds: it went on from weights that
    /// were spoiled before it was repaired, or had bad luck.
    fn spoiled(&mut self, patient: &Performance, diagnosis: &mut Diagnosis) -> Result<Option<Cause>> {
        self.ledger.say("whether the run was spoiled on its way");
        let anew = self.median(&[])?;
        if !far(patient, &anew) {
            return Ok(None);
        }
        let past = match diagnosis.repaired.is_empty() {
            true => "it was resumed from bad weights, or had bad luck",
            false => "it went on from weights that were spoiled before it was repaired",
        };
        let say = format!(
            "the settings are well and the weights are not: {past}; begun anew, such a network reaches {:.1} % {} instead of \
             {:.1} %",
            100.0 * anew.held.score,
            self.ledger.measure.called(diagnosis.judged_rows()),
            100.0 * patient.held.score
        );
        self.promise(diagnosis, &anew, self.config.clone());
        Ok(Some(Cause::of_data("spoiled-weights", "the run", say)))
    }

    /// The cause that a run of so many `epochs` was stopped by its patience while it was still improving: the same network
    /// without patience gets clearly farther.
    fn impatient(&mut self, epochs: usize, patient: &Performance, diagnosis: &mut Diagnosis) -> Result<Option<Cause>> {
        self.ledger.say("whether patience ended too early");
        let mut patienter = self.config.clone();
        (patienter.patience, patienter.min_delta) = (None, Config::default().min_delta);
        let performance = self.ledger.try_out(&patienter, self.device)?;
        if !falls_short(patient, &performance) {
            return Ok(None);
        }
        let say = format!(
            "the run was stopped after {epochs} of {} epochs while it was still improving: without --patience {:.1} % {} \
             instead of {:.1} %",
            self.config.epochs,
            100.0 * performance.held.score,
            self.ledger.measure.called(diagnosis.judged_rows()),
            100.0 * patient.held.score
        );
        self.promise(diagnosis, &performance, patienter.tidied());
        Ok(Some(Cause::of_data("patience", "--patience, --min-delta", say)))
    }

    /// Recommends `cure`, which reached as much as `found` when it was tried.
    fn promise(&self, diagnosis: &mut Diagnosis, found: &Performance, cure: Config) {
        diagnosis.promised = Some(Promise::of(&found.held, self.ledger.measure));
        diagnosis.reachable = found.held.score;
        (diagnosis.command, diagnosis.cure) = (Some(cure.command()), Some(cure));
    }

    /// Recommends what helps against most explosions, where a run exploded and no experiment shows why.
    pub(super) fn calm(&mut self, diagnosis: &mut Diagnosis) {
        let cured = Remedy::calmed(self.config);
        let rate = cured.rate();
        let say = format!("the run explodes later than experiments reach; --rate {rate} and --clip 1 were not tried");
        diagnosis.causes.push(Cause::of_data("rate", "--rate", say));
        (diagnosis.command, diagnosis.cure) = (Some(cured.command()), Some(cured));
    }
}
