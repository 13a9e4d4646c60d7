//! The loss: softmax and cross-entropy of the logits, and how labels become its targets.
//!
//! With q the target distribution of a row and p the softmax of its logits, the loss of the row is −Σ q log p and its
//! gradient at the logits is (Σ q) p − q, which is "softmax minus one-hot" for plain labels. Label smoothing, class
//! weights and the mean over the batch change q alone, so the operation [`softmax_cross_entropy`] of the engine knows
//! nothing of them. On the path of a batch this stands between the logits and the backward pass.

use burn::tensor::{Device, Tensor, TensorData, activation};
use serde::{Deserialize, Serialize};

use crate::engine::softmax_cross_entropy;
use crate::words::words;

/// What logits go through before they are compared with the labels. All but the first are mistakes, kept for study.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Softmax and cross-entropy, once.
    #[default]
    CrossEntropy,
    /// A softmax before the loss, which applies one itself: with K classes the loss cannot fall below ln(1 + (K − 1)/e).
    SoftmaxTwice,
    /// A softmax over a single output, which is 1 whatever the network says: there is no loss and no gradient.
    OneOutput,
}

words!(Loss: CrossEntropy "cross-entropy", SoftmaxTwice "softmax-twice", OneOutput "one-output");

/// How the losses of a batch's rows become the number whose gradient is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Their mean: a learning rate means the same for every batch size.
    #[default]
    Mean,
    /// Their sum: the gradient, and with it what a learning rate means, grows with the batch.
    Sum,
}

words!(Reduction: Mean "mean", Sum "sum");

/// How the loss of a batch is computed from logits and labels: label smoothing ε and class weights w as PyTorch defines
/// them (`torch.nn.CrossEntropyLoss`), the loss, and the reduction.
///
/// The target distribution of a row with label y is ((1 − ε) w(y) one-hot(y) + ε w / K) / Σ w(y), where the sum runs over
/// the batch, so that the loss is the weighted mean over its rows. Where the sum over the rows is wanted, it is not
/// divided.
#[derive(Clone, Debug)]
pub struct Criterion {
    /// The number of classes K.
    pub classes: usize,
    /// Label smoothing ε in 0..1 (Szegedy et al. 2016); 0 leaves the labels hard.
    pub smoothing: f32,
    /// One weight for each class, all 1 where rows count alike.
    pub weights: Vec<f32>,
    /// What the logits go through.
    pub loss: Loss,
    /// Whether the rows' losses are averaged or summed.
    pub reduction: Reduction,
}

impl Criterion {
    /// Plain cross-entropy: hard labels, every class of the same weight, the mean over the rows.
    pub fn hard(classes: usize) -> Self {
        let (loss, reduction) = Default::default();
        Criterion { classes, smoothing: 0.0, weights: vec![1.0; classes], loss, reduction }
    }

    /// The loss of a batch, a tensor of one element on `device`; or what some of its rows, which have these `labels`, add to
    /// the loss of `all`.
    ///
    /// # Shapes
    /// `logits` are `[labels.len(), classes]`.
    pub fn compare(&self, logits: Tensor<2>, labels: &[u32], all: &[u32], device: &Device) -> Tensor<1> {
        let q = self.targets_within(labels, all, device);
        match self.loss {
            Loss::CrossEntropy => softmax_cross_entropy(logits, q),
            Loss::SoftmaxTwice => softmax_cross_entropy(activation::softmax(logits, 1), q),
            Loss::OneOutput => softmax_cross_entropy(logits.narrow(1, 0, 1), q.narrow(1, 0, 1)),
        }
    }

    /// The number by which the loss of a batch must be divided to be a mean over its rows.
    pub fn mass(&self, labels: &[u32]) -> f32 {
        match self.reduction {
            Reduction::Mean => 1.0,
            Reduction::Sum => self.weight(labels),
        }
    }

    /// The mean of the target distributions of all rows, where `counts[k]` rows have label k.
    pub fn mean_target(&self, counts: &[usize]) -> Vec<f64> {
        let weighted = |k: usize| counts[k] as f64 * f64::from(self.weights[k]);
        let mass: f64 = (0..self.classes).map(weighted).sum();
        let (rows, smoothing) = (counts.iter().sum::<usize>() as f64, f64::from(self.smoothing));
        let spread = |k: usize| smoothing * rows * f64::from(self.weights[k]) / self.classes as f64;
        (0..self.classes).map(|k| (spread(k) + (1.0 - smoothing) * weighted(k)) / mass).collect()
    }

    /// Σ w(y) over the labels.
    fn weight(&self, labels: &[u32]) -> f32 {
        labels.iter().map(|&y| self.weights[y as usize]).sum()
    }

    /// The target distributions of a batch, `[labels.len(), classes]` on `device`.
    pub fn targets(&self, labels: &[u32], device: &Device) -> Tensor<2> {
        self.targets_within(labels, labels, device)
    }

    /// The target distributions of those rows of a batch that have these `labels`, where `all` are the labels of the batch.
    fn targets_within(&self, labels: &[u32], all: &[u32], device: &Device) -> Tensor<2> {
        let mass = if self.reduction == Reduction::Sum { 1.0 } else { self.weight(all) };
        let spread = self.smoothing / (self.classes as f32 * mass);
        let floor: Vec<f32> = self.weights.iter().map(|w| w * spread).collect();
        let mut q = floor.repeat(labels.len()); // [labels.len(), classes]
        for (row, &y) in q.chunks_exact_mut(self.classes).zip(labels) {
            row[y as usize] += (1.0 - self.smoothing) * self.weights[y as usize] / mass;
        }
        Tensor::from_data(TensorData::new(q, [labels.len(), self.classes]), device)
    }
}
