//! What a source is: the kind of file behind a path, decided by its name and its first bytes.
//!
//! A door like `data::open`: a path goes in, streams of rows come out.

use std::path::{Path, PathBuf};

use super::{RowReader, csv, folder, idx, npz, reader};
use crate::data::Choice;
use crate::error::{Error, Result};

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// A file, or a folder of images by class or of IDX files.
    pub path: PathBuf,
    /// The labels, where they are a file of their own.
    pub labels: Option<PathBuf>,
    /// The test half, where it is a file of its own.
    pub test: Option<PathBuf>,
    /// The labels of the test half.
    pub test_labels: Option<PathBuf>,
    /// The label column of a table.
    pub label: Option<String>,
    /// The arrays of an archive.
    pub choice: Choice,
}

/// Streams of rows.
pub struct Source {
    /// The rows that are learned.
    pub train: Box<dyn RowReader>,
    /// The rows that choices are made on, where the source sets some apart.
    pub validation: Option<Box<dyn RowReader>>,
    /// The rows that are touched once.
    pub test: Option<Box<dyn RowReader>>,
    /// The names of the classes where they are known beforehand.
    pub classes: Vec<String>,
}

/// Opens what `request` asks for.
///
/// # Errors
/// A kind of file that is not known, or what its reader refuses.
pub fn open(request: &Request) -> Result<Source> {
    let mut source = one(request, &request.path, request.labels.as_deref())?;
    if let Some(test) = &request.test {
        source.test = Some(one(request, test, request.test_labels.as_deref())?.train);
    }
    Ok(source)
}

fn one(request: &Request, path: &Path, labels: Option<&Path>) -> Result<Source> {
    if path.is_dir() {
        return idx_folder(path)?.map_or_else(|| folder::source(path), Ok);
    }
    let only = |train| Ok(Source { train, validation: None, test: None, classes: Vec::new() });
    let mut head = [0; 6];
    let mut bytes = reader(path)?;
    let n = std::io::Read::read(&mut bytes, &mut head).unwrap_or(0);
    let named_idx = path.file_name().is_some_and(|name| name.to_string_lossy().contains("idx"));
    match &head[..n] {
        [0x89, b'H', b'D', b'F', ..] => {
            Err(Error::data(format!("`{}` is HDF5 already; give it to `backburn train` as it is", path.display())))
        }
        [b'P', b'K', 3 | 5, ..] => npz::source(path, &request.choice),
        [0x93, b'N', b'U', b'M', ..] => only(npz::rows(path, labels_or(labels, None, path)?.as_path())?),
        [0, 0, ..] => only(idx::rows(path, &labels_or(labels, idx::labels_of(path), path)?)?),
        _ if named_idx => only(idx::rows(path, &labels_or(labels, idx::labels_of(path), path)?)?),
        text if text.contains(&0) => Err(Error::data(format!(
            "`{}` is of no kind known here: it starts with {text:02x?}; give IDX, NPY, NPZ, a text table or a folder of images",
            path.display()
        ))),
        _ => only(csv::rows(path, request.label.as_deref())?),
    }
}

fn labels_or(given: Option<&Path>, found: Option<PathBuf>, x: &Path) -> Result<PathBuf> {
    given.map(Path::to_path_buf).or(found).ok_or_else(|| {
        Error::usage(format!("`{}` holds features alone; give the file of their labels as --labels FILE", x.display()))
    })
}

/// The halves in a folder of IDX files, named as MNIST names them.
fn idx_folder(folder: &Path) -> Result<Option<Source>> {
    let half = |name: &str| -> Result<Option<Box<dyn RowReader>>> {
        let files = ["", ".gz"].map(|gz| folder.join(format!("{name}-images-idx3-ubyte{gz}")));
        match files.into_iter().find(|path| path.exists()) {
            Some(images) => Ok(Some(idx::rows(&images, &labels_or(None, idx::labels_of(&images), &images)?)?)),
            None => Ok(None),
        }
    };
    let (train, test) = (half("train")?, half("t10k")?);
    Ok(train.map(|train| Source { train, validation: None, test, classes: Vec::new() }))
}
