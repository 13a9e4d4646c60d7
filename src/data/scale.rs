//! Scale: the affine map, one a feature, that the training half fixes and the model carries with it.
//!
//! It is learned from the rows that are trained on and from no others, and applied to every row that ever meets the
//! network, so that "train scaled and test not" cannot happen. In f64 and in parts of fixed length, so that rows in memory
//! and rows in a file learn the same bits; no running sum of squares.

use serde::{Deserialize, Serialize};

use super::{Batches, Block, Survey};
use crate::error::Result;
use crate::simd::simd;
use crate::words::words;

/// How features are brought to a size that a network can learn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// None where all features lie in -1..1 already, 1/255 for bytes, standardisation otherwise.
    Auto,
    /// As it is.
    None,
    /// Mean 0 and deviation 1, feature by feature.
    Standard,
    /// The range of each feature to 0..1.
    Minmax,
}

words!(Scale: Auto "auto", None "none", Standard "standard", Minmax "minmax");

impl Scale {
    /// Learns (subtract, multiply) for each feature from the rows of `block` and the range that `survey` found among
    /// them, the same for all features if they are `alike`; empty means none.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn learn(self, survey: &Survey, block: &Block, alike: bool) -> Result<Vec<(f32, f32)>> {
        let (low, high) = survey.range();
        let bytes = low >= 0.0 && high > 100.0 && high <= 255.0 && survey.whole;
        match self {
            Scale::None => Ok(Vec::new()),
            Scale::Auto if low >= -1.0 && high <= 1.0 => Ok(Vec::new()),
            Scale::Auto if bytes => Ok(vec![(0.0, 1.0 / 255.0); block.width()]),
            Scale::Auto | Scale::Standard => standard(block, alike),
            Scale::Minmax if alike => Ok(vec![(low, inverse(f64::from(high) - f64::from(low))); block.width()]),
            Scale::Minmax => {
                let range = survey.low.iter().zip(&survey.high);
                Ok(range.map(|(&low, &high)| (low, inverse(f64::from(high) - f64::from(low)))).collect())
            }
        }
    }
}

/// Applies a learned scale to row-major `x` in place.
pub fn apply(scale: &[(f32, f32)], x: &mut [f32]) {
    if !scale.is_empty() {
        simd(
            #[inline(always)]
            || {
                for row in x.chunks_exact_mut(scale.len()) {
                    row.iter_mut().zip(scale).for_each(|(v, (subtract, multiply))| *v = (*v - subtract) * multiply);
                }
            },
        );
    }
}

/// Mean and deviation of each feature, part by part: two passes over a part, which is in memory, and one over the parts.
fn standard(block: &Block, alike: bool) -> Result<Vec<(f32, f32)>> {
    let batches = Batches::in_order(block, 256);
    let mut all = Moments::default();
    std::thread::scope(|scope| {
        for rows in batches.ahead(scope, 0, rayon::current_num_threads()) {
            all.merge(Moments::of(&rows?.x, block.width()));
        }
        Ok(())
    })?;
    let all = if alike { all.pooled() } else { all };
    let deviation = |s: f64| (s / all.count.max(1.0)).sqrt();
    Ok(all.mean.iter().zip(&all.squares).map(|(&m, &s)| (m as f32, inverse(deviation(s)))).collect())
}

/// The moments of each feature over some rows: how many, their mean, and Σ (v − mean)².
#[derive(Default)]
struct Moments {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    /// Of row-major rows of this width.
    fn of(x: &[f32], width: usize) -> Self {
        let count = (x.len() / width) as f64;
        let (mut mean, mut squares) = (vec![0.0f64; width], vec![0.0f64; width]);
        simd(
            #[inline(always)]
            || {
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

    /// Those of all features taken for one, for each of them.
    fn pooled(self) -> Self {
        let width = self.mean.len();
        let mut all = Moments::default();
        for (&mean, &squares) in self.mean.iter().zip(&self.squares) {
            all.merge(Moments { count: self.count, mean: vec![mean], squares: vec![squares] });
        }
        Moments { count: all.count, mean: all.mean.repeat(width), squares: all.squares.repeat(width) }
    }

    /// Those of both together (Chan, Golub and LeVeque 1979): never a difference of large sums.
    fn merge(&mut self, other: Moments) {
        if self.count == 0.0 {
            *self = other;
            return;
        }
        let count = self.count + other.count;
        let parts = self.mean.iter_mut().zip(&mut self.squares).zip(other.mean.iter().zip(&other.squares));
        for ((mean, squares), (other_mean, other_squares)) in parts {
            let off = other_mean - *mean;
            *mean += off * other.count / count;
            *squares += other_squares + off * off * self.count * other.count / count;
        }
        self.count = count;
    }
}

/// 1 / size, and 1 for a constant feature, which stays at zero then.
fn inverse(size: f64) -> f32 {
    if size > 1e-12 { (1.0 / size) as f32 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_scale_gives_mean_zero_and_deviation_one() {
        let mut x = vec![1.0, 5.0, 3.0, 5.0, 5.0, 5.0];
        let block = Block::new(x.clone(), vec![0; 3], 2);
        let [(mean, inverse), other] = standard(&block, true).unwrap()[..] else { panic!() };
        assert_eq!((mean, inverse), other);
        assert!((mean - 4.0).abs() < 1e-6 && (inverse - (14.0f32 / 6.0).sqrt().recip()).abs() < 1e-6);
        apply(&standard(&block, false).unwrap(), &mut x);
        let root = 1.5f32.sqrt();
        for (got, want) in x.iter().zip([-root, 0.0, 0.0, 0.0, root, 0.0]) {
            assert!((got - want).abs() < 1e-6, "{x:?}");
        }
    }

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
