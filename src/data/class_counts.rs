//! Class counts: how many rows of each class every part of a file has, whether or not the parts have the same classes.
//!
//! A part with a class that the training rows do not have cannot be loaded; its labels can still be counted, which says
//! why. No batch passes through this file.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::collections::BTreeMap;

use super::Memory;
use super::hdf5::DataFile;
use super::labels::Classes;
use super::layout::{Pair, Part, find_layout};
use super::parts::{open, second};
use super::request::Request;
use crate::error::Result;

/// A part, and how many rows of each class it has.
pub type Counts = (Part, Vec<usize>);

/// The names of all classes in any part, and for each part, the training rows first, how many rows of each there are.
///
/// # Errors
/// The file cannot be read, or labels are no classes.
pub fn class_counts(request: &Request) -> Result<(Vec<String>, Vec<Counts>)> {
    let file = open(request.file.as_deref())?;
    let layout = find_layout(file.arrays(), &request.choice)?;
    let mut found = Vec::new();
    for (part, pair) in [(Part::Train, layout.train), (Part::Validation, layout.validation), (Part::Test, layout.test)]
    {
        if let Some(pair) = pair {
            found.push((part, counted(&file, &pair)?));
        }
    }
    if let Some(path) = &request.test {
        let file = DataFile::open(path)?;
        found.retain(|(part, _)| *part != Part::Test);
        found.push((Part::Test, counted(&file, &second(&file, &request.choice)?.0)?));
    }
    let mut names: Vec<String> = found.iter().flat_map(|(_, counts)| counts.keys().cloned()).collect();
    names.sort();
    names.dedup();
    let counts =
        |counts: &BTreeMap<String, usize>| names.iter().map(|name| counts.get(name).copied().unwrap_or(0)).collect();
    let parts = found.iter().map(|(part, found)| (*part, counts(found))).collect();
    Ok((names, parts))
}

/// How many rows of each class the labels of a pair have; the classes are called what the file writes.
fn counted(file: &DataFile, pair: &Pair) -> Result<BTreeMap<String, usize>> {
    let array = file.array(&pair.y)?;
    let (classes, labels) = Classes::learn(&file.labels(&array, Memory::free().0)?, &array.shape, None, &array.name)?;
    let mut rows: Vec<usize> = vec![0; classes.values.len()];
    for &label in &labels {
        rows.get_mut(label as usize).into_iter().for_each(|rows| *rows = rows.saturating_add(1));
    }
    Ok(classes.values.into_iter().zip(rows).filter(|(_, rows)| *rows > 0).collect())
}
