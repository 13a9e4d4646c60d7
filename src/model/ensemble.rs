//! An ensemble: networks of one kind and several seeds that answer together, by the mean of their probabilities.
//!
//! Each network guesses differently where it is not sure, so their mean is right more often than each of them (Hansen and
//! Salamon 1990). A caller that asks for probabilities sees a [`Classifier`] and need not know how many networks there
//! are.

use burn::tensor::{Tensor, activation};

use super::Mlp;

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
pub struct Ensemble(pub Vec<Mlp>);

impl Classifier for Ensemble {
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
