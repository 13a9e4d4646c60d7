//! An array as a file describes it: its name, shape and type, but not yet its numbers.
//!
//! Layouts are found by these descriptions and messages speak of them, so they know no file format.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use serde::{Deserialize, Serialize};

/// What the entries of an array are, as far as it matters for learning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Whole numbers of any width, enumerations among them.
    Integer,
    /// Floating-point numbers of any width.
    Float,
    /// Truth values.
    Bool,
    /// Strings.
    Text,
    /// Something that no classifier can use; `dtype` says what.
    Other,
    /// Numbers that lie in another file, which is not read; `dtype` says where.
    Elsewhere,
}

/// The type of an array whose entries have named fields.
pub const STRUCTURED: &str = "structured (compound)";

/// The way out where numbers lie in another file.
pub const ONE_FILE: &str = "put all of it into one file, for each data set X: python -c \"import h5py; \
                            h5py.File('NEW.h5', 'a')['X'] = h5py.File('FILE.h5')['X'][()]\"";

/// One array of a file, as the user knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Array {
    /// Its path without the leading slash.
    pub name: String,
    /// Its extent along each axis; the first counts rows.
    pub shape: Vec<usize>,
    /// What its entries are.
    pub kind: Kind,
    /// The type in the words of numpy, such as `float32`.
    pub dtype: String,
}

impl Array {
    /// How many rows there are and how many entries each has; `None` if the array has no axis, or if the product is no
    /// number of this machine.
    pub fn extent(&self) -> Option<(usize, usize)> {
        let (&rows, rest) = self.shape.split_first()?;
        let width = rest.iter().try_fold(1usize, |all, &n| all.checked_mul(n))?;
        rows.checked_mul(width).map(|_| (rows, width))
    }

    /// How many entries there are; `None` as for [`Array::extent`].
    pub fn entries(&self) -> Option<usize> {
        self.extent().and_then(|(rows, width)| rows.checked_mul(width))
    }
}

impl std::fmt::Display for Array {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` {} {:?}", self.name, self.dtype, self.shape)
    }
}

/// The names, types and shapes of `arrays` for a message, the first twenty of them.
pub fn list(arrays: &[Array]) -> String {
    match arrays.len() {
        0 => "no data set at all".into(),
        1..=20 => arrays.iter().map(|a| a.to_string()).collect::<Vec<_>>().join(", "),
        n => format!("{}, and {} more", list(arrays.get(..20).unwrap_or(arrays)), n.saturating_sub(20)),
    }
}
