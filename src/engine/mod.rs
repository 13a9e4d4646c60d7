//! The engine: the arithmetic of a training step, written for the CPU by hand and composed of Burn's operations elsewhere.
//!
//! A step of a multi-layer perceptron consists of few operations: products of matrices, a bias and an activation, the
//! loss, the update. On the CPU (Burn's backend `flex`) each of them is one walk over the memory here, because a step of
//! the networks that people train on their own machine waits for memory and for function calls, not for arithmetic. On
//! every other backend the same operations are composed of the backend's own, but for products on a GPU and the training of
//! a network that stays there, which are those of `cube`. Results on the CPU have the same bits for
//! any number of threads.
//!
//! Three storeys. At the bottom stand loops over plain slices, which know no tensor: `threads` and `simd` say how a
//! loop runs, `product`, `elementwise`, `softmax`, `exponential`, `in_place` and `magnitude` are the loops. Above them
//! `fused` names the operations of a network for all backends, `flex` carries them out with the loops, and `backward`
//! says what their derivatives are. `cube` is a whole step for GPUs, written for them. `slices` is the way from a
//! tensor to its numbers without a copy. The engine lies below the path of a batch: data, model and learner call it,
//! and it knows none of them.

#[cfg(feature = "cube")]
mod cube;
#[cfg(feature = "flex")]
mod elementwise;
#[cfg(feature = "flex")]
mod exponential;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "flex")]
mod product;
#[cfg(feature = "flex")]
mod softmax;

mod backward;
mod fused;
mod in_place;
mod magnitude;
mod operation;
mod simd;
mod slices;
mod threads;

#[cfg(feature = "cube")]
pub use cube::{Coefficients, Curve, Descent, JUDGED, Load, MOST, Record, Resident, Rows, Setting, client};
pub use fused::{dense, softmax_cross_entropy};
pub use in_place::{Effect, replace_each};
pub use magnitude::magnitude;
pub use operation::{LEAK, Precision, Squash};
pub use simd::{WIDTH, prefetch, simd};
pub use slices::{to_host, with_slice, with_slices_mut};
pub use threads::{LONG_LOOP, both, wake};

/// Whether a device compiles a kernel for every size of a product, as GPUs do here: batches should then be of one size.
pub fn compiles(device: &burn::tensor::Device) -> bool {
    #[cfg(feature = "cube")]
    return client(&burn::tensor::Tensor::<1>::zeros([1], device)).is_some();
    #[cfg(not(feature = "cube"))]
    {
        let _ = device;
        false
    }
}
