//! Scale: whether an affine map takes a column of the training rows to that of a part, and whether a scaler made it.
//!
//! Rows of another hour, place or person lie elsewhere too, and often an affine map explains that as well: a warmer day, a
//! stronger signal. What tells a scaler from such a drift is its size. So the map must be farther from the identity than
//! a factor of [`UNIT`] or a shift of [`ZERO`], and beyond that than stretches of the training rows differ from the rest of
//! them: a new stretch would lie within the interval that Student's t gives for one more of them, but for one case in
//! 1 / [`RATE`]; the interval reaches from the whole of the training rows to the mean of their stretches, which are no longer
//! than the part. What stretches differ by merely because they have few rows is taken off first. A single value that very
//! many rows have, as the background of images, does not drift at all: where it stands elsewhere, a scaler has moved it.

use super::chance::{RATE, at_most, student};
use super::compared::Compared;
use super::rank_moments::{FEW, RankMoments};
use super::rows::{Rows, counts};

/// The factor between units that matters, in logarithms.
const UNIT: f64 = std::f64::consts::LN_2;
/// The shift that matters, in interquartile ranges of the wider one: two columns then hardly overlap.
const ZERO: f64 = 1.5;
/// Stretches into which the training rows are cut.
const STRETCHES: usize = 8;
/// Rows that a stretch must have to be compared with the others.
const LONG: usize = 25;
/// The share of rows that one value must have to be a mark that does not drift.
const MARK: f64 = 0.1;
/// How many times as near the map must bring a column to that of the training rows, where a drift beside it remains.
const NEARER: f64 = 4.0;
/// The spans by which the width of a column is taken: the next one where half of the rows or more are alike.
const SPANS: [(f64, f64); 3] = [(0.25, 0.75), (0.1, 0.9), (0.02, 0.98)];
/// The variances of the logarithm of the width, and of the middle in widths, of a sample of normal numbers, times their
/// count: from the asymptotic covariance p (1 − q) / (n f f′) of two quantiles (Mosteller 1946).
const SAMPLING: (f64, f64) = (1.36, 0.68);

/// The fewest values of a column that are compared with one another instead of their quantiles …
const CODES: usize = 4;
/// … and the most.
const NUMBERS: usize = 64;

/// An affine map from one column to another.
#[derive(Clone, Copy)]
struct Map {
    /// The middle of the column that the map starts from, and that of the one where it ends.
    middles: (f64, f64),
    /// Their widths.
    widths: (f64, f64),
}

impl Map {
    /// The logarithm of the factor.
    fn unit(&self) -> f64 {
        (self.widths.1 / self.widths.0).ln()
    }

    /// The shift, in widths of the wider column.
    fn zero(&self) -> f64 {
        (self.middles.1 - self.middles.0) / self.widths.0.max(self.widths.1)
    }

    /// The number in the column where the map starts of a number in the column where it ends.
    fn back(&self, v: f32) -> f32 {
        ((f64::from(v) - self.middles.1) * self.widths.0 / self.widths.1 + self.middles.0) as f32
    }
}

/// Maps that take the different values `there`, in ascending order, onto some of the values `here` exactly, where they are few
/// and differ from one another by what no two values here do.
///
/// A category, a mark or a count has values that do not drift: other ones are another unit. Two values fix a map, and every
/// further one that it takes to a value that exists would do so by chance in one case of a hundred at most.
fn exact_maps(here: &[f32], there: &[f32]) -> Vec<Map> {
    let few = |values: &[f32]| (CODES..=NUMBERS).contains(&values.len());
    if !few(here) || !few(there) {
        return Vec::new();
    }
    let ends = |values: &[f32], i: usize, j: usize| (f64::from(values[i]), f64::from(values[j]) - f64::from(values[i]));
    let step = (1..here.len()).map(|i| ends(here, i - 1, i).1).fold(f64::INFINITY, f64::min);
    let is_step = |width: f64| (width / step - (width / step).round()).abs() < 0.01;
    if (1..there.len()).all(|i| is_step(ends(there, i - 1, i).1)) {
        return Vec::new(); // differences that are also found here
    }
    let (low, width) = ends(there, 0, there.len() - 1);
    let pairs = (0..here.len()).flat_map(|i| (i + 1..here.len()).map(move |j| (i, j)));
    let ends = pairs.map(|(i, j)| ends(here, i, j));
    let maps = ends.map(|(start, reach)| Map { middles: (start, low), widths: (reach, width) });
    let lands = |map: &Map, v: f32| (map.back(v) - nearest(here, map.back(v))).abs() < 0.01 * step as f32;
    maps.filter(|map| there.iter().all(|&v| lands(map, v))).collect()
}

