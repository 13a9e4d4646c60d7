//! The two ends that a search can come to: an explanation of the dump, or the obstacle at which nothing leads on.

use crate::gradcheck::equations::ForwardArray;
use crate::gradcheck::mistakes::{Mistakes, Remark, TensorName};
use crate::gradcheck::reading::{BatchReduction, Function, LossFormula, Network, UpdateSign};

/// Conventions and mistakes that together reproduce a dump.
#[derive(Clone)]
pub struct Explanation {
    /// The place of the reading among those of the claim.
    pub reading: usize,
    /// The functions and the loss.
    pub network: Network,
    /// How the loss is reduced over the batch.
    pub reduction: BatchReduction,
    /// Whether the update subtracts the dump or adds it.
    pub update: UpdateSign,
    /// What is wrong; nothing, where the dump is right.
    pub mistakes: Mistakes,
    /// What is not wrong and yet worth saying.
    pub remarks: Vec<Remark>,
    /// The largest residual of any tensor, relative.
    pub residual: f64,
    /// How unlikely the explanation is.
    pub cost: f64,
}

impl Explanation {
    /// Whether the dump is taken for the update, rate times gradient, and not for the gradient.
    pub fn takes_a_step(&self) -> bool {
        self.remarks.iter().any(|remark| [Remark::Update, Remark::Step].contains(remark))
    }

    /// The rate that every tensor is multiplied with and nobody stated.
    pub fn rate_inside(&self) -> Option<f64> {
        let rate = |remark: &Remark| if let Remark::RateInside(rate) = remark { Some(rate.abs()) } else { None };
        self.remarks.iter().find_map(rate)
    }
}

/// A convention that was not stated, with a value that it may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Convention {
    /// The reduction of the loss over the batch.
    Reduction(BatchReduction),
    /// The sign of the update.
    Update(UpdateSign),
    /// The output function together with the loss.
    OutputAndLoss(Function, LossFormula),
    /// The loss alone.
    Loss(LossFormula),
}

/// Where a search ended that explains nothing.
#[derive(Clone)]
pub struct Unexplained {
    /// The place of the reading among those of the claim.
    pub reading: usize,
    /// The functions and the loss.
    pub network: Network,
    /// What nothing leads past.
    pub obstacle: Obstacle,
    /// What is wrong with the layers above, under the likeliest of the candidates that end here; `None` without any.
    pub above: Option<Mistakes>,
}

impl Unexplained {
    /// Whether this search explained more than another one, or as much with fewer mistakes.
    pub fn came_further(&self, other: &Unexplained) -> bool {
        let left = |one: &Unexplained| (one.obstacle.left(), one.above.as_ref().map_or(0.0, Mistakes::cost));
        left(self) < left(other)
    }
}

/// What a search cannot get past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The first gradient, from the output down, that no equation gives.
    Gradient(TensorName),
    /// A dumped array of the forward pass that is not what its equation says.
    Forward(ForwardArray),
    /// Every gradient is a multiple of what some equation gives, and nothing explains the multiples together.
    Scales,
}

impl Obstacle {
    /// How much was left to explain, in layers. A dW without an equation is half a layer more than a db without one,
    /// and a search that explained all gradients came further than any other.
    pub fn left(self) -> f64 {
        match self {
            Obstacle::Gradient(name) if name == TensorName::bias(name.layer) => name.layer as f64,
            Obstacle::Gradient(name) => name.layer as f64 + 0.5,
            Obstacle::Forward(_) | Obstacle::Scales => 0.25,
        }
    }

    /// The number of the layer from 1 that the obstacle stands in, if it is a single one.
    pub fn layer(self) -> Option<usize> {
        match self {
            Obstacle::Gradient(TensorName { layer, .. })
            | Obstacle::Forward(ForwardArray::Z(layer) | ForwardArray::A(layer)) => Some(layer),
            Obstacle::Forward(ForwardArray::P) | Obstacle::Scales => None,
        }
    }
}
