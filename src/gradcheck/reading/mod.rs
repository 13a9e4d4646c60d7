//! How a dump is read: its arrays in one layout, the functions between them, and the conventions behind the numbers.

use super::arrays::{Layer, Reading, Targets};
use super::convention::{Loss, Orientation, Reduction, Update};
use super::function::{Function, Matrix};
use super::stated::Stated;

mod arrays;
mod convention;
mod function;
mod network;
mod stated;

pub use arrays::{Layer, Reading, Targets};
pub use convention::{Loss, Orientation, Reduction, Update};
pub use function::{Function, Matrix, sigmoid, softmax, softmax_jacobian};
pub use network::Network;
pub use stated::{Stated, functions};
