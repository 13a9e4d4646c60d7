//! The steps of a training, one after another: the only place where a batch, its rate, the seed of its dropout and
//! the update of the weights come together.
//!
//! A training, the replay after trouble, the rate range test and the experiments of a diagnosis all pull their steps
//! here, so they are bit for bit the same steps. A [`Step`] is pulled before anything has changed. Whoever pulled it
//! asks for its pass, decides, and lets it update the learner, or does not.
//!
//! ```no_run
//! # use backburn::{data::Data, device, error::Result, setup::{self, Config, Steps}};
//! # fn main() -> Result<()> {
//! let config = Config { hidden: vec![32], epochs: 5, ..Config::default() };
//! let (data, device) = (Data::load(&config.request())?, device::choose(None)?);
//! let mut learner = setup::learner(&config, &data, &device)?;
//! for step in Steps::new(&config, &data, &device) {
//!     let step = step?;
//!     let pass = step.pass(&learner);
//!     if !pass.is_finite() {
//!         break;
//!     }
//!     step.update(&mut learner, pass);
//! }
//! # Ok(())
//! # }
//! ```

use std::thread::Scope;

use burn::tensor::Device;

use super::{Config, Watcher};
use crate::data::{Batch, Batches, Data, HostBatch, InputDropout};
#[cfg(feature = "cube")]
use crate::engine::Load;
use crate::error::Result;
#[cfg(feature = "cube")]
use crate::learner::Planned;
use crate::learner::{Learner, Pass};

/// One step before it is made: a batch on the device, and all that its update depends on beside the learner.
pub struct Step {
    /// Its number in the run, the first is 0.
    pub number: usize,
    /// The learning rate of its update.
    pub rate: f64,
    /// The largest norm that its gradient may have.
    pub clip: Option<f64>,
    /// The seed of its dropout masks.
    pub seed: u64,
    /// The rows that it learns.
    pub batch: Batch,
}

impl Step {
    /// Goes forward and back with the rows of this step. Nothing has changed afterwards.
    pub fn pass(&self, learner: &Learner) -> Pass {
        learner.pass(&self.batch, self.seed)
    }

    /// Spends the gradients of a pass; those that are not finite are left out, so they never reach the weights.
    pub fn update(&self, learner: &mut Learner, pass: Pass) {
        if pass.is_finite() {
            learner.update(self.rate, self.clip, pass);
        }
    }

    /// Updates as [`Step::update`] does, and shows the watcher what it asked to see of this step, which is measured
    /// on the way.
    pub fn update_watched(&self, learner: &mut Learner, pass: Pass, watcher: &mut Watcher) {
        if pass.is_finite() {
            let (loss, correct, rows) = (pass.loss, pass.correct as f64, self.batch.labels.len() as f64);
            let seen = learner.update_seen(self.rate, self.clip, pass, watcher.scrutiny(self.number));
            watcher.see((self.number, self.rate), [loss * rows, correct, rows], seen);
        }
    }
}

/// The steps that a configuration makes of data, in order, from step 0 to the last of the run.
pub struct Steps<'a> {
    config: &'a Config,
    data: &'a Data,
    device: Device,
    rate: Box<dyn Fn(usize) -> f64 + 'a>,
    count: usize,
    next: usize,
    /// The batches of the epoch that the next step belongs to.
    epoch: Option<Batches<'a>>,
}

impl<'a> Steps<'a> {
    /// The steps of the whole run that `config` describes; `device` is a plain one.
    pub fn new(config: &'a Config, data: &'a Data, device: &Device) -> Self {
        let device = device.clone().autodiff();
        let steps = Steps { config, data, device, rate: Box::new(|_| 0.0), count: 0, next: 0, epoch: None };
        let count = config.epochs * steps.per_epoch();
        steps.within(count)
    }

    /// As many steps as `count`, with the schedule of the rate squeezed or stretched to their number.
    pub fn within(self, count: usize) -> Self {
        let config = self.config;
        Steps { count, rate: Box::new(move |step| config.schedule.rate(config.rate(), step, count)), ..self }
    }

    /// The same steps at rates that are a function of the step's number, whatever the schedule says.
    pub fn at_rates(self, rate: impl Fn(usize) -> f64 + 'a) -> Self {
        Steps { rate: Box::new(rate), ..self }
    }

