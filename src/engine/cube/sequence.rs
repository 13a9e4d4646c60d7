//! The launches of a step for so many rows, in their order: recorded once, and then replayed as one.
//!
//! All batches of an epoch have one sequence but the last, which may be shorter and has one of its own. The sequences
//! use the same buffers. What differs from step to step the kernels look up in tables by the state of the step, so a
//! sequence is the same for every step, and a device that can record launches (a graph) is told of each step in one
//! word.

use cubecl::client::Graph;
use cubecl::prelude::*;

use super::area::Area;
use super::chance::{Draw, mask_kernel};
use super::loss::{ROWS, Turn, loss_kernel};
use super::memory::Memory;
use super::product::{After, Product};
use super::record::record_kernel;
use super::rows::{Gather, gather_kernel};
use super::sums::UNITS;
use super::update::{Walk, fold_kernel, update_kernel};

/// The launches of a step.
pub(super) struct Sequence {
    /// How many rows the step has.
    rows: usize,
    products: Vec<Product>,
    walk: Walk,
    graph: Option<Graph>,
    /// Whether it was launched once, after which it can be recorded.
    warm: bool,
}

impl Sequence {
    /// The sequence for steps of so many rows.
    pub fn new(memory: &Memory, rows: usize) -> Self {
        let walk = Walk { losses: rows.div_ceil(ROWS), ..memory.layout.walk };
        Sequence { rows, products: products(memory, rows), walk, graph: None, warm: false }
    }

    /// Makes one step: replays the sequence if it was recorded, and otherwise launches it.
    pub fn step(&mut self, memory: &Memory) {
        if let Some(graph) = &self.graph {
            // SAFETY: all buffers of the sequence belong to this memory, and nobody else writes to them meanwhile.
            let _ = unsafe { graph.replay() };
            return;
        }
        let fresh = !std::mem::replace(&mut self.warm, true);
        if fresh {
            let _ = memory.client.graph_prepare();
        }
        self.launch(memory);
        if fresh {
            let _ = memory.state.read(&memory.client);
            self.graph = self.record(memory);
        }
    }

    /// Records the sequence without making a step, where the device can do that.
    fn record(&self, memory: &Memory) -> Option<Graph> {
        memory.client.start_capture().ok()?;
        self.launch(memory);
        memory.client.stop_capture().ok()
    }

    /// How many launches there are.
    pub fn launches(&self, memory: &Memory) -> usize {
        let masks = memory.layers.iter().filter(|layer| layer.mask.is_some()).count();
        5 + masks + self.products.len()
    }

    /// Launches the sequence.
    fn launch(&self, memory: &Memory) {
        let (forward, back) = self.products.split_at(memory.layers.len() - 1);
        self.gather(memory);
        self.draw(memory);
        forward.iter().for_each(|product| product.launch(&memory.client, memory.cores));
        self.compare(memory);
        back.iter().for_each(|product| product.launch(&memory.client, memory.cores));
        self.update(memory);
    }

    /// Gathers the rows of the batch.
    fn gather(&self, memory: &Memory) {
        let gather = Gather { batch: self.rows, ..memory.gather };
        let words = if gather.bytes { 1 } else { 4 };
        // SAFETY: the kernel stays within the sizes that it is compiled for, which are those of the buffers.
        unsafe {
            gather_kernel::launch_unchecked(
                &memory.client,
                cubes(self.rows * gather.stride / 4, UNITS),
                CubeDim::new_1d(UNITS as u32),
                words,
                memory.features.by(words),
                memory.scale.argument(),
                memory.labels.argument(),
                memory.order.argument(),
                memory.state.argument(),
                memory.layers[0].values.by(4),
                memory.y.argument(),
                gather,
            );
        }
    }

    /// Draws the masks of all hidden layers.
    fn draw(&self, memory: &Memory) {
        let mut before = 0;
        for layer in &memory.layers {
            let Some(mask) = &layer.mask else { continue };
            let numbers = self.rows * layer.width;
            let draw =
                Draw { numbers, width: layer.width, before, stride: layer.stride, threshold: memory.setting.dropout };
            // SAFETY: the kernel stays within the sizes that it is compiled for.
            unsafe {
                mask_kernel::launch_unchecked(
                    &memory.client,
                    cubes(numbers.div_ceil(32) + 1, UNITS),
                    CubeDim::new_1d(UNITS as u32),
                    memory.keys.argument(),
                    memory.state.argument(),
                    mask.argument(),
                    draw,
                );
            }
            before += numbers.div_ceil(2);
        }
    }

