//! Rows to be predicted: features without labels, from an HDF5 file, from PNG and JPEG images, or from memory.
//!
//! The model says how wide a row is, so the features are found by their width if not by their name. An image is brought
//! into the shape and the tones of the file that the model was trained on, see [`resize`].
//! On the path of a batch this stands where [`super::Data::load`] does for training.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::block::Block;
use super::columns::{apart, described};
use super::hdf5::{DataFile, Table};
use super::image::Image;
use super::judged::{Fit, fitted};
use super::known::Known;
use super::layout::find_features;
use super::parts::load_or_stream;
use super::{Memory, Raster, resize};
use crate::error::{Error, Result};
use crate::profile::Ink;

/// Reads images as rows for a model that knows `known`; `ink` is how strokes lie in the images that it has learned from.
/// All labels are 0, since a block has labels and nobody knows these.
///
/// # Errors
/// A file is no image, or the model takes other rows.
pub fn read_images(paths: &[PathBuf], known: &Known, ink: Option<Ink>) -> Result<Block> {
    let mut x = Vec::new();
    for path in paths {
        x.extend(image(path, known, ink)?);
    }
    let width: usize = known.shape.iter().product();
    Ok(Block::new(x, vec![0; paths.len()], width).prepared(&Arc::new(known.preparation.clone())))
}

/// Rows in memory, row-major, for a model that knows `known`, and whether they are of the kind that it has learned from.
/// All labels are 0.
///
/// # Errors
/// There are no rows.
pub fn rows_for(x: Vec<f32>, known: &Known) -> Result<(Block, Fit)> {
    let width: usize = known.shape.iter().product();
    let rows = x.len().checked_div(width).unwrap_or(0);
    if rows == 0 {
        return Err(Error::data("there are no rows; give a file with data"));
    }
    let block = Block::new(x, vec![0; rows], width);
    let survey = block.survey()?;
    if let (1.., row) = survey.infinite {
        return Err(Error::data(format!(
            "a value of row {row} is infinite (rows count from 0); give it a finite value, or leave the row out"
        )));
    }
    if let ((1.., row), false) = (survey.nonfinite, known.preparation.fills()) {
        return Err(Error::data(format!(
            "a value of row {row} is missing or unknown (rows count from 0), and the model has learned from none such; \
             fill it, or train on a table that has gaps too"
        )));
    }
    fitted(block.prepared(&Arc::new(known.preparation.clone())), &survey, known)
}

/// Reads the rows of the HDF5 file `path` for a model that knows `known`, and says whether they are of the kind that it
/// has learned from; `x` is the name of the features, if the user gave one. All labels are 0.
///
/// # Errors
/// The file has no features of the model's width.
pub fn read_rows(path: &Path, x: Option<&str>, known: &Known, memory: Memory) -> Result<(Block, Fit)> {
    let width: usize = known.shape.iter().product();
    let preparation = Arc::new(known.preparation.clone());
    let file = DataFile::open(path)?;
    let table = table(&file, x, width)?;
    if let Some(column) = known.preparation.differs(&described(&file, width)?) {
        return Err(apart(column, &file));
    }
    let labels = vec![0; table.rows];
    let all: Vec<u32> = (0..table.rows as u32).collect();
    let (held, survey) = load_or_stream(table, &file, &all, (preparation.fills(), &mut { memory.0 }))?;
    fitted(Block::over(held, labels, width).prepared(&preparation), &survey, known)
}

/// The features of `file`, which [`find_features`] finds among its arrays.
fn table(file: &DataFile, x: Option<&str>, width: usize) -> Result<Table> {
    let path = file.path();
    let array = file.array(&find_features(path, file.arrays(), x, width)?)?;
    match array.extent() {
        Some((_, w)) if w == width => file.features(&array),
        _ => Err(Error::data(format!(
            "the model takes {width} features a row: {array} of `{}` has another number; pass --x NAME",
            path.display()
        ))),
    }
}

/// The pixels of an image in the order of the model's input, between what black and white are in its training file, laid
/// out as the images were that it has learned from.
fn image(path: &Path, Known { shape, tones, .. }: &Known, ink: Option<Ink>) -> Result<Vec<f32>> {
    let raster = Raster::of(shape).ok_or_else(|| {
        Error::data(format!(
            "the model takes rows of shape {shape:?}, which are no images; give a table instead of `{}`",
            path.display()
        ))
    })?;
    let (black, white) = tones.ok_or_else(|| {
        Error::data(format!(
            "`{}` is an image, and the model learned from numbers of another range than 0..1, -1..1 or 0..255, in which \
             nobody knows what is black and white; write the row into an HDF5 file in the range of the training file",
            path.display()
        ))
    })?;
    // Of a byte this is to the last bit what it would be as a number of the training file.
    let toned = |v: f64| black + (255.0 * v) as f32 * (white - black) / 255.0;
    Ok(resize::resized(&Image::read(path)?, raster, ink).into_iter().map(toned).collect())
}
