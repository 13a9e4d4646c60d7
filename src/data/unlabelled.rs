//! Rows to be predicted: features without labels, from an HDF5 file or from one PNG or JPEG image.
//!
//! The model says how wide a row is, so the features are found by their width if not by their name. An image is brought
//! into the shape and the tones of the file that the model was trained on: height and width must be those that the model
//! knows, colours become grey where it knows none, and black and white become what they are in its training file.
//! On the path of a batch this stands where [`super::Data::load`] does for training.

use std::path::Path;
use std::sync::Arc;

use super::array::{Array, Kind, list};
use super::block::Block;
use super::columns::{apart, described};
use super::hdf5::{DataFile, Table};
use super::image::Image;
use super::judged::{Fit, fitted};
use super::layout::{Choice, find_layout};
use super::source::{Known, settle};
use super::{Memory, Raster};
use crate::error::{Error, Result};

/// Reads the rows of `path` for a model that knows `known`, and says whether they are of the kind that it has learned
/// from; `x` is the name of the features, if the user gave one. All labels are 0.
///
/// # Errors
/// The file has no features of the model's width, or the image has another size than the model's input.
pub fn read_rows(path: &Path, x: Option<&str>, known: &Known, memory: Memory) -> Result<(Block, Fit)> {
    let width: usize = known.shape.iter().product();
    let preparation = Arc::new(known.preparation.clone());
    if Image::is_one(path) {
        return Ok((Block::new(image(path, known)?, vec![0], width).prepared(&preparation), Fit::Alike));
    }
    let file = DataFile::open(path)?;
    let table = table(&file, x, width)?;
    if let Some(column) = known.preparation.differs(&described(&file, width)?) {
        return Err(apart(column, &file));
    }
    let labels = vec![0; table.rows];
    let all: Vec<u32> = (0..table.rows as u32).collect();
    let (held, survey) = settle(table, &file, &all, (preparation.fills(), &mut { memory.0 }))?;
    fitted(Block::over(held, labels, width).prepared(&preparation), &survey, known)
}

/// The features of `file`: those called `x`, else those that their name says, else the first array of this width.
fn table(file: &DataFile, x: Option<&str>, width: usize) -> Result<Table> {
    let path = file.path();
    let arrays = file.arrays();
    let found = find_layout(arrays, &Choice::default()).ok().and_then(|layout| Some(layout.test.or(layout.train)?.x));
    let fits = |a: &&Array| {
        a.extent().is_some_and(|(_, w)| w == width) && matches!(a.kind, Kind::Integer | Kind::Float | Kind::Bool)
    };
    let name = x.map(str::to_string).or(found).or_else(|| arrays.iter().find(fits).map(|a| a.name.clone()));
    let name = name.ok_or_else(|| {
        Error::data(format!(
            "no features of {width} numbers a row in `{}`: it holds {}; pass --x NAME",
            path.display(),
            list(arrays)
        ))
    })?;
    let array = file.array(&name)?;
    match array.extent() {
        Some((_, w)) if w == width => file.features(&array),
        _ => Err(Error::data(format!(
            "the model takes {width} features a row: {array} of `{}` has another number; pass --x NAME",
            path.display()
        ))),
    }
}

/// The pixels of an image in the order of the model's input, between what black and white are in its training file. A
/// coloured image becomes grey, by the mean of its colours, where the model takes grey ones.
fn image(path: &Path, Known { shape, tones, .. }: &Known) -> Result<Vec<f32>> {
    let Image { width, height, colours, bytes } = Image::read(path)?;
    let raster = Raster::of(shape).filter(|raster| (raster.height, raster.width) == (height, width));
    let grey = raster.is_some_and(|raster| raster.colours == 1);
    if !grey && raster.is_none_or(|raster| raster.colours != colours) {
        return Err(Error::data(format!(
            "the model takes input of shape {shape:?}: `{}` has {width} x {height} pixels of {colours} colours; resize it",
            path.display()
        )));
    }
    let (black, white) = tones.ok_or_else(|| {
        Error::data(format!(
            "`{}` is an image, and the model learned from numbers of another range than 0..1, -1..1 or 0..255, in which \
             nobody knows what is black and white; write the row into an HDF5 file in the range of the training file",
            path.display()
        ))
    })?;
    // A pixel is a byte for each colour; the model may have learned from planes, all of red before all of green.
    let value = |pixel: &[u8]| -> Vec<f32> {
        let c: Vec<f32> = pixel.iter().map(|&b| black + f32::from(b) * (white - black) / 255.0).collect();
        if grey { vec![c.iter().sum::<f32>() / c.len() as f32] } else { c }
    };
    let pixels: Vec<f32> = bytes.chunks_exact(colours).flat_map(value).collect();
    Ok(if !grey && raster.is_some_and(|raster| raster.planes) {
        (0..3).flat_map(|c| pixels.iter().skip(c).step_by(3).copied()).collect()
    } else {
        pixels
    })
}
