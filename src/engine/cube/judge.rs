//! The judgement of held-out rows where the network lies: their loss and how many are right, without a weight leaving
//! the device.
//!
//! The rows are brought there once, or come in a ring where they are too many. They go forward through the kernels of the
//! training, batch by batch, and what is read at the end is two numbers for every cube of the loss.

use cubecl::prelude::*;

use super::area::Area;
use super::layers::{stride, with_ones};
use super::loss::{ROWS, Turn, loss_kernel};
use super::memory::Memory;
use super::product::{After, Product};
use super::rows::{Gather, gather_kernel};
use super::sequence::cubes;
use super::sums::UNITS;
use super::tile::parts;
use super::{Coefficients, Load, Rows};

/// How many rows go forward at once.
pub const JUDGED: usize = 2048;

/// Rows that are judged again and again.
pub(super) struct Judge {
    gather: Gather,
    turn: Turn,
    features: Area,
    scale: Area,
    labels: Area,
    order: Area,
    y: Area,
    values: Area,
    logits: Area,
    deltas: Area,
    weights: Area,
    coefficients: Area,
    outcome: Area,
    state: Area,
    products: Vec<Product>,
}

impl Judge {
    /// Brings the rows to the device of `memory`.
    pub fn new(memory: &Memory, rows: &Rows) -> Self {
        let (client, layers) = (&memory.client, &memory.layers);
        let count = rows.epoch.unwrap_or(rows.labels.len());
        let batch = JUDGED.min(count.next_multiple_of(ROWS));
        let batches = count.div_ceil(batch);
        let last = &layers[layers.len() - 1];
        let logits = parts([batch, last.width], layers[layers.len() - 2].width + 1, memory.cores);
        let zeros = |length| Area::zeros(client, length);
        let values = with_ones(client, &[], (batch, layers[0].width));
        let all = zeros(logits * batch * last.stride);
        let coefficients: Vec<f32> =
            (0..batches).flat_map(|_| Coefficients { share: 1.0, ..Coefficients::default() }.row()).collect();
        Judge {
            gather: Gather::of(rows, batch, layers[0].stride),
            turn: Turn { batch, classes: last.width, stride: last.stride, parts: logits, apart: batch * last.stride },
            features: Area::of(client, &rows.words),
            scale: Area::padded(client, &rows.scale),
            labels: Area::of(client, &rows.labels),
            order: Area::of(client, &if rows.epoch.is_none() { (0..count as u32).collect() } else { vec![0] }),
            y: Area::of(client, &vec![0u32; batch]),
            products: products(memory, &values, &all, (batch, logits)),
            values,
            logits: all,
            deltas: zeros(batch * last.stride),
            weights: Area::of(client, &vec![1f32; last.width]),
            coefficients: Area::of(client, &coefficients),
            outcome: zeros(batches * batch.div_ceil(ROWS) * 2),
            state: Area::of(client, &[0u32; 8]),
        }
    }

    /// The sum of the losses of all rows, and how many are right; this waits for them. `next` gives the rows where they
    /// come in a ring. `None` if the device has failed, or if there are no more rows.
    pub fn judge(&self, memory: &Memory, mut next: impl FnMut() -> Option<Load>) -> Option<(f64, usize)> {
        let batches = self.gather.rows.div_ceil(self.gather.batch) as u32;
        let mut missing = if self.gather.ring.is_none() { batches } else { 0 };
        for batch in 0..batches {
            if batch == missing {
                let load = next()?;
                missing += load.batches as u32;
                let row = batch as usize * self.gather.batch;
                self.gather.fill(&memory.client, (&self.features, &self.labels), row, load);
            }
            self.state.write(&memory.client, &[batch, 0, 0, batch, 0, 0, 0, 0]);
            self.launch(memory);
        }
        let outcome = self.outcome.read(&memory.client)?;
        let sum = |of: usize| outcome.chunks_exact(2).map(|cube| f64::from(cube[of])).sum::<f64>();
        Some((sum(0), sum(1) as usize))
    }

    /// Lets one batch forward and compares it with its labels.
    fn launch(&self, memory: &Memory) {
        let words = if self.gather.bytes { 1 } else { 4 };
        // SAFETY: the kernels stay within the sizes that they are compiled for, which are those of the buffers.
        unsafe {
            gather_kernel::launch_unchecked(
                &memory.client,
                cubes(self.gather.batch * self.gather.stride / 4, UNITS),
                CubeDim::new_1d(UNITS as u32),
                words,
                self.features.by(words),
                self.scale.argument(),
                self.labels.argument(),
                self.order.argument(),
                self.state.argument(),
                self.values.by(4),
                self.y.argument(),
                self.gather,
            );
            self.products.iter().for_each(|product| product.launch(&memory.client, memory.cores));
            loss_kernel::launch_unchecked(
                &memory.client,
                cubes(self.gather.batch, ROWS),
                CubeDim::new_1d(ROWS as u32),
                self.logits.argument(),
                self.deltas.argument(),
                self.y.argument(),
                self.weights.argument(),
                self.coefficients.argument(),
                self.state.argument(),
                self.outcome.argument(),
                self.turn,
            );
        }
    }
}

/// The products forward for batches of so many rows, whose logits come in so many parts.
fn products(memory: &Memory, rows: &Area, logits: &Area, (batch, parts): (usize, usize)) -> Vec<Product> {
    let layers = &memory.layers;
    let mut values = rows.clone();
    let mut products = Vec::new();
    for (l, pair) in layers.windows(2).enumerate() {
        let (inputs, width, last) = (pair[0].width + 1, pair[1].width, l + 2 == layers.len());
        let next = if last { logits.clone() } else { with_ones(&memory.client, &[], (batch, width)) };
        let apart = if last { pair[1].stride } else { stride(width) };
        products.push(Product {
            left: values.matrix(0, [batch, inputs - 1], stride(inputs - 1)).padded(),
            right: memory.parameters.matrix(memory.layout.starts[l], [inputs, width], width),
            transposed: [false, false],
            inner: inputs,
            out: next.matrix(0, [batch, width], apart),
            parts: if last { (parts, batch * apart) } else { (1, 0) },
            after: if last { After::Nothing } else { After::Bend(memory.setting.curve) },
            side: None,
            mask: None,
            precision: memory.setting.precision,
            biased: true,
        });
        values = next;
    }
    products
}
