//! `backburn diagnose`: why a run does not learn, and the command that cures it.
//!
//! What is found out is made into text here: the verdict first, then what was seen, the causes with the effect of each,
//! and the command. The words for a cause come with it, from `diagnose/sentence.rs`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::bar::Bar;
use super::faults::{verdict, words};
use super::knobs::{Device, Knobs, named_in, read_config};
use super::recall::{Named, recall};
use super::{json, print};
use crate::data::{Data, Request, Scale};
use crate::device;
use crate::diagnose::{self, Budget, Cause, Diagnosis, Health, Measure, Noise, Recall, Recorded};
use crate::error::{Error, Result};
use crate::faults::{self, Depth};
use crate::journal::Change;
use crate::numerics::interval;
use crate::run::{Run, RunFile};
use crate::setup::Config;

/// Classes of which every recall is told.
const CLASSES: usize = 10;
/// The share of wrong labels above which they are told.
const NOISY: f64 = 0.01;
/// Of more classes, how many of those that are found least are told.
const WORST: usize = 5;

/// Arguments of `diagnose`. The two limits are those of the experiments: steps make an answer repeatable, seconds keep it
/// short on a slow machine.
#[derive(clap::Args)]
pub struct Args {
    /// A run folder; or, with --config, the HDF5 file
    #[arg(value_name = "RUN")]
    subject: Option<PathBuf>,
    /// Diagnose this configuration instead of a run
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the data of the run is now, if it was moved; without a run, the file to look at
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    data: Option<PathBuf>,
    /// Where the file of its test half is now
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    test: Option<PathBuf>,
    /// The score by which cures are judged: the share of right rows, the mean recall of the classes, or exp(-loss)
    #[arg(long, value_name = "SCORE", default_value = "accuracy", value_parser = super::words(Measure::ALL.map(Measure::name), Measure::parse))]
    score: Measure,
    /// Updates that the experiments may make in all
    #[arg(long, default_value_t = 40_000)]
    steps: usize,
    /// Seconds that they may take
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    seconds: u64,
    #[command(flatten)]
    device: Knobs<Device>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Diagnoses a run or a configuration. Data that cannot be read are a diagnosis and no error: they are why a run does not
/// learn.
pub fn run(args: Args) -> Result<()> {
    if let (None, None, Some(file)) = (&args.subject, &args.config, &args.data) {
        return of_file(file, args.test.clone(), args.json);
    }
    let (mut config, recorded) = subject(&args)?;
    args.device.apply(&mut config)?;
    config = config.tidied(); // another device may know only one precision
    config.check()?;
    device::threads(config.threads)?;
    let diagnosis = match Data::load(&config.request()) {
        Ok(data) => {
            let device = device::choose(config.device.as_deref())?;
            let budget = Budget { steps: args.steps, until: Some(Instant::now() + Duration::from_secs(args.seconds)) };
            let mut bar = Bar::open();
            let mut progress = |done: usize, total: usize, what: &str| {
                bar.steps(what, done, total);
                Ok(())
            };
            diagnose::diagnose(&config, &data, recorded, args.score, &device, budget, &mut progress)?
        }
        Err(Error::Data(text)) => {
            let faults = faults::of_request(&config.request(), Depth::Look).unwrap_or_default();
            Diagnosis::of_data(text, faults)
        }
        Err(other) => return Err(other),
    };
    if args.json {
        print::data(&json(&diagnosis));
    } else {
        show(&diagnosis);
    }
    Ok(())
}

/// Looks at a file alone, for what no network could learn from it or what would make its score worthless.
fn of_file(file: &Path, test: Option<PathBuf>, json: bool) -> Result<()> {
    let request = Request { file: Some(file.to_path_buf()), test, scale: Scale::None, ..Request::default() };
    let found = faults::of_request(&request, Depth::Look)?;
    print::data(&if json { super::json(&verdict(&found)) } else { words(&found) });
    Ok(())
}

/// What is to be diagnosed: a configuration, and what is left of its run, if it had one. With `--config` the argument is the
/// data file, since a configuration without a run may well name none.
fn subject(args: &Args) -> Result<(Config, Option<Recorded>)> {
    match (&args.config, &args.subject) {
        (Some(file), data) => {
            let config = read_config(file)?;
            config.check_needs(&Config::default())?;
            let (config, named) = (Config { data: data.clone().or(config.data.clone()), ..config }, named_in(file)?);
            Ok((config.fitted_to_file(|name| named.iter().any(|other| other == name)), None))
        }
        (None, Some(path)) => {
            let run = Run::at(path);
            let mut config = Config::of(&run)?;
            if config.ensemble > 1 {
                return Err(Error::usage(format!(
                    "`{0}` is an ensemble, and one run is diagnosed at a time; give one of its networks, as in {0}/1",
                    path.display()
                )));
            }
            let named = Named { data: args.data.is_some(), test: args.test.is_some() };
            let command = format!("backburn diagnose {}", path.display());
            recall(&run, &mut config, named, [format!("{command} --data FILE"), format!("{command} --test FILE")])?;
            config.data = args.data.clone().or(config.data);
            config.test = args.test.clone().or(config.test);
            Ok((config, Some(Recorded::of(&run)?)))
        }
        (None, None) => Err(Error::usage("nothing to diagnose; give a run folder, or --config FILE and the data")),
    }
}

/// Prints the diagnosis for a person: the verdict, what was seen, the causes, what would do better still, and the command
/// that cures. How much work it was goes to stderr, because it is no part of the answer.
fn show(diagnosis: &Diagnosis) {
    let verdict = match (diagnosis.verdict, reasons(diagnosis)) {
        (Health::Healthy, _) => healthy(diagnosis),
        (Health::Unclear, _) => unclear(diagnosis),
        (Health::Sick, 0) => "sick, and no change that was tried cures it".to_string(),
        (Health::Sick, 1) => format!("sick: {}", diagnosis.causes[0].say),
        (Health::Sick, n) => format!("sick, for {n} reasons at once"),
    };
    print::data(&verdict);
    if diagnosis.rows > 0 {
        print::data(&standing(diagnosis));
    }
    if diagnosis.network > 0 {
        print::data(&format!(
            "judged by network {} of those that were joined; the first, whose weights are {}, is not like most",
            diagnosis.network,
            RunFile::First.name()
        ));
    }
    if !diagnosis.findings.is_empty() {
        let harmless = if diagnosis.verdict == Health::Healthy { ", without harm" } else { "" };
        print::data(&format!("\nseen{harmless}"));
        for finding in &diagnosis.findings {
            print::data(&format!("  step {:<6} {}", finding.step, finding.sentence()));
        }
    }
    if !diagnosis.repaired.is_empty() {
        let change = |change: &Change| format!("--{} {} became {}", change.knob, change.was(), change.shown());
        let changes: Vec<String> = diagnosis.repaired.iter().map(change).collect();
        print::data(&format!("\nrepaired while it was trained, and judged as it is now\n  {}", changes.join("\n  ")));
    }
    if diagnosis.verdict == Health::Sick {
        print::data("\nbecause");
        diagnosis.causes.iter().for_each(|cause| print::data(&because(cause)));
    }
    if !diagnosis.also.is_empty() {
        print::data("\nand, to do better still");
        diagnosis.also.iter().for_each(|cause| print::data(&because(cause)));
    }
    if let Some(command) = &diagnosis.command {
        print::data(&format!(
            "\ncure, tried for a few hundred steps: {} {}{}; before, {}{}{}\n\n  {command}",
            percent(diagnosis.reachable),
            diagnosis.measure.called(diagnosis.judged_rows()),
            diagnosis.promised.map_or(String::new(), |p| format!(" ({} to {})", percent(p.low), percent(p.high))),
            percent(diagnosis.reached.score),
            at_a_loss(diagnosis.loss),
            recall_of_cure(diagnosis)
        ));
    }
    let short = if diagnosis.cut_short { "; the budget ended first, give more --steps or --seconds" } else { "" };
    print::note(&format!("\n{} experiments, {} steps{short}", diagnosis.experiments, diagnosis.steps));
}

/// A share in percent, as a person reads it.
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// What the score of the run is worth: beside always naming the most frequent class, and class by class.
fn standing(diagnosis: &Diagnosis) -> String {
    let (low, high) = interval(diagnosis.accuracy, diagnosis.rows);
    let own = match diagnosis.measure {
        Measure::Accuracy => String::new(),
        measure => {
            let reached = diagnosis.reached;
            let (score, low, high) = (percent(reached.score), percent(reached.low), percent(reached.high));
            format!(
                "judged by {}, as --score asks: {score} {} ({low} to {high})\n",
                measure.name(),
                measure.called(diagnosis.judged_rows())
            )
        }
    };
    format!(
        "{own}score: {} of {} {} right ({} to {}), where always naming the most frequent class has {}; mean recall \
         of the classes {}{}",
        percent(diagnosis.accuracy),
        diagnosis.rows,
        diagnosis.judged_rows(),
        percent(low),
        percent(high),
        percent(diagnosis.majority),
        percent(diagnosis.balanced),
        recalls(&diagnosis.recall)
    ) + &noise(diagnosis.noise)
}

/// How many things are wrong: a class that is rare and drowns is one, though it is named by what the rows show and by the knob
/// that helps.
fn reasons(diagnosis: &Diagnosis) -> usize {
    let named = |name: &str| diagnosis.causes.iter().any(|cause| cause.name == name);
    diagnosis.causes.len() - usize::from(named("imbalance") && named("balance"))
}

/// How many labels are wrong, where that is clear and they are more than a few.
fn noise(found: Option<Noise>) -> String {
    found.filter(|noise| noise.low > NOISY).map_or(String::new(), |noise| {
        format!(
            "\nlabels: {} ({} to {}) of the {} held-out rows that the run is surest of have another label, as many as are \
             wrong if labels are wrong at random",
            percent(noise.share),
            percent(noise.low),
            percent(noise.high),
            noise.rows
        )
    })
}

/// The recall of each class; of many classes that of those which are found least.
fn recalls(all: &[Recall]) -> String {
    let mut worst: Vec<&Recall> = all.iter().collect();
    let few = worst.len() <= CLASSES;
    if !few {
        worst.sort_by(|a, b| a.recall.total_cmp(&b.recall));
        worst.truncate(WORST);
    }
    let one = |class: &&Recall| format!("{} {:.0} % of {}", class.class, 100.0 * class.recall, class.rows);
    let list = worst.iter().map(one).collect::<Vec<_>>().join(", ");
    format!("\nfound of each class{}: {list}", if few { "" } else { ", least" })
}

/// Why a run is neither healthy nor sick.
fn unclear(diagnosis: &Diagnosis) -> String {
    let rows = diagnosis.judged_rows();
    if diagnosis.guesses() {
        return format!(
            "unclear: it does no better than guessing on the {rows}, and nothing that was tried does much better"
        );
    }
    let few = diagnosis.rows;
    format!("unclear: {few} of the {rows} is too few to say how good the run is, and nothing else speaks against it")
}

/// What can be said of a healthy run, and what the best experiment did otherwise where it did better. Another network that
/// does better is told as what it is, since nobody asked for one.
fn healthy(diagnosis: &Diagnosis) -> String {
    let right = format!("healthy: {:.1} % of {} are right", 100.0 * diagnosis.accuracy, diagnosis.judged_rows());
    if diagnosis.better.is_empty() {
        return format!("{right}, and no change that was tried does much better");
    }
    let words = |change: &Change| match change.to.as_str() {
        "" => format!("no --{}", change.knob),
        value => format!("--{} {value}", change.knob),
    };
    let changes: Vec<String> = diagnosis.better.iter().map(words).collect();
    let (reachable, called) = (100.0 * diagnosis.reachable, diagnosis.measure.called(diagnosis.judged_rows()));
    let best = format!("{reachable:.1} % {called} in the best experiment, with {}", changes.join(" "));
    match diagnosis.better.iter().any(|change| change.knob == "hidden") {
        true => format!("{right}; {best}, which is another network and no cure of this one"),
        false => format!("{right}; {best}, which may be chance, longer training or a matter of taste"),
    }
}

/// What a cure does for the mean recall of the classes, where it is judged by right rows and a class was neglected: more
/// of its rows found may cost others, and fewer right rows in all would read as a loss.
fn recall_of_cure(diagnosis: &Diagnosis) -> String {
    let neglected = diagnosis.causes.iter().any(|cause| ["balance", "imbalance"].contains(&cause.name.as_str()));
    let promised = diagnosis.promised.filter(|_| neglected && diagnosis.measure == Measure::Accuracy);
    promised.map_or(String::new(), |cured| {
        let (cured, before) = (percent(cured.balanced), percent(diagnosis.balanced));
        format!("; mean recall of the classes {cured} instead of {before}")
    })
}

/// The loss, where it exploded, as the end of a sentence about right rows.
fn at_a_loss(loss: Option<f64>) -> String {
    loss.map_or(String::new(), |loss| format!(", at a loss of {loss:.1}"))
}

/// A cause, and on a second line what happens where everything but this cause is cured.
fn because(cause: &Cause) -> String {
    let effect = cause.effect.map_or(String::new(), |effect| {
        let loss = at_a_loss(effect.loss);
        format!("\n{:15}all else cured and this left as it is: {:.1} %{loss}", "", 100.0 * effect.score)
    });
    match cause.place.starts_with("--") {
        true => format!("  {:<12} {}{effect}", cause.name, cause.say),
        false => format!("  {}, in {}\n{:15}{}", cause.name, cause.place, "", cause.say),
    }
}
