//! The choices that a dump leaves open, made once for all the tries that follow a search which explained nothing.
//!
//! Every such try composes the gradients of a whole program and asks whether the dump is that, under some network and
//! some convention that the statements allow. [`Choices`] lists both and answers.

use super::conventions::{explain, networks, options};
use super::explanation::{Explanation, Unexplained};
use crate::gradcheck::dump::Claim;
use crate::gradcheck::equations::{Forward, LeastSquares, gap, output_delta, right_gradients, weight_gradient};
use crate::gradcheck::mistakes::Mistakes;
use crate::gradcheck::reading::{BatchReduction, Matrix, Network, Reading, UpdateSign};
use crate::gradcheck::scales::right_multiple;

/// A dump that agrees with the gradient to this in every tensor is the gradient, whatever arithmetic made it.
pub const NEARLY: f64 = 1e-5;
/// Readings of a dump that few people mean are only tried where x holds no more numbers than this.
const MOST_NUMBERS: usize = 1 << 20;
/// At most this many networks are held against a dump that nothing explains.
const MOST_NETWORKS: usize = 200;
/// A dump whose dW is further than this from a multiple of the right one explains nothing: five times the widest
/// tolerance.
const ABOUT: f64 = 0.1;
/// Another way to understand a dump is believed with no more mistakes than this beside it.
const MOST_MISTAKES: usize = 2;

/// The gradients (d_weight, d_bias) of all layers, from the first to the last.
pub type Gradients = Vec<(Matrix, Matrix)>;

/// A reduction and a sign that nobody ruled out, and what they multiply the gradient of the sum over the rows with.
#[derive(Clone, Copy)]
pub struct Scaled {
    /// How the loss is reduced over the batch.
    reduction: BatchReduction,
    /// Whether the update subtracts the dump or adds it.
    update: UpdateSign,
    /// The multiple.
    pub multiple: f64,
}

/// A reading that nothing explains, with all that it may be held against.
pub struct Choices<'a> {
    /// What the person says of the dump.
    pub claim: &'a Claim,
    /// The reading itself.
    pub reading: &'a Reading,
    /// The place of the reading among those of the claim.
    pub place: usize,
    /// The networks that the statements allow, the usual ones first.
    pub networks: Vec<Network>,
    /// The conventions that they allow, the usual ones first.
    pub conventions: Vec<Scaled>,
}

impl<'a> Choices<'a> {
    /// The choices that a claim leaves open for the reading in which the search came furthest.
    pub fn of(claim: &'a Claim, unexplained: &Unexplained) -> Choices<'a> {
        let place = unexplained.reading;
        let reading = &claim.readings[place];
        let networks = networks(claim, reading).into_iter().take(MOST_NETWORKS).collect();
        let (rows, widths) = (reading.rows() as f64, reading.widths());
        let updates = options(claim.stated.update, &UpdateSign::ALL);
        let reductions = options(claim.stated.reduction, &BatchReduction::ALL);
        let pairs =
            reductions.iter().flat_map(|&(reduction, _)| updates.iter().map(move |&(update, _)| (reduction, update)));
        let multiple = |reduction, update| right_multiple(rows, &widths, reduction, update);
        let scaled = |(reduction, update)| Scaled { reduction, update, multiple: multiple(reduction, update) };
        Choices { claim, reading, place, networks, conventions: pairs.map(scaled).collect() }
    }

    /// Whether the batch is so small that readings which few people mean are tried on it too.
    pub fn small(&self) -> bool {
        self.reading.x.len() <= MOST_NUMBERS
    }

    /// The dump as the right gradients under one convention.
    pub fn explanation(&self, network: &Network, convention: Scaled, residual: f64) -> Explanation {
        Explanation {
            reading: self.place,
            network: network.clone(),
            reduction: convention.reduction,
            update: convention.update,
            mistakes: Mistakes::none(),
            remarks: Vec::new(),
            residual,
            cost: 0.0,
        }
    }

    /// How far the dump is, in its farthest tensor, from `scale` times the gradients plus `decay` times the weights. A
    /// tensor of a wrong shape is infinitely far.
    pub fn farthest(&self, gradients: &Gradients, scale: f64, decay: f64) -> f64 {
        let apart = |dump: &Matrix, right: Matrix| {
            let apart = if dump.dim() == right.dim() { gap(dump, &right) } else { f64::INFINITY };
            if apart.is_nan() { f64::INFINITY } else { apart }
        };
        let layers = self.reading.layers.iter().zip(gradients).map(|(layer, (d_weight, d_bias))| {
            let bias = layer.d_bias.as_ref().map_or(0.0, |dump| apart(dump, d_bias * scale));
            apart(&layer.d_weight, d_weight * scale + &layer.weight * decay).max(bias)
        });
        layers.fold(0.0, f64::max)
    }

    /// The explanation of the dump by the gradients of a program with `mistakes`, under the first convention under which
    /// they are the dump to its last digits.
    pub fn reproduced(&self, network: &Network, gradients: &Gradients, mistakes: &Mistakes) -> Option<Explanation> {
        self.conventions.iter().find_map(|&convention| {
            let residual = self.farthest(gradients, convention.multiple, 0.0);
            (residual < NEARLY).then(|| Explanation {
                cost: mistakes.cost(),
                mistakes: mistakes.clone(),
                ..self.explanation(network, convention, residual)
            })
        })
    }

    /// The first network under which the dump is right.
    pub fn right(&self) -> Option<Explanation> {
        self.networks.iter().find_map(|network| right_under(self.claim, self.place, network))
    }

    /// The explanations under a network that need few mistakes.
    pub fn with_few_mistakes(&self, network: &Network) -> Vec<Explanation> {
        let mut all = explain(self.claim, self.place, network, false).unwrap_or_default();
        all.retain(|explanation| explanation.mistakes.list().len() <= MOST_MISTAKES);
        all
    }
}

/// The explanation of a reading under a network that needs no mistake, if there is one.
pub fn right_under(claim: &Claim, place: usize, network: &Network) -> Option<Explanation> {
    if !resembles(&claim.readings[place], network) {
        return None;
    }
    explain(claim, place, network, false).ok()?.into_iter().find(|explanation| explanation.mistakes.is_empty())
}

/// Whether every dW is about a multiple of the right one, with some of the weights in it. Where it is not, no search
/// can end without a mistake, and none need be made.
pub fn resembles(reading: &Reading, network: &Network) -> bool {
    let right = right_gradients(reading, network, &Forward::of(reading, network), &mut |_| {});
    reading.layers.iter().zip(&right).all(|(layer, (d_weight, _))| {
        LeastSquares::of(&layer.d_weight, &[d_weight, &layer.weight]).is_some_and(|fit| fit.residual < ABOUT)
    })
}

/// Whether the dW of the last layer is a multiple of the right one, which shows that the forward pass is right.
pub fn resembles_last_layer(reading: &Reading, network: &Network) -> bool {
    let forward = Forward::of(reading, network);
    let last = reading.layers.len() - 1;
    let delta = output_delta(network, &forward.z[last], forward.prediction(), &reading.targets.right);
    let right = weight_gradient(&forward.inputs[last], &delta);
    LeastSquares::of(&reading.layers[last].d_weight, &[&right]).is_some_and(|fit| fit.residual < NEARLY)
}
