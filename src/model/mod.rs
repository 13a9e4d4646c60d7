//! The network: what it is made of, how it starts, what it computes, and how far that is from the labels.
//!
//! [`Mlp`] is an ordinary Burn module of `Linear` layers, so automatic differentiation supplies every gradient and no
//! equation of a network is derived by hand. On the path of a batch it stands between the batch and its loss.
//!
//! | file | what it knows |
//! |---|---|
//! | `mlp`, `activation` | the network and the function between its layers |
//! | `init` | the distributions that first weights are drawn from |
//! | `loss` | the loss, and how labels become its targets |
//! | `committee` | several networks that answer together |
//! | `joined` | several networks as one |
//! | `saved`, `floats` | a model on disk |
//! | `start` | weights out of somebody else's file |

mod activation;
mod committee;
mod floats;
mod init;
mod joined;
mod loss;
mod mlp;
mod saved;
mod start;

pub use activation::Activation;
pub use committee::{Classifier, Committee};
pub use floats::{floats_from_bytes, floats_to_bytes};
pub use init::{Draw, Init};
pub use loss::{Criterion, Loss, Reduction};
pub use mlp::{LayerWeights, Mlp, MlpConfig};
pub use saved::Saved;
pub use start::Start;
