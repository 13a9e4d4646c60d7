//! The update on a GPU: the parts of the gradients are added up and measured, then all parameters move in one launch.
//!
//! All parameters of a network lie in one buffer, in forward order, and so do their gradients and moments. A cube takes a
//! piece of one parameter. Before a piece moves, the cube adds up what was measured of all pieces, in the same order as
//! every other cube does: the norm, by which gradients are clipped, and whether loss and gradients are finite. Where they are not,
//! or were not in an earlier step, nothing moves, and what is remembered of it stops every later step until somebody has
//! looked. So a sick gradient never touches the weights, although nobody reads anything from the device. The formulas
//! are those of [`Optimizer`](crate::learner::Optimizer). On the path of a batch this is the end.

use cubecl::prelude::*;

/// The units of a cube here.
pub(super) const UNITS: usize = 256;

/// How many coefficients a step has.
pub(super) const COEFFICIENTS: usize = 16;
pub(super) const RATE: usize = 0;
pub(super) const EPSILON: usize = 1;
pub(super) const KEPT: usize = 2;
pub(super) const SHARE: usize = 3;
pub(super) const SMOOTHING: usize = 4;
pub(super) const CLIP: usize = 5;
pub(super) const COUPLED: usize = 6;
pub(super) const MOMENTUM: usize = 7;
pub(super) const AHEAD: usize = 8;
pub(super) const ALONG: usize = 9;
pub(super) const ONE: usize = 10;
pub(super) const REST_ONE: usize = 11;
pub(super) const TWO: usize = 12;
pub(super) const REST_TWO: usize = 13;

/// What is measured of a gradient's piece: the sum of squares, and the bits of the largest magnitude.
pub(super) const SIZES: usize = 2;
/// What is measured of a piece that moved: the sum of squares, the largest magnitude, the sum of squares of the step.
pub(super) const EFFECTS: usize = 3;
/// What is recorded of a step before what is recorded of each parameter: the loss, right rows, whether it was sick.
pub(super) const HEAD: usize = 3;
/// What is recorded of each parameter.
pub(super) const EACH: usize = SIZES + EFFECTS;
/// The numbers of a row of the table of pieces: start, count, first part, parts, how far apart.
pub(super) const PIECE: usize = 5;

/// The state of a step for the launches up to the fold: the number of its batch, whether a step was sick, the number of
/// its record (and a fourth, which is of the judgement of held-out rows and 0 here). It is copied by the fold to `NOW`, for the launches after it, so that the last one can write the state of the next
/// step while its own cubes still read.
pub(super) const NOW: usize = 4;

/// The rule by which parameters move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// w ← w − rate · g.
    Plain,
    /// v ← μ v + g; w ← w − rate · (ahead g + along v).
    Momentum,
    /// v ← α v + (1 − α) g²; w ← w − rate · g / (√v + ε).
    Rmsprop,
    /// m and v, and w ← kept w − rate · m / (√v + ε), with the corrections of both in rate and ε.
    Adam,
}

/// What the kernels of an update are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Walk {
    /// How many numbers a unit takes at once, four or one.
    pub lanes: usize,
    /// How often it does so.
    pub turns: usize,
    /// How many pieces there are.
    pub cubes: usize,
    /// How many cubes the loss had.
    pub losses: usize,
}

/// Adds up one number of every unit of the cube, in an order that is always the same.
#[cube]
fn sum(room: &mut Shared<[f32]>, own: f32) -> f32 {
    let unit = UNIT_POS as usize;
    sync_cube();
    room[unit] = own;
    sync_cube();
    if unit < 16 {
        let mut part = 0.0f32;
        #[unroll]
        for i in 0..16usize {
            part += room[unit + 16 * i];
        }
        room[comptime!(UNITS) + unit] = part;
    }
    sync_cube();
    let mut all = 0.0f32;
    #[unroll]
    for i in 0..16usize {
        all += room[comptime!(UNITS + i)];
    }
    all
}

/// The largest number of all units of the cube.
#[cube]
fn largest(room: &mut Shared<[u32]>, own: u32) -> u32 {
    let unit = UNIT_POS as usize;
    sync_cube();
    room[unit] = own;
    sync_cube();
    if unit < 16 {
        let mut part = 0u32;
        #[unroll]
        for i in 0..16usize {
            part = max(part, room[unit + 16 * i]);
        }
        room[comptime!(UNITS) + unit] = part;
    }
    sync_cube();
    let mut all = 0u32;
    #[unroll]
    for i in 0..16usize {
        all = max(all, room[comptime!(UNITS + i)]);
    }
    all
}

/// The bits of |x|: as whole numbers they are in the order of the magnitudes, with NaN after infinity.
#[cube]
fn magnitude(x: f32) -> u32 {
    u32::reinterpret(x) & 0x7fff_ffffu32
}

/// Whether a number is infinite or NaN.
#[cube]
fn sick(x: f32) -> bool {
    magnitude(x) >= 0x7f80_0000u32
}

