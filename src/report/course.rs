//! How a run went: what its folder says of every run, whether it has ended with a model, without one, or not yet.
//!
//! A run that diverges in its first epoch has no best weights, so nothing can be measured on rows. Its journal still holds
//! the steps that were looked at, and these are what a person needs most. `Facts` adds what can be measured to a course.

use crate::clean::shell;
use crate::data::Origin;
use crate::error::Result;
use crate::journal::{self, Event};
use crate::learner::Checkpoint;
use crate::model::Activation;
use crate::numerics::{Score, Vitals};
use crate::run::{Run, RunFile};
use crate::setup::Config;
use crate::sweep::{Choice, Tuned};

/// What the folder of a run says of how it went.
pub struct Course {
    /// The name of the run, which is the path of its folder.
    pub name: String,
    /// The resolved configuration, as TOML.
    pub config: String,
    /// The command that trains it again.
    pub command: String,
    /// The function between its layers.
    pub activation: Activation,
    /// How many networks answer together; each is a run of its own in the folder of its number.
    pub networks: usize,
    /// How many networks were joined into the one that answers; 1 where there was only one.
    pub joined: usize,
    /// The events of the journal; for several networks the beginning of one alone.
    pub events: Vec<Event>,
    /// What users call the classes; none where no model says so.
    pub classes: Vec<String>,
    /// Where its data came from, if it wrote that down.
    pub origin: Option<Origin>,
    /// The search that has found its configuration, where there was one.
    pub tuned: Option<Choice>,
}

/// What a run began with.
pub(super) struct Start {
    /// What its data is called.
    pub(super) data: String,
    /// The widths of the network from input to output, as in `784-30-10`.
    pub(super) shape: String,
    /// How many rows were learned.
    pub(super) rows: usize,
}

/// One epoch as the curves, the live page and TensorBoard want it: numbers as f64, since they are drawn.
pub(super) struct Epoch {
    /// The number of the epoch, from 1.
    pub(super) number: f64,
    /// The number of updates at its end.
    pub(super) step: f64,
    /// The learning rate of its last update.
    pub(super) rate: f64,
    /// Means over its batches, each before its update.
    pub(super) train: Score,
    /// On the validation part after its last update, if there is one.
    pub(super) validation: Option<Score>,
    /// The mean norm of the gradient over its batches, weighted by their rows.
    pub(super) gradient: f64,
    /// Whether no epoch before it was as good.
    pub(super) best: bool,
}

/// The events of a run, without epochs of which no file of it holds the weights, see [`journal::read_saved`].
pub(super) fn saved_events(run: &Run) -> Result<Vec<Event>> {
    let saved = Checkpoint::place(&run.file(RunFile::Checkpoint)).map_or(u64::MAX, |place| place.journal);
    journal::read_saved(&run.file(RunFile::Journal), saved)
}

impl Epoch {
    /// The epoch that an event tells of, if it tells of one.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::Epoch { epoch, step, rate, train, validation, gradient, best } = *event else { return None };
        Some(Epoch { number: epoch as f64, step: step as f64, rate, train, validation, gradient, best })
    }
}

impl Course {
    /// How `run` went. Of an ensemble it is the beginning of its first network, since each has a page of its own.
    ///
    /// # Errors
    /// There is no journal.
    pub fn of(run: &Run, config: &Config, classes: Vec<String>) -> Result<Self> {
        let events = match config.ensemble {
            1 => saved_events(run)?,
            _ => journal::read(&run.member(1).file(RunFile::Journal))?.into_iter().take(1).collect(),
        };
        // The file of the first network is there as long as the best weights are those of several.
        let further = events.iter().filter(|event| matches!(event, Event::Network { .. })).count();
        let joined = if run.has(RunFile::First) { 1 + further } else { 1 };
        Ok(Course {
            joined,
            name: run.path.display().to_string(),
            config: config.to_toml()?,
            command: config.command(),
            activation: config.activation,
            networks: config.ensemble,
            events,
            classes,
            origin: Origin::of_run(run),
            tuned: Tuned::of(run)?.and_then(|tuned| tuned.choice),
        })
    }

    /// How its configuration was found, where a search has found it, and how good rows that took part in that are to judge it.
    pub(super) fn search(&self, judged: &str) -> Option<String> {
        let Choice { configurations, trainings, .. } = self.tuned.as_ref()?;
        let test = match judged {
            "test" => "the test half took no part in the choice",
            _ => "the rows that it is measured on took part in the choice, so that it looks a little better than it is",
        };
        Some(format!("chosen of {configurations} configurations on held-out rows, in {trainings} trainings; {test}"))
    }

    /// The command that asks why it went so.
    pub(super) fn diagnosis(&self) -> String {
        format!("backburn diagnose {}", shell(&self.name))
    }

    /// What the run began with, the last time that it did; a journal that a kill has cut before that leaves it open.
    pub(super) fn start(&self) -> Start {
        let start = self.events.iter().rev().find_map(|event| match event {
            Event::Start { data, layers, rows } => {
                let widths: Vec<String> = layers.iter().map(ToString::to_string).collect();
                Some(Start { data: data.clone(), shape: widths.join("-"), rows: *rows })
            }
            _ => None,
        });
        start.unwrap_or(Start { data: "unknown data".into(), shape: String::new(), rows: 0 })
    }

    /// The epochs among the events of a journal. A repair begins some of them again; the later ones count.
    pub(super) fn epochs_of(events: &[Event]) -> Vec<Epoch> {
        let mut epochs: Vec<Epoch> = Vec::new();
        for event in events {
            let Some(epoch) = Epoch::of(event) else { continue };
            // Numbers rise, so that what an epoch takes the place of stands at the end: a look at all would take for ever.
            while epochs.last().is_some_and(|earlier| earlier.number >= epoch.number) {
                epochs.pop();
            }
            epochs.push(epoch);
        }
        epochs
    }

    /// The vitals in a journal, step by step. A run that begins anew writes another start, and what came before the last
    /// one belongs to weights that are gone, so it is left out.
    pub(super) fn vitals_of(events: &[Event]) -> impl Iterator<Item = &Vitals> {
        let begun = events.iter().rposition(|event| matches!(event, Event::Start { .. })).unwrap_or(0);
        events[begun.min(events.len())..].iter().filter_map(|event| match event {
            Event::Vitals(vitals) => Some(vitals),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_that_was_learned_again_takes_the_place_of_the_first_also_among_very_many() {
        let told = |epoch| {
            let train = Score { loss: 1.0, accuracy: 0.5 };
            Event::Epoch { epoch, step: epoch, rate: 0.1, train, validation: None, gradient: 1.0, best: false }
        };
        let events: Vec<Event> = (1..=300_000).chain([299_998, 299_999]).map(told).collect();
        let begun = std::time::Instant::now();
        let epochs = Course::epochs_of(&events);
        assert!(epochs.iter().map(|epoch| epoch.number).eq((1..300_000).map(f64::from)));
        assert!(begun.elapsed().as_secs() < 5, "looking through all epochs at every epoch takes a minute");
    }
}
