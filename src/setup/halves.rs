//! Halves: whether the parts of a data set were prepared alike.
//!
//! People scale the training half and forget the test half, or give each a scaler of its own; the score then says
//! nothing. It is seen before the first step, by a comparison of the columns of each part with those of the training
//! rows, see [`crate::sketch`]. Classes count in the part as they do among the training rows, so that a part which only
//! has other shares of the classes is not taken for one that was scaled otherwise.

use crate::data::{Block, Data};
use crate::error::Result;
use crate::numerics::{Finding, HeldOut, Symptom};
use crate::sketch::{Comparison, Sketch};

/// Rows of each part that are looked at.
const ROWS: usize = 1000;
/// Columns that are looked at.
const COLUMNS: usize = 256;

/// The parts whose columns lie elsewhere than those of the training rows.
///
/// # Errors
/// A file that can no longer be read.
pub fn halves(data: &Data) -> Result<Vec<Finding>> {
    let parts = [(HeldOut::Validation, Some(&data.validation)), (HeldOut::Test, data.test.as_ref())];
    let train = data.train.spread(ROWS);
    let mut found = Vec::new();
    for (part, block) in parts {
        let Some(block) = block.filter(|block| !block.is_empty()) else { continue };
        let seen = compare(&train, &block.spread(ROWS), data.classes.names.len())?;
        if seen.is_apart() {
            let (value, bound) = (seen.ratio, seen.apart as f64 / seen.told as f64);
            found.push(Finding { symptom: Symptom::Halves, layer: None, part: Some(part), step: 0, value, bound });
        }
    }
    Ok(found)
}

/// How the rows of `there` compare with those of `here` of the same classes.
fn compare(here: &Block, there: &Block, classes: usize) -> Result<Comparison> {
    let (ours, theirs) = (counts(here, classes), counts(there, classes));
    let here = here.pick((0..here.len()).filter(|&row| theirs[here.label(row) as usize] > 0));
    if here.is_empty() {
        return Ok(Comparison::default());
    }
    let weight = |label: u32| ours[label as usize] as f64 / theirs[label as usize] as f64;
    let weights: Vec<f64> = there.labels().into_iter().map(weight).collect();
    let sketch = Sketch::of(&here.features()?, here.width(), COLUMNS);
    Ok(sketch.compare(&there.features()?, there.width(), Some(&weights)))
}

/// The rows of each class.
fn counts(block: &Block, classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    block.labels().into_iter().for_each(|label| counts[label as usize] += 1);
    counts
}
