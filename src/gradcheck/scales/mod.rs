//! What the multiples mean by which a dump differs from its equations: scale, sign and weight decay.

use super::factor::UPDATE;
use super::frame::Scales;

mod constants;
mod decay;
mod factor;
mod frame;
mod layer;
mod printed;
mod scale;

pub use decay::Decay;
pub use factor::{UPDATE, written};
pub use frame::{Scales, expected};
pub use layer::LayerFit;
pub use printed::reductions as printed_reductions;
pub use scale::STEP;
