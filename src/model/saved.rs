//! A model on disk: one safetensors file that needs nothing beside it.
//!
//! Weights are stored under the names and in the orientation of PyTorch (`layers.0.weight` is `[outputs, inputs]`), and
//! everything else that a prediction needs (activation, input shape, scale, classes) as JSON in the metadata. So other
//! programs can load the weights as they would any others, and whoever predicts never has to say how the features were
//! scaled. Every model goes through this file on its way to the disk, so weights that are not finite are refused here,
//! and a checksum finds what was damaged since (see [`crate::seal`]).

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use safetensors::tensor::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};

use super::floats::{floats_from_bytes, floats_to_bytes};
use super::{LayerWeights, Mlp, MlpConfig};
use crate::error::{Error, Result};
use crate::preparation::Preparation;
use crate::profile::Profile;
use crate::run::{Run, RunFile};
use crate::sketch::Sketch;
use crate::{ranks, read, seal};

/// Bytes of a model, at most: a larger file is none of ours, and reading it whole would take the memory of the machine.
pub(super) const LARGEST: u64 = 8 << 30;

/// All that a prediction needs: the network, its weights, and what its inputs and outputs mean to users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The shape of the network.
    pub network: MlpConfig,
    /// The shape of one row in the file that the model was trained on, such as `[28, 28]` for an image.
    pub input: Vec<usize>,
    /// How a row becomes the input of the network.
    #[serde(flatten)]
    pub preparation: Preparation,
    /// What black and white pixels are in the training file, if its rows are images and that is known.
    #[serde(default = "usual_tones")]
    pub tones: Option<(f32, f32)>,
    /// The least and the greatest feature it was trained on, as they were in the file.
    #[serde(default)]
    pub range: Option<(f32, f32)>,
    /// Where the scaled columns lay that it was trained on.
    #[serde(default)]
    pub sketch: Option<Sketch>,
    /// What the columns are called and between what they lie, or how ink lies in the images that it was trained on.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
    /// What users call the classes, in the order of the outputs.
    pub classes: Vec<String>,
    /// How the training file writes the classes, in the same order.
    pub labels: Vec<String>,
    /// The parameters, see [`Mlp::weights`].
    #[serde(skip)]
    pub weights: Vec<LayerWeights>,
}

/// Black and white of a model that was saved before tones were: those of all models of that time.
fn usual_tones() -> Option<(f32, f32)> {
    Some((0.0, 1.0))
}

/// A float32 tensor on its way to the file, as the crate `safetensors` wants to see it.
struct Tensor {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Tensor {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Saved {
    /// The bytes of the file.
    ///
    /// # Errors
    /// A weight is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut tensors = Vec::new();
        for (depth, ((weight, bias), widths)) in self.weights.iter().zip(self.network.layers.windows(2)).enumerate() {
            if weight.iter().chain(bias).any(|w| !w.is_finite()) {
                return Err(Error::Diverged(format!(
                    "layer {} holds weights that are not finite: refused to write them; lower --rate",
                    depth.saturating_add(1)
                )));
            }
            let &[inputs, outputs] = widths else { continue };
            let weight =
                Tensor { shape: vec![outputs, inputs], bytes: floats_to_bytes(&transpose(weight, inputs, outputs)) };
            tensors.push((format!("layers.{depth}.weight"), weight));
            tensors
                .push((format!("layers.{depth}.bias"), Tensor { shape: vec![outputs], bytes: floats_to_bytes(bias) }));
        }
        let text = serde_json::to_string(self).map_err(|e| Error::other(format!("model description: {e}")))?;
        let metadata = HashMap::from([("backburn".to_string(), seal::marked(&text))]);
        let mut bytes =
            safetensors::serialize(tensors, Some(metadata)).map_err(|e| Error::other(format!("model file: {e}")))?;
        seal::seal(&mut bytes);
        Ok(bytes)
    }

    /// The model in the bytes of a file; `path` is for messages. What the metadata claims is compared with itself and
    /// with the shapes of the tensors before anything is built of it, because a file may come from anybody.
    ///
    /// # Errors
    /// The bytes are no safetensors, were not written by backburn, or contradict each other.
    pub fn from_bytes(data: &[u8], path: &Path) -> Result<Self> {
        let bad = |what: &str| {
            Error::data(format!(
                "`{}` is not a backburn model: {what}; train one with `backburn train`",
                path.display()
            ))
        };
        // Whether it is a model of ours is asked before the checksum, which no other file has.
        let (_, header) = SafeTensors::read_metadata(data).map_err(|e| bad(&e.to_string()))?;
        let text = header
            .metadata()
            .as_ref()
            .and_then(|m| m.get("backburn"))
            .ok_or_else(|| bad("its metadata has no entry `backburn`"))?;
        seal::verify(data).map_err(bad)?;
        let mut saved: Saved = serde_json::from_str(text).map_err(|e| bad(&e.to_string()))?;
        saved.check().map_err(bad)?;
        let tensors = SafeTensors::deserialize(data).map_err(|e| bad(&e.to_string()))?;
        for (depth, widths) in saved.network.layers.windows(2).enumerate() {
            let &[inputs, outputs] = widths else { continue };
            let read = |name: String, shape: &[usize]| match tensors.tensor(&name) {
                Ok(view) if view.shape() == shape && view.dtype() == Dtype::F32 => Ok(floats_from_bytes(view.data())),
                _ => Err(bad(&format!("tensor `{name}` is missing or not float32 {shape:?}"))),
            };
            let weight = read(format!("layers.{depth}.weight"), &[outputs, inputs])?;
            let bias = read(format!("layers.{depth}.bias"), &[outputs])?;
            if weight.iter().chain(&bias).any(|w| !w.is_finite()) {
                return Err(bad(&format!("layer {} holds weights that are not finite", depth.saturating_add(1))));
            }
            saved.weights.push((transpose(&weight, outputs, inputs), bias));
        }
        Ok(saved)
    }

