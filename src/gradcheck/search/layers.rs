//! The court: the backward pass, composed with every mistake of the table, layer by layer from the output down, until
//! the smallest set is found that reproduces the dump.
//!
//! A layer's dW and db depend on the error at that layer alone, so the search need not try all combinations at once:
//! what fits the last layer goes on to the one before it. What is right everywhere comes out with no charge at all.

use std::collections::HashSet;

use super::candidate::{BEAM, Chain, best};
use crate::gradcheck::dump::Precision;
use crate::gradcheck::equations::{Fit, Forward};
use crate::gradcheck::hypotheses::{
    Delta, Evidence, Found, Place, Site, Target, arrivals, bias_fits, cut_anywhere, hidden_deltas, key, output_deltas,
    over_all, over_batch,
};
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Matrix, Network, Reading, Stated, Update};
use crate::gradcheck::scales::LayerFit;

/// As soon as there are so many chains only the likeliest stay: on a batch that shows nothing everything fits.
const CROWD: usize = 64 * BEAM;
/// Chains times cuts times numbers of a layer, for which every cut is tried.
const MOST_WORK: usize = 200_000;

/// A case before the court.
pub struct Case<'a> {
    /// What was dumped.
    pub reading: &'a Reading,
    /// Under which conventions it is read.
    pub network: &'a Network,
    /// What is stated.
    pub stated: &'a Stated,
    /// The forward pass.
    pub forward: &'a Forward,
    /// How well anything can fit.
    pub precision: &'a Precision,
    /// What the stated L2 penalty adds to a gradient for each unit of a parameter.
    pub decay: Option<f64>,
}

/// How far the search came.
pub struct Outcome {
    /// What reproduces the whole dump, or as much of it as anything does.
    pub chains: Vec<Chain>,
    /// Where nothing is left: the number of the layer, from 1, and whether its dW found an equation and only db none.
    pub stuck: Option<(usize, bool)>,
}

