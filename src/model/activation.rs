//! The activation: the function between two layers, by the name a user gives it.
//!
//! It owns the initialisation that fits it, because the two are one decision: weights are drawn so that signals
//! keep their size through this function, forward and backward.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use super::Init;
use crate::engine::{LEAK, Squash};
use crate::words::words;

/// An elementwise function between layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// 1 / (1 + exp(-z)).
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// max(z, 0).
    Relu,
    /// z where positive, 0.01 z elsewhere.
    LeakyRelu,
    /// z Φ(z), with the exact normal distribution function (Hendrycks and Gimpel, 2016).
    Gelu,
    /// z sigmoid(z), also called swish.
    Silu,
}

words!(Activation: Sigmoid "sigmoid", Tanh "tanh", Relu "relu", LeakyRelu "leaky-relu", Gelu "gelu", Silu "silu");

impl Activation {
    /// Applies the function to every entry; the shape stays.
    pub fn forward(self, z: Tensor<2>) -> Tensor<2> {
        match self {
            Activation::Sigmoid => activation::sigmoid(z),
            Activation::Tanh => activation::tanh(z),
            Activation::Relu => activation::relu(z),
            Activation::LeakyRelu => activation::leaky_relu(z, LEAK),
            Activation::Gelu => gelu(z),
            Activation::Silu => activation::silu(z),
        }
    }

    /// What of it happens inside the affine map's own operation, and what after it.
    pub fn split(self) -> (Squash, fn(Tensor<2>) -> Tensor<2>) {
        match self {
            Activation::Sigmoid => (Squash::Sigmoid, |a| a),
            Activation::Tanh => (Squash::Tanh, |a| a),
            Activation::Relu => (Squash::Relu, |a| a),
            Activation::LeakyRelu => (Squash::LeakyRelu, |a| a),
            Activation::Gelu => (Squash::None, gelu),
            Activation::Silu => (Squash::None, activation::silu),
        }
    }

    /// The |z| beyond which the derivative is below a twenty-fifth of its maximum, where the function levels off on
    /// both sides.
    pub fn saturates_at(self) -> Option<f32> {
        match self {
            Activation::Sigmoid => Some(4.585), // a (1 − a) = 0.01
            Activation::Tanh => Some(2.2925),   // 1 − a² = 0.04
            _ => None,
        }
    }

    /// The z at and below which a unit neither says nor learns anything.
    pub fn dead_at(self) -> Option<f32> {
        match self {
            Activation::Relu => Some(0.0),
            Activation::Gelu => Some(-4.0),  // |f| and |f'| below 6e-4
            Activation::Silu => Some(-10.0), // |f| and |f'| below 5e-4
            _ => None,
        }
    }

    /// The initialisation that keeps signals alive: Glorot for the squashing functions, He for the rectifiers.
    pub fn init(self) -> Init {
        match self {
            Activation::Sigmoid | Activation::Tanh => Init::Xavier,
            _ => Init::He,
        }
    }
}

/// z Φ(z), composed: where a backend has no gelu of its own, Burn 0.22 pairs this exact forward pass with the
/// derivative of the tanh approximation, which is wrong in the third digit.
fn gelu(z: Tensor<2>) -> Tensor<2> {
    let phi = (z.clone() * std::f32::consts::FRAC_1_SQRT_2).erf().add_scalar(1.0).mul_scalar(0.5);
    z * phi
}
