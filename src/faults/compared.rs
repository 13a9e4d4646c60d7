//! A part of the data as it is compared with the training rows: what every check of halves looks at.
//!
//! A check needs a sample of the part, the training rows, and what the nearest training rows say of the part. These
//! votes cost more than all checks that use them, so they are taken once and carried here.

use super::neighbours::Agreement;
use super::rows::Rows;
use crate::data::Part;

/// A part that is compared with the training rows.
pub(super) struct Compared<'a> {
    /// Which part it is.
    pub part: Part,
    /// A sample of its rows.
    pub rows: &'a Rows,
    /// The training rows.
    pub train: &'a Rows,
    /// How many classes there are.
    pub classes: usize,
    /// What the classes are called.
    pub names: &'a [String],
    /// How the labels of the training rows agree with those of their nearest rows.
    pub own: Agreement,
    /// How the labels of the part agree with those of the nearest of its own rows.
    pub among: Agreement,
    /// What the nearest training rows say of the rows of the part.
    pub votes: &'a [u32],
}
