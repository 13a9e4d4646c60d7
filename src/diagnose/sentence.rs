//! What a remedy that helps says about the cause, as half a sentence for a person.
//!
//! The sentence is about the configuration as it was, not about the cure: it names the value that did harm and by what
//! means. A remedy that puts a knob back to its default needs no sentence of its own; the last line of [`doubtful`] speaks
//! for a knob that nobody has written one for. The experiments have shown before that the value does harm; nothing here
//! decides, so a sentence that is merely unhelpful can be changed without a look at the search.

use super::compare::exploded;
use super::experiment::Performance;
use super::remedy::Remedy;
use super::{Ablation, Cause};
use crate::model::{Init, Loss};
use crate::setup::{Config, Knob};

impl Remedy {
    /// The cause that it takes away, with what is reached without it.
    pub fn named(&self, config: &Config, without: Option<&Performance>) -> Cause {
        let effect = |found: &Performance| Ablation {
            accuracy: found.held.accuracy,
            score: found.held.score,
            loss: exploded(found).then_some(found.train.loss),
        };
        Cause {
            name: self.knob().into(),
            place: format!("--{}", self.knob()),
            say: self.cause(config),
            effect: without.map(effect),
        }
    }

    /// What was wrong with `config` if this helps.
    fn cause(&self, config: &Config) -> String {
        match self {
            Remedy::Default(name) => doubtful(name, config),
            Remedy::Hidden(widths) => hidden(widths, config),
            Remedy::Optimizer => {
                format!("{} makes no headway in this network; adamw does, at its own rate", config.optimizer.name())
            }
            Remedy::Balance => "frequent classes drown the rare ones".into(),
            Remedy::Rate(rate) if *rate < config.rate() => format!("the learning rate {} is too high", config.rate()),
            Remedy::Rate(_) => format!("the learning rate {} is too low", config.rate()),
            Remedy::BatchSize(rows) => batch_size(*rows, config),
            Remedy::Epochs(_) => format!("{} epochs are too few updates", config.epochs),
            Remedy::Activation => {
                format!("gradients vanish in {} {} layers", config.hidden.len(), config.activation.name())
            }
            Remedy::Scale(_) => format!("features are not scaled (--scale {})", config.scale.name()),
        }
    }
}

/// The harm that the value of the knob called `name` does, where its default does better.
fn doubtful(name: &str, config: &Config) -> String {
    let value = Knob::named(name).and_then(|knob| knob.text(config)).unwrap_or_default();
    match name {
        "clip" => format!("gradients are clipped to {}", config.clip.unwrap_or_default()),
        "momentum" => {
            format!("momentum {} multiplies every step by {:.0}", config.momentum, 1.0 / (1.0 - config.momentum))
        }
        "weight-decay" => format!("weight decay {} takes back what is learned", config.weight_decay),
        "label-smoothing" => format!("label smoothing {} leaves too little of the labels", config.label_smoothing),
        "dropout" => format!("dropout {} leaves too few units", config.dropout),
        "input-dropout" => format!("input dropout {} leaves too few features", config.input_dropout),
        "augment" => format!("images that are moved (--augment {value}) do not help here"),
        "strength" => format!("images are moved {} times as far as usual", config.strength),
        "schedule" => format!("the {value} schedule does not suit the run"),
        "bias" => format!("hidden biases start at {}", config.bias),
        "gain" => format!("weights start {} times as large as they should", config.gain),
        "init" if config.draw().init == Init::Uniform01 => "weights start in 0..1, all positive".into(),
        "init" => format!("weights start {value}: units of a layer cannot become different"),
        "reduction" => format!(
            "the loss is summed over the batch: every step is as many times too long as the batch has rows, {}",
            config.batch_size
        ),
        "loss" if config.loss == Loss::OneOutput => {
            "a softmax over one output is always 1: nothing to learn from".into()
        }
        "loss" => "softmax is applied twice, so the loss hardly sees the logits".into(),
        _ => format!("--{name} {value} does harm"),
    }
}

/// What is wrong with the hidden layers of `config`, where layers of `widths` learn. Three or more layers of an activation
/// that saturates pass on too little of the gradient (Hochreiter 1991); other layers have too few units.
fn hidden(widths: &[usize], config: &Config) -> String {
    let (depth, name) = (config.hidden.len(), config.activation.name());
    match depth {
        0 => format!("a network without hidden layers cannot tell these classes apart; {widths:?} can learn it"),
        3.. if config.activation.saturates_at().is_some() => {
            format!("gradients vanish in {depth} {name} layers; {widths:?} can learn it")
        }
        _ => format!("hidden layers {:?} are too narrow or too many; {widths:?} can learn it", config.hidden),
    }
}

/// What is wrong with the batches of `config`, where batches of `rows` learn. A larger batch helps where steps follow the
/// noise of a few rows, a smaller one where there are too few steps.
fn batch_size(rows: usize, config: &Config) -> String {
    let (given, epochs) = (config.batch_size, Config::default().epochs);
    match (rows > given, config.epochs > epochs) {
        (true, _) => format!("batches of {given} make steps of chance"),
        (false, true) => {
            format!("batches of {given} rows leave too few updates; with smaller ones {epochs} epochs do")
        }
        (false, false) => format!("batches of {given} rows leave too few updates"),
    }
}
