//! The parts of a file: two arrays that belong together, checked, and their rows in memory or in a stream.
//!
//! Every part passes here, whether it is learned, validated or tested on, so that all are refused for the same reasons and
//! in the same words. What is learned from the training part (classes, scale) is handed in as [`Known`] for the others. On
//! the path of a batch this stands between a table and the blocks that `source` joins.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::path::Path;
use std::sync::Arc;

use super::Memory;
use super::array::Array;
use super::block::{Block, Held};
use super::columns::{apart, described};
use super::hdf5::{DataFile, Table};
use super::known::Known;
use super::layout::{Choice, Pair, find_layout};
use super::request::Request;
use super::stream::Stream;
use super::survey::{Survey, survey};
use crate::error::{Error, Result};

/// The digits that `backburn train` trains on without a file, see data/README.md.
const DIGITS: &[u8] = include_bytes!("../../data/digits.hdf5");

/// The number of rows that the file of `request` has to train on, those included that are split off to validate on.
///
/// # Errors
/// The file cannot be read, or it has no such rows.
pub fn training_rows(request: &Request) -> Result<usize> {
    let file = open(request.file.as_deref())?;
    let layout = find_layout(file.arrays(), &request.choice).map_err(|e| refine(e, &file))?;
    let pair = layout.train.ok_or_else(|| no_training_half(&file))?;
    Ok(arrays_of(&file, &pair)?.0.shape.first().copied().unwrap_or(0))
}

/// Opens `path`, or the built-in digits without one.
///
/// # Errors
/// As for [`DataFile::open`].
pub fn open(path: Option<&Path>) -> Result<DataFile> {
    path.map_or_else(|| DataFile::from_bytes("the built-in digits", DIGITS), DataFile::open)
}

/// The pair of a file that a model is tested on, and whether it is a test half; without one it is the only pair.
pub(super) fn second(file: &DataFile, choice: &Choice) -> Result<(Pair, bool)> {
    let layout = find_layout(file.arrays(), choice).map_err(|e| refine(e, file))?;
    let is_test = layout.test.is_some();
    let pair = layout.test.or(layout.train).ok_or_else(|| no_training_half(file))?;
    Ok((pair, is_test))
}

/// The error that a file has a test half alone.
pub(super) fn no_training_half(file: &DataFile) -> Error {
    Error::data(format!(
        "`{}` has no training half; give the file that has one, and this one as --test FILE",
        file.path().display()
    ))
}

/// Adds the file to an error about its arrays, or says that it holds weights instead of data.
pub(super) fn refine(error: Error, file: &DataFile) -> Error {
    if !file.is_keras_weights().unwrap_or(false) {
        return match error {
            Error::Data(text) => Error::Data(format!("{text} (in `{}`)", file.path().display())),
            other => other,
        };
    }
    Error::data(format!(
        "`{}` holds the weights of a Keras model, not data; give the file that the model was trained on",
        file.path().display()
    ))
}

/// The two arrays of a pair, features and labels, of which there are as many as rows. Labels that lie in a single row
/// `[1, n]`, as MATLAB keeps them, are described as `[n]`, which is the same array in memory.
pub(super) fn arrays_of(file: &DataFile, pair: &Pair) -> Result<(Array, Array)> {
    let (x, mut y) = (file.array(&pair.x)?, file.array(&pair.y)?);
    if let (Some(&rows @ 2..), [1, n]) = (x.shape.first(), &y.shape[..])
        && rows == *n
    {
        y.shape = vec![rows];
    }
    let path = file.path().display();
    match (x.shape.first(), y.shape.first()) {
        (Some(0), _) => Err(Error::data(format!("there are no rows: {x} of `{path}`; give a file with data"))),
        (Some(_), _) if x.extent().is_some_and(|(_, width)| width == 0) => Err(Error::data(format!(
            "rows have no features: {x} of `{path}`; pass --x NAME to choose another data set"
        ))),
        (Some(&m), _) if u32::try_from(m).is_err() => {
            Err(Error::data(format!("{m} rows are more than can be numbered: {x} of `{path}`; give fewer than 2^32")))
        }
        (Some(m), Some(n)) if m == n => Ok((x, y)),
        (None, _) | (_, None) => Err(Error::data(format!(
            "features and labels need one row each for every example: {x} and {y} of `{path}`; pass --x NAME --y NAME"
        ))),
        (Some(_), Some(_)) => Err(Error::data(unequal(&x, &y, file.path()))),
    }
}

