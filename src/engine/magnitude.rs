//! How large the numbers of a slice are: the sum of their squares and the largest magnitude, in one walk.
//!
//! After every backward pass the norm of the gradient decides whether the update may happen, so this walk is part of
//! every step.

use super::simd::simd;
use super::threads::{LONG_LOOP, both};

/// The sum of the squares and the largest magnitude of `x`.
///
/// The sum is infinite if the squares overflow. A NaN counts as larger than any number, so the second result is NaN if
/// `x` holds one. Sums are kept in 64 lanes whose order depends on the length alone, so the result has the same bits for
/// any number of threads.
pub fn magnitude(x: &[f32]) -> (f32, f32) {
    if x.len() >= LONG_LOOP {
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

/// The bits of |x|. As whole numbers they are in the order of the magnitudes, with NaN after infinity.
fn bits(x: f32) -> u32 {
    x.to_bits() & (u32::MAX >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_magnitude_may_be_negative_and_nan_is_larger_than_all() {
        let x = [[-3.0f32; 70].as_slice(), &[4.0, -5.0]].concat();
        assert_eq!(magnitude(&x), (671.0, 5.0));
        assert!(magnitude(&[x, vec![f32::NAN]].concat()).1.is_nan());
    }
}
