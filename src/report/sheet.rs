//! A contact sheet: images beside and below each other as one PNG, to see what a network sees.
//!
//! The numbers of a file may lie anywhere, so all images of a line are stretched from the smallest number of the line to
//! the largest. Opacity is left out.

use crate::data::Raster;
use crate::error::{Error, Result};

/// How many pixels lie between two images.
const GAP: usize = 2;

/// The bytes of a PNG with these lines of images, whose numbers lie as `raster` says.
///
/// # Errors
/// There are more pixels than a PNG holds.
pub fn sheet(lines: &[Vec<Vec<f32>>], raster: Raster) -> Result<Vec<u8>> {
    let colours = if raster.colours < 3 { 1 } else { 3 };
    let (height, width) = (raster.height + GAP, raster.width + GAP);
    let (down, across) = (lines.len() * height, lines.iter().map(Vec::len).max().unwrap_or(0) * width);
    let mut pixels = vec![0u8; down * across * colours];
    for (i, line) in lines.iter().enumerate() {
        let (low, high) = line.iter().flatten().fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        for (j, image) in line.iter().enumerate() {
            for c in 0..colours {
                for (p, v) in raster.colour(image, c).enumerate() {
                    let (y, x) = (i * height + 1 + p / raster.width, j * width + 1 + p % raster.width);
                    pixels[(y * across + x) * colours + c] = (255.0 * (v - low) / (high - low).max(1e-9)) as u8;
                }
            }
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, across as u32, down as u32);
    encoder.set_color(if colours == 3 { png::ColorType::Rgb } else { png::ColorType::Grayscale });
    let fail = |e: png::EncodingError| Error::other(format!("cannot draw the contact sheet: {e}; leave --png out"));
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels)).map_err(fail)?;
    Ok(bytes)
}
