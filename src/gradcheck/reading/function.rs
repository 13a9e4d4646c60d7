//! A function of a layer in f64: its value, its derivative, and the formulas that people write for the derivative.
//!
//! The training room has the same functions in f32 on a device; a gradient check needs every digit, and also the
//! shapes that a derivative takes when it is fed the wrong array, so it keeps functions of plain numbers.

use ndarray::{Array2, Axis};

/// Rows of numbers.
pub type Matrix = Array2<f64>;

/// A function between layers, or at the output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// z.
    Linear,
    /// 1 / (1 + e^−z).
    Sigmoid,
    /// tanh z.
    Tanh,
    /// max(z, 0).
    Relu,
    /// z above 0, the given slope times z below.
    LeakyRelu(f64),
    /// z Φ(z) (Hendrycks and Gimpel 2016).
    Gelu,
    /// Its approximation z (1 + tanh(√(2/π) (z + 0.044715 z³))) / 2.
    GeluTanh,
    /// z sigmoid(z).
    Silu,
    /// e^z over the sum of its row; an output only.
    Softmax,
}

const ROOT: f64 = 0.797_884_560_802_865_4; // √(2/π)

/// 1 / (1 + e^−z), without overflow.
pub fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 { 1.0 / (1.0 + (-z).exp()) } else { z.exp() / (1.0 + z.exp()) }
}

/// The standard normal distribution's Φ(z).
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

impl Function {
    /// The function that users call `name`; `slope` is that of a leaky relu.
    pub fn parse(name: &str, slope: f64) -> Option<Self> {
        let plain: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        Some(match plain.as_str() {
            "" | "linear" | "identity" | "none" => Function::Linear,
            "sigmoid" | "logistic" => Function::Sigmoid,
            "tanh" => Function::Tanh,
            "relu" => Function::Relu,
            "leakyrelu" | "lrelu" | "leaky" => Function::LeakyRelu(slope),
            "gelu" => Function::Gelu,
            "gelutanh" | "geluapprox" => Function::GeluTanh,
            "silu" | "swish" => Function::Silu,
            "softmax" => Function::Softmax,
            _ => return None,
        })
    }

    /// What users call it.
    pub fn name(self) -> &'static str {
        match self {
            Function::Linear => "linear",
            Function::Sigmoid => "sigmoid",
            Function::Tanh => "tanh",
            Function::Relu => "relu",
            Function::LeakyRelu(_) => "leaky-relu",
            Function::Gelu => "gelu",
            Function::GeluTanh => "gelu-tanh",
            Function::Silu => "silu",
            Function::Softmax => "softmax",
        }
    }

    /// f(z), entry by entry; a softmax row by row.
    pub fn value(self, z: &Matrix) -> Matrix {
        if self == Function::Softmax {
            return softmax(z);
        }
        z.mapv(|z| match self {
            Function::Sigmoid => sigmoid(z),
            Function::Tanh => z.tanh(),
            Function::Relu => z.max(0.0),
            Function::LeakyRelu(slope) => {
                if z > 0.0 {
                    z
                } else {
                    slope * z
                }
            }
            Function::Gelu => z * normal(z),
            Function::GeluTanh => 0.5 * z * (1.0 + (ROOT * (z + 0.044_715 * z.powi(3))).tanh()),
            Function::Silu => z * sigmoid(z),
            Function::Linear | Function::Softmax => z,
        })
    }

    /// f′(z), entry by entry. A softmax's derivative is no such thing: here it is the sigmoid's, which is what people
    /// take for it.
    pub fn slope(self, z: &Matrix) -> Matrix {
        z.mapv(|z| match self {
            Function::Linear => 1.0,
            Function::Sigmoid | Function::Softmax => sigmoid(z) * (1.0 - sigmoid(z)),
            Function::Tanh => 1.0 - z.tanh().powi(2),
            Function::Relu => f64::from(u8::from(z > 0.0)),
            Function::LeakyRelu(slope) => {
                if z > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Function::Gelu => normal(z) + z * ROOT * 0.5 * (-0.5 * z * z).exp(),
            Function::GeluTanh => {
                let t = (ROOT * (z + 0.044_715 * z.powi(3))).tanh();
                0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * ROOT * (1.0 + 3.0 * 0.044_715 * z * z)
            }
            Function::Silu => sigmoid(z) * (1.0 + z * (1.0 - sigmoid(z))),
        })
    }

    /// The derivative as a formula of the value a, where people write one: a(1 − a), 1 − a².
    pub fn formula(self, a: &Matrix) -> Option<Matrix> {
        match self {
            Function::Sigmoid | Function::Softmax => Some(a.mapv(|a| a * (1.0 - a))),
            Function::Tanh => Some(a.mapv(|a| 1.0 - a * a)),
            _ => None,
        }
    }

    /// The largest value of |f′|, to measure saturation by.
    pub fn steepest(self) -> f64 {
        if matches!(self, Function::Sigmoid | Function::Softmax) { 0.25 } else { 1.0 }
    }
}

/// e^z over the sum of its row, the row's maximum taken off first.
pub fn softmax(z: &Matrix) -> Matrix {
    let mut p = z.clone();
    for mut row in p.rows_mut() {
        let most = row.fold(f64::NEG_INFINITY, |most, &v| most.max(v));
        row.mapv_inplace(|v| (v - most).exp());
        let sum = row.sum();
        row /= sum;
    }
    p
}

/// Each row of `error` times the Jacobian of the softmax whose values are `p`: p ∘ (e − Σ p e).
pub fn softmax_jacobian(p: &Matrix, error: &Matrix) -> Matrix {
    let dot = (p * error).sum_axis(Axis(1)).insert_axis(Axis(1)); // [m, 1]
    p * &(error - &dot)
}
