//! What the multiples of a right dump would be, and the counts that the multiples of a wrong one are compared with.

use crate::gradcheck::reading::{BatchReduction, UpdateSign};

/// The conventions and the counts of a network and its batch.
pub struct Expectation<'a> {
    /// The number of rows of the batch, m.
    pub rows: f64,
    /// Whether the batch is a single row written twice, of which no count of rows can be seen.
    pub doubled: bool,
    /// The widths from input to output.
    pub widths: &'a [usize],
    /// How the loss is reduced over the batch, stated or assumed.
    pub reduction: BatchReduction,
    /// The sign of the update, stated or assumed.
    pub update: UpdateSign,
    /// The learning rate, where it is stated.
    pub rate: Option<f64>,
    /// Whether the error at the output has a sign of its own, so that the sign of the dump says nothing.
    pub sign_unknown: bool,
    /// How far a ratio may be from the factor that it is taken for, relative.
    pub tolerance: f64,
}

impl Expectation<'_> {
    /// The multiple of the rows' summed gradient that a right dump is.
    pub fn multiple(&self) -> f64 {
        right_multiple(self.rows, self.widths, self.reduction, self.update)
    }

    /// The number of outputs, K.
    pub fn outputs(&self) -> f64 {
        self.widths.last().map_or(1.0, |&k| k as f64)
    }
}

/// The multiple of the rows' summed gradient that is right under a reduction and an update, for a batch of `rows` rows
/// and a network of these `widths`.
pub fn right_multiple(rows: f64, widths: &[usize], reduction: BatchReduction, update: UpdateSign) -> f64 {
    let size = 1.0 / reduction.divisor(rows, widths.last().map_or(1.0, |&k| k as f64));
    if update == UpdateSign::Add { -size } else { size }
}
