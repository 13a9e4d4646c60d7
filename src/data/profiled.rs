//! The profile of the rows that are learned: ranges of columns, or how ink lies in images.
//!
//! It is learned when the data is loaded and saved with the model (see [`crate::profile`], which does the arithmetic).
//! Ranges come from the survey, which has seen every row; for images some rows are looked at once more.

use super::Raster;
use super::block::Block;
use super::survey::Survey;
use crate::error::Result;
use crate::profile::{Ink, Profile};

/// How many rows are looked at: enough for a mean over images, and few beside the loading of any file.
const ROWS: usize = 256;
/// The model keeps no ranges for the columns of rows wider than this, which nobody could fill in by hand.
const WIDEST: usize = 256;

/// The profile of `block`, which `survey` is of and whose rows have this shape.
///
/// # Errors
/// The file of the rows can no longer be read.
pub(super) fn profile(block: &Block, survey: &Survey, shape: &[usize]) -> Result<Profile> {
    let rows = block.unprepared().spread(ROWS).features()?;
    let raster = Raster::seen(shape, &rows);
    if let (Some(raster), Some((black, white))) = (raster, survey.tones()) {
        let tone = |v: &f32| f64::from((v - black) / (white - black));
        let images: Vec<Vec<f64>> =
            rows.chunks_exact(block.width()).map(|row| row.iter().map(tone).collect()).collect();
        let grey = raster.colours == 1;
        let ink = if grey { Ink::learn(&images, (raster.width, raster.height)) } else { None };
        return Ok(Profile { ink, ..Profile::default() });
    }
    let ranges = survey.low.iter().copied().zip(survey.high.iter().copied());
    let ranges = if block.width() <= WIDEST { ranges.collect() } else { Vec::new() };
    Ok(Profile { ranges, ink: None })
}
