//! The engine on a GPU: a training step that stays there, in few launches, for every device that CubeCL has kernels for.
//!
//! Calling a GPU from the host takes longer than what it computes for a network of this kind. So a network is brought there
//! with its rows, a step is ten launches for two layers, they are recorded and replayed as one, and nothing is read until
//! somebody wants to see it. The formulas are those of the loops for the CPU, and so are the rows, the masks and the order.
//!
//! | files | what they know |
//! |---|---|
//! | `setting` | what goes to the device and what comes back |
//! | `area`, `layers` | buffers and matrices, and where those of a network lie |
//! | `tile`, `product` | products of matrices, and how they are cut up |
//! | `rows`, `chance`, `curve`, `loss`, `update` | the other kernels, in the order of a step |
//! | `sequence` | the launches of a step |
//! | `look`, `judge` | a few rows, and the held-out rows, beside the training |
//! | `resident` | the network on the device |
//!
//! Automatic differentiation has no part in it: this is the same step written down, and `tests/backends.rs` holds it to the
//! step of Burn.

mod area;
mod chance;
mod curve;
mod judge;
mod layers;
mod look;
mod loss;
mod product;
mod resident;
mod rows;
mod sequence;
mod setting;
mod tile;
mod update;

pub use curve::Curve;
pub use resident::{MOST, Resident};
pub use setting::{Coefficients, Record, Rows, Setting};
pub use update::Rule;

use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::Tensor;
use cubecl::client::Client;

/// The way to the device that a tensor lies on, if it is one of those that have kernels.
pub fn client<const D: usize>(x: &Tensor<D>) -> Option<Client> {
    match x.clone().into_dispatch().kind {
        DispatchTensorKind::Cube(BackendTensor::Float(x)) => Some(x.client.clone()),
        _ => None,
    }
}
