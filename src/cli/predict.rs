//! `backburn predict`: the class and the probabilities of each row, in row order.
//!
//! Rows are predicted and written batch by batch, so a file may be larger than the memory, and so may the answer. Text
//! formats can go to stdout; HDF5 needs a file, since it is not written from its beginning to its end. The labels of the
//! file are not looked at: whoever has labels wants `evaluate`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use super::bar::Counted;
use super::json;
use super::knobs::{Knobs, Machine};
use super::model::Opened;
use super::output::{self, Output};
use super::rows::Rows;
use crate::clean;
use crate::data::PredictionFile;
use crate::error::{Error, Result};
use crate::evaluate::Predictions;

/// Arguments of `predict`.
#[derive(clap::Args)]
pub struct Args {
    /// A run folder, also that of an ensemble, or a .safetensors file
    model: PathBuf,
    /// The rows: an HDF5, NPY, NPZ or IDX file, a text table (- for stdin), PNG or JPEG images, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The data set of the features
    #[arg(long, value_name = "NAME")]
    x: Option<String>,
    /// The file to write, - for stdout [default: -]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing output
    #[arg(long)]
    overwrite: bool,
    /// csv, jsonl or hdf5 [default: by the ending of --output, else csv]
    #[arg(long)]
    format: Option<Format>,
    #[command(flatten)]
    machine: Knobs<Machine>,
    /// Print JSON lines
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// How predictions are written.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// A table with a heading: row, class, and a column p_CLASS for every class.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// An HDF5 file with the arrays `class` and `probability`.
    Hdf5,
}

impl Format {
    /// The format that the ending of a file asks for; a name without one asks for a table.
    ///
    /// # Errors
    /// It asks for something that is not written here.
    fn by_ending(path: &Path) -> Result<Self> {
        match path.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
            Some("h5" | "hdf5") => Ok(Format::Hdf5),
            Some("json" | "jsonl" | "ndjson") => Ok(Format::Jsonl),
            None | Some("csv" | "txt") => Ok(Format::Csv),
            Some(_) => Err(Error::usage(format!(
                "`{}` has an unknown ending; name it .csv, .txt, .json, .jsonl, .ndjson, .h5 or .hdf5, or pass --format",
                path.display()
            ))),
        }
    }
}

/// Predicts. The output is opened first, so that a file that may not be written stops the command before the work.
pub fn run(args: Args) -> Result<()> {
    let asked = if args.json { Some(Format::Jsonl) } else { args.format };
    if asked == Some(Format::Hdf5) && args.output.is_none() {
        return Err(Error::usage("HDF5 is no stream: it cannot go to stdout; pass --output FILE.h5"));
    }
    let inputs = [output::of_model(&args.model), args.files.clone()].concat();
    let place = args.output.as_deref().unwrap_or(Path::new("-"));
    let output = Output::open(place, "--output", args.overwrite, &inputs)?;
    let ending = || args.output.as_deref().map_or(Ok(Format::Csv), Format::by_ending);
    let format = asked.map_or_else(ending, Ok)?;
    let model = Opened::at(&args.model, &args.machine)?;
    let saved = model.saved();
    let rows = Rows::read(&args.files, args.x.as_deref(), saved, &model.known(), model.memory)?;
    let (block, committee) = (&rows.block, model.committee());
    let counted = Counted::new(&committee, "predicting", block.len());
    let each = |see: &mut dyn FnMut(&Predictions) -> Result<()>| {
        Predictions::each(&counted, block, &model.device, |p, _| see(p))
    };
    if format == Format::Hdf5 {
        let mut file = PredictionFile::create(output.file()?, block.len(), &saved.classes)?;
        each(&mut |p| file.append(&p.winners(), &p.log_p))?;
        return file.finish();
    }
    output.write_by(|write| {
        let mut text = Text { format, classes: &saved.classes, names: &rows.names, rows: 0 };
        each(&mut |p| write(text.of(p)?.as_bytes()))
    })
}

/// Predictions as lines, batch after batch. It counts the rows over all batches, since the number of a row is its place
/// in the file.
struct Text<'a> {
    format: Format,
    /// What users call the classes, in the order of the outputs.
    classes: &'a [String],
    /// The file of each row, where rows are files.
    names: &'a [String],
    /// How many rows were written so far.
    rows: usize,
}

impl Text<'_> {
    /// The lines of the next rows; before the first of a table, its heading. Probabilities are the exponentials of what
    /// the network gives, in the shortest form that is read back as the same float32.
    fn of(&mut self, predictions: &Predictions) -> Result<String> {
        let first = self.rows;
        let winners = predictions.winners();
        self.rows += winners.len();
        let rows = (first..).zip(winners.into_iter().zip(predictions.rows()));
        if self.format == Format::Jsonl {
            let object = |(row, (winner, log_p)): (usize, (usize, &[f32]))| {
                let p: Vec<f32> = log_p.iter().map(|l| l.exp()).collect();
                let mut object = json!({"row": row, "class": self.classes[winner], "probabilities": p});
                if let Some(name) = self.names.get(row) {
                    object["file"] = name.as_str().into();
                }
                json(&object) + "\n"
            };
            return Ok(rows.map(object).collect());
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        let fail = |e: csv::Error| Error::other(format!("cannot write a table: {e}"));
        if first == 0 {
            let file = if self.names.is_empty() { None } else { Some("file".to_string()) };
            let heading = ["row".to_string()].into_iter().chain(file).chain(["class".to_string()]);
            writer.write_record(heading.chain(self.classes.iter().map(|c| format!("p_{c}")))).map_err(fail)?;
        }
        for (row, (winner, log_p)) in rows {
            let file = self.names.get(row).map(|name| clean::cell(name).into_owned());
            let start =
                [row.to_string()].into_iter().chain(file).chain([clean::cell(&self.classes[winner]).into_owned()]);
            writer.write_record(start.chain(log_p.iter().map(|l| shortest(l.exp())))).map_err(fail)?;
        }
        let bytes = writer.into_inner().map_err(|e| fail(e.into_error().into()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The shortest text that is read back as `p`: with an exponent where zeros would make the other way longer.
fn shortest(p: f32) -> String {
    let (plain, exponent) = (p.to_string(), format!("{p:e}"));
    if exponent.len() < plain.len() { exponent } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_written_in_its_shortest_form() {
        assert_eq!([0.5, 1.0, 0.0, 0.001, 2.614_027e-22].map(shortest), ["0.5", "1", "0", "1e-3", "2.614027e-22"]);
        assert!([0.1f32, 1e-30, 3.3e-5].iter().all(|&p| shortest(p).parse() == Ok(p)));
    }
}
