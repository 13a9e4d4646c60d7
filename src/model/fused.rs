//! Fused operations: what a network needs in one step instead of several, each with its own backward pass.
//!
//! Automatic differentiation stays: a network is composed of these operations and no gradient of a whole network is
//! written anywhere. Fusing buys two things. *Safety*: from logits to loss in one operation the logarithm never sees
//! a rounded zero (logits of ±1e4 are fine) and no probability is divided by itself on the way back. *Speed*: bias,
//! activation and its derivative pass over the memory once, see [`super::kernel`] for the CPU.

// flex replaces ndarray and tch, say Burn's authors; the house keeps both as long as Burn does.
#![cfg_attr(any(feature = "ndarray", feature = "tch"), allow(deprecated))]

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
#[cfg(feature = "flex")]
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use burn::tensor::TensorData;

/// What happens to an affine map's outputs inside the same operation: the activations whose derivative is a
/// function of their value, so that nothing but the value has to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Squash {
    /// Nothing.
    None,
    /// 1 / (1 + e^−z); derivative a (1 − a).
    Sigmoid,
    /// tanh z; derivative 1 − a².
    Tanh,
    /// max(z, 0); derivative 1 where a > 0.
    Relu,
    /// z, or z/100 below 0; derivative 1 where a > 0, else 1/100.
    LeakyRelu,
}

/// Which factor of a product is transposed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transposed {
    /// None.
    Neither,
    /// The left one.
    Left,
    /// The right one.
    Right,
}

/// The slope of the leaky rectifier below zero (Maas et al. 2013).
pub const LEAK: f32 = 0.01;

/// The fused operations, on every backend of the house.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(any(feature = "vulkan", feature = "wgpu", feature = "metal", feature = "cuda", feature = "rocm", feature = "cpu")),
    LibTorch: cfg(feature = "tch"),
    Autodiff
)]
pub trait Fused: Backend {
    /// −Σ targets · log softmax(logits): both `[n, classes]`, the loss `[1]`.
    fn softmax_cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::loss_and_gradient(logits, targets).0
    }

    /// That loss, and its gradient at the logits: (Σ targets) · softmax(logits) − targets, `[n, classes]`, with the sum
    /// over a row. Together, because both are made of the same exponentials.
    fn loss_and_gradient(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let log_p = Self::log_softmax(logits, 1); // [n, classes]
        let loss = Self::float_neg(Self::float_sum(Self::float_mul(targets.clone(), log_p.clone())));
        let mass = Self::float_sum_dim(targets.clone(), 1); // [n, 1]
        (loss, Self::float_sub(Self::float_mul(Self::float_exp(log_p), mass), targets))
    }

    /// `x` · `factor`, which is `[1]`.
    fn scaled(x: FloatTensor<Self>, factor: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_mul(x, Self::float_reshape(factor, [1, 1].into()))
    }

    /// left · right, either of them transposed first: `[n, k]` and `[k, m]` to `[n, m]`.
    fn product(left: FloatTensor<Self>, right: FloatTensor<Self>, transposed: Transposed) -> FloatTensor<Self> {
        match transposed {
            Transposed::Neither => Self::float_matmul(left, right),
            Transposed::Left => Self::float_matmul(Self::float_transpose(left), right),
            Transposed::Right => Self::float_matmul(left, Self::float_transpose(right)),
        }
    }

    /// The sums over the rows: `[n, outputs]` to `[outputs]`.
    fn column_sums(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let outputs = x.shape()[1];
        Self::float_reshape(Self::float_sum_dim(x, 0), [outputs].into())
    }

    /// squash(x · weight + bias): `[n, inputs]`, `[inputs, outputs]` and `[outputs]` to `[n, outputs]`.
    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        squash: Squash,
    ) -> FloatTensor<Self> {
        squashed::<Self>(Self::product(x, weight, Transposed::Neither), bias, squash)
    }

    /// d_a · squash′, the derivative read off the value `a`: all `[n, outputs]`.
    fn unsquash(a: FloatTensor<Self>, d_a: FloatTensor<Self>, squash: Squash) -> FloatTensor<Self> {
        let slope = match squash {
            Squash::None => return d_a,
            Squash::Sigmoid => Self::float_sub(a.clone(), Self::float_mul(a.clone(), a)),
            Squash::Tanh => {
                let square = Self::float_mul(a.clone(), a);
                Self::float_add_scalar(Self::float_neg(square), 1.0.into())
            }
            Squash::Relu => Self::float_sign(a),
            Squash::LeakyRelu => {
                let half = Self::float_mul_scalar(Self::float_sign(a), (0.5 * (1.0 - LEAK)).into());
                Self::float_add_scalar(half, (0.5 * (1.0 + LEAK)).into())
            }
        };
        Self::float_mul(d_a, slope)
    }
}

