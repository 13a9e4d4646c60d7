//! The learner: a model joined with its optimizer, and the two stages of a step.
//!
//! [`Learner::pass`] goes forward and back and changes nothing; [`Learner::update`] spends the gradients. Between the two
//! stands whoever decides whether the numbers are finite, so a gradient that is not never reaches the weights. A training
//! does not call them one by one but through `setup::Step`, which knows the rate and the dropout of every step as well.

mod checkpoint;
mod fixed_rows;
mod inspection;
mod optimizer;
#[cfg(feature = "cube")]
mod resident;

pub use checkpoint::{Checkpoint, Repair};
pub use fixed_rows::{FIXED_ROWS, FixedRows};
pub use optimizer::{Optimizer, OptimizerConfig, Rule};
#[cfg(feature = "cube")]
pub use resident::{BURST, Feed, Made, Planned, Room};

use std::hash::{DefaultHasher, Hasher};

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Gradients, Int, Tensor, TensorData};

use crate::data::{Batch, Block};
use crate::engine::{magnitude, to_host, wake, with_slice, with_slices_mut};
use crate::error::Result;
use crate::model::{Criterion, LayerWeights, Mlp};
use crate::numerics::{Layer, Size};
use crate::ranks;
use inspection::Inspection;

/// A model that learns.
pub struct Learner {
    /// The network, on an autodiff device.
    pub model: Mlp,
    optimizer: Optimizer,
    criterion: Criterion,
    device: Device,
    /// How many multiplications a row takes forward, on the CPU; 0 on other devices.
    work: usize,
    /// The network where it lives on a GPU, once it was brought there.
    #[cfg(feature = "cube")]
    aboard: Option<Box<resident::Aboard>>,
}

/// What one pass has found. The learner is still as it was before.
pub struct Pass {
    /// The mean loss of the batch.
    pub loss: f64,
    /// How many rows have their own class as the most probable one.
    pub correct: usize,
    /// The Euclidean norm of the whole gradient, which is not finite if any entry is not.
    pub norm: f64,
    /// The gradients in forward order (weight 1, bias 1, weight 2, …), flat, on the device without autodiff.
    gradients: Vec<Tensor<1>>,
    /// The sum of squares and the largest magnitude of each gradient.
    sizes: Vec<(f32, f32)>,
}

/// How closely an update is looked at.
pub enum Scrutiny<'a> {
    /// Not at all, which costs nothing.
    Skipped,
    /// At what it does to the weights of every layer.
    Weights,
    /// At the weights, and at what the network makes of these rows before the update.
    WithRows(&'a FixedRows),
}

/// What was seen of an update.
pub struct Seen {
    /// Weights, gradient and update of every layer, and what its activation does with the fixed rows if they were shown.
    pub layers: Vec<Layer>,
    /// Whether all fixed rows were predicted alike; `false` if none were shown.
    pub alike: bool,
}

impl Pass {
    /// Whether the loss and every entry of the gradients are finite.
    pub fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.norm.is_finite()
    }
}

impl Learner {
    /// Joins a model with an optimizer and a criterion. The model must be on `device`, which is an autodiff device.
    pub fn new(model: Mlp, optimizer: Optimizer, criterion: Criterion, device: Device) -> Self {
        let weights = model.layers.iter().map(|layer| layer.weight.val().inner());
        let work = weights.filter_map(|weight| with_slice(&weight, <[f32]>::len)).sum();
        Learner {
            model,
            optimizer,
            criterion,
            device,
            work,
            #[cfg(feature = "cube")]
            aboard: None,
        }
    }

    /// Goes forward to the loss of a batch and back to the gradients, with one read from the device. Masks of dropout are
    /// drawn from `seed`. What several ranks find in their rows of a shared batch is added up, so all have the same pass.
    pub fn pass(&self, batch: &Batch, seed: u64) -> Pass {
        let labels = batch.own_labels();
        wake(self.work.saturating_mul(labels.len()));
        let logits = self.model.forward_dropped(batch.x.clone(), seed, batch.share.as_ref()); // [n, classes]
        let loss = self.criterion.compare(logits.clone(), &labels, &batch.labels, &self.device);
        let mut gradients = self.gradients(&mut loss.backward());
        let (loss, logits) = (loss.inner(), logits.inner());
        let (loss, correct, sizes) = match batch.share {
            None => numbers(loss, logits, &labels, &gradients),
            Some(_) => numbers_of_all_ranks(loss, logits, &labels, &mut gradients),
        };
        let squares: f64 = sizes.iter().map(|size| f64::from(size.0)).sum();
        let norm = if squares.is_finite() { squares.sqrt() } else { exact_norm(&gradients) };
        Pass { loss: loss / f64::from(self.criterion.mass(&batch.labels)), correct, norm, gradients, sizes }
    }

    /// Brings the model up to date, where its weights live on a GPU and not in its tensors.
    ///
    /// # Errors
    /// The device does not answer any more.
    pub fn settle(&mut self) -> Result<()> {
        #[cfg(feature = "cube")]
        self.bring_back()?;
        Ok(())
    }

    /// The sum of the losses of the rows of `block` and how many are right, where the network lives on a GPU with room for
    /// them; the block is the same every time.
    ///
    /// # Errors
    /// Rows that can no longer be read.
    pub fn judge(&mut self, block: &Block) -> Result<Option<(f64, usize)>> {
        #[cfg(feature = "cube")]
        return self.judge_aboard(block);
        #[cfg(not(feature = "cube"))]
        {
            let _ = block;
            Ok(None)
        }
    }

