//! The backward pass of each operation, for Burn's automatic differentiation.
//!
//! Burn records which operations a loss is made of and calls them here in reverse order. An operation is recorded only
//! if somebody wants a gradient behind it, and computes only the gradients that are wanted: nobody wants that of the
//! input. Nothing here is specific to a backend: every gradient is made of operations of [`Fused`], which a backend may
//! replace, so this file holds for the CPU and for a GPU alike.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;

use super::fused::Fused;
use super::operation::{Precision, Squash, Transposed};

/// The backward pass of [`Fused::softmax_cross_entropy`]: the gradient at the logits, which the forward pass computed
/// with the loss, times the gradient that arrives at the loss.
#[derive(Debug)]
struct SoftmaxMinusTargets;

impl<B: Fused> Backward<B, 1> for SoftmaxMinusTargets {
    /// The gradient at the logits, `[n, classes]`.
    type State = B::FloatTensorPrimitive;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let d_logits = ops.state; // [n, classes]
        unary::<B, _>(ops.parents, ops.node, grads, |d_loss| B::scaled(d_logits, d_loss));
    }
}

/// The backward pass of [`Fused::dense`]: d_z = d_a · squash′, then d_bias = Σ d_z over the rows, d_weight = xᵀ d_z and
/// d_x = d_z weightᵀ (Rumelhart, Hinton and Williams 1986).
#[derive(Debug)]
struct DenseBackward;

impl<B: Fused> Backward<B, 3> for DenseBackward {
    /// The input `[n, inputs]`, the weight `[inputs, outputs]`, the output `[n, outputs]`, the function it went through,
    /// and how exact factors are.
    type State = (B::FloatTensorPrimitive, B::FloatTensorPrimitive, B::FloatTensorPrimitive, Squash, Precision);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let (x, weight, a, squash, precision) = ops.state;
        let d_a = grads.consume::<B>(&ops.node); // [n, outputs]
        let d_z = B::unsquash(a, d_a, squash); // [n, outputs]
        let [to_x, to_weight, to_bias] = ops.parents;
        if let Some(node) = to_bias {
            grads.register::<B>(node.id, B::column_sums(d_z.clone()));
        }
        if let Some(node) = to_weight {
            grads.register::<B>(node.id, B::product(x, d_z.clone(), Transposed::Left, precision));
        }
        if let Some(node) = to_x {
            grads.register::<B>(node.id, B::product(d_z, weight, Transposed::Right, precision));
        }
    }
}

impl<B: Fused, C: CheckpointStrategy> Fused for Autodiff<B, C> {
    fn softmax_cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        let targets = targets.into_primitive();
        match SoftmaxMinusTargets.prepare::<C>([logits.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                // Somebody will go back, so the gradient is computed with the loss and kept.
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
        precision: Precision,
    ) -> FloatTensor<Self> {
        let kind = DenseBackward.prepare::<C>([x.node(), weight.node(), bias.node()]).compute_bound().stateful();
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        let a = B::dense(x.clone(), weight.clone(), bias.into_primitive(), squash, precision);
        match kind {
            // What the way back needs is kept: the input, the weight and the output.
            OpsKind::Tracked(prep) => prep.finish((x, weight, a.clone(), squash, precision), a),
            OpsKind::UnTracked(prep) => prep.finish(a),
        }
    }
}
