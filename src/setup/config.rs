//! The configuration of a run, and the one table in which every knob is declared.
//!
//! A knob has one name, which is flag, key in a configuration file and label alike. To add one, add an entry here, and
//! use its field where it acts: the flag with its help, `--config` and `--print-config`, the check of its range, the
//! printed command and the rules of resuming are made of the entry. See [`Knob`] for what an entry may say.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::knob::May::{ChangeOnResume, KeepWeights, StayHere};
use super::knob::{self, Need, Range, knobs};
use super::policy::{OnTrouble, Watch};
use super::rate::Rate;
use super::schedule::Schedule;
use super::value::Value;
use crate::data::{Augment, Fold, Memory, Missing, Scale};
use crate::device;
use crate::engine::Precision;
use crate::learner::Rule;
use crate::model::{Activation, Init, Loss, Reduction};

knobs! {
    /// The HDF5 file
    "data" data: Option<PathBuf> = None => {
        heading: "Data", value: "FILE", positional: true, open: Some("the built-in digits"), may: &[ChangeOnResume],
    }
    /// A second file with the test half
    "test" test: Option<PathBuf> = None => {
        heading: "Data", value: "FILE", open: Some("the test half of the file itself, where it has one"),
        elsewhere: &["test-file", "test-data"], may: &[ChangeOnResume],
    }
    /// The data set of the training features
    "x" x: Option<String> = None => {
        heading: "Data", value: "NAME", open: Some("found by name and shape"), elsewhere: &["x-train", "features"],
    }
    /// The data set of the training labels
    "y" y: Option<String> = None => {
        heading: "Data", value: "NAME", open: Some("found by name and shape"),
        elsewhere: &["y-train", "labels", "label", "target"],
    }
    /// The data set of the test features
    "x-test" x_test: Option<String> = None => {
        heading: "Data", value: "NAME", open: Some("found by name and shape"),
    }
    /// The data set of the test labels
    "y-test" y_test: Option<String> = None => {
        heading: "Data", value: "NAME", open: Some("found by name and shape"),
    }
    /// The share of training rows split off to choose the best weights on
    "validation" validation: f64 = 0.1 => {
        heading: "Data", value: "SHARE", range: Range::Share, env: Some("BACKBURN_VALIDATION"),
        elsewhere: &["val", "val-split", "validation-split", "valid"],
    }
    /// Validate on this of several equal parts instead, as in 2/5: one run of a cross-validation
    "fold" fold: Option<Fold> = None => {
        heading: "Data", value: "K/N", open: Some("the share of --validation"),
        elsewhere: &["cv", "kfold", "k-fold", "folds"],
    }
    /// How features are scaled; auto leaves pixels and codes in -1..1 alone, and is robust otherwise
    "scale" scale: Scale = Scale::Auto => {
        heading: "Data", value: "SCALE", elsewhere: &["scaling", "scaler", "normalize", "normalise", "standardize"],
    }
    /// What becomes of NaN and of numbers that stand for a gap: filled and marked, or the file is refused
    "missing" missing: Missing = Missing::Fill => {
        heading: "Data", value: "MISSING", elsewhere: &["nan", "impute", "missing-values", "na"],
    }
    /// Move images a little, every epoch anew: shift, rotation, scale and shear, or these and an elastic distortion
    "augment" augment: Augment = Augment::None => {
        heading: "Data", value: "AUGMENT", elsewhere: &["augmentation", "aug"], may: &[KeepWeights],
        doubt: Some(|config| config.augment != Augment::None),
    }
    /// How far --augment moves images
    "strength" strength: f64 = 1.0 => {
        heading: "Data", value: "FACTOR", range: Range::Positive, may: &[KeepWeights],
        needs: Some(Need { met: |config| config.augment != Augment::None, what: "--augment affine or elastic" }),
        doubt: Some(|config| config.augment != Augment::None && config.strength > 1.0),
    }
    /// Widths of the hidden layers, as in 800,800; 0 for none, 128 where a file has no more than 10,000 rows
    "hidden" hidden: Vec<usize> = vec![256] => {
        heading: "Network", value: "WIDTHS", range: Range::UpTo(usize::MAX), env: Some("BACKBURN_HIDDEN"),
        elsewhere: &["layers", "hidden-layers", "hidden-size", "hidden-sizes", "hidden-layer-sizes", "hidden-units", "units"],
    }
    /// The function between layers
    "activation" activation: Activation = Activation::Relu => {
        heading: "Network", value: "ACTIVATION", elsewhere: &["act", "nonlinearity"],
    }
    /// How weights start; the last three are mistakes, for study
    "init" init: Option<Init> = None => {
        heading: "Network", value: "INIT", open: Some("xavier for sigmoid and tanh, he for the others"),
        elsewhere: &["initializer", "initialization", "weight-init"],
        needs: Some(Need { met: drawn, what: "weights that are drawn, and --from gives them" }),
        doubt: Some(|config| drawn(config) && mistaken(config.draw().init)),
    }
    /// What the drawn weights are multiplied with
    "gain" gain: f64 = 1.0 => {
        heading: "Network", value: "FACTOR", range: Range::Positive,
        needs: Some(Need { met: drawn, what: "weights that are drawn, and --from gives them" }),
        doubt: Some(|config| drawn(config) && config.gain != 1.0),
    }
    /// Where the biases of hidden layers start
    "bias" bias: f64 = 0.0 => {
        heading: "Network", value: "BIAS", range: Range::Finite,
        needs: Some(Need { met: drawn, what: "weights that are drawn, and --from gives them" }),
        doubt: Some(|config| drawn(config) && config.bias != 0.0),
    }
    /// Start from these weights: a run folder, a .safetensors or an .npz file, PyTorch's too
    "from" from: Option<PathBuf> = None => {
        heading: "Network", value: "MODEL", open: Some("weights are drawn"),
        elsewhere: &["weights", "pretrained", "checkpoint", "init-from", "load", "model"],
    }
    /// The share of hidden units switched off in training; 0.1 where a file has no more than 10,000 rows
    "dropout" dropout: f64 = 0.2 => {
        heading: "Network", value: "SHARE", range: Range::Share, elsewhere: &["drop", "dropout-rate"], may: &[KeepWeights],
        needs: Some(Need { met: |config| !config.hidden.is_empty() || config.dropout == 0.0, what: "--hidden layers" }),
        doubt: Some(|config| config.dropout > Config::default().dropout),
    }
    /// The share of features switched off in training
    "input-dropout" input_dropout: f64 = 0.0 => {
        heading: "Network", value: "SHARE", range: Range::Share, may: &[KeepWeights],
        doubt: Some(|config| config.input_dropout > 0.0),
    }
    /// The rule of an update
    "optimizer" optimizer: Rule = Rule::Adamw => {
        heading: "Learning", value: "OPTIMIZER", elsewhere: &["optim", "optimiser", "opt", "solver"],
    }
    /// The largest learning rate; auto finds it, see `backburn lr-range`
    "rate" rate: Option<Rate> = None => {
        heading: "Learning", value: "RATE", range: Range::Positive, env: Some("BACKBURN_RATE"),
        open: Some("0.1 for sgd; for the others 0.003, and 0.01 where a file has no more than 10,000 rows"),
        elsewhere: &["lr", "learning-rate", "lr-rate", "learn-rate", "eta", "step-size"],
        may: &[ChangeOnResume, KeepWeights],
    }
    /// How the rate moves
    "schedule" schedule: Schedule = Schedule::OneCycle => {
        heading: "Learning", value: "SCHEDULE", elsewhere: &["scheduler", "lr-schedule", "lr-scheduler"],
        may: &[ChangeOnResume, KeepWeights],
        doubt: Some(|config| config.schedule == Schedule::Step),
    }
    /// The share of the last update kept, for sgd
    "momentum" momentum: f64 = 0.0 => {
        heading: "Learning", value: "SHARE", range: Range::Share, may: &[KeepWeights],
        needs: Some(Need { met: |config| config.optimizer == Rule::Sgd, what: "--optimizer sgd" }),
        doubt: Some(|config| config.momentum > 0.0),
    }
    /// Look ahead along the momentum
    "nesterov" nesterov: bool = false => {
        heading: "Learning", value: "BOOL", alone: true, may: &[KeepWeights],
        needs: Some(Need { met: |config| config.momentum > 0.0, what: "--momentum, as in --momentum 0.9" }),
    }
    /// The share of the first moment kept, for adam and adamw
    "beta1" beta1: f64 = 0.9 => {
        heading: "Learning", value: "SHARE", range: Range::Share, elsewhere: &["betas", "adam-beta1"], may: &[KeepWeights],
        needs: Some(Need { met: two_moments, what: "--optimizer adamw or adam" }),
        doubt: Some(|config| config.beta1 != 0.9),
    }
    /// The share of the second moment kept, for adam and adamw
    "beta2" beta2: f64 = 0.999 => {
        heading: "Learning", value: "SHARE", range: Range::Share, elsewhere: &["adam-beta2"], may: &[KeepWeights],
        needs: Some(Need { met: two_moments, what: "--optimizer adamw or adam" }),
        doubt: Some(|config| config.beta2 != 0.999),
    }
    /// What is added to the root that divides an update, for all but sgd
    "epsilon" epsilon: f64 = 1e-8 => {
        heading: "Learning", value: "NUMBER", range: Range::Positive, elsewhere: &["eps", "adam-epsilon"],
        may: &[KeepWeights],
        needs: Some(Need { met: |config| config.optimizer != Rule::Sgd, what: "--optimizer adamw, adam or rmsprop" }),
        doubt: Some(|config| config.epsilon > 1e-8),
    }
    /// The share of each weight removed per unit of rate
    "weight-decay" weight_decay: f64 = 0.0 => {
        heading: "Learning", value: "SHARE", range: Range::Share, elsewhere: &["wd", "decay", "l2"], may: &[KeepWeights],
        doubt: Some(|config| config.weight_decay > 0.0),
    }
    /// The largest norm of the whole gradient; it is scaled down to it
    "clip" clip: Option<f64> = None => {
        heading: "Learning", value: "NORM", range: Range::Positive, open: Some("gradients of any norm"),
        elsewhere: &["clip-norm", "clip-grad", "clip-grad-norm", "grad-clip", "gradient-clip", "max-norm"],
        may: &[KeepWeights],
        doubt: Some(|config| config.clip.is_some()),
    }
    /// What logits go through; all but cross-entropy are mistakes, for study
    "loss" loss: Loss = Loss::CrossEntropy => {
        heading: "Learning", value: "LOSS", elsewhere: &["criterion", "loss-function"],
        doubt: Some(|config| config.loss != Loss::CrossEntropy),
    }
    /// Mean or sum over the rows of a batch; a sum makes every rate as large as the batch
    "reduction" reduction: Reduction = Reduction::Mean => {
        heading: "Learning", value: "REDUCTION", may: &[KeepWeights],
        doubt: Some(|config| config.reduction != Reduction::Mean),
    }
    /// Label smoothing
    "label-smoothing" label_smoothing: f64 = 0.0 => {
        heading: "Learning", value: "SHARE", range: Range::Share, elsewhere: &["smoothing"], may: &[KeepWeights],
        doubt: Some(|config| config.label_smoothing > 0.0),
    }
    /// Weigh classes by the inverse of their frequency
    "balance" balance: bool = false => {
        heading: "Learning", value: "BOOL", alone: true, elsewhere: &["balanced", "class-weight", "class-weights"],
        may: &[KeepWeights],
    }
    /// Rows in a batch
    "batch-size" batch_size: usize = 64 => {
        heading: "Learning", value: "ROWS", range: Range::UpTo(usize::MAX), env: Some("BACKBURN_BATCH_SIZE"),
        elsewhere: &["batch", "batchsize", "bs", "minibatch", "mini-batch", "mini-batch-size"],
    }
    /// Passes over the training rows; more where these are few updates, see `--print-config`
    "epochs" epochs: usize = 20 => {
        heading: "Learning", value: "EPOCHS", range: Range::UpTo(1 << 24), env: Some("BACKBURN_EPOCHS"),
        elsewhere: &["epoch", "n-epochs", "num-epochs", "max-epochs", "iterations"], may: &[ChangeOnResume],
    }
    /// Stop after this many epochs without improvement
    "patience" patience: Option<usize> = None => {
        heading: "Learning", value: "EPOCHS", range: Range::UpTo(usize::MAX), open: Some("all epochs are trained"),
        elsewhere: &["early-stopping", "early-stop"], may: &[ChangeOnResume],
    }
    /// What counts as an improvement of the loss
    "min-delta" min_delta: f64 = 0.0 => {
        heading: "Learning", value: "LOSS", range: Range::NotNegative, elsewhere: &["tol", "tolerance", "delta"],
        may: &[ChangeOnResume],
        needs: Some(Need { met: |config| config.patience.is_some(), what: "--patience, as in --patience 5" }),
    }
    /// Networks of as many seeds, whose probabilities are averaged
    "ensemble" ensemble: usize = 1 => {
        heading: "Network", value: "NETWORKS", range: Range::UpTo(usize::MAX), elsewhere: &["networks", "models"],
        may: &[ChangeOnResume],
    }
    /// Networks that are learned one after another, each validated on other rows, and joined into one
    "join" join: usize = 1 => {
        heading: "Network", value: "NETWORKS", range: Range::UpTo(64), elsewhere: &["bag", "bagging", "bags"],
        may: &[ChangeOnResume],
    }
    /// How closely the numbers are watched: loss and gradient alone, as often as costs a hundredth of the time, every
    /// step
    "watch" watch: Watch = Watch::Auto => {
        heading: "Run", value: "WATCH", env: Some("BACKBURN_WATCH"), may: &[ChangeOnResume],
    }
    /// Where numbers go wrong: stop, find a remedy and go on, or go on regardless
    "on-trouble" on_trouble: OnTrouble = OnTrouble::Stop => {
        heading: "Run", value: "ON_TROUBLE", may: &[ChangeOnResume],
    }
    /// The seed of split, weights, shuffle, dropout and poses
    "seed" seed: u64 = 0 => {
        heading: "Run", value: "SEED", env: Some("BACKBURN_SEED"), elsewhere: &["random-seed", "random-state"],
    }
    /// The seed of the split alone, to compare other seeds on the same validation rows
    "split-seed" split_seed: Option<u64> = None => {
        heading: "Run", value: "SEED", open: Some("that of --seed"),
    }
    /// The device, as in flex or vulkan:1; see `backburn devices`
    "device" device: Option<String> = None => {
        heading: "Run", value: "DEVICE", env: Some("BACKBURN_DEVICE"), open: Some("the first backend of this binary"),
        elsewhere: &["backend", "gpu", "cuda"], may: &[ChangeOnResume, StayHere],
    }
    /// How exact the factors of products are; sums and weights are always f32
    "precision" precision: Precision = Precision::F32 => {
        heading: "Run", value: "PRECISION", env: Some("BACKBURN_PRECISION"),
        elsewhere: &["dtype", "amp", "mixed-precision"], may: &[ChangeOnResume, KeepWeights],
        needs: Some(Need {
            met: |config| device::rounds(config.device.as_deref()),
            what: "a device that rounds: --device cuda, rocm, metal, vulkan or wgpu",
        }),
        doubt: Some(|config| config.precision != Precision::F32),
    }
    /// How much memory features may take, as in 300M; a larger file is streamed
    "memory" memory: Option<Memory> = None => {
        heading: "Run", value: "SIZE", env: Some("BACKBURN_MEMORY"), open: Some("half of what is free"),
        elsewhere: &["mem", "ram", "max-memory"], may: &[StayHere],
    }
    /// Threads of the arithmetic
    "threads" threads: Option<usize> = None => {
        heading: "Run", value: "THREADS", range: Range::UpTo(1024), env: Some("BACKBURN_THREADS"), open: Some("one a core"),
        elsewhere: &["jobs", "workers", "num-workers", "num-threads", "cores"], may: &[ChangeOnResume, StayHere],
    }
}

/// Whether the first weights are drawn. Weights that come from another model make no use of init, gain and bias.
fn drawn(config: &Config) -> bool {
    config.from.is_none()
}

/// Whether the rule of an update keeps both moments of the gradient.
fn two_moments(config: &Config) -> bool {
    matches!(config.optimizer, Rule::Adam | Rule::Adamw)
}

/// Whether weights that are drawn in this way learn badly or not at all: all are positive, or all are the same.
fn mistaken(init: Init) -> bool {
    matches!(init, Init::Uniform01 | Init::Constant | Init::Zeros)
}

/// A knob of a [`Config`].
pub type Knob = knob::Knob<Config>;

impl Knob {
    /// The knob called `name`.
    pub fn named(name: &str) -> Option<&'static Knob> {
        KNOBS.iter().find(|knob| knob.name == name)
    }

    /// The knob that somebody means who types `name`, by which another program calls it.
    pub fn meant(name: &str) -> Option<&'static Knob> {
        KNOBS.iter().find(|knob| knob.elsewhere.contains(&name))
    }
}
