//! `backburn train`: flags become a configuration, epochs become lines.
//!
//! The order matters. What was typed is resolved and checked before the data is read, since a mistyped flag should not
//! cost a minute. The data then decides what nobody has chosen (`fitted`), and the run folder is made last, so that a
//! refused run leaves nothing. A run that goes on is held from the beginning, because another process may want it too.
//! With `--tune` a search (`tune`) puts its configuration in the place of that of the defaults, before anything is learned.

use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::Device;

use super::knobs::Knobs;
use super::live::Live;
use super::recall::{Named, recall_unchanged};
use super::{json, learn, output, print, progress, together, tune};
use crate::clean;
use crate::data::{Data, Memory, Origin};
use crate::device;
use crate::error::{Error, Result};
use crate::lr_range;
use crate::ranks;
use crate::run::{Hold, Run, RunFile};
use crate::setup::{self, Config};
use crate::sweep::Budget;
use crate::train::{self, Tuning};

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
    #[arg(long, value_name = "PATH", conflicts_with_all = ["run", "overwrite", "config", "from"], help_heading = "Run")]
    resume: Option<PathBuf>,
    /// Read knobs from a TOML file; flags override it
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    config: Option<PathBuf>,
    /// Search first, for so many minutes or, as in 20runs, so many runs of one training each, and train the configuration that does best on
    /// held-out rows; flags that are given stay as they are
    #[arg(long, value_name = "BUDGET", conflicts_with = "resume", help_heading = "Run")]
    tune: Option<Budget>,
    /// Print the resolved configuration and stop
    #[arg(long, help_heading = "Run")]
    print_config: bool,
    /// Show the run in a browser on this machine while it goes on, on any free port or on this one
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "0", help_heading = "Output")]
    live: Option<u16>,
    /// Write the epochs into the folder of the run for another program too
    #[arg(long, value_name = "PROGRAM", value_parser = ["tensorboard"], help_heading = "Output")]
    log: Option<String>,
    /// Keep the page of --live after the run, until Ctrl-C
    #[arg(long, requires = "live", help_heading = "Output")]
    keep: bool,
    /// Print one JSON object at the end
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// Trains, from flags to the last line.
pub fn run(args: Args) -> Result<()> {
    together::join()?;
    let begun = args.resume.as_ref().map(|path| Run::at(path)).filter(|run| run.has(RunFile::Config));
    let held = begun.filter(|_| !args.print_config).map(|run| run.hold()).transpose()?;
    let mut config = together::of_the_first(|| resolve(&args))?;
    if args.print_config {
        print::data(fitted(config, &args, None)?.resolved().to_toml()?.trim_end());
        return Ok(());
    }
    device::threads(config.threads.or(ranks::threads()))?;
    let start = Instant::now();
    let data = Data::load(&config.request())?;
    together::same(&data)?;
    config = together::of_the_first(|| fitted(config, &args, Some(&data)))?;
    setup::affordable(&config, &data)?;
    let device = device::choose(config.device.as_deref())?;
    if let (Some(run), Some(epochs)) = (&held, finished(&args, &config)?) {
        return learn::over((&config, data), run, epochs, args.json, &device);
    }
    warn_of_learned_rows(&config, &data);
    // `--rate auto` is found before the run begins, and the run keeps the rate that was found.
    if let Some(rate) = lr_range::resolve(&mut config, &data, &device)? {
        print::note(&format!("--rate auto: {rate}"));
    }
    if let (Some(path), true) = (&args.run, args.overwrite) {
        let inputs = || output::of_config(&config, args.config.as_deref());
        ranks::shared(|| output::spare(&inputs(), &Run::at(path).written()))?;
    }
    searchable(&args, &config, &data)?;
    let run = match held {
        Some(run) => run,
        None => Run::create(args.run.as_deref(), &stem(&config), args.overwrite)?,
    };
    let found = search(&config, &args, &data, &run, &device)?;
    let resumed = args.resume.is_some() && found.is_none();
    config = found.unwrap_or(config);
    let path = run.path.clone();
    let page = |port| ranks::first(|| Live::start(port, &run, &config, &data.classes.names));
    let live = args.live.and_then(page).transpose()?;
    let log = args.log.and_then(|_| ranks::first(|| super::log::follow(&run, config.ensemble)));
    let learned = learn::all(config, data, run, resumed, &device);
    let seconds = start.elapsed().as_secs_f64();
    log.map_or(Ok(()), |mut log| log.end())?; // also of a run that has diverged
    let (scores, mut result) = learned.inspect_err(|error| tell(error, args.json, &path, seconds))?;
    if args.json {
        result["seconds"] = seconds.into();
        print::data(&json(&result));
    } else {
        progress::conclude(&path, &scores, seconds);
    }
    if let Some(live) = live {
        live.end(args.keep);
    }
    Ok(())
}

/// Tells machines, if they asked, of a run that has diverged.
fn tell(error: &Error, as_json: bool, run: &Path, seconds: f64) {
    if let (Error::Diverged(why), true) = (error, as_json) {
        let told = serde_json::json!({"run": clean::path(run), "diverged": why, "seconds": seconds});
        print::data(&json(&told));
    }
}

/// How many epochs the run that is to go on has learned, if it is over and nothing is asked of it that it has not done.
fn finished(args: &Args, config: &Config) -> Result<Option<usize>> {
    let Some(run) = args.resume.as_ref().map(|path| Run::at(path)).filter(|_| config.ensemble == 1) else {
        return Ok(None);
    };
    let elsewhere = |name: &str| ["data", "test", "threads", "memory", "device"].contains(&name);
    let asked = Config::of(&run)?.changes(config).into_iter().any(|change| !elsewhere(&change.knob));
    if asked || args.knobs.gives("test") { Ok(None) } else { train::finished(&run, config) }
}

