//! The loss: softmax cross-entropy from logits, and how labels become its targets.
//!
//! With q the target distribution of a row and p its softmax, the loss is −Σ q log p and its gradient at the
//! logits is (Σ q) p − q: "softmax minus one-hot" once q holds the 1/n. Class weights and label smoothing live in q
//! alone, see [`Targets`]; the operation itself is in [`super::fused`].

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor, TensorData};

use super::fused::Fused;

/// The loss of a batch, a tensor of one element: `logits` and `targets` are `[n, classes]`.
pub fn softmax_cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Fused>::softmax_cross_entropy(logits.into_dispatch(), targets.into_dispatch()))
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
