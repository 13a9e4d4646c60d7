//! Batches: the order in which rows meet the network, and the gather that makes tensors of them.
//!
//! The order is a function of (seed, epoch), never a state, so an interrupted epoch continues where it stopped.

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Block;

/// Rows on the device, with their classes on the host.
pub struct Batch {
    /// Features, `[n, width]`.
    pub x: Tensor<2>,
    /// Classes, n of them.
    pub labels: Vec<u32>,
}

/// The rows of a block in some order, cut into batches; the last may be shorter.
pub struct Batches<'a> {
    block: &'a Block,
    order: Vec<u32>,
    size: usize,
}

impl<'a> Batches<'a> {
    /// Row order, for evaluation.
    pub fn in_order(block: &'a Block, size: usize) -> Self {
        Batches { block, order: (0..block.len() as u32).collect(), size }
    }

    /// The order of one epoch.
    pub fn shuffled(block: &'a Block, size: usize, seed: u64, epoch: usize) -> Self {
        let mut batches = Self::in_order(block, size);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(epoch as u64);
        batches.order.shuffle(&mut rng);
        batches
    }

    /// The number of batches.
    pub fn len(&self) -> usize {
        self.order.len().div_ceil(self.size)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Batch number `i` on `device`.
    pub fn get(&self, i: usize, device: &Device) -> Batch {
        let rows = &self.order[i * self.size..((i + 1) * self.size).min(self.order.len())];
        let mut x = Vec::with_capacity(rows.len() * self.block.width());
        rows.iter().for_each(|&row| x.extend_from_slice(self.block.row(row as usize)));
        let labels = rows.iter().map(|&row| self.block.label(row as usize)).collect();
        let shape = [rows.len(), self.block.width()];
        Batch { x: Tensor::from_data(TensorData::new(x, shape), device), labels }
    }
}
