//! Scale and sign: what the multiples mean by which a dump differs from its equations.
//!
//! No equation can tell a sum from a mean: it is one number, and numbers collide (m = 24 rows and a layer of 12 units
//! have m / n = 2). So a number is compared with every name that it could have, the whole set of tensors is explained
//! with as few names as possible, and all stories that need equally few are kept.

use super::constants::Alone;
use super::factor::{Factor, UPDATE, written};
use super::frame::Scales;
use super::layer::LayerFit;
use crate::gradcheck::hypotheses::Found;
use crate::gradcheck::mistakes::{Charges, Mistake};

/// One way to explain all multiples.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The mistakes that it takes.
    pub charges: Charges,
    /// What the multiples of the first group are multiplied with, with its sign, beside the expected one.
    pub base: f64,
    /// What the user is told about the scale though it is no mistake.
    pub remark: Option<String>,
    /// How unlikely it is.
    pub cost: f64,
}

/// Explanations that need this much more than the best are dropped.
const RIVAL: f64 = 1.2;
/// No more explanations are followed at a time.
const BEAM: usize = 48;
/// Taking the dump for rate · gradient is less likely than one mistake and more than two.
const UNUSUAL: f64 = 1.4;
/// Taking it for the step itself, sign and all, is about as likely as a sign and a factor.
const TURNED: f64 = 0.5;
/// A number to fewer digits than this is near one that people write by chance.
const CHANCE: f64 = 2e-3;

/// Said where the gradient has the rate in it and the opposite sign.
pub const STEP: &str = "the dump is the step, minus rate times gradient: right if you add it as it is";

