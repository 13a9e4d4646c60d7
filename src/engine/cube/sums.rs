//! Sums over the units of a cube, and over what many cubes have noted, in an order that is always the same.

use cubecl::prelude::*;

/// The units of a cube that sums.
pub(super) const UNITS: usize = 256;

/// Adds up one number of every unit of the cube, in an order that is always the same.
#[cube]
pub(super) fn sum(room: &mut Shared<[f32]>, own: f32) -> f32 {
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
pub(super) fn largest(room: &mut Shared<[u32]>, own: u32) -> u32 {
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
pub(super) fn magnitude(x: f32) -> u32 {
    u32::reinterpret(x) & 0x7fff_ffffu32
}

/// Whether a number is infinite or NaN.
#[cube]
pub(super) fn sick(x: f32) -> bool {
    magnitude(x) >= 0x7f80_0000u32
}

/// Adds up what was measured of all pieces of the gradients, or of all cubes of the loss: every `apart`-th of
/// `numbers`, `count` of them.
#[cube]
pub(super) fn total(
    room: &mut Shared<[f32]>,
    numbers: &[f32],
    #[comptime] count: usize,
    #[comptime] apart: usize,
    #[comptime] first: usize,
) -> f32 {
    let mut all = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < count {
        all += numbers[apart * i + first];
        i += comptime!(UNITS);
    }
    sum(room, all)
}
