//! Products of matrices on a GPU, with what happens to their numbers afterwards in the same launch.
//!
//! A cube of units computes one tile of the product. It walks along the inner dimension, brings a slab of both factors
//! into shared memory at a time and multiplies it from there, while the next slab is already on its way into registers;
//! every unit keeps a small block of sums in registers (Goto and van de Geijn 2008 describe the scheme for a CPU).
//! Numbers move four at a time. Where the product has too few tiles for the whole GPU, the inner dimension is cut into
//! parts, whose products lie one after another and are added up later, always in the same order, so that the same step
//! has the same bits. On the path of a batch this is the forward pass of a layer, the gradient of its weight and the
//! gradient that it hands to the layer before.

use cubecl::client::Client;
use cubecl::prelude::*;

use super::area::{Four, Matrix, Place};
use super::curve::{Curve, bent, slope};
use super::slab::{Side, fetch, put, read, write};
use super::tile::Tile;
use crate::engine::Precision;

/// What becomes of the numbers of a product before they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum After {
    /// Nothing.
    Nothing,
    /// They go through the function: the forward pass of a hidden layer.
    Bend(Curve),
    /// They are multiplied with the derivative of the function: the backward pass into a hidden layer.
    Slope(Curve),
}

/// What a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Form {
    tile: Tile,
    left: Side,
    right: Side,
    out: Place,
    side: Place,
    mask: Place,
    inner: usize,
    /// How much of the inner dimension a part takes.
    share: usize,
    /// How far apart the products of two parts lie.
    apart: usize,
    after: After,
    /// Whether the numbers that the derivative is taken at are written too.
    both: bool,
    /// Whether the numbers are multiplied with a mask at the end.
    masked: bool,
}

/// A product of two matrices, ready to be launched.
#[derive(Clone, Debug)]
pub struct Product {
    /// The left factor, `[m, k]`, or `[k, m]` if it is stored as its transpose.
    pub left: Matrix,
    /// The right factor, `[k, n]`, or `[n, k]` if it is stored as its transpose.
    pub right: Matrix,
    /// Which factors are stored as their transposes.
    pub transposed: [bool; 2],
    /// The inner dimension k.
    pub inner: usize,
    /// Where the product is written, `[m, n]`; the products of parts follow one another.
    pub out: Matrix,
    /// Into how many parts the inner dimension is cut, and how far apart their products lie.
    pub parts: (usize, usize),
    /// What becomes of its numbers.
    pub after: After,
    /// The numbers at which the derivative is taken: [`After::Bend`] writes them, [`After::Slope`] reads them.
    pub side: Option<Matrix>,
    /// What the numbers are multiplied with at the end, `[m, n]`.
    pub mask: Option<Matrix>,
    /// How exact the numbers of the factors are.
    pub precision: Precision,
    /// Whether the last row of the right factor, which is not stored as its transpose, holds biases, which stay exact.
    pub biased: bool,
}

impl Product {
    /// Launches the product on a device with so many `cores`.
    pub fn launch(&self, client: &Client, cores: usize) {
        let [m, n] = self.out.size;
        let tile = Tile::of(([m, n], self.inner), self.parts.0, cores).1;
        let units = tile.units();
        let reach = [m.next_multiple_of(tile.m), n.next_multiple_of(tile.n), self.inner.next_multiple_of(tile.k)];
        let side = |matrix: &Matrix, along, outer: usize| Side {
            place: matrix
                .place(matrix.lanes(), if along { [reach[outer], reach[2]] } else { [reach[2], reach[outer]] }),
            along,
            width: [tile.m, tile.n][outer],
            depth: tile.k,
            units,
            precision: self.precision,
            exact: (outer == 1 && self.biased && self.precision != Precision::F32).then_some(self.inner - 1),
        };
        let (seen, mask) = (self.side.as_ref().unwrap_or(&self.out), self.mask.as_ref().unwrap_or(&self.out));
        let lanes = [&self.out, seen, mask].iter().map(|matrix| matrix.lanes()).min().unwrap_or(1);
        let lanes = if self.parts.1.is_multiple_of(4) { lanes } else { 1 };
        let form = Form {
            tile,
            left: side(&self.left, !self.transposed[0], 0),
            right: side(&self.right, self.transposed[1], 1),
            out: self.out.place(lanes, [reach[0], reach[1]]),
            side: seen.place(lanes, [reach[0], reach[1]]),
            mask: mask.place(lanes, [reach[0], reach[1]]),
            inner: self.inner,
            share: self.inner.div_ceil(self.parts.0).next_multiple_of(tile.k),
            apart: self.parts.1,
            after: self.after,
            both: matches!(self.after, After::Bend(_)) && self.side.is_some(),
            masked: self.mask.is_some(),
        };
        let (left, right) = (self.left.lanes(), self.right.lanes());
        let count = CubeCount::Static(n.div_ceil(tile.n) as u32, m.div_ceil(tile.m) as u32, self.parts.0 as u32);
        // SAFETY: every place that is read or written is checked against the sizes in `form`, which lie inside the
        // buffers.
        unsafe {
            product_kernel::launch_unchecked(
                client,
                count,
                CubeDim::new_1d(units as u32),
                left,
                right,
                lanes,
                self.left.argument(left),
                self.right.argument(right),
                self.out.argument(lanes),
                seen.argument(lanes),
                seen.argument(lanes),
                mask.argument(lanes),
                form,
            );
        }
    }
}

