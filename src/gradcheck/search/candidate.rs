//! A candidate: equations from the output down to some layer that reproduce everything dumped of these layers.

use std::sync::Arc;

use crate::gradcheck::equations::gap;
use crate::gradcheck::hypotheses::{Derivation, LayerError};
use crate::gradcheck::mistakes::Mistakes;
use crate::gradcheck::reading::Matrix;
use crate::gradcheck::scales::LayerDerivation;

/// At most this many candidates are carried from one layer to the next.
pub const BEAM: usize = 24;

/// Equations of some layers, with everything that the layer below them needs.
#[derive(Clone)]
pub struct Candidate {
    /// What is wrong with the equations, apart from scales.
    pub mistakes: Mistakes,
    /// How the gradients of each layer were derived, from the output down.
    pub layers: Vec<LayerDerivation>,
    /// Whether the error at the output has a sign of its own, so that the sign of the dump says nothing.
    pub sign_unknown: bool,
    /// The error at the lowest of the layers, as it goes down, `[m, out]`.
    pub delta: Arc<Matrix>,
    /// The same error before its derivative, after dropout and before it, `[m, out]`.
    pub upstream: Vec<Arc<Matrix>>,
    /// The residual at the output of the network, `[m, outputs]`.
    pub residual: Arc<Matrix>,
    /// The number of times that an error with a scale of its own has appeared below the output.
    pub group: usize,
}

impl Candidate {
    /// The candidate that has no layer yet, for an error at the output.
    pub fn start(error: &LayerError) -> Self {
        Candidate {
            mistakes: Mistakes::none(),
            layers: Vec::new(),
            sign_unknown: error.own_scale,
            delta: error.delta.clone(),
            upstream: error.upstream.clone(),
            residual: error.upstream[0].clone(),
            group: 0,
        }
    }

    /// This candidate with one more layer below, whose gradients were derived from `error`.
    pub fn with_layer(&self, error: &LayerError, layer: LayerDerivation) -> Self {
        let mut mistakes = self.mistakes.and(&error.mistakes).and(&layer.weight.mistakes);
        if let Some(bias) = &layer.bias {
            mistakes = mistakes.and(&bias.mistakes);
        }
        let group = layer.group;
        let mut layers = self.layers.clone();
        layers.push(layer);
        Candidate {
            mistakes,
            layers,
            delta: error.delta.clone(),
            upstream: error.upstream.clone(),
            residual: self.residual.clone(),
            group,
            ..*self
        }
    }

    /// Whether both go down with one and the same error, which need not be led on twice then.
    pub fn shares_error(&self, other: &Candidate) -> bool {
        Arc::ptr_eq(&self.delta, &other.delta) && Arc::ptr_eq(&self.residual, &other.residual)
    }

    /// All multiples, which is what scales are read from.
    fn multiples(&self) -> Vec<[Option<f64>; 2]> {
        let multiple = |bias: &Derivation| bias.multiple;
        let pair = |layer: &LayerDerivation| [layer.weight.multiple, layer.bias.as_ref().and_then(multiple)];
        self.layers.iter().map(pair).collect()
    }
}

/// The likeliest of the candidates that differ from each other, at most [`BEAM`] of them. Two that have the same mistakes,
/// the same multiples and the same error cannot be told apart by any layer below, so the first of them stands for both.
pub fn likeliest(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| a.mistakes.cost().total_cmp(&b.mistakes.cost()));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let twin = |known: &Candidate| {
            known.mistakes == candidate.mistakes
                && known.multiples() == candidate.multiples()
                && gap(&known.delta, &candidate.delta) < 1e-9
        };
        if kept.len() < BEAM && !kept.iter().any(twin) {
            kept.push(candidate);
        }
    }
    kept
}
