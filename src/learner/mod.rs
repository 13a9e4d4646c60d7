//! The learner: a model joined with its optimizer, and the two stages of a step.
//!
//! [`Learner::pass`] goes forward and back and changes nothing; [`Learner::update`] spends the gradients. Between the two
//! stands whoever decides whether the numbers are finite, so a gradient that is not never reaches the weights. A training
//! does not call them one by one but through `setup::Step`, which knows the rate and the dropout of every step as well.
//!
//! | files | what they know |
//! |---|---|
//! | `pass`, `inspection`, `fixed_rows` | what was found by a pass, and what is seen of an update that is looked at |
//! | `rule`, `update`, `optimizer` | the rules of an update, their formulas, and what an optimizer remembers |
//! | `checkpoint` | a learner on the disk, with the place where its run stands |
//! | `resident` | the same learner where its network lives on a GPU |

mod checkpoint;
mod fixed_rows;
mod inspection;
mod optimizer;
mod pass;
#[cfg(feature = "cube")]
mod resident;
mod rule;
mod update;

pub use checkpoint::{Checkpoint, Repair};
pub use fixed_rows::{FIXED_ROWS, FixedRows};
pub use inspection::{Scrutiny, Seen};
pub use optimizer::Optimizer;
pub use pass::Pass;
#[cfg(feature = "cube")]
pub use resident::{BURST, Feed, Made, Planned, Room};
pub use rule::{OptimizerConfig, Rule};

use std::hash::{DefaultHasher, Hasher};

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Gradients, Tensor};

use crate::data::{Batch, Block};
use crate::engine::{to_host, wake, with_slice};
use crate::error::Result;
use crate::model::{Criterion, LayerWeights, Mlp};
use crate::numerics::Size;
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
        let gradients = self.gradients(&mut loss.backward());
        let pass = Pass::of(loss.inner(), logits.inner(), &labels, gradients, batch.share.is_some());
        Pass { loss: pass.loss / f64::from(self.criterion.mass(&batch.labels)), ..pass }
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
        Some(inspection.conclude(self, z))
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
