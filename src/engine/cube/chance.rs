//! The masks of dropout, drawn on the device as [`Dropout`](crate::random::Dropout) draws them on the host.
//!
//! The generator is ChaCha with eight rounds (Bernstein 2008), whose output is a function of a key and a place, so
//! every unit draws the sixteen words of its own block and nothing depends on who came first. A key is made on the
//! host for every step. So a network that is trained on a GPU loses the same units as on a CPU. `tests/backends.rs`
//! compares both.

#![allow(clippy::manual_rotate, reason = "kernels have no rotation")]

use cubecl::prelude::*;

/// What a kernel that draws masks is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Draw {
    /// How many units of all rows of the batch are drawn for.
    pub numbers: usize,
    /// How many units the layer has.
    pub width: usize,
    /// How many words the hidden layers before it take.
    pub before: usize,
    /// How far apart the rows of the mask lie.
    pub stride: usize,
    /// A unit is switched off if its random number is below this one.
    pub threshold: u32,
}

/// One quarter round on four of the sixteen words.
#[cube]
fn quarter(x: &mut Array<u32>, #[comptime] a: usize, #[comptime] b: usize, #[comptime] c: usize, #[comptime] d: usize) {
    x[a] += x[b];
    let v = x[d] ^ x[a];
    x[d] = (v << 16u32) | (v >> 16u32);
    x[c] += x[d];
    let v = x[b] ^ x[c];
    x[b] = (v << 12u32) | (v >> 20u32);
    x[a] += x[b];
    let v = x[d] ^ x[a];
    x[d] = (v << 8u32) | (v >> 24u32);
    x[c] += x[d];
    let v = x[b] ^ x[c];
    x[b] = (v << 7u32) | (v >> 25u32);
}

/// Draws the mask of one hidden layer for batch number `state[0]`: 0 where a unit is off, and elsewhere what keeps
/// sums at their size.
///
/// # Shapes
/// `keys` is `[batches, 8]` and the mask is `[batch, stride]`.
#[cube(launch_unchecked)]
pub(super) fn mask_kernel(keys: &[u32], state: &[u32], mask: &mut [f32], #[comptime] draw: Draw) {
    let step = state[0] as usize;
    // The masks of all layers follow one another, a word for two numbers.
    let skipped = comptime!(draw.before);
    let block = comptime!(draw.before / 16) + ABSOLUTE_POS;
    let mut x = Array::<u32>::new(16usize);
    x[0] = 0x6170_7865u32;
    x[1] = 0x3320_646eu32;
    x[2] = 0x7962_2d32u32;
    x[3] = 0x6b20_6574u32;
    #[unroll]
    for i in 0..8usize {
        x[4 + i] = keys[step * 8 + i];
    }
    x[12] = block as u32;
    x[13] = 0u32;
    x[14] = 0u32;
    x[15] = 0u32;
    #[unroll]
    for _round in 0..4usize {
        quarter(&mut x, 0usize, 4usize, 8usize, 12usize);
        quarter(&mut x, 1usize, 5usize, 9usize, 13usize);
        quarter(&mut x, 2usize, 6usize, 10usize, 14usize);
        quarter(&mut x, 3usize, 7usize, 11usize, 15usize);
        quarter(&mut x, 0usize, 5usize, 10usize, 15usize);
        quarter(&mut x, 1usize, 6usize, 11usize, 12usize);
        quarter(&mut x, 2usize, 7usize, 8usize, 13usize);
        quarter(&mut x, 3usize, 4usize, 9usize, 14usize);
    }
    x[0] += 0x6170_7865u32;
    x[1] += 0x3320_646eu32;
    x[2] += 0x7962_2d32u32;
    x[3] += 0x6b20_6574u32;
    #[unroll]
    for i in 0..8usize {
        x[4 + i] += keys[step * 8 + i];
    }
    x[12] += block as u32;
    let kept = comptime!(65536.0f32 / (65536 - draw.threshold) as f32);
    #[unroll]
    for i in 0..16usize {
        let word = block * 16 + i;
        if word >= skipped {
            #[unroll]
            for half in 0..2usize {
                let number = (word - skipped) * 2 + half;
                if number < comptime!(draw.numbers) {
                    let drawn = (x[i] >> comptime!(16 * half as u32)) & 0xffffu32;
                    let at = number / comptime!(draw.width) * comptime!(draw.stride) + number % comptime!(draw.width);
                    mask[at] = select(drawn < comptime!(draw.threshold), 0.0f32, kept.runtime());
                }
            }
        }
    }
}
