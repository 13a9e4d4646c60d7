//! The file of a sweep, as a person writes it: which knobs are fixed, which take a list of values and which a range.
//!
//! ```toml
//! data = ["a.h5", "b.h5"]  # each configuration on each file
//! seeds = 3                # and with the seeds 0, 1 and 2
//! folds = 5                # and in a cross-validation of five parts
//! samples = 20             # as many draws from the ranges below
//! draw = "latin"           # or "random"
//!
//! [knobs]                  # the same in all runs, as in a file of --config
//! epochs = 30
//!
//! [grid]                   # every combination
//! hidden = ["30", "100,50"]
//!
//! [ranges]
//! rate = { from = 1e-4, to = 1e-1, log = true }
//! ```
//!
//! Each of these is an axis: a list of alternatives. The plan is their product, so the number of runs is the product of
//! the lengths.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::draw::{Between, Drawing, draws};
use super::trial::Trial;
use crate::data::training_rows;
use crate::error::{Error, Result};
use crate::random::generator;
use crate::setup::{Config, Knob};

/// The most runs of one plan, which is kept in memory and written as one file: a grid of many lists gets there by
/// accident.
const MOST_RUNS: usize = 1_000_000;

/// What the file of a sweep says, before any knob is looked up.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Spec {
    /// The files; none for the built-in digits.
    data: Option<Vec<PathBuf>>,
    /// How many seeds, from 0; none for the default seed alone.
    seeds: Option<usize>,
    /// How many parts of a cross-validation; none for a single split.
    folds: Option<usize>,
    /// How many draws from the ranges.
    samples: Option<usize>,
    draw: Drawing,
    /// The seed of these draws.
    draw_seed: u64,
    /// What is the same in all runs.
    knobs: toml::Table,
    /// Knobs with lists of values, of which every combination is trained.
    grid: toml::Table,
    /// Knobs whose values are drawn.
    ranges: BTreeMap<String, Between>,
}

