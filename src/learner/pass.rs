//! A pass: what going forward and back with a batch has found, read from the device at once.
//!
//! On the CPU the numbers are taken where they lie. Any other device is read once, and not once for each number, because a
//! read waits until all work there is done. Several ranks add up what they found on the same occasion.

use burn::tensor::{Int, Tensor, TensorData};

use crate::engine::{magnitude, to_host, with_slice, with_slices_mut};
use crate::numerics::Size;
use crate::ranks;

/// What one pass has found. The learner is still as it was before.
pub struct Pass {
    /// The mean loss of the batch.
    pub loss: f64,
    /// How many rows have their own class as the most probable one.
    pub correct: usize,
    /// The Euclidean norm of the whole gradient, which is not finite if any entry is not.
    pub norm: f64,
    /// The gradients in forward order (weight 1, bias 1, weight 2, …), flat, on the device without autodiff.
    pub(super) gradients: Vec<Tensor<1>>,
    /// The sum of squares and the largest magnitude of each gradient.
    pub(super) sizes: Vec<(f32, f32)>,
}

impl Pass {
    /// Whether the loss and every entry of the gradients are finite.
    pub fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.norm.is_finite()
    }

    /// Reads from the device what a pass over rows with these `labels` has found: the loss, the logits and the gradients.
    /// Where several ranks have `shared` the batch, their parts are added up.
    pub(super) fn of(
        loss: Tensor<1>,
        logits: Tensor<2>,
        labels: &[u32],
        mut gradients: Vec<Tensor<1>>,
        shared: bool,
    ) -> Self {
        let (loss, correct, sizes) = match shared {
            false => numbers(loss, logits, labels, &gradients),
            true => numbers_of_all_ranks(loss, logits, labels, &mut gradients),
        };
        let squares: f64 = sizes.iter().map(|size| f64::from(size.0)).sum();
        let norm = if squares.is_finite() { squares.sqrt() } else { exact_norm(&gradients) };
        Pass { loss, correct, norm, gradients, sizes }
    }
}

/// The loss, how many rows are right, and the sum of squares and the largest magnitude of each gradient. On the CPU nothing
/// is copied for that; other devices are read once.
fn numbers(
    loss: Tensor<1>,
    logits: Tensor<2>,
    labels: &[u32],
    gradients: &[Tensor<1>],
) -> (f64, usize, Vec<(f32, f32)>) {
    let right = with_slice(&logits, |logits| right(logits, labels));
    let sizes: Option<Vec<_>> = gradients.iter().map(|gradient| with_slice(gradient, magnitude)).collect();
    if let (Some(right), Some(sizes), Some(loss)) = (right, sizes, with_slice(&loss, |loss| loss[0])) {
        return (f64::from(loss), right, sizes);
    }
    let sizes = gradients.iter().flat_map(|d| [d.clone().powi_scalar(2).sum(), d.clone().abs().max()]);
    let all = [loss, correct(logits, labels)].into_iter().chain(sizes).collect();
    let all = to_host(Tensor::cat(all, 0));
    (f64::from(all[0]), all[1] as usize, all[2..].chunks_exact(2).map(|size| (size[0], size[1])).collect())
}

/// What [`numbers`] gives, for the rows of all ranks; `gradients` become their sums. No rank's part is weighted,
/// because each has divided its loss by the rows of the whole batch (see [`crate::model::Criterion::compare`]). The way
/// is through the host, in one buffer.
fn numbers_of_all_ranks(
    loss: Tensor<1>,
    logits: Tensor<2>,
    labels: &[u32],
    gradients: &mut Vec<Tensor<1>>,
) -> (f64, usize, Vec<(f32, f32)>) {
    let (loss, correct, _) = numbers(loss, logits, labels, &[]);
    let mut own = Vec::with_capacity(gradients.iter().map(|gradient| gradient.dims()[0]).sum::<usize>() + 3); // loss, right rows, and what `ranks::sum` adds
    for gradient in gradients.iter() {
        if with_slice(gradient, |gradient| own.extend_from_slice(gradient)).is_none() {
            own.extend(to_host(gradient.clone()));
        }
    }
    own.extend([loss as f32, correct as f32]); // both are exact
    let all = ranks::sum(own);
    let (mut rest, mut sizes) = (&all[..], Vec::with_capacity(gradients.len()));
    for gradient in std::mem::take(gradients) {
        let (sums, more) = rest.split_at(gradient.dims()[0]);
        let (shape, device) = (gradient.dims(), gradient.device());
        let summed = with_slices_mut([gradient], |[gradient]| gradient.copy_from_slice(sums));
        let elsewhere = |_| Tensor::from_data(TensorData::new(sums.to_vec(), shape), &device);
        gradients.push(summed.map_or_else(elsewhere, |[gradient]| gradient));
        sizes.push(magnitude(sums));
        rest = more;
    }
    (f64::from(rest[0]), rest[1] as usize, sizes)
}

/// How many rows of `logits`, row-major `[labels.len(), classes]`, are largest at their label. Of equal logits the first
/// counts as the largest.
fn right(logits: &[f32], labels: &[u32]) -> usize {
    let classes = logits.len() / labels.len().max(1);
    let wins = |(row, &y): (&[f32], &u32)| {
        let own = row[y as usize];
        let beaten = |(k, &z): (u32, &f32)| z > own || z == own && k < y;
        usize::from(!(0..).zip(row).fold(false, |lost, rival| lost | beaten(rival)))
    };
    logits.chunks_exact(classes.max(1)).zip(labels).map(wins).sum()
}

/// The norm of the gradient if squares overflow. It is infinite only if an entry really is not finite.
fn exact_norm(gradients: &[Tensor<1>]) -> f64 {
    let all: Vec<f32> = gradients.iter().flat_map(|gradient| to_host(gradient.clone())).collect();
    let size = Size::of(&all);
    if size.nonfinite > 0 { f64::INFINITY } else { size.norm }
}

/// How many rows are right, as [`right`] counts them, computed on the device: a float tensor `[1]`.
fn correct(logits: Tensor<2>, labels: &[u32]) -> Tensor<1> {
    let labels: Vec<i32> = labels.iter().map(|&y| y as i32).collect();
    let n = labels.len();
    let labels = Tensor::<2, Int>::from_data(TensorData::new(labels, [n, 1]), &logits.device());
    logits.argmax(1).equal(labels).float().sum()
}
