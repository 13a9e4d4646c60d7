//! A contact sheet: images beside and below each other as one PNG, each with a label below it, to see what a network sees.
//!
//! The numbers of a file may lie anywhere, so all images of a line are stretched from the smallest number of the line to
//! the largest. Small images are enlarged by a whole factor, so that a pixel stays a square. Opacity is left out.

use super::letters::{CELL, dots};
use super::picture::png;
use crate::data::Raster;
use crate::error::{Error, Result};

/// How many pixels an image is wide or high at least, once it is enlarged.
const SIDE: usize = 96;
/// How many pixels lie around an image.
const GAP: usize = 8;
/// How large a dot of a label is, and how high a label is with the gap above it.
const DOT: usize = 2;
const LABEL: usize = CELL.1 * DOT + 4;
/// The grey of the ground, and of the letters on it.
const GROUND: u8 = 245;
const LETTER: u8 = 40;

/// An image with its label.
pub type Labelled = (String, Vec<f32>);

/// The pixels of a sheet in the making.
struct Sheet {
    /// Row-major `[height, width, colours]`.
    pixels: Vec<u8>,
    width: usize,
    height: usize,
    /// How many bytes a pixel has: 1 for grey, 3 for red, green and blue.
    colours: usize,
}

impl Sheet {
    /// Paints a square of `side` pixels.
    fn dot(&mut self, (x, y): (usize, usize), side: usize, colour: &[u8]) {
        for y in y..(y + side).min(self.height) {
            for x in x..(x + side).min(self.width) {
                let at = (y * self.width + x) * self.colours;
                self.pixels[at..at + self.colours].copy_from_slice(colour);
            }
        }
    }

    /// Paints an image, whose numbers go from `low` to `high`, enlarged by `factor`.
    fn image(
        &mut self,
        (left, top): (usize, usize),
        image: &[f32],
        raster: Raster,
        (low, high): (f32, f32),
        factor: usize,
    ) {
        let planes: Vec<Vec<f32>> = (0..self.colours).map(|c| raster.colour(image, c).collect()).collect();
        for p in 0..raster.height * raster.width {
            let place = (left + p % raster.width * factor, top + p / raster.width * factor);
            let byte = |plane: &Vec<f32>| (255.0 * (plane[p] - low) / (high - low).max(1e-9)) as u8;
            let colour: Vec<u8> = planes.iter().map(byte).collect();
            self.dot(place, factor, &colour);
        }
    }

    /// Writes a label, cut to the width of an image.
    fn label(&mut self, (left, top): (usize, usize), text: &str, wide: usize) {
        let fitting: String = text.chars().take((wide / (CELL.0 * DOT)).max(1)).collect();
        let colour = vec![LETTER; self.colours];
        dots(&fitting).for_each(|(x, y)| self.dot((left + x * DOT, top + y * DOT), DOT, &colour));
    }
}

/// The bytes of a PNG with these lines of images, whose numbers lie as `raster` says, and a label for each.
///
/// # Errors
/// There are more pixels than a PNG holds.
pub fn sheet(lines: &[Vec<Labelled>], raster: Raster) -> Result<Vec<u8>> {
    let colours = if raster.colours < 3 { 1 } else { 3 };
    let factor = SIDE.div_ceil(raster.height.max(raster.width)).max(1);
    let (tall, wide) = (raster.height * factor, raster.width * factor);
    let across = lines.iter().map(Vec::len).max().unwrap_or(0);
    let (height, width) = (lines.len() * (tall + LABEL + GAP) + GAP, across * (wide + GAP) + GAP);
    let mut sheet = Sheet { pixels: vec![GROUND; height * width * colours], width, height, colours };
    for (i, line) in lines.iter().enumerate() {
        let numbers = line.iter().flat_map(|(_, image)| image);
        let range = numbers.fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        for (j, (label, image)) in line.iter().enumerate() {
            let (left, top) = (GAP + j * (wide + GAP), GAP + i * (tall + LABEL + GAP));
            sheet.image((left, top), image, raster, range, factor);
            sheet.label((left, top + tall + 4), label, wide);
        }
    }
    png(&sheet.pixels, width, height, colours == 3)
        .map_err(|e| Error::other(format!("cannot draw the contact sheet: {e}; leave --png out")))
}
