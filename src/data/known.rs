//! What a trained model knows of data, so that other rows can be read for it as its own were.

use super::Classes;
use crate::preparation::Preparation;
use crate::sketch::Sketch;

/// What a trained model knows of the data it takes.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The classes, in the order of its outputs.
    pub classes: &'a Classes,
    /// The shape of a row.
    pub shape: &'a [usize],
    /// How a row is prepared before it meets the network.
    pub preparation: &'a Preparation,
    /// What black and white pixels are in its training file, if that is known.
    pub tones: Option<(f32, f32)>,
    /// The least and the greatest feature that was learned, if that is known.
    pub range: Option<(f32, f32)>,
    /// Where the scaled columns lay that were learned, if that is known.
    pub sketch: Option<&'a Sketch>,
}
