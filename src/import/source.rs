//! The kind of a source: what is behind a path, decided by its name and its first bytes.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::folder::Fit;
use super::numbers::OpenArray;
use super::rows::{RowReader, Source};
use super::table::Unlabelled;
use super::{csv, folder, idx, npz, reader, table};
use crate::data::{Choice, Known};
use crate::error::{Error, Result};
use crate::preparation::Column;

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// A file, or a folder of images by class or of IDX files.
    pub path: PathBuf,
    /// The labels, if they are a file of their own.
    pub labels: Option<PathBuf>,
    /// The test half, if it is a file of its own.
    pub test: Option<PathBuf>,
    /// The labels of the test half, if they are a file of their own.
    pub test_labels: Option<PathBuf>,
    /// The column of a text table that holds the labels.
    pub label: Option<String>,
    /// The arrays of an archive that hold features and labels.
    pub choice: Choice,
    /// How images of a folder are brought into one shape.
    pub fit: Fit,
    /// The columns that a text table is to have, with their categories; found in the table itself if there are none.
    pub like: Vec<Column>,
    /// The names of the classes in the order in which they are to be numbered; those that are met are numbered after them.
    pub classes: Vec<String>,
}

/// Opens what `inputs` asks for. Nothing but the first bytes and headers is read yet.
///
/// # Errors
/// The kind of file is not known, or its reader refuses it.
pub fn open(inputs: &Inputs) -> Result<Source> {
    let mut source = one(inputs, &inputs.path, inputs.labels.as_deref())?;
    if let Some(test) = &inputs.test {
        let like = Inputs { like: source.train.columns().to_vec(), ..inputs.clone() };
        source.test = Some(one(&like, test, inputs.test_labels.as_deref())?.train);
    }
    if !inputs.classes.is_empty() {
        (source.classes, source.words) = (inputs.classes.clone(), true);
    }
    Ok(source)
}

/// The features of a file for a model that knows `known`; `-` is a text table on stdin. Columns of a text table are matched
/// by their names where both sides have them; in an archive of numpy's arrays they are called `x`, if the user gave a name.
///
/// # Errors
/// The kind of file is not known, or it holds no such features.
pub fn features(path: &Path, x: Option<&str>, known: &Known) -> Result<Unlabelled> {
    if path == Path::new("-") {
        return table::features(Box::new(std::io::stdin()), "standard input", known);
    }
    let width = known.shape.iter().product();
    let rows = |array: OpenArray| Ok(Unlabelled { x: array.into_rows(width)?, remarks: Vec::new() });
    let head = head(path)?;
    match &head[..] {
        [b'P', b'K', 3 | 5, ..] => rows(npz::features(path, x, width)?),
        [0x93, b'N', b'U', b'M', ..] => rows(npz::array(path)?),
        [0, 0, ..] => rows(idx::array(path)?),
        b"MATLAB" => Err(matlab(path)),
        text if text.contains(&0) => Err(Error::data(format!(
            "`{}` is of no kind known here: it starts with {text:02x?}; give HDF5, NPY, NPZ, IDX, a text table, or images",
            path.display()
        ))),
        _ => table::features(reader(path)?, &path.display().to_string(), known),
    }
}

/// Opens one file or folder; `labels` is the file of its labels, if the user gave one.
fn one(inputs: &Inputs, path: &Path, labels: Option<&Path>) -> Result<Source> {
    if path.is_dir() {
        return idx_folder(path)?.map_or_else(|| folder::source(path, inputs.fit), Ok);
    }
    if inputs.fit != Fit::default() {
        let text = format!("--size and --grey are for folders of images, and `{}` is none", path.display());
        return Err(Error::usage(text));
    }
    let only = |train| Ok(Source::of(train));
    let head = head(path)?;
    match &head[..] {
        [0x89, b'H', b'D', b'F', ..] => {
            Err(Error::data(format!("`{}` is HDF5 already; give it to `backburn train` as it is", path.display())))
        }
        [b'P', b'K', 3 | 5, ..] => npz::source(path, &inputs.choice),
        [0x93, b'N', b'U', b'M', ..] => {
            npz::array(path)?; // what cannot be read at all is said before labels are asked for
            only(npz::rows(path, labels_or(labels, None, path)?.as_path())?)
        }
        b"MATLAB" => Err(matlab(path)),
        [0, 0, ..] => only(idx::rows(path, &labels_or(labels, idx::labels_of(path), path)?)?),
        _ if named_as_idx(path) => only(idx::rows(path, &labels_or(labels, idx::labels_of(path), path)?)?),
        text if text.contains(&0) => Err(Error::data(format!(
            "`{}` is of no kind known here: it starts with {text:02x?}; give IDX, NPY, NPZ, a text table or a folder of images",
            path.display()
        ))),
        _ => only(csv::rows(path, inputs.label.as_deref(), &inputs.like)?),
    }
}

/// The error that `path` is a file of MATLAB before version 7.3, with the line that makes an archive of it. One of version
/// 7.3 is HDF5, where rows and columns are exchanged, so that it is no way out.
fn matlab(path: &Path) -> Error {
    Error::data(format!(
        "`{}` is a MATLAB 5 file, which is not read here; make an archive of it: python -c \"import numpy, scipy.io; \
         numpy.savez('NEW.npz', **{{k: numpy.squeeze(v) for k, v in scipy.io.loadmat('FILE.mat').items() if k[0] != '_'}})\"",
        path.display()
    ))
}

/// The first six bytes of a file, fewer where it has fewer. A compressed file may give them one by one.
fn head(path: &Path) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let read = reader(path)?.take(6).read_to_end(&mut head);
    read.map(|_| head).map_err(|e| Error::data(format!("cannot read `{}`: {e}; fetch it again", path.display())))
}

/// Whether a file is called as those of MNIST are, as in `train-images-idx3-ubyte`, so that one with wrong first bytes is
/// told to be damaged.
fn named_as_idx(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.trim_end_matches(".gz");
    ["idx1", "idx3", "-ubyte", ".idx"].iter().any(|end| name.ends_with(end))
}

/// The file of the labels of `x`: the one that was given, or the one that was found.
fn labels_or(given: Option<&Path>, found: Option<PathBuf>, x: &Path) -> Result<PathBuf> {
    given.map(Path::to_path_buf).or(found).ok_or_else(|| {
        Error::usage(format!("`{}` holds features alone; give the file of their labels as --labels FILE", x.display()))
    })
}

/// The training and the test half in a folder of IDX files that are named as those of MNIST; `None` if there are none.
fn idx_folder(folder: &Path) -> Result<Option<Source>> {
    let part = |name: &str| -> Result<Option<Box<dyn RowReader>>> {
        let files = ["", ".gz"].map(|gz| folder.join(format!("{name}-images-idx3-ubyte{gz}")));
        match files.into_iter().find(|path| path.exists()) {
            Some(images) => Ok(Some(idx::rows(&images, &labels_or(None, idx::labels_of(&images), &images)?)?)),
            None => Ok(None),
        }
    };
    let (train, test) = (part("train")?, part("t10k")?);
    Ok(train.map(|train| Source { test, ..Source::of(train) }))
}
