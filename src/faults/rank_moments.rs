//! Rank moments: where the values of a column lie, class by class, in ranks among the values of the training rows.
//!
//! Ranks make the moments of a column independent of its unit and of outliers, and classes are kept apart so that other
//! shares of the classes change nothing. Two columns are compared by the mean rank and the mean distance of the ranks from
//! the middle, that is by place and by spread. Beside the path of a batch: `halves` and `scaled` compare parts by it.

use super::chance::{RATE, chi_square};
use super::rows::{Rows, rank};

/// By how much of the whole range the mean rank, or the mean distance of ranks from the middle, must differ in a column.
const SHIFT: f64 = 0.08;
/// Rows of a class below which nothing is said of it.
pub(super) const FEW: usize = 5;
/// The least variance of ranks that is believed: columns in which little happens vary less by chance.
const VARIANCE: f64 = 0.01;

/// The mean rank and the mean distance from the middle in each class.
pub(super) struct RankMoments(Vec<[Moment; 2]>);

/// Mean, variance and number of some numbers.
#[derive(Clone, Copy, Default)]
struct Moment {
    mean: f64,
    variance: f64,
    rows: usize,
}

impl RankMoments {
    /// The moments of `values`, of rows with these labels, by their ranks among `sorted`.
    pub fn of(sorted: &[f32], values: impl Iterator<Item = f32>, labels: &[u32], classes: usize) -> Self {
        let mut all = vec![Vec::new(); classes];
        for (v, &label) in values.zip(labels).filter(|(v, _)| !v.is_nan()) {
            all[label as usize].push(rank(sorted, v));
        }
        let moment = |ranks: &[f64], of: fn(f64) -> f64| {
            let rows = ranks.len();
            let mean = ranks.iter().map(|&u| of(u)).sum::<f64>() / rows.max(1) as f64;
            let variance = ranks.iter().map(|&u| (of(u) - mean).powi(2)).sum::<f64>() / rows.max(1) as f64;
            Moment { mean, variance, rows }
        };
        RankMoments(all.iter().map(|u| [moment(u, |u| u), moment(u, |u| 2.0 * (u - 0.5).abs())]).collect())
    }

    /// The moments of column `at` of `rows`, by its ranks among `sorted`.
    pub fn of_column(sorted: &[f32], rows: &Rows, at: usize, classes: usize) -> Self {
        RankMoments::of(sorted, rows.column(at), &rows.y, classes)
    }

    /// Whether two columns differ by more than chance, one pair in `tries`, and by more than matters.
    pub fn differs(&self, other: &RankMoments, tries: usize) -> bool {
        let (mut shift, mut rows) = ([0.0; 2], 0.0);
        for (a, b) in self.both(other) {
            let weight = b[0].rows as f64;
            rows += weight;
            shift.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += weight * (a.mean - b.mean).abs());
        }
        let (statistic, terms) = self.unlike(other);
        terms > 0 && shift[0].max(shift[1]) > SHIFT * rows && statistic > chi_square(terms, RATE / tries.max(1) as f64)
    }

    /// How unlike two columns are, as a sum of squares that are those of standard normal numbers where nothing differs, with
    /// their count.
    pub fn unlike(&self, other: &RankMoments) -> (f64, usize) {
        let square = |(a, b): (&Moment, &Moment)| {
            let variance = a.variance.max(b.variance).max(VARIANCE);
            (a.mean - b.mean).powi(2) / (variance * (1.0 / a.rows as f64 + 1.0 / b.rows as f64))
        };
        let squares = self.both(other).flat_map(|(a, b)| a.iter().zip(b)).map(square);
        squares.fold((0.0, 0), |(sum, terms), square| (sum + square, terms + 1))
    }

    /// The moments of each class that has rows enough in both.
    fn both<'a>(&'a self, other: &'a RankMoments) -> impl Iterator<Item = (&'a [Moment; 2], &'a [Moment; 2])> {
        self.0.iter().zip(&other.0).filter(|(a, b)| a[0].rows.min(b[0].rows) >= FEW)
    }

    /// How unlike two columns are, in squared ranks summed over the rows of `other`.
    pub fn distance(&self, other: &RankMoments) -> f64 {
        self.both(other)
            .map(|(a, b)| b[0].rows as f64 * ((a[0].mean - b[0].mean).powi(2) + (a[1].mean - b[1].mean).powi(2)))
            .sum()
    }
}
