//! Training: the loop from data to the best weights, read downward.
//!
//! [`Training`] is pulled, event by event, by whoever wants to watch; it never calls back. What it knows that cannot be
//! computed again is one [`Checkpoint`], written after an epoch, so a killed run loses at most an epoch or a second and a
//! resumed one ends with the same bits. A run that repairs itself goes on within the same [`Training`]; several networks that
//! answer together are an [`Ensemble`] of them.
//!
//! | files | what they know |
//! |---|---|
//! | `mod` | the loop, epoch by epoch |
//! | `start` | how a run begins, or goes on from its checkpoint |
//! | `step` | a step of the loop: passed, judged, and made or not |
//! | `aboard` | the loop where the network lives on a GPU |
//! | `trouble`, `repair` | what happens where a number is not finite, and how a run mends itself |
//! | `saving`, `settled`, `interrupt` | when the place of a run is saved, what a resumed run may change, and Ctrl-C |
//! | `agree` | that several ranks hold the same weights |
//! | `patience`, `scores`, `tables` | when to stop, what was reached, and the tables that are left of it |
//! | `pace` | how far the epoch is, for whoever watches |
//! | `join` | several networks of a small file, made into one |
//! | `ensemble` | several networks, one after another, each a run of its own |
//! | `tuning` | the search for the configuration of a run, each trial a run of its own |

#[cfg(feature = "cube")]
mod aboard;
mod agree;
mod ensemble;
mod interrupt;
mod join;
mod pace;
mod patience;
mod repair;
mod saving;
mod scores;
mod settled;
mod start;
mod step;
mod tables;
mod trouble;
mod tuning;

pub use ensemble::Ensemble;
pub use interrupt::interrupt;
pub use pace::Pace;
pub use patience::Patience;
pub use scores::Scores;
pub use settled::{finished, settled};
pub use tuning::Tuning;

use std::collections::VecDeque;
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Device;

use crate::data::Data;
use crate::error::Result;
use crate::evaluate;
use crate::journal::{Event, Journal};
use crate::learner::{Checkpoint, Learner};
use crate::model::Saved;
use crate::numerics::{Finding, Score};
use crate::run::{Hold, Run};
use crate::setup::{Config, Steps, Watcher};

/// A run in progress.
///
/// ```no_run
/// # use backburn::{data::Data, device, error::Result, run::Run, setup::Config, train::Training};
/// # fn main() -> Result<()> {
/// let config = Config { hidden: vec![32], epochs: 5, ..Config::default() };
/// let (data, device) = (Data::load(&config.request())?, device::choose(None)?);
/// let mut training = Training::start(config, data, Run::create(None, "digits", false)?, &device)?;
/// while let Some(event) = training.advance()? {
///     eprintln!("{event:?}");
/// }
/// let scores = training.finish()?;
/// # Ok(())
/// # }
/// ```
pub struct Training {
    config: Arc<Config>,
    data: Arc<Data>,
    run: Hold,
    device: Device,
    learner: Learner,
    saved: Saved,
    journal: Journal,
    /// Where the run stands: what a checkpoint that is written now will hold.
    checkpoint: Checkpoint,
    watcher: Watcher,
    /// Whether a remedy was looked for in vain: the experiments would end the same way again.
    incurable: bool,
    /// What is finished and not on the disk yet.
    unsaved: saving::Unsaved,
    /// The networks that are joined into the best weights at the end.
    joined: join::Joined,
    /// Where the epoch stands, for whoever watches from another thread.
    pace: Arc<Pace>,
    /// What the run has reached, once it is over.
    scores: Option<Scores>,
    /// What was found in the data before the first step and nobody was told yet.
    news: VecDeque<Event>,
    /// The folder to resume after an interruption, and what this training is called in it if it is part of something.
    whole: (Run, Option<String>),
}

impl Training {
    /// The configuration that is trained; a repair changes it.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The data that is learned; a repair may change how it is prepared.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The folder of the run.
    pub fn run(&self) -> &Hold {
        &self.run
    }

