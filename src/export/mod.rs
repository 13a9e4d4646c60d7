//! Export: a trained model in the words of other programs. A [`Saved`] goes in, named bytes come out.
//!
//! Every format carries the whole function from raw features to probabilities: the scale is in it, or stands beside
//! the weights. Burn writes no ONNX, so the house does. A face: it reads the model and nothing else.

mod hdf5;
mod npz;
mod onnx;
mod python;

use crate::error::Result;
use crate::model::Saved;
use crate::words::words;

/// A kind of file that other programs read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PyTorch's names and orientation: `layers.0.weight` is `[outputs, inputs]`.
    Safetensors,
    /// Scale, layers and softmax in one graph, for onnxruntime and its kin.
    Onnx,
    /// numpy's archive, `W1` `[inputs, outputs]`, with a Python file that needs numpy alone.
    Npz,
    /// The same arrays as HDF5.
    Hdf5,
    /// A PyTorch module in a Python file, with the weights as `.npz` beside it.
    PytorchScript,
}

words!(Format: Safetensors "safetensors", Onnx "onnx", Npz "npz", Hdf5 "hdf5", PytorchScript "pytorch-script");

impl Format {
    /// The ending of its first file.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Hdf5 => "h5",
            Format::PytorchScript => "npz",
            other => other.name(),
        }
    }
}

/// The files of a model in some format: what is added to the name `stem`, and the bytes.
///
/// # Errors
/// Weights that are not finite, or no temporary file for HDF5.
pub fn files(saved: &Saved, format: Format, stem: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let first = match format {
        Format::Safetensors => saved.to_bytes()?,
        Format::Onnx => onnx::bytes(saved),
        Format::Npz | Format::PytorchScript => npz::bytes(saved)?,
        Format::Hdf5 => hdf5::bytes(saved)?,
    };
    let mut files = vec![(format!(".{}", format.ending()), first)];
    match format {
        Format::Npz => files.push(("_numpy.py".into(), python::numpy(saved, stem).into_bytes())),
        Format::PytorchScript => files.push(("_torch.py".into(), python::torch(saved, stem).into_bytes())),
        _ => {}
    }
    Ok(files)
}

/// The scale, one (subtract, multiply) a feature, written out where the model takes data as it is.
fn scale(saved: &Saved) -> (Vec<f32>, Vec<f32>) {
    match saved.scale.is_empty() {
        true => (vec![0.0; saved.network.layers[0]], vec![1.0; saved.network.layers[0]]),
        false => saved.scale.iter().copied().unzip(),
    }
}

/// Every array of the model: `W1` `[inputs, outputs]`, `b1` `[outputs]`, …, `subtract` and `multiply` `[inputs]`.
fn arrays(saved: &Saved) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let (subtract, multiply) = scale(saved);
    let mut arrays = Vec::new();
    for (depth, ((weight, bias), widths)) in (1..).zip(saved.weights.iter().zip(saved.network.layers.windows(2))) {
        arrays.push((format!("W{depth}"), widths.to_vec(), weight.clone()));
        arrays.push((format!("b{depth}"), vec![widths[1]], bias.clone()));
    }
    arrays.push(("subtract".into(), vec![subtract.len()], subtract));
    arrays.push(("multiply".into(), vec![multiply.len()], multiply));
    arrays
}
