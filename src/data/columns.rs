//! What a file says about its columns: their names, and the categories whose places in a list its numbers are.
//!
//! Numbers of categories mean something only beside the list that they were made with. So the list goes from the file into
//! the model, and the rows of a file with another list are refused. On the path of a batch this is read before the rows.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::path::Path;

use super::hdf5::DataFile;
use crate::error::{Error, Result};
use crate::preparation::Column;

/// The attribute of a file that describes its features, as JSON: see [`Column`].
pub const COLUMNS: &str = "columns";

/// The columns that the file at `path` describes, for tables that are to be like it.
///
/// # Errors
/// The file cannot be read, or it says nothing about its columns.
pub fn columns(path: &Path) -> Result<Vec<Column>> {
    let text = DataFile::open(path)?.notes()?.remove(COLUMNS);
    text.and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(|| {
        Error::data(format!(
            "`{}` says nothing about its columns; give a file that was imported from a table",
            path.display()
        ))
    })
}

/// The names of the classes of the file at `path`, in the order of their numbers; none where they have no names.
///
/// # Errors
/// The file cannot be read.
pub fn classes(path: &Path) -> Result<Vec<String>> {
    Ok(DataFile::open(path)?.class_names()?.unwrap_or_default())
}

/// The error that a model has learned a column of which `file` says something else.
pub(super) fn apart(column: &Column, file: &DataFile) -> Error {
    Error::data(format!(
        "the model has learned other categories of the column `{}` than `{}` has; import the table with --like \
         and the file that the model was trained on",
        column.name,
        file.path().display()
    ))
}

/// What `file` says about the `width` features of its rows; nothing where it says nothing, or something about others.
pub(super) fn described(file: &DataFile, width: usize) -> Result<Vec<Column>> {
    let text = file.notes()?.remove(COLUMNS);
    let columns = text.and_then(|text| serde_json::from_str::<Vec<Column>>(&text).ok()).unwrap_or_default();
    Ok(if columns.len() == width { columns } else { Vec::new() })
}
