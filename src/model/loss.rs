//! The loss: softmax cross-entropy from logits, and how labels become its targets.
//!
//! With q the target distribution of a row and p its softmax, the loss is −Σ q log p and its gradient at the
//! logits is (Σ q) p − q: "softmax minus one-hot" once q holds the 1/n. Class weights and label smoothing live in q
//! alone, see [`Targets`]; the operation itself is in [`super::fused`].

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor, TensorData, activation};
use serde::{Deserialize, Serialize};

use super::fused::Fused;
use crate::words::words;

/// The loss of a batch, a tensor of one element: `logits` and `targets` are `[n, classes]`.
pub fn softmax_cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Fused>::softmax_cross_entropy(logits.into_dispatch(), targets.into_dispatch()))
}

/// What logits go through before they are compared with the labels. All but the first are mistakes, kept for study.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Softmax and cross-entropy, once.
    #[default]
    CrossEntropy,
    /// A softmax before the loss that applies one itself: with K classes it cannot fall below ln(1 + (K − 1)/e).
    SoftmaxTwice,
    /// A softmax over a single output, which is 1 whatever the network says: no loss, no gradient.
    OneOutput,
}

words!(Loss: CrossEntropy "cross-entropy", SoftmaxTwice "softmax-twice", OneOutput "one-output");

/// How the losses of a batch's rows become the number whose gradient is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Their mean: a rate means the same for every batch size.
    #[default]
    Mean,
    /// Their sum: the gradient, and with it what a rate means, grows with the batch.
    Sum,
}

words!(Reduction: Mean "mean", Sum "sum");

/// How labels become target distributions: smoothing ε and class weights w, as PyTorch defines them.
///
/// Row i of a batch is ((1 − ε) w(y) one-hot(y) + ε w / K) / Σ w(y), the sum running over the batch, so that the
/// loss is the weighted mean over the rows; where the sum is wanted it is not divided.
#[derive(Clone, Debug)]
pub struct Targets {
    /// The number of classes K.
    pub classes: usize,
    /// Label smoothing ε in 0..1 (Szegedy et al. 2016); 0 leaves the labels hard.
    pub smoothing: f32,
    /// One weight a class, all 1 where rows count alike.
    pub weights: Vec<f32>,
    /// What logits go through.
    pub loss: Loss,
    /// Mean or sum over the rows.
    pub reduction: Reduction,
}

impl Targets {
    /// Hard labels, every class alike.
    pub fn hard(classes: usize) -> Self {
        let (loss, reduction) = Default::default();
        Targets { classes, smoothing: 0.0, weights: vec![1.0; classes], loss, reduction }
    }

    /// The loss of a batch, a tensor of one element; `logits` are `[labels.len(), classes]`.
    pub fn compare(&self, logits: Tensor<2>, labels: &[u32], device: &Device) -> Tensor<1> {
        let q = self.of(labels, device);
        match self.loss {
            Loss::CrossEntropy => softmax_cross_entropy(logits, q),
            Loss::SoftmaxTwice => softmax_cross_entropy(activation::softmax(logits, 1), q),
            Loss::OneOutput => softmax_cross_entropy(logits.narrow(1, 0, 1), q.narrow(1, 0, 1)),
        }
    }

    /// What the loss of a batch must be divided by to be a mean over its rows.
    pub fn mass(&self, labels: &[u32]) -> f32 {
        match self.reduction {
            Reduction::Mean => 1.0,
            Reduction::Sum => self.weight(labels),
        }
    }

    /// The mean target of rows of which class k has `counts[k]`.
    pub fn mean(&self, counts: &[usize]) -> Vec<f64> {
        let weighted = |k: usize| counts[k] as f64 * f64::from(self.weights[k]);
        let mass: f64 = (0..self.classes).map(weighted).sum();
        let (rows, smoothing) = (counts.iter().sum::<usize>() as f64, f64::from(self.smoothing));
        let spread = |k: usize| smoothing * rows * f64::from(self.weights[k]) / self.classes as f64;
        (0..self.classes).map(|k| (spread(k) + (1.0 - smoothing) * weighted(k)) / mass).collect()
    }

    fn weight(&self, labels: &[u32]) -> f32 {
        labels.iter().map(|&y| self.weights[y as usize]).sum()
    }

    /// The target distributions of a batch, `[labels.len(), classes]` on `device`.
    pub fn of(&self, labels: &[u32], device: &Device) -> Tensor<2> {
        let mass = if self.reduction == Reduction::Sum { 1.0 } else { self.weight(labels) };
        let spread = self.smoothing / (self.classes as f32 * mass);
        let floor: Vec<f32> = self.weights.iter().map(|w| w * spread).collect();
        let mut q = floor.repeat(labels.len());
        for (row, &y) in q.chunks_exact_mut(self.classes).zip(labels) {
            row[y as usize] += (1.0 - self.smoothing) * self.weights[y as usize] / mass;
        }
        Tensor::from_data(TensorData::new(q, [labels.len(), self.classes]), device)
    }
}
