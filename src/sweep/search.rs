//! The search: what to train next, given what was trained so far.
//!
//! It is successive halving without rounds (Li et al. 2020, "A system for massively parallel hyperparameter tuning", there
//! for many workers, here for one): a configuration goes on to the next stage as soon as it is in the better half of at least
//! three that have come as far as it has, and where none may go on another one is drawn. So no budget has to be cut into rounds in
//! advance, and a search that is stopped after any training has a best configuration. The default comes first and goes
//! through all stages at once, because it is what the others have to beat.
//!
//! Every step is a function of the trainings that are over. Nothing is kept beside the plan and their results, and a search
//! that was killed goes on as if it had not been.

use std::collections::BTreeMap;

use super::outcome::End;
use super::results::{Entry, Statistic};
use super::space::Point;
use super::stages::Stages;
use crate::numerics::Score;

/// Of the configurations that have passed a stage one in so many goes on to the next, the first of them not counted: the
/// second to come would otherwise go on whenever it is better than the default, and the budget with it.
const KEEP_ONE_IN: usize = 2;

/// A configuration of the search, and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What was drawn; empty for the default.
    pub point: Point,
    /// The score on held-out rows of each training that is over, by its value of the knob of the stages; none where it
    /// diverged.
    pub scores: BTreeMap<String, Option<Score>>,
}

impl Candidate {
    /// A configuration that was not trained yet.
    fn fresh(point: Point) -> Self {
        Candidate { point, scores: BTreeMap::new() }
    }
}

/// What is done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// The candidate of this place is trained with this value of the knob of the stages.
    Train(usize, String),
    /// Another configuration is drawn.
    Draw,
    /// The budget is spent, or nothing is left to be tried.
    Over,
}

/// What is left of the budget, in whole trainings, and what a training takes of it.
#[derive(Clone, Copy, Debug)]
pub struct Purse {
    /// How many whole trainings are left.
    pub left: f64,
    /// Whether a shorter training takes less, as it does of a time.
    pub by_effort: bool,
}

impl Purse {
    /// Whether these trainings can be paid for.
    fn pays<'a>(&self, stages: &Stages, values: impl Iterator<Item = &'a String>) -> bool {
        let price = |value: &String| if self.by_effort { stages.effort(value) } else { 1.0 };
        values.map(price).sum::<f64>() <= self.left
    }
}

impl Stages {
    /// The configurations of trainings that are over, in the order in which they were drawn; the default is the first.
    pub fn candidates(&self, over: &[Entry]) -> Vec<Candidate> {
        let mut found = vec![Candidate::fresh(Point::new())];
        for Entry { trial, outcome } in over {
            let mut point = trial.varied.clone();
            let value = point.remove(self.knob).unwrap_or_default();
            let place = found.iter().position(|own| own.point == point).unwrap_or_else(|| {
                found.push(Candidate::fresh(point));
                found.len() - 1
            });
            let score = outcome.judged().filter(|score| outcome.end == End::Finished && score.loss.is_finite());
            found[place].scores.insert(value, score);
        }
        found
    }

    /// What is done next. `drawable` says that there are configurations that were not drawn yet.
    pub fn next(&self, candidates: &[Candidate], purse: Purse, drawable: bool) -> Next {
        let affordable = |(place, value): (usize, &String)| {
            purse.pays(self, [value].into_iter()).then(|| Next::Train(place, value.clone()))
        };
        let last = self.values.len() - 1;
        let of_default =
            candidates.first().and_then(|own| self.missing(own, &self.values[last].iter().collect::<Vec<_>>()));
        if let Some(value) = of_default {
            return affordable((0, value)).unwrap_or(Next::Over);
        }
        if let Some(begun) = candidates.iter().enumerate().find_map(|(place, own)| Some((place, self.half_done(own)?)))
        {
            return affordable(begun).unwrap_or(Next::Over);
        }
        let fresh = (0..=last).flat_map(|stage| self.new_in(stage));
        let draws = drawable && purse.pays(self, fresh); // one that could go through all stages
        for stage in (0..last).rev() {
            let passed = self.ranked(candidates, stage);
            let most = if draws { passed.len().saturating_sub(1) / KEEP_ONE_IN } else { passed.len() };
            let waiting = passed.iter().take(most).filter(|(_, loss)| loss.is_finite());
            let rest = |place: usize| (stage + 1..=last).flat_map(|later| self.new_in(later)).map(move |v| (place, v));
            let next = waiting.map(|(place, _)| *place).find(|&place| {
                !self.has_begun(&candidates[place], stage + 1)
                    && (draws || purse.pays(self, rest(place).map(|(_, value)| value)))
            });
            if let Some(found) = next.and_then(|place| rest(place).next()).and_then(affordable) {
                return found;
            }
        }
        if draws { Next::Draw } else { Next::Over }
    }

