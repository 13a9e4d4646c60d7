//! The search under one network: layer by layer from the output down, with every mistake of the table.
//!
//! The dumped dW and db of a layer depend on the error at that layer alone. So not all combinations of mistakes have to
//! be tried at once: what fits the last layer goes on to the one before it, and what is right everywhere comes out with
//! no mistake at all. It is a beam search, in which the candidates with the likeliest mistakes are kept.

use std::collections::HashSet;
use std::sync::Arc;

use super::candidate::{BEAM, Candidate, likeliest};
use super::fingerprint::fingerprint;
use super::screening::{Survivors, heats};
use crate::gradcheck::dump::Precision;
use crate::gradcheck::equations::{Forward, LeastSquares};
use crate::gradcheck::hypotheses::{
    BiasHypotheses, Derivation, HiddenLayer, LayerError, LayerPair, OutputArrays, Taker, WeightHypotheses, arrivals,
    arrivals_cut_anywhere, bit_key, hidden_errors, mistaken_softmaxes, rows_of,
};
use crate::gradcheck::mistakes::{Mistake, TensorName};
use crate::gradcheck::reading::{BiasPlace, Matrix, Network, Reading, Stated, UpdateSign};
use crate::gradcheck::scales::LayerDerivation;

/// As soon as there are this many candidates, only the likeliest stay: on a batch that shows nothing, everything fits.
const CROWD: usize = 64 * BEAM;
/// The same where their errors hold so many numbers, since a large batch has large errors.
const CROWDED: usize = 64 << 20;
/// The number of candidates times rows of a weight times activations of a layer, up to which every cut is tried.
const MOST_WORK: usize = 200_000;

/// A dump under one network, ready to be searched.
pub struct LayerSearch<'a> {
    /// The dump.
    pub reading: &'a Reading,
    /// The network under which it is read.
    pub network: &'a Network,
    /// What is stated of the program.
    pub stated: &'a Stated,
    /// The forward pass of the network.
    pub forward: &'a Forward,
    /// How well a right equation fits.
    pub precision: &'a Precision,
    /// What the stated L2 penalty adds to a gradient for each unit of a parameter.
    pub decay: Option<f64>,
    /// Whether some layer of several units has a db of one number.
    pub one_number_somewhere: bool,
}

/// How far a search came.
pub struct SearchEnd {
    /// The candidates that reproduce the whole dump, or else as much of it as any does.
    pub candidates: Vec<Candidate>,
    /// The first gradient, from the output down, that no equation gives: a db if its dW found one.
    pub blocked: Option<TensorName>,
}

/// The candidates of the next layer, as they are found.
#[derive(Default)]
struct Next {
    candidates: Vec<Candidate>,
    /// Whether some dW found an equation and only its db did not.
    only_bias: bool,
}

impl Next {
    /// The candidates of both.
    fn or(mut self, other: Next) -> Next {
        self.candidates.extend(other.candidates);
        Next { only_bias: self.only_bias || other.only_bias, ..self }
    }
}

