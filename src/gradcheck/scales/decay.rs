//! Weight decay: what it means that a multiple of a parameter is inside its own gradient.
//!
//! The gradient of an L2 penalty λ c Σ W² is 2 λ c · W, on weights alone (Krogh and Hertz 1992). Here the multiples that
//! were found in dW and db are held against that. If no λ is stated, all that can be said is «you add c · W», and that
//! is said.

use super::layer::LayerDerivation;
use crate::gradcheck::equations::norm;
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence, Remark, Scope};
use crate::gradcheck::reading::{PenaltyForm, Reading, Stated, UpdateSign};

/// The L2 penalty of a program, as far as it is stated.
pub struct Decay {
    /// The multiples of W that the penalty adds to dW: one, or one for each form that λ may have. Empty without a λ.
    natural: Vec<f64>,
    /// λ, where it is stated and not 0.
    strength: Option<f64>,
    /// The number of rows of the batch.
    rows: f64,
}

/// The layers of a candidate under one explanation of their scales.
pub struct ScaledLayers<'a> {
    /// The dump.
    pub reading: &'a Reading,
    /// How each layer was derived, from the output down.
    pub layers: &'a [LayerDerivation],
    /// The tolerances of d_weight and d_bias, from the first layer on.
    pub tolerances: &'a [(f64, f64)],
    /// The multiple of each layer's dW over the one that is expected, from the output down.
    pub ratios: &'a [Option<f64>],
    /// The sign of the update.
    pub update: UpdateSign,
    /// What the gradient as a whole is multiplied with.
    pub base: f64,
    /// Whether the sign of that says nothing.
    pub sign_unknown: bool,
}

/// Multiples are read off to this, relative.
const TOLERANCE: f64 = 1e-4;

impl Decay {
    /// The penalty that is stated, on a batch of `rows` rows.
    pub fn of(stated: &Stated, rows: usize) -> Self {
        let (rows, strength) = (rows as f64, stated.l2.filter(|&l2| l2 > 0.0));
        use PenaltyForm::{Half, HalfOverRows, OverRows, Plain};
        let forms = stated.l2_form.map_or(vec![HalfOverRows, Half, Plain, OverRows], |form| vec![form]);
        let multiples = |lambda: f64| forms.iter().map(|form| form.multiple(lambda, rows)).collect();
        Decay { natural: strength.map_or(Vec::new(), multiples), strength, rows }
    }

    /// What the stated penalty adds to a gradient for each unit of a parameter, in the first form that it may have.
    pub fn stated(&self) -> Option<f64> {
        self.natural.first().copied()
    }

    /// What the stated penalty may add for each unit of a parameter, one number for each form that it may have.
    pub fn multiples(&self) -> impl Iterator<Item = f64> {
        self.natural.iter().copied()
    }

    /// The mistakes that explain the multiples of all parameters, and what was taken for granted. `None` where no
    /// penalty would leave such multiples.
    pub fn explain(&self, scaled: &ScaledLayers) -> Option<(Mistakes, Option<Remark>)> {
        if !self.explains_constants(scaled) || !self.explains_biases(scaled.layers) {
            return None;
        }
        let direction = if scaled.update == UpdateSign::Add { -1.0 } else { 1.0 };
        let weights = scaled.layers.iter().enumerate();
        let weights = weights.filter(|(_, layer)| !layer.weight.mistakes.has(Mistake::L2ValueInsteadOfGradient));
        let weights: Vec<(usize, f64)> = weights.map(|(i, layer)| (i, direction * layer.weight.decay)).collect();
        if self.natural.is_empty() {
            return unstated(scaled, &weights);
        }
        let seen: Vec<(usize, f64)> = weights.into_iter().filter(|&(i, _)| self.shows(scaled, i)).collect();
        let against = |&natural: &f64| against(scaled, natural, &seen);
        let found = self.natural.iter().filter_map(against).min_by(|a, b| a.cost().total_cmp(&b.cost()))?;
        Some((found, None))
    }

    /// Whether the stated penalty is large enough to be seen in the dW of the layer at place `i`.
    fn shows(&self, scaled: &ScaledLayers, i: usize) -> bool {
        let l = scaled.layers[i].number - 1;
        let size = norm(&scaled.reading.layers[l].weight) / norm(&scaled.reading.layers[l].d_weight);
        self.natural[0] * size > 3.0 * scaled.tolerances[l].0
    }

    /// Whether the constants in dW, where there are any, may be the penalty itself in the place of its gradient. With a
    /// stated λ the first of them must be λ Σ W², of its own layer or of all, up to the usual factors. Without one, two
    /// layers must agree with each other.
    fn explains_constants(&self, scaled: &ScaledLayers) -> bool {
        let squares: Vec<f64> = scaled.reading.layers.iter().map(|layer| norm(&layer.weight).powi(2)).collect();
        let all: f64 = squares.iter().sum();
        let found: Vec<(usize, f64)> = scaled
            .layers
            .iter()
            .filter(|layer| layer.weight.mistakes.has(Mistake::L2ValueInsteadOfGradient))
            .map(|layer| (layer.number - 1, layer.weight.constant.abs()))
            .collect();
        let Some(&(first, constant)) = found.first() else { return true };
        let per_layer = found.iter().all(|&(l, k)| close(k / squares[l], constant / squares[first]));
        let alike = found.iter().all(|&(_, k)| close(k, constant));
        let known = |strength: f64| {
            let factors = [1.0, 0.5, 2.0, 1.0 / self.rows, 0.5 / self.rows, 2.0 / self.rows];
            factors
                .iter()
                .any(|f| close(constant, f * strength * squares[first]) || close(constant, f * strength * all))
        };
        self.strength.map_or(found.len() > 1 && (per_layer || alike), known)
    }