    /// Compares the logits with the labels.
    fn compare(&self, memory: &Memory) {
        let last = &memory.layers[memory.layers.len() - 1];
        let turn = Turn {
            batch: self.rows,
            classes: last.width,
            stride: last.stride,
            parts: memory.layout.logits,
            apart: memory.setting.batch * last.stride,
        };
        // SAFETY: the kernel stays within the sizes that it is compiled for.
        unsafe {
            loss_kernel::launch_unchecked(
                &memory.client,
                cubes(self.rows, ROWS),
                CubeDim::new_1d(ROWS as u32),
                last.values.argument(),
                last.deltas.argument(),
                memory.y.argument(),
                memory.class_weights.argument(),
                memory.coefficients.argument(),
                memory.state.argument(),
                memory.outcome.argument(),
                turn,
            );
        }
    }

    /// Adds up the gradients, moves the parameters, and writes down what the step has shown.
    fn update(&self, memory: &Memory) {
        let (client, units, lanes) = (&memory.client, CubeDim::new_1d(UNITS as u32), self.walk.lanes);
        let all = CubeCount::Static(self.walk.cubes as u32, 1, 1);
        let parameters = 2 * (memory.layers.len() - 1);
        // SAFETY: the kernels stay within the sizes that they are compiled for.
        unsafe {
            fold_kernel::launch_unchecked(
                client,
                all.clone(),
                units,
                lanes,
                memory.parts.by(lanes),
                memory.pieces.argument(),
                memory.gradients.by(lanes),
                memory.sizes.argument(),
                memory.state.argument(),
                self.walk,
            );
            update_kernel::launch_unchecked(
                client,
                all,
                units,
                lanes,
                memory.gradients.by(lanes),
                memory.pieces.argument(),
                memory.sizes.argument(),
                memory.outcome.argument(),
                memory.coefficients.argument(),
                memory.state.argument(),
                memory.parameters.by(lanes),
                memory.moments[0].by(lanes),
                memory.moments[1].by(lanes),
                memory.effects.argument(),
                memory.setting.rule,
                self.walk,
            );
            record_kernel::launch_unchecked(
                client,
                CubeCount::Static(parameters as u32, 1, 1),
                units,
                memory.sizes.argument(),
                memory.outcome.argument(),
                memory.effects.argument(),
                memory.owners.argument(),
                memory.state.argument(),
                memory.records.argument(),
                parameters,
                self.walk,
            );
        }
    }
}

/// The cubes for so many `numbers`, of which a cube takes `each`.
pub(super) fn cubes(numbers: usize, each: usize) -> CubeCount {
    CubeCount::Static(numbers.div_ceil(each) as u32, 1, 1)
}

/// The products of a step of so many rows in their order: forward, and then back from the last layer.
fn products(memory: &Memory, rows: usize) -> Vec<Product> {
    let Memory { layers, layout, setting, .. } = memory;
    let (depth, curve) = (layers.len() - 1, setting.curve);
    let spread = |area: &Area, l: usize| area.matrix(0, [rows, layers[l].width], layers[l].stride);
    let values = |l: usize| spread(&layers[l].values, l);
    let deltas = |l: usize| spread(&layers[l].deltas, l);
    let mask = |l: usize| layers[l].mask.as_ref().map(|mask| spread(mask, l));
    let weight = |l: usize, inputs: usize| {
        memory.parameters.matrix(layout.starts[l - 1], [inputs, layers[l].width], layers[l].width)
    };
    let plain = |left, right, transposed, inner, out, parts| Product {
        left,
        right,
        transposed,
        inner,
        out,
        parts,
        after: After::Nothing,
        side: None,
        mask: None,
        precision: setting.precision,
        biased: false,
    };
    let mut products = Vec::new();
    for l in 1..=depth {
        let inputs = layers[l - 1].width + 1;
        let parts = if l < depth { (1, 0) } else { (layout.logits, setting.batch * layers[l].stride) };
        let forward = plain(values(l - 1).padded(), weight(l, inputs), [false, false], inputs, values(l), parts);
        let mut forward = Product { biased: true, ..forward };
        if l < depth {
            let side = layers[l].seen.as_ref().map(|seen| spread(seen, l));
            forward = Product { after: After::Bend(curve), side, mask: mask(l), ..forward };
        }
        products.push(forward);
    }
    for l in (1..=depth).rev() {
        let (inputs, width) = (layers[l - 1].width, layers[l].width);
        let out = memory.parts.matrix(layout.froms[l - 1], [inputs + 1, width], width);
        let parts = (layout.parts[l - 1], layout.apart(l));
        products.push(plain(values(l - 1).padded(), deltas(l).padded(), [true, false], rows, out, parts));
        if l > 1 {
            let seen = spread(layers[l - 1].seen.as_ref().unwrap_or(&layers[l - 1].values), l - 1);
            let back = plain(deltas(l).padded(), weight(l, inputs), [false, true], width, deltas(l - 1), (1, 0));
            products.push(Product { after: After::Slope(curve), side: Some(seen), mask: mask(l - 1), ..back });
        }
    }
    products
}
