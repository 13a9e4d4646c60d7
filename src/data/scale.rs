//! Scale: the affine map of each feature that the training rows fix and the model carries with it.
//!
//! It is learned from the rows that are trained on and from no others, and applied to every row that ever meets the
//! network, so that "training scaled and test not" cannot happen. It is learned in batches of fixed size, so that rows in
//! memory and rows in a file give the same bits.

use serde::{Deserialize, Serialize};

use super::moments::Moments;
use super::{Batches, Block, Survey};
use crate::error::Result;
use crate::words::words;

/// How features are brought to a size that a network can learn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Features that lie in -1..1 stay as they are, bytes are multiplied with 1/255, all others are standardised.
    Auto,
    /// They stay as they are.
    None,
    /// Each feature gets mean 0 and deviation 1.
    Standard,
    /// The range of each feature becomes 0..1.
    Minmax,
}

words!(Scale: Auto "auto", None "none", Standard "standard", Minmax "minmax");

impl Scale {
    /// Learns what to subtract from each feature and what to multiply it with then. The result is empty if features stay
    /// as they are.
    ///
    /// `block` holds the training rows and `survey` the range of their features. If features are `alike`, as pixels that
    /// are moved are, all of them get the same scale.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
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

/// The scale that gives each feature mean 0 and deviation 1, from one walk over all batches of `block`.
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

/// The factor 1 / size. For a constant feature it is 1: what remains of the feature is zero already.
fn inverse(size: f64) -> f32 {
    if size > 1e-12 { (1.0 / size) as f32 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_scale_gives_mean_zero_and_deviation_one() {
        let block = Block::new(vec![1.0, 5.0, 3.0, 5.0, 5.0, 5.0], vec![0; 3], 2);
        let [(mean, inverse), other] = standard(&block, true).unwrap()[..] else { panic!() };
        assert_eq!((mean, inverse), other);
        assert!((mean - 4.0).abs() < 1e-6 && (inverse - (14.0f32 / 6.0).sqrt().recip()).abs() < 1e-6);
        let scale = standard(&block, false).unwrap();
        let x = block.scaled(&std::sync::Arc::new(scale)).features().unwrap();
        let root = 1.5f32.sqrt();
        for (got, want) in x.iter().zip([-root, 0.0, 0.0, 0.0, root, 0.0]) {
            assert!((got - want).abs() < 1e-6, "{x:?}");
        }
    }
}
