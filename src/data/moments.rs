//! Moments: count, mean and sum of squared deviations of each feature, added up part by part.
//!
//! The scale that gives features mean 0 and deviation 1 is made of them. The textbook's running sum of squares minus
//! the squared mean is a difference of two large numbers, which loses all its digits where a feature is large and
//! varies little, and can even come out negative. Here a part, which is in memory, is walked twice, and parts are
//! merged by a formula that subtracts means only. All of it is in f64 and in an order that depends on the rows alone,
//! so that rows in memory and rows streamed from a file give the same bits.

use crate::engine::simd;

/// The moments of each feature over some rows.
#[derive(Default)]
pub struct Moments {
    /// How many rows there are.
    pub count: f64,
    /// The mean of each feature.
    pub mean: Vec<f64>,
    /// Σ (v − mean)² of each feature.
    pub squares: Vec<f64>,
}

impl Moments {
    /// The moments of `x`, row-major rows of `width` features.
    pub fn of(x: &[f32], width: usize) -> Self {
        let count = (x.len() / width) as f64;
        let (mut mean, mut squares) = (vec![0.0f64; width], vec![0.0f64; width]);
        simd(
            #[inline(always)]
            || {
                // The first walk finds the means, the second the squares of what is left without them.
                for row in x.chunks_exact(width) {
                    mean.iter_mut().zip(row).for_each(|(m, &v)| *m += f64::from(v));
                }
                mean.iter_mut().for_each(|m| *m /= count);
                for row in x.chunks_exact(width) {
                    let off = mean.iter().zip(row).map(|(m, &v)| f64::from(v) - m);
                    squares.iter_mut().zip(off).for_each(|(s, off)| *s += off * off);
                }
            },
        );
        Moments { count, mean, squares }
    }

    /// The moments of all features together as if they were one, given for each of them: pixels that are moved from
    /// place to place have to be scaled alike wherever they come to lie.
    pub fn pooled(self) -> Self {
        let width = self.mean.len();
        let mut all = Moments::default();
        for (&mean, &squares) in self.mean.iter().zip(&self.squares) {
            all.merge(Moments { count: self.count, mean: vec![mean], squares: vec![squares] });
        }
        Moments { count: all.count, mean: all.mean.repeat(width), squares: all.squares.repeat(width) }
    }

    /// Adds the moments of other rows (Chan, Golub and LeVeque 1979).
    pub fn merge(&mut self, other: Moments) {
        if self.count == 0.0 {
            *self = other;
            return;
        }
        let count = self.count + other.count;
        let parts = self.mean.iter_mut().zip(&mut self.squares).zip(other.mean.iter().zip(&other.squares));
        for ((mean, squares), (other_mean, other_squares)) in parts {
            let off = other_mean - *mean; // the only difference, and it is one of means
            *mean += off * other.count / count;
            *squares += other_squares + off * off * self.count * other.count / count;
        }
        self.count = count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_parts_are_those_of_the_whole() {
        let x: Vec<f32> = (0..3000).map(|i| 1e6 + (i * 7919 % 1000) as f32).collect();
        let mut parts = Moments::default();
        x.chunks(513).for_each(|part| parts.merge(Moments::of(part, 3)));
        let whole = Moments::of(&x, 3);
        for k in 0..3 {
            assert!((parts.mean[k] / whole.mean[k] - 1.0).abs() < 1e-12);
            assert!((parts.squares[k] / whole.squares[k] - 1.0).abs() < 1e-9);
        }
    }
}
