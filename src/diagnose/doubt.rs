//! Doubt: whether a run is sick, where held-out rows are so few that chance may decide.
//!
//! Of 200 held-out rows a tenth more or less may be chance: a run that is sick goes unseen, and one that is well seems to
//! fall short of the luckiest of many experiments. So where nothing is certain other rows are asked. The weights that the run
//! left have learned those, so its settings are trained anew on folds of them, as long as a replay would be, and so is what
//! is within reach.

use super::Examination;
use super::compare::{far, is_behind, on_held_out, seems_far, worse};
use super::experiment::Performance;
use super::reach::Reach;
use super::remedy::Remedy;
use crate::error::Result;

/// How many times as long as another experiment the settings of a run are trained again, at most.
const LONGER: usize = 4;

impl Examination<'_> {
    /// The run and what is within reach, as they are to be compared, if the run is sick. Where it is far behind for certain
    /// that is as they are; where held-out rows leave it to chance both are judged by folds, and so are the experiments that
    /// follow.
    pub(super) fn sick(&mut self, patient: &Performance, reach: &Reach) -> Result<Option<(Performance, Reach)>> {
        let (sick, within) = (reach.shows_sick(patient), &reach.performance);
        // A run that only more time would help is not doubted: it is as good as others of its length.
        let behind = || !reach.unfinished && !reach.remedies.is_empty() && seems_far(patient, within);
        let doubtful = if sick { !far(patient, within) } else { behind() };
        let few = self.data.held_out().is_some() && on_held_out(patient, within);
        if !doubtful || !few || self.ledger.spent() {
            return Ok(sick.then(|| (patient.clone(), reach.clone())));
        }
        self.ledger.say("whether the run is well on more rows");
        self.ledger.folded = true;
        let again = self.ledger.try_longer(self.config, self.device, LONGER)?;
        let within = self.ledger.try_out(&Remedy::applied(&reach.remedies, self.config), self.device)?;
        self.ledger.folded = worse(&again, &within) || seems_far(&again, &within) && is_behind(&again, &within);
        Ok(self.ledger.folded.then(|| (again, reach.at(within))))
    }
}
