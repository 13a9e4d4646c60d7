//! The search of `backburn train --tune` as a person sees it: a trial a line, a table of the best, and what was chosen.
//!
//! Lines and table are messages; what was chosen is a line of data, as what comes of the run is. What `--json` says of it
//! stands in `learn`.

use super::table::table;
use super::{print, progress};
use crate::error::Result;
use crate::numerics::Score;
use crate::setup::Config;
use crate::sweep::{Budget, Choice, Entry, Point};
use crate::train::Tuning;

/// How many configurations the table shows.
const SHOWN: usize = 5;

/// Pulls the trials until the search is over: the configuration that was chosen. `tested` says whether rows are left that
/// decide nothing, and `json` that stdout belongs to an object.
pub(super) fn follow(mut tuning: Tuning, tested: bool, json: bool) -> Result<Config> {
    let budget = match tuning.budget() {
        Budget::Minutes(minutes) => format!("for {minutes} minutes"),
        Budget::Runs(runs) => format!("in {runs} trainings"),
    };
    print::note(&format!(
        "tuning {budget}: each trial is judged on rows that it has not learned, and the test half is left alone"
    ));
    if !tuning.over().is_empty() {
        print::note(&format!("{} trials are over already", tuning.over().len()));
    }
    while let Some(tried) = tuning.advance()? {
        print::note(&line(&tried));
    }
    print::note(&best(&tuning));
    let (config, choice) = tuning.finish()?;
    let chosen = chosen(&choice);
    if json {
        print::note(&chosen)
    } else {
        print::data(&chosen)
    }
    if !tested {
        print::note(
            "there is no test half, so the rows that chose are those that the run is judged on, and it looks a little better than it is; --test FILE gives other rows",
        );
    }
    Ok(config)
}

/// A trial as a line: its number, what it has reached, how long it took, and what was turned.
fn line(Entry { trial, outcome }: &Entry) -> String {
    let score = outcome.judged().map_or(outcome.end.name().to_string(), |score| scored(Some(score)).join("  "));
    format!("trial {:<4} {score:>18}  {:>6.1} s  {}", trial.number, outcome.seconds, trial.said())
}

/// The best configurations as a table, with the number of their trainings.
fn best(tuning: &Tuning) -> String {
    let heading = ["held-out loss", "right", "trainings", "configuration"].map(String::from).to_vec();
    let rows = tuning.tried().into_iter().take(SHOWN).map(|(candidate, score)| {
        let [loss, right] = scored(score);
        vec![loss, right, candidate.scores.len().to_string(), said(&candidate.point)]
    });
    table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}

/// What was chosen, of how many, and how much better it is on held-out rows.
fn chosen(choice: &Choice) -> String {
    if choice.configurations == 1 {
        return format!(
            "the budget was spent on the default, in {} trainings; give --tune a larger one",
            choice.trainings
        );
    }
    let [loss, right] = scored(choice.chosen);
    let before = match choice.varied.is_empty() {
        true => String::new(),
        false => format!("; the default {}", scored(choice.default).join(", ")),
    };
    format!(
        "chosen of {} configurations in {} trainings: {} (held-out loss {loss}, {right}{before})",
        choice.configurations,
        choice.trainings,
        said(&choice.varied)
    )
}

/// What was turned.
fn said(point: &Point) -> String {
    match point.is_empty() {
        true => "the default".into(),
        false => point.iter().map(|(name, text)| format!("--{name} {text}")).collect::<Vec<_>>().join(" "),
    }
}

/// Loss and accuracy in words.
fn scored(score: Option<Score>) -> [String; 2] {
    score.map_or(["diverged".into(), "-".into()], |score| {
        [progress::loss(score.loss), format!("{:.2} %", 100.0 * score.accuracy)]
    })
}
