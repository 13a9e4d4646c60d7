//! Scales: what the multiples mean by which a dump differs from its equations.
//!
//! No equation can tell a sum from a mean, because the difference is one number, and numbers collide: with m = 24 rows
//! and a layer of 12 units, m / n is 2. So the multiples of all tensors are explained together, by as few named factors
//! as possible ([`scalings`]). The multiple of a parameter inside its own gradient is an L2 penalty ([`Decay`]), and the
//! loss that a program printed tells how its rows were reduced.

mod decay;
mod expectation;
mod factor;
mod layer;
mod layer_ratios;
mod own_constants;
mod printed;
mod scaling;

pub use decay::{Decay, ScaledLayers};
pub use expectation::{Expectation, right_multiple};
pub use factor::commonly_written;
pub use layer::LayerDerivation;
pub use printed::{reductions_of_printed_loss, summed_loss};
pub use scaling::scalings;
