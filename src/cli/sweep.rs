//! `backburn sweep plan` and `backburn sweep collect`: many trainings from one file, and the table of what became of them.
//!
//! Between the two stands `backburn sweep run` (`sweep_run`), which any scheduler may call in any order. What a plan
//! is, and which configuration is best, is decided in the room `sweep`; here it becomes a table, CSV, JSON or a page.

use std::path::PathBuf;

use clap::Subcommand;

use super::output::{self, Output};
use super::table::table;
use super::{json, print, sweep_run};
use crate::error::{Error, Result};
use crate::numerics::Score;
use crate::report;
use crate::sweep::{End, Entry, Plan, Results, Spec};
use crate::words::words;

/// What can be done with a sweep.
#[derive(Subcommand)]
pub enum Verb {
    /// Make the plan of a sweep, one training a line
    Plan(PlanArgs),
    /// Carry out one training of a plan, or all of them
    Run(sweep_run::Args),
    /// Show what became of the trainings of a plan
    Collect(CollectArgs),
}

/// Arguments of `sweep plan`.
#[derive(clap::Args)]
pub struct PlanArgs {
    /// The sweep, a TOML file; the documentation has an example
    sweep: PathBuf,
    /// Where the plan is written [default: beside the sweep, ending in .jsonl]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing plan; trainings that stay in it keep their results
    #[arg(long)]
    overwrite: bool,
}

/// Arguments of `sweep collect`.
#[derive(clap::Args)]
pub struct CollectArgs {
    /// The plan
    plan: PathBuf,
    /// How the table is printed
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = super::words(Format::ALL.map(Format::name), Format::parse))]
    format: Format,
    /// Write the best configuration as a file for `train --config`
    #[arg(long, value_name = "FILE")]
    best: Option<PathBuf>,
    /// Replace an existing --best
    #[arg(long, requires = "best")]
    overwrite: bool,
}

/// How the table is printed.
#[derive(Clone, Copy, PartialEq)]
enum Format {
    /// For people.
    Text,
    /// A run a line.
    Csv,
    /// One object with runs and configurations.
    Json,
    /// A page with pictures.
    Html,
}

words!(Format: Text "text", Csv "csv", Json "json", Html "html");

impl Verb {
    /// Carries out the verb.
    pub(super) fn run(self) -> Result<()> {
        match self {
            Verb::Plan(args) => plan(&args),
            Verb::Run(args) => sweep_run::run(&args),
            Verb::Collect(args) => collect(&args),
        }
    }
}

/// Makes the plan: a training a line, with its number, its stable name and its knobs. Nothing is trained.
fn plan(args: &PlanArgs) -> Result<()> {
    let path = args.output.clone().unwrap_or_else(|| args.sweep.with_extension("jsonl"));
    let spec = Spec::read(&args.sweep)?;
    let inputs = [vec![args.sweep.clone()], spec.files()].concat();
    let output = Output::open(&path, "--output", args.overwrite, &inputs)?;
    let trials = spec.trials()?;
    output.write(Plan::text(&trials).as_bytes())?;
    let (count, path) = (trials.len(), path.display());
    print::note(&format!("{count} trainings in `{path}`; train them all: backburn sweep run {path}"));
    Ok(())
}

/// Prints the table of what became of the trainings so far, whatever their number, and writes the best configuration if
/// that is wanted. The folders are only read, so this may be asked at any time while others train.
fn collect(args: &CollectArgs) -> Result<()> {
    let plan = Plan::read(&args.plan)?;
    let best = args.best.as_ref().map(|path| (path, output::of_plan(&plan)));
    let output = best.map(|(path, inputs)| Output::open(path, "--best", args.overwrite, &inputs)).transpose()?;
    let collected = Results::of(&plan);
    match args.format {
        Format::Text => text(&collected),
        Format::Csv => print::data(csv(&collected)?.trim_end()),
        Format::Json => print::data(&json(&collected)),
        Format::Html => print::data(report::sweep(&collected).trim_end()),
    }
    let Some(output) = output else { return Ok(()) };
    let best = collected.best()?;
    let best = best.ok_or_else(|| Error::other("no training of the plan has finished, so none is best"))?;
    output.write(best.to_toml()?.as_bytes())
}

/// The table for people: configurations by their score, how many runs came to which end, and why some did not finish.
fn text(collected: &Results) {
    print::data(&table(&collected.table()));
    let counts = End::ALL.map(|end| (collected.count(end), end.name()));
    let counts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, name)| format!("{n} {name}")).collect();
    print::note(&format!("{} trainings: {}", collected.runs.len(), counts.join(", ")));
    for Entry { trial, outcome } in collected.runs.iter().filter(|entry| !entry.outcome.why.is_empty()) {
        print::note(&format!("{} {} ({}): {}", trial.number, outcome.end.name(), trial.said(), outcome.why));
    }
}

/// Every run as a line of CSV, with its number and stable name, the knobs that vary, how it ended, loss and accuracy on
/// each part, the seconds it took, and why it did not finish. Scores of runs that are not over are empty cells.
fn csv(collected: &Results) -> Result<String> {
    let varied = collected.varied();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fail = |e: csv::Error| Error::other(format!("table: {e}"));
    let scores =
        ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "test_loss", "test_accuracy"];
    let heading = ["number", "id"].into_iter().chain(varied.iter().copied()).chain(["end", "epochs", "best_epoch"]);
    writer.write_record(heading.chain(scores).chain(["seconds", "why"])).map_err(fail)?;
    for Entry { trial, outcome } in &collected.runs {
        let pair = |score: Option<Score>| {
            score.map_or([String::new(), String::new()], |score| [score.loss, score.accuracy].map(|v| v.to_string()))
        };
        let values = varied.iter().map(|name| trial.varied.get(*name).cloned().unwrap_or_default());
        let end = [outcome.end.name().to_string(), outcome.epochs.to_string(), outcome.best_epoch.to_string()];
        let scores = [pair(outcome.train), pair(outcome.validation), pair(outcome.test)].concat();
        let record = [trial.number.to_string(), trial.id.clone()].into_iter().chain(values).chain(end).chain(scores);
        writer.write_record(record.chain([format!("{:.1}", outcome.seconds), outcome.why.clone()])).map_err(fail)?;
    }
    let bytes = writer.into_inner().map_err(|e| Error::other(format!("table: {e}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
