//! The error at a layer, as some equations give it.

use crate::gradcheck::mistakes::Charges;
use crate::gradcheck::reading::Matrix;

/// An error at a layer as some equations give it.
pub struct Delta {
    /// What is wrong with these equations.
    pub charges: Charges,
    /// The error before it met the layer's derivative, `[m, out]`; after dropout and before it, where there is any.
    pub upstream: Vec<Matrix>,
    /// The error that goes down, `[m, out]`.
    pub delta: Matrix,
    /// The error that dW is built from, where that is another.
    pub built: Option<Matrix>,
    /// Whether sign and scale say nothing of those above.
    pub fresh: bool,
}

impl Delta {
    /// Nothing unusual but these charges.
    pub fn new(charges: Charges, upstream: &Matrix, delta: Matrix) -> Self {
        Delta { charges, upstream: vec![upstream.clone()], delta, built: None, fresh: false }
    }
}

/// Whether all columns of an error are multiples of one, as behind a softmax of two classes: then every sum of rows is
/// a multiple of every other.
pub fn one_direction(delta: &Matrix) -> bool {
    let size = |j: usize| delta.column(j).dot(&delta.column(j));
    let Some(most) = (0..delta.ncols()).max_by(|&a, &b| size(a).total_cmp(&size(b))) else { return true };
    let column = delta.column(most);
    (0..delta.ncols()).all(|j| {
        let along = column.dot(&delta.column(j)).powi(2);
        size(j) * size(most) - along <= 1e-9 * size(j) * size(most)
    })
}
