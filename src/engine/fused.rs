//! The operations of a network on any backend: what each computes, composed of the backend's own operations.
//!
//! An operation here does in one what a network would otherwise do in several, and has a backward pass of its own (see
//! `backward`). Automatic differentiation stays: a network is composed of these operations, and the gradient of a whole
//! network is written nowhere. Fusing buys two things. *Safety*: from logits to loss in one operation, the logarithm
//! never sees a rounded zero (logits of ±1e4 are fine) and no probability is divided by itself on the way back. *Speed*:
//! bias, activation and its derivative pass over the memory once, where `flex` replaces the compositions by loops.

// Burn's authors replace ndarray and tch by flex; both are kept here as long as Burn keeps them.
#![cfg_attr(any(feature = "ndarray", feature = "tch"), allow(deprecated))]

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

use super::operation::{LEAK, Precision, Squash, Transposed};

/// The operations of a network, on every backend that this crate can be built with.
///
/// A backend that implements none of the methods computes by the compositions below.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    LibTorch: cfg(feature = "tch"),
    Autodiff
)]
pub trait Fused: Backend {
    /// The loss −Σ targets · log softmax(logits), summed over all rows.
    ///
    /// # Shapes
    /// Logits and targets are `[n, classes]`, the loss is `[1]`.
    fn softmax_cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::loss_and_gradient(logits, targets).0
    }

    /// The same loss, and its gradient at the logits: (Σ targets) · softmax(logits) − targets, where the sum runs over a
    /// row (Bishop 2006, section 4.3.4). Both are computed together because they are made of the same exponentials.
    ///
    /// # Shapes
    /// Logits, targets and gradient are `[n, classes]`, the loss is `[1]`.
    fn loss_and_gradient(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let log_p = Self::log_softmax(logits, 1); // [n, classes]
        let loss = Self::float_neg(Self::float_sum(Self::float_mul(targets.clone(), log_p.clone())));
        let mass = Self::float_sum_dim(targets.clone(), 1); // [n, 1]
        (loss, Self::float_sub(Self::float_mul(Self::float_exp(log_p), mass), targets))
    }

    /// The matrix `x` times the number `factor`, a tensor of shape `[1]`.
    fn scaled(x: FloatTensor<Self>, factor: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_mul(x, Self::float_reshape(factor, [1, 1].into()))
    }

    /// The product left · right, where the factor that `transposed` names is transposed first. Only GPUs know another
    /// precision than float32.
    ///
    /// # Shapes
    /// After the transposition the factors are `[n, k]` and `[k, m]`, the product is `[n, m]`.
    fn product(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        transposed: Transposed,
        _precision: Precision,
    ) -> FloatTensor<Self> {
        multiply::<Self>(left, right, transposed)
    }

    /// The sum of every column of `x`: `[n, outputs]` becomes `[outputs]`.
    fn column_sums(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let outputs = x.shape()[1];
        Self::float_reshape(Self::float_sum_dim(x, 0), [outputs].into())
    }

    /// The affine map of a layer with its activation, squash(x · weight + bias).
    ///
    /// # Shapes
    /// `x` is `[n, inputs]`, `weight` is `[inputs, outputs]`, `bias` is `[outputs]` and the result is `[n, outputs]`.
    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        squash: Squash,
        precision: Precision,
    ) -> FloatTensor<Self> {
        add_and_squash::<Self>(Self::product(x, weight, Transposed::Neither, precision), bias, squash)
    }

    /// The gradient before the activation, d_z = d_a · squash′, where the derivative is computed from the value `a`.
    ///
    /// # Shapes
    /// `a`, `d_a` and the result are `[n, outputs]`.
    fn unsquash(a: FloatTensor<Self>, d_a: FloatTensor<Self>, squash: Squash) -> FloatTensor<Self> {
        let slope = match squash {
            Squash::None => return d_a,
            Squash::Sigmoid => Self::float_sub(a.clone(), Self::float_mul(a.clone(), a)), // a − a²
            Squash::Tanh => {
                let square = Self::float_mul(a.clone(), a);
                Self::float_add_scalar(Self::float_neg(square), 1.0.into())
            }
            Squash::Relu => Self::float_sign(a), // a is not negative
            Squash::LeakyRelu => {
                // The sign, −1 or 1, moved to LEAK or 1.
                let half = Self::float_mul_scalar(Self::float_sign(a), (0.5 * (1.0 - LEAK)).into());
                Self::float_add_scalar(half, (0.5 * (1.0 + LEAK)).into())
            }
        };
        Self::float_mul(d_a, slope)
    }
}

/// The product of two matrices by the backend's own operation.
pub(super) fn multiply<B: Backend>(
    left: FloatTensor<B>,
    right: FloatTensor<B>,
    transposed: Transposed,
) -> FloatTensor<B> {
    match transposed {
        Transposed::Neither => B::float_matmul(left, right),
        Transposed::Left => B::float_matmul(B::float_transpose(left), right),
        Transposed::Right => B::float_matmul(left, B::float_transpose(right)),
    }
}

/// squash(z + bias), composed: `z` is `[n, outputs]` and `bias` is `[outputs]`.
pub(super) fn add_and_squash<B: Backend>(z: FloatTensor<B>, bias: FloatTensor<B>, squash: Squash) -> FloatTensor<B> {
    let outputs = bias.shape()[0];
    let z = B::float_add(z, B::float_reshape(bias, [1, outputs].into()));
    match squash {
        Squash::None => z,
        Squash::Sigmoid => B::sigmoid(z),
        Squash::Tanh => B::float_tanh(z),
        Squash::Relu => B::relu(z),
        Squash::LeakyRelu => B::leaky_relu(z, LEAK.into()),
    }
}

#[cfg(feature = "ndarray")]
impl Fused for burn::backend::NdArray {}
#[cfg(feature = "tch")]
impl Fused for burn::backend::LibTorch {}

/// The affine map of a layer with its activation, squash(x · weight + bias). The products of its backward pass have the
/// same precision.
///
/// # Shapes
/// `x` is `[n, inputs]`, `weight` is `[inputs, outputs]`, `bias` is `[outputs]` and the result is `[n, outputs]`.
pub fn dense(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>, squash: Squash, precision: Precision) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Fused>::dense(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        squash,
        precision,
    ))
}

/// The loss −Σ targets · log softmax(logits), summed over all rows, as a tensor of one element.
///
/// # Shapes
/// `logits` and `targets` are `[n, classes]`.
pub fn softmax_cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Fused>::softmax_cross_entropy(logits.into_dispatch(), targets.into_dispatch()))
}
