//! What follows from a configuration: the optimizer, the draw of the weights and the request for data, and every knob in
//! words that are the same for any machine and any data.

use super::config::Config;
use super::rate::Rate;
use crate::data::{Choice, Memory, Request};
use crate::device;
use crate::learner::OptimizerConfig;
use crate::model::Draw;

impl Config {
    /// How many updates an epoch over so many training rows makes.
    pub fn batches(&self, rows: usize) -> usize {
        rows.div_ceil(self.batch_size).max(1)
    }

    /// The largest learning rate.
    pub fn rate(&self) -> f64 {
        match self.rate {
            Some(Rate::At(rate)) => rate,
            _ => self.optimizer.rate(),
        }
    }

    /// How the weights start.
    pub fn draw(&self) -> Draw {
        Draw { init: self.init.unwrap_or(self.activation.init()), gain: self.gain, bias: self.bias }
    }

    /// The optimizer with its constants.
    pub fn optimizer(&self) -> OptimizerConfig {
        OptimizerConfig {
            rule: self.optimizer,
            momentum: self.momentum,
            nesterov: self.nesterov,
            weight_decay: self.weight_decay,
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
        }
    }

    /// What to read.
    pub fn request(&self) -> Request {
        Request {
            file: self.data.clone(),
            test: self.test.clone(),
            choice: Choice {
                x: self.x.clone(),
                y: self.y.clone(),
                x_test: self.x_test.clone(),
                y_test: self.y_test.clone(),
            },
            validation: self.validation,
            fold: self.fold,
            scale: self.scale,
            missing: self.missing,
            augment: (self.augment, self.strength),
            seed: self.split_seed.unwrap_or(self.seed),
            memory: self.memory.unwrap_or_else(Memory::free),
        }
    }

    /// The same run on this machine with every knob in words that data do not decide: what `--print-config` shows. A
    /// rate of `auto` stays, since the data decide it.
    pub fn resolved(&self) -> Config {
        let resolved = Config {
            init: Some(self.draw().init),
            split_seed: Some(self.split_seed.unwrap_or(self.seed)),
            device: self.device.clone().or_else(|| device::first().map(|backend| backend.name.into())),
            memory: Some(self.memory.unwrap_or_else(Memory::free)),
            threads: Some(self.threads.unwrap_or_else(device::cores)),
            ..self.clone().rated()
        };
        resolved.tidied()
    }

    /// The same with the rate in a number where it is left to the optimizer.
    pub(super) fn rated(self) -> Config {
        Config { rate: Some(self.rate.unwrap_or(Rate::At(self.optimizer.rate()))), ..self }
    }
}
