//! Random numbers: a generator for every purpose, and the distributions that are drawn from.
//!
//! Every draw is a function of the seed, of what it is for and of where it is used (an epoch, a row), and never of a
//! generator that is handed from one place to the next. So neither the number of threads nor an interruption changes a
//! draw. Below all other rooms: weights, poses, splits and both kinds of dropout draw from here.

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A generator for one purpose. Generators of one seed and two purposes are independent of each other.
pub fn generator(seed: u64, purpose: &[u8; 8]) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed ^ u64::from_be_bytes(*purpose))
}

/// The generator of one row in one epoch, independent of those of all other rows and epochs.
pub fn generator_of_row(seed: u64, purpose: &[u8; 8], epoch: usize, row: u32) -> ChaCha8Rng {
    let mut rng = generator(seed, purpose);
    rng.set_stream((epoch as u64) << 32 | u64::from(row));
    rng
}

/// A uniform number in −1..1.
pub fn uniform(rng: &mut ChaCha8Rng) -> f32 {
    rng.next_u32() as i32 as f32 / (1u32 << 31) as f32
}

/// A number of the standard normal distribution, exact to rounding (Box and Muller 1958). For weights and for evidence.
pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// A number with mean 0 and deviation 1 that is nearly normal and never beyond 3.5: the sum of four uniform numbers.
///
/// It is for the displacement of pixels, which takes 162 numbers for each image of each epoch: [`normal`] would take a
/// logarithm, a root and a cosine for each of them, and a rare large number would tear the image.
pub fn nearly_normal(rng: &mut ChaCha8Rng) -> f32 {
    let bits = rng.next_u64();
    let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
    (sum as f32 - 131_070.0) / 37_837.2
}

/// A random number of this many bits decides whether a number is switched off, so the share is exact to this many bits.
const BITS: u32 = 16;

/// Dropout of a share of some numbers. The others are divided by the share that remains, so that sums keep their size
/// (Srivastava et al. 2014).
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// A number is switched off if its random number is below this one.
    threshold: u16,
}

impl Dropout {
    /// Switches off this share, 0..1; `None` for a share of 0.
    pub fn new(share: f64) -> Option<Self> {
        let threshold = (share * f64::from(1u32 << BITS)).round().min(f64::from(u16::MAX)) as u16;
        (threshold > 0).then_some(Dropout { threshold })
    }

    /// The share that is switched off, in 65,536ths.
    pub fn threshold(self) -> u32 {
        u32::from(self.threshold)
    }

    /// Switches off numbers of some rows of a matrix as [`Dropout::apply`] does with all `of` rows of it: `x` holds the `rows`
    /// with these places alone. The draws for the others are passed over, not made.
    pub fn apply_to_rows(self, rng: &mut ChaCha8Rng, x: &mut [f32], (rows, of): (&[usize], usize)) {
        let (start, width) = (rng.get_word_pos(), x.len() / rows.len().max(1));
        for (&row, x) in rows.iter().zip(x.chunks_exact_mut(width.max(1))) {
            let first = row * width;
            rng.set_word_pos(start + first as u128 / 2); // a word is drawn for two numbers
            if first % 2 == 0 {
                self.apply(rng, x);
            } else {
                let mut with_the_one_before = [&[0.0], &*x].concat();
                self.apply(rng, &mut with_the_one_before);
                x.copy_from_slice(&with_the_one_before[1..]);
            }
        }
        rng.set_word_pos(start + (of * width).div_ceil(2) as u128);
    }

    /// Switches off numbers of `x`, as `rng` draws it.
    pub fn apply(self, rng: &mut ChaCha8Rng, x: &mut [f32]) {
        let kept = (1u32 << BITS) as f32 / ((1u32 << BITS) - u32::from(self.threshold)) as f32;
        let mut bytes = [0; 1024];
        for some in x.chunks_mut(bytes.len() / 2) {
            let bytes = &mut bytes[..2 * some.len()];
            rng.fill_bytes(bytes);
            for (number, bytes) in some.iter_mut().zip(bytes.as_chunks().0) {
                *number *= if u16::from_le_bytes(*bytes) < self.threshold { 0.0 } else { kept };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_drawn_by_different_ranks_are_those_that_one_process_draws() {
        let dropout = Dropout::new(0.5).unwrap();
        for (of, width) in [(7, 5), (40, 33), (3, 800), (1, 1)] {
            let draw = |rows: &[usize]| {
                if rows.is_empty() {
                    return; // whoever has no rows draws nothing
                }
                let mut rng = generator(3, b"TEST\0\0\0\0");
                rng.next_u32();
                let (mut some, mut all) = (vec![1.0; rows.len() * width], vec![1.0; of * width]);
                let mut whole = rng.clone();
                dropout.apply_to_rows(&mut rng, &mut some, (rows, of));
                dropout.apply(&mut whole, &mut all);
                assert_eq!(rng.next_u64(), whole.next_u64(), "what is drawn afterwards");
                let picked: Vec<f32> =
                    rows.iter().flat_map(|row| all[row * width..(row + 1) * width].to_vec()).collect();
                assert_eq!(some, picked, "{rows:?} of {of} rows of {width}");
            };
            draw(&(0..of / 2).collect::<Vec<_>>());
            draw(&(of / 2..of).collect::<Vec<_>>());
            draw(&(0..of).step_by(3).collect::<Vec<_>>());
        }
    }

    #[test]
    fn both_normal_distributions_have_mean_zero_and_deviation_one() {
        let mut rng = generator(1, b"TEST\0\0\0\0");
        let moments = |draw: &mut dyn FnMut() -> f64| {
            let drawn: Vec<f64> = (0..100_000).map(|_| draw()).collect();
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            (mean, (drawn.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / drawn.len() as f64).sqrt())
        };
        let (mean, deviation) = moments(&mut || normal(&mut rng));
        assert!(mean.abs() < 0.02 && (deviation - 1.0).abs() < 0.01, "{mean} {deviation}");
        let (mean, deviation) = moments(&mut || f64::from(nearly_normal(&mut rng)));
        assert!(mean.abs() < 0.02 && (deviation - 1.0).abs() < 0.01, "{mean} {deviation}");
    }
}
