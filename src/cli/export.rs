//! `backburn export`: a model for other programs.
//!
//! The room `export` turns a model into the bytes of one file or several; here is decided how they are called and
//! whether they may be written.
//!
//! A format may need several files, such as arrays and a script that predicts with them. All of them are begun before the
//! first is written, so that an existing file stops the export while nothing is changed yet.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::output::{self, Output};
use super::{json, print, words};
use crate::clean;
use crate::error::{Error, Result};
use crate::export::{self, Format};
use crate::model::Saved;

/// Arguments of `export`.
#[derive(clap::Args)]
pub struct Args {
    /// A run folder or a .safetensors file
    model: PathBuf,
    /// What to write; npz and pytorch-script add a short Python file that predicts
    #[arg(long, value_parser = words(Format::ALL.map(Format::name), Format::parse))]
    format: Format,
    /// The file to write, - for stdout, FILE.py for the Python file [default: the model's name with the format's ending]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    overwrite: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Exports. Without `--output` the files are named after the model and lie in the present folder; a dash in the name
/// becomes an underscore, because the script is a Python module.
pub fn run(args: &Args) -> Result<()> {
    let saved = Saved::read(&args.model)?;
    let first = args.output.clone().unwrap_or_else(|| {
        let name = args.model.file_stem().unwrap_or("model".as_ref()).to_string_lossy().replace('-', "_");
        PathBuf::from(format!("{name}.{}", args.format.ending()))
    });
    // Whoever names a Python file means that one, and not the weights beside it.
    let script = (first.extension() == Some("py".as_ref()) && args.format.has_script()).then(|| first.clone());
    let first = script.as_ref().map_or(first, |path| path.with_extension(args.format.ending()));
    let stem = first.file_stem().unwrap_or("model".as_ref()).to_string_lossy().into_owned();
    let files = export::files(&saved, args.format, &stem)?;
    if first == Path::new("-") && files.len() > 1 {
        return Err(Error::usage(format!(
            "--format {} writes {} files, which cannot all go to stdout; name the first with --output FILE",
            args.format.name(),
            files.len()
        )));
    }
    let inputs = output::of_model(&args.model);
    let (mut written, mut outputs) = (Vec::new(), Vec::new());
    for (i, (ending, bytes)) in files.iter().enumerate() {
        let path = match i {
            0 => first.clone(),
            _ => script.clone().unwrap_or_else(|| first.with_file_name(format!("{stem}{ending}"))),
        };
        // A file that another format wrote before, with the same bytes, is as good as written.
        let same = || path.is_file() && std::fs::read(&path).is_ok_and(|there| there == *bytes);
        if output::is_input(&path, &inputs) || !same() {
            outputs.push((Output::open(&path, "--output", args.overwrite, &inputs)?, bytes));
        }
        written.push(path);
    }
    outputs.into_iter().try_for_each(|(output, bytes)| output.write(bytes))?;
    if first == Path::new("-") {
        return Ok(());
    }
    if args.json {
        let written: Vec<String> = written.iter().map(|path| clean::path(path)).collect();
        print::data(&json(&json!({ "files": written })));
        return Ok(());
    }
    written.iter().for_each(|path| print::data(&clean::path(path)));
    Ok(())
}