    /// The mean score of a candidate over the furthest stage that it has passed, if it has diverged nowhere in it.
    pub fn score(&self, candidate: &Candidate) -> Option<Score> {
        (0..self.values.len()).rev().find_map(|stage| self.passed(candidate, stage)).flatten()
    }

    /// The mean score of a candidate over a stage, `Some(None)` where it has diverged; `None` where it has not passed it.
    fn passed(&self, candidate: &Candidate, stage: usize) -> Option<Option<Score>> {
        let values = &self.values[stage];
        let scores: Vec<Option<Score>> =
            values.iter().map(|v| candidate.scores.get(v).copied()).collect::<Option<_>>()?;
        let Some(scores) = scores.into_iter().collect::<Option<Vec<Score>>>() else { return Some(None) };
        let mean = |of: fn(&Score) -> f64| scores.iter().map(of).sum::<f64>() / scores.len() as f64;
        Some(Some(Score { loss: mean(|score| score.loss), accuracy: mean(|score| score.accuracy) }))
    }

    /// The candidates that have passed a stage, by their places, each with its mean loss, which is infinite where it diverged;
    /// the best first, and of equal ones the one drawn earlier.
    pub fn ranked(&self, candidates: &[Candidate], stage: usize) -> Vec<(usize, f64)> {
        let loss = |score: Option<Score>| score.map_or(f64::INFINITY, |score| score.loss);
        let passed = |(place, own): (usize, &Candidate)| Some((place, loss(self.passed(own, stage)?)));
        let mut passed: Vec<(usize, f64)> = candidates.iter().enumerate().filter_map(passed).collect();
        passed.sort_by(|a, b| a.1.total_cmp(&b.1));
        passed
    }

    /// The place of the candidate to take: the best of the last stage, unless that beats the default, the first of all, by no
    /// more than a standard error (Breiman et al. 1984). The error is that of the difference between the two, over the
    /// trainings of the stage; a single training has none. The best of many is the luckiest too, so that without this rule
    /// a larger search of a small file ends worse.
    pub fn chosen(&self, candidates: &[Candidate]) -> usize {
        let last = self.values.len() - 1;
        let best = self.ranked(candidates, last).into_iter().find(|(_, loss)| loss.is_finite());
        let best = best.map_or(0, |(place, _)| place);
        let loss = |place: usize, value: &String| Some(candidates[place].scores.get(value)?.as_ref()?.loss);
        let gain = |value: &String| Some(loss(0, value)? - loss(best, value)?);
        let gains: Option<Vec<f64>> = self.values[last].iter().map(gain).collect();
        let Some(gains) = gains.filter(|gains| gains.len() > 1) else { return best };
        let root = (gains.len() as f64).sqrt();
        let clear = Statistic::of(gains.into_iter()).is_some_and(|gain| gain.mean > gain.deviation / root);
        if clear { best } else { 0 }
    }