    /// Reads the networks at `path`: one, or all of an ensemble, which are runs in the folders `1`, `2` and so on.
    ///
    /// # Errors
    /// As [`Saved::read`], and networks that take different rows or know different classes.
    pub fn read_all(path: &Path) -> Result<Vec<Self>> {
        let run = Run::at(path);
        let numbers = run.members();
        if let Some((missing, _)) = (1..).zip(&numbers).find(|(expected, number)| expected != *number) {
            return Err(Error::data(format!(
                "network {missing} of the ensemble `{}` is missing; finish it with: backburn train --resume {}",
                path.display(),
                path.display()
            )));
        }
        let all = match numbers[..] {
            [] => vec![Self::read(path)?],
            _ => numbers.iter().map(|&number| Self::read(&run.member(number).path)).collect::<Result<_>>()?,
        };
        let of = |saved: &Saved| (saved.input.clone(), saved.labels.clone(), saved.preparation.marks.clone());
        let first = all.first().map(of);
        if all.iter().map(of).all(|other| Some(&other) == first.as_ref()) {
            return Ok(all);
        }
        Err(Error::data(format!(
            "the networks in `{}` belong to different data; give one of them, as in {}",
            path.display(),
            run.member(1).path.display()
        )))
    }

    /// Reads the model at `path`: a file, or the best weights of the run in that folder.
    ///
    /// # Errors
    /// Nothing is there, it is not a model, or it is an ensemble.
    pub fn read(path: &Path) -> Result<Self> {
        let file = one(path)?;
        let run = Run::at(path);
        if path.is_dir() && !file.is_file() && (run.begun() || run.has(RunFile::Plan) || run.member(1).begun()) {
            return Err(Error::data(format!(
                "run `{0}` is not over and has no weights yet; go on with: backburn train --resume {0}",
                path.display()
            )));
        }
        let bad = |what: String| {
            Error::data(format!(
                "cannot read model `{}`: {what}; give a run folder or a .safetensors file",
                file.display()
            ))
        };
        let data = read::whole(&file, LARGEST).map_err(|e| bad(e.to_string()))?;
        Self::from_bytes(&data, &file)
    }

    /// Reads the network at `path` that a run learned in its epochs: the first one where several were joined.
    ///
    /// # Errors
    /// As [`Saved::read`].
    pub fn read_alone(path: &Path) -> Result<Self> {
        Self::read(&alone(path)?)
    }

    /// The network with its weights on `device`.
    pub fn network(&self, device: &Device) -> Mlp {
        self.network.with_weights(self.weights.clone(), device)
    }

    /// Says what is wrong if the numbers of the description do not fit each other.
    fn check(&self) -> std::result::Result<(), &'static str> {
        let layers = &self.network.layers;
        let width = self.input.iter().try_fold(1usize, |all, &n| all.checked_mul(n)).unwrap_or(0);
        let first = layers.first().copied().unwrap_or(0);
        match () {
            _ if layers.len() < 2 || layers.contains(&0) => Err("it has no layers"),
            _ if !(0.0..1.0).contains(&self.network.dropout) => Err("its dropout is no share"),
            _ if first != self.preparation.inputs(width) => Err("input shape and first layer differ"),
            _ if layers.last() != Some(&self.classes.len()) => Err("classes and last layer differ"),
            _ if self.classes.len() != self.labels.len() => Err("classes and labels differ"),
            _ if !self.sketch.as_ref().is_none_or(|sketch| sketch.fits(first)) => {
                Err("its sketch of the data is damaged")
            }
            _ => self.preparation.fault(width).map_or(Ok(()), Err),
        }
    }
}

/// The file of the network at `path` that learned in epochs, which is that file or a run folder: the first one where
/// several were joined.
pub(super) fn alone(path: &Path) -> Result<PathBuf> {
    let first = Run::at(path).file(RunFile::First);
    if ranks::shared(|| first.is_file()) { Ok(first) } else { one(path) }
}

/// The file of the one model at `path`, which is that file or a run folder.
pub(super) fn one(path: &Path) -> Result<PathBuf> {
    let run = Run::at(path);
    match (ranks::shared(|| path.is_dir()), run.members().first()) {
        (false, _) => Ok(path.to_path_buf()),
        (true, None) => Ok(run.file(RunFile::Best)),
        (true, Some(&first)) => Err(Error::usage(format!(
            "`{}` is an ensemble, and one network is wanted; give one of its members, as in {}",
            path.display(),
            run.member(first).path.display()
        ))),
    }
}

/// The transpose of a row-major `[rows, columns]` matrix.
pub(super) fn transpose(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let column = |column: usize| matrix.iter().skip(column).step_by(columns.max(1)).take(rows).copied();
    (0..columns).flat_map(column).collect()
}
