//! Batches: the order in which rows meet the network, and the gather that makes tensors of them.
//!
//! The order is a function of (seed, epoch), never a state, so an interrupted epoch continues where it stopped.

use std::sync::mpsc::sync_channel;
use std::thread::Scope;

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

    /// Batch number `i`.
    pub fn get(&self, i: usize) -> Rows {
        let rows = &self.order[i * self.size..((i + 1) * self.size).min(self.order.len())];
        let mut x = Vec::with_capacity(rows.len() * self.block.width());
        rows.iter().for_each(|&row| self.block.append(row as usize, &mut x));
        let labels = rows.iter().map(|&row| self.block.label(row as usize)).collect();
        Rows { x, labels, width: self.block.width() }
    }

    /// The batches from number `first` on, each gathered by a worker while its predecessor is learned; gathered here
    /// and now where there is one thread only.
    ///
    /// The worker ends with the iterator, and `scope` waits for it.
    pub fn ahead<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        first: usize,
        threads: usize,
    ) -> Box<dyn Iterator<Item = Rows> + 's> {
        if threads < 2 {
            return Box::new((first..self.len()).map(|i| self.get(i)));
        }
        let (sender, receiver) = sync_channel(1);
        scope.spawn(move || (first..self.len()).try_for_each(|i| sender.send(self.get(i))));
        Box::new(receiver.into_iter())
    }
}

/// A batch on the host, on its way to the device.
pub struct Rows {
    x: Vec<f32>,
    labels: Vec<u32>,
    width: usize,
}

impl Rows {
    /// The batch on `device`.
    pub fn to(self, device: &Device) -> Batch {
        let shape = [self.labels.len(), self.width];
        Batch { x: Tensor::from_data(TensorData::new(self.x, shape), device), labels: self.labels }
    }
}
