//! The checkpoint: one file from which a killed run continues as if nothing had happened.
//!
//! Weights, moments and the place in the run are one file instead of three, because three files cannot be renamed at one
//! moment. What can be computed again, such as the shuffle and the learning rate, is not in it.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::path::Path;

use burn::tensor::Device;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::{Learner, Optimizer};
use crate::error::{Error, Result};
use crate::model::{Saved, floats_from_bytes, floats_to_bytes};
use crate::numerics::Score;
use crate::write::write_beside;
use crate::{read, seal};

/// Bytes of a checkpoint, at most.
const LARGEST: u64 = 16 << 30;

/// Where a run stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// How many epochs are complete.
    pub epoch: usize,
    /// How many batches of the next epoch are done.
    pub batch: usize,
    /// How many updates there have been.
    pub step: usize,
    /// Sums over the batches of the unfinished epoch: loss × rows, right rows, rows, and norms of the gradient.
    pub sums: [f64; 4],
    /// Sums over the batches since the last examined step: loss × rows, right rows, and rows.
    #[serde(default)]
    pub since: [f64; 3],
    /// The loss of the first batch of the run.
    #[serde(default)]
    pub start: f64,
    /// The best score and its epoch.
    pub best: Option<(usize, Score)>,
    /// The epoch and the score of the best weights from before a repair that began anew, as long as no later epoch
    /// has done better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<(usize, Score)>,
    /// The change that a repair has decided on and nobody has begun to train with yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Repair>,
    /// The length of the journal in bytes.
    pub journal: u64,
    /// Whether the run has ended early, because its patience ran out.
    pub stopped: bool,
}

/// A repair that has been decided on: how the run goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repair {
    /// The configuration with which it goes on, as the TOML of config.toml.
    pub config: String,
    /// Whether it begins again at step 0 instead of going on from the weights of this checkpoint.
    pub anew: bool,
}

impl Checkpoint {
    /// Writes this place with the model `saved` and the moments of the learner.
    ///
    /// # Errors
    /// A weight is not finite, or there is no space.
    pub fn write(&self, path: &Path, learner: &Learner, saved: &Saved) -> Result<()> {
        let fail = |e: String| Error::other(format!("checkpoint `{}`: {e}", path.display()));
        let model = saved.to_bytes()?;
        let (steps, memory) = learner.optimizer.memory();
        let memory: Vec<Vec<u8>> = memory.iter().map(|moment| floats_to_bytes(moment)).collect();
        let place = serde_json::to_string(self).map_err(|e| fail(e.to_string()))?;
        let place = format!("[{},{steps}]", seal::marked(&place));
        let view = |kind, width, bytes| TensorView::new(kind, vec![<[u8]>::len(bytes).div_euclid(width)], bytes);
        let mut tensors = vec![("model".to_string(), view(Dtype::U8, 1, &model).map_err(|e| fail(e.to_string()))?)];
        for (i, moment) in memory.iter().enumerate() {
            tensors.push((format!("moment.{i}"), view(Dtype::F32, 4, moment).map_err(|e| fail(e.to_string()))?));
        }
        let metadata = [("place".to_string(), place)].into();
        let mut bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|e| fail(e.to_string()))?;
        seal::seal(&mut bytes);
        write_beside(path, &bytes)
    }

    /// Reads the place alone.
    ///
    /// # Errors
    /// No checkpoint there, or one that is damaged.
    pub fn place(path: &Path) -> Result<Self> {
        let bytes = read::whole(path, LARGEST).map_err(|e| unreadable(path, &e))?;
        place(&bytes).map(|(place, _)| place).map_err(|e| unreadable(path, &e))
    }

    /// Reads the place and the model, and gives the optimizer, which is `fresh`, its memory back; `device` is one without
    /// autodiff. Where a repair has decided on another rule, which keeps other moments or none, it begins without any.
    ///
    /// # Errors
    /// There is no checkpoint, it is damaged, or it belongs to another optimizer.
    pub fn read(path: &Path, mut fresh: Optimizer, device: &Device) -> Result<(Self, Saved, Optimizer)> {
        let bad = |e: String| unreadable(path, &e);
        let bytes = read::whole(path, LARGEST).map_err(|e| bad(e.to_string()))?;
        let (place, steps) = place(&bytes).map_err(bad)?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| bad(e.to_string()))?;
        let model = tensors.tensor("model").map_err(|e| bad(e.to_string()))?;
        let saved = Saved::from_bytes(model.data(), path)?;
        let moments = (0..).map_while(|i| tensors.tensor(&format!("moment.{i}")).ok());
        let memory: Vec<Vec<f32>> = moments.map(|view| floats_from_bytes(view.data())).collect();
        let sizes = saved.weights.iter().flat_map(|(weight, bias)| [weight.len(), bias.len()]);
        match fresh.takes(&memory, &sizes.collect::<Vec<_>>()) {
            true => fresh.restore(steps, memory, device),
            false if place.repair.is_some() => {}
            false => return Err(bad("its moments belong to another --optimizer or --momentum".into())),
        }
        Ok((place, saved, fresh))
    }
}

/// The place in the bytes of a checkpoint, with the number of updates that the optimizer has made.
fn place(bytes: &[u8]) -> std::result::Result<(Checkpoint, u64), String> {
    seal::verify(bytes)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
    let place = header.metadata().as_ref().and_then(|m| m.get("place")).ok_or("it names no place")?;
    serde_json::from_str(place).map_err(|e| e.to_string())
}

/// The error that the checkpoint at `path` cannot be read.
fn unreadable(path: &Path, why: &impl std::fmt::Display) -> Error {
    Error::data(format!("cannot resume from `{}`: {why}; start the run again", path.display()))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::*;
    use crate::learner::OptimizerConfig;
    use crate::model::{Activation, Criterion, Init, Loss, MlpConfig, Reduction};

    #[test]
    fn a_repair_that_takes_the_momentum_away_goes_on_without_its_moments() {
        let device = Device::default();
        let network = MlpConfig { layers: vec![3, 2], activation: Activation::Relu, dropout: 0.0 };
        let weights = network.init(Init::He, 1, &device).weights();
        let text = serde_json::json!({"network": network, "input": [3], "scale": [], "classes": ["a", "b"], "labels": ["0", "1"]});
        let saved = Saved { weights, ..serde_json::from_value(text).unwrap() };
        let (still, moving) = (OptimizerConfig::default(), OptimizerConfig { momentum: 0.9, ..Default::default() });
        let mut optimizer = moving.init();
        optimizer.begin();
        for (place, size) in [6, 2].into_iter().enumerate() {
            let ones = || Tensor::<1>::ones([size], &device);
            optimizer.step(place, (0.1, 1.0), [ones(), ones()], None);
        }
        let criterion = Criterion { loss: Loss::CrossEntropy, reduction: Reduction::Mean, ..Criterion::hard(2) };
        let autodiff = device.clone().autodiff();
        let learner = Learner::new(saved.network(&autodiff), optimizer, criterion, autodiff);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let mut checkpoint = Checkpoint { step: 1, ..Checkpoint::default() };
        let read = |rule: OptimizerConfig| Checkpoint::read(&path, rule.init(), &device);
        checkpoint.write(&path, &learner, &saved).unwrap();
        assert!(!read(moving).unwrap().2.memory().1.is_empty());
        assert!(read(still).unwrap_err().to_string().contains("--momentum"), "nobody has decided that");
        checkpoint.repair = Some(Repair { config: String::new(), anew: false });
        checkpoint.write(&path, &learner, &saved).unwrap();
        assert!(read(still).unwrap().2.memory().1.is_empty());
    }
}
