//! What the multiples of a dump are compared with.

use crate::gradcheck::reading::{Reduction, Update};

/// What the numbers are compared with.
pub struct Scales<'a> {
    /// Rows of the batch.
    pub rows: f64,
    /// Widths from input to output.
    pub widths: &'a [usize],
    /// How the loss is reduced, if that is taken for granted.
    pub reduction: Reduction,
    /// How the update is made, if that is taken for granted.
    pub update: Update,
    /// The learning rate, where it is stated.
    pub rate: Option<f64>,
    /// Whether the sign at the output says nothing.
    pub signless: bool,
    /// How far a ratio may be from its name, relative.
    pub tolerance: f64,
}

/// The multiple of the rows' summed gradient that is right under a reduction and an update.
pub fn expected(rows: f64, widths: &[usize], reduction: Reduction, update: Update) -> f64 {
    let size = match reduction {
        Reduction::Sum => 1.0,
        Reduction::Mean => 1.0 / rows,
        Reduction::MeanAll => 1.0 / (rows * widths.last().map_or(1.0, |&k| k as f64)),
    };
    if update == Update::Add { -size } else { size }
}

impl Scales<'_> {
    /// What a right gradient's multiple is.
    pub fn expected(&self) -> f64 {
        expected(self.rows, self.widths, self.reduction, self.update)
    }

    /// The number of outputs.
    pub fn outputs(&self) -> f64 {
        self.widths.last().map_or(1.0, |&k| k as f64)
    }
}
