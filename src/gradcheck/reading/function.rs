//! A function of a layer in f64: its value, its derivative, and the formulas that people write for the derivative.
//!
//! The room `model` has the same functions in f32 on a device. A gradient check needs every digit, and it also needs
//! to know what a derivative becomes when it is fed the wrong array, so it keeps functions of plain numbers here.

use ndarray::{Array2, Axis};

/// A matrix of f64. Wherever samples are concerned, each row is one.
pub type Matrix = Array2<f64>;

/// The function that a layer applies to its pre-activation z.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// The identity, z.
    Linear,
    /// The logistic function 1 / (1 + e^−z).
    Sigmoid,
    /// The hyperbolic tangent, tanh z.
    Tanh,
    /// The rectifier max(z, 0).
    Relu,
    /// z where it is positive, and the given slope times z where it is not.
    LeakyRelu(f64),
    /// z Φ(z), with Φ the distribution function of the standard normal (Hendrycks and Gimpel 2016).
    Gelu,
    /// The approximation of gelu by the same authors, z (1 + tanh(√(2/π) (z + 0.044715 z³))) / 2.
    GeluTanh,
    /// z sigmoid(z), also called swish (Elfwing et al. 2018).
    Silu,
    /// z where it is positive, and e^z − 1 where it is not (Clevert et al. 2016, with α = 1).
    Elu,
    /// A multiple of an elu whose values keep mean 0 and variance 1 (Klambauer et al. 2017).
    Selu,
    /// log(1 + e^z).
    Softplus,
    /// z tanh(log(1 + e^z)) (Misra 2019).
    Mish,
    /// z, held between −1 and 1.
    HardTanh,
    /// e^z over the sum of e^z in its row. Only an output applies it.
    Softmax,
}

const ROOT: f64 = 0.797_884_560_802_865_4; // √(2/π)

/// The scale λ of a selu and its α.
pub const SELU: [f64; 2] = [1.050_700_987_355_480_5, 1.673_263_242_354_377_2];

/// z where it is positive, and e^z − 1 where it is not.
fn elu(z: f64) -> f64 {
    if z > 0.0 { z } else { z.exp_m1() }
}

/// log(1 + e^z), written so that nothing overflows.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

/// The logistic function 1 / (1 + e^−z), written for each sign of z so that nothing overflows.
pub fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 { 1.0 / (1.0 + (-z).exp()) } else { z.exp() / (1.0 + z.exp()) }
}

/// The distribution function Φ(z) of the standard normal.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

impl Function {
    /// The function that people call `name`; a leaky relu gets the given slope. `None` where the name is unknown.
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
            "elu" => Function::Elu,
            "selu" => Function::Selu,
            "softplus" => Function::Softplus,
            "mish" => Function::Mish,
            "hardtanh" => Function::HardTanh,
            "softmax" => Function::Softmax,
            _ => return None,
        })
    }

    /// The name in dumps, flags and reports.
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
            Function::Elu => "elu",
            Function::Selu => "selu",
            Function::Softplus => "softplus",
            Function::Mish => "mish",
            Function::HardTanh => "hardtanh",
            Function::Softmax => "softmax",
        }
    }

    /// The value f(z), entry by entry; that of a softmax is computed row by row.
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
            Function::Elu => elu(z),
            Function::Selu => SELU[0] * (z.max(0.0) + SELU[1] * elu(z.min(0.0))),
            Function::Softplus => softplus(z),
            Function::Mish => z * softplus(z).tanh(),
            Function::HardTanh => z.clamp(-1.0, 1.0),
            Function::Linear | Function::Softmax => z,
        })
    }

    /// The derivative f′(z), entry by entry. A softmax has a Jacobian instead, see `softmax_jacobian`; here its slope
    /// is that of the sigmoid, because that is what people take for it.
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
            Function::Elu => z.min(0.0).exp(),
            Function::Selu if z > 0.0 => SELU[0],
            Function::Selu => SELU[0] * SELU[1] * z.exp(),
            Function::Softplus => sigmoid(z),
            Function::Mish => {
                let t = softplus(z).tanh();
                t + z * (1.0 - t * t) * sigmoid(z)
            }
            Function::HardTanh => f64::from(u8::from(z.abs() < 1.0)),
        })
    }

    /// The formula that gives the derivative from the value a, where people use one: a(1 − a) for a sigmoid, 1 − a² for a
    /// tanh. `a` may be any array, because people also feed it the wrong one.
    pub fn formula(self, a: &Matrix) -> Option<Matrix> {
        match self {
            Function::Sigmoid | Function::Softmax => Some(a.mapv(|a| a * (1.0 - a))),
            Function::Tanh => Some(a.mapv(|a| 1.0 - a * a)),
            _ => None,
        }
    }

    /// Whether [`Function::formula`] has an answer.
    pub fn has_formula(self) -> bool {
        matches!(self, Function::Sigmoid | Function::Tanh | Function::Softmax)
    }

    /// Whether people take the value for an argument and apply the derivative to it, so that it is squashed twice.
    pub fn squashes(self) -> bool {
        use Function::{Gelu, Mish, Sigmoid, Silu, Softmax, Softplus, Tanh};
        matches!(self, Sigmoid | Tanh | Softmax | Silu | Gelu | Softplus | Mish)
    }

    /// The limits between which the values of the function lie.
    pub fn range(self) -> (f64, f64) {
        match self {
            Function::Sigmoid | Function::Softmax => (0.0, 1.0),
            Function::Tanh | Function::HardTanh => (-1.0, 1.0),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// The largest value that |f′| takes, which saturation is measured by.
    pub fn steepest(self) -> f64 {
        if matches!(self, Function::Sigmoid | Function::Softmax) { 0.25 } else { 1.0 }
    }
}

/// e^z over the sum of its row. The maximum of the row is taken off first, so that nothing overflows.
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

/// Each row e of `error` times the Jacobian of the softmax whose values are `p`, which is p ∘ (e − Σ p e) since
/// ∂pᵢ/∂zⱼ = pᵢ (δᵢⱼ − pⱼ). Both arrays are `[m, outputs]`.
pub fn softmax_jacobian(p: &Matrix, error: &Matrix) -> Matrix {
    let dot = (p * error).sum_axis(Axis(1)).insert_axis(Axis(1)); // [m, 1]
    p * &(error - &dot)
}
