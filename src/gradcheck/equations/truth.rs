//! The truth: the gradients of the loss by Burn's automatic differentiation in f64.
//!
//! Only the forward pass and the loss are written here; Burn derives everything else. What the equations of this room
//! give must agree with it before a mistake is named, and the table of the verdict compares the dump with nothing else.

use burn::tensor::{DType, Device, Tensor, TensorData, activation};
use ndarray::Array2;

use crate::gradcheck::reading::{Function, LossFormula, Matrix, Network, Reading, SELU};

/// So many rows are differentiated at once.
const BLOCK: usize = 8192;

/// The true gradients of a batch.
pub struct Truth {
    /// One pair (d_weight `[in, out]`, d_bias `[1, out]`) for each layer, from the first on. The second is there whether
    /// or not the layer has a bias.
    pub gradients: Vec<(Matrix, Matrix)>,
}

impl Truth {
    /// Differentiates the sum of the rows' losses, some thousand rows at a time, since the gradient of a sum is the sum of
    /// the gradients. `device` must compute in f64; it is decorated with automatic differentiation here.
    pub fn of(reading: &Reading, network: &Network, device: &Device) -> Self {
        let m = reading.rows();
        if m <= BLOCK {
            return Truth::of_block(reading, network, device);
        }
        let starts = (0..m).step_by(BLOCK);
        let blocks =
            starts.map(|start| Truth::of_block(&reading.part(start..m.min(start + BLOCK), 1), network, device));
        let add = |sum: Truth, next: Truth| Truth {
            gradients: sum.gradients.into_iter().zip(next.gradients).map(|(a, b)| (a.0 + b.0, a.1 + b.1)).collect(),
        };
        blocks.reduce(add).unwrap_or(Truth { gradients: Vec::new() })
    }

    /// Differentiates the loss of a batch at once.
    fn of_block(reading: &Reading, network: &Network, device: &Device) -> Self {
        let device = device.clone().autodiff();
        let leaf = |matrix: &Matrix| tensor(matrix, &device).require_grad();
        let zero = |n: usize| Array2::zeros((1, n));
        let parameters: Vec<(Tensor<2>, Tensor<2>)> = reading
            .layers
            .iter()
            .map(|layer| (leaf(&layer.weight), leaf(layer.bias.as_ref().unwrap_or(&zero(layer.weight.ncols())))))
            .collect();
        let mut a = tensor(&reading.x, &device); // [m, in]
        let mut z = a.clone();
        for (l, (weight, bias)) in parameters.iter().enumerate() {
            z = a.matmul(weight.clone()) + bias.clone(); // [m, out]
            a = forward(z.clone(), network.hidden.get(l).copied().unwrap_or(Function::Linear));
            if let Some(mask) = reading.layers[l].mask.as_ref().filter(|_| l < network.hidden.len()) {
                let binary = mask.iter().all(|&v| v == 0.0 || v == 1.0);
                a = a * tensor(mask, &device) * (if binary { 1.0 / network.keep } else { 1.0 });
            }
        }
        let loss = loss(z, tensor(&reading.targets.right, &device), network);
        let mut found = loss.backward();
        let mut gradient = |parameter: &Tensor<2>| {
            let zeros = || Array2::zeros((parameter.dims()[0], parameter.dims()[1]));
            parameter.grad_remove(&mut found).map_or_else(zeros, matrix)
        };
        let gradients = parameters.iter().map(|(weight, bias)| (gradient(weight), gradient(bias))).collect();
        Truth { gradients }
    }
}

/// An array as a tensor of f64 on a device.
fn tensor(matrix: &Matrix, device: &Device) -> Tensor<2> {
    let (rows, columns) = matrix.dim();
    let values: Vec<f64> = matrix.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, [rows, columns]), (device, DType::F64))
}

/// An array from a device.
fn matrix(tensor: Tensor<2>) -> Matrix {
    let [rows, columns] = tensor.dims();
    let values = tensor.into_data().convert::<f64>().try_into_vec().unwrap_or_default();
    Array2::from_shape_vec((rows, columns), values).unwrap_or_default()
}

/// The value of a layer's function.
fn forward(z: Tensor<2>, function: Function) -> Tensor<2> {
    match function {
        Function::Linear => z,
        Function::Sigmoid => activation::sigmoid(z),
        Function::Tanh => z.tanh(),
        Function::Relu => activation::relu(z),
        Function::LeakyRelu(slope) => activation::leaky_relu(z, slope),
        Function::Gelu => z.clone() * (z * std::f64::consts::FRAC_1_SQRT_2).erf().add_scalar(1.0).mul_scalar(0.5),
        Function::GeluTanh => activation::gelu_approximate(z),
        Function::Silu => z.clone() * activation::sigmoid(z),
        Function::Elu => below_zero(z.clone()) + activation::relu(z),
        Function::Selu => (below_zero(z.clone()).mul_scalar(SELU[1]) + activation::relu(z)).mul_scalar(SELU[0]),
        Function::Softplus => softplus(z),
        Function::Mish => z.clone() * softplus(z).tanh(),
        Function::HardTanh => z.clamp(-1.0, 1.0),
        Function::Softmax => activation::softmax(z, 1),
    }
}

/// The sum of the rows' losses, `[1]`, from the last pre-activation. Logarithms of a softmax and of a sigmoid are taken
/// from z directly, so that a prediction that rounds to 0 or 1 has a finite loss.
fn loss(z: Tensor<2>, y: Tensor<2>, network: &Network) -> Tensor<1> {
    let log_p = |z: Tensor<2>| match network.output {
        Function::Softmax => activation::log_softmax(z, 1),
        Function::Sigmoid => softplus(-z).neg(),
        other => forward(z, other).log(),
    };
    match network.loss {
        LossFormula::CrossEntropy => (y * log_p(z)).sum().neg(),
        LossFormula::BinaryCrossEntropy => {
            let log_rest = match network.output {
                Function::Sigmoid => softplus(z.clone()).neg(),
                other => (forward(z.clone(), other).neg() + 1.0).log(),
            };
            (y.clone() * log_p(z) + (y.neg() + 1.0) * log_rest).sum().neg()
        }
        LossFormula::HalfSquared => squares(z, y, network).mul_scalar(0.5),
        LossFormula::Squared => squares(z, y, network),
    }
}

/// e^z − 1 where z is negative, and 0 where it is not.
fn below_zero(z: Tensor<2>) -> Tensor<2> {
    z.clamp_max(0.0).exp() - 1.0
}

/// The sum of squared distances, `[1]`.
fn squares(z: Tensor<2>, y: Tensor<2>, network: &Network) -> Tensor<1> {
    let error = forward(z, network.output) - y;
    (error.clone() * error).sum()
}

/// log(1 + e^z) as max(z, 0) + log(1 + e^−|z|), which never overflows. The maximum is written as (z + |z|) / 2, whose
/// derivative is right at 0 too.
fn softplus(z: Tensor<2>) -> Tensor<2> {
    let size = z.clone().abs();
    (z + size.clone()).mul_scalar(0.5) + size.neg().exp().log1p()
}
