//! The activation: the function between two layers, by the name that a user gives it.
//!
//! It knows the initialisation that fits it, because the two are one decision: weights are drawn so that signals keep
//! their size through this function, forward and backward.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use super::Init;
use crate::engine::{LEAK, Squash};
use crate::words::words;

/// An elementwise function between layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// 1 / (1 + e^−z).
    Sigmoid,
    /// tanh z.
    Tanh,
    /// max(z, 0) (Nair and Hinton 2010).
    Relu,
    /// z above zero and 0.01 z below (Maas, Hannun and Ng 2013).
    LeakyRelu,
    /// z Φ(z) with the exact distribution function Φ of the normal distribution (Hendrycks and Gimpel 2016).
    Gelu,
    /// z / (1 + e^−z), also called swish (Ramachandran, Zoph and Le 2017).
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

    /// The part of this function that happens inside the operation of the affine map, and the part that follows it.
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

    /// The |z| beyond which the derivative is below a twenty-fifth of its maximum; `None` unless the function levels off on
    /// both sides.
    pub fn saturates_at(self) -> Option<f32> {
        match self {
            Activation::Sigmoid => Some(4.585), // a (1 − a) = 0.01
            Activation::Tanh => Some(2.2925),   // 1 − a² = 0.04
            _ => None,
        }
    }

    /// The z at and below which a unit gives nothing and learns nothing; `None` if there is no such z.
    pub fn dead_at(self) -> Option<f32> {
        match self {
            Activation::Relu => Some(0.0),
            Activation::Gelu => Some(-4.0),  // |f| and |f'| below 6e-4
            Activation::Silu => Some(-10.0), // |f| and |f'| below 5e-4
            _ => None,
        }
    }

    /// The initialisation that keeps signals at their size: Glorot's for the functions that level off, He's for the others.
    pub fn init(self) -> Init {
        match self {
            Activation::Sigmoid | Activation::Tanh => Init::Xavier,
            _ => Init::He,
        }
    }
}

/// z Φ(z), composed of simpler operations. If a backend has no gelu of its own, Burn 0.22 pairs the exact forward pass with
/// the derivative of the tanh approximation, which is wrong in the third digit.
fn gelu(z: Tensor<2>) -> Tensor<2> {
    let phi = (z.clone() * std::f32::consts::FRAC_1_SQRT_2).erf().add_scalar(1.0).mul_scalar(0.5);
    z * phi
}
