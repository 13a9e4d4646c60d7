//! A part of the data beside the training rows: what every check of halves looks at.
//!
//! It is gathered once, since the nearest rows cost more than all checks that use them.

use super::neighbours::Agreement;
use super::rows::Rows;

/// A part that is compared with the training rows.
pub(super) struct Part<'a> {
    /// Its name.
    pub name: &'a str,
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
    /// What the nearest training rows say of the rows of the part.
    pub votes: &'a [u32],
}