/// One tile of the product, or of a part of it.
#[cube(launch_unchecked)]
fn product_kernel<NL: Size, NR: Size, NO: Size>(
    left: &[Vector<f32, NL>],
    right: &[Vector<f32, NR>],
    out: &mut [Vector<f32, NO>],
    kept: &mut [Vector<f32, NO>],
    seen: &[Vector<f32, NO>],
    mask: &[Vector<f32, NO>],
    #[comptime] form: Form,
) {
    let tile = comptime!(form.tile);
    let (row, column) = (CUBE_POS_Y as usize * comptime!(tile.m), CUBE_POS_X as usize * comptime!(tile.n));
    let first = CUBE_POS_Z as usize * comptime!(form.share);
    let end = min(first + comptime!(form.share), comptime!(form.inner));
    let mut lefts = Shared::<[Four]>::new_slice(comptime!(tile.k * form.left.stride()));
    let mut rights = Shared::<[Four]>::new_slice(comptime!(tile.k * form.right.stride()));
    let mut next_left = Array::<Four>::new(comptime!(form.left.registers()));
    let mut next_right = Array::<Four>::new(comptime!(form.right.registers()));
    let mut sums = Array::<Four>::new(comptime!(tile.rows * tile.columns / 4));
    fetch::<NL>(left, &mut next_left, row, first, comptime!(form.left));
    fetch::<NR>(right, &mut next_right, column, first, comptime!(form.right));
    let mut k = first;
    while k < end {
        put(&next_left, &mut lefts, k, comptime!(form.left));
        put(&next_right, &mut rights, k, comptime!(form.right));
        k += comptime!(tile.k);
        // The next slab is asked for before the units wait for each other. Behind that, or without the branch, a
        // compiler moves the request behind most of the products, and the units wait for memory.
        if k < end {
            fetch::<NL>(left, &mut next_left, row, k, comptime!(form.left));
            fetch::<NR>(right, &mut next_right, column, k, comptime!(form.right));
        }
        sync_cube();
        multiply(&lefts, &rights, &mut sums, comptime!(form));
        sync_cube();
    }
    finish::<NO>(&sums, out, kept, seen, mask, row, column, comptime!(form));
}

/// Adds the products of the slabs in shared memory to this unit's sums.
#[cube]
fn multiply(left: &Shared<[Four]>, right: &Shared<[Four]>, sums: &mut Array<Four>, #[comptime] form: Form) {
    let tile = comptime!(form.tile);
    let (high, wide) = comptime!((tile.rows / 4, tile.columns / 4));
    let across = comptime!(tile.n / tile.columns);
    let (down, along) = (UNIT_POS as usize / across, UNIT_POS as usize % across);
    #[unroll]
    for k in 0..comptime!(tile.k) {
        let mut rights = Array::<Four>::new(wide);
        #[unroll]
        for j in 0..wide {
            rights[j] = right[comptime!(k * form.right.stride() + j * (tile.n / wide / 4)) + along];
        }
        #[unroll]
        for i in 0..high {
            let lefts = left[comptime!(k * form.left.stride() + i * (tile.m / high / 4)) + down];
            #[unroll]
            for e in 0..4usize {
                #[unroll]
                for j in 0..wide {
                    let at = comptime!((i * 4 + e) * wide + j);
                    sums[at] = fma(Four::new(lefts.extract(e)), rights[j], sums[at]);
                }
            }
        }
    }
}

/// Does what comes after the product with this unit's sums, and writes them.
#[cube]
fn finish<N: Size>(
    sums: &Array<Four>,
    out: &mut [Vector<f32, N>],
    kept: &mut [Vector<f32, N>],
    seen: &[Vector<f32, N>],
    mask: &[Vector<f32, N>],
    row: usize,
    column: usize,
    #[comptime] form: Form,
) {
    let tile = comptime!(form.tile);
    let (high, wide) = comptime!((tile.rows / 4, tile.columns / 4));
    let across = comptime!(tile.n / tile.columns);
    let (down, along) = (UNIT_POS as usize / across, UNIT_POS as usize % across);
    let part = CUBE_POS_Z as usize * comptime!(form.apart);
    #[unroll]
    for i in 0..comptime!(tile.rows) {
        #[unroll]
        for j in 0..wide {
            let r = row + comptime!(i / 4 * (tile.m / high) + i % 4) + down * 4;
            let c = column + comptime!(j * (tile.n / wide)) + along * 4;
            let mut v = sums[comptime!(i * wide + j)];
            match comptime!(form.after) {
                After::Nothing => {}
                After::Bend(curve) => {
                    if comptime!(form.both && curve.looks_back()) {
                        write::<N>(kept, v, r, c, 0usize, comptime!(form.side));
                    }
                    v = bent(v, curve);
                    if comptime!(form.both && !curve.looks_back()) {
                        write::<N>(kept, v, r, c, 0usize, comptime!(form.side));
                    }
                }
                After::Slope(curve) => {
                    v *= slope(read::<N>(seen, r, c, comptime!(form.side)), curve);
                }
            }
            if comptime!(form.masked) {
                v *= read::<N>(mask, r, c, comptime!(form.mask));
            }
            write::<N>(out, v, r, c, part, comptime!(form.out));
        }
    }
}
