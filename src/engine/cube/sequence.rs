//! The launches of a step for so many rows, in their order: recorded once, and then replayed as one.
//!
//! All batches of an epoch have one sequence but the last, which may be shorter and has one of its own. The sequences use the
//! same buffers. What differs from step to step the kernels look up in tables by the state of the step, so a sequence is the
//! same for every step, and a device that can record launches (a graph) is told of each step in one word.

use cubecl::client::Graph;
use cubecl::prelude::*;

use super::chance::{Draw, mask_kernel};
use super::area::Area;
use super::loss::{ROWS, Turn, loss_kernel};
use super::product::{After, Product};
use super::resident::Resident;
use super::rows::{Gather, gather_kernel};
use super::update::{UNITS, Walk, fold_kernel, record_kernel, update_kernel};

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
    pub fn new(resident: &Resident, rows: usize) -> Self {
        let walk = Walk { losses: rows.div_ceil(ROWS), ..resident.layout.walk };
        Sequence { rows, products: products(resident, rows), walk, graph: None, warm: false }
    }

    /// Makes one step: replays the sequence if it was recorded, and otherwise launches it.
    pub fn step(&mut self, resident: &Resident) {
        if let Some(graph) = &self.graph {
            // SAFETY: all buffers of the sequence belong to this resident, and nobody else writes to them meanwhile.
            let _ = unsafe { graph.replay() };
            return;
        }
        let fresh = !std::mem::replace(&mut self.warm, true);
        if fresh {
            let _ = resident.client.graph_prepare();
        }
        self.launch(resident);
        if fresh {
            let _ = resident.state.read(&resident.client);
            self.graph = self.record(resident);
        }
    }

    /// Records the sequence without making a step, where the device can do that.
    fn record(&self, resident: &Resident) -> Option<Graph> {
        resident.client.start_capture().ok()?;
        self.launch(resident);
        resident.client.stop_capture().ok()
    }

    /// How many launches there are.
    pub fn launches(&self, resident: &Resident) -> usize {
        let masks = resident.layers.iter().filter(|layer| layer.mask.is_some()).count();
        5 + masks + self.products.len()
    }

    /// Launches the sequence.
    fn launch(&self, resident: &Resident) {
        let (forward, back) = self.products.split_at(resident.layers.len() - 1);
        self.gather(resident);
        self.draw(resident);
        forward.iter().for_each(|product| product.launch(&resident.client, resident.cores));
        self.compare(resident);
        back.iter().for_each(|product| product.launch(&resident.client, resident.cores));
        self.update(resident);
    }

    /// Gathers the rows of the batch.
    fn gather(&self, resident: &Resident) {
        let gather = Gather { batch: self.rows, ..resident.gather };
        let words = if gather.bytes { 1 } else { 4 };
        // SAFETY: the kernel stays within the sizes that it is compiled for, which are those of the buffers.
        unsafe {
            gather_kernel::launch_unchecked(
                &resident.client,
                cubes(self.rows * gather.stride / 4, UNITS),
                CubeDim::new_1d(UNITS as u32),
                words,
                resident.features.by(words),
                resident.scale.argument(),
                resident.labels.argument(),
                resident.order.argument(),
                resident.state.argument(),
                resident.layers[0].values.by(4),
                resident.y.argument(),
                gather,
            );
        }
    }

    /// Draws the masks of all hidden layers.
    fn draw(&self, resident: &Resident) {
        let mut before = 0;
        for layer in &resident.layers {
            let Some(mask) = &layer.mask else { continue };
            let numbers = self.rows * layer.width;
            let draw = Draw {
                numbers,
                width: layer.width,
                before,
                stride: layer.stride,
                threshold: resident.setting.dropout,
            };
            // SAFETY: the kernel stays within the sizes that it is compiled for.
            unsafe {
                mask_kernel::launch_unchecked(
                    &resident.client,
                    cubes(numbers.div_ceil(32) + 1, UNITS),
                    CubeDim::new_1d(UNITS as u32),
                    resident.keys.argument(),
                    resident.state.argument(),
                    mask.argument(),
                    draw,
                );
            }
            before += numbers.div_ceil(2);
        }
    }

    /// Compares the logits with the labels.
    fn compare(&self, resident: &Resident) {
        let last = &resident.layers[resident.layers.len() - 1];
        let turn = Turn {
            batch: self.rows,
            classes: last.width,
            stride: last.stride,
            parts: resident.layout.logits,
            apart: resident.setting.batch * last.stride,
        };
        // SAFETY: the kernel stays within the sizes that it is compiled for.
        unsafe {
            loss_kernel::launch_unchecked(
                &resident.client,
                cubes(self.rows, ROWS),
                CubeDim::new_1d(ROWS as u32),
                last.values.argument(),
                last.deltas.argument(),
                resident.y.argument(),
                resident.class_weights.argument(),
                resident.coefficients.argument(),
                resident.state.argument(),
                resident.outcome.argument(),
                turn,
            );
        }
    }

    /// Adds up the gradients, moves the parameters, and writes down what the step has shown.
    fn update(&self, resident: &Resident) {
        let (client, units, lanes) = (&resident.client, CubeDim::new_1d(UNITS as u32), self.walk.lanes);
        let all = CubeCount::Static(self.walk.cubes as u32, 1, 1);
        let parameters = 2 * (resident.layers.len() - 1);
        // SAFETY: the kernels stay within the sizes that they are compiled for.
        unsafe {
            fold_kernel::launch_unchecked(
                client,
                all.clone(),
                units,
                lanes,
                resident.parts.by(lanes),
                resident.pieces.argument(),
                resident.gradients.by(lanes),
                resident.sizes.argument(),
                resident.state.argument(),
                self.walk,
            );
            update_kernel::launch_unchecked(
                client,
                all,
                units,
                lanes,
                resident.gradients.by(lanes),
                resident.pieces.argument(),
                resident.sizes.argument(),
                resident.outcome.argument(),
                resident.coefficients.argument(),
                resident.state.argument(),
                resident.parameters.by(lanes),
                resident.moments[0].by(lanes),
                resident.moments[1].by(lanes),
                resident.effects.argument(),
                resident.setting.rule,
                self.walk,
            );
            record_kernel::launch_unchecked(
                client,
                CubeCount::Static(parameters as u32, 1, 1),
                units,
                resident.sizes.argument(),
                resident.outcome.argument(),
                resident.effects.argument(),
                resident.owners.argument(),
                resident.state.argument(),
                resident.records.argument(),
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
fn products(resident: &Resident, rows: usize) -> Vec<Product> {
    let Resident { layers, layout, setting, .. } = resident;
    let (depth, curve) = (layers.len() - 1, setting.curve);
    let spread = |area: &Area, l: usize| area.matrix(0, [rows, layers[l].width], layers[l].stride);
    let values = |l: usize| spread(&layers[l].values, l);
    let deltas = |l: usize| spread(&layers[l].deltas, l);
    let mask = |l: usize| layers[l].mask.as_ref().map(|mask| spread(mask, l));
    let weight = |l: usize, inputs: usize| {
        resident.parameters.matrix(layout.starts[l - 1], [inputs, layers[l].width], layers[l].width)
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
    };
    let mut products = Vec::new();
    for l in 1..=depth {
        let inputs = layers[l - 1].width + 1;
        let parts = if l < depth { (1, 0) } else { (layout.logits, setting.batch * layers[l].stride) };
        let mut forward = plain(values(l - 1).padded(), weight(l, inputs), [false, false], inputs, values(l), parts);
        if l < depth {
            let side = layers[l].seen.as_ref().map(|seen| spread(seen, l));
            forward = Product { after: After::Bend(curve), side, mask: mask(l), ..forward };
        }
        products.push(forward);
    }
    for l in (1..=depth).rev() {
        let (inputs, width) = (layers[l - 1].width, layers[l].width);
        let out = resident.parts.matrix(layout.froms[l - 1], [inputs + 1, width], width);
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
