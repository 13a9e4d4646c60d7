//! Softmax cross-entropy, fused: one operation from logits to loss with its own backward pass.
//!
//! With q the target distribution of a row and p its softmax, the loss is −Σ q log p and its gradient at the
//! logits is (Σ q) p − q: "softmax minus one-hot" once q holds the 1/n. Written as one operation the logarithm
//! never sees a rounded zero (logits of ±1e4 are fine) and no probability is divided by itself on the way back.
//! Class weights and label smoothing live in q alone, see [`Targets`].

// flex replaces ndarray and tch, say Burn's authors; the house keeps both as long as Burn does.
#![cfg_attr(any(feature = "ndarray", feature = "tch"), allow(deprecated))]

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::tensor::{Device, Tensor, TensorData};

/// The fused operation, on every backend of the house.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(any(feature = "vulkan", feature = "wgpu", feature = "metal", feature = "cuda", feature = "rocm", feature = "cpu")),
    LibTorch: cfg(feature = "tch"),
    Autodiff
)]
pub trait SoftmaxCrossEntropy: Backend {
    /// −Σ targets · log softmax(logits): both `[n, classes]`, the loss `[1]`.
    fn softmax_cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        let log_p = Self::log_softmax(logits, 1); // [n, classes]
        Self::float_neg(Self::float_sum(Self::float_mul(targets, log_p)))
    }
}

#[cfg(feature = "flex")]
impl SoftmaxCrossEntropy for burn::backend::Flex {}
#[cfg(feature = "ndarray")]
impl SoftmaxCrossEntropy for burn::backend::NdArray {}
#[cfg(feature = "tch")]
impl SoftmaxCrossEntropy for burn::backend::LibTorch {}
#[cfg(any(
    feature = "vulkan",
    feature = "wgpu",
    feature = "metal",
    feature = "cuda",
    feature = "rocm",
    feature = "cpu"
))]
impl SoftmaxCrossEntropy for burn::backend::Cube {}

/// The backward pass: (Σ targets) · softmax(logits) − targets, times the gradient from above.
#[derive(Debug)]
struct SoftmaxMinusTargets;

impl<B: Backend> Backward<B, 1> for SoftmaxMinusTargets {
    type State = (B::FloatTensorPrimitive, B::FloatTensorPrimitive);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let (logits, targets) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            let mass = B::float_sum_dim(targets.clone(), 1); // [n, 1]
            let d_logits = B::float_sub(B::float_mul(B::softmax(logits, 1), mass), targets);
            let grad = B::float_reshape(grad, [1, 1].into());
            B::float_mul(d_logits, grad) // [n, classes]
        });
    }
}

impl<B: SoftmaxCrossEntropy, C: CheckpointStrategy> SoftmaxCrossEntropy for Autodiff<B, C> {
    fn softmax_cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        let targets = targets.into_primitive();
        match SoftmaxMinusTargets.prepare::<C>([logits.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let state = (logits.primitive().clone(), targets.clone());
                prep.finish(state, B::softmax_cross_entropy(logits.into_primitive(), targets))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::softmax_cross_entropy(logits.into_primitive(), targets)),
        }
    }
}

/// The loss of a batch, a tensor of one element: `logits` and `targets` are `[n, classes]`.
pub fn softmax_cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::softmax_cross_entropy(logits.into_dispatch(), targets.into_dispatch()))
}

/// How labels become target distributions: smoothing ε and class weights w, as PyTorch defines them.
///
/// Row i of a batch is ((1 − ε) w(y) one-hot(y) + ε w / K) / Σ w(y), the sum running over the batch, so that the
/// loss is the weighted mean over the rows.
#[derive(Clone, Debug)]
pub struct Targets {
    /// The number of classes K.
    pub classes: usize,
    /// Label smoothing ε in 0..1 (Szegedy et al. 2016); 0 leaves the labels hard.
    pub smoothing: f32,
    /// One weight a class, all 1 where rows count alike.
    pub weights: Vec<f32>,
}

impl Targets {
    /// Hard labels, every class alike.
    pub fn hard(classes: usize) -> Self {
        Targets { classes, smoothing: 0.0, weights: vec![1.0; classes] }
    }

    /// The target distributions of a batch, `[labels.len(), classes]` on `device`.
    pub fn of(&self, labels: &[u32], device: &Device) -> Tensor<2> {
        let mass: f32 = labels.iter().map(|&y| self.weights[y as usize]).sum();
        let spread = self.smoothing / (self.classes as f32 * mass);
        let floor: Vec<f32> = self.weights.iter().map(|w| w * spread).collect();
        let mut q = floor.repeat(labels.len());
        for (row, &y) in q.chunks_exact_mut(self.classes).zip(labels) {
            row[y as usize] += (1.0 - self.smoothing) * self.weights[y as usize] / mass;
        }
        Tensor::from_data(TensorData::new(q, [labels.len(), self.classes]), device)
    }
}
