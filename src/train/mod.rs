//! Training: the loop from data to the best weights, read downward.
//!
//! [`Training`] is pulled, epoch by epoch, by whoever wants to watch; it never calls back. What it knows that cannot
//! be computed again is one [`Checkpoint`], written after every epoch, so a killed run loses at most an epoch and a
//! resumed one ends with the same bits.

mod config;
mod interrupt;
mod patience;
mod run;
mod schedule;

pub use config::Config;
pub use interrupt::interrupt;
pub use patience::Patience;
pub use run::Run;
pub use schedule::Schedule;

use burn::module::Module;
use burn::tensor::Device;

use crate::data::{Batch, Batches, Block, Data, InputDropout};
use crate::error::{Error, Result};
use crate::evaluate::{self, Report};
use crate::journal::{Event, Journal};
use crate::learner::{Checkpoint, Learner, Pass, write_beside};
use crate::model::{Mlp, MlpConfig, Saved, Start, Targets};
use crate::numerics::Score;

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
}

/// What a run reached, measured with its best weights.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The epoch of the best weights.
    pub best_epoch: usize,
    /// On the rows learned.
    pub train: Score,
    /// On the validation part, if there is one.
    pub validation: Option<Score>,
    /// On the test half, if there is one.
    pub test: Option<Score>,
    /// Which rows the report is about.
    pub judged: &'static str,
    /// On the test half; without one, on the validation part, or on the rows learned.
    pub report: Report,
}

