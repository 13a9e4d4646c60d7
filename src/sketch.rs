//! A sketch of rows: where the values of each column lie, in so few numbers that a model can carry them along.
//!
//! Rows are compared with a sketch column by column and by ranks alone, so that no outlier, no heavy tail and no unit
//! of measurement moves the answer. The most common value of a column (the background of an image, the zero of a rare
//! event) is left out: rescaling often leaves it where it is, and a column where little else happens has little to say.
//! The statistic is Kuiper's V, the greatest excess of one distribution function over the other plus the greatest of
//! the other over the one (Kuiper 1960). Unlike that of Kolmogorov and Smirnov it sees a change of spread as well as
//! a change of place. Its significance is Stephens' (1970), as in Press et al., Numerical Recipes, § 14.3.4.
//!
//! Pure arithmetic, below all: what is compared (parts of a file, or a file and what a model has learned) is decided
//! above.

use serde::{Deserialize, Serialize};

/// Into how many parts of equal mass the values of a column are cut.
const PARTS: usize = 16;
/// A column is apart only if at least this share of its mass would have to move: half of the rows, since what has been
/// scaled differently displaces most of them, and what is drawn a little differently displaces few.
const MASS: f64 = 0.5;
/// A column is apart only if two samples of one population would differ that much in fewer than one case of this share.
const CHANCE: f64 = 1e-4;

/// The most that V can be, because a sketch is known to a part: between samples that have no value between them.
const MOST: f64 = 1.0 - 1.0 / PARTS as f64;

/// Where the values of some columns lie. A model is saved with one, so that rows which come years later can be compared
/// with those that it has learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sketch {
    columns: Vec<ColumnSketch>,
}

/// Where the values of one column lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ColumnSketch {
    /// The number of the column.
    at: usize,
    /// The most common value of the column.
    common: f32,
    /// How many rows have another value.
    rows: usize,
    /// The quantiles 1/16 … 15/16 of these others; none where there are none.
    cuts: Vec<f32>,
}

/// How rows compare with a sketch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The number of columns in which enough happens to tell.
    pub told: usize,
    /// The number of those columns in which the rows lie elsewhere.
    pub apart: usize,
    /// How many times as wide the rows are spread in these, at the median.
    pub ratio: f64,
}

impl Comparison {
    /// Whether the rows lie elsewhere: in more than half of the columns that can tell.
    pub fn is_apart(&self) -> bool {
        2 * self.apart > self.told
    }
}

impl Sketch {
    /// The sketch of row-major rows `width` numbers long, of at most `most` columns from all over the row.
    pub fn of(x: &[f32], width: usize, most: usize) -> Self {
        Sketch {
            columns: chosen(width, most)
                .into_iter()
                .filter_map(|at| ColumnSketch::of(at, &column(x, width, at)))
                .collect(),
        }
    }

    /// Whether this can be a sketch of rows of this width, for one that was read from a file.
    pub fn fits(&self, width: usize) -> bool {
        let fits =
            |column: &ColumnSketch| column.at < width && column.cuts.len() == PARTS - 1 && column.cuts.is_sorted();
        self.columns.iter().all(fits)
    }

    /// How the row-major rows `x`, of the same width, compare with those that were sketched; row i counts `weights[i]`
    /// times, or once without weights. Weights bring classes to the same shares, because other shares of the classes
    /// would move every column that has to do with them. A column in which even the greatest difference might be chance
    /// is not asked.
    pub fn compare(&self, x: &[f32], width: usize, weights: Option<&[f64]>) -> Comparison {
        let mut found = Comparison::default();
        let mut ratios = Vec::new();
        for sketched in &self.columns {
            let values = column(x, width, sketched.at);
            let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
            let others = values.iter().enumerate().filter(|(_, v)| **v != sketched.common);
            let others: Vec<(f32, f64)> = others.map(|(row, &v)| (v, weight(row))).collect();
            let pairs = pairs(sketched.rows, &others);
            if chance(MOST, pairs) >= CHANCE {
                continue; // so few rows that even the greatest difference may be chance
            }
            found.told += 1;
            let moved = sketched.moved(&others);
            if moved > MASS && chance(moved, pairs) < CHANCE {
                found.apart += 1;
                ratios.extend(sketched.ratio(&others));
            }
        }
        ratios.sort_by(f64::total_cmp);
        found.ratio = ratios.get(ratios.len() / 2).copied().unwrap_or(1.0);
        found
    }
}

