//! `backburn predict`: the class and the probabilities of each row, in row order.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use super::{json, print};
use crate::data::{hdf5, read_rows};
use crate::device;
use crate::error::{Error, Result};
use crate::evaluate::Predictions;
use crate::learner::write_beside;
use crate::model::Saved;

/// Arguments of `predict`.
#[derive(clap::Args)]
pub struct Args {
    /// A run folder or a .safetensors file
    model: PathBuf,
    /// The HDF5 file with the rows, or one PNG image
    file: PathBuf,
    /// The data set of the features
    #[arg(long, value_name = "NAME")]
    x: Option<String>,
    /// Where to; stdout without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// csv, jsonl or hdf5 [default: by the ending of --output, else csv]
    #[arg(long)]
    format: Option<Format>,
    /// The device, as in flex or vulkan:1
    #[arg(long, env = "BACKBURN_DEVICE", hide_env = true)]
    device: Option<String>,
    /// Print JSON lines
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Csv,
    Jsonl,
    Hdf5,
}

impl Format {
    fn by_ending(path: &Path) -> Self {
        match path.extension().and_then(|e| e.to_str()) {
            Some("h5" | "hdf5") => Format::Hdf5,
            Some("json" | "jsonl" | "ndjson") => Format::Jsonl,
            _ => Format::Csv,
        }
    }
}

/// Predicts.
pub fn run(args: Args) -> Result<()> {
    let ending = args.output.as_deref().map_or(Format::Csv, Format::by_ending);
    let format = if args.json { Format::Jsonl } else { args.format.unwrap_or(ending) };
    if format == Format::Hdf5 && args.output.is_none() {
        return Err(Error::usage("HDF5 is no stream: it cannot go to stdout; pass --output FILE.h5"));
    }
    let saved = Saved::read(&args.model)?;
    let device = device::choose(args.device.as_deref())?;
    let block = read_rows(&args.file, args.x.as_deref(), &saved.input, &saved.scale)?;
    let predictions = Predictions::of(&saved.network(&device), &block, &device);
    match (format, args.output) {
        (Format::Hdf5, Some(path)) => {
            hdf5::write_predictions(&path, &predictions.winners(), &predictions.log_p, &saved.classes)
        }
        (_, Some(path)) => write_beside(&path, text(format, &predictions, &saved.classes)?.as_bytes()),
        (_, None) => {
            print::data(text(format, &predictions, &saved.classes)?.trim_end());
            Ok(())
        }
    }
}

fn text(format: Format, predictions: &Predictions, classes: &[String]) -> Result<String> {
    let rows = predictions.winners().into_iter().zip(predictions.rows()).enumerate();
    if format == Format::Jsonl {
        let object = |(row, (winner, log_p)): (usize, (usize, &[f32]))| {
            let p: Vec<f32> = log_p.iter().map(|l| l.exp()).collect();
            json(&json!({"row": row, "class": classes[winner], "probabilities": p})) + "\n"
        };
        return Ok(rows.map(object).collect());
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fail = |e: csv::Error| Error::other(format!("cannot write a table: {e}"));
    let heading = ["row".to_string(), "class".to_string()].into_iter().chain(classes.iter().map(|c| format!("p_{c}")));
    writer.write_record(heading).map_err(fail)?;
    for (row, (winner, log_p)) in rows {
        let start = [row.to_string(), classes[winner].clone()];
        writer.write_record(start.into_iter().chain(log_p.iter().map(|l| l.exp().to_string()))).map_err(fail)?;
    }
    let bytes = writer.into_inner().map_err(|e| fail(e.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
