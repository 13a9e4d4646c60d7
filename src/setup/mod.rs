//! The set-up of an experiment: every knob (`config.rs` declares them all), and what a configuration makes of data before
//! anybody decides how long to train it.
//!
//! A real run, a rate range test and the experiments of a diagnosis all begin the same way: knobs and data become a
//! network, a criterion and an optimizer. That beginning lives here, one floor below all of them, because procedures do
//! not import one another.
//!
//! | files | what they know |
//! |---|---|
//! | `config`, `knob`, `value` | the table of all knobs, what is known of each, and the types that they can have |
//! | `policy`, `rate`, `schedule` | knobs with rules of their own: the watch, trouble, the learning rate over a run |
//! | `check`, `defaults` | what no run can use, and what the data decide where nobody has chosen |
//! | `derived` | what follows from a configuration: optimizer, request for data, and so on |
//! | `written`, `file` | a configuration as TOML and as a command, and on the disk |
//! | `steps`, `watch` | the steps of a training, and which of them are examined |

mod check;
mod config;
mod defaults;
mod derived;
mod file;
mod knob;
mod policy;
mod rate;
mod schedule;
mod steps;
mod value;
mod watch;
mod written;

pub use config::{Config, KNOBS, Knob};
pub use knob::{May, Need, Range};
pub use policy::{OnTrouble, Watch};
pub use rate::{Auto, Rate};
pub use schedule::Schedule;
pub use steps::{Epoch, Step, Steps};
pub use watch::{Watcher, baseline};

use burn::tensor::Device;

use crate::data::{Data, available};
use crate::engine::{Precision, compiles};
use crate::error::{Error, Result};
use crate::learner::Learner;
use crate::model::{Criterion, Mlp, MlpConfig, Saved, Start};
use crate::ranks;

/// The widths of the network that `config` describes for `data`, from input to output.
pub fn layers(config: &Config, data: &Data) -> Vec<usize> {
    [vec![data.train.width()], config.hidden.clone(), vec![data.classes.names.len()]].concat()
}

/// The shape of the network that `config` describes for `data`.
fn network(config: &Config, data: &Data) -> MlpConfig {
    MlpConfig { layers: layers(config, data), activation: config.activation, dropout: config.dropout }
}

/// The model that `config` describes for `data`, without weights.
pub fn blank(config: &Config, data: &Data) -> Saved {
    Saved {
        network: network(config, data),
        input: data.shape.clone(),
        preparation: (*data.preparation).clone(),
        tones: data.tones,
        range: Some(data.range),
        sketch: Some(data.sketch.clone()),
        profile: data.profile.clone(),
        classes: data.classes.names.clone(),
        labels: data.classes.values.clone(),
        weights: Vec::new(),
    }
}

/// Refuses a network that this machine has no memory for: weights, gradients, two moments and a copy, float32 each.
///
/// # Errors
/// It would need more than there is.
pub fn affordable(config: &Config, data: &Data) -> Result<()> {
    // In f64, since the product of two widths that somebody mistyped may be more than a usize holds.
    let numbers: f64 = layers(config, data).windows(2).map(|pair| (pair[0] as f64 + 1.0) * pair[1] as f64).sum();
    let (needed, there) = (5.0 * 4.0 * numbers * ranks::beside() as f64, available() as f64);
    if needed <= there {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the network would need {:.0} MB and {:.0} MB are free; give smaller --hidden layers",
        needed / 1e6,
        there / 1e6
    )))
}

/// A learner before its first step; `device` is a plain one.
///
/// # Errors
/// The weights of `--from` cannot be read or belong to another network, or the device knows no such precision.
pub fn learner(config: &Config, data: &Data, device: &Device) -> Result<Learner> {
    if config.precision != Precision::F32 && !compiles(device) {
        let name = config.precision.name();
        return Err(Error::usage(format!("this device does not compute in {name}; take a GPU, or --precision f32")));
    }
    let device = device.clone().autodiff();
    let model = beginning(config, data, &network(config, data), &device)?.at(config.precision);
    Ok(Learner::new(model, config.optimizer().init(), criterion(config, data), device))
}

/// The network before its first step: drawn, or with the weights of `--from`.
fn beginning(config: &Config, data: &Data, network: &MlpConfig, device: &Device) -> Result<Mlp> {
    let Some(path) = &config.from else {
        return Ok(network.init(config.draw(), config.seed, device));
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

/// The loss as `config` wants it for `data`. With `--balance` class k weighs n / (K · n_k), where n_k of the n rows are of
/// it and K is the number of classes: all classes then have the same share in the loss (King and Zeng 2001).
pub fn criterion(config: &Config, data: &Data) -> Criterion {
    let classes = data.classes.names.len();
    let mut criterion = Criterion {
        smoothing: config.label_smoothing as f32,
        loss: config.loss,
        reduction: config.reduction,
        ..Criterion::hard(classes)
    };
    if config.balance {
        let weight = |count: usize| data.train.len() as f32 / (classes * count.max(1)) as f32;
        criterion.weights = data.counts().into_iter().map(weight).collect();
    }
    criterion
}
