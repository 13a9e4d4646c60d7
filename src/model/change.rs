//! Changes: parameters edited where they lie, and how large numbers are; both in one walk over the memory, since that is
//! what takes the time.
//!
//! Long arrays are walked in parts that depend on their length alone, on as many threads as there are, so that sums have
//! the same bits on any number of them.

use crate::share::{SHARE, both};
use crate::simd::{WIDTH, simd};

/// What an update did to the weights it edited.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change {
    /// Σ w² after it; infinite if it overflows.
    pub squares: f32,
    /// The largest |w| after it.
    pub largest: f32,
    /// Σ (w after − w before)².
    pub moved: f32,
}

/// Replaces the i-th entries of all slices by `f` of the i-th of `x` and them, for every i; all are equally long.
/// `change`, if given, is told what happened to the first slice: measured in passing, since the time goes into memory.
pub fn each<const N: usize>(
    x: &[f32],
    slices: [&mut [f32]; N],
    change: Option<&mut Change>,
    f: impl Fn(f32, [f32; N]) -> [f32; N] + Copy + Sync,
) {
    match change {
        None => drop(parts::<N, false>(x, slices, f)),
        Some(change) => *change = parts::<N, true>(x, slices, f),
    }
}

/// In halves, and halves of them, until they are small.
fn parts<const N: usize, const MEASURED: bool>(
    x: &[f32],
    slices: [&mut [f32]; N],
    f: impl Fn(f32, [f32; N]) -> [f32; N] + Copy + Sync,
) -> Change {
    if x.len() < SHARE {
        return replace::<N, MEASURED>(x, slices, f);
    }
    let (x, x_more) = x.split_at(x.len() / 2);
    let mut halves = slices.map(|slice| slice.split_at_mut(x.len()));
    let one = halves.each_mut().map(|(one, _)| std::mem::take(one));
    let two = halves.map(|(_, two)| two);
    let (one, two) = both(|| parts::<N, MEASURED>(x, one, f), || parts::<N, MEASURED>(x_more, two, f));
    Change { squares: one.squares + two.squares, largest: one.largest.max(two.largest), moved: one.moved + two.moved }
}

/// Sums and maxima, lane by lane, in an order that never changes.
#[derive(Clone, Copy)]
struct Lanes {
    squares: [f32; WIDTH],
    largest: [f32; WIDTH],
    moved: [f32; WIDTH],
}

impl Lanes {
    #[inline(always)]
    fn see(&mut self, lane: usize, old: f32, new: f32) {
        self.squares[lane] += new * new;
        self.moved[lane] += (new - old) * (new - old);
        let size = new.abs();
        self.largest[lane] = if size > self.largest[lane] { size } else { self.largest[lane] };
    }

    fn change(&self) -> Change {
        Change {
            squares: self.squares.iter().sum(),
            largest: self.largest.iter().fold(0.0, |a, &b| a.max(b)),
            moved: self.moved.iter().sum(),
        }
    }
}

/// Sixteen entries at a time go through arrays of their own, which tells the compiler that the slices cannot overlap.
#[inline(always)]
fn replace<const N: usize, const MEASURED: bool>(
    x: &[f32],
    slices: [&mut [f32]; N],
    f: impl Fn(f32, [f32; N]) -> [f32; N] + Copy,
) -> Change {
    let (x, x_rest) = x.as_chunks::<WIDTH>();
    let mut split = slices.map(|slice| slice.as_chunks_mut::<WIDTH>());
    let blocks = split.iter().map(|(blocks, _)| blocks.len()).fold(x.len(), usize::min);
    let mut lanes = Lanes { squares: [0.0; WIDTH], largest: [0.0; WIDTH], moved: [0.0; WIDTH] };
    simd(
        #[inline(always)]
        || {
            let mut seen = lanes;
            let mut whole = split.each_mut().map(|(whole, _)| &mut whole[..blocks]);
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
    let rest = split.iter().map(|(_, rest)| rest.len()).fold(x_rest.len(), usize::min);
    for (i, &x) in x_rest[..rest].iter().enumerate() {
        let entries = f(x, std::array::from_fn(|k| split[k].1[i]));
        if MEASURED {
            lanes.see(i, split[0].1[i], entries[0]);
        }
        (0..N).for_each(|k| split[k].1[i] = entries[k]);
    }
    lanes.change()
}

/// The bits of |x|, which are in its order; NaN comes last.
fn bits(x: f32) -> u32 {
    x.to_bits() & (u32::MAX >> 1)
}

/// (Σ x², the largest |x|), in 64 lanes whose order never changes; the sum is infinite if it overflows, and a NaN is
/// larger than any number.
pub fn magnitude(x: &[f32]) -> (f32, f32) {
    if x.len() >= SHARE {
        let (x, more) = x.split_at(x.len() / 2);
        let ((sum, top), (more, over)) = both(|| magnitude(x), || magnitude(more));
        return (sum + more, f32::from_bits(bits(top).max(bits(over))));
    }
    let (chunks, rest) = x.as_chunks::<64>();
    simd(
        #[inline(always)]
        || {
            let (mut sums, mut tops) = ([0.0f32; 64], [0u32; 64]);
            for chunk in chunks {
                sums.iter_mut().zip(chunk).for_each(|(sum, &x)| *sum += x * x);
                tops.iter_mut().zip(chunk).for_each(|(top, &x)| *top = (*top).max(bits(x)));
            }
            let top = rest.iter().fold(tops.iter().fold(0, |top, &bits| top.max(bits)), |top, &x| top.max(bits(x)));
            let half = |i: usize| sums[i] + sums[i + 32];
            let sums: [f32; 16] = std::array::from_fn(|i| half(i) + half(i + 16));
            (sums.iter().sum::<f32>() + rest.iter().map(|v| v * v).sum::<f32>(), f32::from_bits(top))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_measured_in_passing() {
        let mut w: Vec<f32> = (0..37).map(|i| i as f32).collect();
        let mut change = Change::default();
        each(&[2.0; 37], [&mut w], Some(&mut change), |x, [w]| [w - x]);
        assert_eq!((w[0], w[36]), (-2.0, 34.0));
        assert_eq!((change.largest, change.moved), (34.0, 4.0 * 37.0));
        assert_eq!(change.squares, w.iter().map(|w| w * w).sum::<f32>());
        let (squares, largest) = magnitude(&[[-3.0f32; 70].as_slice(), &[4.0]].concat());
        assert_eq!((squares, largest), (646.0, 4.0));
    }

    #[test]
    fn parts_are_the_whole() {
        let x: Vec<f32> = (0..3 * SHARE + 5).map(|i| (i % 17) as f32 - 8.0).collect();
        let (mut w, mut change) = (x.clone(), Change::default());
        each(&x, [&mut w], Some(&mut change), |x, [w]| [w + x]);
        assert!(w.iter().zip(&x).all(|(w, x)| *w == 2.0 * x));
        let squares: f64 = x.iter().map(|x| f64::from(x * x)).sum();
        assert!((f64::from(change.moved) / squares - 1.0).abs() < 1e-5);
        assert!((f64::from(magnitude(&x).0) / squares - 1.0).abs() < 1e-5);
        assert_eq!((change.largest, magnitude(&x).1), (16.0, 8.0));
        assert!(magnitude(&[x, vec![f32::NAN]].concat()).1.is_nan());
    }
}
