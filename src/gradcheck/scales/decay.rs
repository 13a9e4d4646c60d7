//! Weight decay: what the multiple of a parameter inside its own gradient means.
//!
//! The gradient of λ/c · Σ W² is 2 λ/c · W on weights alone. Here the multiples that were found in dW and db are held
//! against that; without a stated λ only "you add c · W" can be said, and is.

use super::layer::LayerFit;
use crate::gradcheck::equations::norm;
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Reading, Stated, Update};

/// The L2 penalty that a program may have.
pub struct Decay {
    /// The multiples of W that the stated penalty adds to dW: one, or one for each form that λ may have.
    natural: Vec<f64>,
    /// λ, where it is stated and not 0.
    strength: Option<f64>,
    /// Rows of the batch.
    rows: f64,
}

/// What the decay comes to.
pub struct Ruling {
    /// What is wrong with it.
    pub charges: Charges,
    /// What was taken for granted.
    pub remark: Option<String>,
}

/// Multiples are read off to this, relative.
const TOLERANCE: f64 = 1e-4;

impl Decay {
    /// The penalty that is stated.
    pub fn of(stated: &Stated, rows: usize) -> Self {
        let (m, strength) = (rows as f64, stated.l2.filter(|&l2| l2 > 0.0));
        let natural = strength.map_or(Vec::new(), |l| {
            let form = stated.l2_form.as_deref().unwrap_or("").replace(' ', "");
            match form.trim_start_matches(['λ', 'l']).trim_start_matches("ambda") {
                "/(2m)" | "/2m" | "/2/m" => vec![l / m],
                "/2" => vec![l],
                "" if stated.l2_form.is_some() => vec![2.0 * l],
                "/m" => vec![2.0 * l / m],
                _ => vec![l / m, l, 2.0 * l, 2.0 * l / m],
            }
        });
        Decay { natural, strength, rows: m }
    }

    /// What the stated penalty adds to a gradient for each unit of a parameter.
    pub fn stated(&self) -> Option<f64> {
        self.natural.first().copied()
    }

    /// Every multiple that the stated penalty may add, one for each form that it may have.
    pub fn multiples(&self) -> impl Iterator<Item = f64> {
        self.natural.iter().copied()
    }

    /// Explains what was found at all layers; `base` is what the whole gradient is multiplied with (and whether its
    /// sign says nothing), `ratios` what each layer's is. `None` where no penalty would leave such multiples.
    pub fn rule(
        &self,
        reading: &Reading,
        layers: &[LayerFit],
        update: Update,
        (base, signless): (f64, bool),
        ratios: &[Option<f64>],
        tolerances: &[(f64, f64)],
    ) -> Option<Ruling> {
        let direction = if update == Update::Add { -1.0 } else { 1.0 };
        let values = self.values(reading, layers)?;
        let on_bias = self.on_bias(layers)?;
        let weights: Vec<(usize, f64)> = layers
            .iter()
            .enumerate()
            .filter(|(_, layer)| !layer.weight.charges.has(Mistake::L2ValueInsteadOfGradient))
            .map(|(i, layer)| (i, direction * layer.weight.decay))
            .collect();
        let ruling = if self.natural.is_empty() {
            self.unstated(layers, &weights, ratios)?
        } else {
            let visible = |&(i, _): &(usize, f64)| {
                let l = layers[i].number - 1;
                let size = norm(&reading.layers[l].weight) / norm(&reading.layers[l].d_weight);
                self.natural[0] * size > 3.0 * tolerances[l].0
            };
            let seen: Vec<(usize, f64)> = weights.into_iter().filter(visible).collect();
            let slack = |i: usize| {
                let l = layers[i].number - 1;
                tolerances[l].0 * norm(&reading.layers[l].d_weight) / norm(&reading.layers[l].weight)
            };
            let slack: Vec<f64> = (0..layers.len()).map(slack).collect();
            let allowed = |i: usize| {
                let own = ratios[i].map(|ratio| ratio / base); // a factor of this tensor alone reaches the penalty in it
                let all = [Some(1.0), Some(base), Some(base.signum()), ratios[i], ratios[i].map(f64::abs), own];
                all.into_iter().flatten().map(|allowed| if signless { allowed.abs() } else { allowed }).collect()
            };
            self.natural
                .iter()
                .filter_map(|&c| against(c, layers, &seen, &allowed, &slack))
                .min_by(|a, b| a.charges.cost().total_cmp(&b.charges.cost()))?
        };
        Some(Ruling { charges: ruling.charges.and(&values).and(&on_bias), remark: ruling.remark })
    }

