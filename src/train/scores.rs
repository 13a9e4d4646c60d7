//! Scores: what a run has reached, measured at its end on every part of the data.
//!
//! The test half is touched here and nowhere else, when nothing is decided any more.

use burn::tensor::Device;

use super::{Training, interrupt, tables};
use crate::data::{Block, Data};
use crate::error::Result;
use crate::evaluate::{self, Evaluation, Misclassified};
use crate::journal::Event;
use crate::model::{Classifier, Saved};
use crate::numerics::{self, Finding, Score};
use crate::run::Hold;
use crate::setup::{OnTrouble, Watch};

/// What a run has reached with its best weights, or several runs together.
#[derive(Clone)]
pub struct Scores {
    /// The epoch of the best weights; 0 where several networks answer together.
    pub best_epoch: usize,
    /// How many networks were joined into the one that was measured; 1 where it is alone.
    pub networks: usize,
    /// Whether these weights are from before a repair, because no epoch after it has done better.
    pub before_repair: bool,
    /// On the rows learned.
    pub train: Score,
    /// On the validation part, if there is one.
    pub validation: Option<Score>,
    /// On the test half, if there is one.
    pub test: Option<Score>,
    /// Which rows the evaluation is of.
    pub judged: &'static str,
    /// On the test half; without one, on the validation part, or on the rows learned.
    pub evaluation: Evaluation,
    /// The rows that the evaluation is of.
    pub rows: Block,
    /// Those of them that were taken for another class.
    pub misclassified: Vec<Misclassified>,
}

impl Scores {
    /// Measures `model` on every part of `data`, and writes the rows that it misclassifies into the folder of `run`.
    ///
    /// # Errors
    /// No space, or a file that can no longer be read.
    pub fn measure(model: &impl Classifier, data: &Data, run: &Hold, device: &Device) -> Result<Self> {
        let score = |block: &Block| evaluate::score(model, block, device);
        let (judged, block) = match (&data.test, data.held_out()) {
            (Some(test), _) => ("test", test),
            (None, Some(validation)) => ("validation", validation),
            (None, None) => ("training", &data.train),
        };
        let (evaluation, misclassified) = Evaluation::of(model, block, device)?;
        let evaluation = evaluation.named(&data.classes.names);
        tables::misclassified(run, &evaluation, &misclassified, &data.classes.names)?;
        Ok(Scores {
            best_epoch: 0,
            networks: 1,
            before_repair: false,
            train: score(&data.train)?,
            validation: data.held_out().map(score).transpose()?,
            test: data.test.as_ref().map(|_| evaluation.score()),
            judged,
            evaluation,
            rows: block.clone(),
            misclassified,
        })
    }
}

impl Training {
    /// The end of a run: repairs what only the whole of it shows, else measures what it has reached. `None` when that is
    /// done.
    pub(super) fn end(&mut self) -> Result<Option<Event>> {
        if self.scores.is_some() {
            return Ok(None);
        }
        if self.joined.len() == 0 {
            self.stop_if_interrupted()?; // later networks are no part of the place that is saved
        }
        interrupt::stopped(); // the checkpoint of the last epoch is written
        if self.joined.len() == 0
            && let Some(repaired) = self.repair_at_the_end()?
        {
            return Ok(Some(repaired));
        }
        if let Some(network) = self.join()? {
            return Ok(Some(network));
        }
        let scores = self.measure()?;
        let parts = (scores.train, scores.validation, scores.test);
        self.conclude(parts, &scores.evaluation)?;
        self.scores = Some(scores);
        Ok(self.watcher.next_finding().map(Event::Symptom))
    }

    /// Repairs what the epochs of a run show together.
    fn repair_at_the_end(&mut self) -> Result<Option<Event>> {
        if let Some(finding) = self.trouble_at_the_end()?
            && let Some(repaired) = self.repair(&finding)?
        {
            return Ok(Some(repaired));
        }
        self.repair_what_falls_short()
    }

    /// Measures the best weights on every part.
    pub(super) fn measure(&self) -> Result<Scores> {
        let best = Saved::read(&self.run.path)?;
        let data = self.data.seen_by(&best.preparation)?;
        let network = best.network(&self.device).at(self.config.precision);
        let scores = Scores::measure(&network, &data, &self.run, &self.device)?;
        let best_epoch = self.checkpoint.kept.or(self.checkpoint.best).map_or(0, |(epoch, _)| epoch);
        let validation = self.held_out_by_each().or(scores.validation);
        let (networks, before_repair) = (self.joined.len().max(1), self.checkpoint.kept.is_some());
        Ok(Scores { best_epoch, networks, before_repair, validation, ..scores })
    }

    /// That a run which may repair itself has learned nothing, as its learned rows show.
    fn trouble_at_the_end(&self) -> Result<Option<Finding>> {
        if self.config.on_trouble != OnTrouble::Repair || self.config.watch == Watch::Off {
            return Ok(None);
        }
        let train = self.on_learned_rows(&self.first()?)?;
        let rows: Vec<_> = self.data.counts().into_iter().map(|rows| (rows, 1.0)).collect();
        let found = numerics::conclude(self.watcher.baseline(), self.checkpoint.step, train, (None, None), &rows);
        Ok(found.into_iter().next())
    }

    /// What only the end of a run shows: that it learned nothing, that halves do not belong together, that a class is
    /// never predicted. Written into the journal, and told next, unless it was told before.
    fn conclude(
        &mut self,
        (train, validation, test): (Score, Option<Score>, Option<Score>),
        evaluation: &Evaluation,
    ) -> Result<()> {
        if self.config.watch == Watch::Off {
            return Ok(());
        }
        let test = self.data.test.as_ref().zip(test).map(|(rows, score)| (score.accuracy, rows.len()));
        let validation = validation.map(|score| (score.accuracy, self.data.validation.len()));
        let rows = evaluation.per_class.iter().map(|class| (class.rows, class.recall)).collect::<Vec<_>>();
        for finding in
            numerics::conclude(self.watcher.baseline(), self.checkpoint.step, train, (validation, test), &rows)
        {
            self.watcher.note(finding);
        }
        self.record(&[])?;
        self.journal.sync()
    }
}
