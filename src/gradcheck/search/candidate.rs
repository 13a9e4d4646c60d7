//! Equations of some layers that reproduce what was dumped of them.

use crate::gradcheck::equations::gap;
use crate::gradcheck::mistakes::Charges;
use crate::gradcheck::reading::Matrix;
use crate::gradcheck::scales::LayerFit;

/// No more chains are followed from one layer to the next.
pub const BEAM: usize = 24;

/// Equations from the output down to some layer that reproduce all that was dumped of these layers.
#[derive(Clone)]
pub struct Chain {
    /// What is wrong with them, scales apart.
    pub charges: Charges,
    /// What each layer came to, the last layer first.
    pub layers: Vec<LayerFit>,
    /// Whether the sign at the output says nothing.
    pub signless: bool,
    /// The error that goes down.
    pub delta: Matrix,
    /// It before its derivative.
    pub upstream: Vec<Matrix>,
    /// The residual at the output.
    pub residual: Matrix,
    /// The group of layers that inherit a scale.
    pub group: usize,
}

impl Chain {
    /// All multiples, of which scales are read.
    fn numbers(&self) -> Vec<[Option<f64>; 2]> {
        let pair = |layer: &LayerFit| [layer.weight.multiple, layer.bias.as_ref().and_then(|bias| bias.multiple)];
        self.layers.iter().map(pair).collect()
    }
}

/// The likeliest chains, of those that differ.
pub fn best(mut chains: Vec<Chain>) -> Vec<Chain> {
    chains.sort_by(|a, b| a.charges.cost().total_cmp(&b.charges.cost()));
    let mut kept: Vec<Chain> = Vec::new();
    for chain in chains {
        let twin = |known: &Chain| {
            known.charges == chain.charges
                && known.numbers() == chain.numbers()
                && gap(&known.delta, &chain.delta) < 1e-9
        };
        if kept.len() < BEAM && !kept.iter().any(twin) {
            kept.push(chain);
        }
    }
    kept
}
