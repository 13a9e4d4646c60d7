//! Rows for a model that exists: which rows it is judged on, and whether they are of the kind that it has learned from.
//!
//! A model answers anything, also bytes where it has learned from 0..1, and its answers look like others. So the rows
//! are compared with what the model carries of its own (see [`crate::sketch`]): what is certain is converted, the rest
//! is told. On the path of a batch this stands where [`super::Data::load`] does for training.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::block::Block;
use super::hdf5::DataFile;
use super::known::Known;
use super::layout::{Choice, Part, find_layout};
use super::parts::{open, read_pair, second};
use super::prepare::IMAGE;
use super::request::Request;
use super::survey::Survey;
use super::{Memory, Raster};
use crate::error::Result;
use crate::preparation::Preparation;

/// How many rows are compared with what the model carries of its own.
const ROWS: usize = 1000;

/// Labelled rows for a model, and what is known about them.
pub struct Judged {
    /// The rows, prepared as the model wants them.
    pub block: Block,
    /// Which part of their file the rows are.
    pub part: Part,
    /// The file, as messages name it.
    pub file: String,
    /// Whether they are of the kind that the model has learned from.
    pub fit: Fit,
    /// Whether the file has numbers alone for classes that the model knows by names, so that these cannot be compared.
    pub nameless: bool,
}

/// How the rows of a file compare with those that a model has learned from.
#[derive(Clone, Debug, PartialEq)]
pub enum Fit {
    /// The rows are of one kind with those that were learned, as far as can be told.
    Alike,
    /// Their black and white were others, and were brought to those of the model.
    Converted {
        /// Black and white in the file.
        from: (f32, f32),
        /// Black and white as the model has learned them.
        to: (f32, f32),
    },
    /// The rows lie elsewhere than those that were learned, and why is not known.
    Apart {
        /// The least and the greatest feature of the file.
        here: (f32, f32),
        /// The least and the greatest feature that was learned.
        learned: (f32, f32),
    },
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |(low, high): (f32, f32)| format!("{low} … {high}");
        match *self {
            Fit::Alike => write!(f, "the features are of the kind that the model has learned from"),
            Fit::Converted { from, to } => write!(
                f,
                "the pixels lie in {} and the model has learned from pixels in {}; they were converted",
                range(from),
                range(to)
            ),
            Fit::Apart { here, learned } => write!(
                f,
                "the features lie in {} and not where those lie that the model has learned from, in {}; prepare both alike",
                range(here),
                range(learned)
            ),
        }
    }
}

/// Reads the labelled rows of `path` for a model: the test half where there is one, else all rows.
///
/// # Errors
/// As [`super::Data::load`], and rows of another width or class than the model's.
pub fn read_block(path: Option<&Path>, choice: &Choice, known: &Known, memory: Memory) -> Result<Judged> {
    let file = open(path)?;
    let (pair, is_test) = second(&file, choice)?;
    let part = if is_test { Part::Test } else { Part::Whole };
    let (block, survey) = read_pair(&file, &pair, known, &mut { memory.0 })?;
    judged(block, part, &file, &survey, known)
}

/// Reads the rows that a model was judged on when it was trained on what `request` asks for: the test half; without one
/// the validation part, drawn again; without both the rows that were learned.
///
/// # Errors
/// As [`read_block`].
pub fn read_own(request: &Request, known: &Known) -> Result<Judged> {
    if let Some(test) = &request.test {
        let own = read_block(Some(test), &request.choice, known, request.memory)?;
        return Ok(Judged { part: Part::Test, ..own });
    }
    let file = open(request.file.as_deref())?;
    let layout = find_layout(file.arrays(), &request.choice)?;
    if layout.test.is_some() || layout.train.is_none() {
        return read_block(request.file.as_deref(), &request.choice, known, request.memory);
    }
    let apart = layout.validation.clone();
    let pair = apart.clone().or(layout.train).unwrap_or_default();
    let (block, survey) = read_pair(&file, &pair, known, &mut { request.memory.0 })?;
    if apart.is_some() {
        return judged(block, Part::Validation, &file, &survey, known);
    }
    let (rest, split_off) = request.split(&block.labels());
    match split_off.is_empty() {
        true => judged(block.select(rest), Part::Train, &file, &survey, known),
        false => judged(block.select(split_off), Part::Validation, &file, &survey, known),
    }
}

/// The rows with what is known about them, after they were compared with those of the model.
fn judged(block: Block, part: Part, file: &DataFile, survey: &Survey, known: &Known) -> Result<Judged> {
    let (block, fit) = fitted(block, survey, known)?;
    let numbered = known.classes.values.iter().all(|value| value.parse::<i64>().is_ok());
    let nameless = known.classes.has_names() && numbered && file.class_names()?.is_none();
    Ok(Judged { block, part, file: file.path().display().to_string(), fit, nameless })
}

/// Compares rows, which `survey` is of, with those that a model has learned from, and converts them where it is certain
/// what they are.
///
/// # Errors
/// A file that can no longer be read.
pub(super) fn fitted(block: Block, survey: &Survey, known: &Known) -> Result<(Block, Fit)> {
    let (Some(learned), Some(sketch)) = (known.range, known.sketch) else {
        return Ok((block, Fit::Alike)); // a model of an earlier version, which carries nothing of its rows
    };
    let apart = |block: &Block| -> Result<bool> {
        let rows = block.spread(ROWS);
        Ok(sketch.compare(&rows.features()?, rows.width(), None).is_apart())
    };
    let image = block.width >= IMAGE && Raster::of(known.shape).is_some();
    let tones = known.tones.filter(|_| image);
    if let (Some(from), Some(to)) = (survey.tones(), tones)
        && is_certain(from, to, survey.whole)
    {
        let converted = block.clone().prepared(&Arc::new(conversion(from, to, known.preparation, block.width)));
        if !apart(&converted)? {
            return Ok((converted, Fit::Converted { from, to }));
        }
    }
    let here = survey.range();
    let elsewhere = tones.is_some_and(|tones| {
        let reach = 0.5 * (tones.1 - tones.0);
        survey.tones().is_some_and(|other| other != tones) || here.0 < tones.0 - reach || here.1 > tones.1 + reach
    });
    let fit = if elsewhere || apart(&block)? { Fit::Apart { here, learned } } else { Fit::Alike };
    Ok((block, fit))
}

/// Whether images of these tones can be nothing but those of a model in other units: bytes for a model of floats, or
/// floats for a model of bytes. Images in 0..1 may well be such where −1..1 was learned, with nothing darker than grey.
fn is_certain(from: (f32, f32), to: (f32, f32), whole: bool) -> bool {
    let bytes = (0.0, 255.0);
    (from == bytes && to != bytes) || (to == bytes && from == (0.0, 1.0) && !whole)
}

/// The preparation that first brings black and white of the file to those of the model and then scales as the model does.
fn conversion(from: (f32, f32), to: (f32, f32), own: &Preparation, width: usize) -> Preparation {
    let factor = (to.1 - to.0) / (from.1 - from.0);
    let shift = to.0 - from.0 * factor;
    let one = |&(subtract, multiply): &(f32, f32)| ((subtract - shift) / factor, multiply * factor);
    let scale = match own.scale.is_empty() {
        true => vec![one(&(0.0, 1.0)); width],
        false => own.scale.iter().map(one).collect(),
    };
    let fill = own.fill.iter().map(|fill| (fill - shift) / factor).collect();
    Preparation { scale, fill, ..own.clone() }
}
