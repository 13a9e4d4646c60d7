//! Export: a trained model in the words of other programs. A [`Saved`] goes in, the bytes of named files come out.
//!
//! Every format carries the whole function from raw features to probabilities: the scale is part of it or stands beside
//! the weights. Burn writes no ONNX, so it is written here. This room reads a model and nothing else, and writes no file.

mod hdf5;
mod npz;
mod onnx;
mod page;
mod python;

use crate::error::Result;
use crate::model::Saved;
use crate::words::words;

/// A format that other programs read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Safetensors with PyTorch's names and orientation: `layers.0.weight` is `[outputs, inputs]`.
    Safetensors,
    /// ONNX: scale, layers and softmax in one graph, for onnxruntime and other runtimes.
    Onnx,
    /// An archive of numpy, where `W1` is `[inputs, outputs]`, and a Python file that needs numpy alone.
    Npz,
    /// The arrays of the archive as HDF5.
    Hdf5,
    /// One HTML file that answers in a browser: a canvas to draw on, or a form of the columns.
    Page,
    /// A PyTorch module in a Python file, with its weights as `.npz` beside it.
    PytorchScript,
}

words!(Format: Safetensors "safetensors", Onnx "onnx", Npz "npz", Hdf5 "hdf5", Page "page", PytorchScript "pytorch-script");

impl Format {
    /// The ending of the first file of this format, without the point.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Hdf5 => "h5",
            Format::Page => "html",
            Format::PytorchScript => "npz",
            other => other.name(),
        }
    }

    /// Whether a Python file that predicts comes with the weights.
    pub fn has_script(self) -> bool {
        matches!(self, Format::Npz | Format::PytorchScript)
    }
}

/// The files of a model in this format, the first of which is to be called `stem` and its ending. Each is what comes after
/// the stem in its name, and its bytes.
///
/// # Errors
/// A weight is not finite, HDF5 gets no temporary file, or rows neither can be drawn nor fit into a form.
pub fn files(saved: &Saved, format: Format, stem: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let first = match format {
        Format::Safetensors => saved.to_bytes()?,
        Format::Onnx => onnx::bytes(saved),
        Format::Npz | Format::PytorchScript => npz::bytes(saved)?,
        Format::Hdf5 => hdf5::bytes(saved)?,
        Format::Page => page::bytes(saved, stem)?,
    };
    let mut files = vec![(format!(".{}", format.ending()), first)];
    match format {
        Format::Npz => files.push(("_numpy.py".into(), python::numpy(saved, stem).into_bytes())),
        Format::PytorchScript => files.push(("_torch.py".into(), python::torch(saved, stem).into_bytes())),
        _ => {}
    }
    Ok(files)
}

/// The steps of a preparation as arrays, each `[features]` or `[marks]` long, with their names: `subtract` and `multiply`
/// always, the others only where the model has such a step.
///
/// | array | what it holds |
/// |---|---|
/// | `subtract`, `multiply` | the scale of each feature |
/// | `bend` | b of x/√(1 + (x/b)²), `[1]` |
/// | `fill` | what a missing value of each feature counts as |
/// | `sentinel` | the number that stands for a missing value in each feature, or NaN |
/// | `mark_feature`, `mark_value` | the feature that each mark is of, and the value for which it is 1; NaN for missing |
fn steps(saved: &Saved) -> Vec<(&'static str, Vec<f32>)> {
    let (own, features) = (&saved.preparation, saved.input.iter().product());
    let (subtract, multiply) = match own.scale.is_empty() {
        true => (vec![0.0; features], vec![1.0; features]),
        false => own.scale.iter().copied().unzip(),
    };
    let mut steps = vec![("subtract", subtract), ("multiply", multiply)];
    steps.extend(own.bend.map(|bend| ("bend", vec![bend])));
    if own.fills() {
        let mut sentinel = vec![f32::NAN; features];
        own.sentinels.iter().for_each(|&(feature, code)| sentinel[feature] = code);
        steps.extend([("fill", own.fill.clone()), ("sentinel", sentinel)]);
    }
    if !own.marks.is_empty() {
        steps.push(("mark_feature", own.marks.iter().map(|mark| mark.feature as f32).collect()));
        steps.push(("mark_value", own.marks.iter().map(|mark| mark.value.unwrap_or(f32::NAN)).collect()));
    }
    steps
}

/// Every array of the model with its name and shape: `W1` `[inputs, outputs]`, `b1` `[outputs]` and so on, then those of
/// [`steps`].
fn arrays(saved: &Saved) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let mut arrays = Vec::new();
    for (depth, ((weight, bias), widths)) in (1..).zip(saved.weights.iter().zip(saved.network.layers.windows(2))) {
        arrays.push((format!("W{depth}"), widths.to_vec(), weight.clone()));
        arrays.push((format!("b{depth}"), vec![widths[1]], bias.clone()));
    }
    arrays.extend(steps(saved).into_iter().map(|(name, numbers)| (name.into(), vec![numbers.len()], numbers)));
    arrays
}
