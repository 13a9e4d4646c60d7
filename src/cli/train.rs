//! `backburn train`: flags become a configuration, epochs become lines.
//!
//! Flags beat the environment, the environment beats `--config FILE`, the file beats the defaults. An absent flag is
//! `None`, so that it never overrides what a file says.

use std::path::PathBuf;
use std::time::Instant;

use super::recall::{Named, recall};
use super::{json, learn, output, print, progress, words};
use crate::data::{Augment, Data, Memory, Scale};
use crate::device;
use crate::error::{Error, Result};
use crate::learner::Rule;
use crate::lr_range;
use crate::model::{Activation, Init, Loss, Reduction, Start};
use crate::run::{Part, Run};
use crate::setup::{self, Config, OnTrouble, Rate, Schedule, Watch};
use crate::train::{Ensemble, Training};

/// Arguments of `train`.
#[derive(clap::Args)]
pub struct Args {
    /// The HDF5 file; the built-in digits without one
    file: Option<PathBuf>,
    #[command(flatten)]
    knobs: Knobs,
    /// The folder of this run [default: runs/NAME-001, -002, …]
    #[arg(long, value_name = "PATH", help_heading = "Run")]
    run: Option<PathBuf>,
    /// Replace an existing run folder
    #[arg(long, help_heading = "Run")]
    overwrite: bool,
    /// Continue the run in this folder; --epochs may extend it
    #[arg(long, value_name = "PATH", conflicts_with_all = ["run", "overwrite", "config"], help_heading = "Run")]
    resume: Option<PathBuf>,
    /// Read knobs from a TOML file; flags override it
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    config: Option<PathBuf>,
    /// Print the resolved configuration and stop
    #[arg(long, help_heading = "Run")]
    print_config: bool,
    /// Print one JSON object at the end
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// Declares each knob once: as a flag, as an environment variable, and as an override of the configuration.
macro_rules! knobs {
    ($($(#[$meta:meta])* $name:ident: $type:ty => $wrap:expr;)*) => {
        #[derive(clap::Args)]
        pub(super) struct Knobs { $($(#[$meta])* $name: Option<$type>,)* }

        impl Knobs {
            /// Overrides what was given.
            pub(super) fn apply(self, config: &mut Config) {
                $(if let Some(value) = self.$name { config.$name = $wrap(value); })*
            }
        }
    };
}

knobs! {
    /// A second file with the test half
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    test: PathBuf => Some;
    /// The data set of the training features
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    x: String => Some;
    /// The data set of the training labels
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    y: String => Some;
    /// The data set of the test features
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    x_test: String => Some;
    /// The data set of the test labels
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    y_test: String => Some;
    /// The share of training rows split off to choose the best weights on [default: 0.1]
    #[arg(long, value_name = "SHARE", env = "BACKBURN_VALIDATION", hide_env = true, help_heading = "Data")]
    validation: f64 => |v| v;
    /// How features are scaled; auto leaves data in -1..1 alone [default: auto]
    #[arg(long, value_parser = words(Scale::ALL.map(Scale::name), Scale::parse), help_heading = "Data")]
    scale: Scale => |v| v;
    /// Move images a little, every epoch anew: shift, rotation, scale and shear, or these and an elastic distortion
    /// [default: none]
    #[arg(long, value_parser = words(Augment::ALL.map(Augment::name), Augment::parse), help_heading = "Data")]
    augment: Augment => |v| v;
    /// How far --augment moves images [default: 1]
    #[arg(long, value_name = "FACTOR", help_heading = "Data")]
    strength: f64 => |v| v;
    /// Widths of the hidden layers, as in 800,800; 0 for none [default: 256]
    #[arg(long, value_name = "WIDTHS", value_parser = widths, env = "BACKBURN_HIDDEN", hide_env = true, help_heading = "Network")]
    hidden: Widths => |v: Widths| v.0;
    /// The function between layers [default: relu]
    #[arg(long, value_parser = words(Activation::ALL.map(Activation::name), Activation::parse), help_heading = "Network")]
    activation: Activation => |v| v;
    /// How weights start; the last three are mistakes, for study [default: xavier for sigmoid and tanh, he for the others]
    #[arg(long, value_parser = words(Init::ALL.map(Init::name), Init::parse), help_heading = "Network")]
    init: Init => Some;
    /// What the drawn weights are multiplied with [default: 1]
    #[arg(long, value_name = "FACTOR", help_heading = "Network")]
    gain: f64 => |v| v;
    /// Where the biases of hidden layers start [default: 0]
    #[arg(long, help_heading = "Network")]
    bias: f64 => |v| v;
    /// Start from these weights: a run folder, a .safetensors or an .npz file, PyTorch's too
    #[arg(long, value_name = "MODEL", conflicts_with = "resume", help_heading = "Network")]
    from: PathBuf => Some;
    /// The share of hidden units switched off in training [default: 0.2]
    #[arg(long, value_name = "SHARE", help_heading = "Network")]
    dropout: f64 => |v| v;
    /// The share of features switched off in training [default: 0]
    #[arg(long, value_name = "SHARE", help_heading = "Network")]
    input_dropout: f64 => |v| v;
    /// The rule of an update [default: adamw]
    #[arg(long, value_parser = words(Rule::ALL.map(Rule::name), Rule::parse), help_heading = "Learning")]
    optimizer: Rule => |v| v;
    /// The largest learning rate; auto finds it, see `backburn lr-range` [default: 0.1 for sgd, 0.003 for the others]
    #[arg(long, value_parser = Rate::parse, env = "BACKBURN_RATE", hide_env = true, help_heading = "Learning")]
    rate: Rate => Some;
    /// How the rate moves [default: one-cycle]
    #[arg(long, value_parser = words(Schedule::ALL.map(Schedule::name), Schedule::parse), help_heading = "Learning")]
    schedule: Schedule => |v| v;
    /// The share of the last update kept, for sgd [default: 0]
    #[arg(long, value_name = "SHARE", help_heading = "Learning")]
    momentum: f64 => |v| v;
    /// Look ahead along the momentum
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", help_heading = "Learning")]
    nesterov: bool => |v| v;
    /// The share of each weight removed per unit of rate [default: 0]
    #[arg(long, value_name = "SHARE", help_heading = "Learning")]
    weight_decay: f64 => |v| v;
    /// The largest norm of the whole gradient; it is scaled down to it
    #[arg(long, value_name = "NORM", help_heading = "Learning")]
    clip: f64 => Some;
    /// What logits go through; all but cross-entropy are mistakes, for study [default: cross-entropy]
    #[arg(long, value_parser = words(Loss::ALL.map(Loss::name), Loss::parse), help_heading = "Learning")]
    loss: Loss => |v| v;
    /// Mean or sum over the rows of a batch; a sum makes every rate as large as the batch [default: mean]
    #[arg(long, value_parser = words(Reduction::ALL.map(Reduction::name), Reduction::parse), help_heading = "Learning")]
    reduction: Reduction => |v| v;
    /// Label smoothing [default: 0]
    #[arg(long, value_name = "SHARE", help_heading = "Learning")]
    label_smoothing: f64 => |v| v;
    /// Weigh classes by the inverse of their frequency
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", help_heading = "Learning")]
    balance: bool => |v| v;
    /// Rows in a batch [default: 64]
    #[arg(long, value_name = "ROWS", env = "BACKBURN_BATCH_SIZE", hide_env = true, help_heading = "Learning")]
    batch_size: usize => |v| v;
    /// Passes over the training rows [default: 20]
    #[arg(long, env = "BACKBURN_EPOCHS", hide_env = true, help_heading = "Learning")]
    epochs: usize => |v| v;
    /// Stop after this many epochs without improvement
    #[arg(long, value_name = "EPOCHS", help_heading = "Learning")]
    patience: usize => Some;
    /// What counts as an improvement of the loss [default: 0]
    #[arg(long, value_name = "LOSS", help_heading = "Learning")]
    min_delta: f64 => |v| v;
    /// Networks of as many seeds, whose probabilities are averaged [default: 1]
    #[arg(long, value_name = "NETWORKS", help_heading = "Network")]
    ensemble: usize => |v| v;
    /// How closely the numbers are watched: loss and gradient alone, as often as costs a hundredth of the time, every
    /// step [default: auto]
    #[arg(long, value_parser = words(Watch::ALL.map(Watch::name), Watch::parse), env = "BACKBURN_WATCH", hide_env = true, help_heading = "Run")]
    watch: Watch => |v| v;
    /// Where numbers go wrong: stop, find a remedy and go on, or go on regardless [default: stop]
    #[arg(long, value_parser = words(OnTrouble::ALL.map(OnTrouble::name), OnTrouble::parse), help_heading = "Run")]
    on_trouble: OnTrouble => |v| v;
    /// The seed of split, weights, shuffle, dropout and poses [default: 0]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64), env = "BACKBURN_SEED", hide_env = true, help_heading = "Run")]
    seed: u64 => |v| v;
    /// The seed of the split alone, to compare other seeds on the same validation rows [default: that of --seed]
    #[arg(long, value_name = "SEED", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64), help_heading = "Run")]
    split_seed: u64 => Some;
    /// The device, as in flex or vulkan:1; see `backburn devices`
    #[arg(long, env = "BACKBURN_DEVICE", hide_env = true, help_heading = "Run")]
    device: String => Some;
    /// How much memory features may take, as in 300M; a larger file is streamed [default: half of what is free]
    #[arg(long, value_name = "SIZE", env = "BACKBURN_MEMORY", hide_env = true, help_heading = "Run")]
    memory: Memory => Some;
    /// Threads of the arithmetic [default: one a core]
    #[arg(long, env = "BACKBURN_THREADS", hide_env = true, help_heading = "Run")]
    threads: usize => Some;
}

/// The widths of hidden layers, as typed.
#[derive(Clone)]
struct Widths(Vec<usize>);

fn widths(text: &str) -> std::result::Result<Widths, String> {
    let numbers: std::result::Result<Vec<usize>, _> = text.split(',').map(|w| w.trim().parse()).collect();
    match numbers {
        Ok(numbers) if numbers == [0] => Ok(Widths(Vec::new())),
        Ok(numbers) if !numbers.contains(&0) => Ok(Widths(numbers)),
        _ => Err("give whole numbers with commas between them, as in 800,800, or 0 for no hidden layer".into()),
    }
}

/// Trains, from flags to the last line.
pub fn run(args: Args) -> Result<()> {
    let (json, resume) = (args.json, args.resume.clone());
    let (run_path, overwrite, only_print) = (args.run.clone(), args.overwrite, args.print_config);
    let begun = resume.as_ref().map(|path| Run::at(path)).filter(|run| !only_print && run.has(Part::Config));
    let held = begun.map(|run| run.hold()).transpose()?;
    let file = args.config.clone();
    let mut config = resolve(args)?;
    let inputs = output::of_config(&config, file.as_deref());
    config.check()?;
    if only_print {
        print::data(toml::to_string(&config).unwrap_or_default().trim_end());
        return Ok(());
    }
    device::threads(config.threads)?;
    let start = Instant::now();
    let data = Data::load(&config.request())?;
    setup::affordable(&config, &data)?;
    let device = device::choose(config.device.as_deref())?;
    if let Some(rate) = lr_range::resolve(&mut config, &data, &device)? {
        print::note(&format!("--rate auto: {rate}"));
    }
    if let (Some(path), true) = (&run_path, overwrite) {
        output::spare(&inputs, &Run::at(path).written())?;
    }
    let run = match held {
        Some(run) => run,
        None => Run::create(run_path.as_deref(), &stem(&config), overwrite)?,
    };
    let path = run.path.clone();
    let (scores, mut result) = match (config.ensemble, resume.is_some()) {
        (1, false) => learn::one(Training::start(config, data, run, &device)?)?,
        (1, true) => learn::one(Training::resume(config, data, run, &device)?)?,
        _ => learn::ensemble(Ensemble::open(config, data, run, &device)?)?,
    };
    let seconds = start.elapsed().as_secs_f64();
    if json {
        result["seconds"] = seconds.into();
        print::data(&self::json(&result));
    } else {
        progress::conclude(&path, &scores, seconds);
    }
    Ok(())
}

/// The configuration that will run.
fn resolve(args: Args) -> Result<Config> {
    let mut config = match (&args.resume, &args.config) {
        (Some(path), _) => begun(&Run::at(path), &args)?,
        (None, Some(path)) => read_config(path)?,
        (None, None) => Config::default(),
    };
    if let Some(file) = args.file {
        config.data = Some(file);
    }
    let given = (args.knobs.hidden.is_some(), args.knobs.activation.is_some());
    let before = config.clone();
    args.knobs.apply(&mut config);
    if let Some(path) = &args.resume {
        settled(&before, &config, path)?;
    }
    config.memory.get_or_insert_with(Memory::free); // kept for a resumed run: the order of a stream depends on it
    if args.resume.is_none() {
        adopt(&mut config, given)?;
    }
    Ok(config)
}

/// The configuration of a run that is to go on, with its data where that is now.
fn begun(run: &Run, args: &Args) -> Result<Config> {
    let mut config = Config::of(run)?;
    let named = Named { data: args.file.is_some(), test: args.knobs.test.is_some() };
    let command = format!("backburn train --resume {}", run.path.display());
    recall(run, &mut config, named, [format!("{command} FILE"), format!("{command} --test FILE")])?;
    Ok(config)
}

/// Refuses to change what is fixed from the start of a run: the network, and which rows it learns in which order. The
/// files may have moved.
fn settled(before: &Config, now: &Config, run: &std::path::Path) -> Result<()> {
    const FREE: [&str; 12] = [
        "data",
        "test",
        "epochs",
        "patience",
        "min-delta",
        "rate",
        "schedule",
        "watch",
        "on-trouble",
        "device",
        "threads",
        "ensemble",
    ];
    let fixed = before.changes(now).into_iter().find(|change| !FREE.contains(&change.knob.as_str()));
    fixed.map_or(Ok(()), |change| {
        Err(Error::usage(format!(
            "--{} is {} in `{}` and cannot change in a run that has begun; leave it out, in the environment too, or start another run",
            change.knob,
            if change.from.is_empty() { "not set" } else { &change.from },
            run.display()
        )))
    })
}

/// Takes from the model of `--from` its hidden widths, and its activation if it says one, where no flag does.
fn adopt(config: &mut Config, (hidden, activation): (bool, bool)) -> Result<()> {
    let Some(path) = &config.from else {
        return Ok(());
    };
    let start = Start::read(path)?;
    let widths = &start.layers[1..start.layers.len() - 1];
    if hidden && config.hidden != widths {
        return Err(Error::usage(format!(
            "`{}` has hidden layers {widths:?}; leave --hidden out, or start afresh without --from",
            path.display()
        )));
    }
    config.hidden = widths.to_vec();
    config.activation = start.activation.filter(|_| !activation).unwrap_or(config.activation);
    Ok(())
}

pub(super) fn read_config(path: &std::path::Path) -> Result<Config> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::usage(format!("cannot read configuration `{}`: {e}", path.display())))?;
    toml::from_str(&text).map_err(|e| {
        Error::usage(format!("configuration `{}`: {}", path.display(), e.to_string().trim().replace('\n', " ")))
    })
}

/// The file's name without its ending, for the run folder.
fn stem(config: &Config) -> String {
    let stem = config.data.as_ref().and_then(|path| path.file_stem());
    stem.map_or_else(|| "digits".into(), |stem| stem.to_string_lossy().into_owned())
}