impl Case<'_> {
    /// Searches; `thorough` tries every row that may have been cut from the weights where nothing else explains them.
    pub fn search(&self, thorough: bool) -> Outcome {
        let last = self.reading.layers.len() - 1;
        let mut chains: Vec<Chain> = Vec::new();
        for l in (0..=last).rev() {
            let target = Target::new(self.reading, self.forward, l, self.precision.tolerances[l].0, self.decay);
            let mut only_bias = false;
            let mut next = Vec::new();
            if l == last {
                for delta in self.output() {
                    self.extend(&self.start(&delta), delta, l, &target, &mut next, &mut only_bias);
                }
            } else {
                let site = Site::new(self.forward, l, self.network.hidden[l], target);
                for (chain, every_cut) in
                    chains.iter().map(|chain| (chain, false)).chain(self.again(&chains, l, thorough))
                {
                    if every_cut && !next.is_empty() {
                        break;
                    }
                    self.below(chain, l, &site, every_cut, &mut |delta| {
                        self.extend(chain, delta, l, &site.target, &mut next, &mut only_bias);
                    });
                }
            }
            if next.is_empty() {
                return Outcome { chains, stuck: Some((l + 1, only_bias)) };
            }
            chains = best(next);
        }
        Outcome { chains, stuck: None }
    }

    fn output(&self) -> Vec<Delta> {
        let last = self.reading.layers.len() - 1;
        let own = self.reading.layers[last].a.as_ref();
        let all = output_deltas(self.network, &self.forward.z[last], own, &self.reading.targets);
        let mut seen = HashSet::new();
        all.into_iter().filter(|delta| seen.insert(fingerprint(delta))).collect()
    }

    /// The likeliest chains once more, for every row that may have been cut from the weights: as many as take no time.
    fn again<'c>(&self, chains: &'c [Chain], l: usize, thorough: bool) -> Vec<(&'c Chain, bool)> {
        let work = self.reading.layers[l + 1].weight.nrows() * self.forward.z[l].len();
        let affordable = if thorough { MOST_WORK / work.max(1) } else { 0 };
        chains.iter().take(affordable).map(|chain| (chain, true)).collect()
    }

    fn start(&self, delta: &Delta) -> Chain {
        Chain {
            charges: Charges::none(),
            layers: Vec::new(),
            signless: delta.fresh,
            delta: delta.delta.clone(),
            upstream: delta.upstream.clone(),
            residual: delta.upstream[0].clone(),
            group: 0,
        }
    }

    /// Tries every error at layer number `l` from 0 that can come down from a chain.
    fn below(&self, chain: &Chain, l: usize, site: &Site, every_cut: bool, attempt: &mut dyn FnMut(Delta)) {
        let above = &self.reading.layers[l + 1];
        let directions: &[f64] = match self.stated.update {
            Some(Update::Subtract) => &[-1.0],
            Some(Update::Add) => &[1.0],
            None => &[-1.0, 1.0],
        };
        let steps: Vec<f64> =
            self.stated.rate.map_or(Vec::new(), |rate| directions.iter().map(|sign| sign * rate).collect());
        let place = Place {
            site,
            dim: self.forward.z[l].dim(),
            delta: &chain.delta,
            upstream: &chain.upstream,
            residual: &chain.residual,
            values: &self.values(l + 1, chain),
            weight: &above.weight,
            d_weight: &above.d_weight,
            bias: above.bias.as_ref().map(|bias| (bias, above.d_bias.as_ref())),
            steps: &steps,
            direction: self.stated.update.map(|_| directions[0]),
            scales: &self.scales(),
        };
        let all = if every_cut { cut_anywhere(&place) } else { arrivals(&place) };
        all.iter().for_each(|arrival| hidden_deltas(&place, arrival).into_iter().for_each(&mut *attempt));
    }

    /// Adds to `next` what a chain becomes with this error at layer number `l` from 0, if the dump agrees.
    fn extend(
        &self,
        chain: &Chain,
        delta: Delta,
        l: usize,
        target: &Target,
        next: &mut Vec<Chain>,
        only_bias: &mut bool,
    ) {
        let layer = &self.reading.layers[l];
        let tolerances = self.precision.tolerances[l];
        let agrees = |own: &Matrix| Fit::of(own, &[&delta.delta]).is_some_and(|fit| fit.residual < 1e-4);
        if layer.delta.as_ref().is_some_and(|own| !agrees(own)) {
            return;
        }
        let built = delta.built.as_ref().unwrap_or(&delta.delta);
        let group = chain.group + usize::from(delta.fresh && l + 1 < self.reading.layers.len());
        for (n, weight) in target.fits(built).iter().enumerate() {
            let biases: Vec<Option<Found>> = match &layer.d_bias {
                None => vec![None],
                Some(_) => {
                    let (tolerance, decay) = (tolerances.1, self.decay);
                    let evidence = Evidence { layer, l, tolerance, decay, weight };
                    let key = key(&delta.delta) ^ key(built).rotate_left(1) ^ n as u64;
                    let found = target.biases.of(key, || {
                        let mut found = bias_fits(&evidence, &delta.delta);
                        if delta.built.is_some() {
                            found.extend(bias_fits(&evidence, built));
                        }
                        found
                    });
                    found.iter().cloned().map(Some).collect()
                }
            };
            *only_bias |= biases.is_empty();
            for bias in biases {
                let mut charges = chain.charges.and(&delta.charges).and(&weight.charges);
                if let Some(bias) = &bias {
                    charges = charges.and(&bias.charges);
                }
                let mut layers = chain.layers.clone();
                layers.push(LayerFit { number: l + 1, weight: weight.clone(), bias, group, keep: self.keep(l) });
                if next.len() >= CROWD {
                    *next = best(std::mem::take(next));
                }
                next.push(Chain {
                    charges,
                    layers,
                    signless: chain.signless,
                    delta: delta.delta.clone(),
                    upstream: delta.upstream.clone(),
                    residual: chain.residual.clone(),
                    group,
                });
            }
        }
    }

    /// The multiples with which errors may run through the user's program: summed or averaged, of a squared error or of
    /// its half, and of either sign.
    fn scales(&self) -> Vec<f64> {
        let (m, k) = (self.reading.rows() as f64, self.reading.targets.right.ncols() as f64);
        let means = [1.0, 1.0 / m, 1.0 / (m * k)].into_iter().take(if k > 1.0 { 3 } else { 2 });
        let factors: &[f64] = if self.network.fused() { &[1.0] } else { &[1.0, 2.0] };
        means.flat_map(|mean| factors.iter().flat_map(move |factor| [mean * factor, -mean * factor])).collect()
    }

    /// What layer number `l` from 0 puts out, before and after dropout, and with the mistakes that a chain finds there.
    fn values(&self, l: usize, chain: &Chain) -> Vec<Matrix> {
        let after = self.forward.inputs.get(l + 1).filter(|_| self.forward.masks[l].is_some());
        let mut all: Vec<Matrix> = std::iter::once(&self.forward.a[l]).chain(after).cloned().collect();
        if l + 1 == self.reading.layers.len() {
            let z = &self.forward.z[l];
            all.extend(chain.charges.has(Mistake::SoftmaxOverBatch).then(|| over_batch(z)));
            all.extend(chain.charges.has(Mistake::SoftmaxOverAll).then(|| over_all(z)));
        }
        all
    }

    /// What the errors at layer number `l` from 0 lack if the scale of dropout is missing at one, two, … of the layers
    /// from there up.
    fn keep(&self, l: usize) -> Vec<f64> {
        let masks = self.forward.masks[l..].iter().flatten().count() as i32;
        (1..=masks).map(|missing| self.network.keep.powi(missing)).filter(|&keep| keep != 1.0).collect()
    }
}

/// Equal for errors that no dump can tell apart.
fn fingerprint(delta: &Delta) -> (String, String, bool) {
    let hash = |matrix: &Matrix| {
        let sum: f64 = matrix.iter().enumerate().map(|(i, v)| v * (1.0 + (i as f64 * 0.7).sin())).sum();
        format!("{sum:.10e}")
    };
    let built = delta.built.as_ref().unwrap_or(&delta.delta);
    (hash(&delta.delta) + &hash(&delta.upstream[0]), hash(built), delta.fresh)
}
