//! The evidence about one layer: its dumped gradients, against which the search holds the errors that may arrive there.
//!
//! Most errors are denied at little cost, by samples of the rows and by sketches of dW. What they let pass is derived in
//! full, and every derivation of dW is paired with every derivation of db.

use super::candidate::{BEAM, Candidate, likeliest};
use super::screening::Survivors;
use crate::gradcheck::equations::LeastSquares;
use crate::gradcheck::hypotheses::{BiasHypotheses, Derivation, LayerError, Taker, WeightHypotheses, bit_key, rows_of};
use crate::gradcheck::reading::{DumpedLayer, Matrix};
use crate::gradcheck::scales::LayerDerivation;

/// As soon as there are this many candidates, only the likeliest stay: on a batch that shows nothing, everything fits.
const CROWD: usize = 64 * BEAM;
/// The same where their errors hold so many numbers, since a large batch has large errors.
const CROWDED: usize = 64 << 20;
/// The candidates of the next layer, as they are found.
#[derive(Default)]
pub struct Next {
    /// The candidates.
    pub candidates: Vec<Candidate>,
    /// Whether some dW found an equation and only its db did not.
    pub only_bias: bool,
}

impl Next {
    /// The candidates of both.
    pub fn or(mut self, other: Next) -> Next {
        self.candidates.extend(other.candidates);
        Next { only_bias: self.only_bias || other.only_bias, ..self }
    }
}

/// The rows of a heat, and what of dW can be asked on them alone.
pub type Sample<'a> = (&'a [usize], &'a WeightHypotheses<'a>);

/// The dump of a layer under one network.
pub struct Evidence<'a> {
    /// The number of the layer, from 1.
    pub number: usize,
    /// Its dumped arrays.
    pub layer: &'a DumpedLayer,
    /// What its dW may have been built from.
    pub weight: &'a WeightHypotheses<'a>,
    /// What rounding can explain in its db, relative.
    pub tolerance: f64,
    /// What the stated L2 penalty adds to a gradient for each unit of a parameter.
    pub decay: Option<f64>,
    /// Whether some layer of several units has a db of one number.
    pub one_number_somewhere: bool,
    /// Whether other layers follow, from which its errors come down.
    pub hidden: bool,
    /// What its errors lack if the scale of dropout is missing at one, two, … of the layers from there up.
    pub missing_keep: Vec<f64>,
}

impl Evidence<'_> {
    /// Shows `attempt` those errors that no heat rules out. `offer` shows all of them, on the rows of the sample of this
    /// number or on the whole batch. Where there are samples, dW is taken for a sum over the batch and for nothing else.
    pub fn race(
        &self,
        samples: &[Sample],
        offer: impl Fn(Option<usize>, Taker) + Sync,
        attempt: impl FnMut(LayerError),
    ) {
        let mut left = Survivors::default();
        for (heat, (rows, weight)) in samples.iter().enumerate() {
            left = left.heat(|take| offer(Some(heat), take), |error| self.plausible(error, rows, weight));
        }
        if !samples.is_empty() {
            left = left.heat(|take| offer(None, take), |error| self.may_come_from(error, true));
        }
        left.attempt(|take| offer(None, take), attempt);
    }

    /// Whether the dump may come from an error of which `rows` are known, with the `weight` of these rows.
    fn plausible(&self, error: &LayerError, rows: &[usize], weight: &WeightHypotheses) -> bool {
        let own = self.layer.delta.as_ref().map(|own| rows_of(own, rows));
        own.is_none_or(|own| multiple_of(&own, &error.delta)) && weight.plausible(error.behind_weight())
    }

    /// Whether the dump may come from an error: it is a multiple of the program's own delta, where that is dumped, and dW
    /// may come from it; with `sums`, as a sum over the batch.
    fn may_come_from(&self, error: &LayerError, sums: bool) -> bool {
        let own = self.layer.delta.as_ref();
        own.is_none_or(|own| multiple_of(own, &error.delta)) && self.weight.may_come_from(error.behind_weight(), sums)
    }

    /// Adds to `next` what a candidate becomes with this error at the layer, if the dump agrees. With `sums`, dW is taken
    /// for a sum over the batch and for nothing else.
    pub fn extend(&self, candidate: &Candidate, error: &LayerError, sums: bool, next: &mut Next) {
        if !self.may_come_from(error, sums) {
            return;
        }
        let key = bit_key(&error.delta);
        let weight_key = error.for_weight.as_ref().map_or(key, |error| bit_key(error));
        let group = candidate.group + usize::from(error.own_scale && self.hidden);
        for (n, derivation) in self.weight.derivations(error.behind_weight(), weight_key, sums).iter().enumerate() {
            let biases = self.biases(error, derivation, key ^ weight_key.rotate_left(1) ^ n as u64);
            next.only_bias |= biases.is_empty();
            for bias in biases {
                if next.candidates.len() >= (CROWDED / error.delta.len().max(1)).clamp(2 * BEAM, CROWD) {
                    next.candidates = likeliest(std::mem::take(&mut next.candidates));
                }
                let (weight, keep) = (derivation.clone(), self.missing_keep.clone());
                let layer = LayerDerivation { number: self.number, weight, bias, group, keep };
                next.candidates.push(candidate.with_layer(error, layer));
            }
        }
    }

    /// How the db can come from an error, given a derivation of its dW; `key` stands for the two in the memo. There is one
    /// empty answer where no db was dumped, and no answer where nothing gives it.
    fn biases(&self, error: &LayerError, derivation: &Derivation, key: u64) -> Vec<Option<Derivation>> {
        if self.layer.d_bias.is_none() {
            return vec![None];
        }
        let Evidence { layer, number, tolerance, decay, one_number_somewhere, .. } = *self;
        let hypotheses = BiasHypotheses { layer, number, tolerance, decay, weight: derivation, one_number_somewhere };
        let found = self.weight.biases.of(key, || {
            let errors = std::iter::once(&error.delta).chain(&error.for_weight);
            errors.flat_map(|error| hypotheses.derivations(error)).collect()
        });
        found.iter().cloned().map(Some).collect()
    }
}

/// Whether the program's own error is a multiple of this one.
fn multiple_of(own: &Matrix, error: &Matrix) -> bool {
    LeastSquares::of(own, &[error]).is_some_and(|fit| fit.residual < 1e-4)
}
