//! Rows that are looked at: a sample of a part of the data from all over it, as it is in the file and not as it is scaled.

use crate::data::Block;
use crate::error::Result;

/// Rows of a part that are looked at, at most.
const ROWS: usize = 2000;
/// Numbers of a part that are looked at, at most.
const NUMBERS: usize = 4 << 20;

/// Labelled rows with their numbers in the file.
pub(super) struct Rows {
    /// The features, row-major `[len, width]`; what is missing is NaN.
    pub x: Vec<f32>,
    /// The class of each row.
    pub y: Vec<u32>,
    /// The number of each row in its array.
    pub numbers: Vec<usize>,
    /// Features of a row.
    pub width: usize,
}

impl Rows {
    /// At most `most` rows of `block`, whose features are raw, at even distances.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn of(block: &Block, most: usize) -> Result<Self> {
        Self::spread(block, most.min(ROWS))
    }

    /// As many rows of `block` as there is time to look at, with no other limit: for a question that is seldom asked.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn many(block: &Block) -> Result<Self> {
        Self::spread(block, usize::MAX)
    }

    /// At most `most` rows at even distances, and no more than [`NUMBERS`] numbers.
    fn spread(block: &Block, most: usize) -> Result<Self> {
        let most = most.min(NUMBERS / block.width().max(1)).max(8);
        let sample = match block.streamed() {
            true => block.spread(most),
            false if block.len() <= most => block.clone(),
            false => block.pick((0..most).map(|i| i * block.len() / most)),
        };
        Self::all(&sample)
    }

    /// All rows of `block`.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn all(block: &Block) -> Result<Self> {
        let numbers = (0..block.len()).map(|row| block.number(row)).collect();
        Ok(Rows { x: block.features()?, y: block.labels(), numbers, width: block.width() })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// The features of row `i` of the sample.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.x[i * self.width..(i + 1) * self.width]
    }

    /// The same rows with these columns alone.
    pub fn picked(&self, columns: &[usize]) -> Rows {
        let x = (0..self.len()).flat_map(|i| columns.iter().map(move |&at| self.row(i)[at])).collect();
        Rows { x, y: self.y.clone(), numbers: self.numbers.clone(), width: columns.len() }
    }

    /// These rows alone.
    pub fn chosen(&self, rows: &[usize]) -> Rows {
        let x = rows.iter().flat_map(|&i| self.row(i).iter().copied()).collect();
        let (y, numbers) = rows.iter().map(|&i| (self.y[i], self.numbers[i])).unzip();
        Rows { x, y, numbers, width: self.width }
    }

    /// The values of a column, in row order.
    pub fn column(&self, at: usize) -> impl Iterator<Item = f32> + '_ {
        self.x.iter().skip(at).step_by(self.width.max(1)).copied()
    }

    /// The finite values of a column in ascending order.
    pub fn sorted(&self, at: usize) -> Vec<f32> {
        let mut sorted: Vec<f32> = self.column(at).filter(|v| v.is_finite()).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        sorted
    }

    /// How many rows of each of `classes` classes there are.
    pub fn counts(&self, classes: usize) -> Vec<usize> {
        counts(&self.y, classes)
    }
}

/// How many of `labels` are of each of `classes` classes.
pub(super) fn counts(labels: &[u32], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    labels.iter().for_each(|&label| counts[label as usize] += 1);
    counts
}

/// The rank of `v` among `sorted` numbers, 0..1, in the middle of those that equal it; ½ for what is missing or has
/// nothing to be compared with.
pub(super) fn rank(sorted: &[f32], v: f32) -> f64 {
    if v.is_nan() || sorted.is_empty() {
        return 0.5;
    }
    let (below, upto) = (sorted.partition_point(|&s| s < v), sorted.partition_point(|&s| s <= v));
    (below + upto) as f64 / (2 * sorted.len()) as f64
}