/// The one of `values`, in ascending order, that is nearest to `v`.
fn nearest(values: &[f32], v: f32) -> f32 {
    let at = values.partition_point(|other| *other < v);
    let around = [at.checked_sub(1), Some(at)].into_iter().flatten().filter_map(|i| values.get(i).copied());
    around.min_by(|a, b| (a - v).abs().total_cmp(&(b - v).abs())).unwrap_or(v)
}

/// Numbers in ascending order with their weights summed up to each.
struct Weighted(Vec<(f32, f64)>);

impl Weighted {
    /// The finite values of a column of the rows `chosen`, each weighted as its class is.
    fn of(rows: &Rows, at: usize, chosen: std::ops::Range<usize>, weights: &[f64]) -> Self {
        let mut all: Vec<(f32, f64)> = chosen
            .map(|i| (rows.row(i)[at], weights[rows.y[i] as usize]))
            .filter(|(v, weight)| v.is_finite() && *weight > 0.0)
            .collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut sum = 0.0;
        all.iter_mut().for_each(|(_, weight)| {
            sum += *weight;
            *weight = sum;
        });
        Weighted(all)
    }

    fn quantile(&self, share: f64) -> f64 {
        let all = self.0.last().map_or(0.0, |last| last.1);
        let place = self.0.partition_point(|(_, upto)| *upto < share * all);
        self.0.get(place).or(self.0.last()).map_or(0.0, |(v, _)| f64::from(*v))
    }

    /// The map from these numbers to `other` that brings quantiles together; none where there are few, or all are alike.
    fn map(&self, other: &Weighted) -> Option<Map> {
        if self.0.len().min(other.0.len()) < FEW {
            return None;
        }
        let width = |of: &Weighted, (low, high)| of.quantile(high) - of.quantile(low);
        let widths = SPANS.into_iter().map(|span| (width(self, span), width(other, span)));
        let widths = widths.into_iter().find(|(a, b)| *a > 0.0 && *b > 0.0)?;
        let middle = |of: &Weighted| 0.5 * (of.quantile(0.25) + of.quantile(0.75));
        Some(Map { middles: (middle(self), middle(other)), widths })
    }
}

/// The map from column `at` of the rows `a` of `here` to that of the rows `b` of `there`, with the classes that both have
/// in the shares of `here`.
fn map_between(
    (here, a): (&Rows, std::ops::Range<usize>),
    (there, b): (&Rows, std::ops::Range<usize>),
    at: usize,
    classes: usize,
) -> Option<Map> {
    let (ours, theirs) = (counts(&here.y[a.clone()], classes), counts(&there.y[b.clone()], classes));
    let both = |k: usize, weight: f64| if ours[k] > 0 && theirs[k] > 0 { weight } else { 0.0 };
    let own: Vec<f64> = (0..classes).map(|k| both(k, 1.0)).collect();
    let other: Vec<f64> = (0..classes).map(|k| both(k, ours[k] as f64 / theirs[k].max(1) as f64)).collect();
    Weighted::of(here, at, a, &own).map(&Weighted::of(there, at, b, &other))
}

