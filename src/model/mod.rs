//! The network: what it is made of, how it starts, what it computes, and how far that is from the labels.
//!
//! [`Mlp`] is an ordinary Burn module of `Linear` layers, so automatic differentiation supplies every gradient and
//! no equation is derived by hand. On the path of a batch it stands between `Batch` and loss.

mod activation;
mod ensemble;
mod floats;
mod init;
mod loss;
mod saved;
mod start;

pub use activation::Activation;
pub use ensemble::{Classifier, Ensemble};
pub use floats::{floats_from_bytes, floats_to_bytes};
pub use init::{Draw, Init};
pub use loss::{Criterion, Loss, Reduction};
pub use saved::Saved;
pub use start::Start;

use burn::module::{Module, Param, ParamId};
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::engine::{Squash, dense};

/// The numbers of one layer: weight, row-major `[inputs, outputs]`, and bias, `[outputs]`.
pub type Affine = (Vec<f32>, Vec<f32>);

/// The shape of a network, before it has weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MlpConfig {
    /// Widths from input to output, for example 784, 30, 10.
    pub layers: Vec<usize>,
    /// The function between layers.
    pub activation: Activation,
    /// The share of hidden units switched off in training, 0 for none.
    pub dropout: f64,
}

/// A multi-layer perceptron: `Linear` layers with one activation between them, logits at the end.
#[derive(Module, Debug)]
pub struct Mlp {
    /// The affine maps, weight `[inputs, outputs]` and bias `[outputs]`, from input to output.
    pub layers: Vec<Linear>,
    dropout: Dropout,
    #[module(skip)]
    activation: Activation,
}

impl MlpConfig {
    /// A network with weights drawn from `seed`, ready on `device`; an [`Init`] alone means biases of zero.
    pub fn init(&self, draw: impl Into<Draw>, seed: u64, device: &Device) -> Mlp {
        let Draw { init, gain, bias } = draw.into();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut pairs: Vec<Affine> =
            self.layers.windows(2).map(|w| (init.draw(w[0], w[1], &mut rng), vec![bias as f32; w[1]])).collect();
        pairs.iter_mut().flat_map(|(weight, _)| weight).for_each(|w| *w *= gain as f32);
        pairs.last_mut().into_iter().for_each(|(_, bias)| bias.fill(0.0));
        self.with_weights(pairs, device)
    }

    /// A network with the given (weight, bias) pairs: weight row-major `[inputs, outputs]`.
    ///
    /// # Panics
    /// A pair whose length does not belong to its layer is a defect of the caller.
    pub fn with_weights(&self, pairs: Vec<Affine>, device: &Device) -> Mlp {
        let layer = |(depth, (widths, (weight, bias))): (u64, (&[usize], Affine))| Linear {
            weight: param(2 * depth, Tensor::from_data(TensorData::new(weight, [widths[0], widths[1]]), device)),
            bias: Some(param(2 * depth + 1, Tensor::from_data(TensorData::new(bias, [widths[1]]), device))),
        };
        Mlp {
            layers: (0..).zip(self.layers.windows(2).zip(pairs)).map(layer).collect(),
            dropout: DropoutConfig::new(self.dropout).init(),
            activation: self.activation,
        }
    }
}

/// A parameter whose number depends on its place alone, so that optimizer state finds it again after a restart.
fn param<const D: usize>(place: u64, tensor: Tensor<D>) -> Param<Tensor<D>> {
    let trainable = tensor.device().is_autodiff();
    Param::initialized(ParamId::from(place), if trainable { tensor.require_grad() } else { tensor })
}

impl Mlp {
    /// Every value on the way forward, named as users write them: z1, a1, …, logits. Each is `[n, units]`.
    pub fn trace(&self, x: Tensor<2>) -> Vec<(String, Tensor<2>)> {
        let mut trace = Vec::new();
        let mut a = x;
        for (depth, layer) in (1..).zip(&self.layers) {
            let z = affine(layer, a, Squash::None);
            if depth == self.layers.len() {
                trace.push(("logits".to_string(), z));
                break;
            }
            trace.push((format!("z{depth}"), z.clone()));
            a = self.activation.forward(z);
            trace.push((format!("a{depth}"), a.clone()));
        }
        trace
    }

    /// What stands before every activation, and the logits: one `[n, units]` a layer.
    pub fn preactivations(&self, x: Tensor<2>) -> Vec<Tensor<2>> {
        self.trace(x).into_iter().filter(|(name, _)| !name.starts_with('a')).map(|(_, z)| z).collect()
    }

    /// The function between the layers.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// Logits of a batch: `[n, inputs]` in, `[n, classes]` out. Dropout acts on an autodiff device only.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let mut a = x; // [n, inputs]
        for (depth, layer) in self.layers.iter().enumerate() {
            if depth + 1 == self.layers.len() {
                return affine(layer, a, Squash::None);
            }
            let (squash, rest) = self.activation.split();
            let z = affine(layer, a, squash); // [n, outputs]
            a = self.dropout.forward(rest(z));
        }
        a
    }

    /// The parameters as numbers in forward order: (weight row-major `[inputs, outputs]`, bias) a layer.
    pub fn weights(&self) -> Vec<Affine> {
        let numbers = |data: TensorData| data.convert::<f32>().try_into_vec().unwrap_or_default();
        self.layers
            .iter()
            .map(|layer| {
                let bias = layer.bias.as_ref().map(|b| numbers(b.val().into_data()));
                (numbers(layer.weight.val().into_data()), bias.unwrap_or_default())
            })
            .collect()
    }
}

/// squash(x · weight + bias) of a layer in one operation.
fn affine(layer: &Linear, x: Tensor<2>, squash: Squash) -> Tensor<2> {
    let weight = layer.weight.val();
    let bias = layer.bias.as_ref().map_or_else(|| Tensor::zeros([weight.dims()[1]], &x.device()), |bias| bias.val());
    dense(x, weight, bias, squash)
}
