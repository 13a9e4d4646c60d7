//! What an equation of a person's program may have been, right or with a mistake of the table, one file an equation.

use super::bias::Evidence;
use super::propagation::Place;

mod bias;
mod derivation;
mod error;
mod hidden;
mod input;
mod layer;
mod memo;
mod output;
mod propagation;
mod rank_one;
mod weight;

pub use bias::{Evidence, fits as bias_fits};
pub use derivation::Found;
pub use error::Delta;
pub use hidden::deltas as hidden_deltas;
pub use key;
pub use layer::Site;
pub use output::{deltas as output_deltas, over_all, over_batch};
pub use propagation::{Place, arrivals, cut_anywhere};
pub use weight::Target;