impl<'a> Training<'a> {
    /// Starts a run on `device`, a plain one, in an empty folder.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn start(config: &'a Config, data: &'a Data, run: &'a Run, device: &Device) -> Result<Self> {
        let layers = [vec![data.train.width()], config.hidden.clone(), vec![data.classes.names.len()]].concat();
        let network = MlpConfig { layers: layers.clone(), activation: config.activation, dropout: config.dropout };
        let saved = Saved {
            network,
            input: data.shape.clone(),
            scale: data.scale.clone(),
            classes: data.classes.names.clone(),
            labels: data.classes.values.clone(),
            weights: Vec::new(),
        };
        let model = beginning(config, data, &saved.network, &device.clone().autodiff())?;
        let learner = Learner::new(model, config.optimizer().init(), targets(config, data), device.clone().autodiff());
        run.write_config(config)?;
        let mut journal = Journal::open(&run.file("journal.jsonl"), 0)?;
        let rows = data.train.len();
        let length = journal.write(&Event::Start { data: data.name.clone(), layers, rows })?;
        let place = Checkpoint { journal: length, ..Checkpoint::default() };
        let training = Training { config, data, run, device: device.clone(), learner, saved, journal, place };
        training.save()?;
        Ok(training)
    }

    /// Continues a run where its checkpoint is.
    ///
    /// # Errors
    /// There is none, or it belongs to other data.
    pub fn resume(config: &'a Config, data: &'a Data, run: &'a Run, device: &Device) -> Result<Self> {
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
        let learner = Learner::new(saved.network(&autodiff), optimizer, targets(config, data), autodiff);
        run.write_config(config)?;
        let journal = Journal::open(&run.file("journal.jsonl"), place.journal)?;
        Ok(Training { config, data, run, device: device.clone(), learner, saved, journal, place })
    }

    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        self.learner.model.num_params()
    }

    /// Epochs that are complete.
    pub fn epochs(&self) -> usize {
        self.place.epoch
    }

    /// Trains one epoch; `None` when the run is over.
    ///
    /// # Errors
    /// A number that is not finite, Ctrl-C, or no space.
    pub fn epoch(&mut self) -> Result<Option<Event>> {
        if self.place.stopped || self.place.epoch >= self.config.epochs {
            return Ok(None);
        }
        interrupt::running();
        let (seed, epoch) = (self.config.seed, self.place.epoch);
        let batches = Batches::shuffled(&self.data.train, self.config.batch_size, seed, epoch)
            .posed(self.data.poses.as_ref())
            .dropped(InputDropout::new(self.config.input_dropout));
        let device = self.device.clone().autodiff();
        std::thread::scope(|scope| {
            for rows in batches.ahead(scope, self.place.batch, rayon::current_num_threads()) {
                self.stop_if_interrupted()?;
                let batch = rows?.to(&device);
                self.seed_dropout(&device);
                let pass = self.learner.pass(&batch);
                self.refuse_if_sick(&batch, &pass)?;
                self.count(&batch, &pass);
                self.learner.update(self.rate(batches.len()), self.config.clip, pass);
                self.place.batch += 1;
                self.place.step += 1;
            }
            Ok(())
        })?;
        let event = self.close_epoch(batches.len())?;
        Ok(Some(event))
    }

    /// Measures the best weights on every part; the test half is touched here and nowhere else.
    ///
    /// # Errors
    /// No space.
    pub fn finish(self) -> Result<Outcome> {
        let best = Saved::read(&self.run.path)?;
        let model = best.network(&self.device);
        let score = |block: &Block| evaluate::score(&model, block, &self.device);
        let (judged, block) = match &self.data.test {
            Some(test) => ("test", test),
            None if !self.data.validation.is_empty() => ("validation", &self.data.validation),
            None => ("training", &self.data.train),
        };
        let (report, mistakes) = Report::of(&model, block, &self.device)?;
        let report = report.named(&best.classes);
        self.run.write_mistakes(&report, &mistakes, &best.classes)?;
        Ok(Outcome {
            best_epoch: self.place.best.map_or(0, |(epoch, _)| epoch),
            train: score(&self.data.train)?,
            validation: Some(&self.data.validation).filter(|b| !b.is_empty()).map(score).transpose()?,
            test: self.data.test.as_ref().map(|_| report.score()),
            judged,
            report,
        })
    }

    /// The learning rate of the next update.
    fn rate(&self, batches: usize) -> f64 {
        self.config.schedule.rate(self.config.rate(), self.place.step, self.config.epochs * batches)
    }

    /// Dropout masks are a function of (seed, step), as the shuffle is of (seed, epoch).
    fn seed_dropout(&self, device: &Device) {
        if self.config.dropout > 0.0 {
            device.seed(self.config.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.place.step as u64);
        }
    }

    fn count(&mut self, batch: &Batch, pass: &Pass) {
        let rows = batch.labels.len() as f64;
        let sums = [pass.loss * rows, pass.correct as f64, rows, pass.norm * rows];
        self.place.sums.iter_mut().zip(sums).for_each(|(sum, x)| *sum += x);
    }

    /// Ends the run before the update if loss or gradient is not finite.
    fn refuse_if_sick(&mut self, batch: &Batch, pass: &Pass) -> Result<()> {
        if pass.loss.is_finite() && pass.norm.is_finite() {
            return Ok(());
        }
        let (step, first) = (self.place.step, self.learner.first_nonfinite(batch, pass));
        self.journal.write(&Event::Diverged { step, first: first.clone() })?;
        let largest = self.learner.vitals().max;
        Err(Error::Diverged(format!(
            "training diverged at step {step}: `{first}` is the first value that is not finite and the largest weight is {largest:.3e}; \
             the update was not made and the last healthy weights are kept; lower --rate (it is {}), \
             use the standard --init or --scale standard",
            self.config.rate()
        )))
    }

    /// Saves and ends the run if Ctrl-C was pressed.
    fn stop_if_interrupted(&mut self) -> Result<()> {
        if !interrupt::asked() {
            return Ok(());
        }
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
        if !judged.loss.is_finite() {
            return Err(self.sick_weights());
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
        self.place.journal = self.journal.write(&event)?;
        self.save()?;
        self.run.write_metrics()?;
        Ok(event)
    }

    fn validate(&self) -> Result<Option<Score>> {
        let block = Some(&self.data.validation).filter(|block| !block.is_empty());
        block.map(|block| evaluate::score(&self.learner.model.valid(), block, &self.device)).transpose()
    }

    fn sick_weights(&mut self) -> Error {
        Error::Diverged(format!(
            "training diverged in the update of step {}: the loss after it is not finite; the last healthy weights are kept; lower --rate (it is {})",
            self.place.step - 1,
            self.config.rate()
        ))
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

/// The network before its first step: drawn, or with the weights of `--from`.
fn beginning(config: &Config, data: &Data, network: &MlpConfig, device: &Device) -> Result<Mlp> {
    let Some(path) = &config.from else {
        return Ok(network.init(config.init(), config.seed, device));
    };
    let start = Start::read(path)?;
    if start.layers != network.layers {
        return Err(Error::data(format!(
            "the weights in `{}` are of {:?} and `{}` needs {:?}; give the data they belong to, or start afresh",
            path.display(),
            start.layers,
            data.name,
            network.layers
        )));
    }
    Ok(network.with_weights(start.weights, device))
}

/// Label smoothing and class weights, the latter n / (K · n of the class).
fn targets(config: &Config, data: &Data) -> Targets {
    let classes = data.classes.names.len();
    let mut targets = Targets { smoothing: config.label_smoothing as f32, ..Targets::hard(classes) };
    if config.balance {
        let mut counts = vec![0usize; classes];
        data.train.labels().iter().for_each(|&y| counts[y as usize] += 1);
        let weight = |&count: &usize| data.train.len() as f32 / (classes * count.max(1)) as f32;
        targets.weights = counts.iter().map(weight).collect();
    }
    targets
}
