//! Remedies: the single changes of a configuration that an experiment can try.
//!
//! A remedy turns one knob to what is known to work. Most put a knob back to its default, where the table of knobs calls
//! its value doubtful; a few know something better. Whether a remedy was needed is never read off the knob: the
//! experiments leave it out and look. What each says about the cause stands in `sentence.rs`.

use crate::data::Scale;
use crate::learner::Rule;
use crate::model::Activation;
use crate::setup::{Config, KNOBS, Knob, Rate};

/// A change of one knob.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// The knob of this name goes back to its default.
    Default(&'static str),
    /// Wide enough hidden layers.
    Hidden(Vec<usize>),
    /// AdamW at its own rate.
    Optimizer,
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
}

/// The order in which experiments try to do without a remedy: those that treat many symptoms first, those that put a
/// mistake right last, so that what remains is the mistake and not its treatment. A knob that does not stand here comes
/// first.
const ORDER: [&str; 22] = [
    "hidden",
    "optimizer",
    "clip",
    "momentum",
    "weight-decay",
    "label-smoothing",
    "dropout",
    "input-dropout",
    "augment",
    "strength",
    "schedule",
    "rate",
    "batch-size",
    "epochs",
    "activation",
    "balance",
    "scale",
    "bias",
    "gain",
    "init",
    "reduction",
    "loss",
];

/// Rows in a batch that suit `rows` rows: a sixteenth of them, from 8 to 64.
fn batch_size(rows: usize) -> usize {
    (rows / 16).clamp(8, 64)
}

/// Updates that are enough to see whether a small network learns.
const FEW: usize = 200;

impl Remedy {
    /// What can be turned in `config` without another architecture, except the rate; `scale` is what the features need,
    /// `rows` how many are learned, `rare` whether a rare class is never predicted.
    pub fn all(config: &Config, scale: Option<Scale>, rows: usize, rare: bool) -> Vec<Remedy> {
        let doubtful = |knob: &&Knob| knob.doubt.is_some_and(|doubt| doubt(config));
        let mut all: Vec<Remedy> = KNOBS.iter().filter(doubtful).map(|knob| Remedy::Default(knob.name)).collect();
        all.extend((rare && !config.balance).then_some(Remedy::Balance));
        all.extend(scale.map(Remedy::Scale));
        let batch = batch_size(rows);
        let odd = config.batch_size < 8 || config.batch_size.min(rows) > 4 * batch && config.batch_size > rows / 8;
        all.extend(odd.then_some(Remedy::BatchSize(batch)));
        let batches = rows.div_ceil(if odd { batch } else { config.batch_size });
        all.extend((config.epochs * batches < FEW).then_some(Remedy::Epochs((3 * FEW).div_ceil(batches))));
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

    /// The place of its knob in the order in which remedies are tried.
    pub fn order(&self) -> usize {
        ORDER.iter().position(|name| *name == self.knob()).map_or(0, |place| place + 1)
    }

    /// The knob that it turns, by its name.
    pub fn knob(&self) -> &'static str {
        match self {
            Remedy::Default(name) => name,
            Remedy::Hidden(_) => "hidden",
            Remedy::Optimizer => "optimizer",
            Remedy::Balance => "balance",
            Remedy::Rate(_) => "rate",
            Remedy::BatchSize(_) => "batch-size",
            Remedy::Epochs(_) => "epochs",
            Remedy::Activation => "activation",
            Remedy::Scale(_) => "scale",
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
    fn apply(&self, config: &mut Config) {
        match self {
            Remedy::Default(name) => Knob::named(name).into_iter().for_each(|knob| knob.reset(config)),
            Remedy::Hidden(widths) => config.hidden = widths.clone(),
            Remedy::Optimizer => (config.optimizer, config.rate) = (Rule::Adamw, None),
            Remedy::Balance => config.balance = true,
            Remedy::Rate(rate) => config.rate = Some(Rate::At(*rate)),
            Remedy::BatchSize(rows) => {
                if *rows < config.batch_size {
                    config.epochs = config.epochs.min(Config::default().epochs); // each has many more updates now
                }
                config.batch_size = *rows;
            }
            Remedy::Epochs(epochs) => config.epochs = config.epochs.max(*epochs),
            Remedy::Activation => config.activation = Activation::Relu,
            Remedy::Scale(scale) => config.scale = *scale,
        }
    }

    /// `config` with every one of `remedies`, and without the knobs that do nothing any more.
    pub fn applied(remedies: &[Remedy], config: &Config) -> Config {
        let mut cured = config.clone();
        let mut ordered: Vec<&Remedy> = remedies.iter().collect();
        ordered.sort_by_key(|remedy| (**remedy == Remedy::Optimizer, remedy.order())); // it sets a rate of its own
        ordered.into_iter().for_each(|remedy| remedy.apply(&mut cured));
        cured.tidied()
    }

    /// The usual answer to an explosion that no experiment shows, because it comes late or seldom: `config` at a tenth
    /// of its rate, with gradients clipped to a norm of 1.
    pub fn calmed(config: &Config) -> Config {
        Config { rate: Some(Rate::At(config.rate() / 10.0)), clip: Some(1.0), ..config.clone() }.tidied()
    }
}
