//! Values drawn from ranges: at random, or as a Latin hypercube, which spreads a few draws evenly over each knob.
//!
//! A grid of six knobs with five values each is 15,625 trainings, and most of them differ in knobs that do not matter;
//! draws vary all knobs at once (Bergstra and Bengio 2012). The draws are made when a sweep is planned and stand in the
//! plan as text, so no task draws anything, and the same file with the same `draw-seed` gives the same plan.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

/// How values are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drawing {
    /// The value of each knob is drawn by itself, uniformly over its range.
    #[default]
    Random,
    /// The range of each knob is cut into as many equal parts as there are draws, and every part gets one (McKay, Beckman
    /// and Conover 1979).
    Latin,
}

/// The range of one knob.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// The least value.
    pub from: f64,
    /// The greatest value.
    pub to: f64,
    /// Whether powers of ten are equally likely, instead of values.
    #[serde(default)]
    pub log: bool,
}

impl Between {
    /// What is wrong with the range, as the end of a sentence that goes "the range of … must"; `None` if nothing is.
    pub fn complaint(&self) -> Option<&'static str> {
        match self {
            Between { from, to, .. } if !(from.is_finite() && to.is_finite() && from < to) => {
                Some("go from a number to a greater one")
            }
            Between { from, log: true, .. } if *from <= 0.0 => Some("be above 0 where `log` is true"),
            _ => None,
        }
    }

    /// The value at `place`, 0 at the least and 1 at the greatest, with four digits that a person can read.
    pub(super) fn at(&self, place: f64) -> f64 {
        let value = match self.log {
            true => (self.from.ln() + place * (self.to.ln() - self.from.ln())).exp(),
            false => self.from + place * (self.to - self.from),
        };
        let short = format!("{value:.3e}").parse().unwrap_or(value);
        f64::clamp(short, self.from, self.to)
    }
}

/// Draws `count` values of one range. For a Latin hypercube the parts of the range are shuffled first, so that the
/// first values of two knobs are no more likely to be small together than any others.
pub fn draws(range: &Between, count: usize, drawing: Drawing, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut parts: Vec<usize> = (0..count).collect();
    parts.shuffle(rng);
    let place = |part: usize| match drawing {
        Drawing::Random => rng.random::<f64>(),
        Drawing::Latin => (part as f64 + rng.random::<f64>()) / count as f64,
    };
    parts.into_iter().map(place).map(|place| range.at(place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::generator;

    #[test]
    fn a_latin_hypercube_meets_every_part_of_a_range_once() {
        let range = Between { from: 1e-4, to: 1.0, log: true };
        let mut drawn = draws(&range, 40, Drawing::Latin, &mut generator(5, b"SWEEP\0\0\0"));
        drawn.sort_by(f64::total_cmp);
        for (part, value) in drawn.iter().enumerate() {
            let place = (value / 1e-4).log10() / 4.0 * 40.0;
            assert!((place - part as f64 - 0.5).abs() < 0.51, "{value} in part {part}");
        }
    }

    #[test]
    fn ranges_that_make_no_sense_are_told() {
        let between = |from, to, log| Between { from, to, log }.complaint();
        assert_eq!(between(0.1, 1.0, true), None);
        assert!(between(1.0, 1.0, false).is_some() && between(0.0, 1.0, true).is_some());
        assert!(between(f64::NAN, 1.0, false).is_some());
    }
}
