//! The command line: one file a verb, each its arguments and `run`.
//!
//! What was typed becomes what will run, and results become text; nothing is computed here. Every verb is built alike:
//! flags are checked, outputs are opened before the work, the library does it, and the result is printed for a
//! person or, with `--json`, for a machine.
//!
//! | files | what verbs share |
//! |---|---|
//! | `knobs` | a flag for every knob of the library, and what was given with them |
//! | `output`, `print` | files that may be written; the only place that prints |
//! | `model`, `recall`, `rows` | a model that exists; the data of an earlier run, found again; rows that are to be predicted |
//! | `learn`, `progress`, `pace` | a training followed to its end, and how far an epoch is, on the terminal |
//! | `bar` | how far other work is |
//! | `live`, `log`, `ticker` | the same in a browser, and for TensorBoard |
//! | `tune`, `together` | the search for a configuration, and several processes that learn one network, for `train` |
//! | `script`, `differences` | the check of a script, for `gradcheck`, and what it answers by itself |
//! | `table`, `terminal`, `faults` | text in columns; what the terminal can show; faults of data in words |

mod bar;
mod devices;
mod diagnose;
mod differences;
mod evaluate;
mod export;
mod faults;
mod gradcheck;
mod import;
mod inspect;
mod knobs;
mod learn;
mod live;
mod log;
mod lr_range;
mod model;
mod output;
mod pace;
mod predict;
mod print;
mod progress;
mod recall;
mod report;
mod rows;
mod script;
mod sweep;
mod sweep_run;
mod table;
mod terminal;
mod ticker;
mod together;
mod train;
mod tune;

pub use print::{arrived, complain, note};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, Parser, Subcommand};

use crate::data::Fit;
use crate::error::{Error, Result};

/// Trains classifiers from HDF5 files, does not blow up, and says why your own training does.
#[derive(Parser)]
#[command(name = "backburn", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Print no messages, only data and errors
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// Train a network on an HDF5 file, or on the built-in digits
    #[command(allow_negative_numbers = true)]
    Train(Box<train::Args>),
    /// Measure a model: loss, accuracy, precision and recall, confusion, calibration
    Evaluate(evaluate::Args),
    /// Predict classes and probabilities, row by row
    Predict(predict::Args),
    /// Show what is in a file and what `train` would take
    Inspect(inspect::Args),
    /// Bring IDX, NPZ, CSV, images or MNIST itself into an HDF5 file
    Import(import::Args),
    /// Show what came of a run as one HTML page, or several runs side by side
    Report(report::Args),
    /// Write a model as safetensors, ONNX, NPZ, HDF5, a PyTorch module or an HTML page
    Export(export::Args),
    /// Say which equation of a hand-derived gradient is wrong
    Gradcheck(gradcheck::Args),
    /// List the backends of this binary and whether they work here
    Devices(devices::Args),
    /// Find the learning rate that a network can take, or that there is none
    #[command(allow_negative_numbers = true)]
    LrRange(Box<lr_range::Args>),
    /// Find out why a run does not learn, and the command that cures it
    Diagnose(diagnose::Args),
    /// Plan, carry out and collect many trainings, on one machine or on any scheduler
    #[command(subcommand)]
    Sweep(sweep::Verb),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of the program, or of one command
    Man {
        /// The command
        command: Option<String>,
    },
}

/// What `backburn` alone says.
const FIRST: &str = "\
backburn trains classifiers from HDF5 files, and says why training goes wrong.

  backburn train                  learn the built-in digits, to see what a run is
  backburn train FILE.h5          learn your own file; `inspect FILE.h5` shows what is taken of it
  backburn import FILE            make an HDF5 file of CSV, NPZ, IDX or images, or of `mnist`
  backburn predict RUN FILE.h5    the classes of other rows, by the model in the run folder RUN
  backburn diagnose RUN           why a run does not learn, and the command that cures it
  backburn gradcheck SCRIPT.py    which equation of your own backward pass is wrong

Everything else: backburn help; for one command: backburn train --help, or backburn man train";

impl Cli {
    /// What was typed.
    ///
    /// # Errors
    /// It is no command line of this program, or asks for help; the error prints itself and knows its exit code.
    pub fn typed() -> std::result::Result<Self, clap::Error> {
        let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
        Cli::try_parse().map_err(|error| knobs::hinted(error, &Cli::command(), &words))
    }

    /// Carries out the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self) -> Result<()> {
        print::quiet(self.quiet);
        let Some(verb) = self.verb else {
            print::data(FIRST);
            return Ok(());
        };
        match verb {
            Verb::Train(args) => train::run(*args),
            Verb::Evaluate(args) => evaluate::run(args),
            Verb::Predict(args) => predict::run(args),
            Verb::Inspect(args) => inspect::run(&args),
            Verb::Import(args) => import::run(args),
            Verb::Report(args) => report::run(args),
            Verb::Export(args) => export::run(&args),
            Verb::Gradcheck(args) => gradcheck::run(&args),
            Verb::Devices(args) => devices::run(&args),
            Verb::LrRange(args) => lr_range::run(*args),
            Verb::Diagnose(args) => diagnose::run(args),
            Verb::Sweep(verb) => verb.run(),
            Verb::Completions { shell } => {
                let mut text = Vec::new();
                clap_complete::generate(shell, &mut Cli::command(), "backburn", &mut text);
                print::data(&String::from_utf8_lossy(&text));
                Ok(())
            }
            Verb::Man { command } => manual(command.as_deref()),
        }
    }
}

/// Prints the manual page of the program, or of the command called `name`, in the language of `man`. Both are made of
/// the same declarations as the help, so that they cannot differ from it.
fn manual(name: Option<&str>) -> Result<()> {
    let mut program = Cli::command();
    program.build(); // what all commands have in common reaches each of them
    let page = match name {
        None => program,
        Some(name) => {
            let found = program.find_subcommand(name).cloned();
            let page = found.ok_or_else(|| Error::usage(format!("no command `{name}`; see backburn help")))?;
            page.display_name(format!("backburn-{name}"))
        }
    };
    let mut text = Vec::new();
    let _ = clap_mangen::Man::new(page).source(concat!("backburn ", env!("CARGO_PKG_VERSION"))).render(&mut text);
    print::data(&String::from_utf8_lossy(&text));
    Ok(())
}

/// The values of a flag whose words the house defines: `names` in the help text, `parse` for what was typed.
fn words<T: Clone + Send + Sync + 'static>(
    names: impl IntoIterator<Item = &'static str>,
    parse: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names).try_map(move |word| parse(&word).ok_or("unknown word"))
}

/// Tells on stderr what is worth telling of how the rows of `file` fit a model.
fn tell(fit: &Fit, file: &str) {
    match fit {
        Fit::Alike => {}
        Fit::Converted { .. } => print::note(&format!("`{file}`: {fit}")),
        Fit::Apart { .. } => print::note(&format!("warning: `{file}`: {fit}")),
    }
}

/// JSON as one line; the values of the house always have one.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}
