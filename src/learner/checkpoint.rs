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
use crate::error::{Error, Result};
use crate::model::{Saved, floats_from_bytes, floats_to_bytes};
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
        let memory: Vec<Vec<u8>> = memory.iter().map(|moment| floats_to_bytes(moment)).collect();
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
        let memory: Vec<Vec<f32>> = moments.map(|view| floats_from_bytes(view.data())).collect();
        let sizes = saved.weights.iter().flat_map(|(weight, bias)| [weight.len(), bias.len()]);
        if !fresh.takes(&memory, &sizes.collect::<Vec<_>>()) {
            return Err(bad("its moments belong to another --optimizer or --momentum".into()));
        }
        fresh.restore(steps, memory, device);
        Ok((place, saved, fresh))
    }
}

/// Writes a file beside its name, flushes it and renames it into place: at every moment the old or the new one is
/// there, whole.
///
/// # Errors
/// No space, no permission.
pub fn write_beside(path: &Path, bytes: &[u8]) -> Result<()> {
    write_beside_by(path, |write| write(bytes))
}

/// As [`write_beside`], for what `fill` writes piece by piece.
///
/// # Errors
/// No space, no permission, or what `fill` reports.
pub fn write_beside_by(
    path: &Path,
    fill: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>,
) -> Result<()> {
    let fail = |e: std::io::Error| {
        Error::other(format!("cannot write `{}`: {e}; free space or choose another folder", path.display()))
    };
    // Through a link to what it names; a device or a pipe takes the bytes itself, nothing can be renamed onto it.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    if path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let mut stream = std::fs::OpenOptions::new().write(true).open(path).map_err(fail)?;
        return fill(&mut |bytes| stream.write_all(bytes).map_err(fail));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".backburn-").tempfile_in(folder).map_err(fail)?;
    fill(&mut |bytes| file.write_all(bytes).map_err(fail))?;
    file.as_file().sync_all().map_err(fail)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    file.persist(path).map_err(|e| fail(e.error))?;
    #[cfg(unix)]
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)?;
    Ok(())
}
