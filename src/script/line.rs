//! A line of a person's script, as it is shown beside a mistake.

use serde::Deserialize;

/// A line of the script.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Hash)]
pub struct Line {
    /// The file, relative to the script's folder.
    pub file: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// Its text.
    pub source: String,
}
