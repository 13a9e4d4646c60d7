//! `backburn evaluate`: how good a model is on rows whose classes are known.

use std::path::PathBuf;

use serde_json::json;

use super::knobs::{Knobs, Machine};
use super::table::table;
use super::{json, print};
use crate::data::{Choice, Classes, Known, Memory, read_block};
use crate::device;
use crate::error::Result;
use crate::evaluate::Report;
use crate::model::{Ensemble, Saved};

/// Arguments of `evaluate`.
#[derive(clap::Args)]
pub struct Args {
    /// A run folder, also that of an ensemble, or a .safetensors file
    model: PathBuf,
    /// The HDF5 file, its test half if it has one; the built-in digits without one
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

/// Evaluates.
pub fn run(args: Args) -> Result<()> {
    let all = Saved::read_all(&args.model)?;
    let saved = &all[0];
    let machine = args.machine.configure(None, None)?;
    let device = device::choose(machine.device.as_deref())?;
    let choice = Choice { x_test: args.x, y_test: args.y, ..Choice::default() };
    let classes = Classes { names: saved.classes.clone(), values: saved.labels.clone() };
    let known = Known { classes: &classes, shape: &saved.input, scale: &saved.scale, tones: saved.tones };
    let block = read_block(args.file.as_deref(), &choice, &known, machine.memory.unwrap_or_else(Memory::free))?;
    let ensemble = Ensemble(all.iter().map(|saved| saved.network(&device)).collect());
    let report = Report::of(&ensemble, &block, &device)?.0.named(&saved.classes);
    if args.json {
        let per_class = json!(report.per_class);
        let result = json!({
            "rows": report.rows, "loss": report.loss, "accuracy": report.accuracy, "per_class": per_class,
            "confusion": report.confusion, "classes": saved.classes, "calibration_error": report.calibration_error,
        });
        print::data(&json(&result));
    } else {
        show(&report, &saved.classes);
    }
    Ok(())
}

fn show(report: &Report, classes: &[String]) {
    print::data(&format!(
        "{} rows: accuracy {:.2} %, loss {:.4}, calibration error {:.4}\n",
        report.rows,
        100.0 * report.accuracy,
        report.loss,
        report.calibration_error
    ));
    let mut rows = vec![["class", "rows", "precision", "recall", "F1"].map(String::from).to_vec()];
    rows.extend(report.per_class.iter().map(|c| {
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
                .zip(&report.confusion)
                .map(|(class, row)| [vec![class.clone()], row.iter().map(usize::to_string).collect()].concat()),
        );
        print::data(&format!("\n{}", table(&rows)));
    }
}
