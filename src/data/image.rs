//! An image file as numbers: one [`Image`], whether the file is a PNG or a JPEG.
//!
//! An image is a row to be predicted, or one of a folder of rows to be imported. Opacity stands apart, and palettes and 16
//! bits become 8 bits for each colour, because a network is fed with intensities and nothing else.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::path::Path;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::error::{Error, Result};
use crate::read;

/// Bytes of an image, as a file and in memory, at most: a few bytes may unpack to any number of pixels.
const LARGEST: usize = 64 << 20;

/// The pixels of an image, row-major `[height, width, colours]`, 0..255.
pub struct Image {
    /// How many pixels a line has.
    pub width: usize,
    /// How many lines there are.
    pub height: usize,
    /// How many numbers a pixel has: 1 for grey, 3 for red, green and blue.
    pub colours: usize,
    /// The intensities.
    pub bytes: Vec<u8>,
    /// How opaque each pixel is, 0..255; empty where all of them are.
    pub opacity: Vec<u8>,
}

impl Image {
    /// Whether a file of this name is an image that can be read.
    pub fn is_one(path: &Path) -> bool {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        matches!(ending.as_deref(), Some("png" | "jpg" | "jpeg"))
    }

    /// Reads a PNG or a JPEG file, whichever its first bytes say it is.
    ///
    /// # Errors
    /// The file is neither, is damaged, or would be larger than 64 MB.
    pub fn read(path: &Path) -> Result<Self> {
        let bad = |e: String| Error::data(format!("cannot read image `{}`: {e}; give a PNG or a JPEG", path.display()));
        let bytes = read::whole(path, LARGEST as u64).map_err(|e| bad(e.to_string()))?;
        let decode = if bytes.starts_with(b"\xff\xd8") { jpeg } else { png };
        decode(&bytes).map_err(bad)
    }
}

/// The pixels of a PNG.
fn png(bytes: &[u8]) -> std::result::Result<Image, String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|e| e.to_string())?;
    let size = reader.output_buffer_size().filter(|&n| n <= LARGEST).ok_or("it is too large")?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(size).map_err(|e| e.to_string())?;
    pixels.resize(size, 0);
    let info = reader.next_frame(&mut pixels).map_err(|e| e.to_string())?;
    let samples = info.color_type.samples();
    let colours = if samples > 2 { 3 } else { 1 };
    let (width, height) = (info.width as usize, info.height as usize);
    let lines = || pixels.chunks_exact(info.line_size.max(1)).take(height);
    let pixels = || lines().flat_map(|line| line.chunks_exact(samples).take(width));
    let opacity = pixels().filter_map(|pixel| pixel.get(colours)).copied().collect();
    Ok(Image {
        width,
        height,
        colours,
        bytes: pixels().flat_map(|pixel| pixel.iter().take(colours)).copied().collect(),
        opacity,
    })
}

/// The pixels of a JPEG. A file that was cut off is refused, and not filled up with grey.
fn jpeg(bytes: &[u8]) -> std::result::Result<Image, String> {
    let options = DecoderOptions::default().set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| e.to_string())?;
    let (width, height) = decoder.info().map(|i| (i.width as usize, i.height as usize)).ok_or("it has no header")?;
    let pixels = width.saturating_mul(height);
    if pixels > LARGEST / 3 {
        return Err("it is too large".into());
    }
    let bytes = decoder.decode().map_err(|e| e.to_string())?;
    match bytes.len().checked_div(pixels).unwrap_or(0) {
        colours @ (1 | 3) => Ok(Image { width, height, colours, bytes, opacity: Vec::new() }),
        n => Err(format!("it has {n} colours")),
    }
}
