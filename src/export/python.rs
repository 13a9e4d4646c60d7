//! Python: short files that load the exported arrays and predict, one with numpy alone, one with PyTorch.
//!
//! They are meant to be read: a beginner finds the forward pass in four lines, with nothing from this project to
//! install.

use crate::model::{Activation, Saved};

/// The program that needs numpy alone.
pub fn numpy(saved: &Saved, stem: &str) -> String {
    fill(include_str!("numpy.py"), saved, stem, numpy_activation(saved.network.activation))
}

/// The PyTorch module.
pub fn torch(saved: &Saved, stem: &str) -> String {
    let module = match saved.network.activation {
        Activation::Sigmoid => "Sigmoid()",
        Activation::Tanh => "Tanh()",
        Activation::Relu => "ReLU()",
        Activation::LeakyRelu => "LeakyReLU(0.01)",
        Activation::Gelu => "GELU()",
        Activation::Silu => "SiLU()",
    };
    fill(include_str!("torch.py"), saved, stem, module)
}

/// As an expression in z. numpy has no error function; math.erf is exact and slow enough only for large batches.
fn numpy_activation(activation: Activation) -> &'static str {
    match activation {
        Activation::Sigmoid => "1 / (1 + np.exp(-z))",
        Activation::Tanh => "np.tanh(z)",
        Activation::Relu => "np.maximum(z, 0)",
        Activation::LeakyRelu => "np.where(z > 0, z, 0.01 * z)",
        Activation::Gelu => "z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2",
        Activation::Silu => "z / (1 + np.exp(-z))",
    }
}

fn fill(template: &str, saved: &Saved, stem: &str, activation: &str) -> String {
    let layers: Vec<String> = saved.network.layers.iter().map(usize::to_string).collect();
    template.replace("{stem}", stem).replace("{layers}", &layers.join("-")).replace("{activation}", activation)
}