fn squashed<B: Backend>(z: FloatTensor<B>, bias: FloatTensor<B>, squash: Squash) -> FloatTensor<B> {
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

#[cfg(feature = "flex")]
impl Fused for burn::backend::Flex {
    fn loss_and_gradient(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let shape = [logits.layout().shape()[0], logits.layout().shape()[1]];
        let (logits, targets) = (logits.to_contiguous(), targets.to_contiguous());
        let (logits, targets) = (logits.as_slice().unwrap_or(&[]), targets.as_slice().unwrap_or(&[]));
        let (loss, d_logits) = super::kernel::softmax_cross_entropy(logits, targets, shape[1]);
        let tensor = |numbers, shape: &[usize]| FloatTensor::<Self>::from_data(TensorData::new(numbers, shape));
        (tensor(vec![loss], &[1]), tensor(d_logits, &shape))
    }

    fn scaled(x: FloatTensor<Self>, factor: FloatTensor<Self>) -> FloatTensor<Self> {
        let factor = factor.as_slice::<f32>().and_then(|factor| factor.first().copied()).unwrap_or(1.0);
        if factor == 1.0 { x } else { Self::float_mul_scalar(x, factor.into()) }
    }

    fn column_sums(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (outputs, x) = (x.layout().shape()[1], x.to_contiguous());
        let sums = super::kernel::column_sums(x.as_slice().unwrap_or(&[]), outputs);
        FloatTensor::<Self>::from_data(TensorData::new(sums, [outputs]))
    }

    fn product(left: FloatTensor<Self>, right: FloatTensor<Self>, transposed: Transposed) -> FloatTensor<Self> {
        let (left, right) = (left.to_contiguous(), right.to_contiguous());
        let side = |x: &FloatTensor<Self>, turn: bool| {
            let (rows, columns) = (x.layout().shape()[0], x.layout().shape()[1]);
            if turn { (columns, rows) } else { (rows, columns) }
        };
        let (n, k) = side(&left, transposed == Transposed::Left);
        let (_, m) = side(&right, transposed == Transposed::Right);
        let numbers = super::kernel::product(
            [n, k, m],
            left.as_slice().unwrap_or(&[]),
            right.as_slice().unwrap_or(&[]),
            transposed,
        );
        FloatTensor::<Self>::from_data(TensorData::new(numbers, [n, m]))
    }

    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        squash: Squash,
    ) -> FloatTensor<Self> {
        let mut z = Self::product(x, weight, Transposed::Neither);
        match (z.try_storage_mut::<f32>(), bias.as_slice::<f32>()) {
            (Some(numbers), Some(bias)) => super::kernel::add_and_squash(numbers, bias, squash),
            _ => return squashed::<Self>(z, bias, squash),
        }
        z
    }

    fn unsquash(mut a: FloatTensor<Self>, mut d_a: FloatTensor<Self>, squash: Squash) -> FloatTensor<Self> {
        (d_a, a) = (d_a.to_contiguous(), a.to_contiguous());
        if let Some(a) = a.as_slice::<f32>() {
            super::kernel::unsquash(a, d_a.storage_mut::<f32>(), squash);
        }
        d_a
    }
}

#[cfg(feature = "ndarray")]
impl Fused for burn::backend::NdArray {}
#[cfg(feature = "tch")]
impl Fused for burn::backend::LibTorch {}
#[cfg(any(
    feature = "vulkan",
    feature = "wgpu",
    feature = "metal",
    feature = "cuda",
    feature = "rocm",
    feature = "cpu"
))]
impl Fused for burn::backend::Cube {}

/// The backward pass of the loss: its gradient, times the gradient from above.
#[derive(Debug)]
struct SoftmaxMinusTargets;

impl<B: Fused> Backward<B, 1> for SoftmaxMinusTargets {
    type State = B::FloatTensorPrimitive;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let d_logits = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |d_loss| B::scaled(d_logits, d_loss));
    }
}

/// The backward pass of [`Fused::dense`]: d_z = d_a · squash′, d_weight = xᵀ d_z, d_bias = Σ d_z, d_x = d_z weightᵀ,
/// of which only those are computed that somebody wants: nobody wants the gradient of the input.
#[derive(Debug)]
struct DenseBackward;

impl<B: Fused> Backward<B, 3> for DenseBackward {
    type State = (B::FloatTensorPrimitive, B::FloatTensorPrimitive, B::FloatTensorPrimitive, Squash);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let (x, weight, a, squash) = ops.state;
        let d_z = B::unsquash(a, grads.consume::<B>(&ops.node), squash); // [n, outputs]
        let [to_x, to_weight, to_bias] = ops.parents;
        if let Some(node) = to_bias {
            grads.register::<B>(node.id, B::column_sums(d_z.clone()));
        }
        if let Some(node) = to_weight {
            grads.register::<B>(node.id, B::product(x, d_z.clone(), Transposed::Left));
        }
        if let Some(node) = to_x {
            grads.register::<B>(node.id, B::product(d_z, weight, Transposed::Right));
        }
    }
}

impl<B: Fused, C: CheckpointStrategy> Fused for Autodiff<B, C> {
    fn softmax_cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        let targets = targets.into_primitive();
        match SoftmaxMinusTargets.prepare::<C>([logits.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let (loss, d_logits) = B::loss_and_gradient(logits.into_primitive(), targets);
                prep.finish(d_logits, loss)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::softmax_cross_entropy(logits.into_primitive(), targets)),
        }
    }

    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        squash: Squash,
    ) -> FloatTensor<Self> {
        let kind = DenseBackward.prepare::<C>([x.node(), weight.node(), bias.node()]).compute_bound().stateful();
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        let a = B::dense(x.clone(), weight.clone(), bias.into_primitive(), squash);
        match kind {
            OpsKind::Tracked(prep) => prep.finish((x, weight, a.clone(), squash), a),
            OpsKind::UnTracked(prep) => prep.finish(a),
        }
    }
}

/// squash(x · weight + bias): `[n, inputs]`, `[inputs, outputs]` and `[outputs]` to `[n, outputs]`.
pub fn dense(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>, squash: Squash) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Fused>::dense(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        squash,
    ))
}
