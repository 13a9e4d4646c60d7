//! The engine on a GPU: a training step that stays there, in few launches, for every device that CubeCL has kernels
//! for.
//!
//! Calling a GPU from the host takes longer than what it computes for a network of this kind. So a network is brought
//! there with its rows, a step is ten launches for two layers, they are recorded and replayed as one, and nothing is
//! read until somebody wants to see it. The formulas are those of the loops for the CPU, and so are the rows, the
//! masks and the order.
//!
//! | files | what they know |
//! |---|---|
//! | `setting` | what goes to the device and what comes back |
//! | `area`, `layers` | buffers and matrices, and where those of a network lie |
//! | `tile`, `slab`, `rounding`, `product` | products of matrices, and how they are cut up, brought near and rounded |
//! | `tensors` | products of Burn's tensors, beside the training |
//! | `rows`, `chance`, `curve`, `loss`, `update`, `record` | the other kernels, in the order of a step |
//! | `sums` | sums over the units of a cube |
//! | `sequence` | the launches of a step |
//! | `look`, `judge` | a few rows, and the held-out rows, beside the training |
//! | `memory` | all that lies on the device |
//! | `resident` | the network on the device, as the host sees it |
//!
//! Automatic differentiation has no part in it: this is the same step written down, and `tests/backends.rs` holds it
//! to the step of Burn.

mod area;
mod chance;
mod curve;
mod judge;
mod layers;
mod look;
mod loss;
mod memory;
mod product;
mod record;
mod resident;
mod rounding;
mod rows;
mod sequence;
mod setting;
mod slab;
mod sums;
mod tensors;
mod tile;
mod update;

pub use curve::Curve;
pub use judge::JUDGED;
pub use memory::MOST;
pub use resident::Resident;
pub use setting::{Coefficients, Load, Record, Rows, Setting};
pub use update::Descent;

use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::Tensor;
use cubecl::client::Client;

/// The way to the device that a tensor lies on, if it is a GPU that these kernels are for.
pub fn client<const D: usize>(x: &Tensor<D>) -> Option<Client> {
    match x.clone().into_dispatch().kind {
        DispatchTensorKind::Cube(BackendTensor::Float(x)) if x.client.name() != "cpu" => Some(x.client.clone()),
        _ => None,
    }
}
