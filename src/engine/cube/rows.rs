//! The rows of a batch, gathered on the device from those that lie there.
//!
//! All rows of a training are brought to the device once, as prepared numbers, or as bytes where they are bytes, and
//! the order of an epoch is brought there once an epoch. A step then needs nothing from the host: it looks up which
//! rows are its own. Rows that cannot stay there come in the order of the epoch, a half of a ring at a time, and none is
//! looked up. Behind the last feature of a row stands a one, whose weight is the bias, and then zeros up to a
//! multiple of four. A batch that is shorter than the others ends with rows of zeros. On the path of a batch this is
//! its beginning.

use cubecl::prelude::*;

use cubecl::client::Client;

use super::area::{Area, Four};
use super::{Load, Rows};

/// What a kernel that gathers is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Gather {
    /// How many rows this batch has, and how many all but the last have.
    pub batch: usize,
    pub whole: usize,
    /// How many rows there are in all.
    pub rows: usize,
    /// How many features a row has.
    pub width: usize,
    /// How far apart the rows of the batch lie.
    pub stride: usize,
    /// How far apart the rows on the device lie, in features.
    pub apart: usize,
    /// Whether they are bytes, four to a word.
    pub bytes: bool,
    /// Whether features are bent after they were scaled.
    pub bend: bool,
    /// How many rows the ring has in which they come; `None` where all rows stay.
    pub ring: Option<usize>,
}

impl Gather {
    /// How such rows are gathered into batches of so many rows that lie so far apart.
    pub fn of(rows: &Rows, batch: usize, stride: usize) -> Self {
        let bend = rows.bytes && rows.scale.last().is_some_and(|&flat| flat > 0.0);
        let Rows { bytes, width: (width, apart), .. } = *rows;
        let (here, ring) = (rows.labels.len(), rows.epoch.map(|_| rows.labels.len()));
        let rows = rows.epoch.unwrap_or(here);
        Gather { batch, whole: batch, rows, width, stride, apart, bytes, bend, ring }
    }

    /// Brings rows into the ring, the first of which is row number `row` of all. They take the place of earlier ones, whose
    /// batches were all asked for already.
    pub fn fill(&self, client: &Client, (features, labels): (&Area, &Area), row: usize, load: Load) {
        let Some(ring) = self.ring else { return };
        features.write_from(client, row % ring * self.apart, load.words);
        labels.write_from(client, row % ring, load.labels);
    }
}

/// Four features of a row from its bits, the first of them number `first`; behind the last is a one, and then zeros.
#[cube]
fn four_of<N: Size>(bits: Vector<u32, N>, scale: &[f32], first: usize, #[comptime] gather: Gather) -> Four {
    let mut found = Four::new(0.0);
    #[unroll]
    for i in 0..4usize {
        let column = first + i;
        let mut v = 0.0f32;
        if column == comptime!(gather.width) {
            v = 1.0;
        }
        if column < comptime!(gather.width) {
            if comptime!(gather.bytes) {
                let byte = (bits.extract(0usize) >> comptime!(8 * i as u32)) & 255u32;
                v = f32::cast_from(byte) * scale[comptime!(2 * gather.width)];
                v = (v - scale[2 * column]) * scale[2 * column + 1];
                if comptime!(gather.bend) {
                    let far = clamp(v, -1e18f32, 1e18f32);
                    v = far / (far * far * scale[comptime!(2 * gather.width + 1)] + 1.0).sqrt();
                }
            } else {
                v = f32::reinterpret(bits.extract(i));
            }
        }
        found.insert(i, v);
    }
    found
}

/// Gathers the rows of batch number `state[0]` in `order`, and their labels; absent rows have the label `u32::MAX`.
///
/// # Shapes
/// `words` holds the rows, `[rows, apart]`, as the bits of numbers, four at a time, or as four bytes to a word;
/// `scale` is `[2 * width + 2]`: what is subtracted from each feature and what it is multiplied with, the value of a
/// byte of one, and the square of what bends over.
#[cube(launch_unchecked)]
pub(super) fn gather_kernel<N: Size>(
    words: &[Vector<u32, N>],
    scale: &[f32],
    labels: &[u32],
    order: &[u32],
    state: &[u32],
    x: &mut [Four],
    y: &mut [u32],
    #[comptime] gather: Gather,
) {
    let fours = comptime!(gather.stride / 4);
    let place = ABSOLUTE_POS;
    let (row, four) = (place / fours, place % fours);
    if row < comptime!(gather.batch) {
        let at = state[0] as usize * comptime!(gather.whole) + row;
        let there = at < comptime!(gather.rows);
        let mut from = 0usize;
        let mut label = comptime!(u32::MAX).runtime();
        if there {
            if comptime!(gather.ring.is_some()) {
                from = at % comptime!(gather.ring.unwrap_or(1));
            } else {
                from = order[at] as usize;
            }
            label = labels[from];
        }
        if four == 0 {
            y[row] = label;
        }
        let mut found = Four::new(0.0);
        if there {
            let first = four * 4;
            let mut bits = Vector::<u32, N>::new(0u32);
            if first < comptime!(gather.width) {
                bits = words[from * comptime!(gather.apart / 4) + four];
            }
            found = four_of::<N>(bits, scale, first, gather);
        }
        x[row * fours + four] = found;
    }
}

/// Copies all numbers of a buffer.
#[cube(launch_unchecked)]
pub(super) fn copy_kernel(from: &[Four], to: &mut [Four]) {
    if ABSOLUTE_POS < to.len() {
        to[ABSOLUTE_POS] = from[ABSOLUTE_POS];
    }
}