/// Knobs with the text that is typed for each: one alternative of an axis, or the choice of one run.
type Point = Vec<(&'static Knob, String)>;

impl Spec {
    /// Reads the file `path`.
    ///
    /// # Errors
    /// It cannot be read or understood.
    pub fn read(path: &Path) -> Result<Self> {
        let fail = |e: String| Error::usage(format!("sweep `{}`: {e}", path.display()));
        let text = crate::read::text(path, crate::read::TEXT).map_err(|e| fail(e.to_string()))?;
        toml::from_str(&text).map_err(|e| fail(e.to_string().trim().replace('\n', " ")))
    }

    /// The files that the runs read: data, test halves and models to begin with.
    pub fn files(&self) -> Vec<PathBuf> {
        let values = ["data", "test", "from"].into_iter().flat_map(|name| [self.knobs.get(name), self.grid.get(name)]);
        let texts = values.flatten().flat_map(|value| match value {
            toml::Value::Array(items) => items.iter().map(text).collect(),
            one => vec![text(one)],
        });
        self.data.iter().flatten().cloned().chain(texts.map(PathBuf::from)).collect()
    }

    /// The runs of the sweep, numbered from 1. Two draws that came out alike are one run.
    ///
    /// # Errors
    /// A knob that does not exist or a value that it cannot have, too many runs, or a data file that cannot be read.
    pub fn trials(&self) -> Result<Vec<Trial>> {
        let axes = self.axes()?;
        let runs = axes.iter().try_fold(1usize, |runs, axis| runs.checked_mul(axis.len()));
        if runs.is_none_or(|runs| runs > MOST_RUNS) {
            return Err(too_many());
        }
        let fixed = points(&self.knobs)?;
        let (mut rows, mut seen) = (HashMap::new(), std::collections::HashSet::new());
        let mut trials = Vec::new();
        for point in axes.iter().fold(vec![Point::new()], |points, axis| product(&points, axis)) {
            let config = config(&fixed, &point, &mut rows)?;
            let varied = point.into_iter().map(|(knob, text)| (knob.name.to_string(), text)).collect();
            let trial = Trial::new(trials.len() + 1, varied, &config);
            if seen.insert(trial.id.clone()) {
                trials.push(trial);
            }
        }
        Ok(trials)
    }

    /// The axes of the sweep, from the one that changes most slowly.
    fn axes(&self) -> Result<Vec<Vec<Point>>> {
        let one = |name: &str, texts: Vec<String>| -> Result<Vec<Point>> {
            let knob = named(name)?;
            Ok(texts.into_iter().map(|text| vec![(knob, text)]).collect())
        };
        let none = |name: &str| {
            let way_out = "leave it out, or give it one value or more";
            Err(Error::usage(format!("`{name}` has no value, so there is nothing to train; {way_out}")))
        };
        let counts = [("seeds", self.seeds), ("folds", self.folds), ("samples", self.samples)];
        for (name, count) in counts {
            match count {
                Some(0) => return none(name),
                Some(count) if count > MOST_RUNS => return Err(too_many()), // before it is counted out in memory
                _ => {}
            }
        }
        let files = |paths: &Vec<PathBuf>| paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        let mut axes = Vec::new();
        if let Some(paths) = &self.data {
            axes.push(("data", one("data", files(paths))?));
        }
        for (name, values) in &self.grid {
            let values = values.as_array().ok_or_else(|| {
                Error::usage(format!("`{name}` in [grid] needs a list of values, as in {name} = [1, 2]"))
            })?;
            axes.push((name, one(name, values.iter().map(text).collect())?));
        }
        if let Some(samples) = self.sampled()? {
            axes.push(("samples", samples));
        }
        if let Some(folds) = self.folds {
            axes.push(("folds", one("fold", (1..=folds).map(|number| format!("{number}/{folds}")).collect())?));
        }
        if let Some(seeds) = self.seeds {
            axes.push(("seeds", one("seed", (0..seeds).map(|seed| seed.to_string()).collect())?));
        }
        if let Some((name, _)) = axes.iter().find(|(_, axis)| axis.is_empty()) {
            return none(name);
        }
        Ok(axes.into_iter().map(|(_, axis)| axis).collect())
    }

    /// The draws from the ranges, one alternative for each of the `samples`. A knob that takes whole numbers alone,
    /// which is tried with 0.5, gets the nearest one.
    fn sampled(&self) -> Result<Option<Vec<Point>>> {
        if self.ranges.is_empty() != self.samples.is_none() {
            return Err(Error::usage("`samples` and [ranges] belong together; give both, or neither"));
        }
        let Some(samples) = self.samples else { return Ok(None) };
        let mut rng = generator(self.draw_seed, b"SWEEP\0\0\0");
        let mut sampled = vec![Point::new(); samples];
        for (name, range) in &self.ranges {
            let knob = named(name)?;
            if let Some(complaint) = range.complaint() {
                return Err(Error::usage(format!("the range of `{name}` must {complaint}")));
            }
            let whole = knob.set(&mut Config::default(), "0.5").is_err();
            for (point, value) in sampled.iter_mut().zip(draws(range, samples, self.draw, &mut rng)) {
                let value = if whole { value.round() } else { value };
                point.push((knob, value.to_string()));
            }
        }
        Ok(Some(sampled))
    }
}

/// The error that a plan has more runs than one can have.
fn too_many() -> Error {
    Error::usage("more than a million trainings; give fewer values, or `samples` of a range")
}

/// Every point with every alternative of `axis` added, those of the last axis changing fastest.
fn product(points: &[Point], axis: &[Point]) -> Vec<Point> {
    points.iter().flat_map(|point| axis.iter().map(|other| [point.clone(), other.clone()].concat())).collect()
}

/// The configuration of one run: defaults, what is the same in all runs, what this one varies, and for the rest what the
/// data decide. `rows` are the rows of the files that were opened before.
fn config(fixed: &Point, point: &Point, rows: &mut HashMap<Option<PathBuf>, usize>) -> Result<Config> {
    let mut config = Config::default();
    for (knob, text) in fixed.iter().chain(point) {
        knob.set(&mut config, text).map_err(|hint| Error::usage(format!("`{}` = {text}: {hint}", knob.name)))?;
    }
    config.check()?;
    config.check_needs(&Config::default())?;
    let rows = match rows.get(&config.data) {
        Some(&rows) => rows,
        None => *rows.entry(config.data.clone()).or_insert(training_rows(&config.request())?),
    };
    let given = |name: &str| fixed.iter().chain(point).any(|(knob, _)| knob.name == name);
    Ok(config.fitted(rows, given))
}

/// The knobs of a table with one value each.
fn points(table: &toml::Table) -> Result<Point> {
    table.iter().map(|(name, value)| Ok((named(name)?, text(value)))).collect()
}

/// The knob called `name`.
fn named(name: &str) -> Result<&'static Knob> {
    Knob::named(name).ok_or_else(|| match Knob::meant(name) {
        Some(knob) => Error::usage(format!("there is no knob `{name}`; it is called `{}`", knob.name)),
        None => Error::usage(format!("there is no knob `{name}`; see `backburn train --help`")),
    })
}

