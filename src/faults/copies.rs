//! Copies: rows of a part that stand among the training rows too, and few rows that stand there many times.
//!
//! A table of a few categories has the same row twice by nature. What is natural has near misses: rows that differ in one
//! or two columns are at least as frequent as rows that differ in none. So equal rows are copies only where the nearest
//! row that is not equal differs in several columns. Near misses are looked for among all rows among which the equal ones
//! were found, since a sample of them has fewer.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::chance::{RATE, at_least};
use super::columns::blank;
use super::fault::{Fault, FaultKind, percent};
use super::neighbours::Votes;
use super::rows::Rows;
use crate::data::{Block, Part};
use crate::error::Result;

/// Columns in which the nearest other row differs, at least, where equal rows are copies.
const DIFFERENT: usize = 3;
/// Rows that are compared with others column by column.
const COMPARED: usize = 40;
/// The share of a part above which copies are said.
pub(super) const SHARE: f64 = 0.01;
/// The share of a part above which near copies are said.
const NEAR: f64 = 0.05;
/// Rows of each kind among which there are few distinct ones.
const EACH: usize = 3;

/// Copies of the rows of `train` in the `block` of a part, of which `rows` is a sample.
///
/// # Errors
/// A file that can no longer be read.
pub(super) fn across(learned: &Prints, train: &Block, block: &Block, rows: &Rows, part: Part) -> Result<Option<Fault>> {
    let (Some(own), Some(prints)) = (&learned.of, block.fingerprints(&learned.without)?) else { return Ok(None) };
    let known: HashMap<u64, u32> = own.iter().copied().zip(train.labels()).collect();
    let copies: Vec<usize> = (0..prints.len()).filter(|&row| known.contains_key(&prints[row])).collect();
    let labels = block.labels();
    let hits = copies.iter().filter(|&&row| known[&prints[row]] == labels[row]).count();
    let many = copies.len() > 1 && at_least(copies.len(), prints.len(), SHARE) < 1e-2;
    let sample = rows.numbers.iter().enumerate().filter(|(_, number)| {
        let place = copies.partition_point(|&row| block.number(row) < **number);
        copies.get(place).is_some_and(|&row| block.number(row) == **number)
    });
    let compared: Vec<usize> = sample.map(|(i, _)| i).take(COMPARED).collect();
    if !many || are_trials(hits, copies.len()) || !learned.are_copies(rows, &compared, train)? {
        return Ok(None);
    }
    let say = format!(
        "{} of {} rows stand among the training rows too, so the score on them says nothing of new rows; remove copies \
         before the rows are split",
        copies.len(),
        prints.len()
    );
    Ok(Some(Fault::new(FaultKind::DuplicatesAcrossHalves, part, say)))
}

/// What tells the training rows apart.
pub(super) struct Prints {
    /// A digest of each row; none where the rows are streamed.
    of: Option<Vec<u64>>,
    /// The columns that are left out, since they number the rows, so that no two are equal.
    without: Vec<usize>,
}

impl Prints {
    /// Those of `block`, of which `rows` is a sample.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn of(block: &Block, rows: &Rows) -> Result<Self> {
        let whole = |at: usize| rows.column(at).all(|v| v.fract() == 0.0);
        let distinct = |at: usize| rows.sorted(at).windows(2).all(|pair| pair[0] < pair[1]);
        let differs = |at: usize| rows.column(at).zip(rows.column(at).skip(1)).all(|(a, b)| a != b); // most do not, at once
        let without: Vec<usize> = (0..rows.width).filter(|&at| differs(at) && whole(at) && distinct(at)).collect();
        let without = if without.len() < rows.width { without } else { Vec::new() };
        Ok(Prints { of: block.fingerprints(&without)?, without })
    }

    /// A digest of every training row, unless they are streamed or a column is left out.
    pub(super) fn whole(&self) -> Option<&[u64]> {
        self.of.as_deref().filter(|_| self.without.is_empty())
    }

    /// Whether the rows of `train` are few rows many times over; `rows` is a sample of them.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn few_distinct(&self, train: &Block, rows: &Rows) -> Result<Option<Fault>> {
        let Some(prints) = &self.of else { return Ok(None) };
        let mut counts: HashMap<u64, usize> = HashMap::new();
        prints.iter().for_each(|print| *counts.entry(*print).or_default() += 1);
        if prints.len() > 1 && counts.len() == 1 {
            let say = format!(
                "all {} rows are the same, so the features do not tell rows apart and no class can be learned; look at \
                 what wrote them",
                prints.len()
            );
            return Ok(Some(Fault::new(FaultKind::FewDistinctRows, Part::Train, say)));
        }
        let few = prints.len() >= EACH * counts.len() && prints.len() >= 50 && !on_purpose(prints, &train.labels());
        let compared: Vec<usize> = (0..rows.len()).step_by((rows.len() / COMPARED).max(1)).collect();
        if !few || !self.are_copies(rows, &compared, train)? {
            return Ok(None);
        }
        let say = format!(
            "{} rows, {} distinct: the same rows stand there {} times each on average, so there is less to learn from \
             than it seems; look for a loop that repeated them",
            prints.len(),
            counts.len(),
            prints.len() / counts.len().max(1)
        );
        Ok(Some(Fault::new(FaultKind::FewDistinctRows, Part::Train, say)))
    }

    /// Whether the `chosen` ones of `rows` are copies and no coincidence: in the median, the nearest row of `train` that is
    /// not equal differs in [`DIFFERENT`] columns or more.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub(super) fn are_copies(&self, rows: &Rows, chosen: &[usize], train: &Block) -> Result<bool> {
        let mut others = Rows::many(train)?;
        blank(&mut others, Part::Train);
        let asked: Vec<bool> = (0..rows.width).map(|at| !self.without.contains(&at)).collect();
        let different = |a: &[f32], b: &[f32]| {
            let both = a.iter().zip(b).zip(&asked);
            both.filter(|((a, b), asked)| **asked && a != b && !(a.is_nan() && b.is_nan())).count()
        };
        let nearest = |&row: &usize| {
            let all = (0..others.len()).map(|other| different(rows.row(row), others.row(other)));
            all.filter(|&columns| columns > 0).min().unwrap_or(0)
        };
        let mut distances: Vec<usize> = chosen.par_iter().map(nearest).collect();
        distances.sort_unstable();
        Ok(distances.get(distances.len() / 2).is_some_and(|&columns| columns >= DIFFERENT))
    }
}

