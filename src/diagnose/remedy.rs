//! Remedies: the single changes of a configuration that an experiment can try, and what each says about the cause.
//!
//! A remedy puts one knob back to what is known to work. Whether it was needed is never read off the knob: the
//! experiments leave it out and look.

use super::Cause;
use super::compare::exploded;
use super::experiment::Outcome;
use crate::data::{Augment, Scale};
use crate::learner::Rule;
use crate::model::{Activation, Init, Loss, Reduction};
use crate::setup::{Config, Rate, Schedule};

/// A change of one knob, in the order in which experiments try to do without: those that treat many symptoms first,
/// those that put a mistake right last, so that what remains is the mistake and not its treatment.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Wide enough hidden layers.
    Hidden(Vec<usize>),
    /// AdamW at its own rate.
    Optimizer,
    /// Gradients of another size allowed.
    Clip,
    /// No momentum.
    Momentum,
    /// No weight decay.
    WeightDecay,
    /// Hard labels.
    LabelSmoothing,
    /// Every unit on.
    Dropout,
    /// Every feature on.
    InputDropout,
    /// Images as they are.
    Augment,
    /// Images moved no farther than usual.
    Strength,
    /// The rate reaches its height.
    Schedule,
    /// Rare classes weigh as much as frequent ones.
    Balance,
    /// Another learning rate.
    Rate(f64),
    /// Batches of a usual size.
    BatchSize(usize),
    /// More passes over the rows.
    Epochs(usize),
    /// An activation that lets gradients through.
    Activation,
    /// Features of a usual size.
    Scale(Scale),
    /// Biases at zero.
    Bias,
    /// Drawn weights as they are.
    Gain,
    /// Weights drawn to fit the activation.
    Init,
    /// The mean over a batch.
    Reduction,
    /// Softmax and cross-entropy, once.
    Loss,
}

/// Rows in a batch that suit `rows` rows.
pub fn batch_size(rows: usize) -> usize {
    (rows / 16).clamp(8, 64)
}

/// Updates that are enough to see whether a small network learns.
pub const FEW: usize = 200;

