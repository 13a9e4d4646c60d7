//! Notes: the small things of a file, which are attributes and single words.
//!
//! A dump of somebody's own program keeps its settings here, in whatever type their library chose, and all of them
//! become text. Not on the path of a batch: the check of gradients reads them, once.

use std::collections::BTreeMap;

use hdf5::Attribute;
use hdf5::types::{TypeDescriptor, VarLenUnicode};

use super::Library;
use super::text::{LONG, strings};
use crate::data::array::{Array, Kind};
use crate::data::labels::Labels;

/// Attributes by which the weights of a Keras model are recognised.
const KERAS: [&str; 4] = ["keras_version", "layer_names", "model_config", "backend"];
/// The most entries that a note may have; a longer one is no note but data.
const LONGEST: usize = 1000;

impl Library {
    /// What the attribute `classes` of the root says, if it is there.
    pub(super) fn class_names(&self) -> Option<Vec<String>> {
        let names = self.file.attr("classes").and_then(|attribute| attribute.read_raw::<VarLenUnicode>()).ok()?;
        Some(names.iter().map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned()).collect())
    }

    /// What the attribute `shape` of an array says; empty without one.
    pub(super) fn row_shape(&self, array: &Array) -> Vec<usize> {
        let attribute = self.file.dataset(&array.name).and_then(|set| set.attr("shape")?.read_raw::<u64>());
        attribute.unwrap_or_default().iter().filter_map(|&n| usize::try_from(n).ok()).collect()
    }

    /// Whether the file holds the weights of a Keras model rather than data.
    pub(super) fn is_keras_weights(&self) -> bool {
        let marked = self.file.attr_names().is_ok_and(|names| names.iter().any(|n| KERAS.contains(&n.as_str())));
        marked || self.file.link_exists("model_weights")
    }

    /// The attributes of the root group as text. A list is joined by commas, and what is neither text nor number is left
    /// out.
    pub(super) fn notes(&self) -> BTreeMap<String, String> {
        let names = self.file.attr_names().unwrap_or_default();
        let note = |name: String| self.file.attr(&name).ok().and_then(|attribute| text(&attribute)).map(|t| (name, t));
        names.into_iter().filter_map(note).collect()
    }

    /// The words of a data set of text, be it a single one or a list; `None` if they cannot be read.
    pub(super) fn words(&self, array: &Array) -> Option<Vec<String>> {
        let shape = if array.shape.is_empty() { vec![1] } else { array.shape.clone() };
        let array = Array { shape, kind: Kind::Text, ..array.clone() };
        match self.labels(&array, LONGEST * LONG) {
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
