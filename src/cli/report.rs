//! `backburn report`: what came of a run as one page, several runs side by side, or the pictures one by one.
//!
//! `train` has left a page in the folder of the run already. This verb makes it anew: in a later version of the
//! program, somewhere else, or as single pictures for a paper. A page of one run needs its data, because the judged
//! rows are measured again and the worst of them are shown; several runs are compared by what their folders hold.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::bar::Clock;
use super::knobs::{Knobs, Machine};
use super::model::Opened;
use super::output::{self, Output};
use super::recall::{Named, recall};
use super::{json, print, tell};
use crate::data::{Judged, Part, Request, read_own};
use crate::error::{Error, Result};
use crate::evaluate::Evaluation;
use crate::model::Saved;
use crate::report::{self, Compared, Course, Facts, Measured, charts, compare, page};
use crate::run::{Run, RunFile};
use crate::setup::Config;

/// Arguments of `report`.
#[derive(clap::Args)]
pub struct Args {
    /// Run folders; several are put side by side
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The file to write, - for stdout [default: report.html, here]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write every chart of a run as an SVG file into this folder instead
    #[arg(long, value_name = "FOLDER", conflicts_with = "output")]
    svg: Option<PathBuf>,
    /// Write every chart of a run as a PNG file into this folder instead, or too; needs the feature png-charts
    #[arg(long, value_name = "FOLDER", conflicts_with = "output")]
    png: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    overwrite: bool,
    /// Where the data of the run is now, if it has moved
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    #[command(flatten)]
    machine: Knobs<Machine>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Reports. Outputs are opened before anything is measured, so that a file that may not be written costs no time.
pub fn run(args: Args) -> Result<()> {
    let inputs: Vec<PathBuf> =
        args.runs.iter().flat_map(|run| output::of_model(run)).chain(args.data.clone()).collect();
    if args.svg.is_some() || args.png.is_some() {
        return pictures(&args, &inputs);
    }
    let path = args.output.clone().unwrap_or_else(|| "report.html".into());
    let output = Output::open(&path, "--output", args.overwrite, &inputs)?;
    let text = match &args.runs[..] {
        [run] => match course(run)? {
            Some(course) => report::course(&course),
            None => page(&facts(run, &args)?),
        },
        runs => compare(&runs.iter().map(|run| Compared::of(&Run::at(run))).collect::<Result<Vec<_>>>()?),
    };
    output.write(text.as_bytes())?;
    if path == Path::new("-") { Ok(()) } else { told(&args, &[path]) }
}

/// Writes the charts of a run one by one, as SVG, as PNG, or both.
fn pictures(args: &Args, inputs: &[PathBuf]) -> Result<()> {
    let [run] = &args.runs[..] else {
        return Err(Error::usage("--svg and --png write the charts of one run; give one"));
    };
    let drawn = match course(run)? {
        Some(course) => report::course_charts(&course),
        None => charts(&facts(run, args)?),
    };
    type Drawing = fn(&str) -> Result<Vec<u8>>;
    let kinds: [(&Option<PathBuf>, _, Drawing); 2] =
        [(&args.svg, "svg", |svg| Ok(svg.as_bytes().to_vec())), (&args.png, "png", report::bitmap)];
    let mut files = Vec::new();
    for (folder, kind, drawing) in kinds {
        for (name, svg) in drawn.iter().filter(|_| folder.is_some()) {
            let path = folder.clone().unwrap_or_default().join(format!("{name}.{kind}"));
            files.push((path, kind, drawing(svg)?));
        }
    }
    let open = |path: &PathBuf, kind| Output::open(path, &format!("--{kind}"), args.overwrite, inputs);
    let outputs = files.iter().map(|(path, kind, _)| open(path, kind)).collect::<Result<Vec<_>>>()?;
    outputs.into_iter().zip(&files).try_for_each(|(output, (.., bytes))| output.write(bytes))?;
    told(args, &files.into_iter().map(|(path, ..)| path).collect::<Vec<_>>())
}

/// Says on stdout what was written, one path a line or as JSON, for the next command of a script.
fn told(args: &Args, written: &[PathBuf]) -> Result<()> {
    match args.json {
        true => print::data(&json(&json!({ "files": written }))),
        false => written.iter().for_each(|path| print::data(&path.display().to_string())),
    }
    Ok(())
}

/// How the run in the folder `path` went, if it is a run and has no best weights that rows could be judged by.
fn course(path: &Path) -> Result<Option<Course>> {
    let run = Run::at(path);
    if !run.has(RunFile::Journal) || run.has(RunFile::Best) {
        return Ok(None);
    }
    let last = run.file(RunFile::Last);
    let classes = if last.is_file() { Saved::read(&last)?.classes } else { Vec::new() };
    Course::of(&run, &Config::of(&run)?, classes).map(Some)
}

/// What is known about the run in the folder `path`, measured anew on the rows that it was judged on. They are found as
/// `evaluate` finds them, and the folder is only read: another process may train in it.
fn facts(path: &Path, args: &Args) -> Result<Facts> {
    let run = Run::at(path);
    let opened = Opened::at(path, &args.machine)?;
    let mut config = Config::of(&run)?;
    if let Some(data) = &args.data {
        config.data = Some(data.clone());
    }
    let way_out = format!("backburn report {} --data FILE", path.display());
    let named = Named { data: args.data.is_some() || config.test.is_some(), test: false };
    recall(&run, &mut config, named, [way_out.clone(), way_out])?;
    let own: Judged = read_own(&Request { memory: opened.memory, ..config.request() }, &opened.known())?;
    tell(&own.fit, &own.file);
    let model = opened.committee();
    let _measuring = Clock::start(format!("measuring {}", path.display()));
    let (evaluation, misclassified) = Evaluation::of(&model, &own.block, &opened.device)?;
    let judged = match own.part {
        Part::Test => "test",
        Part::Validation => "validation",
        Part::Train => "training",
        Part::Whole => "given",
    };
    let evaluation = evaluation.named(&opened.saved().classes);
    let measured = Measured {
        models: &opened.networks,
        model: &model,
        rows: &own.block,
        judged,
        evaluation: &evaluation,
        misclassified: &misclassified,
    };
    Facts::of(&run, &config, measured, &opened.device)
}
