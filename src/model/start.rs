//! A start from weights that exist already: our own, PyTorch's, or those of somebody's numpy program.
//!
//! Two conventions are in use, and the names say which: PyTorch's `fc1.weight` is `[outputs, inputs]`, a beginner's `W1` is
//! `[inputs, outputs]`. Layers are ordered by the numbers in their names, and it is checked that the outputs of one are
//! the inputs of the next. Both conventions give matrices of the same two numbers, so a square matrix cannot tell by
//! itself which it is: the name decides. Arrays of another rank than two that are nobody's bias are left out, and a file
//! without any linear layer is refused with the names that it has.

use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors};

use super::floats::floats_from_bytes;
use super::saved::{LARGEST, Saved, alone, transpose};
use super::{Activation, LayerWeights};
use crate::error::{Error, Result};
use crate::npy::{self, Element};
use crate::{read, seal};

/// The weights of a network, read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Widths from input to output.
    pub layers: Vec<usize>,
    /// The function between the layers, if the file says it.
    pub activation: Option<Activation>,
    /// The parameters of every layer, see [`Mlp::weights`](super::Mlp::weights).
    pub weights: Vec<LayerWeights>,
}

/// A tensor of a file, row-major.
struct NamedArray {
    /// Its name in the file, as in `fc1.weight`.
    name: String,
    /// Its extent along each axis.
    shape: Vec<usize>,
    /// Its entries, in float32 whatever the file holds.
    numbers: Vec<f32>,
}

impl Start {
    /// Reads the weights of a run folder, a `.safetensors` or an `.npz` file.
    ///
    /// # Errors
    /// Nothing is there, it is of another kind, or its tensors are not a sequence of linear layers.
    pub fn read(path: &Path) -> Result<Self> {
        let file = alone(path)?;
        let bad = |what: String| {
            Error::data(format!(
                "cannot start from `{}`: {what}; give a run folder, a .safetensors or an .npz file of linear layers",
                file.display()
            ))
        };
        let bytes = read::whole(&file, LARGEST).map_err(|e| bad(e.to_string()))?;
        if bytes.starts_with(b"PK") {
            // A zip archive, as numpy's `.npz` is.
            let (tensors, activation) = npz(&bytes).map_err(bad)?;
            return Ok(Start { activation, ..Self::chain(tensors).map_err(bad)? });
        }
        seal::verify(&bytes).map_err(|what| bad(what.into()))?;
        if let Ok(saved) = Saved::from_bytes(&bytes, &file) {
            let activation = Some(saved.network.activation);
            return Ok(Start { layers: saved.network.layers, activation, weights: saved.weights });
        }
        Self::chain(safetensors(&bytes).map_err(bad)?).map_err(bad)
    }

    /// Orders the weights by the numbers in their names and joins each with its bias.
    fn chain(mut tensors: Vec<NamedArray>) -> std::result::Result<Self, String> {
        tensors.sort_by_key(|tensor| natural(&tensor.name));
        let mut start = Start { layers: Vec::new(), activation: None, weights: Vec::new() };
        for tensor in tensors.iter().filter(|t| t.shape.len() == 2) {
            if let Some(bias) = bias_of(&tensor.name) {
                start.append(tensor, tensors.iter().find(|t| t.name == bias))?;
            }
        }
        let finite = start.weights.iter().all(|(w, b)| w.iter().chain(b).all(|v| v.is_finite()));
        let names = || tensors.iter().map(|t| format!("`{}` {:?}", t.name, t.shape)).collect::<Vec<_>>().join(", ");
        match start.weights.len() {
            0 => Err(format!("it has no weights of linear layers but {}", names())),
            _ if !finite => Err("a weight is not finite".into()),
            _ => Ok(start),
        }
    }