impl Remedy {
    /// What can be put back in `config` without another architecture, but for the rate; `scale` is what the features
    /// need, `rows` how many are learned.
    pub fn all(config: &Config, scale: Option<Scale>, rows: usize, rare: bool) -> Vec<Remedy> {
        let draw = config.draw();
        let batch = batch_size(rows);
        let odd_batch =
            config.batch_size < 8 || config.batch_size.min(rows) > 4 * batch && config.batch_size > rows / 8;
        let mistaken = matches!(draw.init, Init::Uniform01 | Init::Constant | Init::Zeros);
        let wanted = [
            (config.clip.is_some(), Remedy::Clip),
            (config.momentum > 0.0, Remedy::Momentum),
            (config.weight_decay > 0.0, Remedy::WeightDecay),
            (config.label_smoothing > 0.0, Remedy::LabelSmoothing),
            (config.dropout > Config::default().dropout, Remedy::Dropout),
            (config.input_dropout > 0.0, Remedy::InputDropout),
            (config.augment != Augment::None, Remedy::Augment),
            (config.augment != Augment::None && config.strength > 1.0, Remedy::Strength),
            (config.schedule == Schedule::Step, Remedy::Schedule),
            (rare && !config.balance, Remedy::Balance),
            (odd_batch, Remedy::BatchSize(batch)),
            (mistaken && config.from.is_none(), Remedy::Init),
            (draw.gain != 1.0 && config.from.is_none(), Remedy::Gain),
            (draw.bias != 0.0 && config.from.is_none(), Remedy::Bias),
            (config.reduction != Reduction::Mean, Remedy::Reduction),
            (config.loss != Loss::CrossEntropy, Remedy::Loss),
        ];
        let mut all: Vec<Remedy> = wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, remedy)| remedy).collect();
        all.extend(scale.map(Remedy::Scale));
        let batch = if odd_batch { batch } else { config.batch_size };
        let steps = config.epochs * rows.div_ceil(batch);
        if steps < FEW {
            all.push(Remedy::Epochs((3 * FEW).div_ceil(rows.div_ceil(batch))));
        }
        all.sort_by_key(Remedy::order);
        all
    }

    /// Another architecture: what a network that cannot learn this may need. Softmax regression, which has no hidden
    /// layer, is a kind of model of its own that people choose; only where it does no more than guess it needs one.
    pub fn architecture(config: &Config, guesses: bool) -> Vec<Remedy> {
        let narrowest = config.hidden.iter().min();
        let narrow = narrowest.map_or(guesses, |&width| width < 64) || config.hidden.len() > 2;
        let wanted = [
            (narrow && config.hidden != [256] && config.from.is_none(), Remedy::Hidden(vec![256])),
            (!matches!(config.optimizer, Rule::Adam | Rule::Adamw), Remedy::Optimizer),
            (config.activation != Activation::Relu && !config.hidden.is_empty(), Remedy::Activation),
        ];
        wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, remedy)| remedy).collect()
    }

    /// Where it stands among all.
    pub fn order(&self) -> usize {
        let treatments = ["hidden", "optimizer", "clip", "momentum", "weight-decay", "label-smoothing", "dropout"];
        let between = ["input-dropout", "augment", "strength", "schedule", "rate", "batch-size", "epochs"];
        let mistakes = ["activation", "balance", "scale", "bias", "gain", "init", "reduction", "loss"];
        let all = treatments.iter().chain(&between).chain(&mistakes);
        all.into_iter().position(|name| *name == self.knob()).unwrap_or(usize::MAX)
    }

    /// The knob that it turns, by the name of its flag.
    pub fn knob(&self) -> &'static str {
        match self {
            Remedy::Hidden(_) => "hidden",
            Remedy::Optimizer => "optimizer",
            Remedy::Clip => "clip",
            Remedy::Momentum => "momentum",
            Remedy::WeightDecay => "weight-decay",
            Remedy::LabelSmoothing => "label-smoothing",
            Remedy::Dropout => "dropout",
            Remedy::InputDropout => "input-dropout",
            Remedy::Augment => "augment",
            Remedy::Strength => "strength",
            Remedy::Schedule => "schedule",
            Remedy::Balance => "balance",
            Remedy::Rate(_) => "rate",
            Remedy::BatchSize(_) => "batch-size",
            Remedy::Epochs(_) => "epochs",
            Remedy::Activation => "activation",
            Remedy::Scale(_) => "scale",
            Remedy::Bias => "bias",
            Remedy::Gain => "gain",
            Remedy::Init => "init",
            Remedy::Reduction => "reduction",
            Remedy::Loss => "loss",
        }
    }

    /// Whether it replaces a choice that is no mistake in itself, so that a cure without it may be somewhat worse.
    pub fn is_choice(&self) -> bool {
        matches!(self, Remedy::Optimizer)
    }

    /// Whether it makes the run longer.
    pub fn is_longer(&self) -> bool {
        matches!(self, Remedy::Epochs(_))
    }

    /// Turns the knob.
    pub fn apply(&self, config: &mut Config) {
        let standard = Config::default();
        match self {
            Remedy::Hidden(widths) => config.hidden = widths.clone(),
            Remedy::Optimizer => {
                (config.optimizer, config.rate) = (Rule::Adamw, None);
                (config.momentum, config.nesterov) = (0.0, false);
            }
            Remedy::Clip => config.clip = None,
            Remedy::Momentum => (config.momentum, config.nesterov) = (0.0, false),
            Remedy::WeightDecay => config.weight_decay = 0.0,
            Remedy::LabelSmoothing => config.label_smoothing = 0.0,
            Remedy::Dropout => config.dropout = standard.dropout,
            Remedy::InputDropout => config.input_dropout = standard.input_dropout,
            Remedy::Augment => config.augment = standard.augment,
            Remedy::Strength => config.strength = standard.strength,
            Remedy::Schedule => config.schedule = standard.schedule,
            Remedy::Balance => config.balance = true,
            Remedy::Rate(rate) => config.rate = Some(Rate::At(*rate)),
            Remedy::BatchSize(rows) => {
                if *rows < config.batch_size {
                    config.epochs = config.epochs.min(standard.epochs); // each has many more updates now
                }
                config.batch_size = *rows;
            }
            Remedy::Epochs(epochs) => config.epochs = config.epochs.max(*epochs),
            Remedy::Activation => config.activation = Activation::Relu,
            Remedy::Scale(scale) => config.scale = *scale,
            Remedy::Bias => config.bias = standard.bias,
            Remedy::Gain => config.gain = standard.gain,
            Remedy::Init => config.init = None,
            Remedy::Reduction => config.reduction = standard.reduction,
            Remedy::Loss => config.loss = standard.loss,
        }
    }

    /// `config` with every one of `remedies`.
    pub fn applied(remedies: &[Remedy], config: &Config) -> Config {
        let mut cured = config.clone();
        let mut ordered: Vec<&Remedy> = remedies.iter().collect();
        ordered.sort_by_key(|remedy| (**remedy == Remedy::Optimizer, remedy.order())); // it sets a rate of its own
        ordered.into_iter().for_each(|remedy| remedy.apply(&mut cured));
        cured
    }

    /// The cause that it takes away, with what is reached without it.
    pub fn named(&self, config: &Config, without: Option<&Outcome>) -> Cause {
        Cause {
            cause: self.knob().into(),
            text: self.cause(config),
            without: without.map(|outcome| outcome.held.accuracy),
            loss: without.filter(|outcome| exploded(outcome)).map(|outcome| outcome.train.loss),
        }
    }

    /// What was wrong with `config` if this helps, as half a sentence.
    pub fn cause(&self, config: &Config) -> String {
        match self {
            Remedy::Hidden(widths) if config.hidden.len() > 2 && config.activation.saturates_at().is_some() => {
                let (depth, name) = (config.hidden.len(), config.activation.name());
                format!("gradients vanish in {depth} {name} layers; {widths:?} can learn it")
            }
            Remedy::Hidden(widths) if config.hidden.is_empty() => {
                format!("a network without hidden layers cannot tell these classes apart; {widths:?} can learn it")
            }
            Remedy::Hidden(widths) => {
                format!("hidden layers {:?} are too narrow or too many; {widths:?} can learn it", config.hidden)
            }
            Remedy::Optimizer => {
                format!("{} makes no headway in this network; adamw does, at its own rate", config.optimizer.name())
            }
            Remedy::Clip => format!("gradients are clipped to {}", config.clip.unwrap_or_default()),
            Remedy::Momentum => {
                format!("momentum {} multiplies every step by {:.0}", config.momentum, 1.0 / (1.0 - config.momentum))
            }
            Remedy::WeightDecay => format!("weight decay {} takes back what is learned", config.weight_decay),
            Remedy::LabelSmoothing => {
                format!("label smoothing {} leaves too little of the labels", config.label_smoothing)
            }
            Remedy::Dropout => format!("dropout {} leaves too few units", config.dropout),
            Remedy::InputDropout => format!("input dropout {} leaves too few features", config.input_dropout),
            Remedy::Augment => format!("images that are moved (--augment {}) do not help here", config.augment.name()),
            Remedy::Strength => format!("images are moved {} times as far as usual", config.strength),
            Remedy::Schedule => format!("the {} schedule does not suit the run", config.schedule.name()),
            Remedy::Balance => "frequent classes drown the rare ones".into(),
            Remedy::Rate(rate) if *rate < config.rate() => format!("the learning rate {} is too high", config.rate()),
            Remedy::Rate(_) => format!("the learning rate {} is too low", config.rate()),
            Remedy::BatchSize(rows) if *rows > config.batch_size => {
                format!("batches of {} make steps of chance", config.batch_size)
            }
            Remedy::BatchSize(_) if config.epochs > Config::default().epochs => format!(
                "batches of {} rows leave too few updates; with smaller ones {} epochs do",
                config.batch_size,
                Config::default().epochs
            ),
            Remedy::BatchSize(_) => format!("batches of {} rows leave too few updates", config.batch_size),
            Remedy::Epochs(_) => format!("{} epochs are too few updates", config.epochs),
            Remedy::Activation => {
                format!("gradients vanish in {} {} layers", config.hidden.len(), config.activation.name())
            }
            Remedy::Scale(_) => format!("features are not scaled (--scale {})", config.scale.name()),
            Remedy::Bias => format!("hidden biases start at {}", config.bias),
            Remedy::Gain => format!("weights start {} times as large as they should", config.gain),
            Remedy::Init => match config.draw().init {
                Init::Uniform01 => "weights start in 0..1, all positive".into(),
                init => format!("weights start {}: units of a layer cannot become different", init.name()),
            },
            Remedy::Reduction => {
                format!(
                    "the loss is summed over the batch: every step is as many times too long as the batch has rows, {}",
                    config.batch_size
                )
            }
            Remedy::Loss if config.loss == Loss::OneOutput => {
                "a softmax over one output is always 1: nothing to learn from".into()
            }
            Remedy::Loss => "softmax is applied twice, so the loss hardly sees the logits".into(),
        }
    }
}
