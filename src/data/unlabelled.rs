//! Rows to be predicted: features without labels, from an HDF5 file or from one PNG image.

use std::path::Path;

use super::array::{Array, Kind, list};
use super::hdf5::File;
use super::layout::{self, Choice};
use super::source::budget;
use super::{Block, scale};
use crate::error::{Error, Result};

/// Reads the rows of `path` for a model with this input shape and scale; all labels are 0.
///
/// # Errors
/// No features of that width.
pub fn read_rows(path: &Path, x: Option<&str>, shape: &[usize], learned: &[(f32, f32)]) -> Result<Block> {
    let width: usize = shape.iter().product();
    let mut numbers = match path.extension().and_then(|e| e.to_str()) {
        Some("png" | "PNG") => image(path, shape, learned)?,
        _ => array(path, x, width)?,
    };
    if let Some(at) = numbers.iter().position(|v| !v.is_finite()) {
        return Err(Error::data(format!(
            "features must be finite: row {} of `{}` holds {}; drop it",
            at / width,
            path.display(),
            numbers[at]
        )));
    }
    scale::apply(learned, &mut numbers);
    let rows = numbers.len() / width;
    Ok(Block::new(numbers, vec![0; rows], width))
}

fn array(path: &Path, x: Option<&str>, width: usize) -> Result<Vec<f32>> {
    let file = File::open(path)?;
    let arrays = file.arrays();
    let found = layout::find(&arrays, &Choice::default()).ok().and_then(|layout| Some(layout.test.or(layout.train)?.x));
    let fits = |a: &&Array| {
        a.extent().is_some_and(|(_, w)| w == width) && matches!(a.kind, Kind::Integer | Kind::Float | Kind::Bool)
    };
    let name = x.map(str::to_string).or(found).or_else(|| arrays.iter().find(fits).map(|a| a.name.clone()));
    let name = name.ok_or_else(|| {
        Error::data(format!(
            "no features of {width} numbers a row in `{}`: it holds {}; pass --x NAME",
            path.display(),
            list(&arrays)
        ))
    })?;
    let array = file.array(&name)?;
    match array.extent() {
        Some((_, w)) if w == width => file.features(&array, budget()),
        _ => Err(Error::data(format!(
            "the model takes {width} features a row: {array} of `{}` has another number; pass --x NAME",
            path.display()
        ))),
    }
}

/// An image's pixels in the shape of the model's input: 0..1, or 0..255 where the model scales bytes itself.
fn image(path: &Path, shape: &[usize], learned: &[(f32, f32)]) -> Result<Vec<f32>> {
    let bad = |e: String| Error::data(format!("cannot read image `{}`: {e}; give a PNG", path.display()));
    let file = std::fs::File::open(path).map_err(|e| bad(e.to_string()))?;
    let mut decoder = png::Decoder::new(std::io::BufReader::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|e| bad(e.to_string()))?;
    let size = reader.output_buffer_size().filter(|&n| n < 1 << 28).ok_or_else(|| bad("it is too large".into()))?;
    let mut bytes = vec![0; size];
    let info = reader.next_frame(&mut bytes).map_err(|e| bad(e.to_string()))?;
    let samples = info.color_type.samples();
    let colours = if samples > 2 { 3 } else { 1 };
    let (width, height) = (info.width as usize, info.height as usize);
    let expected = shape.iter().product::<usize>();
    let grey = expected == width * height;
    if !grey && expected != width * height * colours {
        return Err(Error::data(format!(
            "the model takes input of shape {shape:?}: `{}` has {width} x {height} pixels of {colours} colours; resize it",
            path.display()
        )));
    }
    let full = if learned.is_empty() { 255.0 } else { 1.0 };
    let value = |pixel: &[u8]| -> Vec<f32> {
        let c: Vec<f32> = pixel[..colours].iter().map(|&b| f32::from(b) / full).collect();
        if grey { vec![c.iter().sum::<f32>() / c.len() as f32] } else { c }
    };
    let rows = bytes[..info.buffer_size()].chunks_exact(info.line_size);
    let pixels: Vec<f32> = rows.flat_map(|row| row[..width * samples].chunks_exact(samples).flat_map(value)).collect();
    let channels_first = !grey && shape.first() == Some(&3) && shape.last() != Some(&3);
    Ok(if channels_first { (0..3).flat_map(|c| pixels.iter().skip(c).step_by(3).copied()).collect() } else { pixels })
}
