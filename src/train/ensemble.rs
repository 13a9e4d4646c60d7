//! An ensemble: networks of several seeds are trained one after another on the same split, and answer together by the
//! mean of their probabilities.
//!
//! Each network is a run of its own, in the folders 1, 2 and so on of the ensemble, so it can be resumed, looked at and
//! diagnosed like any other run. As long as the ensemble is being trained this process alone can do so, since it holds
//! the folder of the ensemble and that of every network in it.

use burn::tensor::Device;

use super::{Scores, Training, settled};
use crate::data::{Data, Origin, Request};
use crate::error::{Error, Result};
use crate::model::{Committee, Saved};
use crate::run::{Hold, Run, RunFile};
use crate::setup::Config;

/// The trainings of the networks, in order; each is pulled to its end before the next is asked for.
pub struct Ensemble {
    config: Config,
    data: Data,
    run: Hold,
    device: Device,
    /// The networks that were begun, now or by an earlier process.
    held: Vec<Hold>,
    next: usize,
}

impl Ensemble {
    /// Begins an ensemble of `config.ensemble` networks, or goes on with the one that is in the folder.
    ///
    /// # Errors
    /// The folder holds the run of one network, or an ensemble of more networks, or another process trains one of them.
    pub fn open(config: Config, data: Data, run: Hold, device: &Device) -> Result<Self> {
        if run.has(RunFile::Checkpoint) {
            return Err(Error::usage(format!(
                "`{}` is the run of one network; give --ensemble a folder of its own with --run",
                run.path.display()
            )));
        }
        if run.member(config.ensemble + 1).has(RunFile::Config) {
            return Err(Error::usage(format!(
                "`{}` holds more than {} networks; --ensemble can add some and take none away",
                run.path.display(),
                config.ensemble
            )));
        }
        let there = (1..=config.ensemble).map(|number| run.member(number)).take_while(Run::begun);
        let held = there.map(|member| member.hold()).collect::<Result<Vec<_>>>()?;
        for hold in held.iter().filter(|hold| hold.has(RunFile::Checkpoint)) {
            let before = Config::of(hold)?;
            settled::learned_out(&before, &Config { epochs: config.epochs, ..before.clone() }, hold)?;
        }
        config.keep(&run)?;
        Origin::of(&config.request(), &data).keep(&run)?;
        Ok(Ensemble { config, data, run, device: device.clone(), held, next: 1 })
    }

    /// The configuration of the ensemble.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The data that all networks learn.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The folder of the ensemble.
    pub fn run(&self) -> &Hold {
        &self.run
    }

    /// What the networks have reached together.
    ///
    /// # Errors
    /// No space, or a network is missing.
    pub fn finish(self) -> Result<Scores> {
        let models = Saved::read_all(&self.run.path)?;
        let together = Committee::new(&models, &self.data.preparation, &self.device).at(self.config.precision);
        Scores::measure(&together, &self.data, &self.run, &self.device)
    }

    /// The data as this network learns it: a repair may have changed how it is prepared.
    fn prepared(&self, data: Data, own: &Config) -> Result<Data> {
        let (whole, own) = (self.config.request(), own.request());
        let same = Request { seed: own.seed, memory: own.memory, ..whole } == own;
        if same { Ok(data) } else { data.prepared(&own) }
    }

    /// Begins network `number`, or goes on with it.
    fn training(&mut self, number: usize) -> Result<Training> {
        let (run, data) = (self.run.member(number), self.data.clone());
        let begun = self.held.get(number - 1).cloned();
        if let Some(hold) = begun.as_ref().filter(|hold| hold.has(RunFile::Checkpoint)) {
            let own = Config { epochs: self.config.epochs, join: self.config.join, ..Config::of(hold)? };
            let data = self.prepared(data, &own)?;
            return Training::resume(own, data, hold.clone(), &self.device);
        }
        let hold = match begun {
            Some(killed) => killed.clear().map(|()| killed)?, // before its first checkpoint
            None => Run::create(Some(&run.path), "", true)?,
        };
        self.held.resize(self.held.len().max(number), hold.clone());
        let seed = self.config.seed.wrapping_add(number as u64 - 1);
        let split_seed = self.config.split_seed.or(Some(self.config.seed));
        let config = Config { ensemble: 1, seed, split_seed, ..self.config.clone() };
        let unseen = number == 1; // all networks have the same data
        Training::start_on((config, data), hold, &self.device, unseen)
    }
}

impl Iterator for Ensemble {
    type Item = Result<Training>;

    fn next(&mut self) -> Option<Result<Training>> {
        let number = self.next;
        if number > self.config.ensemble {
            return None;
        }
        self.next += 1;
        Some(self.training(number).map(|training| training.part_of(&self.run, format!("network {number}"))))
    }
}
