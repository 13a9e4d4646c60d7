//! An offer: a hypothesis about an error that is not computed yet, and may never be.
//!
//! On a batch of tens of thousands of rows one error takes megabytes and thousands are possible. So a room that knows
//! hypotheses shows them one by one as closures. The search computes those that it wants, keeps those that fit, and
//! knows each by its number, since the order of the offers depends on the network and on no value in an array.

use std::cell::LazyCell;
use std::sync::Arc;

use super::layer_error::LayerError;
use crate::gradcheck::reading::Matrix;

/// A hypothesis that can be computed; `None` where there turns out to be none.
pub type Offer<'a> = &'a dyn Fn() -> Option<LayerError>;

/// Whoever is shown the offers.
pub type Taker<'a> = &'a mut dyn FnMut(Offer);

/// An array that is computed when it is first asked for.
pub type Lazy<'a> = LazyCell<Arc<Matrix>, Box<dyn FnOnce() -> Arc<Matrix> + 'a>>;

/// An array that `make` computes when it is first asked for.
pub fn lazy<'a>(make: impl FnOnce() -> Arc<Matrix> + 'a) -> Lazy<'a> {
    LazyCell::new(Box::new(make))
}

/// The rows of an array that stand at these places, in this order.
pub fn rows_of(array: &Matrix, rows: &[usize]) -> Matrix {
    array.select(ndarray::Axis(0), rows)
}
