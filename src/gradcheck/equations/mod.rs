//! The right equations: the forward and the backward pass in f64, the same gradients by automatic differentiation, and
//! how well an array fits what an equation gives.
//!
//! Every hypothesis departs from [`right_gradients`] by one equation. [`Truth`] knows nothing of these equations, so
//! that the two can be held against each other before a mistake is named.

mod backward;
mod distance;
mod forward;
mod least_squares;
mod truth;

pub use backward::{
    Gradients, bias_gradient, gradients_touched, output_delta, right_gradients, shares, weight_gradient,
};
pub use distance::{gap, norm};
pub use forward::{Forward, ForwardArray};
pub use least_squares::{LeastSquares, beside, may_fit};
pub use truth::Truth;
