//! The update on a GPU: the parts of the gradients are added up and measured, then all parameters move in one launch.
//!
//! All parameters of a network lie in one buffer, in forward order, and so do their gradients and moments. A cube
//! takes a piece of one parameter. Before a piece moves, the cube adds up what was measured of all pieces, in the
//! same order as every other cube does: the norm, by which gradients are clipped, and whether loss and gradients are
//! finite. Where they are not, or were not in an earlier step, nothing moves, and what is remembered of it stops
//! every later step until somebody has looked. So a sick gradient never touches the weights, although nobody reads
//! anything from the device. The formulas are those of [`Optimizer`](crate::learner::Optimizer). On the path of a
//! batch this is the end.

use cubecl::prelude::*;

use super::sums::{UNITS, largest, magnitude, sick, sum, total};

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

/// The state of a step for the launches up to the fold: the number of its batch, whether a step was sick, the number
/// of its record (and a fourth, which is of the judgement of held-out rows and 0 here). It is copied by the fold to
/// `NOW`, for the launches after it, so that the last one can write the state of the next step while its own cubes
/// still read.
pub(super) const NOW: usize = 4;

/// The rule by which parameters move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Descent {
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

/// One of the coefficients of a step, for several numbers at once.
#[cube]
fn coefficient<N: Size>(coefficients: &[f32], base: usize, #[comptime] which: usize) -> Vector<f32, N> {
    Vector::new(coefficients[base + which])
}

/// What some weights become by the rule; `g` is their gradient.
#[cube]
#[allow(unused_assignments, reason = "the macro makes a variable of each arm")]
fn moved<N: Size>(
    old: Vector<f32, N>,
    g: Vector<f32, N>,
    first: &mut [Vector<f32, N>],
    second: &mut [Vector<f32, N>],
    at: usize,
    table: &[f32],
    base: usize,
    #[comptime] rule: Descent,
) -> Vector<f32, N> {
    let rate = coefficient::<N>(table, base, RATE);
    let mut w = old;
    match comptime!(rule) {
        Descent::Plain => {
            w = old - rate * g;
        }
        Descent::Momentum => {
            let v = coefficient::<N>(table, base, MOMENTUM) * first[at] + g;
            first[at] = v;
            w = old - rate * (coefficient::<N>(table, base, AHEAD) * g + coefficient::<N>(table, base, ALONG) * v);
        }
        Descent::Rmsprop => {
            let v = coefficient::<N>(table, base, TWO) * first[at] + coefficient::<N>(table, base, REST_TWO) * g * g;
            first[at] = v;
            w = old - rate * g / (v.sqrt() + coefficient::<N>(table, base, EPSILON));
        }
        Descent::Adam => {
            let m = coefficient::<N>(table, base, ONE) * first[at] + coefficient::<N>(table, base, REST_ONE) * g;
            let v = coefficient::<N>(table, base, TWO) * second[at] + coefficient::<N>(table, base, REST_TWO) * g * g;
            first[at] = m;
            second[at] = v;
            w = coefficient::<N>(table, base, KEPT) * old
                - rate * m / (v.sqrt() + coefficient::<N>(table, base, EPSILON));
        }
    }
    w
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
    table: &[f32],
    state: &[u32],
    weights: &mut [Vector<f32, N>],
    first: &mut [Vector<f32, N>],
    second: &mut [Vector<f32, N>],
    effects: &mut [f32],
    #[comptime] rule: Descent,
    #[comptime] walk: Walk,
) {
    let mut room = Shared::<[f32]>::new_slice(comptime!(UNITS + 16));
    let squares = total(&mut room, sizes, comptime!(walk.cubes), 2usize, 0usize);
    let loss = total(&mut room, outcome, comptime!(walk.losses), 2usize, 0usize);
    let held = sick(squares) || sick(loss) || state[comptime!(NOW + 1)] != 0u32;
    let base = state[comptime!(NOW)] as usize * comptime!(COEFFICIENTS);
    let factor = Vector::<f32, N>::new(clipping(squares, table[base + comptime!(CLIP)]));
    let coupled = coefficient::<N>(table, base, COUPLED);
    let (start, count) =
        (pieces[CUBE_POS * comptime!(PIECE)] as usize, pieces[CUBE_POS * comptime!(PIECE) + 1] as usize);
    let mut size = 0.0f32;
    let mut way = 0.0f32;
    let mut top = 0u32;
    #[unroll]
    for turn in 0..comptime!(walk.turns) {
        let i = (UNIT_POS as usize + comptime!(turn * UNITS)) * comptime!(walk.lanes);
        if i < count {
            let at = (start + i) / comptime!(walk.lanes);
            let old = weights[at];
            let mut w = old;
            if !held {
                w = moved::<N>(old, factor * gradients[at] + coupled * old, first, second, at, table, base, rule);
                weights[at] = w;
            }
            let step = w - old;
            #[unroll]
            for e in 0..comptime!(walk.lanes) {
                if i + e < count {
                    size += w.extract(e) * w.extract(e);
                    way += step.extract(e) * step.extract(e);
                    top = max(top, magnitude(w.extract(e)));
                }
            }
        }
    }
    note(&mut room, effects, size, way, top);
}

/// By what gradients are multiplied whose squares add up to this, so that their norm is `clip` at most; 0 for none.
#[cube]
fn clipping(squares: f32, clip: f32) -> f32 {
    let norm = squares.sqrt();
    let mut factor = 1.0f32;
    if clip > 0.0 && norm > clip {
        factor = clip / norm;
    }
    factor
}

/// Writes down what all units of the cube have measured of its piece.
#[cube]
fn note(room: &mut Shared<[f32]>, effects: &mut [f32], size: f32, way: f32, top: u32) {
    let mut tops = Shared::<[u32]>::new_slice(comptime!(UNITS + 16));
    let size = sum(room, size);
    let way = sum(room, way);
    let top = largest(&mut tops, top);
    if UNIT_POS == 0 {
        effects[CUBE_POS * 3] = size;
        effects[CUBE_POS * 3 + 1] = f32::reinterpret(top);
        effects[CUBE_POS * 3 + 2] = way;
    }
}