    /// Where the epoch stands, to be read from another thread while [`Training::advance`] learns.
    pub fn pace(&self) -> Arc<Pace> {
        self.pace.clone()
    }

    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        self.learner.model.num_params()
    }

    /// The epochs that are complete.
    pub fn epochs(&self) -> usize {
        self.checkpoint.epoch
    }

    /// Whether the run has ended before its last epoch, because nothing improved for as long as its patience.
    pub fn stopped_early(&self) -> bool {
        self.checkpoint.stopped && self.checkpoint.epoch < self.config.epochs
    }

    /// Trains until there is something to tell: a fault of the data, a symptom, a repair, the end of an epoch; `None`
    /// when the run is over.
    ///
    /// # Errors
    /// A number that is not finite, Ctrl-C, or no space.
    pub fn advance(&mut self) -> Result<Option<Event>> {
        if let Some(news) = self.news.pop_front() {
            return Ok(Some(news));
        }
        let event = match self.watcher.next_finding() {
            Some(finding) => Some(self.tell(finding)?),
            None if self.checkpoint.stopped || self.checkpoint.epoch >= self.config.epochs => self.end()?,
            None => Some(self.learn()?),
        };
        if let Some(Event::Repair { .. }) = event {
            self.restart()?;
        }
        Ok(event)
    }

    /// Learns the rest of the epoch, or as much of it as passes before there is something to tell. This is the loop: a step
    /// is pulled and passed through the network, and its update is made, before the eyes of the watcher, if loss and
    /// gradient are finite.
    fn learn(&mut self) -> Result<Event> {
        interrupt::running();
        let (config, data) = (self.config.clone(), self.data.clone());
        let steps = Steps::new(&config, &data, &self.device);
        let epoch = steps.epoch(self.checkpoint.epoch);
        self.pace.begin(self.checkpoint.epoch + 1, (self.checkpoint.batch, steps.per_epoch()));
        #[cfg(feature = "cube")]
        if let Some(order) = epoch.order()
            && self.board(&epoch)?
        {
            let told = std::thread::scope(|scope| self.learn_aboard((&epoch, order), steps.per_epoch(), scope))?;
            return told.map_or_else(|| self.close_epoch(steps.rate(self.checkpoint.step - 1)), Ok);
        }
        let told = std::thread::scope(|scope| {
            for step in epoch.ahead(scope, self.checkpoint.batch, self.checkpoint.step) {
                self.stop_if_interrupted()?;
                if let Some(repaired) = self.make(&step?)? {
                    return Ok(Some(repaired));
                }
                self.pace.set(self.checkpoint.batch);
                if let Some(finding) = self.watcher.next_finding() {
                    return self.tell(finding).map(Some);
                }
            }
            Ok(None)
        })?;
        told.map_or_else(|| self.close_epoch(steps.rate(self.checkpoint.step - 1)), Ok)
    }

    /// What the run has reached with its best weights.
    ///
    /// # Errors
    /// No space, or no epoch is complete.
    pub fn finish(mut self) -> Result<Scores> {
        self.save_best()?;
        match self.scores.take() {
            Some(scores) => Ok(scores),
            None => self.measure(),
        }
    }

    /// Tells of a symptom, or of the repair of it.
    fn tell(&mut self, finding: Finding) -> Result<Event> {
        Ok(self.repair(&finding)?.unwrap_or(Event::Symptom(finding)))
    }

    /// Ends an epoch: validates, keeps the weights if they are the best, writes the epoch into the journal, and makes
    /// the place safe. `rate` is that of the last update.
    fn close_epoch(&mut self, rate: f64) -> Result<Event> {
        let [loss, correct, rows, norms] = std::mem::take(&mut self.checkpoint.sums);
        if rows == 0.0 {
            return Err(self.stands_still()?);
        }
        let train = Score { loss: loss / rows, accuracy: correct / rows };
        self.agree()?;
        let validation = self.validate()?;
        let judged = validation.unwrap_or(train);
        if self.blown_up(train, judged) {
            return self.on_blown_up(judged);
        }
        let patience = Patience::of(&self.config);
        let epoch = self.checkpoint.epoch + 1;
        let best = patience.improved(judged.loss, self.checkpoint.best.map(|(_, score)| score.loss));
        let event =
            Event::Epoch { epoch, step: self.checkpoint.step, rate, train, validation, gradient: norms / rows, best };
        if best {
            self.checkpoint.best = Some((epoch, judged));
        }
        if best && self.better_than_kept(judged)? {
            self.checkpoint.kept = None;
            self.keep_as_best();
        }
        (self.checkpoint.epoch, self.checkpoint.batch) = (epoch, 0);
        self.checkpoint.stopped = patience.exhausted(epoch, self.checkpoint.best.map_or(0, |(epoch, _)| epoch));
        self.checkpoint.since = self.watcher.since;
        self.record(std::slice::from_ref(&event))?;
        self.save_if_due()?;
        tables::add_epoch(&self.run, &event)?;
        Ok(event)
    }

    /// Writes into the journal what the watcher has seen since the last time, and after it `events`.
    fn record(&mut self, events: &[Event]) -> Result<()> {
        let seen = self.watcher.take_events();
        self.checkpoint.journal = self.journal.write_all(&[&seen, events].concat())?;
        Ok(())
    }

    /// The score on the validation part, if there is one.
    fn validate(&mut self) -> Result<Option<Score>> {
        let Some(block) = self.data.held_out() else { return Ok(None) };
        if let Some((loss, right)) = self.learner.judge(block)? {
            let rows = block.len() as f64;
            return Ok(Some(Score { loss: loss / rows, accuracy: right as f64 / rows }));
        }
        self.learner.settle()?;
        evaluate::score(&self.learner.model.valid(), block, &self.device).map(Some)
    }

    /// The model as it is now.
    fn model(&self) -> Saved {
        Saved { weights: self.learner.model.weights(), ..self.saved.clone() }
    }
}
