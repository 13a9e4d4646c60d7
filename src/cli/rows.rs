//! The rows that `predict` is given: an HDF5 file, numpy's arrays, IDX, a text table, stdin, images, or folders of images.
//!
//! Whoever has a model wants answers about what they have, and that is seldom an HDF5 file. What a file is, is told by
//! its bytes where its name says nothing, and each kind then goes through its own reader and through what the model
//! knows of its rows: columns by name, categories by its list, images in the size that it has learned.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{print, tell};
use crate::data::{Block, Fit, Image, Known, Memory, read_images, read_rows, rows_for};
use crate::error::{Error, Result};
use crate::import;
use crate::model::Saved;
use crate::read;

/// How deep folders are searched for images.
const DEPTH: usize = 8;

/// Rows to be predicted.
pub(super) struct Rows {
    /// The rows, as the model wants them.
    pub(super) block: Block,
    /// The file of each row where rows are files, one of several; else empty.
    pub(super) names: Vec<String>,
}

impl Rows {
    /// Reads what `files` name for the model `saved`, of which the data room knows `known`; `x` is the name of the features
    /// in an HDF5 file, if the user gave one. What is worth telling of how rows fit the model is told on stderr.
    ///
    /// # Errors
    /// A file cannot be read, its rows are no rows of the model, or several files are not all images.
    pub(super) fn read(
        files: &[PathBuf],
        x: Option<&str>,
        saved: &Saved,
        known: &Known,
        memory: Memory,
    ) -> Result<Self> {
        let images = images(files)?;
        if !images.is_empty() {
            let block = read_images(&images, known, saved.profile.ink)?;
            let name = |path: &PathBuf| path.display().to_string();
            let names = if images.len() > 1 { images.iter().map(name).collect() } else { Vec::new() };
            return Ok(Rows { block, names });
        }
        let [file] = files else {
            return Err(Error::usage(
                "several files must all be images, or folders of images; give one table at a time",
            ));
        };
        let (block, fit) = match is_hdf5(file) {
            true => read_rows(file, x, known, memory)?,
            false => {
                let rows = import::features(file, x, known)?;
                rows.remarks.iter().for_each(|remark| print::note(remark));
                rows_for(rows.x, known)?
            }
        };
        said(&fit, file);
        Ok(Rows { block, names: Vec::new() })
    }
}

/// Tells how rows fit the model.
fn said(fit: &Fit, file: &Path) {
    tell(fit, &if file == Path::new("-") { "standard input".into() } else { file.display().to_string() });
}

/// Whether a file is to be opened as HDF5: whatever has no ending of another kind and does not begin with text, so that the
/// reader says what is wrong.
fn is_hdf5(file: &Path) -> bool {
    let ending = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let known = ["csv", "tsv", "txt", "data", "dat", "gz", "npy", "npz"].contains(&ending.as_str());
    let mut head = Vec::new();
    let read = read::open(file).and_then(|file| file.take(512).read_to_end(&mut head)); // no pipe, which may wait for ever
    let other =
        head.starts_with(b"\x93NUMPY") || head.starts_with(b"PK") || matches!(head[..], [0, 0, 8..=14, 1..=8, ..]);
    let text = read.is_ok_and(|n| n > 0) && !head.contains(&0);
    file != Path::new("-") && !known && !text && !other
}

/// The images among `files` and in the folders among them, in the order of their names; none where a file is no image.
///
/// # Errors
/// A folder holds no image.
fn images(files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for file in files {
        match file.is_dir() {
            true => {
                let before = found.len();
                collect(file, DEPTH, &mut found);
                if found.len() == before {
                    return Err(Error::data(format!("`{}` holds no PNG or JPEG images; give a file", file.display())));
                }
            }
            false if Image::is_one(file) => found.push(file.clone()),
            false => return Ok(Vec::new()),
        }
    }
    Ok(found)
}

/// Adds the images in a folder and in those below it, `depth` levels down, sorted by name; what cannot be read is
/// passed over.
fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        match path.is_dir() {
            true if depth > 0 => collect(&path, depth - 1, found),
            false if Image::is_one(&path) => found.push(path),
            _ => {}
        }
    }
}
