//! The frame of a plot: which pixel a number of a chart is drawn at.

use super::axis::Axis;
use super::legend::WIDTH;

/// The height of the plot, in pixels.
const PLOT: f64 = 150.0;
/// The margins at its left and at its right.
pub(super) const LEFT: f64 = 46.0;
pub(super) const RIGHT: f64 = 10.0;

/// Where things are: both axes, and how far from the upper edge of the picture the plot begins, in pixels.
pub(super) struct Frame {
    pub x: Axis,
    pub y: Axis,
    pub top: f64,
}

impl Frame {
    /// How many pixels from the left edge `x` is drawn; `None` where it cannot be, as zero on a logarithmic axis.
    pub fn across(&self, x: f64) -> Option<f64> {
        self.x.place(x).map(|share| LEFT + share * (WIDTH - LEFT - RIGHT))
    }

    /// How many pixels from the upper edge `y` is drawn; `None` where it cannot be.
    pub fn down(&self, y: f64) -> Option<f64> {
        self.y.place(y).map(|share| self.top + (1.0 - share) * PLOT)
    }

    /// How far its lower edge is from the upper edge of the picture.
    pub fn bottom(&self) -> f64 {
        self.top + PLOT
    }
}