/// Adds up the parts of one piece of the gradients and measures it.
///
/// # Shapes
/// `pieces` is `[cubes, PIECE]` and `sizes` is `[cubes, SIZES]`.
#[cube(launch_unchecked)]
pub(super) fn fold_kernel<N: Size>(
    parts: &[Vector<f32, N>],
    pieces: &[u32],
    gradients: &mut [Vector<f32, N>],
    sizes: &mut [f32],
    state: &mut [u32],
    #[comptime] walk: Walk,
) {
    let mut room = Shared::<[f32]>::new_slice(comptime!(UNITS + 16));
    let mut tops = Shared::<[u32]>::new_slice(comptime!(UNITS + 16));
    if CUBE_POS == 0 && UNIT_POS < 3 {
        state[comptime!(NOW) + UNIT_POS as usize] = state[UNIT_POS as usize];
    }
    let piece = CUBE_POS * comptime!(PIECE);
    let start = pieces[piece] as usize;
    let count = pieces[piece + 1] as usize;
    let from = pieces[piece + 2] as usize;
    let among = pieces[piece + 3];
    let apart = pieces[piece + 4] as usize;
    let mut squares = 0.0f32;
    let mut top = 0u32;
    #[unroll]
    for turn in 0..comptime!(walk.turns) {
        let i = (UNIT_POS as usize + comptime!(turn * UNITS)) * comptime!(walk.lanes);
        if i < count {
            let mut g = Vector::<f32, N>::new(0.0);
            let mut at = (from + i) / comptime!(walk.lanes);
            for _part in 0..among {
                g += parts[at];
                at += apart / comptime!(walk.lanes);
            }
            #[unroll]
            for e in 0..comptime!(walk.lanes) {
                if i + e < count {
                    let one = g.extract(e);
                    squares += one * one;
                    top = max(top, magnitude(one));
                }
            }
            gradients[(start + i) / comptime!(walk.lanes)] = g;
        }
    }
    let squares = sum(&mut room, squares);
    let top = largest(&mut tops, top);
    if UNIT_POS == 0 {
        sizes[CUBE_POS * 2] = squares;
        sizes[CUBE_POS * 2 + 1] = f32::reinterpret(top);
    }
}

/// Moves one piece of the parameters, if nothing was sick, and measures what that did.
///
/// # Shapes
/// `sizes` is `[cubes, SIZES]`, `outcome` is `[losses, 2]`, `effects` is `[cubes, EFFECTS]`.
#[cube(launch_unchecked)]
pub(super) fn update_kernel<N: Size>(
    gradients: &[Vector<f32, N>],
    pieces: &[u32],
    sizes: &[f32],
    outcome: &[f32],
    coefficients: &[f32],
    state: &[u32],
    weights: &mut [Vector<f32, N>],
    first: &mut [Vector<f32, N>],
    second: &mut [Vector<f32, N>],
    effects: &mut [f32],
    #[comptime] rule: Rule,
    #[comptime] walk: Walk,
) {
    let mut room = Shared::<[f32]>::new_slice(comptime!(UNITS + 16));
    let mut tops = Shared::<[u32]>::new_slice(comptime!(UNITS + 16));
    let unit = UNIT_POS as usize;
    let mut squares = 0.0f32;
    let mut loss = 0.0f32;
    let mut i = unit;
    while i < comptime!(walk.cubes) {
        squares += sizes[2 * i];
        i += comptime!(UNITS);
    }
    let mut i = unit;
    while i < comptime!(walk.losses) {
        loss += outcome[2 * i];
        i += comptime!(UNITS);
    }
    let squares = sum(&mut room, squares);
    let loss = sum(&mut room, loss);
    let held = sick(squares) || sick(loss) || state[comptime!(NOW + 1)] != 0u32;
    let base = state[comptime!(NOW)] as usize * comptime!(COEFFICIENTS);
    let clip = coefficients[base + comptime!(CLIP)];
    let norm = squares.sqrt();
    let mut factor = 1.0f32;
    if clip > 0.0 && norm > clip {
        factor = clip / norm;
    }
    let rate = Vector::<f32, N>::new(coefficients[base + comptime!(RATE)]);
    let factor = Vector::<f32, N>::new(factor);
    let coupled = Vector::<f32, N>::new(coefficients[base + comptime!(COUPLED)]);
    let epsilon = Vector::<f32, N>::new(coefficients[base + comptime!(EPSILON)]);
    let kept = Vector::<f32, N>::new(coefficients[base + comptime!(KEPT)]);
    let one = Vector::<f32, N>::new(coefficients[base + comptime!(ONE)]);
    let rest_one = Vector::<f32, N>::new(coefficients[base + comptime!(REST_ONE)]);
    let two = Vector::<f32, N>::new(coefficients[base + comptime!(TWO)]);
    let rest_two = Vector::<f32, N>::new(coefficients[base + comptime!(REST_TWO)]);
    let momentum = Vector::<f32, N>::new(coefficients[base + comptime!(MOMENTUM)]);
    let ahead = Vector::<f32, N>::new(coefficients[base + comptime!(AHEAD)]);
    let along = Vector::<f32, N>::new(coefficients[base + comptime!(ALONG)]);
    let piece = CUBE_POS * comptime!(PIECE);
    let start = pieces[piece] as usize;
    let count = pieces[piece + 1] as usize;
    let mut size = 0.0f32;
    let mut moved = 0.0f32;
    let mut top = 0u32;
    #[unroll]
    for turn in 0..comptime!(walk.turns) {
        let i = (unit + comptime!(turn * UNITS)) * comptime!(walk.lanes);
        if i < count {
            let at = (start + i) / comptime!(walk.lanes);
            let old = weights[at];
            let mut w = old;
            if !held {
                let g = factor * gradients[at] + coupled * old;
                match comptime!(rule) {
                    Rule::Plain => {
                        w = old - rate * g;
                    }
                    Rule::Momentum => {
                        let v = momentum * first[at] + g;
                        first[at] = v;
                        w = old - rate * (ahead * g + along * v);
                    }
                    Rule::Rmsprop => {
                        let v = two * first[at] + rest_two * g * g;
                        first[at] = v;
                        w = old - rate * g / (v.sqrt() + epsilon);
                    }
                    Rule::Adam => {
                        let m = one * first[at] + rest_one * g;
                        let v = two * second[at] + rest_two * g * g;
                        first[at] = m;
                        second[at] = v;
                        w = kept * old - rate * m / (v.sqrt() + epsilon);
                    }
                }
                weights[at] = w;
            }
            let step = w - old;
            #[unroll]
            for e in 0..comptime!(walk.lanes) {
                if i + e < count {
                    let new = w.extract(e);
                    size += new * new;
                    moved += step.extract(e) * step.extract(e);
                    top = max(top, magnitude(new));
                }
            }
        }
    }
    let size = sum(&mut room, size);
    let moved = sum(&mut room, moved);
    let top = largest(&mut tops, top);
    if UNIT_POS == 0 {
        effects[CUBE_POS * 3] = size;
        effects[CUBE_POS * 3 + 1] = f32::reinterpret(top);
        effects[CUBE_POS * 3 + 2] = moved;
    }
}

