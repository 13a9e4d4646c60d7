//! Copies: rows of a part that stand among the training rows too, and few rows that stand there many times.
//!
//! A table of a few categories has the same row twice by nature. What is natural has near misses: rows that differ in one
//! or two columns are at least as frequent as rows that differ in none. So equal rows are copies only where the nearest
//! row that is not equal differs in several columns.

use std::collections::{HashMap, HashSet};

use super::chance::{RATE, at_least};
use super::fault::{Fault, Kind, percent};
use super::neighbours::Votes;
use super::rows::Rows;
use crate::data::Block;
use crate::error::Result;

/// Columns in which the nearest other row differs, at least, where equal rows are copies.
const DIFFERENT: usize = 3;
/// Rows that are compared with others column by column.
const COMPARED: usize = 40;
/// The share of a part above which copies are said.
const SHARE: f64 = 0.01;
/// Rows of each kind among which there are few distinct ones.
const EACH: usize = 3;

/// Copies of training rows in `part`, whose samples are `train` and `rows`.
///
/// # Errors
/// A file that can no longer be read.
pub(super) fn across(learned: &Prints, train: &Rows, part: &Block, rows: &Rows, name: &str) -> Result<Option<Fault>> {
    let (Some(learned), Some(prints)) = (&learned.0, part.fingerprints()?) else { return Ok(None) };
    let known: HashSet<u64> = learned.iter().copied().collect();
    let copies: Vec<usize> = (0..prints.len()).filter(|&row| known.contains(&prints[row])).collect();
    let many = copies.len() > 1 && at_least(copies.len(), prints.len(), SHARE) < 1e-2;
    let sample = rows.numbers.iter().enumerate().filter(|(_, number)| {
        let place = copies.partition_point(|&row| part.number(row) < **number);
        copies.get(place).is_some_and(|&row| part.number(row) == **number)
    });
    let compared: Vec<usize> = sample.map(|(i, _)| i).take(COMPARED).collect();
    if !many || !are_copies(rows, &compared, train) {
        return Ok(None);
    }
    let say = format!(
        "{} of {} rows stand among the training rows too, so the score on them says nothing of new rows; remove copies \
         before the rows are split",
        copies.len(),
        prints.len()
    );
    Ok(Some(Fault::new(Kind::DuplicatesAcrossHalves, name, say)))
}

/// What tells the training rows apart, row by row; none where the rows are streamed.
pub(super) struct Prints(Option<Vec<u64>>);

impl Prints {
    /// Those of `block`.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn of(block: &Block) -> Result<Self> {
        Ok(Prints(block.fingerprints()?))
    }

    /// Whether the training rows are few rows many times over; `train` is a sample of them.
    pub fn few_distinct(&self, train: &Rows) -> Option<Fault> {
        let prints = self.0.as_ref()?;
        let mut counts: HashMap<u64, usize> = HashMap::new();
        prints.iter().for_each(|print| *counts.entry(*print).or_default() += 1);
        let compared: Vec<usize> = (0..train.len()).step_by((train.len() / COMPARED).max(1)).collect();
        let few = prints.len() >= EACH * counts.len() && prints.len() >= 50;
        (few && are_copies(train, &compared, train)).then(|| {
            let say = format!(
                "{} rows, {} distinct: the same rows stand there {} times each on average, so there is less to learn from \
                 than it seems; look for a loop that repeated them",
                prints.len(),
                counts.len(),
                prints.len() / counts.len().max(1)
            );
            Fault::new(Kind::FewDistinctRows, "training", say)
        })
    }
}

/// Whether the `chosen` ones of `rows` are copies and no coincidence: in the median, the nearest of `others` that is not
/// equal differs in [`DIFFERENT`] columns or more.
fn are_copies(rows: &Rows, chosen: &[usize], others: &Rows) -> bool {
    let different =
        |a: &[f32], b: &[f32]| a.iter().zip(b).filter(|(a, b)| a != b && !(a.is_nan() && b.is_nan())).count();
    let nearest = |&row: &usize| {
        let all = (0..others.len()).map(|other| different(rows.row(row), others.row(other)));
        all.filter(|&columns| columns > 0).min().unwrap_or(0)
    };
    let mut distances: Vec<usize> = chosen.iter().map(nearest).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).is_some_and(|&columns| columns >= DIFFERENT)
}

/// Rows of `name` that are nearly training rows: their nearest training rows are far nearer than training rows are to one
/// another. `own` are the neighbours of training rows among training rows, `other` those of the part among them.
pub(super) fn nearly(own: &Votes, other: &Votes, name: &str) -> Option<Fault> {
    let mut distances: Vec<f32> = own.distance.iter().copied().filter(|d| d.is_finite()).collect();
    distances.sort_unstable_by(f32::total_cmp);
    let usual = *distances.get(distances.len() / 2)?;
    let low = distances[distances.len() / 50]; // one in fifty is as near by nature
    let near = low.min(usual / 16.0); // a quarter of the usual distance, squared
    let by_nature = distances.partition_point(|&d| d <= near).max(1) as f64 / distances.len() as f64;
    let count = other.distance.iter().filter(|d| **d <= near).count();
    let all = other.distance.len();
    let clear = distances.len() >= 100 && at_least(count, all, (2.0 * by_nature).max(0.02)) < RATE;
    (clear && count * 20 > all).then(|| {
        let say = format!(
            "{} of the rows looked at are nearly training rows: four times as near as training rows are to one another; keep \
             what was made of one row (crops, copies with noise, frames of one scene) in one part",
            percent(count as f64 / all as f64)
        );
        Fault::new(Kind::DuplicatesAcrossHalves, name, say)
    })
}
