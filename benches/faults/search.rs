//! The rival of the diagnosis: a random search over all knobs, with as many updates.

use backburn::data::{Data, Scale};
use backburn::diagnose::{self, Performance};
use backburn::error::Result;
use backburn::learner::Rule;
use backburn::model::{Activation, Init, Loss, Reduction};
use backburn::setup::{Config, Rate};
use burn::tensor::Device;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// The best of random configurations, as many as `steps` updates allow.
pub fn best(config: &Config, steps: usize, device: &Device, rng: &mut ChaCha8Rng) -> Result<Config> {
    let mut best = (f64::MIN, config.clone());
    let mut left = steps as isize;
    while left > 0 {
        let mut tried = config.clone();
        let any = |rng: &mut ChaCha8Rng| rng.random::<f64>() < 0.5;
        if any(rng) {
            tried.rate = Some(Rate::At(10f64.powf(rng.random_range(-5.0..1.0))));
        }
        if any(rng) {
            tried.init = Some(*Init::ALL.choose(rng).unwrap());
            (tried.gain, tried.bias) =
                (10f64.powf(rng.random_range(-1.0..1.0)), *[0.0, 0.1, -1.0].choose(rng).unwrap());
        }
        if any(rng) {
            tried.scale = *Scale::ALL.choose(rng).unwrap();
        }
        if any(rng) {
            tried.activation = *Activation::ALL.choose(rng).unwrap();
            tried.hidden = vec![*[16, 64, 256].choose(rng).unwrap(); rng.random_range(1..4)];
        }
        if any(rng) {
            (tried.optimizer, tried.momentum) = (*Rule::ALL.choose(rng).unwrap(), *[0.0, 0.9].choose(rng).unwrap());
            (tried.weight_decay, tried.dropout) =
                (*[0.0, 0.01].choose(rng).unwrap(), *[0.0, 0.2, 0.5].choose(rng).unwrap());
            tried.clip = *[None, Some(1.0)].choose(rng).unwrap();
        }
        if any(rng) {
            (tried.batch_size, tried.epochs) = (*[16, 64, 256].choose(rng).unwrap(), config.epochs.max(20));
            tried.balance = any(rng);
        }
        if any(rng) {
            tried.reduction = *Reduction::ALL.choose(rng).unwrap();
            tried.loss = *Loss::ALL.choose(rng).unwrap();
        }
        let data = Data::load(&tried.request())?;
        let outcome: Performance = diagnose::try_out(&tried, &data, device)?;
        left -= outcome.steps.max(20) as isize;
        if outcome.train.skill.min(outcome.held.skill) > best.0 {
            best = (outcome.train.skill.min(outcome.held.skill), tried);
        }
    }
    Ok(best.1)
}
