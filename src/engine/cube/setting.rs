//! What goes to the device and what comes back: the network and its rows, the numbers of a step, the record of a step.

use super::curve::Curve;
use super::update::{COEFFICIENTS, Descent, EACH};
use crate::engine::Precision;

/// What is trained, and on what.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The widths of the network, from input to output.
    pub layers: Vec<usize>,
    /// The function between the layers.
    pub curve: Curve,
    /// The share of hidden units that is switched off, in 65,536ths.
    pub dropout: u32,
    /// How parameters move.
    pub rule: Descent,
    /// How many rows a batch has.
    pub batch: usize,
    /// What each class weighs in the loss.
    pub weights: Vec<f32>,
    /// How exact the factors of products are.
    pub precision: Precision,
}

/// The rows that are trained on, as they are brought to the device.
pub struct Rows {
    /// Their features: the bits of a number each, or four bytes to a word.
    pub words: Vec<u32>,
    /// Whether they are bytes.
    pub bytes: bool,
    /// How many features a row has, and how far apart rows lie.
    pub width: (usize, usize),
    /// For bytes what is subtracted from every feature and what it is multiplied with then, the value of a byte of one,
    /// and the square of one over the limit that features are bent at, 0 for none.
    pub scale: Vec<f32>,
    /// The class of every row.
    pub labels: Vec<u32>,
    /// How many rows an epoch has where only some of them are on the device at a time: row number i of its order then lies
    /// at place i modulo the number of labels, once it was brought there. `None` where all rows stay.
    pub epoch: Option<usize>,
}

/// Rows that follow one another in the order of an epoch, on their way to a device on which no rows stay.
pub struct Load {
    /// Their features, as [`Rows`] has them.
    pub words: Vec<u32>,
    /// The class of every row.
    pub labels: Vec<u32>,
    /// How many batches they are.
    pub batches: usize,
}

/// What the numbers of one step are, one row of the table of an epoch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coefficients {
    /// The learning rate; for Adam with the corrections of both moments.
    pub rate: f32,
    /// What is added to roots; for Adam with the correction of the second moment.
    pub epsilon: f32,
    /// What is kept of a weight: decoupled weight decay.
    pub kept: f32,
    /// One over the weight of the batch, or 1 where losses are summed.
    pub share: f32,
    /// The label smoothing.
    pub smoothing: f32,
    /// The largest norm of a gradient, 0 for none.
    pub clip: f32,
    /// What is added to the gradient for each unit of weight: coupled weight decay.
    pub coupled: f32,
    /// The share of the last update that is kept.
    pub momentum: f32,
    /// What of the gradient moves the weights beside the velocity.
    pub ahead: f32,
    /// What of the velocity moves the weights.
    pub along: f32,
    /// The share of the first moment that is kept, and the rest.
    pub one: [f32; 2],
    /// The share of the second moment that is kept, and the rest.
    pub two: [f32; 2],
}

impl Coefficients {
    pub(super) fn row(self) -> [f32; COEFFICIENTS] {
        let Coefficients { rate, epsilon, kept, share, smoothing, clip, coupled, momentum, ahead, along, one, two } =
            self;
        [
            rate, epsilon, kept, share, smoothing, clip, coupled, momentum, ahead, along, one[0], one[1], two[0],
            two[1], 0.0, 0.0,
        ]
    }
}

/// What one step has shown.
#[derive(Clone, Debug)]
pub struct Record {
    /// The loss, as the targets weigh it.
    pub loss: f32,
    /// How many rows have their own class as the most probable one.
    pub right: usize,
    /// Whether the loss or a gradient was not finite, in this step or in one before it; nothing has moved then.
    pub held: bool,
    /// Of every parameter: Σ g² and the largest |g|, then Σ w², the largest |w| and Σ (w − old w)² after the update.
    pub parameters: Vec<[f32; EACH]>,
}
