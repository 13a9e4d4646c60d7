//! Pictures within a page: the pixels of a row in their own colours, and weights between two colours that every eye
//! tells apart.
//!
//! A picture is a PNG of one pixel a number, held by the page itself and enlarged by the browser without smoothing. An
//! SVG of squares would be many times as long. Orange and blue stay different for people who cannot tell red from
//! green.

use super::html::data_address;
use crate::data::Raster;

/// What weights of the least, of no and of the greatest size look like: orange, white and blue.
const ENDS: [[f32; 3]; 3] = [[179.0, 88.0, 6.0], [247.0, 247.0, 247.0], [5.0, 80.0, 150.0]];

/// A row as a picture, from black at `low` to white at `high`.
pub fn image(row: &[f32], raster: Raster, (low, high): (f32, f32), label: &str) -> String {
    let colours = if raster.colours < 3 { 1 } else { 3 };
    let mut pixels = vec![0u8; raster.height * raster.width * colours];
    for c in 0..colours {
        for (p, v) in raster.colour(row, c).enumerate() {
            pixels[p * colours + c] = (255.0 * (v - low) / (high - low).max(1e-9)) as u8;
        }
    }
    drawn(&pixels, raster, colours == 3, label)
}

/// The weights of a unit as a picture, by their mean over the colours of a pixel; the largest magnitude has full colour.
pub fn weights(row: &[f32], raster: Raster, label: &str) -> String {
    let colours = raster.colours.min(3);
    let mut sums = vec![0.0f32; raster.height * raster.width];
    for c in 0..colours {
        sums.iter_mut().zip(raster.colour(row, c)).for_each(|(sum, v)| *sum += v);
    }
    let most = sums.iter().fold(1e-12f32, |most, v| most.max(v.abs()));
    let pixel = |v: &f32| {
        let (share, end) = ((v / most).abs(), if *v < 0.0 { ENDS[0] } else { ENDS[2] });
        [0, 1, 2].map(|c| (ENDS[1][c] + share * (end[c] - ENDS[1][c])) as u8)
    };
    drawn(&sums.iter().flat_map(pixel).collect::<Vec<u8>>(), raster, true, label)
}

/// Pixels as a picture of a page; `label` is what it shows, already escaped.
fn drawn(pixels: &[u8], Raster { width, height, .. }: Raster, coloured: bool, label: &str) -> String {
    let address = data_address(&png(pixels, width, height, coloured).unwrap_or_default());
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\">\
         <image width=\"{width}\" height=\"{height}\" href=\"{address}\"/></svg>"
    )
}

/// The bytes of a PNG of these pixels, line by line, three bytes a pixel if `coloured` and one otherwise.
pub fn png(pixels: &[u8], width: usize, height: usize, coloured: bool) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(if coloured { png::ColorType::Rgb } else { png::ColorType::Grayscale });
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(bytes)
}