/// Writes down what the step has shown of one parameter, for whoever reads it later; the first cube also writes what it
/// has shown of the whole, and the state of the next step.
///
/// # Shapes
/// `records` is `[steps, HEAD + EACH * parameters]`; `owners` is `[parameters, 2]`, the first piece and the number of pieces of
/// each parameter.
#[cube(launch_unchecked)]
pub(super) fn record_kernel(
    sizes: &[f32],
    outcome: &[f32],
    effects: &[f32],
    owners: &[u32],
    state: &mut [u32],
    records: &mut [f32],
    #[comptime] parameters: usize,
    #[comptime] walk: Walk,
) {
    let mut room = Shared::<[f32]>::new_slice(comptime!(UNITS + 16));
    let mut tops = Shared::<[u32]>::new_slice(comptime!(UNITS + 16));
    let unit = UNIT_POS as usize;
    let base = state[comptime!(NOW + 2)] as usize * comptime!(HEAD + EACH * parameters);
    let from = owners[2 * CUBE_POS] as usize;
    let count = owners[2 * CUBE_POS + 1] as usize;
    let mut squares = 0.0f32;
    let mut size = 0.0f32;
    let mut moved = 0.0f32;
    let mut top = 0u32;
    let mut high = 0u32;
    let mut i = unit;
    while i < count {
        let piece = from + i;
        squares += sizes[2 * piece];
        top = max(top, u32::reinterpret(sizes[2 * piece + 1]));
        size += effects[3 * piece];
        high = max(high, u32::reinterpret(effects[3 * piece + 1]));
        moved += effects[3 * piece + 2];
        i += comptime!(UNITS);
    }
    let squares = sum(&mut room, squares);
    let size = sum(&mut room, size);
    let moved = sum(&mut room, moved);
    let top = largest(&mut tops, top);
    let high = largest(&mut tops, high);
    if unit == 0 {
        let at = base + comptime!(HEAD) + CUBE_POS * comptime!(EACH);
        records[at] = squares;
        records[at + 1] = f32::reinterpret(top);
        records[at + 2] = size;
        records[at + 3] = f32::reinterpret(high);
        records[at + 4] = moved;
    }
    if CUBE_POS == 0 {
        let mut all = 0.0f32;
        let mut loss = 0.0f32;
        let mut right = 0.0f32;
        let mut i = unit;
        while i < comptime!(walk.cubes) {
            all += sizes[2 * i];
            i += comptime!(UNITS);
        }
        let mut i = unit;
        while i < comptime!(walk.losses) {
            loss += outcome[2 * i];
            right += outcome[2 * i + 1];
            i += comptime!(UNITS);
        }
        let all = sum(&mut room, all);
        let loss = sum(&mut room, loss);
        let right = sum(&mut room, right);
        if unit == 0 {
            let held = state[comptime!(NOW + 1)] != 0u32 || sick(all) || sick(loss);
            records[base] = loss;
            records[base + 1] = right;
            records[base + 2] = select(held, 1.0f32, 0.0f32);
            state[0] = state[comptime!(NOW)] + 1u32;
            state[1] = select(held, 1u32, 0u32);
            state[2] = state[comptime!(NOW + 2)] + 1u32;
        }
    }
}
