//! Slices: a tensor's numbers where they lie, if they lie on the CPU in flex's storage.
//!
//! The way around a copy, and around a new buffer for every step of an update. On any other backend these functions
//! hand the tensors back and the caller composes tensor operations instead. The only file that knows what a flex
//! tensor is made of, beside [`super::fused`].

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use burn::backend::{BackendTensor, DispatchTensor, DispatchTensorKind, Flex, flex::FlexTensor};

/// What `f` finds in the numbers of `x`, or `None` where they are not at hand.
pub fn look<const D: usize, R>(x: &Tensor<D>, f: impl FnOnce(&[f32]) -> R) -> Option<R> {
    #[cfg(feature = "flex")]
    if let Ok(x) = flex(x.clone()) {
        return x.to_contiguous().as_slice::<f32>().map(f);
    }
    let _ = (x, f);
    None
}

/// Lets `f` write into the numbers of all `tensors`; a tensor that nobody else holds is not copied.
///
/// # Errors
/// The tensors as they were, where their numbers are not at hand.
pub fn edit<const D: usize, const N: usize>(
    tensors: [Tensor<D>; N],
    f: impl FnOnce([&mut [f32]; N]),
) -> Result<[Tensor<D>; N], [Tensor<D>; N]> {
    #[cfg(feature = "flex")]
    {
        let mut found = tensors.map(|tensor| flex(tensor).map(|x| x.to_contiguous()));
        if found.iter().all(Result::is_ok) {
            f(found.each_mut().map(|x| x.as_mut().map(|x| x.storage_mut::<f32>()).unwrap_or_default()));
            return Ok(found.map(whole));
        }
        Err(found.map(whole))
    }
    #[cfg(not(feature = "flex"))]
    {
        let _ = f;
        Err(tensors)
    }
}

#[cfg(feature = "flex")]
fn flex<const D: usize>(x: Tensor<D>) -> Result<FlexTensor, Box<Tensor<D>>> {
    match x.into_dispatch() {
        DispatchTensor { kind: DispatchTensorKind::Flex(BackendTensor::Float(x)), .. } => Ok(x),
        other => Err(Box::new(Tensor::from_dispatch(other))),
    }
}

#[cfg(feature = "flex")]
fn whole<const D: usize>(found: Result<FlexTensor, Box<Tensor<D>>>) -> Tensor<D> {
    found.map_or_else(|tensor| *tensor, Tensor::from_primitive::<Flex>)
}
