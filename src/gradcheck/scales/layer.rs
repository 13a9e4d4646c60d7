//! What was found at one layer.

use crate::gradcheck::hypotheses::Found;

/// What was found at one layer, seen from the output down.
#[derive(Clone, Debug)]
pub struct LayerFit {
    /// Its number, from 1.
    pub number: usize,
    /// How dW is made.
    pub weight: Found,
    /// How db is made, where it was dumped.
    pub bias: Option<Found>,
    /// Layers of one group inherit scale and sign from each other; 0 is that of the output.
    pub group: usize,
    /// What is missing if dropout's scale is missing at one, two, … of the layers from here up; none without dropout.
    pub keep: Vec<f64>,
}
