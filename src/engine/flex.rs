//! The operations of a network on flex, Burn's backend for the CPU: tensors are unwrapped and the loops do the work.
//!
//! Unwrapping copies nothing where a tensor is contiguous, which is why a product is told what to transpose instead of
//! being given a transposed factor. A result that nobody else holds is changed in place. What an operation computes,
//! and with which shapes, is said at [`Fused`]; here stands only how flex does it. Without this file flex would compose
//! the operations as every other backend does, in several walks over the memory instead of one.

use burn::backend::Flex;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::TensorData;

use super::fused::{Fused, add_and_squash};
use super::operation::{Precision, Squash, Transposed};
use super::{elementwise, product, softmax};

impl Fused for Flex {
    fn loss_and_gradient(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let shape = [logits.layout().shape()[0], logits.layout().shape()[1]]; // [n, classes]
        let (logits, targets) = (logits.to_contiguous(), targets.to_contiguous());
        let (logits, targets) = (logits.as_slice().unwrap_or(&[]), targets.as_slice().unwrap_or(&[]));
        let (loss, d_logits) = softmax::softmax_cross_entropy(logits, targets, shape[1]);
        let tensor = |numbers, shape: &[usize]| FloatTensor::<Self>::from_data(TensorData::new(numbers, shape));
        (tensor(vec![loss], &[1]), tensor(d_logits, &shape))
    }

    fn scaled(x: FloatTensor<Self>, factor: FloatTensor<Self>) -> FloatTensor<Self> {
        // Backward from the loss itself the factor is 1, and no copy is made.
        let factor = factor.as_slice::<f32>().and_then(|factor| factor.first().copied()).unwrap_or(1.0);
        if factor == 1.0 { x } else { Self::float_mul_scalar(x, factor.into()) }
    }

    fn column_sums(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (outputs, x) = (x.layout().shape()[1], x.to_contiguous());
        let sums = elementwise::column_sums(x.as_slice().unwrap_or(&[]), outputs);
        FloatTensor::<Self>::from_data(TensorData::new(sums, [outputs]))
    }

    fn product(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        transposed: Transposed,
        _precision: Precision,
    ) -> FloatTensor<Self> {
        let (left, right) = (left.to_contiguous(), right.to_contiguous());
        // The rows and columns of a factor after its transposition.
        let side = |x: &FloatTensor<Self>, turn: bool| {
            let (rows, columns) = (x.layout().shape()[0], x.layout().shape()[1]);
            if turn { (columns, rows) } else { (rows, columns) }
        };
        let (n, k) = side(&left, transposed == Transposed::Left);
        let (_, m) = side(&right, transposed == Transposed::Right);
        let numbers =
            product::product([n, k, m], left.as_slice().unwrap_or(&[]), right.as_slice().unwrap_or(&[]), transposed);
        FloatTensor::<Self>::from_data(TensorData::new(numbers, [n, m]))
    }

    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        squash: Squash,
        precision: Precision,
    ) -> FloatTensor<Self> {
        // The product is a fresh tensor, so bias and activation can be applied to it in place.
        let mut z = Self::product(x, weight, Transposed::Neither, precision); // [n, outputs]
        match (z.try_storage_mut::<f32>(), bias.as_slice::<f32>()) {
            (Some(numbers), Some(bias)) => elementwise::add_and_squash(numbers, bias, squash),
            _ => return add_and_squash::<Self>(z, bias, squash), // numbers of another type than float32
        }
        z
    }

    fn unsquash(mut a: FloatTensor<Self>, mut d_a: FloatTensor<Self>, squash: Squash) -> FloatTensor<Self> {
        (d_a, a) = (d_a.to_contiguous(), a.to_contiguous());
        // The gradient is overwritten where it lies; a tensor that somebody else holds is copied by `storage_mut` first.
        if let Some(a) = a.as_slice::<f32>() {
            elementwise::unsquash(a, d_a.storage_mut::<f32>(), squash);
        }
        d_a
    }
}
