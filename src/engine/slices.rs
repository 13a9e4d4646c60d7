//! Slices: the numbers of a tensor where they lie, if they lie in the memory of the CPU.
//!
//! A tensor of flex is a buffer in this process, so its numbers can be read and changed without a copy. On any other
//! backend these functions decline, and the caller composes tensor operations instead. Beside `flex` this is the only
//! file that knows what a tensor of flex is made of.

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use burn::backend::{BackendTensor, DispatchTensor, DispatchTensorKind, Flex, flex::FlexTensor};

/// A tensor's numbers, copied to the host from whatever device they are on.
pub fn to_host(x: Tensor<1>) -> Vec<f32> {
    x.into_data().convert::<f32>().try_into_vec().unwrap_or_default()
}

/// Calls `read` with the numbers of `x` and returns its result, or `None` where they are not in the CPU's memory.
pub fn with_slice<const D: usize, R>(x: &Tensor<D>, read: impl FnOnce(&[f32]) -> R) -> Option<R> {
    #[cfg(feature = "flex")]
    if let Ok(x) = unwrap(x.clone()) {
        return x.to_contiguous().as_slice::<f32>().map(read);
    }
    let _ = (x, read);
    None
}

/// Calls `change` with the numbers of all `tensors`, which it may overwrite. A tensor that nobody else holds is changed
/// where it lies, any other is copied first.
///
/// # Errors
/// The tensors as they were, if their numbers are not in the CPU's memory.
pub fn with_slices_mut<const D: usize, const N: usize>(
    tensors: [Tensor<D>; N],
    change: impl FnOnce([&mut [f32]; N]),
) -> Result<[Tensor<D>; N], [Tensor<D>; N]> {
    #[cfg(feature = "flex")]
    {
        let mut found = tensors.map(|tensor| unwrap(tensor).map(|x| x.to_contiguous()));
        if found.iter().all(Result::is_ok) {
            change(found.each_mut().map(|x| x.as_mut().map(|x| x.storage_mut::<f32>()).unwrap_or_default()));
            return Ok(found.map(wrap));
        }
        Err(found.map(wrap))
    }
    #[cfg(not(feature = "flex"))]
    {
        let _ = change;
        Err(tensors)
    }
}

/// The tensor of flex inside `x`, or `x` itself where it is a tensor of another backend.
#[cfg(feature = "flex")]
fn unwrap<const D: usize>(x: Tensor<D>) -> Result<FlexTensor, Box<Tensor<D>>> {
    match x.into_dispatch() {
        DispatchTensor { kind: DispatchTensorKind::Flex(BackendTensor::Float(x)), .. } => Ok(x),
        other => Err(Box::new(Tensor::from_dispatch(other))),
    }
}

/// The tensor that [`unwrap`] took apart.
#[cfg(feature = "flex")]
fn wrap<const D: usize>(found: Result<FlexTensor, Box<Tensor<D>>>) -> Tensor<D> {
    found.map_or_else(|tensor| *tensor, Tensor::from_primitive::<Flex>)
}
