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
use crate::data::{Array, Choice, Kind, Memory, Pair, find_features, find_layout};
use crate::error::{Error, Result};
use crate::npy::{self, Element, Header};
use crate::read;

/// The rows of a feature array `x` and a label array `y`, two `.npy` files.
///
/// # Errors
/// A file is not NPY, holds pickled objects or is cut off, or there are not as many labels as rows.
pub fn rows(x: &Path, y: &Path) -> Result<Box<dyn RowReader>> {
    Ok(Box::new(Paired::new(array(x)?, array(y)?)?))
}

/// The array of a `.npy` file.
///
/// # Errors
/// The file is not NPY, or holds pickled objects.
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
    Ok(Source { train, validation, test, classes: Vec::new(), words: false })
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
    if dtype.trim_start_matches(['|', '<', '>', '=']).starts_with('O') {
        return Err(Error::data(format!(
            "cannot read array `{name}`: its elements are of type {dtype}, pickled Python objects, and to read these is to \
             run what they say; save it as numbers, as in numpy.save(FILE, array.astype(float))"
        )));
    }
    if element == Element::Other {
        return Err(bad(&format!("its elements are of type {dtype}")));
    }
    let bytes = match element.size().filter(|_| by_columns && shape.iter().filter(|&&n| n > 1).count() > 1) {
        Some(size) => by_rows(bytes, &shape, size).map_err(|what| bad(&what))?,
        None => bytes,
    };
    Ok(OpenArray { name, shape, element, big_endian, bytes })
}

/// The elements of an array that lie column by column (Fortran's order), put into the order of rows. They are held in
/// memory, since a row is spread over all of them.
fn by_rows(bytes: Box<dyn Read>, shape: &[usize], size: usize) -> std::result::Result<Box<dyn Read>, String> {
    let total = shape.iter().try_fold(size, |all, &n| all.checked_mul(n)).ok_or("it is larger than any memory")?;
    if total > Memory::free().0 {
        return Err(format!("its columns come first, and {} MB of memory are needed to turn that", total >> 20));
    }
    let mut held = Vec::new();
    bytes.take(total as u64).read_to_end(&mut held).map_err(|e| e.to_string())?;
    let mut sorted = Vec::new();
    sorted.try_reserve_exact(held.len()).map_err(|e| e.to_string())?;
    let mut place = vec![0; shape.len()];
    while sorted.len() < total {
        // Along the first axis elements are neighbours, along the next they are as far apart as that is long.
        let at = place.iter().zip(shape).rev().fold(0usize, |at, (i, n)| at.saturating_mul(*n).saturating_add(*i));
        let from = at.saturating_mul(size);
        let element = held.get(from..from.saturating_add(size)).ok_or("it is cut off")?;
        sorted.extend_from_slice(element);
        for (i, n) in place.iter_mut().zip(shape).rev() {
            *i = i.saturating_add(1);
            if *i < *n {
                break;
            }
            *i = 0;
        }
    }
    Ok(Box::new(std::io::Cursor::new(sorted)))
}
