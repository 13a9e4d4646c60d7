//! `backburn train`: flags become a configuration, epochs become lines.
//!
//! Flags beat the environment, the environment beats `--config FILE`, the file beats the defaults. An absent flag is
//! `None`, so that it never overrides what a file says.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use super::{json, print, words};
use crate::data::{Augment, Data, Memory, Scale};
use crate::device;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::learner::{Rule, write_beside};
use crate::model::{Activation, Init, Start};
use crate::numerics::Score;
use crate::report::{self, Facts};
use crate::train::{Config, Outcome, Run, Schedule, Training};

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
        struct Knobs { $($(#[$meta])* $name: Option<$type>,)* }

        impl Knobs {
            fn apply(self, config: &mut Config) {
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
    /// How weights start [default: xavier for sigmoid and tanh, he for the others]
    #[arg(long, value_parser = words(Init::ALL.map(Init::name), Init::parse), help_heading = "Network")]
    init: Init => Some;
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
    /// The largest learning rate [default: 0.1 for sgd, 0.003 for the others]
    #[arg(long, env = "BACKBURN_RATE", hide_env = true, help_heading = "Learning")]
    rate: f64 => Some;
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
    /// The seed of split, weights, shuffle, dropout and poses [default: 0]
    #[arg(long, env = "BACKBURN_SEED", hide_env = true, help_heading = "Run")]
    seed: u64 => |v| v;
    /// The seed of the split alone, to compare other seeds on the same validation rows [default: that of --seed]
    #[arg(long, value_name = "SEED", help_heading = "Run")]
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
        _ => Err("give whole numbers above 0 with commas between them, as in 800,800".into()),
    }
}

/// Trains, from flags to the last line.
pub fn run(args: Args) -> Result<()> {
    let (json, resume) = (args.json, args.resume.clone());
    let (run_path, overwrite, only_print) = (args.run.clone(), args.overwrite, args.print_config);
    let config = resolve(args)?;
    config.check()?;
    if only_print {
        print::data(toml::to_string(&config).unwrap_or_default().trim_end());
        return Ok(());
    }
    device::threads(config.threads)?;
    let start = Instant::now();
    let data = Data::load(&config.request())?;
    let device = device::choose(config.device.as_deref())?;
    let run = match &resume {
        Some(path) => Run { path: path.clone() },
        None => Run::create(run_path.as_deref(), &stem(&config), overwrite)?,
    };
    let mut training = match resume {
        Some(_) => Training::resume(&config, &data, &run, &device)?,
        None => Training::start(&config, &data, &run, &device)?,
    };
    introduce(&config, &data, &training);
    let (learning, before) = (Instant::now(), training.epochs());
    while let Some(event) = training.epoch()? {
        let done = training.epochs() - before;
        let seconds = learning.elapsed().as_secs_f64();
        print::note(&line(&event, &config, seconds / done.max(1) as f64, data.train.len()));
    }
    let (epochs, seconds) = (training.epochs(), learning.elapsed().as_secs_f64());
    let rows_per_second = ((epochs - before) * data.train.len()) as f64 / seconds.max(1e-9);
    let outcome = training.finish()?;
    write_faces(&run, &config, &data, &outcome)?;
    if json {
        let result = json!({
            "run": run.path, "epochs": epochs, "best_epoch": outcome.best_epoch, "seconds": start.elapsed().as_secs_f64(),
            "rows_per_second": rows_per_second, "train": score(Some(outcome.train)),
            "validation": score(outcome.validation), "test": score(outcome.test),
        });
        print::data(&self::json(&result));
    } else {
        conclude(&run, &outcome, start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// The configuration that will run.
fn resolve(args: Args) -> Result<Config> {
    let mut config = match (&args.resume, &args.config) {
        (Some(path), _) => Run { path: path.clone() }.read_config()?,
        (None, Some(path)) => read_config(path)?,
        (None, None) => Config::default(),
    };
    if let Some(file) = args.file {
        config.data = Some(file);
    }
    let given = (args.knobs.hidden.is_some(), args.knobs.activation.is_some());
    args.knobs.apply(&mut config);
    config.memory.get_or_insert_with(Memory::free); // kept for a resumed run: the order of a stream depends on it
    if args.resume.is_none() {
        adopt(&mut config, given)?;
    }
    Ok(config)
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

fn read_config(path: &std::path::Path) -> Result<Config> {
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

/// Writes report.html and README.md into the run folder.
fn write_faces(run: &Run, config: &Config, data: &Data, outcome: &Outcome) -> Result<()> {
    let facts = Facts {
        name: run.path.file_name().map_or_else(|| "run".into(), |name| name.to_string_lossy().into_owned()),
        config: toml::to_string(config).unwrap_or_default(),
        events: journal::read(&run.file("journal.jsonl"))?,
        classes: data.classes.names.clone(),
        judged: outcome.judged,
        report: outcome.report.clone(),
    };
    write_beside(&run.file("report.html"), report::page(&facts).as_bytes())?;
    write_beside(&run.file("README.md"), report::card(&facts).as_bytes())
}

fn introduce(config: &Config, data: &Data, training: &Training) {
    let (validation, test) = (data.validation.len(), data.test.as_ref().map_or(0, |test| test.len()));
    print::note(&format!(
        "{}: {} rows to learn, {validation} to validate, {test} to test; {} features, {} classes",
        data.name,
        data.train.len(),
        data.train.width(),
        data.classes.names.len()
    ));
    if let (parts @ [_, ..], Some(memory)) = (&data.streamed()[..], config.memory) {
        print::note(&format!("streamed, since --memory is {memory}: {} rows", parts.join(", ")));
    }
    let widths: Vec<String> = std::iter::once(data.train.width())
        .chain(config.hidden.iter().copied())
        .chain([data.classes.names.len()])
        .map(|w| w.to_string())
        .collect();
    print::note(&format!(
        "{} {}, {} parameters; {} at {} {}, batches of {}",
        widths.join("-"),
        config.activation.name(),
        training.parameters(),
        config.optimizer.name(),
        config.rate(),
        config.schedule.name(),
        config.batch_size
    ));
}

/// An event as a person wants to see it.
fn line(event: &Event, config: &Config, seconds: f64, rows: usize) -> String {
    let Event::Epoch { epoch, rate, train, validation, best, .. } = event else {
        return String::new();
    };
    let shown =
        validation.map_or(String::new(), |v| format!("   validation {:.4} {:6.2} %", v.loss, 100.0 * v.accuracy));
    let left = seconds * (config.epochs - epoch) as f64;
    let mark = if *best { "*" } else { " " };
    format!(
        "epoch {epoch:>3}/{}{mark}  loss {:.4} {:6.2} %{shown}   rate {rate:.2e}   {:>9.0} rows/s   {left:.0} s left",
        config.epochs,
        train.loss,
        100.0 * train.accuracy,
        rows as f64 / seconds
    )
}

fn conclude(run: &Run, outcome: &Outcome, seconds: f64) {
    let part = |name: &str, score: Option<Score>| {
        score.map(|s| format!("{name} accuracy {:.2} % (loss {:.4})", 100.0 * s.accuracy, s.loss))
    };
    let parts: Vec<String> =
        [part("train", Some(outcome.train)), part("validation", outcome.validation), part("test", outcome.test)]
            .into_iter()
            .flatten()
            .collect();
    print::data(&format!("best epoch {}: {}", outcome.best_epoch, parts.join(", ")));
    print::data(&format!("{} in {seconds:.1} s", run.path.display()));
}

fn score(score: Option<Score>) -> Value {
    score.map_or(Value::Null, |s| json!({"loss": s.loss, "accuracy": s.accuracy}))
}
