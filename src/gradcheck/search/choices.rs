//! The choices that a dump leaves open, listed once for all the tries that follow a search which explained nothing.
//!
//! A try compares the dump with gradients that it has composed ([`Choices::residual`], [`Choices::reproduced`]), or repeats
//! the search under networks of its own ([`Choices::right_among`], [`Choices::with_few_mistakes`]). Both happen under the
//! networks and the conventions that the statements allow.

use super::conventions::{explain, networks, options};
use super::explanation::{Explanation, Unexplained};
use crate::gradcheck::dump::{Claim, Precision};
use crate::gradcheck::equations::{
    Forward, Gradients, LeastSquares, gap, output_delta, right_gradients, weight_gradient,
};
use crate::gradcheck::mistakes::Mistakes;
use crate::gradcheck::reading::{BatchReduction, Matrix, Network, Reading, UpdateSign};
use crate::gradcheck::scales::{Decay, right_multiple};

/// A dump that agrees with the gradient to this in every tensor is the gradient, whatever arithmetic made it.
pub const NEARLY_RIGHT: f64 = 1e-5;
/// A dump whose dW is further than this from a multiple of the right one explains nothing: five times the widest
/// tolerance.
const RESEMBLES: f64 = 0.1;
/// Readings of a dump that few people mean are only tried where x holds no more numbers than this.
const MOST_NUMBERS: usize = 1 << 20;
/// At most this many networks are held against a dump that nothing explains.
const MOST_NETWORKS: usize = 200;
/// Another way to understand a dump is believed with no more mistakes than this beside it.
const MOST_MISTAKES: usize = 2;

/// A reduction and a sign that nobody ruled out, and what they multiply the gradient of the sum over the rows with.
#[derive(Clone, Copy)]
pub struct OpenConvention {
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
    /// The reading itself, in which the search came furthest.
    pub reading: &'a Reading,
    /// Where the search ended.
    pub unexplained: &'a Unexplained,
    /// The networks that the statements allow, the usual ones first.
    pub networks: Vec<Network>,
    /// The conventions that they allow, the usual ones first.
    pub conventions: Vec<OpenConvention>,
    /// What a stated L2 penalty may add to a gradient for each unit of a parameter; 0 alone without one.
    decays: Vec<f64>,
}

