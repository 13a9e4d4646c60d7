//! An ensemble: networks of one kind and several seeds that answer together, by the mean of their probabilities.
//!
//! Their mistakes differ where each had to guess, so the mean guesses better than any (Hansen and Salamon 1990). Whoever
//! asks for probabilities sees a [`Classifier`] and need not know whether one network or several stand behind it.

use burn::tensor::{Tensor, activation};

use super::Mlp;

/// Whatever says how probable each class of a row is.
pub trait Classifier {
    /// The logarithms of the probabilities: `[n, inputs]` in, `[n, classes]` out.
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

/// At least one network; all of them take the same rows and know the same classes.
pub struct Ensemble(pub Vec<Mlp>);

impl Classifier for Ensemble {
    /// log Σ exp(log p) − log n, the largest taken out first, so that no probability is rounded to zero on the way.
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
