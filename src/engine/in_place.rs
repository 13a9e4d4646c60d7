//! In-place change: parameters are replaced where they lie, and what that did to them is measured in the same walk.
//!
//! An update reads and writes every parameter and its moments once, and on a wide network that traffic is its whole
//! cost. A new buffer for the result, or a second walk to measure it, would double the time. Long slices are halved by
//! their length alone, so the sums have the same bits for any number of threads.

use super::simd::{WIDTH, simd};
use super::threads::{LONG_LOOP, both};

/// What an update did to the parameters that it replaced.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effect {
    /// Σ w² over the new values; infinite if the squares overflow.
    pub squares: f32,
    /// The largest |w| among the new values.
    pub largest: f32,
    /// Σ (new w − old w)².
    pub moved: f32,
}

/// Replaces the i-th entries of all `slices` by `f` of the i-th entry of `x` and of theirs, for every i.
///
/// `f` is the rule of an optimizer: `x` is the gradient, the first slice holds the weights and the others their moments.
/// All slices are as long as `x`. If `effect` is given, it is overwritten by what happened to the first slice.
pub fn replace_each<const N: usize>(
    x: &[f32],
    slices: [&mut [f32]; N],
    effect: Option<&mut Effect>,
    f: impl Fn(f32, [f32; N]) -> [f32; N] + Copy + Sync,
) {
    match effect {
        None => drop(replace_pieces::<N, false>(x, slices, f)),
        Some(effect) => *effect = replace_pieces::<N, true>(x, slices, f),
    }
}

/// Cuts the slices in two until they are short, replaces the entries of each piece, and adds up what that did. `MEASURED`
/// is known to the compiler, so that an update which nobody looks at pays nothing for the sums.
fn replace_pieces<const N: usize, const MEASURED: bool>(
    x: &[f32],
    slices: [&mut [f32]; N],
    f: impl Fn(f32, [f32; N]) -> [f32; N] + Copy + Sync,
) -> Effect {
    if x.len() < LONG_LOOP {
        return piece::<N, MEASURED>(x, slices, f);
    }
    let (x, x_more) = x.split_at(x.len() / 2);
    // Two arrays of slices, the first pieces of all and the second pieces of all.
    let mut halved = slices.map(|slice| slice.split_at_mut(x.len()));
    let one = halved.each_mut().map(|(one, _)| std::mem::take(one));
    let two = halved.map(|(_, two)| two);
    let (one, two) =
        both(|| replace_pieces::<N, MEASURED>(x, one, f), || replace_pieces::<N, MEASURED>(x_more, two, f));
    Effect { squares: one.squares + two.squares, largest: one.largest.max(two.largest), moved: one.moved + two.moved }
}

/// The effect on a piece, lane by lane: sixteen sums side by side, whose order never changes.
#[derive(Clone, Copy)]
struct Lanes {
    /// Σ w² over the new values of each lane.
    squares: [f32; WIDTH],
    /// The largest |w| among the new values of each lane.
    largest: [f32; WIDTH],
    /// Σ (new w − old w)² of each lane.
    moved: [f32; WIDTH],
}

impl Lanes {
    /// Takes in one replaced entry.
    #[inline(always)]
    fn see(&mut self, lane: usize, old: f32, new: f32) {
        self.squares[lane] += new * new;
        self.moved[lane] += (new - old) * (new - old);
        let size = new.abs();
        self.largest[lane] = if size > self.largest[lane] { size } else { self.largest[lane] };
    }

    /// The effect over all lanes.
    fn effect(&self) -> Effect {
        Effect {
            squares: self.squares.iter().sum(),
            largest: self.largest.iter().fold(0.0, |a, &b| a.max(b)),
            moved: self.moved.iter().sum(),
        }
    }
}

/// Replaces the entries of a short piece. Sixteen entries at a time go through arrays on the stack, which tells the
/// compiler that the slices cannot overlap, so that it vectorises the loop.
#[inline(always)]
fn piece<const N: usize, const MEASURED: bool>(
    x: &[f32],
    slices: [&mut [f32]; N],
    f: impl Fn(f32, [f32; N]) -> [f32; N] + Copy,
) -> Effect {
    let (x, x_rest) = x.as_chunks::<WIDTH>();
    let mut split = slices.map(|slice| slice.as_chunks_mut::<WIDTH>());
    let blocks = split.iter().map(|(blocks, _)| blocks.len()).fold(x.len(), usize::min);
    let mut lanes = Lanes { squares: [0.0; WIDTH], largest: [0.0; WIDTH], moved: [0.0; WIDTH] };
    simd(
        #[inline(always)]
        || {
            let mut seen = lanes; // a local copy can stay in registers
            let mut whole = split.each_mut().map(|(whole, _)| &mut whole[..blocks]); // all of one length
            for (i, x) in x[..blocks].iter().enumerate() {
                let old: [[f32; WIDTH]; N] = std::array::from_fn(|k| whole[k][i]);
                let mut new = [[0.0f32; WIDTH]; N];
                for lane in 0..WIDTH {
                    let entries = f(x[lane], std::array::from_fn(|k| old[k][lane]));
                    (0..N).for_each(|k| new[k][lane] = entries[k]);
                    if MEASURED {
                        seen.see(lane, old[0][lane], new[0][lane]);
                    }
                }
                (0..N).for_each(|k| whole[k][i] = new[k]);
            }
            lanes = seen;
        },
    );
    // What is left over is fewer than sixteen entries, one for each lane.
    let rest = split.iter().map(|(_, rest)| rest.len()).fold(x_rest.len(), usize::min);
    for (i, &x) in x_rest[..rest].iter().enumerate() {
        let entries = f(x, std::array::from_fn(|k| split[k].1[i]));
        if MEASURED {
            lanes.see(i, split[0].1[i], entries[0]);
        }
        (0..N).for_each(|k| split[k].1[i] = entries[k]);
    }
    lanes.effect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::magnitude;

    #[test]
    fn an_edit_is_measured_in_passing() {
        let mut w: Vec<f32> = (0..37).map(|i| i as f32).collect();
        let mut effect = Effect::default();
        replace_each(&[2.0; 37], [&mut w], Some(&mut effect), |x, [w]| [w - x]);
        assert_eq!((w[0], w[36]), (-2.0, 34.0));
        assert_eq!((effect.largest, effect.moved), (34.0, 4.0 * 37.0));
        assert_eq!(effect.squares, w.iter().map(|w| w * w).sum::<f32>());
        let (squares, largest) = magnitude(&[[-3.0f32; 70].as_slice(), &[4.0]].concat());
        assert_eq!((squares, largest), (646.0, 4.0));
    }

    #[test]
    fn parts_are_the_whole() {
        let x: Vec<f32> = (0..3 * LONG_LOOP + 5).map(|i| (i % 17) as f32 - 8.0).collect();
        let (mut w, mut effect) = (x.clone(), Effect::default());
        replace_each(&x, [&mut w], Some(&mut effect), |x, [w]| [w + x]);
        assert!(w.iter().zip(&x).all(|(w, x)| *w == 2.0 * x));
        let squares: f64 = x.iter().map(|x| f64::from(x * x)).sum();
        assert!((f64::from(effect.moved) / squares - 1.0).abs() < 1e-5);
        assert!((f64::from(magnitude(&x).0) / squares - 1.0).abs() < 1e-5);
        assert_eq!((effect.largest, magnitude(&x).1), (16.0, 8.0));
        assert!(magnitude(&[x, vec![f32::NAN]].concat()).1.is_nan());
    }
}