    /// The first of `values` that the candidate was not trained with; none once it has diverged.
    fn missing<'a>(&self, candidate: &Candidate, values: &[&'a String]) -> Option<&'a String> {
        let diverged = candidate.scores.values().any(Option::is_none);
        values.iter().find(|value| !diverged && !candidate.scores.contains_key(**value)).copied()
    }

    /// Whether the candidate was trained with any of the values that are new in `stage`.
    fn has_begun(&self, candidate: &Candidate, stage: usize) -> bool {
        self.new_in(stage).iter().any(|value| candidate.scores.contains_key(*value))
    }

    /// What is missing of a stage that the candidate has begun, and of the first stage where it has begun none.
    fn half_done(&self, candidate: &Candidate) -> Option<&String> {
        let begun = |stage: &usize| candidate.scores.is_empty() || self.has_begun(candidate, *stage);
        (0..self.values.len()).filter(begun).find_map(|stage| self.missing(candidate, &self.new_in(stage)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::Config;

    /// Searches with a budget of `runs`, where candidate number n has the loss `of(n)`: the candidates in the end.
    fn searched(stages: &Stages, runs: usize, of: fn(usize) -> f64) -> Vec<Candidate> {
        let fresh = |number: usize| Candidate::fresh(Point::from([("rate".to_string(), number.to_string())]));
        let mut candidates = vec![fresh(0)];
        let mut left = runs;
        loop {
            match stages.next(&candidates, Purse { left: left as f64, by_effort: false }, true) {
                Next::Train(place, value) => {
                    assert!(
                        candidates[place].scores.insert(value, score(of(place))).is_none(),
                        "nothing is trained twice"
                    );
                    left -= 1;
                }
                Next::Draw => candidates.push(fresh(candidates.len())),
                Next::Over => return candidates,
            }
            assert!(candidates.len() < 1000);
        }
    }

    /// A score with this loss; none where it is infinite.
    fn score(loss: f64) -> Option<Score> {
        loss.is_finite().then_some(Score { loss, accuracy: 0.5 })
    }

    fn folds() -> Stages {
        Stages::of(&Config::default(), 300, true, false)
    }

    #[test]
    fn the_budget_is_spent_and_never_more() {
        for runs in [1, 3, 5, 6, 20, 21, 50] {
            let trained: usize = searched(&folds(), runs, |n| n as f64).iter().map(|own| own.scores.len()).sum();
            assert!(trained <= runs && trained + 4 >= runs, "{trained} of {runs}");
        }
    }

    #[test]
    fn what_beats_the_default_by_less_than_a_standard_error_is_not_taken() {
        let with = |losses: [f64; 5]| {
            let scores = folds().values[2].iter().cloned().zip(losses.map(score)).collect();
            Candidate { scores, ..Candidate::fresh(Point::new()) }
        };
        let default = with([0.5, 0.6, 0.4, 0.5, 0.5]);
        // The mean gain and its standard error: 0.02 ± 0.03, and 0.05 ± 0.02.
        let lucky = with([0.4, 0.65, 0.35, 0.5, 0.5]);
        let better = with([0.45, 0.5, 0.4, 0.45, 0.45]);
        assert_eq!(folds().chosen(&[default.clone(), lucky]), 0);
        assert_eq!(folds().chosen(&[default, better]), 1);
    }

    #[test]
    fn the_default_goes_through_all_stages_and_the_best_goes_with_it() {
        let candidates = searched(&folds(), 40, |n| if n == 3 { 0.1 } else { 1.0 + n as f64 });
        assert_eq!((candidates[0].scores.len(), candidates[3].scores.len()), (5, 5));
        let ranked = folds().ranked(&candidates, 2);
        assert_eq!(ranked[0], (3, 0.1), "{ranked:?}");
        assert_eq!(folds().chosen(&candidates), 3);
        let alone = candidates.iter().filter(|own| own.scores.len() == 1).count();
        assert!(alone >= candidates.len() / 3, "{alone} of {} were left behind", candidates.len());
    }

    #[test]
    fn what_has_diverged_goes_no_further() {
        let candidates = searched(&folds(), 40, |n| if n % 2 == 1 { f64::INFINITY } else { n as f64 });
        assert!(candidates.iter().skip(1).step_by(2).all(|own| own.scores.len() <= 1));
        assert!(searched(&folds(), 20, |_| f64::INFINITY).len() > 10, "a default that diverges is no end");
    }

    #[test]
    fn a_short_training_takes_less_of_a_time() {
        let stages = Stages::of(&Config::default(), 60_000, true, false);
        let trained = Candidate { point: Point::new(), scores: BTreeMap::from([("20".into(), score(1.0))]) };
        let drawn = Candidate::fresh(Point::from([("rate".into(), "1".into())]));
        let purse = |left| Purse { left, by_effort: true };
        assert_eq!(stages.next(std::slice::from_ref(&trained), purse(1.75), true), Next::Draw);
        assert_eq!(stages.next(std::slice::from_ref(&trained), purse(1.7), true), Next::Over);
        assert_eq!(stages.next(&[trained.clone(), drawn.clone()], purse(0.3), true), Next::Train(1, "5".into()));
        assert_eq!(stages.next(&[trained, drawn], purse(0.2), true), Next::Over);
    }
}
