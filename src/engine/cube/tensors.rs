//! Products of Burn's tensors on a GPU, for all that is computed there beside a training that stays: a batch that is judged
//! or predicted, a step that is made from the host.
//!
//! Burn's own product takes TF32 where the device has it, and asks nobody. Here the kernel of the training computes it, as
//! exactly as was asked for. `cpu`, which is no GPU, keeps Burn's.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Cube, TensorMetadata};
use burn::tensor::{DType, FloatDType};
use cubecl::ir::{ElemType, FloatKind};

use super::area::Matrix;
use super::memory::cores;
use super::product::{After, Product};
use crate::engine::Precision;
use crate::engine::fused::{Fused, multiply};
use crate::engine::operation::Transposed;

impl Fused for Cube {
    fn product(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        transposed: Transposed,
        precision: Precision,
    ) -> FloatTensor<Self> {
        let empty = left.shape().num_elements() == 0 || right.shape().num_elements() == 0;
        if left.client.name() == "cpu" || left.dtype() != DType::F32 || empty {
            return multiply::<Self>(left, right, transposed);
        }
        let client = left.client.clone();
        let transposed = [transposed == Transposed::Left, transposed == Transposed::Right];
        let (left, right, device) = (matrix(&left), matrix(&right), left.device());
        let [m, inner] = turned(left.size, transposed[0]);
        let n = turned(right.size, transposed[1])[1];
        let product = Self::float_empty([m, n].into(), &device, FloatDType::F32);
        let out = matrix(&product);
        let (after, side, mask, parts, biased) = (After::Nothing, None, None, (1, 0), false);
        let all = Product { left, right, transposed, inner, out, parts, after, side, mask, precision, biased };
        all.launch(&client, cores(&client));
        product
    }
}

/// The size of a matrix, after its transposition if it is to be transposed.
fn turned([rows, columns]: [usize; 2], turn: bool) -> [usize; 2] {
    if turn { [columns, rows] } else { [rows, columns] }
}

/// A tensor as a matrix that kernels read, copied if its rows do not lie one after another.
fn matrix(x: &FloatTensor<Cube>) -> Matrix {
    let (size, strides) = (x.shape(), x.meta.strides());
    let size = [size[0], size[1]];
    let (buffer, stride) = if strides[1] == 1 && strides[0] >= size[1] {
        (x.handle.clone(), strides[0])
    } else {
        let number = ElemType::Float(FloatKind::F32);
        (cubecl::std::tensor::into_contiguous(&x.client, x.clone().binding(), number).handle, size[1])
    };
    let length = buffer.size_in_used() as usize / size_of::<f32>();
    Matrix { buffer, length, start: 0, size, stride }
}