    /// The learning rate of step `number`.
    pub fn rate(&self, number: usize) -> f64 {
        (self.rate)(number)
    }

    /// How many steps an epoch has.
    pub fn per_epoch(&self) -> usize {
        self.config.batches(self.data.train.len())
    }

    /// Epoch number `epoch`, the first is 0. Its rows are put into their order now.
    pub fn epoch(&self, epoch: usize) -> Epoch<'_> {
        Epoch { steps: self, batches: self.batches(epoch) }
    }

    /// The batches of an epoch: shuffled, every image in its pose, features switched off, divided among the ranks.
    /// All of it is a function of (seed, epoch, row), so the batches of a resumed run are those of an uninterrupted
    /// one.
    fn batches(&self, epoch: usize) -> Batches<'a> {
        Batches::shuffled(&self.data.train, self.config.batch_size, self.config.seed, epoch)
            .posed(self.data.poses.as_ref())
            .dropped(InputDropout::new(self.config.input_dropout))
            .shared()
    }

    /// Step `number`, which learns `rows`.
    fn step(&self, number: usize, rows: HostBatch) -> Step {
        let (rate, clip, seed) = (self.rate(number), self.config.clip, self.seed(number));
        Step { number, rate, clip, seed, batch: rows.to(&self.device) }
    }

    /// The seed of the dropout of step `number`. The masks are a function of (seed, step), as the shuffle of the rows
    /// is one of (seed, epoch).
    fn seed(&self, number: usize) -> u64 {
        self.config.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number as u64
    }
}

/// One epoch of a run.
pub struct Epoch<'s> {
    steps: &'s Steps<'s>,
    batches: Batches<'s>,
}

impl Epoch<'_> {
    /// The steps of this epoch from batch `batch` on, the first of which is step `number` of the run. Their rows are
    /// gathered ahead by threads of `scope`, see [`Batches::ahead`].
    pub fn ahead<'e>(
        &'e self,
        scope: &'e Scope<'e, '_>,
        batch: usize,
        number: usize,
    ) -> impl Iterator<Item = Result<Step>> + 'e {
        let rows = self.batches.ahead(scope, batch, rayon::current_num_threads());
        rows.zip(number..).map(|(rows, number)| Ok(self.steps.step(number, rows?)))
    }
}

#[cfg(feature = "cube")]
impl Epoch<'_> {
    /// The order of the rows; `None` if they are divided among ranks.
    pub fn order(&self) -> Option<&[u32]> {
        self.batches.order()
    }

    /// Whether a device can keep the rows, because those of every epoch are the same.
    pub fn stay(&self) -> bool {
        self.batches.stay()
    }

    /// The rows from batch `batch` on for a device that has room for two times `half` batches, see [`Batches::loads`].
    pub fn loads<'e>(
        &'e self,
        scope: &'e Scope<'e, '_>,
        batch: usize,
        half: usize,
    ) -> impl Iterator<Item = Result<Load>> + 'e {
        self.batches.loads(scope, (batch, half), rayon::current_num_threads())
    }

    /// The learning rate of step `number` of the run.
    pub fn rate(&self, number: usize) -> f64 {
        self.steps.rate(number)
    }

    /// What a device has to know of the steps of this epoch, the first of which is step `number` of the run.
    pub fn plan(&self, number: usize) -> Vec<Planned> {
        let clip = self.steps.config.clip;
        let of = |number| Planned { rate: self.steps.rate(number), clip, seed: self.steps.seed(number) };
        (number..number + self.batches.len()).map(of).collect()
    }

    /// The step with batch `batch`, which is step `number` of the run.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub fn step(&self, batch: usize, number: usize) -> Result<Step> {
        Ok(self.steps.step(number, self.batches.get(batch)?))
    }
}

impl Iterator for Steps<'_> {
    type Item = Result<Step>;

    fn next(&mut self) -> Option<Result<Step>> {
        let number = self.next;
        let (epoch, place) = (number / self.per_epoch(), number % self.per_epoch());
        if number >= self.count {
            return None;
        }
        if place == 0 || self.epoch.is_none() {
            self.epoch = Some(self.batches(epoch));
        }
        self.next += 1;
        let rows = self.epoch.as_ref()?.get(place);
        Some(rows.map(|rows| self.step(number, rows)))
    }
}