    /// Keeps the weights as they are now where they live on a GPU, for [`Learner::kept`]; says whether they do.
    pub fn keep(&mut self) -> bool {
        #[cfg(feature = "cube")]
        return self.keep_aboard();
        #[cfg(not(feature = "cube"))]
        false
    }

    /// The weights that [`Learner::keep`] kept last, if it did.
    pub fn kept(&self) -> Option<Vec<LayerWeights>> {
        #[cfg(feature = "cube")]
        return self.kept_aboard();
        #[cfg(not(feature = "cube"))]
        None
    }

    /// Spends the gradients of a pass at this learning rate. If their norm is above `clip`, all of them are scaled down to
    /// it first, by one factor (Pascanu, Mikolov and Bengio 2013).
    pub fn update(&mut self, rate: f64, clip: Option<f64>, pass: Pass) {
        self.spend(rate, clip, pass, None);
    }

    /// Updates as [`Learner::update`] does and gives what `scrutiny` asks for, `None` if that is nothing. What the fixed
    /// rows show is the network before the update. This takes one read from the device; on the CPU there is none, and no
    /// weight is copied.
    pub fn update_seen(&mut self, rate: f64, clip: Option<f64>, pass: Pass, scrutiny: Scrutiny) -> Option<Seen> {
        let z = match scrutiny {
            Scrutiny::Skipped => {
                self.update(rate, clip, pass);
                return None;
            }
            Scrutiny::Weights => Vec::new(),
            Scrutiny::WithRows(rows) => rows.through(self),
        };
        let mut inspection = Inspection::new(pass.sizes.clone());
        self.spend(rate, clip, pass, Some(&mut inspection));
        let (layers, alike) = inspection.conclude(self, z);
        Some(Seen { layers, alike })
    }

    /// Updates every parameter in forward order and notes what that does, if there is an inspection.
    fn spend(&mut self, rate: f64, clip: Option<f64>, pass: Pass, mut inspection: Option<&mut Inspection>) {
        let factor = clip.filter(|&clip| pass.norm > clip).map_or(1.0, |clip| clip / pass.norm);
        self.optimizer.begin();
        let mut gradients = pass.gradients.into_iter().enumerate();
        let optimizer = &mut self.optimizer;
        let mut step = |weight: Tensor<1>| match gradients.next() {
            Some((place, gradient)) => {
                let effect = inspection.as_mut().and_then(|inspection| inspection.effect(place, &weight));
                optimizer.step(place, (rate, factor), [weight, gradient], effect)
            }
            None => weight,
        };
        for layer in std::mem::take(&mut self.model.layers) {
            let weight = changed(layer.weight, &mut step);
            let bias = layer.bias.map(|bias| changed(bias, &mut step));
            self.model.layers.push(Linear { weight, bias });
        }
    }

    /// Takes the gradients of all parameters, in forward order, out of what the backward pass has left.
    fn gradients(&self, found: &mut Gradients) -> Vec<Tensor<1>> {
        let mut gradients = Vec::new();
        for layer in &self.model.layers {
            gradients.extend(layer.weight.val().grad_remove(found).map(|d_weight| d_weight.flatten(0, 1)));
            gradients.extend(layer.bias.as_ref().and_then(|bias| bias.val().grad_remove(found)));
        }
        gradients
    }

    /// The name of the first tensor that is not finite, in the order in which they are computed: forward from the rows, and
    /// then the gradients from the last layer down.
    pub fn first_nonfinite(&self, batch: &Batch, pass: &Pass) -> String {
        let sick = |x: Tensor<1>| Size::of(&to_host(x)).nonfinite > 0;
        let x = batch.x.clone().inner();
        let forward = self.model.valid().trace(x.clone()).into_iter().map(|(name, z)| (name, z.flatten(0, 1)));
        let forward = std::iter::once(("x".to_string(), x.flatten(0, 1))).chain(forward);
        let (names, values): (Vec<String>, Vec<Tensor<1>>) = forward.unzip();
        // Each rank has looked at its own rows, and the gradients are the same on all.
        let first = values.into_iter().position(sick).unwrap_or(names.len());
        if let Some(name) = names.get(ranks::least(first as u64) as usize) {
            return name.clone();
        }
        let sick = pass.gradients.iter().rposition(|gradient| sick(gradient.clone()));
        sick.map_or_else(|| "loss".into(), |place| format!("d_{}{}", ["weight", "bias"][place % 2], place / 2 + 1))
    }

    /// A number that learners with the same weights share and others do not.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (weight, bias) in self.model.weights() {
            [weight, bias].iter().for_each(|numbers| hasher.write(bytemuck::cast_slice(numbers)));
        }
        hasher.finish()
    }

    /// The size of all parameters taken as one tensor.
    pub fn size(&self) -> Size {
        let flat: Vec<f32> = self.model.weights().into_iter().flat_map(|(w, b)| w.into_iter().chain(b)).collect();
        Size::of(&flat)
    }
}

/// The parameter with `change` applied to its numbers, which are flat and on the device without autodiff.
fn changed<const D: usize>(param: Param<Tensor<D>>, change: impl FnOnce(Tensor<1>) -> Tensor<1>) -> Param<Tensor<D>> {
    let (id, value, _) = param.consume();
    let dims = value.dims();
    let flat: Tensor<1> = value.inner().reshape([-1]);
    Param::initialized(id, change(flat).reshape(dims).autodiff().require_grad())
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

/// What [`numbers`] gives, for the rows of all ranks; `gradients` become their sums. No rank's part is weighted, because
/// each has divided its loss by the rows of the whole batch (see [`Criterion::compare`]). The way is through the host, in one
/// buffer.
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
