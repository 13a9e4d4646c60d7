//! A reading: one way to understand a dump. It holds the arrays in one layout, the functions between the layers, and
//! the conventions without which a number is the gradient of nothing.
//!
//! A person states some of this beside the arrays ([`Stated`]); what stays open is tried, the usual choice first. This
//! room is the lowest of the gradient check: it knows what an array and a function are, and no equation.

mod arrays;
mod convention;
mod function;
mod network;
mod stated;

pub use arrays::{DumpedLayer, DumpedTargets, Reading};
pub(crate) use convention::spelled;
pub use convention::{BatchReduction, BiasPlace, LossFormula, Orientation, PenaltyForm, UpdateSign};
pub use function::{Function, Matrix, SELU, sigmoid, softmax_jacobian};
pub use network::{Network, RARE};
pub use stated::{Stated, functions};
