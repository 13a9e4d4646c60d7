//! An ensemble: networks of one kind and several seeds that answer together, by the mean of their probabilities.
//!
//! Each network guesses differently where it is not sure, so their mean is right more often than each of them (Hansen and
//! Salamon 1990). A caller that asks for probabilities sees a [`Classifier`] and need not know how many networks there
//! are.

use burn::tensor::{Device, Tensor, TensorData, activation};

use super::{Mlp, Saved};
use crate::engine::{Precision, to_host};
use crate::preparation::Preparation;

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
pub struct Committee(Vec<Member>);

/// A network that answers rows which may have been prepared for another.
struct Member {
    network: Mlp,
    /// The preparation that the rows have and that of the network, where these differ.
    translated: Option<(Preparation, Preparation)>,
}

impl Committee {
    /// The networks of `saved` on `device`, for rows that are prepared in the way of `preparation`. A repair may have given
    /// one of them a scale of its own; it gets the rows as they are in that.
    pub fn new(saved: &[Saved], preparation: &Preparation, device: &Device) -> Self {
        let member = |saved: &Saved| Member {
            network: saved.network(device),
            translated: (saved.preparation != *preparation).then(|| (preparation.clone(), saved.preparation.clone())),
        };
        Committee(saved.iter().map(member).collect())
    }

    /// The same networks, see [`Mlp::at`].
    #[must_use]
    pub fn at(self, precision: Precision) -> Self {
        Committee(self.0.into_iter().map(|member| Member { network: member.network.at(precision), ..member }).collect())
    }
}

impl Member {
    /// As [`Classifier::log_p`].
    fn log_p(&self, x: Tensor<2>) -> Tensor<2> {
        let Some((from, to)) = &self.translated else { return self.network.log_p(x) };
        let (shape, device) = (x.dims(), x.device());
        let mut rows = to_host(x.flatten(0, 1));
        rows.chunks_exact_mut(shape[1]).for_each(|row| from.translate(row, to));
        self.network.log_p(Tensor::from_data(TensorData::new(rows, shape), &device))
    }
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
        self.0.first().map_or(1, |member| member.network.classes())
    }
}