impl Scales<'_> {
    fn same(a: f64, b: f64, slack: f64) -> bool {
        (a / b - 1.0).abs() <= slack
    }

    /// How far a multiple may be from its name: further, where the equation gives little of the dump.
    fn slack(&self, found: &Found) -> f64 {
        (self.tolerance / found.share.clamp(1e-9, 1.0)).min(0.3).max(self.tolerance)
    }

    /// Every way to explain the layers' multiples that needs about as few mistakes as the best.
    pub fn explain(&self, layers: &[LayerFit]) -> Vec<Explanation> {
        let mut starts = self.starts();
        starts.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let factors: Vec<Vec<Factor>> = layers.iter().map(|layer| self.factors(layer)).collect();
        let choices = natural(layers);
        let mut all: Vec<Explanation> = Vec::new();
        let mut limit = f64::INFINITY;
        for start in starts {
            if start.cost > limit {
                break;
            }
            for layers in &choices {
                let found = self.follow(&start, layers, &factors, limit);
                limit = found.iter().map(|explanation| explanation.cost + RIVAL).fold(limit, f64::min);
                all.extend(found);
            }
        }
        all.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        all.retain(|explanation| explanation.cost <= limit);
        all
    }

    /// Every base with either sign.
    fn starts(&self) -> Vec<Explanation> {
        let mut all = Vec::new();
        for base in self.bases() {
            for sign in [1.0, -1.0] {
                let update = base.remark == Some(UPDATE);
                let charges = match (sign < 0.0, self.signless || update) {
                    (true, false) => base.charges.and(&Charges::one(Mistake::ResidualSign, "output")),
                    _ => base.charges.clone(),
                };
                let remark = match base.remark {
                    Some(_) if update && sign < 0.0 => Some(STEP),
                    remark => remark,
                };
                all.push(Explanation {
                    cost: charges.cost()
                        + if update { UNUSUAL } else { 0.0 }
                        + if remark == Some(STEP) { TURNED } else { 0.0 },
                    charges,
                    base: sign * base.size,
                    remark: remark.map(str::to_string),
                });
            }
        }
        all
    }

    /// Explains layer after layer on top of a base.
    fn follow(
        &self,
        start: &Explanation,
        layers: &[LayerFit],
        factors: &[Vec<Factor>],
        limit: f64,
    ) -> Vec<Explanation> {
        let unusual = start.cost - start.charges.cost();
        let tensors: usize = layers.iter().map(|layer| 1 + usize::from(layer.bias.is_some())).sum();
        let mut beam = vec![(start.clone(), Alone::default())];
        for (layer, factors) in layers.iter().zip(factors) {
            let mut next: Vec<(Explanation, Alone)> = Vec::new();
            for (so_far, alone) in &beam {
                for (charges, more) in self.layer(layer, factors, so_far.base) {
                    let (charges, alone) = (so_far.charges.and(&charges), alone.and(more));
                    let cost = charges.cost() + unusual + alone.cost();
                    let others = tensors > 1 && alone.tensors <= (tensors / 2).max(1);
                    if cost <= limit && (others || alone.tensors == 0) {
                        next.push((Explanation { charges, cost, ..so_far.clone() }, alone));
                    }
                }
            }
            next.sort_by(|a, b| a.0.cost.total_cmp(&b.0.cost));
            next.truncate(BEAM);
            beam = next;
        }
        beam.into_iter().map(|(explanation, _)| explanation).collect()
    }

    /// What explains the multiples of one layer, with the tensors that it calls off by a constant.
    fn layer(&self, layer: &LayerFit, factors: &[Factor], base: f64) -> Vec<(Charges, Alone)> {
        let natural: Vec<f64> = if layer.group == 0 {
            vec![base * self.expected()]
        } else {
            // Errors that start anew carry their own sign, and the division by the rows or not.
            let sizes = [base * self.expected(), 1.0, 1.0 / self.rows, 1.0 / (self.rows * self.outputs())];
            sizes.iter().flat_map(|size| [*size, -size]).collect()
        };
        let mut all: Vec<(Charges, Alone)> =
            natural.into_iter().flat_map(|unit| self.pair(layer, factors, unit)).collect();
        all.sort_by(|a, b| a.0.cost().total_cmp(&b.0.cost()));
        all.truncate(BEAM);
        all
    }

    /// The multiples of dW and db against `unit`.
    fn pair(&self, layer: &LayerFit, factors: &[Factor], unit: f64) -> Vec<(Charges, Alone)> {
        let place = format!("layer {}", layer.number);
        let ratio = |found: &Found| found.multiple.map(|multiple| multiple / unit);
        let weight = ratio(&layer.weight);
        let bias = layer.bias.as_ref().and_then(ratio);
        let slacks = [self.slack(&layer.weight), layer.bias.as_ref().map_or(0.0, |bias| self.slack(bias))];
        let singles = [layer.weight.single, layer.bias.as_ref().is_some_and(|bias| bias.single)];
        let fits =
            |t: usize, ratio: Option<f64>, factor: f64| ratio.is_none_or(|ratio| Self::same(ratio, factor, slacks[t]));
        let fits_weight = |factor: f64| fits(0, weight, factor);
        // One tensor alone off by a constant of the right sign, on top of other charges.
        let off = |t: usize, ratio: Option<f64>, by: f64, charges: &Charges| {
            let alone = ratio.map(|ratio| ratio / by).filter(|&off| off > 0.0 && !Self::same(off, 1.0, slacks[t]))?;
            // Where any dump is some multiple, only a number that people write, to many digits, is evidence.
            if singles[t] && !(self.tolerance < CHANCE && written(alone, self.tolerance)) {
                return None;
            }
            let text = format!("{}{}: factor {alone:.6}", ["dW", "db"][t], layer.number);
            Some((charges.and(&Charges::one(Mistake::WrongConstantFactor, text)), Alone::one(alone, slacks[t])))
        };
        let opposite = Charges::one(Mistake::BiasSign, place.clone());
        let mismatch = Charges::one(Mistake::BiasWeightScaleMismatch, place.clone());
        let m = self.rows;
        let mut all = Vec::new();
        for Factor { size, charges, .. } in factors {
            let factor = *size;
            let weight_fits = fits_weight(factor);
            for (sign, signs) in [(1.0, Charges::none()), (-1.0, opposite.clone())] {
                let charges = charges.and(&signs);
                let bias_fits = |by: f64| fits(1, bias, sign * factor * by);
                if weight_fits && bias_fits(1.0) {
                    all.push((charges.clone(), Alone::default()));
                }
                let mismatched = weight_fits && (bias_fits(m) || bias_fits(1.0 / m))
                    || bias_fits(1.0) && (fits_weight(factor * m) || fits_weight(factor / m));
                if layer.bias.is_some() && mismatched {
                    all.push((charges.and(&mismatch), Alone::default()));
                }
                for (by, charges) in
                    [(1.0, charges.clone()), (m, charges.and(&mismatch)), (1.0 / m, charges.and(&mismatch))]
                {
                    if bias.is_some() && bias_fits(1.0) && !weight_fits {
                        all.extend(off(0, weight, factor * by, &charges));
                    }
                    if weight_fits && !bias_fits(1.0) {
                        all.extend(off(1, bias, sign * factor * by, &charges));
                    }
                }
            }
        }
        let none = Charges::none();
        let both = off(0, weight, 1.0, &none).into_iter().flat_map(|(charges, one)| match bias {
            Some(_) => off(1, bias, 1.0, &charges).map(|(charges, two)| (charges, one.and(two))),
            None => Some((charges, one)),
        });
        all.extend(both);
        all
    }
}

/// The layers with every multiple that their equations may have by nature taken off, the same everywhere.
fn natural(layers: &[LayerFit]) -> Vec<Vec<LayerFit>> {
    let most = |found: fn(&LayerFit) -> Option<&Found>| {
        layers.iter().filter_map(found).map(|found| found.also.len()).max().unwrap_or(0)
    };
    let (weights, biases) = (most(|layer| Some(&layer.weight)), most(|layer| layer.bias.as_ref()));
    let over = |found: &Found, choice: usize| {
        let by = choice.checked_sub(1).and_then(|choice| found.also.get(choice)).copied().unwrap_or(1.0);
        Found { multiple: found.multiple.map(|multiple| multiple / by), ..found.clone() }
    };
    let choices = (0..=weights).flat_map(|w| (0..=biases).map(move |b| (w, b)));
    let taken_off = |(w, b): (usize, usize)| {
        let layer = |layer: &LayerFit| LayerFit {
            weight: over(&layer.weight, w),
            bias: layer.bias.as_ref().map(|bias| over(bias, b)),
            ..layer.clone()
        };
        layers.iter().map(layer).collect()
    };
    choices.map(taken_off).collect()
}