impl LayerSearch<'_> {
    /// Searches from the output down. A `thorough` search also tries, where nothing else explains a layer, every row
    /// that may have been cut from the weights above it.
    pub fn run(&self, thorough: bool) -> SearchEnd {
        let mut candidates: Vec<Candidate> = Vec::new();
        for l in (0..self.reading.layers.len()).rev() {
            let tolerance = self.precision.tolerances[l].0;
            let weight = WeightHypotheses::new(self.reading, self.forward, l, tolerance, self.decay);
            let next = match self.network.hidden.get(l) {
                None => self.last_layer(&weight),
                Some(&function) => {
                    let layer = HiddenLayer::new(self.forward, l, function, weight);
                    self.hidden_layer(&candidates, l, &layer, thorough)
                }
            };
            if next.candidates.is_empty() {
                let blocked = if next.only_bias { TensorName::bias(l + 1) } else { TensorName::weight(l + 1) };
                return SearchEnd { candidates, blocked: Some(blocked) };
            }
            candidates = likeliest(next.candidates);
        }
        SearchEnd { candidates, blocked: None }
    }

    /// The candidates for the last layer, whose dW is `weight`.
    fn last_layer(&self, weight: &WeightHypotheses) -> Next {
        let last = self.reading.layers.len() - 1;
        let late = (self.network.bias == BiasPlace::Activation).then(|| &self.forward.a[last]);
        let own = self.reading.layers[last].a.as_ref().or(late);
        let arrays = OutputArrays::of(self.network, &self.forward.z[last], own, &self.reading.targets);
        let heats: Vec<(Vec<usize>, OutputArrays, WeightHypotheses)> =
            self.heats().into_iter().map(|rows| (rows.clone(), arrays.rows(&rows), weight.rows(&rows))).collect();
        self.screened(&heats, weight, |heats| {
            let (mut left, sums) = (Survivors::default(), !heats.is_empty());
            for (rows, arrays, weight) in heats {
                left = left.heat(|take| arrays.errors(take), |error| self.plausible(error, last, weight, rows));
            }
            if sums {
                left = left.heat(|take| arrays.errors(take), |error| self.may_lead_to(error, last, weight, sums));
            }
            let (mut next, mut seen) = (Next::default(), HashSet::new());
            left.attempt(
                |take| arrays.errors(take),
                |error| {
                    if seen.insert(fingerprint(&error)) {
                        self.extend(&Candidate::start(&error), &error, last, (weight, sums), &mut next);
                    }
                },
            );
            next
        })
    }

    /// What `search` finds behind the heats among sums over the batch; if that is nothing, and something else may have made
    /// the dump, what it finds without heats.
    fn screened<T>(&self, heats: &[T], weight: &WeightHypotheses, search: impl Fn(&[T]) -> Next) -> Next {
        let next = search(heats);
        let blind = next.candidates.is_empty() && !heats.is_empty() && weight.beyond_samples();
        if blind { search(&[]) } else { next }
    }

    /// What the candidates become at hidden layer number `l` from 0. Only if none of them leads on, a `thorough` search
    /// goes through the likeliest again, with every row that may have been cut from the weights.
    fn hidden_layer(&self, candidates: &[Candidate], l: usize, layer: &HiddenLayer, thorough: bool) -> Next {
        let heats: Vec<(Vec<usize>, HiddenLayer)> =
            self.heats().into_iter().map(|rows| (rows.clone(), layer.rows(&rows))).collect();
        let cut = if thorough { self.affordable(l).min(candidates.len()) } else { 0 };
        self.screened(&heats, &layer.weight, |heats| {
            let next = self.led_on(candidates, l, layer, heats, false);
            if next.candidates.is_empty() {
                self.led_on(&candidates[..cut], l, layer, heats, true).or(next)
            } else {
                next
            }
        })
    }

    /// What the candidates become at hidden layer number `l` from 0. Candidates that differ only in how their gradients
    /// come from one and the same error are led on together. With `cut`, the errors come down through weights with a row
    /// cut out; then every candidate is led on by itself, in order, until one of them leads on.
    fn led_on(
        &self,
        candidates: &[Candidate],
        l: usize,
        layer: &HiddenLayer,
        heats: &[(Vec<usize>, HiddenLayer)],
        cut: bool,
    ) -> Next {
        let mut nexts: Vec<Next> = candidates.iter().map(|_| Next::default()).collect();
        let sums = !heats.is_empty();
        for (n, candidate) in candidates.iter().enumerate() {
            let alike = |other: &Candidate| std::ptr::eq(other, candidate) || !cut && other.shares_error(candidate);
            if cut && nexts[..n].iter().any(|next| !next.candidates.is_empty()) {
                break;
            }
            if candidates[..n].iter().any(alike) {
                continue;
            }
            let above = Above::of(candidate, self.values(l + 1, candidate));
            let mut left = Survivors::default();
            for (rows, layer) in heats {
                let above = above.rows(rows);
                let plausible = |error: &LayerError| self.plausible(error, l, &layer.weight, rows);
                left = left.heat(|take| self.below(&above, l, layer, cut, take), plausible);
            }
            if sums {
                let possible = |error: &LayerError| self.may_lead_to(error, l, &layer.weight, sums);
                left = left.heat(|take| self.below(&above, l, layer, cut, take), possible);
            }
            left.attempt(
                |take| self.below(&above, l, layer, cut, take),
                |error| {
                    let alike = candidates.iter().zip(&mut nexts).skip(n).filter(|(other, _)| alike(other));
                    alike.for_each(|(other, next)| self.extend(other, &error, l, (&layer.weight, sums), next));
                },
            );
        }
        nexts.into_iter().reduce(Next::or).unwrap_or_default()
    }

    /// The samples on which the hypotheses about a layer are screened before they are tried.
    fn heats(&self) -> Vec<Vec<usize>> {
        heats(self.reading.rows(), &self.reading.widths())
    }

    /// Whether an error of which `rows` are known may lead to the dump of layer number `l` from 0.
    fn plausible(&self, error: &LayerError, l: usize, weight: &WeightHypotheses, rows: &[usize]) -> bool {
        let own = self.reading.layers[l].delta.as_ref().map(|own| rows_of(own, rows));
        own.is_none_or(|own| multiple_of(&own, &error.delta))
            && weight.plausible(error.for_weight.as_ref().unwrap_or(&error.delta))
    }

    /// Whether an error may lead to the dump of layer number `l` from 0: it is a multiple of the program's own delta, where
    /// that is dumped, and dW may come from it; with `sums`, as a sum over the batch.
    fn may_lead_to(&self, error: &LayerError, l: usize, weight: &WeightHypotheses, sums: bool) -> bool {
        let own = self.reading.layers[l].delta.as_ref();
        own.is_none_or(|own| multiple_of(own, &error.delta))
            && weight.may_come_from(error.for_weight.as_ref().unwrap_or(&error.delta), sums)
    }

    /// The number of candidates for which every cut above layer number `l` from 0 can be tried in no noticeable time.
    fn affordable(&self, l: usize) -> usize {
        let work = self.reading.layers[l + 1].weight.nrows() * self.forward.z[l].len();
        MOST_WORK / work.max(1)
    }

    /// Offers every error at hidden layer number `l` from 0 that can come down from above; those behind weights with a row
    /// cut out, where `cut` says so.
    fn below(&self, from: &Above, l: usize, layer: &HiddenLayer, cut: bool, take: Taker) {
        let above = &self.reading.layers[l + 1];
        let directions: &[f64] = match self.stated.update {
            Some(UpdateSign::Subtract) => &[-1.0],
            Some(UpdateSign::Add) => &[1.0],
            None => &[-1.0, 1.0],
        };
        let steps: Vec<f64> =
            self.stated.rate.map_or(Vec::new(), |rate| directions.iter().map(|sign| sign * rate).collect());
        let pair = LayerPair {
            layer,
            dim: layer.slope.dim(),
            delta: &from.delta,
            upstream: &from.upstream,
            residual: &from.residual,
            values: &from.values,
            weight: &above.weight,
            d_weight: &above.d_weight,
            bias: above.bias.as_ref().map(|bias| (bias, above.d_bias.as_ref())),
            steps: &steps,
            direction: self.stated.update.map(|_| directions[0]),
            scales: &self.scales(),
        };
        let arrive = if cut { arrivals_cut_anywhere } else { arrivals };
        arrive(&pair, &mut |arrival| hidden_errors(&pair, arrival, take));
    }

    /// Adds to `next` what a candidate becomes with this error at layer number `l` from 0, if the dump agrees. Where the
    /// program's own delta is dumped, the error must be a multiple of it; then every derivation of dW is paired with every
    /// derivation of db. With `sums`, dW is taken for a sum over the batch and for nothing else.
    fn extend(
        &self,
        candidate: &Candidate,
        error: &LayerError,
        l: usize,
        (weight, sums): (&WeightHypotheses, bool),
        next: &mut Next,
    ) {
        if !self.may_lead_to(error, l, weight, sums) {
            return;
        }
        let for_weight = error.for_weight.as_ref().unwrap_or(&error.delta);
        let key = bit_key(&error.delta);
        let weight_key = error.for_weight.as_ref().map_or(key, |error| bit_key(error));
        let group = candidate.group + usize::from(error.own_scale && l + 1 < self.reading.layers.len());
        for (n, derivation) in weight.derivations(for_weight, weight_key, sums).iter().enumerate() {
            let biases = self.biases(error, l, weight, derivation, key ^ weight_key.rotate_left(1) ^ n as u64);
            next.only_bias |= biases.is_empty();
            for bias in biases {
                if next.candidates.len() >= (CROWDED / error.delta.len().max(1)).clamp(2 * BEAM, CROWD) {
                    next.candidates = likeliest(std::mem::take(&mut next.candidates));
                }
                let keep = self.missing_keep(l);
                let layer = LayerDerivation { number: l + 1, weight: derivation.clone(), bias, group, keep };
                next.candidates.push(candidate.with_layer(error, layer));
            }
        }
    }

    /// How the db of layer number `l` from 0 can come from an error, given a derivation of its dW; `key` stands for the two
    /// in the memo. There is one empty answer where no db was dumped, and no answer where nothing gives it.
    fn biases(
        &self,
        error: &LayerError,
        l: usize,
        weight: &WeightHypotheses,
        derivation: &Derivation,
        key: u64,
    ) -> Vec<Option<Derivation>> {
        let layer = &self.reading.layers[l];
        if layer.d_bias.is_none() {
            return vec![None];
        }
        let (tolerance, decay) = (self.precision.tolerances[l].1, self.decay);
        let hypotheses = BiasHypotheses {
            layer,
            number: l + 1,
            tolerance,
            decay,
            weight: derivation,
            one_number_somewhere: self.one_number_somewhere,
        };
        let for_weight = error.for_weight.as_ref().unwrap_or(&error.delta);
        let found = weight.biases.of(key, || {
            let mut found = hypotheses.derivations(&error.delta);
            if error.for_weight.is_some() {
                found.extend(hypotheses.derivations(for_weight));
            }
            found
        });
        found.iter().cloned().map(Some).collect()
    }

    /// The multiples by which errors may be scaled in the person's program: summed or averaged, of a squared error or of
    /// its half, and with either sign.
    fn scales(&self) -> Vec<f64> {
        let (m, k) = (self.reading.rows() as f64, self.reading.targets.right.ncols() as f64);
        let means = [1.0, 1.0 / m, 1.0 / (m * k)].into_iter().take(if k > 1.0 { 3 } else { 2 });
        let factors: &[f64] = if self.network.fused() { &[1.0] } else { &[1.0, 2.0] };
        means.flat_map(|mean| factors.iter().flat_map(move |factor| [mean * factor, -mean * factor])).collect()
    }

    /// What layer number `l` from 0 puts out, before and after dropout, and with the wrong softmax that a candidate
    /// found there.
    fn values(&self, l: usize, candidate: &Candidate) -> Vec<Matrix> {
        let after = self.forward.inputs.get(l + 1).map(Arc::as_ref).filter(|_| self.forward.masks[l].is_some());
        let mut all: Vec<Matrix> = std::iter::once(&self.forward.a[l]).chain(after).cloned().collect();
        if l + 1 == self.reading.layers.len() {
            let z = &self.forward.z[l];
            let mistakes = [Mistake::SoftmaxOverBatch, Mistake::SoftmaxOverAll];
            let found = mistakes.into_iter().filter(|mistake| candidate.mistakes.has(*mistake));
            all.extend(found.flat_map(|mistake| mistaken_softmaxes(z, mistake)));
        }
        all
    }

    /// What the errors at layer number `l` from 0 lack if the scale of dropout is missing at one, two, … of the layers
    /// from there up.
    fn missing_keep(&self, l: usize) -> Vec<f64> {
        let masks = self.forward.masks[l..].iter().flatten().count() as i32;
        (1..=masks).map(|missing| self.network.keep.powi(missing)).filter(|&keep| keep != 1.0).collect()
    }
}

/// What a candidate offers to the layer below it.
struct Above {
    delta: Arc<Matrix>,
    upstream: Vec<Arc<Matrix>>,
    residual: Arc<Matrix>,
    values: Vec<Matrix>,
}

impl Above {
    fn of(candidate: &Candidate, values: Vec<Matrix>) -> Self {
        let Candidate { delta, upstream, residual, .. } = candidate.clone();
        Above { delta, upstream, residual, values }
    }

    /// The same arrays on some rows of the batch only.
    fn rows(&self, rows: &[usize]) -> Self {
        let pick = |array: &Arc<Matrix>| Arc::new(rows_of(array, rows));
        Above {
            delta: pick(&self.delta),
            upstream: self.upstream.iter().map(pick).collect(),
            residual: pick(&self.residual),
            values: self.values.iter().map(|array| rows_of(array, rows)).collect(),
        }
    }
}

/// Whether the program's own error is a multiple of this one.
fn multiple_of(own: &Matrix, error: &Matrix) -> bool {
    LeastSquares::of(own, &[error]).is_some_and(|fit| fit.residual < 1e-4)
}
