//! What an operation of a network can be told: which function its outputs go through, which factor is transposed, how
//! exact the factors are.
//!
//! These are the words that the operations for all backends (`fused`), the loops for the CPU and the kernels for GPUs have
//! in common.

use serde::{Deserialize, Serialize};

/// The function that an affine map applies to its outputs inside the same operation.
///
/// Only activations whose derivative is a function of their value are here, so that the backward pass needs the value
/// and nothing else. The others follow as an operation of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Squash {
    /// The outputs stay as they are.
    None,
    /// a = 1 / (1 + e^−z), with the derivative a (1 − a).
    Sigmoid,
    /// a = tanh z, with the derivative 1 − a².
    Tanh,
    /// a = max(z, 0), with the derivative 1 where a > 0 and 0 elsewhere.
    Relu,
    /// a = z, or [`LEAK`] · z below 0, with the derivative 1 where a > 0 and [`LEAK`] elsewhere.
    LeakyRelu,
}

/// The slope of the leaky rectifier below zero (Maas, Hannun and Ng 2013).
pub const LEAK: f64 = 0.01;

/// Which factor of a product of matrices is transposed before it is multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transposed {
    /// Neither factor.
    Neither,
    /// The left factor, as in d_weight = xᵀ d_z.
    Left,
    /// The right factor, as in d_x = d_z weightᵀ.
    Right,
}

/// How exact the factors of a product of matrices are. What is added up, biases on the way forward, weights and moments
/// are float32 whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// As they are: float32.
    #[default]
    F32,
    /// Rounded to eleven binary digits, and as large as a float32 may be: NVIDIA's TF32.
    Tf32,
    /// Rounded to eight binary digits, and as large as a float32 may be: bfloat16.
    Bf16,
}