/// Warns where the weights to begin with have learned rows that are held out now, so that these judge nothing.
fn warn_of_learned_rows(config: &Config, data: &Data) {
    let from = config.from.as_ref().filter(|_| ranks::is_first());
    let drawn = !data.validation.is_empty() && data.layout.validation.is_none();
    let Some(model) = from.filter(|_| drawn) else { return };
    let name = model.display();
    let known = Run::of_model(model).and_then(|run| Some((Origin::of_run(&run)?, Config::of(&run).ok()?, run)));
    let Some((origin, before, run)) = known else {
        return print::note(&format!(
            "nothing says which rows the weights of `{name}` have learned; if rows of this file, the validation accuracy is too high"
        ));
    };
    let joined = run.has(RunFile::First) && model.file_name() == Some(RunFile::Best.name().as_ref());
    let why = match joined {
        true => "are of several networks, each of which held out other rows of this file",
        false => "have learned from this file with other rows held out",
    };
    if same_file(&origin, config) && (joined || held_out(&before) != held_out(config)) {
        let judge = if data.test.is_some() { "only the test half says" } else { "no row here says" };
        print::note(&format!(
            "warning: the weights of `{name}` {why}, so the validation part holds rows that they have learned, and its \
             accuracy is too high; {judge} how good the model is on other rows"
        ));
    }
}

/// Whether a run of this `origin` learned from the file of `config`.
fn same_file(origin: &Origin, config: &Config) -> bool {
    match (&origin.data, &config.data) {
        (Some(stamp), Some(path)) => stamp.is(path),
        (None, None) => !origin.given,
        _ => false,
    }
}

/// What decides which rows of a file are held out.
fn held_out(config: &Config) -> impl PartialEq + use<> {
    let request = config.request();
    (request.fold, request.fold.is_none().then_some(request.validation.to_bits()), request.seed)
}

/// Refuses a search that makes no sense, before the folder is made.
fn searchable(args: &Args, config: &Config, data: &Data) -> Result<()> {
    match (args.tune, args.live) {
        (None, _) => Ok(()),
        (Some(_), None) => Tuning::check(config, data),
        (Some(_), Some(_)) => Err(Error::usage(
            "--live shows the epochs of one run and --tune makes many; leave --live out, and look at the run afterwards: backburn report RUN",
        )),
    }
}

/// The configuration that a search finds, where one is asked for or goes on.
fn search(config: &Config, args: &Args, data: &Data, run: &Hold, device: &Device) -> Result<Option<Config>> {
    let tuning = match args.tune {
        Some(budget) => {
            let chosen = args.knobs.chosen(args.config.as_deref())?;
            Some(Tuning::begin(config.clone(), chosen, budget, data.clone(), run.clone(), device)?)
        }
        None if args.resume.is_some() => Tuning::resume(config, data.clone(), run.clone(), device)?,
        None => None,
    };
    tuning.map(|tuning| tune::follow(tuning, data.test.is_some(), args.json)).transpose()
}

/// The configuration that was asked for, before the data decide what nobody has chosen.
fn resolve(args: &Args) -> Result<Config> {
    let mut config = match &args.resume {
        Some(path) => resumed(args, path)?,
        None => args.knobs.configure(args.file.clone(), args.config.as_deref())?,
    };
    config.memory.get_or_insert_with(|| Memory::free().among(ranks::beside())); // kept for a resumed run: the order of a stream depends on it
    Ok(config)
}

/// The configuration that will run: what nobody has chosen is decided by the data. They are opened for it where they are
/// not at hand.
fn fitted(config: Config, args: &Args, data: Option<&Data>) -> Result<Config> {
    if args.resume.is_some() {
        return Ok(config);
    }
    let chosen = args.knobs.chosen(args.config.as_deref())?;
    Ok(match data {
        Some(data) => config.fitted(data.training_rows(), chosen),
        None => config.fitted_to_file(chosen),
    })
}

/// The configuration with which the run in the folder `path` goes on: that of the run, with the flags of this command
/// over it, as far as a run that has begun may still change them (see [`train::settled`]).
fn resumed(args: &Args, path: &Path) -> Result<Config> {
    let before = begun(&Run::at(path), args)?;
    let mut config = Config { data: args.file.clone().or(before.data.clone()), ..before.clone() };
    args.knobs.apply(&mut config)?;
    train::settled(&before, &config, path)?;
    config.check()?;
    config.check_needs(&before)?;
    Ok(config)
}

/// The configuration of a run that is to go on, with its data where that is now.
fn begun(run: &Run, args: &Args) -> Result<Config> {
    let mut config = Config::of(run)?;
    let named = Named { data: args.file.is_some(), test: args.knobs.gives("test") };
    let command = format!("backburn train --resume {}", run.path.display());
    recall_unchanged(run, &mut config, named, [format!("{command} FILE"), format!("{command} --test FILE")])?;
    Ok(config)
}

/// The file's name without its ending, after which the run folder is named if nobody has named it; `digits` without a
/// file.
fn stem(config: &Config) -> String {
    let stem = config.data.as_ref().and_then(|path| path.file_stem());
    stem.map_or_else(|| "digits".into(), |stem| stem.to_string_lossy().into_owned())
}