impl ColumnSketch {
    /// The summary of the finite values of one column; `None` where all of them are alike.
    fn of(at: usize, values: &[f32]) -> Option<Self> {
        let mut sorted: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f32::total_cmp);
        let runs = sorted.chunk_by(|a, b| a == b);
        let common = runs.max_by_key(|run| run.len()).map(|run| run[0])?;
        sorted.retain(|&v| v != common);
        let cut = |part: usize| sorted[(part * sorted.len() / PARTS).min(sorted.len() - 1)];
        (!sorted.is_empty()).then(|| ColumnSketch {
            at,
            common,
            rows: sorted.len(),
            cuts: (1..PARTS).map(cut).collect(),
        })
    }

    /// Kuiper's V, 0..1, between these values, each with its weight, and those that were sketched, at the cuts. The
    /// share of sketched values below a cut is known to a sixteenth only; whatever lies within that sixteenth counts as
    /// no difference.
    fn moved(&self, others: &[(f32, f64)]) -> f64 {
        let (mut below, mut upto) = ([0.0; PARTS], [0.0; PARTS]); // weight of the rows less than, or at most, each cut
        for (v, weight) in others {
            below[self.cuts.partition_point(|cut| cut <= v)] += weight;
            upto[self.cuts.partition_point(|cut| cut < v)] += weight;
        }
        for part in 1..PARTS {
            below[part] += below[part - 1];
            upto[part] += upto[part - 1];
        }
        let all = upto[PARTS - 1];
        let (mut more, mut less) = (0.0f64, 0.0f64);
        let mut first = 0;
        for run in self.cuts.chunk_by(|a, b| a == b) {
            let end = first + run.len();
            for (count, share) in [(first, below[first] / all), (end, upto[end - 1] / all)] {
                let (low, high) = (count as f64 / PARTS as f64, (count + 1) as f64 / PARTS as f64);
                more = more.max(share - high);
                less = less.max(low - share);
            }
            first = end;
        }
        more + less
    }

    /// How many times as wide as the sketched values these are spread, by their middle halves; by their medians where
    /// the values are all alike.
    fn ratio(&self, others: &[(f32, f64)]) -> Option<f64> {
        let mut sorted: Vec<f32> = others.iter().map(|(v, _)| *v).collect();
        sorted.sort_by(f32::total_cmp);
        let quarter = |part: usize| f64::from(sorted[(part * sorted.len() / 4).min(sorted.len() - 1)]);
        let own = |part: usize| f64::from(self.cuts[part * PARTS / 4 - 1]);
        let ratios = [(quarter(3) - quarter(1), own(3) - own(1)), (quarter(2), own(2))];
        ratios.into_iter().map(|(there, here)| there / here).find(|ratio| ratio.is_finite() && *ratio > 0.0)
    }
}

/// The values of column number `at`, in row order.
fn column(x: &[f32], width: usize, at: usize) -> Vec<f32> {
    x.iter().skip(at).step_by(width).copied().collect()
}