impl Compared<'_> {
    /// Whether a scaler explains how column `at` of the part differs from that of the training rows.
    pub(super) fn is_scaled(&self, at: usize) -> bool {
        let (here, there) = ((self.train, 0..self.train.len()), (self.rows, 0..self.rows.len()));
        let sorted = self.train.sorted(at);
        if self.is_moved_exactly(at, &sorted) {
            return true;
        }
        let Some(map) = map_between(here, there, at, self.classes) else { return self.mark_moved(at, &sorted) };
        let own = RankMoments::of_column(&sorted, self.train, at, self.classes);
        let back = self.rows.column(at).map(|v| map.back(v));
        let back = RankMoments::of(&sorted, back, &self.rows.y, self.classes);
        let as_is = RankMoments::of_column(&sorted, self.rows, at, self.classes);
        let explained = !own.differs(&back, 1) || NEARER * own.distance(&back) < own.distance(&as_is);
        explained && (self.mark_moved(at, &sorted) || self.is_beyond_drift(at, &map))
    }

    /// Whether an affine map takes the few values of column `at` of the part to those of the training rows exactly, and class by
    /// class as often as they have them.
    fn is_moved_exactly(&self, at: usize, sorted: &[f32]) -> bool {
        let (mut here, mut there) = (sorted.to_vec(), self.rows.sorted(at));
        here.dedup();
        there.dedup();
        let own = RankMoments::of_column(sorted, self.train, at, self.classes);
        let fits = |map: &Map| {
            let back = self.rows.column(at).map(|v| if v.is_nan() { v } else { nearest(&here, map.back(v)) });
            !own.differs(&RankMoments::of(sorted, back, &self.rows.y, self.classes), 1)
        };
        exact_maps(&here, &there).iter().any(fits)
    }

    /// Whether a map is farther from the identity than what matters and than what stretches of the training rows explain.
    fn is_beyond_drift(&self, at: usize, map: &Map) -> bool {
        let rows = self.train.len();
        let (step, length) = (rows / STRETCHES, self.stretch());
        let map_to = |i: usize| {
            let stretch = i * step..i * step + length;
            map_between((self.train, 0..rows), (self.train, stretch), at, self.classes)
        };
        let count = if length >= LONG { STRETCHES } else { 0 };
        // A column that stands still for a stretch counts days, batches or persons, and a part has its own.
        let Some(stretches) = (0..count).map(map_to).collect::<Option<Vec<Map>>>() else { return false };
        let beyond = |of: fn(&Map) -> f64, matters: f64, sampling: f64| {
            let count = stretches.len() as f64;
            let mean = stretches.iter().map(of).sum::<f64>() / count.max(1.0);
            let variance = stretches.iter().map(|map| (of(map) - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
            let between = (variance - sampling / length.max(1) as f64).max(0.0).sqrt();
            let margin =
                student(stretches.len().saturating_sub(1), RATE) * between * (1.0 + 1.0 / count.max(1.0)).sqrt();
            // A number that counts rows or hours spans less in every stretch than in the whole, and so it does in a part.
            let (low, high) = (mean.min(0.0), mean.max(0.0));
            of(map) < low - matters - margin || of(map) > high + matters + margin
        };
        beyond(Map::unit, UNIT, SAMPLING.0) || beyond(Map::zero, ZERO, SAMPLING.1)
    }

    /// How many rows of the sample are a stretch: an eighth, or as many as reach as far as the part does, where that is
    /// shorter.
    fn stretch(&self) -> usize {
        let span = |rows: &Rows| rows.numbers.last().map_or(1, |last| last + 1 - rows.numbers[0]);
        let reach = span(self.rows) * self.train.len() / span(self.train).max(1);
        (self.train.len() / STRETCHES).min(reach.max(LONG))
    }

    /// Whether a value that many training rows have in column `at`, in every stretch of them, is one that no row of the part
    /// has, where as many have another one; `here` are the training values in ascending order.
    fn mark_moved(&self, at: usize, here: &[f32]) -> bool {
        let most_common = |sorted: &[f32]| {
            sorted.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).map_or((f32::NAN, 0), |run| (run[0], run.len()))
        };
        let there = self.rows.sorted(at);
        let ((mark, count), (other, others)) = (most_common(here), most_common(&there));
        let (share, other_share) = (count as f64 / here.len().max(1) as f64, others as f64 / there.len().max(1) as f64);
        let never = at_most(0, there.len(), share) < RATE && !there.contains(&mark);
        let new = at_most(0, here.len(), other_share) < RATE && !here.contains(&other);
        let length = (self.train.len() / STRETCHES).max(LONG);
        let values: Vec<f32> = self.train.column(at).collect();
        let everywhere = values.chunks_exact(length).all(|stretch| stretch.contains(&mark));
        share > MARK && other_share > MARK && never && new && everywhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_another_unit_are_mapped_exactly_and_later_years_are_not() {
        let codes: Vec<f32> = (0..16).map(|v| v as f32).collect();
        let unit = |v: &f32| (v - 3.0) / 15.0;
        let maps = exact_maps(&codes, &codes.iter().map(unit).collect::<Vec<_>>());
        assert_eq!(maps.len(), 1);
        assert!(codes.iter().all(|v| nearest(&codes, maps[0].back(unit(v))) == *v));
        let later: Vec<f32> = (20..26).map(|v| v as f32).collect();
        assert!(exact_maps(&codes, &later).is_empty(), "a drift by whole steps");
        assert!(exact_maps(&codes, &[0.5, 1.7, 2.0, 9.3]).is_empty(), "other values");
    }
}
