//! The multi-layer perceptron: affine maps with one activation between them, and logits at the end.
//!
//! It is a Burn module of ordinary `Linear` layers, but its forward pass goes through the fused operations of the
//! engine, in which bias, activation and their derivatives are one walk over the memory. The softmax is not part of it:
//! training takes it together with the loss, and predicting takes its logarithm, so no probability is ever rounded to
//! zero.

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::activation::Activation;
use super::init::Draw;
use crate::engine::{Precision, Squash, dense};
use crate::random::{Dropout, generator};
use crate::ranks::Share;

/// The parameters of one layer as numbers: the weight, row-major `[inputs, outputs]`, and the bias, `[outputs]`.
pub type LayerWeights = (Vec<f32>, Vec<f32>);

/// The shape of a network, before it has weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MlpConfig {
    /// Widths from input to output, for example 784, 30, 10.
    pub layers: Vec<usize>,
    /// The function between the layers.
    pub activation: Activation,
    /// The share of hidden units that training switches off, 0 for none (Srivastava et al. 2014).
    pub dropout: f64,
}

/// A multi-layer perceptron: `Linear` layers with one activation between them, and logits at the end.
#[derive(Module, Debug)]
pub struct Mlp {
    /// The affine maps, weight `[inputs, outputs]` and bias `[outputs]`, from input to output.
    pub layers: Vec<Linear>,
    #[module(skip)]
    dropout: Option<Dropout>,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    precision: Precision,
}

impl MlpConfig {
    /// A network on `device` whose weights are drawn from `seed`, the same on every device. An [`Init`](super::Init) alone
    /// means a gain of 1 and biases of zero. The bias of the last layer always starts at zero.
    pub fn init(&self, draw: impl Into<Draw>, seed: u64, device: &Device) -> Mlp {
        let Draw { init, gain, bias } = draw.into();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut pairs: Vec<LayerWeights> =
            self.layers.windows(2).map(|w| (init.draw(w[0], w[1], &mut rng), vec![bias as f32; w[1]])).collect();
        pairs.iter_mut().flat_map(|(weight, _)| weight).for_each(|w| *w *= gain as f32);
        pairs.last_mut().into_iter().for_each(|(_, bias)| bias.fill(0.0));
        self.with_weights(pairs, device)
    }

    /// A network on `device` with the given parameters, one pair for each layer.
    ///
    /// # Panics
    /// If a pair has another length than its layer needs, which is a defect of the caller.
    pub fn with_weights(&self, pairs: Vec<LayerWeights>, device: &Device) -> Mlp {
        let layer = |(depth, (widths, (weight, bias))): (u64, (&[usize], LayerWeights))| Linear {
            weight: param(2 * depth, Tensor::from_data(TensorData::new(weight, [widths[0], widths[1]]), device)),
            bias: Some(param(2 * depth + 1, Tensor::from_data(TensorData::new(bias, [widths[1]]), device))),
        };
        Mlp {
            layers: (0..).zip(self.layers.windows(2).zip(pairs)).map(layer).collect(),
            dropout: Dropout::new(self.dropout),
            activation: self.activation,
            precision: Precision::default(),
        }
    }
}

/// A parameter that Burn knows by its place in the network, the same in every process.
fn param<const D: usize>(place: u64, tensor: Tensor<D>) -> Param<Tensor<D>> {
    let trainable = tensor.device().is_autodiff();
    Param::initialized(ParamId::from(place), if trainable { tensor.require_grad() } else { tensor })
}

impl Mlp {
    /// The same network, whose products have factors of this precision where its device knows it.
    #[must_use]
    pub fn at(self, precision: Precision) -> Self {
        Mlp { precision, ..self }
    }

    /// How exact the factors of its products are.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Every value on the way forward under the name that users give it: z1, a1, z2, a2, …, logits. Dropout is left out.
    ///
    /// # Shapes
    /// `x` is `[n, inputs]`, and each value is `[n, units]` of its layer.
    pub fn trace(&self, x: Tensor<2>) -> Vec<(String, Tensor<2>)> {
        let mut trace = Vec::new();
        let mut a = x;
        for (depth, layer) in (1..).zip(&self.layers) {
            let z = self.affine(layer, a, Squash::None);
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

    /// The values before every activation, and the logits: one `[n, units]` for each layer.
    pub fn preactivations(&self, x: Tensor<2>) -> Vec<Tensor<2>> {
        self.trace(x).into_iter().filter(|(name, _)| !name.starts_with('a')).map(|(_, z)| z).collect()
    }

    /// The function between the layers.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The share of hidden units that training switches off, in 65,536ths.
    pub fn dropped(&self) -> u32 {
        self.dropout.map_or(0, Dropout::threshold)
    }

    /// The logits of a batch, without dropout.
    ///
    /// # Shapes
    /// `x` is `[n, inputs]`, the logits are `[n, classes]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.pass(x, |a, _| a)
    }

    /// The logits of a batch, with the hidden units switched off that `seed` draws. They are the same on every device.
    ///
    /// # Shapes
    /// `x` is `[n, inputs]`, the logits are `[n, classes]`. If the n rows are the `share` that one of several ranks has of a
    /// batch, the units that are switched off are those that one process would draw for them.
    pub fn forward_dropped(&self, x: Tensor<2>, seed: u64, share: Option<&Share>) -> Tensor<2> {
        let Some(dropout) = self.dropout else { return self.forward(x) };
        let mut rng = generator(seed, b"DROPOUT\0");
        self.pass(x, |a, device| {
            let shape = a.dims();
            let mut mask = vec![1.0; shape[0] * shape[1]];
            match share {
                None => dropout.apply(&mut rng, &mut mask),
                Some(share) => dropout.apply_to_rows(&mut rng, &mut mask, (&share.rows, share.of)),
            }
            a * Tensor::from_data(TensorData::new(mask, shape), device)
        })
    }

    /// Goes forward; `dropped` is what becomes of the values `[n, units]` after each activation.
    fn pass(&self, x: Tensor<2>, mut dropped: impl FnMut(Tensor<2>, &Device) -> Tensor<2>) -> Tensor<2> {
        let device = x.device();
        let mut a = x; // [n, inputs]
        for (depth, layer) in self.layers.iter().enumerate() {
            if depth + 1 == self.layers.len() {
                return self.affine(layer, a, Squash::None);
            }
            let (squash, rest) = self.activation.split();
            let z = self.affine(layer, a, squash); // [n, outputs]
            a = dropped(rest(z), &device); // [n, outputs]
        }
        a
    }

    /// The parameters of every layer as numbers, in forward order.
    pub fn weights(&self) -> Vec<LayerWeights> {
        let numbers = |data: TensorData| data.convert::<f32>().try_into_vec().unwrap_or_default();
        self.layers
            .iter()
            .map(|layer| {
                let bias = layer.bias.as_ref().map(|b| numbers(b.val().into_data()));
                (numbers(layer.weight.val().into_data()), bias.unwrap_or_default())
            })
            .collect()
    }

    /// squash(x · weight + bias) of a layer in one operation: `[n, inputs]` becomes `[n, outputs]`.
    fn affine(&self, layer: &Linear, x: Tensor<2>, squash: Squash) -> Tensor<2> {
        let weight = layer.weight.val();
        let bias =
            layer.bias.as_ref().map_or_else(|| Tensor::zeros([weight.dims()[1]], &x.device()), |bias| bias.val());
        dense(x, weight, bias, squash, self.precision)
    }
}