impl<'a> Choices<'a> {
    /// The choices that a claim leaves open for the reading in which the search came furthest.
    pub fn of(claim: &'a Claim, unexplained: &'a Unexplained) -> Choices<'a> {
        let reading = &claim.readings[unexplained.reading];
        let networks = networks(claim, reading).into_iter().take(MOST_NETWORKS).collect();
        let (rows, widths) = (reading.rows() as f64, reading.widths());
        let updates = options(claim.stated.update, &UpdateSign::ALL);
        let reductions = options(claim.stated.reduction, reading.reductions());
        let pairs =
            reductions.iter().flat_map(|&(reduction, _)| updates.iter().map(move |&(update, _)| (reduction, update)));
        let multiple = |reduction, update| right_multiple(rows, &widths, reduction, update);
        let open = |(reduction, update)| OpenConvention { reduction, update, multiple: multiple(reduction, update) };
        let decays: Vec<f64> = Decay::of(&claim.stated, reading.given_rows()).multiples().collect();
        let decays = if decays.is_empty() { vec![0.0] } else { decays };
        Choices { claim, reading, unexplained, networks, conventions: pairs.map(open).collect(), decays }
    }

    /// Whether the batch is so small that readings which few people mean are tried on it too.
    pub fn small(&self) -> bool {
        self.reading.x.len() <= MOST_NUMBERS
    }

    /// The dump as the right gradients under one convention.
    pub fn explanation(&self, network: &Network, convention: OpenConvention, residual: f64) -> Explanation {
        Explanation {
            reading: self.unexplained.reading,
            network: network.clone(),
            reduction: convention.reduction,
            update: convention.update,
            mistakes: Mistakes::none(),
            remarks: Vec::new(),
            residual,
            cost: 0.0,
        }
    }

    /// How far the dump is, in its farthest tensor, from `multiple` times the gradients, with the penalty that fits best.
    pub fn residual(&self, gradients: &Gradients, multiple: f64) -> f64 {
        let left = |decay: f64| self.farthest(gradients, multiple, decay * multiple.signum());
        self.decays.iter().map(|&decay| left(decay)).fold(f64::INFINITY, f64::min)
    }

    /// How far the dump is, in its farthest tensor, from `multiple` times the gradients plus `decay` times the weights. A
    /// tensor of a wrong shape is infinitely far.
    fn farthest(&self, gradients: &Gradients, multiple: f64, decay: f64) -> f64 {
        let apart = |dump: &Matrix, right: Matrix| {
            let apart = if dump.dim() == right.dim() { gap(dump, &right) } else { f64::INFINITY };
            if apart.is_nan() { f64::INFINITY } else { apart }
        };
        let layers = self.reading.layers.iter().zip(gradients).map(|(layer, (d_weight, d_bias))| {
            let bias = layer.d_bias.as_ref().map_or(0.0, |dump| apart(dump, d_bias * multiple));
            apart(&layer.d_weight, d_weight * multiple + &layer.weight * decay).max(bias)
        });
        layers.fold(0.0, f64::max)
    }

    /// The explanation of the dump by the gradients of a program with `mistakes`, under the first of `conventions` under
    /// which they are the dump to its last digits.
    pub fn reproduced(
        &self,
        network: &Network,
        gradients: &Gradients,
        mistakes: &Mistakes,
        conventions: &[OpenConvention],
    ) -> Option<Explanation> {
        conventions.iter().find_map(|&convention| {
            let residual = self.residual(gradients, convention.multiple);
            (residual < NEARLY_RIGHT && self.is_rounding(network, residual)).then(|| Explanation {
                cost: mistakes.cost(),
                mistakes: mistakes.clone(),
                ..self.explanation(network, convention, residual)
            })
        })
    }

    /// Whether the rounding of the dump explains a residual.
    fn is_rounding(&self, network: &Network, residual: f64) -> bool {
        let tolerances = Precision::of(self.reading, network).tolerances;
        tolerances.iter().any(|(weight, bias)| residual <= weight.max(*bias))
    }

    /// The first of `networks` under which the dump is right.
    pub fn right_among(&self, networks: &[Network]) -> Option<Explanation> {
        networks.iter().find_map(|network| right_under(self.claim, self.unexplained.reading, network))
    }

    /// The explanations under a network that need few mistakes.
    pub fn with_few_mistakes(&self, network: &Network) -> Vec<Explanation> {
        let mut all = explain(self.claim, self.unexplained.reading, network, false).unwrap_or_default();
        all.retain(|explanation| explanation.mistakes.list().len() <= MOST_MISTAKES);
        all
    }
    /// Whether every dW is, within a tenth, a multiple of the right dW plus one of the weights. If not, no explanation is
    /// free of mistakes. A search takes a hundred times as long as to ask this.
    pub fn resembles(&self, network: &Network) -> bool {
        resembles(self.reading, network)
    }

    /// Whether the dW of the last layer is a multiple of the right one, which shows that the forward pass is right.
    pub fn resembles_last_layer(&self, network: &Network) -> bool {
        let (reading, forward) = (self.reading, Forward::of(self.reading, network));
        let last = reading.layers.len() - 1;
        let delta = output_delta(network, &forward.z[last], forward.prediction(), &reading.targets.right);
        let right = weight_gradient(&forward.inputs[last], &delta);
        LeastSquares::of(&reading.layers[last].d_weight, &[&right]).is_some_and(|fit| fit.residual < NEARLY_RIGHT)
    }
}

/// The explanation of a reading under a network that needs no mistake, if there is one.
pub fn right_under(claim: &Claim, place: usize, network: &Network) -> Option<Explanation> {
    if !resembles(&claim.readings[place], network) {
        return None;
    }
    explain(claim, place, network, false).ok()?.into_iter().find(|explanation| explanation.mistakes.is_empty())
}

/// See [`Choices::resembles`].
fn resembles(reading: &Reading, network: &Network) -> bool {
    let right = right_gradients(reading, network, &Forward::of(reading, network));
    reading.layers.iter().zip(&right).all(|(layer, (d_weight, _))| {
        LeastSquares::of(&layer.d_weight, &[d_weight, &layer.weight]).is_some_and(|fit| fit.residual < RESEMBLES)
    })
}
