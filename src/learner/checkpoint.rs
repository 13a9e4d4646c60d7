//! The checkpoint: one file from which a killed run continues as if nothing had happened.
//!
//! Weights, moments and the place in the run are one file, not three, because three files cannot be renamed at one
//! moment. What can be computed again (shuffle, learning rate) is not in it.

use std::io::Write;
use std::path::Path;

use burn::optim::ModuleOptimizer;
use burn::tensor::Bytes;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::Learner;
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
        let moments = learner.optimizer.into_bytes().map_err(|e| fail(e.to_string()))?;
        let place = serde_json::to_string(self).map_err(|e| fail(e.to_string()))?;
        let view = |bytes| TensorView::new(Dtype::U8, vec![<[u8]>::len(bytes)], bytes).map_err(|e| fail(e.to_string()));
        let tensors = [("model", view(&model)?), ("moments", view(&moments)?)];
        let metadata = [("place".to_string(), place)].into();
        let bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|e| fail(e.to_string()))?;
        write_beside(path, &bytes)
    }

    /// Reads the place, the model and the optimizer, which starts as `fresh`.
    ///
    /// # Errors
    /// No checkpoint there, or one that is damaged.
    pub fn read(path: &Path, fresh: ModuleOptimizer) -> Result<(Self, Saved, ModuleOptimizer)> {
        let bad = |e: String| Error::data(format!("cannot resume from `{}`: {e}; start the run again", path.display()));
        let bytes = std::fs::read(path).map_err(|e| bad(e.to_string()))?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| bad(e.to_string()))?;
        let place =
            header.metadata().as_ref().and_then(|m| m.get("place")).ok_or_else(|| bad("it names no place".into()))?;
        let place = serde_json::from_str(place).map_err(|e| bad(e.to_string()))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| bad(e.to_string()))?;
        let part = |name| tensors.tensor(name).map(|view| view.data().to_vec()).map_err(|e| bad(e.to_string()));
        let saved = Saved::from_bytes(&part("model")?, path)?;
        let moments = Bytes::from_bytes_vec(part("moments")?);
        let optimizer = fresh.from_bytes(moments).map_err(|e| bad(e.to_string()))?;
        Ok((place, saved, optimizer))
    }
}

/// Writes a file beside its name, flushes it and renames it into place: at every moment the old or the new one is
/// there, whole.
///
/// # Errors
/// No space, no permission.
pub fn write_beside(path: &Path, bytes: &[u8]) -> Result<()> {
    let fail = |e: std::io::Error| {
        Error::other(format!("cannot write `{}`: {e}; free space or choose another folder", path.display()))
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".backburn-").tempfile_in(folder).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    file.persist(path).map_err(|e| fail(e.error))?;
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)
}
