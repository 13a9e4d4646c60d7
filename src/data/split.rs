//! The split: a stratified share of the training rows becomes the validation part.
//!
//! Every class gives the same share of its rows, so a rare class is present on both sides, and the remaining rows keep
//! their order. The test half is never involved. The split is a function of labels, share and seed, so it need not be
//! written down: whoever resumes or judges a run draws it again.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::random::generator;

/// One of several equal parts of the training rows, which together hold every row once: the part to validate on in one
/// run of a cross-validation. It is typed and stored as `2/5`, the second of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fold {
    /// The number of the part that is validated on, from 1.
    pub number: usize,
    /// How many parts there are, at least 2.
    pub of: usize,
}

impl std::str::FromStr for Fold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if of >= 2 && (1..=of).contains(&number) => Ok(Fold { number, of }),
            _ => Err("give a part and the number of parts, as in 2/5".into()),
        }
    }
}

impl TryFrom<String> for Fold {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Fold> for String {
    fn from(fold: Fold) -> String {
        fold.to_string()
    }
}

impl std::fmt::Display for Fold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// Splits `share` of the rows of each class off, drawn by `seed`. The result is the numbers of the rows that remain and of
/// those split off, both sorted. The last row of a class is never split off.
pub fn stratified(labels: &[u32], share: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    let mut taken = Vec::new();
    for mut rows in shuffled(labels, seed) {
        let wanted = (rows.len() as f64 * share).round() as usize;
        rows.truncate(wanted.min(rows.len().saturating_sub(1)));
        taken.extend(rows);
    }
    apart(labels.len(), taken)
}

/// Splits one of several parts off, as [`stratified`] does: the rows of each class are dealt to the parts in turn, and the
/// next class goes on where the one before it has ended, so that rare classes do not all meet in the first part. The
/// only row of a class stays with the rest in every fold.
pub fn fold(labels: &[u32], fold: Fold, seed: u64) -> (Vec<u32>, Vec<u32>) {
    let rows = shuffled(labels, seed).into_iter().filter(|rows| rows.len() > 1).flatten();
    apart(labels.len(), rows.skip(fold.number.saturating_sub(1)).step_by(fold.of).collect())
}

/// The numbers of the rows of each class, in an order that is drawn by `seed`. One generator shuffles class after
/// class. This order must never change, because a run that is judged later draws its validation part again instead of
/// storing it.
fn shuffled(labels: &[u32], seed: u64) -> Vec<Vec<u32>> {
    let mut by_class: Vec<Vec<u32>> = Vec::new();
    for (row, &label) in (0..).zip(labels) {
        let class = label as usize;
        by_class.resize(by_class.len().max(class.saturating_add(1)), Vec::new());
        by_class.get_mut(class).into_iter().for_each(|rows| rows.push(row));
    }
    let mut rng = generator(seed, b"SPLIT\0\0\0");
    by_class.iter_mut().for_each(|rows| rows.shuffle(&mut rng));
    by_class
}

/// The rows that remain of `rows` rows, and those that were taken, both sorted: neighbours in a file stay neighbours,
/// which a stream reads faster.
fn apart(rows: usize, mut taken: Vec<u32>) -> (Vec<u32>, Vec<u32>) {
    taken.sort_unstable();
    let rest = (0..rows as u32).filter(|row| taken.binary_search(row).is_err()).collect();
    (rest, taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_gives_its_share_and_no_row_is_on_both_sides() {
        let labels: Vec<u32> = (0..100).map(|i| u32::from(i % 10 == 0)).collect();
        let (train, validation) = stratified(&labels, 0.2, 1);
        assert_eq!((train.len(), validation.len()), (80, 20));
        assert_eq!(validation.iter().filter(|&&row| labels[row as usize] == 1).count(), 2);
        assert!(validation.iter().all(|row| !train.contains(row)));
        assert_ne!(stratified(&labels, 0.2, 2).1, validation);
    }

    #[test]
    fn folds_hold_every_row_once_and_each_class_evenly() {
        let labels: Vec<u32> = (0..103).map(|i| if i == 0 { 2 } else { u32::from(i % 10 == 0) }).collect();
        let parts: Vec<Vec<u32>> = (1..=5).map(|number| fold(&labels, Fold { number, of: 5 }, 3).1).collect();
        let mut all = parts.concat();
        all.sort_unstable();
        assert_eq!(all, (1..103).collect::<Vec<u32>>(), "all but the only row of its class");
        for part in parts {
            assert!((20..=21).contains(&part.len()));
            assert_eq!(part.iter().filter(|&&row| labels[row as usize] == 1).count(), 2);
        }
        assert_eq!("2/5".parse(), Ok(Fold { number: 2, of: 5 }));
        for wrong in ["0/5", "6/5", "1/1", "2", "a/b"] {
            assert!(wrong.parse::<Fold>().is_err(), "{wrong}");
        }
    }
}