/// Why features `x` and labels `y` of the file at `path` do not belong together, and the way out. Where the columns of the
/// features are as many as the labels, as in what MATLAB writes, they are turned; the array that was there stays in the
/// file, under a name that no layout takes for features or labels.
fn unequal(x: &Array, y: &Array, path: &Path) -> String {
    let (m, n) = (x.shape.first().copied().unwrap_or(0), y.shape.last().copied().unwrap_or(0));
    let (rows, path) = (y.shape.first().copied().unwrap_or(0), path.display());
    let both = if y.shape.len() > 1 { vec![x, y] } else { vec![x] };
    if x.shape.len() < 2 || x.shape.last() != Some(&n) || both.len() > 1 && rows >= n {
        let labels = if rows == 1 { "label" } else { "labels" };
        return format!(
            "{m} rows of features but {rows} {labels}: {x} and {y} of `{path}`; pass --x NAME --y NAME to choose others"
        );
    }
    let names: Vec<String> = both.iter().map(|array| array.to_string()).collect();
    let keys: Vec<String> = both.iter().map(|array| format!("'{}'", array.name)).collect();
    format!(
        "{m} rows of features but {n} labels: {} of `{path}` look{} transposed, since the first axis should count the rows; \
         turn with python -c \"import h5py; f = h5py.File('{path}', 'a'); [(f.move(n, n + '_as_it_was'), \
         f.create_dataset(n, data=f[n + '_as_it_was'][()].T)) for n in [{}]]\"",
        names.join(" and "),
        if both.len() == 1 { "s" } else { "" },
        keys.join(", ")
    )
}

/// Surveys the rows of `table` and gives them a home: in memory, if they fit into `room` bytes, of which theirs are then
/// taken off, otherwise in their file. The range in the survey is that of `rows` alone. NaN are allowed if they `may` be
/// missing values.
///
/// # Errors
/// A feature is not finite, or the file can no longer be read.
pub(super) fn load_or_stream(
    table: Table,
    file: &DataFile,
    rows: &[u32],
    (may, room): (bool, &mut usize),
) -> Result<(Held, Survey)> {
    let (survey, features) = survey(&table, rows, *room)?;
    let (count, first) = if may { survey.infinite } else { survey.nonfinite };
    if count > 0 {
        let what = if may { "infinite" } else { "not finite" };
        return Err(Error::data(format!(
            "{count} features are {what}, the first in row {first}: {} of `{}`; drop those rows or fill the gaps before training",
            table.array,
            file.path().display()
        )));
    }
    match features {
        Some(features) => {
            *room = room.saturating_sub(features.size().saturating_mul(table.rows).saturating_mul(table.width));
            Ok((Held::Memory(features), survey))
        }
        None => Ok((Held::File(Box::new(Stream::new(table, &survey, *room)?)), survey)),
    }
}

/// Reads the rows of a pair for a model, encoded with its classes and prepared as it prepares them; the survey is that of the
/// rows as they are in the file.
pub(super) fn read_pair(file: &DataFile, pair: &Pair, known: &Known, room: &mut usize) -> Result<(Block, Survey)> {
    let (x, y) = arrays_of(file, pair)?;
    let expected: usize = known.shape.iter().product();
    let table = file.features(&x)?;
    if table.width != expected {
        return Err(Error::data(format!(
            "the model was trained on {expected} features a row and these have {}: {x} of `{}`; give data of shape {:?}",
            table.width,
            file.path().display(),
            known.shape
        )));
    }
    if let Some(column) = known.preparation.differs(&described(file, expected)?) {
        return Err(apart(column, file));
    }
    let (labels, names) = (file.labels(&y, Memory::free().0)?, file.class_names()?);
    let labels = known.classes.encode(&labels, &y.shape, names.as_deref(), &y.name)?;
    let rows: Vec<u32> = (0..labels.len() as u32).collect();
    let (held, survey) = load_or_stream(table, file, &rows, (known.preparation.fills(), room))?;
    Ok((Block::over(held, labels, expected).prepared(&Arc::new(known.preparation.clone())), survey))
}