    /// Whether the L2 terms in db, where there are any, have the size of the penalty or of the term in dW.
    fn explains_biases(&self, layers: &[LayerDerivation]) -> bool {
        layers.iter().all(|layer| {
            let bias = layer.bias.as_ref().filter(|bias| bias.mistakes.has(Mistake::L2OnBias));
            let Some(bias) = bias else { return true };
            let found = if bias.decay == 0.0 { bias.constant } else { bias.decay }.abs();
            let factors = [1.0, 2.0, 0.5, self.rows, 1.0 / self.rows];
            let natural = self.natural.iter().any(|c| factors.iter().any(|f| close(found, f * c)));
            natural || layer.weight.decay != 0.0 && close(found, layer.weight.decay.abs())
        })
    }
}

/// Without a stated λ, one and the same multiple in all layers is taken for a penalty, or one in a single layer, since
/// people choose what they penalise; a positive one is granted. `weights` are places in the layers, with the multiple of W that was found there.
fn unstated(scaled: &ScaledLayers, weights: &[(usize, f64)]) -> Option<(Mistakes, Option<Remark>)> {
    let Some(&(first, c)) = weights.iter().find(|(_, c)| *c != 0.0) else {
        return Some((Mistakes::none(), None));
    };
    let ratios = scaled.ratios;
    let like = |&(i, d): &(usize, f64)| {
        let same = ratios[i].zip(ratios[first]).is_some_and(|(a, b)| close(d * b.abs(), c * a.abs()));
        close(d, c) || same || scaled.layers[i].weight.multiple.is_none()
    };
    let alone = weights.len() > 1 && weights.iter().all(|&(i, d)| i == first || d == 0.0);
    if !alone && !weights.iter().all(like) {
        return None;
    }
    let layer = alone.then(|| scaled.layers[first].number);
    if c > 0.0 {
        return Some((Mistakes::none(), Some(Remark::Penalty { multiple: c, layer })));
    }
    let scope = layer.map_or(Scope::EveryLayer, Scope::Layer);
    let occurrence = Occurrence { scope, detail: Detail::PenaltyMultiple(c) };
    Some((Mistakes::one(Mistake::L2Sign, occurrence), None))
}

/// The mistakes that explain the multiples of W if the penalty should add `natural` · W. `None` where two layers are off
/// by different factors.
fn against(scaled: &ScaledLayers, natural: f64, seen: &[(usize, f64)]) -> Option<Mistakes> {
    let mut mistakes = Mistakes::none();
    let mut wrong: Option<f64> = None;
    for &(i, decay) in seen {
        let allowed = allowed(scaled, i);
        let times = decay / natural;
        let slack = slack(scaled, i) / natural;
        let is = |wanted: f64| (times - wanted).abs() <= (TOLERANCE * wanted.abs()).max(slack);
        if allowed.iter().copied().any(is) {
            continue;
        }
        if wrong.is_some_and(|wrong| !is(wrong)) {
            return None;
        }
        wrong = Some(times);
        let occurrence = Occurrence::layer(scaled.layers[i].number).with(Detail::PenaltyTimes(times));
        let mistake = if times < 0.0 { Mistake::L2Sign } else { Mistake::L2Scaling };
        mistakes = mistakes.and(&Mistakes::one(mistake, occurrence));
        if times < 0.0 && !allowed.iter().any(|allowed| is(-allowed.abs())) {
            mistakes = mistakes.and(&Mistakes::one(Mistake::L2Scaling, occurrence));
        }
    }
    Some(mistakes)
}

/// The multiples of the stated term that are right in the layer at place `i`: the term may have gone through the same
/// factors as the gradient, or through none of them, and a factor of this tensor alone reaches the term in it.
fn allowed(scaled: &ScaledLayers, i: usize) -> Vec<f64> {
    let (base, ratio) = (scaled.base, scaled.ratios[i]);
    let own = ratio.map(|ratio| ratio / base);
    let all = [Some(1.0), Some(base), Some(base.signum()), ratio, ratio.map(f64::abs), own];
    all.into_iter().flatten().map(|allowed| if scaled.sign_unknown { allowed.abs() } else { allowed }).collect()
}

/// How far rounding may move the multiple of W in the layer at place `i`.
fn slack(scaled: &ScaledLayers, i: usize) -> f64 {
    let l = scaled.layers[i].number - 1;
    scaled.tolerances[l].0 * norm(&scaled.reading.layers[l].d_weight) / norm(&scaled.reading.layers[l].weight)
}

/// Whether `a` is `b`, relative to `b`, to as many digits as multiples are read off to.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * b.abs()
}
