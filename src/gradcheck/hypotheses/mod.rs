//! Hypotheses: what one equation of a person's program may have been, right or with a mistake of the table.
//!
//! There is one file for each equation, in the order in which an error travels: the error at the output, its way down
//! through the weights, the error at a hidden layer, and at every layer the gradients of weight and bias. The first
//! three compose errors ([`LayerError`]) from the arrays of the forward pass. The last two hold the dumped dW and db
//! against such an error; an answer is a [`Derivation`]. Scale and sign are free in all of them, since the room `scales`
//! explains the multiples.

mod bias;
mod derivation;
mod hidden;
mod hidden_layer;
mod input;
mod layer_error;
mod memo;
mod offer;
mod output;
mod propagation;
mod rank_one;
mod weight;

pub use bias::BiasHypotheses;
pub use derivation::Derivation;
pub use hidden::hidden_errors;
pub use hidden_layer::HiddenLayer;
pub use layer_error::LayerError;
pub use memo::bit_key;
pub use offer::{Offer, Taker, rows_of};
pub use output::{OutputArrays, mistaken_softmaxes};
pub use propagation::{LayerPair, arrivals, arrivals_cut_anywhere};
pub use weight::WeightHypotheses;
