//! The checkpoint: one file from which a killed run continues as if nothing had happened.
//!
//! Weights, moments and the place in the run are one file, not three, because three files cannot be renamed at one
//! moment. What can be computed again (shuffle, learning rate) is not in it.

use std::io::Write;
use std::path::Path;

use burn::tensor::Device;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::{Learner, Optimizer};
use crate::beside::Beside;
use crate::error::{Error, Result};
use crate::model::Saved;
use crate::numerics::Score;

/// Where a run stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Epochs that are complete.
    pub epoch: usize,
    /// Batches of the next epoch that are done.
    pub batch: usize,
    /// Updates so far.
    pub step: usize,
    /// Sums over the batches of the unfinished epoch: loss × rows, correct rows, rows, gradient norms.
    pub sums: [f64; 4],
    /// Loss × rows, right rows and rows since the last examined step.
    #[serde(default)]
    pub since: [f64; 3],
    /// The loss of the first batch of the run.
    #[serde(default)]
    pub start: f64,
    /// The best score and its epoch.
    pub best: Option<(usize, Score)>,
    /// The length of the journal in bytes.
    pub journal: u64,
    /// Whether patience ran out.
    pub stopped: bool,
}

impl Checkpoint {
    /// Writes this place with the learner's weights and moments; `saved` describes the model.
    ///
    /// # Errors
    /// Weights that are not finite, or no space.
    pub fn write(&self, path: &Path, learner: &Learner, saved: &Saved) -> Result<()> {
        let fail = |e: String| Error::other(format!("checkpoint `{}`: {e}", path.display()));
        let model = saved.to_bytes()?;
        let (steps, memory) = learner.optimizer.memory();
        let memory: Vec<Vec<u8>> = memory.iter().map(|moment| bytes(moment)).collect();
        let place = serde_json::to_string(&(self, steps)).map_err(|e| fail(e.to_string()))?;
        let view = |kind, width, bytes| TensorView::new(kind, vec![<[u8]>::len(bytes) / width], bytes);
        let mut tensors = vec![("model".to_string(), view(Dtype::U8, 1, &model).map_err(|e| fail(e.to_string()))?)];
        for (i, moment) in memory.iter().enumerate() {
            tensors.push((format!("moment.{i}"), view(Dtype::F32, 4, moment).map_err(|e| fail(e.to_string()))?));
        }
        let metadata = [("place".to_string(), place)].into();
        let bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|e| fail(e.to_string()))?;
        write_beside(path, &bytes)
    }

    /// Reads the place and the model, and gives the optimizer, which is `fresh`, its memory back.
    ///
    /// # Errors
    /// No checkpoint there, or one that is damaged or of another optimizer.
    pub fn read(path: &Path, mut fresh: Optimizer, device: &Device) -> Result<(Self, Saved, Optimizer)> {
        let bad = |e: String| Error::data(format!("cannot resume from `{}`: {e}; start the run again", path.display()));
        let bytes = std::fs::read(path).map_err(|e| bad(e.to_string()))?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| bad(e.to_string()))?;
        let place =
            header.metadata().as_ref().and_then(|m| m.get("place")).ok_or_else(|| bad("it names no place".into()))?;
        let (place, steps) = serde_json::from_str(place).map_err(|e| bad(e.to_string()))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| bad(e.to_string()))?;
        let model = tensors.tensor("model").map_err(|e| bad(e.to_string()))?;
        let saved = Saved::from_bytes(model.data(), path)?;
        let moments = (0..).map_while(|i| tensors.tensor(&format!("moment.{i}")).ok());
        let memory: Vec<Vec<f32>> = moments.map(|view| floats(view.data())).collect();
        let sizes = saved.weights.iter().flat_map(|(weight, bias)| [weight.len(), bias.len()]);
        if !fresh.takes(&memory, &sizes.collect::<Vec<_>>()) {
            return Err(bad("its moments belong to another --optimizer or --momentum".into()));
        }
        fresh.restore(steps, memory, device);
        Ok((place, saved, fresh))
    }
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Writes a file of the house, such as one of a run, over an earlier one of its name, see [`Beside`].
///
/// # Errors
/// No space, no permission.
pub fn write_beside(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = Beside::new(path, true)?;
        file.write_all(bytes)?;
        file.finish()
    };
    write().map_err(|e| {
        Error::other(format!("cannot write `{}`: {e}; free space or choose another folder", path.display()))
    })
}