/// At most `most` columns of `width`, by the golden ratio: evenly spread, and in step with no line of an image.
pub fn chosen(width: usize, most: usize) -> Vec<usize> {
    if width <= most {
        return (0..width).collect();
    }
    let golden = |i: usize| ((i as f64 * 0.618_033_988_749_895).fract() * width as f64) as usize;
    let mut columns: Vec<usize> = (0..most).map(golden).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// How many pairs two samples are worth, n·m / (n + m), with Kish's effective size (Σw)² / Σw² for the weighted one.
fn pairs(rows: usize, others: &[(f32, f64)]) -> f64 {
    let (sum, squares) = others.iter().fold((0.0, 0.0), |(sum, squares), (_, w)| (sum + w, squares + w * w));
    let (n, m) = (rows as f64, if squares > 0.0 { sum * sum / squares } else { 0.0 });
    n * m / (n + m).max(1.0)
}

/// How often two samples of one population differ by a Kuiper's V of `v` or more, where the samples are worth `pairs`
/// pairs (see [`pairs`]): Q(λ) = 2 Σ (4j²λ² − 1) e^(−2j²λ²) with λ = (√N + 0.155 + 0.24/√N) V after Stephens. Below λ =
/// 0.4 it is 1 to seven digits, and the series no longer converges well.
fn chance(v: f64, pairs: f64) -> f64 {
    let root = pairs.sqrt();
    let lambda = (root + 0.155 + 0.24 / root.max(1e-9)) * v;
    if lambda < 0.4 || pairs < 1.0 {
        return 1.0;
    }
    let term = |j: i32| {
        let square = f64::from(j * j) * lambda * lambda;
        (4.0 * square - 1.0) * (-2.0 * square).exp()
    };
    (2.0 * (1..100).map(term).sum::<f64>()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in 0..1 that repeat after 2^32, by arithmetic alone.
    fn noise(seed: u32, count: usize) -> Vec<f32> {
        let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        std::iter::successors(Some(seed), next)
            .skip(9)
            .take(count)
            .map(|v| (v >> 8) as f32 / (1 << 24) as f32)
            .collect()
    }

    fn apart(here: &[f32], there: &[f32]) -> bool {
        Sketch::of(here, 1, 1).compare(there, 1, None).is_apart()
    }

    #[test]
    fn chance_is_that_of_stephens_table() {
        for (critical, level) in [(1.620, 0.10), (1.747, 0.05), (1.862, 0.025), (2.001, 0.01)] {
            let pairs: f64 = 400.0;
            let v = critical / (pairs.sqrt() + 0.155 + 0.24 / pairs.sqrt());
            assert!((chance(v, pairs) / level - 1.0).abs() < 0.01, "{critical}: {}", chance(v, pairs));
        }
    }

    #[test]
    fn a_change_of_place_or_of_spread_is_seen_and_an_outlier_is_not() {
        let (here, there) = (noise(1, 500), noise(2, 200));
        let changed = |change: fn(f32) -> f32| apart(&here, &there.iter().map(|&v| change(v)).collect::<Vec<_>>());
        assert!(!changed(|v| v));
        assert!(!changed(|v| if v > 0.9 { 1e30 } else { v }));
        assert!(changed(|v| v + 1.0) && changed(|v| v * 255.0) && changed(|v| v / 255.0));
        assert!(changed(|v| 0.5 + (v - 0.5) * 255.0) && changed(|v| 0.5 + (v - 0.5) / 255.0));
    }

    #[test]
    fn what_seldom_happens_and_few_rows_say_nothing() {
        let rare =
            |every: usize, value: f32| (0..1000).map(|i| if i % every == 0 { value } else { 0.0 }).collect::<Vec<_>>();
        assert!(!apart(&rare(300, 1.0), &rare(300, 255.0)));
        assert!(apart(&rare(10, 1.0), &rare(10, 255.0)));
        assert!(!apart(&noise(1, 500), &[7.0, 8.0, 9.0]));
        assert!(apart(&noise(1, 500), &[7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0]));
    }

    #[test]
    fn weights_make_up_for_other_shares_of_the_classes() {
        let rows = |zeros: usize, seed: u32| {
            let place = |i: usize| if i < zeros { 0.0 } else { 10.0 };
            noise(seed, 300).into_iter().enumerate().map(|(i, v)| v + place(i)).collect::<Vec<_>>()
        };
        let weights: Vec<f64> = (0..300).map(|i| if i < 30 { 9.0 } else { 1.0 / 9.0 }).collect();
        let sketch = Sketch::of(&rows(270, 1), 1, 1);
        assert!(sketch.compare(&rows(30, 2), 1, None).is_apart());
        assert!(!sketch.compare(&rows(30, 2), 1, Some(&weights)).is_apart());
    }
}
