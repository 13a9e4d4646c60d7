//! The record of a step: what it has shown of every parameter and of the whole, for whoever reads it later.
//!
//! It is the last launch of a step, and the one that goes on to the next.

use cubecl::prelude::*;

use super::sums::{UNITS, largest, sick, sum, total};
use super::update::{EACH, HEAD, NOW, Walk};

/// Writes down what the step has shown of one parameter, for whoever reads it later; the first cube also writes what
/// it has shown of the whole, and the state of the next step.
///
/// # Shapes
/// `records` is `[steps, HEAD + EACH * parameters]`; `owners` is `[parameters, 2]`, the first piece and the number of
/// pieces of each parameter.
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
        conclude(&mut room, sizes, outcome, state, records, base, walk);
    }
}

/// Writes down what the step has shown of the whole, and the state of the next step.
#[cube]
fn conclude(
    room: &mut Shared<[f32]>,
    sizes: &[f32],
    outcome: &[f32],
    state: &mut [u32],
    records: &mut [f32],
    base: usize,
    #[comptime] walk: Walk,
) {
    let squares = total(room, sizes, comptime!(walk.cubes), 2usize, 0usize);
    let loss = total(room, outcome, comptime!(walk.losses), 2usize, 0usize);
    let right = total(room, outcome, comptime!(walk.losses), 2usize, 1usize);
    if UNIT_POS == 0 {
        let held = state[comptime!(NOW + 1)] != 0u32 || sick(squares) || sick(loss);
        records[base] = loss;
        records[base + 1] = right;
        records[base + 2] = select(held, 1.0f32, 0.0f32);
        state[0] = state[comptime!(NOW)] + 1u32;
        state[1] = select(held, 1u32, 0u32);
        state[2] = state[comptime!(NOW + 2)] + 1u32;
    }
}
