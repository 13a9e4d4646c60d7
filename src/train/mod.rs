//! Training: the loop from data to the best weights, read downward.
//!
//! [`Training`] is pulled, epoch by epoch, by whoever wants to watch; it never calls back. What it knows that cannot
//! be computed again is one [`Checkpoint`], written after every epoch, so a killed run loses at most an epoch and a
//! resumed one ends with the same bits.

mod interrupt;
mod outcome;
mod patience;
mod repair;
mod run;
mod trouble;

pub use interrupt::interrupt;
pub use outcome::Outcome;
pub use patience::Patience;
pub use run::Run;

use burn::module::Module;
use burn::tensor::Device;

use crate::data::{Batch, Data, Origin};
use crate::error::{Error, Result};
use crate::evaluate;
use crate::journal::{self, Event, Journal};
use crate::learner::{Checkpoint, Learner, Pass, write_beside};
use crate::model::Saved;
use crate::numerics::{Finding, Score};
use crate::setup::{self, Config, Watcher};

/// A run in progress.
pub struct Training<'a> {
    config: &'a Config,
    data: &'a Data,
    run: &'a Run,
    device: Device,
    learner: Learner,
    saved: Saved,
    journal: Journal,
    place: Checkpoint,
    watcher: Watcher,
}

impl<'a> Training<'a> {
    /// Starts a run on `device`, a plain one, in an empty folder.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn start(config: &'a Config, data: &'a Data, run: &'a Run, device: &Device) -> Result<Self> {
        Self::begin(config, data, run, device, 0)
    }

    /// Begins at step 0 behind the first `length` bytes of the journal.
    fn begin(config: &'a Config, data: &'a Data, run: &'a Run, device: &Device, length: u64) -> Result<Self> {
        let saved = setup::blank(config, data);
        let learner = setup::learner(config, data, &saved.network, device)?;
        run.write_config(config)?;
        run.write_origin(Origin::of(&config.request(), data))?;
        let mut journal = Journal::open(&run.file("journal.jsonl"), length)?;
        let rows = data.train.len();
        let length =
            journal.write(&Event::Start { data: data.name.clone(), layers: saved.network.layers.clone(), rows })?;
        let place = Checkpoint { journal: length, ..Checkpoint::default() };
        let watcher = Watcher::new(config, data, device)?;
        let training = Training { config, data, run, device: device.clone(), learner, saved, journal, place, watcher };
        training.save()?;
        Ok(training)
    }

    /// Continues a run where its checkpoint is; anew where a repair took it away.
    ///
    /// # Errors
    /// There is none, or it belongs to other data.
    pub fn resume(config: &'a Config, data: &'a Data, run: &'a Run, device: &Device) -> Result<Self> {
        if !run.file("checkpoint").exists()
            && let Some(length) = run.repaired()?
        {
            return Self::begin(config, data, run, device, length);
        }
        let (mut place, saved, optimizer) =
            Checkpoint::read(&run.file("checkpoint"), config.optimizer().init(), device)?;
        if saved.network.layers[0] != data.train.width() || saved.labels != data.classes.values {
            return Err(Error::data(format!(
                "the run `{}` was trained on other features or classes than `{}` has; give its own data",
                run.path.display(),
                data.name
            )));
        }
        place.stopped = false;
        let autodiff = device.clone().autodiff();
        let learner = Learner::new(saved.network(&autodiff), optimizer, setup::targets(config, data), autodiff);
        run.write_config(config)?;
        run.write_origin(Origin::of(&config.request(), data))?;
        let journal = Journal::open(&run.file("journal.jsonl"), place.journal)?;
        run.write_metrics()?;
        let mut watcher = Watcher::new(config, data, device)?;
        watcher.remember(&journal::read(&run.file("journal.jsonl"))?, place.since);
        Ok(Training { config, data, run, device: device.clone(), learner, saved, journal, place, watcher })
    }

    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        self.learner.model.num_params()
    }

    /// Epochs that are complete.
    pub fn epochs(&self) -> usize {
        self.place.epoch
    }

    /// Trains until there is something to tell, a symptom or the end of an epoch; `None` when the run is over.
    ///
    /// # Errors
    /// A number that is not finite, Ctrl-C, or no space.
    pub fn advance(&mut self) -> Result<Option<Event>> {
        if let Some(finding) = self.watcher.untold() {
            return self.tell(finding).map(Some);
        }
        if self.place.stopped || self.place.epoch >= self.config.epochs {
            interrupt::stopped();
            return Ok(None);
        }
        interrupt::running();
        let batches = setup::batches(self.config, self.data, self.place.epoch);
        let device = self.device.clone().autodiff();
        let told = std::thread::scope(|scope| {
            for rows in batches.ahead(scope, self.place.batch, rayon::current_num_threads()) {
                self.stop_if_interrupted()?;
                let batch = rows?.to(&device);
                setup::seed_dropout(self.config, self.place.step, &device);
                let pass = self.learner.pass(&batch);
                if !pass.is_finite() {
                    if let Some(repaired) = self.refuse(&batch, &pass)? {
                        return Ok(Some(repaired));
                    }
                } else {
                    self.count(&batch, &pass);
                    self.update(batches.len(), (pass, batch.labels.len()));
                }
                self.place.batch += 1;
                self.place.step += 1;
                if let Some(finding) = self.watcher.untold() {
                    return self.tell(finding).map(Some);
                }
            }
            Ok(None)
        })?;
        told.map_or_else(|| self.close_epoch(batches.len()).map(Some), |event| Ok(Some(event)))
    }

    /// Measures the best weights on every part; the test half is touched here and nowhere else.
    ///
    /// # Errors
    /// No space.
    pub fn finish(mut self) -> Result<Outcome> {
        let best = Saved::read(&self.run.path)?;
        let outcome = Outcome::measure(&best.network(&self.device), self.data, self.run, &self.device)?;
        let findings = self.conclude(outcome.train, outcome.validation, &outcome.report)?;
        Ok(Outcome { best_epoch: self.place.best.map_or(0, |(epoch, _)| epoch), findings, ..outcome })
    }

    /// The learning rate of the next update.
    fn rate(&self, batches: usize) -> f64 {
        self.config.schedule.rate(self.config.rate(), self.place.step, self.config.epochs * batches)
    }

    fn count(&mut self, batch: &Batch, pass: &Pass) {
        if self.place.step == 0 {
            self.place.start = pass.loss;
        }
        let rows = batch.labels.len() as f64;
        let sums = [pass.loss * rows, pass.correct as f64, rows, pass.norm * rows];
        self.place.sums.iter_mut().zip(sums).for_each(|(sum, x)| *sum += x);
    }

    /// A symptom, or the repair of it.
    fn tell(&mut self, finding: Finding) -> Result<Event> {
        Ok(self.repair(&finding)?.unwrap_or(Event::Symptom(finding)))
    }

    /// Spends the gradients of a pass; the watcher looks on.
    fn update(&mut self, batches: usize, pass: (Pass, usize)) {
        let (step, rate, clip) = (self.place.step, self.rate(batches), self.config.clip);
        self.watcher.update(&mut self.learner, step, rate, clip, pass);
    }

    /// Saves and ends the run if Ctrl-C was pressed.
    fn stop_if_interrupted(&mut self) -> Result<()> {
        if !interrupt::asked() {
            return Ok(());
        }
        self.place.since = self.watcher.since;
        self.place.journal = self.journal.write_all(&self.watcher.take())?;
        self.save()?;
        let path = self.run.path.display();
        Err(Error::Interrupted(format!(
            "interrupted after step {}; go on with: backburn train --resume {path}",
            self.place.step
        )))
    }

    /// Validates, writes the epoch down, keeps the best weights, and makes the place safe.
    fn close_epoch(&mut self, batches: usize) -> Result<Event> {
        let [loss, correct, rows, norms] = std::mem::take(&mut self.place.sums);
        let train = Score { loss: loss / rows, accuracy: correct / rows };
        let validation = self.validate()?;
        let judged = validation.unwrap_or(train);
        if self.blown_up(train, judged) {
            return self.refuse_epoch(judged);
        }
        let patience = Patience { epochs: self.config.patience, min_delta: self.config.min_delta };
        let epoch = self.place.epoch + 1;
        let best = patience.improved(judged.loss, self.place.best.map(|(_, score)| score.loss));
        let rate = self.config.schedule.rate(self.config.rate(), self.place.step - 1, self.config.epochs * batches);
        let event =
            Event::Epoch { epoch, step: self.place.step, rate, train, validation, gradient: norms / rows, best };
        if best {
            self.place.best = Some((epoch, judged));
            write_beside(&self.run.file("best.safetensors"), &self.model().to_bytes()?)?;
        }
        self.place = Checkpoint { epoch, batch: 0, ..self.place.clone() };
        self.place.stopped = patience.exhausted(epoch, self.place.best.map_or(0, |(epoch, _)| epoch));
        self.place.since = self.watcher.since;
        self.place.journal = self.journal.write_all(&[self.watcher.take(), vec![event.clone()]].concat())?;
        self.save()?;
        self.run.write_metrics()?;
        Ok(event)
    }

    fn validate(&self) -> Result<Option<Score>> {
        let block = Some(&self.data.validation).filter(|block| !block.is_empty());
        block.map(|block| evaluate::score(&self.learner.model.valid(), block, &self.device)).transpose()
    }

    /// The model as it is now.
    fn model(&self) -> Saved {
        Saved { weights: self.learner.model.weights(), ..self.saved.clone() }
    }

    /// Writes last.safetensors and the checkpoint.
    fn save(&self) -> Result<()> {
        let model = self.model();
        write_beside(&self.run.file("last.safetensors"), &model.to_bytes()?)?;
        self.place.write(&self.run.file("checkpoint"), &self.learner, &model)
    }
}
