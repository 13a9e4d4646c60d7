//! Python: short programs that load the exported arrays and predict, one with numpy alone and one with PyTorch.
//!
//! They are meant to be read. A beginner finds the forward pass in four lines and needs nothing of this project to run
//! them. Their templates lie beside this file.

use crate::clean::{python, python_comment};
use crate::engine::LEAK;
use crate::model::{Activation, Saved};

/// The program that needs numpy alone, for arrays in `stem`.npz.
pub fn numpy(saved: &Saved, stem: &str) -> String {
    fill(include_str!("numpy.py"), saved, stem, &numpy_activation(saved.network.activation))
}

/// The PyTorch module, for arrays in `stem`.npz.
pub fn torch(saved: &Saved, stem: &str) -> String {
    let module = match saved.network.activation {
        Activation::Sigmoid => "Sigmoid()".to_string(),
        Activation::Tanh => "Tanh()".to_string(),
        Activation::Relu => "ReLU()".to_string(),
        Activation::LeakyRelu => format!("LeakyReLU({LEAK})"),
        Activation::Gelu => "GELU()".to_string(),
        Activation::Silu => "SiLU()".to_string(),
    };
    fill(include_str!("torch.py"), saved, stem, &module)
}

/// The activation as an expression in z. numpy has no error function; math.erf is exact, and slow only for large batches.
fn numpy_activation(activation: Activation) -> String {
    match activation {
        Activation::Sigmoid => "1 / (1 + np.exp(-z))".into(),
        Activation::Tanh => "np.tanh(z)".into(),
        Activation::Relu => "np.maximum(z, 0)".into(),
        Activation::LeakyRelu => format!("np.where(z > 0, z, {LEAK} * z)"),
        Activation::Gelu => "z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2".into(),
        Activation::Silu => "z / (1 + np.exp(-z))".into(),
    }
}

/// A template with its gaps filled: the name of the arrays, the widths and the activation.
fn fill(template: &str, saved: &Saved, stem: &str, activation: &str) -> String {
    let layers: Vec<String> = saved.network.layers.iter().map(usize::to_string).collect();
    let template = template.replace("\"{stem}.npz\"", &python(&format!("{stem}.npz")));
    template
        .replace("{stem}", &python_comment(stem))
        .replace("{layers}", &layers.join("-"))
        .replace("{activation}", activation)
}
