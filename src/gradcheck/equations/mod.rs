//! The right equations: forward and backward, the same by automatic differentiation, and how well an array fits one.

use super::fit::Fit;

mod backward;
mod distance;
mod fit;
mod forward;
mod truth;

pub use backward::{bias_gradient, output_delta, right_gradients, weight_gradient};
pub use distance::{gap, norm};
pub use fit::{Fit, beside, may_fit};
pub use forward::Forward;
pub use truth::Truth;
