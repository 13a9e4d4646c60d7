//! The small things of a file: attributes, single words and single numbers.
//!
//! A dump of somebody's program keeps its settings here, in whatever type their library chose; all become text.

use std::collections::BTreeMap;

use hdf5::Attribute;
use hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};

use super::{Array, File, Kind, Labels};
use crate::error::Result;

/// No note is longer, in entries.
const LONGEST: usize = 1000;

impl File {
    /// The attributes of the root as text; a list is joined by commas, what is neither text nor number is left out.
    pub fn notes(&self) -> BTreeMap<String, String> {
        let names = self.file.attr_names().unwrap_or_default();
        let note = |name: String| self.file.attr(&name).ok().and_then(|attribute| text(&attribute)).map(|t| (name, t));
        names.into_iter().filter_map(note).collect()
    }

    /// The numbers of an array as float64, row-major; of a single number too.
    ///
    /// # Errors
    /// As [`File::features`].
    pub fn numbers(&self, array: &Array, budget: usize) -> Result<Vec<f64>> {
        // A single number is an array of one row.
        let array = if array.shape.is_empty() { &Array { shape: vec![1], ..array.clone() } } else { array };
        match self.labels(array, budget)? {
            Labels::Numbers(numbers) => Ok(numbers),
            Labels::Text(_) => Err(self.bad(array, "it holds text", "save numbers")),
        }
    }

    /// The words of a data set of text: a single one, or a list.
    pub fn words(&self, array: &Array) -> Option<Vec<String>> {
        let shape = if array.shape.is_empty() { vec![1] } else { array.shape.clone() };
        let array = Array { shape, kind: Kind::Text, ..array.clone() };
        match self.labels(&array, LONGEST) {
            Ok(Labels::Text(words)) => Some(words),
            _ => None,
        }
    }
}

fn text(attribute: &Attribute) -> Option<String> {
    use TypeDescriptor as T;
    if attribute.size() > LONGEST {
        return None;
    }
    let words: Vec<String> = match attribute.dtype().ok()?.to_descriptor().ok()? {
        T::Integer(_) | T::Unsigned(_) => all::<i64>(attribute)?.iter().map(i64::to_string).collect(),
        T::Float(_) => all::<f64>(attribute)?.iter().map(f64::to_string).collect(),
        T::Boolean => all::<bool>(attribute)?.iter().map(bool::to_string).collect(),
        T::VarLenAscii => all::<VarLenAscii>(attribute)?.iter().map(|s| lossy(s.as_bytes())).collect(),
        T::VarLenUnicode => all::<VarLenUnicode>(attribute)?.iter().map(|s| lossy(s.as_bytes())).collect(),
        T::FixedAscii(n) if n <= 1024 => {
            all::<FixedAscii<1024>>(attribute)?.iter().map(|s| lossy(s.as_bytes())).collect()
        }
        T::FixedUnicode(n) if n <= 1024 => {
            all::<FixedUnicode<1024>>(attribute)?.iter().map(|s| lossy(s.as_bytes())).collect()
        }
        _ => return None,
    };
    Some(words.join(","))
}

fn all<T: hdf5::H5Type>(attribute: &Attribute) -> Option<Vec<T>> {
    attribute.read_raw().ok()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
