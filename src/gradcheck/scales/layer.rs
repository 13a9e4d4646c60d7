//! The derivations that a candidate has for one layer, which is what scales are read from.

use crate::gradcheck::hypotheses::Derivation;

/// How the dumped gradients of one layer were computed.
#[derive(Clone, Debug)]
pub struct LayerDerivation {
    /// The number of the layer, from 1.
    pub number: usize,
    /// How dW was computed.
    pub weight: Derivation,
    /// How db was computed, where it was dumped.
    pub bias: Option<Derivation>,
    /// The layers of one group inherit sign and scale from each other. Group 0 is that of the output; an error with a
    /// scale of its own begins another.
    pub group: usize,
    /// What the multiples lack if the scale of dropout is missing at one, two, … of the layers from here up. Empty
    /// without dropout.
    pub keep: Vec<f64>,
}
