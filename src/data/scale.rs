//! Scale: the affine map, one a feature, that the training half fixes and the model carries with it.
//!
//! It is learned from the rows that are trained on and from no others, and applied to every row that ever meets the
//! network, so that "train scaled and test not" cannot happen. Two passes in f64; no running sum of squares.

use serde::{Deserialize, Serialize};

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

impl Scale {
    /// Every scale, in the order of the help text.
    pub const ALL: [Scale; 4] = [Scale::Auto, Scale::None, Scale::Standard, Scale::Minmax];

    /// The name on the command line and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Scale::Auto => "auto",
            Scale::None => "none",
            Scale::Standard => "standard",
            Scale::Minmax => "minmax",
        }
    }

    /// The scale called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Learns (subtract, multiply) for each of the `width` features from the rows; empty means none.
    pub fn learn<'a>(self, rows: impl Iterator<Item = &'a [f32]> + Clone, width: usize) -> Vec<(f32, f32)> {
        let range = range(rows.clone(), width);
        let low = range.iter().fold(f32::MAX, |low, r| low.min(r.0));
        let high = range.iter().fold(f32::MIN, |high, r| high.max(r.1));
        let bytes = || low >= 0.0 && high > 100.0 && high <= 255.0 && rows.clone().flatten().all(|v| v.fract() == 0.0);
        match self {
            Scale::None => Vec::new(),
            Scale::Auto if low >= -1.0 && high <= 1.0 => Vec::new(),
            Scale::Auto if bytes() => vec![(0.0, 1.0 / 255.0); width],
            Scale::Auto | Scale::Standard => standard(rows, width),
            Scale::Minmax => {
                range.into_iter().map(|(low, high)| (low, inverse(f64::from(high) - f64::from(low)))).collect()
            }
        }
    }
}

/// Applies a learned scale to row-major `x` in place.
pub fn apply(scale: &[(f32, f32)], x: &mut [f32]) {
    if !scale.is_empty() {
        for row in x.chunks_exact_mut(scale.len()) {
            row.iter_mut().zip(scale).for_each(|(v, (subtract, multiply))| *v = (*v - subtract) * multiply);
        }
    }
}

fn standard<'a>(rows: impl Iterator<Item = &'a [f32]> + Clone, width: usize) -> Vec<(f32, f32)> {
    let count = rows.clone().count().max(1) as f64;
    let mut mean = vec![0.0f64; width];
    for row in rows.clone() {
        mean.iter_mut().zip(row).for_each(|(m, &v)| *m += f64::from(v) / count);
    }
    let mut variance = vec![0.0f64; width];
    for row in rows {
        variance.iter_mut().zip(&mean).zip(row).for_each(|((s, m), &v)| *s += (f64::from(v) - m).powi(2) / count);
    }
    mean.iter().zip(&variance).map(|(&m, &s)| (m as f32, inverse(s.sqrt()))).collect()
}

/// The least and the greatest value of each feature.
fn range<'a>(rows: impl Iterator<Item = &'a [f32]>, width: usize) -> Vec<(f32, f32)> {
    let mut range = vec![(f32::MAX, f32::MIN); width];
    for row in rows {
        range.iter_mut().zip(row).for_each(|(r, &v)| *r = (r.0.min(v), r.1.max(v)));
    }
    range
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
        let scale = Scale::Standard.learn(x.chunks(2), 2);
        apply(&scale, &mut x);
        let root = 1.5f32.sqrt();
        for (got, want) in x.iter().zip([-root, 0.0, 0.0, 0.0, root, 0.0]) {
            assert!((got - want).abs() < 1e-6, "{x:?}");
        }
    }

    #[test]
    fn auto_scale_leaves_the_unit_interval_alone() {
        assert!(Scale::Auto.learn([0.0, 0.5, 1.0, 0.25].chunks(2), 2).is_empty());
        assert_eq!(Scale::Auto.learn([0.0, 255.0].chunks(1), 1), vec![(0.0, 1.0 / 255.0)]);
    }
}
