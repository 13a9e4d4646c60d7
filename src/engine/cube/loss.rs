//! The loss on a GPU: softmax and cross-entropy in one, with the gradient at the logits written over them.
//!
//! The formulas are those of [`softmax_cross_entropy`](crate::engine::softmax_cross_entropy): with q the targets of a
//! row and p its softmax, the loss is −Σ q log p and its gradient (Σ q) p − q. One unit takes one row. The targets
//! are made on the way from the label, the label smoothing and the weights of the classes. On the path of a batch
//! this is the turning point.

use cubecl::prelude::*;

use super::update::{COEFFICIENTS, SHARE, SMOOTHING};

/// The rows that a cube takes, a unit each.
pub(super) const ROWS: usize = 64;

/// What the kernel of the loss is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Turn {
    /// How many rows a batch has.
    pub batch: usize,
    /// How many classes there are.
    pub classes: usize,
    /// How far apart the rows of the logits lie.
    pub stride: usize,
    /// How many parts the logits are the sum of, and how far apart these lie.
    pub parts: usize,
    pub apart: usize,
}

/// The target of class `k` in a row of this `class`, where every row counts by its `share`.
#[cube]
fn target(weights: &[f32], k: usize, class: usize, smoothing: f32, share: f32, #[comptime] classes: usize) -> f32 {
    let mut q = smoothing * weights[k] * comptime!(1.0 / classes as f32);
    if k == class {
        q += (1.0 - smoothing) * weights[k];
    }
    q * share
}

/// Adds up the parts of the logits of a row, and gives the largest logit.
#[cube]
fn together(logits: &[f32], d: &mut [f32], start: usize, #[comptime] turn: Turn) -> f32 {
    let mut high = f32::min_value();
    for k in 0..comptime!(turn.classes) {
        let mut z = 0.0f32;
        #[unroll]
        for part in 0..comptime!(turn.parts) {
            z += logits[comptime!(part * turn.apart) + start + k];
        }
        d[start + k] = z;
        high = max(high, z);
    }
    high
}

/// 1 if the logit of the class is the largest of its row, the first of those that are equal, and else 0.
#[cube]
fn best(d: &mut [f32], start: usize, class: usize, #[comptime] turn: Turn) -> f32 {
    let own = d[start + class];
    let mut beaten = false;
    for k in 0..comptime!(turn.classes) {
        let z = d[start + k];
        beaten = beaten || z > own || (z == own && k < class);
    }
    select(beaten, 0.0f32, 1.0f32)
}

/// Writes the gradient at the logits, and notes the loss and the number of right rows of every cube.
///
/// # Shapes
/// `logits` is `[parts, batch, stride]`, `d` is `[batch, stride]`, `y` is `[batch]`, `weights` is `[classes]`,
/// `outcome` is `[cubes, 2]` for each of the batches that `state[3]` counts. `coefficients` holds a row for each
/// step, see [`Coefficient`](super::update::Coefficient).
#[cube(launch_unchecked)]
pub(super) fn loss_kernel(
    logits: &[f32],
    d: &mut [f32],
    y: &[u32],
    weights: &[f32],
    coefficients: &[f32],
    state: &[u32],
    outcome: &mut [f32],
    #[comptime] turn: Turn,
) {
    let row = ABSOLUTE_POS;
    let mut loss = 0.0f32;
    let mut right = 0.0f32;
    if row < comptime!(turn.batch) {
        let label = y[row];
        let start = row * comptime!(turn.stride);
        if label == comptime!(u32::MAX) {
            for k in 0..comptime!(turn.classes) {
                d[start + k] = 0.0;
            }
        } else {
            let base = state[0] as usize * comptime!(COEFFICIENTS);
            let smoothing = coefficients[base + comptime!(SMOOTHING)];
            let share = coefficients[base + comptime!(SHARE)]; // one over the weight of the batch
            let class = label as usize;
            let high = together(logits, d, start, turn);
            right = best(d, start, class, turn);
            let mut sum = 0.0f32;
            let mut mass = 0.0f32;
            let mut dot = 0.0f32;
            for k in 0..comptime!(turn.classes) {
                let below = d[start + k] - high;
                let q = target(weights, k, class, smoothing, share, comptime!(turn.classes));
                sum += below.exp();
                mass += q;
                dot += q * below;
            }
            loss = mass * sum.ln() - dot;
            let factor = mass / sum;
            for k in 0..comptime!(turn.classes) {
                let q = target(weights, k, class, smoothing, share, comptime!(turn.classes));
                d[start + k] = factor * (d[start + k] - high).exp() - q;
            }
        }
    }
    tally(loss, right, outcome, state[3] as usize * comptime!(turn.batch.div_ceil(ROWS)));
}

/// Adds up what the units of a cube have found, and notes it in the row of the cube that begins so many rows on.
#[cube]
fn tally(loss: f32, right: f32, outcome: &mut [f32], before: usize) {
    let mut losses = Shared::<[f32]>::new_slice(ROWS);
    let mut rights = Shared::<[f32]>::new_slice(ROWS);
    losses[UNIT_POS as usize] = loss;
    rights[UNIT_POS as usize] = right;
    sync_cube();
    if UNIT_POS == 0 {
        let mut all = 0.0f32;
        let mut count = 0.0f32;
        for i in 0..ROWS {
            all += losses[i];
            count += rights[i];
        }
        let at = 2 * (before + CUBE_POS);
        outcome[at] = all;
        outcome[at + 1] = count;
    }
}