    /// Appends a layer with this weight and bias; without a bias it is zero.
    fn append(&mut self, weight: &NamedArray, bias: Option<&NamedArray>) -> std::result::Result<(), String> {
        let by_torch = weight.name.ends_with("weight");
        let (rows, columns) = (weight.shape[0], weight.shape[1]);
        let (inputs, outputs) = if by_torch { (columns, rows) } else { (rows, columns) };
        let bias = bias.map_or_else(|| vec![0.0; outputs], |bias| bias.numbers.clone());
        let previous = self.layers.last().copied().unwrap_or(inputs);
        if previous != inputs || bias.len() != outputs {
            return Err(format!(
                "`{}` {:?} takes {inputs} numbers and gives {outputs}, after {previous} and with {} biases",
                weight.name,
                weight.shape,
                bias.len()
            ));
        }
        if self.layers.is_empty() {
            self.layers.push(inputs);
        }
        self.layers.push(outputs);
        let turned = if by_torch { transpose(&weight.numbers, outputs, inputs) } else { weight.numbers.clone() };
        self.weights.push((turned, bias));
        Ok(())
    }
}

/// What the bias that belongs to a weight is called: `fc1.bias` for `fc1.weight`, `b1` for `W1`. `None` if `name` is not
/// that of a weight.
fn bias_of(name: &str) -> Option<String> {
    if let Some(prefix) = name.strip_suffix("weight") {
        return Some(format!("{prefix}bias"));
    }
    let number = name.strip_prefix(['W', 'w'])?;
    number.chars().all(|c| c.is_ascii_digit()).then(|| format!("b{number}"))
}

/// A name as a sequence of numbers and words, by which `fc10` comes after `fc2`.
fn natural(name: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = Vec::new();
    for c in name.chars() {
        match (c.to_digit(10), parts.last_mut()) {
            (Some(digit), Some((number, word))) if word.is_empty() => {
                *number = number.saturating_mul(10).saturating_add(u64::from(digit));
            }
            (Some(digit), _) => parts.push((u64::from(digit), String::new())),
            (None, Some((_, word))) if !word.is_empty() => word.push(c),
            (None, _) => parts.push((0, c.to_string())),
        }
    }
    parts // numbers stand beside an empty word, words beside 0
}

/// The tensors of a safetensors file that hold floating-point numbers.
///
/// # Errors
/// The bytes are no safetensors, or a tensor holds something else.
fn safetensors(bytes: &[u8]) -> std::result::Result<Vec<NamedArray>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
    let numbers = |dtype: Dtype, bytes: &[u8]| -> Option<Vec<f32>> {
        match dtype {
            Dtype::F32 => Some(floats_from_bytes(bytes)),
            Dtype::F64 => Some(bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b) as f32).collect()),
            Dtype::BF16 => {
                // A bfloat16 is the upper half of a float32.
                let wide = |b: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(*b)) << 16);
                Some(bytes.as_chunks().0.iter().map(wide).collect())
            }
            _ => None,
        }
    };
    let tensor = |(name, view): (String, safetensors::tensor::TensorView)| {
        let numbers = numbers(view.dtype(), view.data());
        let numbers = numbers.ok_or_else(|| format!("tensor `{name}` is of type {:?}", view.dtype()))?;
        Ok(NamedArray { name, shape: view.shape().to_vec(), numbers })
    };
    file.tensors().into_iter().map(tensor).collect()
}

/// The float32 and float64 arrays of an archive, and the activation if the archive names it as our own export does.
fn npz(bytes: &[u8]) -> std::result::Result<(Vec<NamedArray>, Option<Activation>), String> {
    let (mut tensors, mut activation) = (Vec::new(), None);
    for array in npy::arrays(std::io::Cursor::new(bytes), LARGEST as usize).map_err(|fault| fault.to_string())? {
        match array.header.element {
            Element::Float(4 | 8) => {
                let numbers = array.numbers().into_iter().map(|v| v as f32).collect();
                tensors.push(NamedArray { name: array.name, shape: array.header.shape, numbers });
            }
            element if element.is_text() && array.name == "activation" => {
                activation = array.words().first().and_then(|word| Activation::parse(word));
            }
            _ => {}
        }
    }
    Ok((tensors, activation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_ordered_as_people_count() {
        let mut names = ["fc10.weight", "fc2.weight", "fc1.weight"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["fc1.weight", "fc2.weight", "fc10.weight"]);
    }
}
