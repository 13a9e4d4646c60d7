//! The ratios of one layer: the multiples of dW and db, relative to what they should be, and what explains the two
//! together.
//!
//! People divide both by the same number, or forget one of them, so the two gradients of a layer are explained as a pair.
//! A tensor that is off by a constant of its own explains anything and is therefore the last resort.

use super::expectation::Expectation;
use super::factor::{Factor, commonly_written};
use super::layer::LayerDerivation;
use super::own_constants::OwnConstants;
use crate::gradcheck::hypotheses::Derivation;
use crate::gradcheck::mistakes::{Detail, FactorMeaning, Mistake, Mistakes, Occurrence, Scope, TensorName};

/// A tolerance above this is too wide for a number to be taken for one that people write.
const CHANCE: f64 = 2e-3;

/// The multiples of one layer over the one that both should be.
pub struct LayerRatios {
    /// The number of rows of the batch.
    rows: f64,
    number: usize,
    weight: Ratio,
    bias: Ratio,
    /// Whether db was dumped at all.
    has_bias: bool,
}

/// The multiple of one tensor over the one that it should be.
struct Ratio {
    name: TensorName,
    /// `None` where nothing depends on it, or the tensor was not dumped. Such a ratio fits every factor.
    value: Option<f64>,
    /// How far it may be from a factor, relative.
    slack: f64,
    /// How far a number that is written with many digits may be from it, relative.
    tolerance: f64,
    /// Whether any dump would be some multiple, so that only a commonly written number is evidence.
    always_fits: bool,
}

impl LayerRatios {
    /// The multiples of a layer over `unit`.
    pub fn of(expectation: &Expectation, layer: &LayerDerivation, unit: f64) -> Self {
        let ratio = |name: TensorName, found: Option<&Derivation>| {
            let value = found.and_then(|found| found.multiple).map(|multiple| multiple / unit);
            let slack = found.map_or(0.0, |found| slack(expectation.tolerance, found));
            let always_fits = found.is_some_and(|found| found.always_fits);
            Ratio { name, value, slack, tolerance: expectation.tolerance, always_fits }
        };
        LayerRatios {
            rows: expectation.rows,
            number: layer.number,
            weight: ratio(TensorName::weight(layer.number), Some(&layer.weight)),
            bias: ratio(TensorName::bias(layer.number), layer.bias.as_ref()),
            has_bias: layer.bias.is_some(),
        }
    }

    /// What explains both ratios: a factor of the layer, with the sign or the scale of db apart from that of dW, or with
    /// a tensor that is off by a constant of its own.
    pub fn explain(&self, factors: &[Factor]) -> Vec<(Mistakes, OwnConstants)> {
        let opposite = Mistakes::one(Mistake::BiasSign, Occurrence::layer(self.number));
        let mut all = Vec::new();
        for Factor { size, mistakes, .. } in factors {
            for (sign, signs) in [(1.0, Mistakes::none()), (-1.0, opposite.clone())] {
                self.by_factor(*size, sign, &mistakes.and(&signs), &mut all);
            }
        }
        let none = Mistakes::none();
        let both = self.weight.constant(1.0, &none).into_iter().flat_map(|(mistakes, one)| match self.bias.value {
            Some(_) => self.bias.constant(1.0, &mistakes).map(|(mistakes, two)| (mistakes, one.and(two))),
            None => Some((mistakes, one)),
        });
        all.extend(both);
        all
    }

    /// Adds to `all` what explains the ratios by one factor, if db has this `sign` relative to dW. There are three ways:
    /// both have the factor; one of them is a sum over the batch and the other a mean, so that they differ by m; or one
    /// has it and the other is off by a constant of its own, with or without that difference.
    fn by_factor(&self, factor: f64, sign: f64, mistakes: &Mistakes, all: &mut Vec<(Mistakes, OwnConstants)>) {
        let m = self.rows;
        let mismatch = mistakes.and(&Mistakes::one(Mistake::BiasWeightScaleMismatch, Occurrence::layer(self.number)));
        let bias_fits = |by: f64| self.bias.fits(sign * factor * by);
        let (weight_fits, both_fit) = (self.weight.fits(factor), bias_fits(1.0));
        if weight_fits && both_fit {
            all.push((mistakes.clone(), OwnConstants::default()));
        }
        let mismatched = weight_fits && (bias_fits(m) || bias_fits(1.0 / m))
            || both_fit && (self.weight.fits(factor * m) || self.weight.fits(factor / m));
        if self.has_bias && mismatched {
            all.push((mismatch.clone(), OwnConstants::default()));
        }
        for (by, mistakes) in [(1.0, mistakes), (m, &mismatch), (1.0 / m, &mismatch)] {
            if self.bias.value.is_some() && both_fit && !weight_fits {
                all.extend(self.weight.constant(factor * by, mistakes));
            }
            if weight_fits && !both_fit {
                all.extend(self.bias.constant(sign * factor * by, mistakes));
            }
        }
    }
}

impl Ratio {
    /// Whether the ratio is this factor, as far as its digits tell.
    fn fits(&self, factor: f64) -> bool {
        self.value.is_none_or(|ratio| same(ratio, factor, self.slack))
    }

    /// This tensor alone off by a constant, on top of a factor and its mistakes. The constant has to be positive.
    fn constant(&self, factor: f64, mistakes: &Mistakes) -> Option<(Mistakes, OwnConstants)> {
        let constant = self.value.map(|ratio| ratio / factor);
        let constant = constant.filter(|&constant| constant > 0.0 && !same(constant, 1.0, self.slack))?;
        let written = self.tolerance < CHANCE && commonly_written(constant, self.tolerance);
        if self.always_fits && !written {
            return None;
        }
        let detail = Detail::Factor(FactorMeaning::constant(constant));
        let off = Mistakes::one(Mistake::WrongConstantFactor, Occurrence { scope: Scope::Tensor(self.name), detail });
        Some((mistakes.and(&off), OwnConstants::one(constant, self.slack)))
    }
}

/// Whether `a` is `b` to within `slack`, relative.
fn same(a: f64, b: f64, slack: f64) -> bool {
    (a / b - 1.0).abs() <= slack
}

/// How far a multiple may be from its factor: further than the tolerance, where the equation gives little of the dump.
fn slack(tolerance: f64, found: &Derivation) -> f64 {
    (tolerance / found.share.clamp(1e-9, 1.0)).min(0.3).max(tolerance)
}
