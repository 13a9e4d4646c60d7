//! `backburn evaluate`: how good a model is on rows whose classes are known.
//!
//! With a file, the rows are those of its test half, or all of them if it has none. Without a file, they are the rows that
//! the run itself was judged on, found by what the run has written down about its data. Either way the rows pass through
//! the scale and the classes that the model carries, never through those of the file, and what looks as if it had been
//! prepared otherwise is told before any number is (`tell`).

use std::path::PathBuf;

use serde_json::{Value, json};

use super::bar::Counted;
use super::knobs::{Knobs, Machine};
use super::model::Opened;
use super::recall::{Named, recall};
use super::table::table;
use super::{json, print, tell};
use crate::data::{Choice, Fit, Judged, Known, Memory, Part, Request, read_block, read_own};
use crate::error::{Error, Result};
use crate::evaluate::Evaluation;
use crate::run::Run;
use crate::setup::Config;

/// Arguments of `evaluate`.
#[derive(clap::Args)]
pub struct Args {
    /// A run folder, also that of an ensemble, or a .safetensors file
    model: PathBuf,
    /// The HDF5 file, its test half if it has one; the rows that the run itself was judged on without one
    file: Option<PathBuf>,
    /// The data set of the features
    #[arg(long, value_name = "NAME")]
    x: Option<String>,
    /// The data set of the labels
    #[arg(long, value_name = "NAME")]
    y: Option<String>,
    #[command(flatten)]
    machine: Knobs<Machine>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Evaluates the model, or the mean of the probabilities of all networks of an ensemble.
pub fn run(args: Args) -> Result<()> {
    let model = Opened::at(&args.model, &args.machine)?;
    let judged = rows(&args, &model.known(), model.memory)?;
    tell(&judged.fit, &judged.file);
    let saved = model.saved();
    if judged.nameless {
        print::note(&format!(
            "warning: `{}` does not name its classes, so its {} is taken for {}, and so on, as in the training file",
            judged.file, saved.labels[0], saved.classes[0]
        ));
    }
    let (committee, classes) = (model.committee(), &saved.classes);
    let counted = Counted::new(&committee, "evaluating", judged.block.len());
    let evaluation = Evaluation::of(&counted, &judged.block, &model.device)?.0.named(classes);
    drop(counted);
    if args.json {
        print::data(&json(&object(&evaluation, &judged, classes)));
    } else {
        show(&evaluation, &judged, classes);
    }
    Ok(())
}

/// The rows that the model is judged on: those of the file, or those that its own run was judged on, which are found by
/// what the run wrote down about its data. A single .safetensors file outside a run folder has no such rows.
fn rows(args: &Args, known: &Known, memory: Memory) -> Result<Judged> {
    let choice = Choice { x_test: args.x.clone(), y_test: args.y.clone(), ..Choice::default() };
    if let Some(file) = &args.file {
        return read_block(Some(file), &choice, known, memory);
    }
    let model = args.model.display();
    let run = Run::of_model(&args.model).ok_or_else(|| {
        Error::usage(format!(
            "`{model}` is a model without its run, so it has no rows of its own; give the file to judge it on, as in: \
             backburn evaluate {model} FILE"
        ))
    })?;
    let mut config = Config::of(&run)?;
    let way_out = format!("backburn evaluate {model} FILE");
    // Where the test half is a file of its own, nobody asks for the rows that were learned.
    let named = Named { data: config.test.is_some(), test: false };
    recall(&run, &mut config, named, [way_out.clone(), way_out])?;
    let request = config.request();
    let own = request.choice.clone();
    let choice = Choice { x_test: choice.x_test.or(own.x_test), y_test: choice.y_test.or(own.y_test), ..own };
    read_own(&Request { choice, memory, ..request }, known)
}

/// What is known, for machines: the number of rows and where they are from (`of`), loss in nats, accuracy with its
/// interval of 95 %, what is known of each class, the confusion `[class][taken for]`, the names of the classes in its
/// order, and the calibration error. `fit` is null where the rows are of the kind that the model has learned from.
fn object(evaluation: &Evaluation, judged: &Judged, classes: &[String]) -> Value {
    json!({
        "rows": evaluation.rows,
        "of": {"file": judged.file, "half": judged.part.name()},
        "fit": if judged.fit == Fit::Alike { Value::Null } else { judged.fit.to_string().into() },
        "loss": evaluation.loss,
        "accuracy": evaluation.accuracy,
        "interval": evaluation.interval(),
        "per_class": evaluation.per_class,
        "confusion": evaluation.confusion,
        "classes": classes,
        "calibration_error": evaluation.calibration_error,
    })
}

/// What is known, for people: one line with the numbers that count, precision, recall and F1 of every class, and the
/// confusion matrix where it fits a terminal, with a line for each class and a column for what it was taken for.
fn show(evaluation: &Evaluation, judged: &Judged, classes: &[String]) {
    // "the test half of FILE", "the validation part of FILE", or FILE alone where all of its rows were judged.
    let of = match judged.part {
        Part::Whole => String::new(),
        part => format!("the {} of ", part.name()),
    };
    let (low, high) = evaluation.interval();
    print::data(&format!(
        "{} rows, {of}{}: accuracy {:.2} % ({:.2} to {:.2} with 95 % confidence), loss {:.4}, calibration error {:.4}\n",
        evaluation.rows,
        judged.file,
        100.0 * evaluation.accuracy,
        100.0 * low,
        100.0 * high,
        evaluation.loss,
        evaluation.calibration_error
    ));
    let mut rows = vec![["class", "rows", "precision", "recall", "F1"].map(String::from).to_vec()];
    rows.extend(evaluation.per_class.iter().map(|c| {
        vec![
            c.class.clone(),
            c.rows.to_string(),
            format!("{:.4}", c.precision),
            format!("{:.4}", c.recall),
            format!("{:.4}", c.f1),
        ]
    }));
    print::data(&table(&rows));
    if classes.len() <= 20 {
        let mut rows = vec![[vec!["is \\ taken for".to_string()], classes.to_vec()].concat()];
        rows.extend(
            classes
                .iter()
                .zip(&evaluation.confusion)
                .map(|(class, row)| [vec![class.clone()], row.iter().map(usize::to_string).collect()].concat()),
        );
        print::data(&format!("\n{}", table(&rows)));
    }
}
