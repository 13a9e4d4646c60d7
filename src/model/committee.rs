//! An ensemble: networks of one kind and several seeds that answer together, by the mean of their probabilities.
//!
//! Each network guesses differently where it is not sure, so their mean is right more often than each of them (Hansen and
//! Salamon 1990). A caller that asks for probabilities sees a [`Classifier`] and need not know how many networks there
//! are.

use burn::tensor::{Device, Tensor, activation};

use super::{LayerWeights, Mlp, Saved};

/// A model that says how probable each class is for a row.
pub trait Classifier {
    /// The logarithms of the probabilities.
    ///
    /// # Shapes
    /// `x` is `[n, inputs]`, the result is `[n, classes]`.
    fn log_p(&self, x: Tensor<2>) -> Tensor<2>;

    /// The number of classes.
    fn classes(&self) -> usize;
}

impl Classifier for Mlp {
    fn log_p(&self, x: Tensor<2>) -> Tensor<2> {
        activation::log_softmax(self.forward(x), 1)
    }

    fn classes(&self) -> usize {
        self.layers.last().map_or(1, |layer| layer.weight.val().dims()[1])
    }
}

/// One network or several that take the same rows and know the same classes.
pub struct Committee(Vec<Mlp>);

impl Committee {
    /// The networks of `saved` on `device`, for rows that are scaled by `scale`. A repair may have given one of them a scale
    /// of its own; its first layer is then rewritten for the common one.
    pub fn new(saved: &[Saved], scale: &[(f32, f32)], device: &Device) -> Self {
        let network = |saved: &Saved| match saved.scale == scale {
            true => saved.network(device),
            false => saved.network.with_weights(in_scale(saved, scale), device),
        };
        Committee(saved.iter().map(network).collect())
    }
}

/// The weights with which a network answers rows in another `scale` as it answers the same rows in its own.
///
/// The feature x of a file is u = (x − a) m in `scale` and (x − b) n = (u / m + a − b) n in the network's own. So in the
/// first layer w u' + c becomes (w n / m) u + (c + w n (a − b)).
fn in_scale(saved: &Saved, scale: &[(f32, f32)]) -> Vec<LayerWeights> {
    let mut weights = saved.weights.clone();
    let as_is = vec![(0.0, 1.0); saved.network.layers[0]];
    let [there, own] = [scale, &saved.scale].map(|scale| if scale.is_empty() { &as_is[..] } else { scale });
    let Some((weight, bias)) = weights.first_mut() else { return weights };
    let mut shifted: Vec<f64> = bias.iter().map(|&c| f64::from(c)).collect();
    for ((row, &(a, m)), &(b, n)) in weight.chunks_exact_mut(bias.len()).zip(there).zip(own) {
        let [a, m, b, n] = [a, m, b, n].map(f64::from);
        for (w, c) in row.iter_mut().zip(&mut shifted) {
            *c += f64::from(*w) * n * (a - b);
            *w = (f64::from(*w) * n / m) as f32;
        }
    }
    bias.iter_mut().zip(shifted).for_each(|(bias, shifted)| *bias = shifted as f32);
    weights
}

impl Classifier for Committee {
    /// log (Σ p / n) = log Σ e^(log p) − log n. The largest log p is subtracted first and added at the end, so that no
    /// probability is rounded to zero on the way.
    fn log_p(&self, x: Tensor<2>) -> Tensor<2> {
        if let [model] = &self.0[..] {
            return model.log_p(x);
        }
        let each: Vec<Tensor<2>> = self.0.iter().map(|model| model.log_p(x.clone())).collect();
        let all: Tensor<3> = Tensor::stack(each, 0); // [networks, n, classes]
        let most = all.clone().max_dim(0);
        ((all - most.clone()).exp().mean_dim(0).log() + most).squeeze_dim(0)
    }

    fn classes(&self) -> usize {
        self.0.first().map_or(1, Mlp::classes)
    }
}
