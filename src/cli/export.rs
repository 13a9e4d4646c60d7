//! `backburn export`: a model for other programs.

use std::path::PathBuf;

use serde_json::json;

use super::{json, print, words};
use crate::error::{Error, Result};
use crate::export::{self, Format};
use crate::model::Saved;
use crate::write::write_beside;

/// Arguments of `export`.
#[derive(clap::Args)]
pub struct Args {
    /// A run folder or a .safetensors file
    model: PathBuf,
    /// What to write; npz and pytorch-script add a short Python file that predicts
    #[arg(long, value_parser = words(Format::ALL.map(Format::name), Format::parse))]
    format: Format,
    /// Where to [default: the model's name with the format's ending]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    overwrite: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Exports.
pub fn run(args: &Args) -> Result<()> {
    let saved = Saved::read(&args.model)?;
    let first = args.output.clone().unwrap_or_else(|| {
        let name = args.model.file_stem().unwrap_or("model".as_ref()).to_string_lossy().replace('-', "_");
        PathBuf::from(format!("{name}.{}", args.format.ending()))
    });
    let stem = first.file_stem().unwrap_or("model".as_ref()).to_string_lossy().into_owned();
    let place = |(i, (ending, bytes)): (usize, (String, Vec<u8>))| match i {
        0 => (first.clone(), bytes),
        _ => (first.with_file_name(format!("{stem}{ending}")), bytes),
    };
    let files: Vec<_> = export::files(&saved, args.format, &stem)?.into_iter().enumerate().map(place).collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists() && !args.overwrite) {
        return Err(Error::usage(format!("`{}` exists; choose another --output, or pass --overwrite", path.display())));
    }
    files.iter().try_for_each(|(path, bytes)| write_beside(path, bytes))?;
    let written: Vec<_> = files.into_iter().map(|(path, _)| path).collect();
    if args.json {
        print::data(&json(&json!({ "files": written })));
        return Ok(());
    }
    written.iter().for_each(|path| print::data(&path.display().to_string()));
    Ok(())
}
