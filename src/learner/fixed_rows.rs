//! The fixed rows: a few training rows, always the same, that go through the network when a step is examined.
//!
//! They are spread evenly over the training part and never shuffled, so that what changes from one look to the next is
//! the network and not the rows.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::Learner;
use crate::data::{Batches, Block};
use crate::error::Result;

/// The number of fixed rows: enough to tell a dead unit from one that is rarely on, few enough to cost little.
pub const FIXED_ROWS: usize = 32;

/// Rows on the device that every look at a network goes through.
pub struct FixedRows {
    pub(super) x: Tensor<2>, // [FIXED_ROWS or fewer, inputs]
}

impl FixedRows {
    /// Takes rows from all over `block` to `device`, which is one without autodiff.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub fn of(block: &Block, device: &Device) -> Result<Self> {
        let block = block.spread(FIXED_ROWS);
        Ok(FixedRows { x: Batches::in_order(&block, FIXED_ROWS).get(0)?.to(device).x })
    }

    /// The values before every activation on these rows, and the logits: one `[rows, units]` for each layer.
    pub(super) fn through(&self, learner: &Learner) -> Vec<Tensor<2>> {
        learner.model.valid().preactivations(self.x.clone())
    }
}
