//! Folds: more rows to judge by than were held out.
//!
//! Every row that was learned can be held out in its turn: the rows are dealt into a few folds, each is judged by a network
//! that learned the others, and the folds are put together (cross-validation, Stone 1974). `doubt` says when this is done.

use rand::seq::SliceRandom;

use super::experiment::{Performance, Skill};
use crate::data::Data;
use crate::random::generator;

/// Folds. As many as the seeds on which effects are measured, whose place they take.
const FOLDS: usize = 3;

/// The folds of the training rows of `data`, each with the others to learn.
pub(super) fn folds(data: &Data) -> impl Iterator<Item = Data> {
    let mut order: Vec<usize> = (0..data.train.len()).collect();
    order.shuffle(&mut generator(0, b"FOLDS\0\0\0"));
    let mut fold_of = vec![0; order.len()];
    order.iter().enumerate().for_each(|(i, &row)| fold_of[row] = i % FOLDS);
    (0..FOLDS).map(move |fold| {
        let part = |held: bool| data.train.pick((0..fold_of.len()).filter(|&row| (fold_of[row] == fold) == held));
        Data { train: part(false), validation: part(true), test: None, ..data.clone() }
    })
}

/// Performances on different rows as one.
pub(super) fn together(found: &[Performance]) -> Performance {
    let of = |part: fn(&Performance) -> Skill| pooled(&found.iter().map(part).collect::<Vec<_>>());
    let held = of(|performance| performance.held);
    Performance { train: of(|performance| performance.train), held, ..found.first().cloned().unwrap_or_default() }
}

/// The mean of skills on different rows, with the error that it has on all of them.
fn pooled(all: &[Skill]) -> Skill {
    let count = all.len().max(1) as f64;
    let mean = |of: fn(&Skill) -> f64| all.iter().map(of).sum::<f64>() / count;
    let sum = |of: fn(&Skill) -> usize| all.iter().map(of).sum();
    let error = all.iter().map(|skill| skill.error.powi(2)).sum::<f64>().sqrt() / count;
    Skill {
        skill: mean(|skill| skill.skill),
        found: mean(|skill| skill.found),
        accuracy: mean(|skill| skill.accuracy),
        score: mean(|skill| skill.score),
        error,
        balanced: mean(|skill| skill.balanced),
        majority: mean(|skill| skill.majority),
        loss: mean(|skill| skill.loss),
        guessing: mean(|skill| skill.guessing),
        rows: sum(|skill| skill.rows),
        rarest: sum(|skill| skill.rarest),
        ignored: all.iter().find_map(|skill| skill.ignored),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_folds_of_a_hundred_rows_are_as_sure_as_three_hundred_rows() {
        let fold = |score: f64| Skill { score, skill: score, error: 0.05, rows: 100, rarest: 10, ..Skill::default() };
        let all = pooled(&[fold(0.6), fold(0.7), fold(0.8)]);
        assert!((all.score - 0.7).abs() < 1e-12 && (all.error - 0.05 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!((all.rows, all.rarest), (300, 30));
    }
}