/// A value as it is typed for a knob.
fn text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) if items.is_empty() => "0".into(), // no hidden layer
        toml::Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(text: &str) -> Result<Vec<Trial>> {
        toml::from_str::<Spec>(text).map_err(|e| Error::usage(e.to_string()))?.trials()
    }

    #[test]
    fn a_plan_is_the_product_of_its_axes_and_every_run_has_its_own_stable_id() {
        let text = "seeds = 2\nfolds = 3\n[knobs]\nepochs = 4\n[grid]\nhidden = [\"30\", [100, 50]]\nrate = [0.1, 1]";
        let plan = trials(text).unwrap();
        assert_eq!(plan.len(), 2 * 3 * 2 * 2);
        assert_eq!(plan.iter().map(|trial| trial.number).collect::<Vec<_>>(), (1..=24).collect::<Vec<_>>());
        let last = plan[23].config().unwrap();
        assert_eq!(
            (last.hidden, last.rate, last.seed, last.epochs),
            (vec![100, 50], Some(crate::setup::Rate::At(1.0)), 1, 4)
        );
        assert_eq!(plan, trials(text).unwrap());
        let alone =
            trials("seeds = 2\nfolds = 3\n[knobs]\nepochs = 4\n[grid]\nrate = [1]\nhidden = [\"100,50\"]").unwrap();
        assert_eq!(alone[5].id, plan[23].id, "what is trained names a run, not its place in a plan");
    }

    #[test]
    fn draws_are_repeated_and_whole_numbers_stay_whole() {
        let text = "samples = 9\ndraw = \"latin\"\n[ranges]\nbatch-size = { from = 8, to = 512, log = true }\n\
                    dropout = { from = 0.0, to = 0.5 }";
        let plan = trials(text).unwrap();
        assert_eq!(plan.len(), 9);
        assert!(plan.iter().all(|trial| (8..=512).contains(&trial.config().unwrap().batch_size)));
        assert_eq!(plan, trials(text).unwrap());
        assert_ne!(plan, trials(&format!("draw-seed = 1\n{text}")).unwrap());
    }

    #[test]
    fn what_cannot_be_run_is_refused_by_name() {
        let error = |text: &str| trials(text).unwrap_err().to_string();
        assert!(error("[grid]\nlr = [1]").contains("it is called `rate`"));
        assert!(error("[grid]\nrate = 1").contains("needs a list"));
        assert!(error("[grid]\nrate = [\"fast\"]").contains("give a number"));
        assert!(error("samples = 3").contains("belong together"));
        assert!(error("[knobs]\nmomentum = 0.9").contains("--momentum needs"));
        assert!(error("seeds = 1000000000").contains("more than a million"));
        assert!(error("samples = 1000000000\n[ranges]\nrate = { from = 0.1, to = 1 }").contains("more than a million"));
        for nothing in ["seeds = 0", "folds = 0", "data = []", "[grid]\nhidden = []"] {
            assert!(error(nothing).contains("has no value"), "{nothing}");
        }
        assert_eq!(trials("[grid]\nhidden = [[]]\n").unwrap().len(), 1, "no hidden layer is a value");
        assert!(error("rates = 1").contains("unknown field"));
        assert!(error("[grid]\nrate = [-1]").contains("positive"));
    }
}