/// Whether equal rows are there on purpose: as repeated trials, or to make the classes equally frequent, where the class that
/// has the most distinct rows has each of them about once.
fn on_purpose(prints: &[u64], labels: &[u32]) -> bool {
    let mut classes: HashMap<u32, (usize, HashSet<u64>)> = HashMap::new();
    let (mut last, mut pairs, mut hits) = (HashMap::new(), 0, 0);
    for (&print, &label) in prints.iter().zip(labels) {
        let (rows, distinct) = classes.entry(label).or_default();
        *rows += 1;
        distinct.insert(print);
        if let Some(before) = last.insert(print, label) {
            pairs += 1;
            hits += usize::from(before == label);
        }
    }
    let largest = classes.values().max_by_key(|(_, distinct)| distinct.len());
    let balanced = largest.is_some_and(|(rows, distinct)| 2 * rows < 3 * distinct.len());
    balanced || are_trials(hits, pairs)
}

/// Whether equal rows of which `hits` of the `pairs` have one label are trials of one kind, which end in one class or
/// another. A loop that repeats rows repeats their labels.
pub(super) fn are_trials(hits: usize, pairs: usize) -> bool {
    10 * (pairs - hits) > pairs
}

/// Rows of a part that are nearly training rows: the nearest training row is far nearer than the next one. How often that
/// is so by nature is seen among the training rows themselves, whose neighbours are `own`; `other` are the neighbours of
/// the part among them.
///
/// The two nearest distances are compared row by row, so that neither dense classes nor their shares decide. Rows that
/// equal a training row are left to [`across`].
pub(super) fn nearly(own: &Votes, other: &Votes, part: Part) -> Option<Fault> {
    nearer_than_by_nature(own, other, 1).map(|[share, by_nature]| {
        let say = format!(
            "{} of the rows looked at are nearly training rows: one training row is four times as near as the next, which \
             is so for {} of the training rows among themselves; keep what was made of one row (crops, copies with noise, \
             frames of one scene) in one part",
            percent(share),
            percent(by_nature)
        );
        Fault::new(FaultKind::DuplicatesAcrossHalves, part, say)
    })
}

/// The shares of the rows with neighbours `other`, and of the training rows among themselves, with neighbours `own`, whose
/// nearest row is far nearer than the next one, if that is clearly more often so of the first; `tries` such are looked at.
pub(super) fn nearer_than_by_nature(own: &Votes, other: &Votes, tries: usize) -> Option<[f64; 2]> {
    let (count, all) = (far_nearer(other), other.near.len());
    let [share, by_nature] =
        [(count, all), (far_nearer(own), own.near.len())].map(|(count, of)| count as f64 / of.max(1) as f64);
    let clear = own.near.len() >= 100 && at_least(count, all, (2.0 * by_nature).max(0.02)) * (tries as f64) < RATE;
    (clear && share > NEAR).then_some([share, by_nature])
}

/// Rows whose nearest neighbour is a quarter as far as the next one or less, and no equal row. Distances are squared.
fn far_nearer(votes: &Votes) -> usize {
    votes
        .distance
        .iter()
        .filter(|[first, second]| *first > 0.0 && second.is_finite() && 16.0 * first <= *second)
        .count()
}
