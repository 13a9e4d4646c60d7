//! The search under one network: layer by layer from the output down, with every mistake of the table.
//!
//! The dumped dW and db of a layer depend on the error at that layer alone. So not all combinations of mistakes have to
//! be tried at once: what fits the last layer goes on to the one before it, and what is right everywhere comes out with
//! no mistake at all. It is a beam search, in which the candidates with the likeliest mistakes are kept.

use std::collections::HashSet;
use std::sync::Arc;

use super::candidate::{Candidate, likeliest};
use super::evidence::{Evidence, Next, Sample};
use super::fingerprint::fingerprint;
use super::screening::heats;
use crate::gradcheck::dump::Precision;
use crate::gradcheck::equations::Forward;
use crate::gradcheck::hypotheses::{
    HiddenLayer, LayerPair, OutputArrays, Taker, WeightHypotheses, arrivals, arrivals_cut_anywhere, hidden_errors,
    mistaken_softmaxes, rows_of,
};
use crate::gradcheck::mistakes::{Mistake, TensorName};
use crate::gradcheck::reading::{BiasPlace, Matrix, Network, Reading, Stated, UpdateSign};

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
        let evidence = self.evidence(last, weight);
        self.screened(&heats, weight, |heats| {
            let samples: Vec<Sample> = heats.iter().map(|(rows, _, weight)| (&rows[..], weight)).collect();
            let offer = |heat: Option<usize>, take: Taker| heat.map_or(&arrays, |heat| &heats[heat].1).errors(take);
            let (mut next, mut seen) = (Next::default(), HashSet::new());
            evidence.race(&samples, offer, |error| {
                if seen.insert(fingerprint(&error)) {
                    evidence.extend(&Candidate::start(&error), &error, !heats.is_empty(), &mut next);
                }
            });
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
        let (evidence, sums) = (self.evidence(l, &layer.weight), !heats.is_empty());
        let samples: Vec<Sample> = heats.iter().map(|(rows, layer)| (&rows[..], &layer.weight)).collect();
        for (n, candidate) in candidates.iter().enumerate() {
            let alike = |other: &Candidate| std::ptr::eq(other, candidate) || !cut && other.shares_error(candidate);
            if cut && nexts[..n].iter().any(|next| !next.candidates.is_empty()) {
                break;
            }
            if candidates[..n].iter().any(alike) {
                continue;
            }
            let above = Above::of(candidate, self.values(l + 1, candidate));
            let sampled: Vec<Above> = heats.iter().map(|(rows, _)| above.rows(rows)).collect();
            let offer = |heat: Option<usize>, take: Taker| match heat {
                Some(heat) => self.below(&sampled[heat], l, &heats[heat].1, cut, take),
                None => self.below(&above, l, layer, cut, take),
            };
            evidence.race(&samples, offer, |error| {
                let alike = candidates.iter().zip(&mut nexts).skip(n).filter(|(other, _)| alike(other));
                alike.for_each(|(other, next)| evidence.extend(other, &error, sums, next));
            });
        }
        nexts.into_iter().reduce(Next::or).unwrap_or_default()
    }

    /// The evidence about layer number `l` from 0, whose dW is `weight`.
    fn evidence<'a>(&'a self, l: usize, weight: &'a WeightHypotheses<'a>) -> Evidence<'a> {
        Evidence {
            number: l + 1,
            layer: &self.reading.layers[l],
            weight,
            tolerance: self.precision.tolerances[l].1,
            decay: self.decay,
            one_number_somewhere: self.one_number_somewhere,
            hidden: l + 1 < self.reading.layers.len(),
            missing_keep: self.missing_keep(l),
        }
    }

    /// The samples on which the hypotheses about a layer are screened before they are tried.
    fn heats(&self) -> Vec<Vec<usize>> {
        heats(self.reading.rows(), &self.reading.widths())
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