    /// Without a stated λ: one and the same multiple everywhere, positive, is taken for granted.
    fn unstated(&self, layers: &[LayerFit], weights: &[(usize, f64)], ratios: &[Option<f64>]) -> Option<Ruling> {
        let Some(&(first, c)) = weights.iter().find(|(_, c)| *c != 0.0) else {
            return Some(Ruling { charges: Charges::none(), remark: None });
        };
        let like = |&(i, d): &(usize, f64)| {
            let scaled = ratios[i].zip(ratios[first]).is_some_and(|(a, b)| close(d * b.abs(), c * a.abs()));
            close(d, c) || scaled || layers[i].weight.multiple.is_none()
        };
        if !weights.iter().all(like) {
            return None;
        }
        if c > 0.0 {
            let remark = Some(format!("dW holds {c:.6} times W: an L2 penalty whose gradient is {c:.6} W"));
            return Some(Ruling { charges: Charges::none(), remark });
        }
        let place = format!("every layer: {c:.6} W");
        Some(Ruling { charges: Charges::one(Mistake::L2Sign, place), remark: None })
    }

    /// The penalty itself in the place of its gradient: the constants that would be one.
    fn values(&self, reading: &Reading, layers: &[LayerFit]) -> Option<Charges> {
        let squares: Vec<f64> = reading.layers.iter().map(|layer| norm(&layer.weight).powi(2)).collect();
        let all: f64 = squares.iter().sum();
        let found: Vec<(usize, f64)> = layers
            .iter()
            .filter(|layer| layer.weight.charges.has(Mistake::L2ValueInsteadOfGradient))
            .map(|layer| (layer.number - 1, layer.weight.constant.abs()))
            .collect();
        let Some(&(first, constant)) = found.first() else { return Some(Charges::none()) };
        let per_layer = found.iter().all(|&(l, k)| close(k / squares[l], constant / squares[first]));
        let alike = found.iter().all(|&(_, k)| close(k, constant));
        let known = |strength: f64| {
            let factors = [1.0, 0.5, 2.0, 1.0 / self.rows, 0.5 / self.rows, 2.0 / self.rows];
            factors
                .iter()
                .any(|f| close(constant, f * strength * squares[first]) || close(constant, f * strength * all))
        };
        let believed = self.strength.map_or(found.len() > 1 && (per_layer || alike), known);
        believed.then(Charges::none)
    }

    /// L2 on the biases: the multiple, or the number, must be the one of the penalty.
    fn on_bias(&self, layers: &[LayerFit]) -> Option<Charges> {
        for layer in layers {
            let Some(bias) = layer.bias.as_ref().filter(|bias| bias.charges.has(Mistake::L2OnBias)) else { continue };
            let found = if bias.decay == 0.0 { bias.constant } else { bias.decay }.abs();
            let factors = [1.0, 2.0, 0.5, self.rows, 1.0 / self.rows];
            let natural = self.natural.iter().any(|c| factors.iter().any(|f| close(found, f * c)));
            let as_weight = layer.weight.decay != 0.0 && close(found, layer.weight.decay.abs());
            if !natural && !as_weight {
                return None;
            }
        }
        Some(Charges::none())
    }
}

/// The multiples of W against the one that the penalty should leave: `allowed` times it, within `slack`.
fn against(
    natural: f64,
    layers: &[LayerFit],
    seen: &[(usize, f64)],
    allowed: &dyn Fn(usize) -> Vec<f64>,
    slack: &[f64],
) -> Option<Ruling> {
    let mut charges = Charges::none();
    let mut wrong: Option<f64> = None;
    for &(i, decay) in seen {
        let times = decay / natural;
        let is = |wanted: f64| (times - wanted).abs() <= (TOLERANCE * wanted.abs()).max(slack[i] / natural);
        if allowed(i).into_iter().any(is) {
            continue;
        }
        if wrong.is_some_and(|wrong| !is(wrong)) {
            return None;
        }
        wrong = Some(times);
        let place = format!("layer {}: {times:.6} times the stated term", layers[i].number);
        let mistake = if times < 0.0 { Mistake::L2Sign } else { Mistake::L2Scaling };
        charges = charges.and(&Charges::one(mistake, place.clone()));
        if times < 0.0 && !allowed(i).into_iter().any(|allowed| is(-allowed.abs())) {
            charges = charges.and(&Charges::one(Mistake::L2Scaling, place));
        }
    }
    Some(Ruling { charges, remark: None })
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * b.abs()
}
