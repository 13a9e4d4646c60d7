//! Notes: the small things of a file, which are attributes, single words and single numbers.
//!
//! A dump of somebody's own program keeps its settings here, in whatever type their library chose, and all of them
//! become text. Not on the path of a batch: the check of gradients reads them, once.

use std::collections::BTreeMap;

use hdf5::Attribute;
use hdf5::types::TypeDescriptor;

use super::file::DataFile;
use super::text::strings;
use crate::data::array::{Array, Kind};
use crate::data::labels::Labels;
use crate::error::Result;

/// The most entries that a note may have; a longer one is no note but data.
const LONGEST: usize = 1000;

impl DataFile {
    /// The attributes of the root group as text. A list is joined by commas, and what is neither text nor number is left
    /// out.
    pub fn notes(&self) -> BTreeMap<String, String> {
        let names = self.file.attr_names().unwrap_or_default();
        let note = |name: String| self.file.attr(&name).ok().and_then(|attribute| text(&attribute)).map(|t| (name, t));
        names.into_iter().filter_map(note).collect()
    }

    /// The numbers of an array as float64, row-major; also that of an array without dimensions.
    ///
    /// # Errors
    /// As for [`DataFile::labels`], or the array holds text.
    pub fn numbers(&self, array: &Array, budget: usize) -> Result<Vec<f64>> {
        // A single number is an array of one row.
        let array = if array.shape.is_empty() { &Array { shape: vec![1], ..array.clone() } } else { array };
        match self.labels(array, budget)? {
            Labels::Numbers(numbers) => Ok(numbers),
            Labels::Text(_) => Err(self.bad(array, "it holds text", "save numbers")),
        }
    }

    /// The words of a data set of text, be it a single one or a list; `None` if they cannot be read.
    pub fn words(&self, array: &Array) -> Option<Vec<String>> {
        let shape = if array.shape.is_empty() { vec![1] } else { array.shape.clone() };
        let array = Array { shape, kind: Kind::Text, ..array.clone() };
        match self.labels(&array, LONGEST) {
            Ok(Labels::Text(words)) => Some(words),
            _ => None,
        }
    }
}

/// An attribute as text, its entries joined by commas.
fn text(attribute: &Attribute) -> Option<String> {
    use TypeDescriptor as T;
    if attribute.size() > LONGEST {
        return None;
    }
    let words: Vec<String> = match attribute.dtype().ok()?.to_descriptor().ok()? {
        T::Integer(_) | T::Unsigned(_) => all::<i64>(attribute)?.iter().map(i64::to_string).collect(),
        T::Float(_) => all::<f64>(attribute)?.iter().map(f64::to_string).collect(),
        T::Boolean => all::<bool>(attribute)?.iter().map(bool::to_string).collect(),
        _ => strings(attribute).ok()??.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect(),
    };
    Some(words.join(","))
}

/// All entries of an attribute, converted to `T` by the library.
fn all<T: hdf5::H5Type>(attribute: &Attribute) -> Option<Vec<T>> {
    attribute.read_raw().ok()
}
