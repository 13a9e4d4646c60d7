//! NPY and NPZ: numpy's arrays, one in a file or many in a zip archive.
//!
//! The room `npy` knows headers and archives. The elements are decoded by `numbers`, because features and labels are two
//! entries of one archive that are read side by side, each through a file handle of its own. Which entry is what is found by the
//! names that people use in HDF5 files too.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::numbers::{OpenArray, Paired};
use super::reader;
use super::rows::{RowReader, Source};
use crate::data::{Array, Choice, Kind, Pair, find_features, find_layout};
use crate::error::{Error, Result};
use crate::npy::{self, Element, Header};
use crate::read;

/// The rows of a feature array `x` and a label array `y`, two `.npy` files.
///
/// # Errors
/// A file is not NPY, holds pickled objects or is in column-major order, or there are not as many labels as rows.
pub fn rows(x: &Path, y: &Path) -> Result<Box<dyn RowReader>> {
    Ok(Box::new(Paired::new(array(x)?, array(y)?)?))
}

/// The array of a `.npy` file.
///
/// # Errors
/// The file is not NPY, holds pickled objects or is in column-major order.
pub fn array(path: &Path) -> Result<OpenArray> {
    let (name, mut bytes) = (path.display().to_string(), reader(path)?);
    match Header::read(&mut bytes) {
        Ok(header) => open_array(name, header, bytes),
        Err(e) => Err(Error::data(format!("cannot read array `{name}`: {e}; save it with numpy.save"))),
    }
}

/// The features of an `.npz` archive for a model that takes rows of `width` numbers, which [`find_features`] finds among its
/// arrays.
///
/// # Errors
/// The file is no archive, or there is no such array in it.
pub fn features(path: &Path, x: Option<&str>, width: usize) -> Result<OpenArray> {
    let mut zip = archive(path)?;
    let arrays = arrays(&mut zip, path)?;
    entry(&mut zip, path, &find_features(path, &arrays, x, width)?)
}

/// The parts in an `.npz` archive; `choice` names arrays that cannot be found by custom.
///
/// # Errors
/// The file is no archive, there are no features with labels in it, or [`rows`] would refuse an array.
pub fn source(path: &Path, choice: &Choice) -> Result<Source> {
    let mut zip = archive(path)?;
    let arrays = arrays(&mut zip, path)?;
    let layout = find_layout(&arrays, choice)?;
    let mut part = |pair: &Pair| -> Result<Box<dyn RowReader>> {
        Ok(Box::new(Paired::new(entry(&mut zip, path, &pair.x)?, entry(&mut zip, path, &pair.y)?)?))
    };
    let missing = || Error::data(format!("`{}` has no training half; name it with --x NAME --y NAME", path.display()));
    let train = part(&layout.train.ok_or_else(missing)?)?;
    let validation = layout.validation.as_ref().map(&mut part).transpose()?;
    let test = layout.test.as_ref().map(part).transpose()?;
    Ok(Source { train, validation, test, classes: Vec::new() })
}

type Archive = npyz::zip::ZipArchive<BufReader<File>>;

/// Opens a zip archive.
fn archive(path: &Path) -> Result<Archive> {
    let bad =
        |e: String| Error::data(format!("cannot read `{}` as NPZ: {e}; save it with numpy.savez", path.display()));
    let file = read::open(path).map_err(|e| bad(e.to_string()))?;
    Archive::new(BufReader::new(file)).map_err(|e| bad(e.to_string()))
}

/// What an archive holds, by name.
fn arrays(zip: &mut Archive, path: &Path) -> Result<Vec<Array>> {
    let mut arrays = Vec::new();
    let names: Vec<String> = zip.file_names().filter_map(npy::entry_name).map(Into::into).collect();
    for name in names {
        let opened = entry(zip, path, &name)?;
        let kind = match opened.element {
            Element::Float(_) => Kind::Float,
            element if element.is_text() => Kind::Text,
            _ => Kind::Integer,
        };
        arrays.push(Array { name, shape: opened.shape, kind, dtype: opened.element.to_string() });
    }
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(arrays)
}

/// One array of an archive, through a file handle of its own.
fn entry(zip: &mut Archive, path: &Path, name: &str) -> Result<OpenArray> {
    let shown = format!("{}:{name}", path.display());
    match npy::open_entry(zip, path, name) {
        Ok((header, bytes)) => open_array(shown, header, bytes),
        Err(e) => Err(Error::data(format!("cannot read array `{shown}`: {e}; save it with numpy.savez"))),
    }
}

/// An array behind whose `header` the elements are to come; `name` is for messages.
fn open_array(name: String, header: Header, bytes: Box<dyn Read>) -> Result<OpenArray> {
    let bad = |what: &str| Error::data(format!("cannot read array `{name}`: {what}; save it with numpy.save"));
    let Header { shape, element, big_endian, by_columns, dtype } = header;
    if element == Element::Other {
        return Err(bad(&format!("its elements are of type {dtype}")));
    }
    if by_columns && shape.iter().filter(|&&n| n > 1).count() > 1 {
        return Err(bad("it is in column-major order, and rows are read as they stand; use numpy.ascontiguousarray"));
    }
    Ok(OpenArray { name, shape, element, big_endian, bytes })
}
