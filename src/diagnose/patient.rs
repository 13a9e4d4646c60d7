//! The patient: the run that is diagnosed, judged by what it left or trained again.
//!
//! A run of several joined networks left the weights of the first and the scores of all. Networks of one configuration
//! differ by the luck of their seeds: where few learn and the first is one of these, or the only one that does not, it
//! does not stand for the run.

use super::Examination;
use super::experiment::{self, Performance, Skill};
use super::ledger::{planned, steps};
use super::measure::binomial;
use super::noise;
use crate::error::Result;
use crate::journal::{self, Change, Event};
use crate::model::Saved;
use crate::numerics::Finding;
use crate::run::{Run, RunFile};
use crate::setup::Config;

/// What is left of a run that is over.
#[derive(Default)]
pub struct Recorded {
    /// Its best weights, unless it diverged before it had any.
    pub model: Option<Saved>,
    /// The symptoms in its journal.
    pub findings: Vec<Finding>,
    /// The epochs that it completed, if it is over.
    pub epochs: Option<usize>,
    /// What it has changed of itself to repair itself.
    pub repaired: Vec<Change>,
    /// Of the further networks that were joined with its own: the number, and the share of right rows on those that it was
    /// validated on.
    pub further: Vec<(usize, f64)>,
}

impl Recorded {
    /// What a run left: its best weights, unless it diverged, and its symptoms.
    ///
    /// # Errors
    /// There is no journal.
    pub fn of(run: &Run) -> Result<Self> {
        let events = journal::read(&run.file(RunFile::Journal))?;
        let finding = |event: &Event| match event {
            Event::Symptom(finding) => Some(finding.clone()),
            Event::Diverged { step, .. } => Some(Finding::nonfinite(*step)),
            _ => None,
        };
        let diverged = matches!(events.last(), Some(Event::Diverged { .. }));
        let model = if diverged { None } else { Saved::read_alone(&run.path).ok() };
        let epochs = events.iter().rev().find_map(|event| match event {
            Event::Epoch { epoch, .. } => Some(*epoch),
            _ => None,
        });
        let findings = events.iter().filter_map(finding).collect();
        let network = |event: &Event| match event {
            Event::Network { number, validation, .. } => Some((*number, validation.accuracy)),
            _ => None,
        };
        let further = events.iter().filter_map(network).collect();
        let changes = |event| if let Event::Repair { changes, .. } = event { changes } else { Vec::new() };
        Ok(Recorded { model, findings, epochs, repaired: events.into_iter().flat_map(changes).collect(), further })
    }
}

impl Examination<'_> {
    /// The run itself: judged by what it left, or replayed. Where networks were joined and most did otherwise than the first,
    /// whose weights are the run's, one that is as most are is replayed.
    pub(super) fn patient(&mut self, recorded: Option<Recorded>) -> Result<Performance> {
        self.ledger.say("the run as it is");
        let findings = match recorded {
            Some(Recorded { model: Some(model), findings, further, .. }) => {
                let mut performance =
                    Performance { findings, steps: planned(self.config, self.data), ..Performance::default() };
                let data = self.data.seen_by(&model.preparation)?;
                let measure = self.ledger.measure;
                let network = model.network(self.device).at(self.config.precision);
                experiment::judge(&mut performance, &network, &data, self.device, measure)?;
                if let Some(number) = typical(&performance.held, &further) {
                    return Ok(Performance { network: number, findings: performance.findings, ..self.replay(number)? });
                }
                performance.noise = noise::noise(&network, &data.validation, self.device)?;
                return Ok(performance);
            }
            Some(Recorded { model: None, findings, .. }) => findings,
            None => Vec::new(),
        };
        let performance = self.replay(1)?;
        Ok(Performance { findings: if findings.is_empty() { performance.findings } else { findings }, ..performance })
    }

    /// The network of this number trained again, four times as long as an experiment at most.
    fn replay(&mut self, number: usize) -> Result<Performance> {
        let steps = planned(self.config, self.data).min(4 * steps(self.config, self.data));
        let seed = self.config.seed.wrapping_add(number as u64 - 1);
        self.ledger.run(&Config { seed, ..self.config.clone() }, self.data, self.device, steps)
    }
}

/// The network that stands for all where the first does not: the lower of those in the middle by their right rows, if it
/// is apart from the first by more than chance explains. Each was validated on about as many rows as the first.
fn typical(first: &Skill, further: &[(usize, f64)]) -> Option<usize> {
    let mut all: Vec<(usize, f64)> = further.iter().copied().chain([(1, first.accuracy)]).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (number, accuracy) = all[(all.len() - 1) / 2];
    let error = binomial(first.accuracy, first.rows).hypot(binomial(accuracy, first.rows));
    (number > 1 && (first.accuracy - accuracy).abs() > 2.0 * error).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_stands_for_all_if_most_are_like_it() {
        let first = |accuracy| Skill { accuracy, rows: 40, ..Skill::default() };
        let three = |accuracy| [(2, accuracy), (3, accuracy), (4, accuracy)];
        assert_eq!(typical(&first(0.85), &three(0.34)), Some(3), "the first was lucky");
        assert_eq!(typical(&first(0.34), &three(0.85)), Some(2), "the first alone failed");
        assert_eq!(typical(&first(0.85), &three(0.75)), None, "other rows");
        assert_eq!(typical(&first(0.85), &[]), None);
    }
}
