//! Slabs: how the units of a cube bring their part of a factor into shared memory, and how numbers are read and
//! written four at a time at the edges of a matrix.
//!
//! A factor whose rows lie along the inner dimension is turned on the way, in blocks of four by four, so that the
//! numbers of one step of the inner dimension lie side by side. First all pieces are brought into registers, which
//! takes long and is waited for by nobody, and later they are put into shared memory.

use cubecl::prelude::*;

use super::area::{Four, Place};
use super::rounding::rounded;
use crate::engine::Precision;

/// One factor as the units of a cube read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Side {
    /// Where the factor lies.
    pub place: Place,
    /// Whether its rows lie along the inner dimension, so that it has to be turned on the way into shared memory.
    pub along: bool,
    /// How many of its rows (or columns) a tile takes.
    pub width: usize,
    /// How far a slab reaches along the inner dimension.
    pub depth: usize,
    /// How many units a cube has.
    pub units: usize,
    /// How exact its numbers are, and which step of the inner dimension stays as it is; that of biases does.
    pub precision: Precision,
    pub exact: Option<usize>,
}

impl Side {
    /// How many pieces a slab consists of: four numbers, or blocks of four by four if they are turned.
    fn pieces(self) -> usize {
        self.width * self.depth / if self.along { 16 } else { 4 }
    }

    /// Whether every unit brings as many.
    fn even(self) -> bool {
        self.pieces().is_multiple_of(self.units)
    }

    /// How many of them a unit brings, at most.
    fn turns(self) -> usize {
        self.pieces().div_ceil(self.units)
    }

    /// How many registers of four numbers a unit needs for its pieces.
    pub fn registers(self) -> usize {
        self.turns() * if self.along { 4 } else { 1 }
    }

    /// How many fours lie from one step of the inner dimension to the next in shared memory. One more than needed keeps
    /// units that turn their blocks out of each other's way.
    pub fn stride(self) -> usize {
        self.width / 4 + usize::from(self.along)
    }
}

/// Brings this unit's pieces of the slab that begins at `k` into registers; `outer` is the first row (or column) of
/// the tile.
#[cube]
pub(super) fn fetch<N: Size>(
    from: &[Vector<f32, N>],
    to: &mut Array<Four>,
    outer: usize,
    k: usize,
    #[comptime] side: Side,
) {
    #[unroll]
    for turn in 0..comptime!(side.turns()) {
        let piece = UNIT_POS as usize + comptime!(turn * side.units);
        if comptime!(side.even()) || piece < comptime!(side.pieces()) {
            if comptime!(side.along) {
                let (block, deep) = (piece / comptime!(side.depth / 4), piece % comptime!(side.depth / 4));
                #[unroll]
                for i in 0..4usize {
                    let at = comptime!(turn * 4 + i);
                    to[at] = read::<N>(from, outer + block * 4 + i, k + deep * 4, comptime!(side.place));
                }
            } else {
                let (deep, block) = (piece / comptime!(side.width / 4), piece % comptime!(side.width / 4));
                to[turn] = read::<N>(from, k + deep, outer + block * 4, comptime!(side.place));
            }
        }
    }
}

/// Puts this unit's pieces of the slab that begins at `k` into shared memory, so that the numbers of one step of the inner
/// dimension lie side by side, and rounds them.
#[cube]
pub(super) fn put(from: &Array<Four>, to: &mut Shared<[Four]>, k: usize, #[comptime] side: Side) {
    #[unroll]
    for turn in 0..comptime!(side.turns()) {
        let piece = UNIT_POS as usize + comptime!(turn * side.units);
        if comptime!(side.even()) || piece < comptime!(side.pieces()) {
            if comptime!(side.along) {
                let (block, deep) = (piece / comptime!(side.depth / 4), piece % comptime!(side.depth / 4));
                #[unroll]
                for i in 0..4usize {
                    let mut turned = Four::new(0.0);
                    #[unroll]
                    for j in 0..4usize {
                        turned.insert(j, from[comptime!(turn * 4 + j)].extract(i));
                    }
                    to[(deep * 4 + i) * comptime!(side.stride()) + block] = rounded(turned, comptime!(side.precision));
                }
            } else {
                let (deep, block) = (piece / comptime!(side.width / 4), piece % comptime!(side.width / 4));
                let mut four = rounded(from[turn], comptime!(side.precision));
                if comptime!(side.exact.is_some()) && k + deep == comptime!(side.exact.unwrap_or(0)) {
                    four = from[turn];
                }
                to[deep * comptime!(side.stride()) + block] = four;
            }
        }
    }
}

/// Four numbers of a row of a matrix, 0 where it has none.
#[cube]
pub(super) fn read<N: Size>(from: &[Vector<f32, N>], row: usize, column: usize, #[comptime] place: Place) -> Four {
    let mut found = Four::new(0.0);
    let at = row * comptime!(place.stride) + column + comptime!(place.start);
    if comptime!(place.lanes == 4) {
        if (comptime!(place.within[0]) || row < comptime!(place.size[0]))
            && (comptime!(place.within[1]) || column < comptime!(place.size[1]))
        {
            let four = from[at / 4];
            #[unroll]
            for i in 0..4usize {
                found.insert(i, four.extract(i));
            }
        }
    } else {
        #[unroll]
        for i in 0..4usize {
            if (comptime!(place.within[0]) || row < comptime!(place.size[0]))
                && (comptime!(place.within[1]) || column + i < comptime!(place.size[1]))
            {
                found.insert(i, from[at + i].extract(0usize));
            }
        }
    }
    found
}

/// Writes four numbers of a row of a matrix, as far as it has room for them, `beyond` the place where it lies.
#[cube]
pub(super) fn write<N: Size>(
    to: &mut [Vector<f32, N>],
    four: Four,
    row: usize,
    column: usize,
    beyond: usize,
    #[comptime] place: Place,
) {
    let at = row * comptime!(place.stride) + column + comptime!(place.start) + beyond;
    if comptime!(place.lanes == 4) {
        if (comptime!(place.within[0]) || row < comptime!(place.size[0]))
            && (comptime!(place.within[1]) || column < comptime!(place.size[1]))
        {
            let mut whole = Vector::<f32, N>::empty();
            #[unroll]
            for i in 0..4usize {
                whole.insert(i, four.extract(i));
            }
            to[at / 4] = whole;
        }
    } else {
        #[unroll]
        for i in 0..4usize {
            if (comptime!(place.within[0]) || row < comptime!(place.size[0]))
                && (comptime!(place.within[1]) || column + i < comptime!(place.size[1]))
            {
                to[at + i] = Vector::new(four.extract(i));
            }
        }
    }
}
