//! Tuning: the search for the configuration of a run, by trainings that are runs of their own in its folder.
//!
//! What is tried next is decided in the room `sweep`, from the trials that are over; here a trial is trained, and one
//! configuration is chosen in the end. No trial is given the test half, so nothing can be chosen on it. A trial is one
//! network, and joining waits for the configuration that is chosen.
//!
//! | file of the run | what it holds |
//! |---|---|
//! | `tuning.json` | the budget, what the person has chosen, and what was found |
//! | `tuning.jsonl` | the plan, a trial a line: `backburn sweep collect` shows what became of it |
//! | `tuning.runs/ID` | a trial, with its `result.json` once it is over |

use std::time::Instant;

use burn::tensor::Device;

use super::Training;
use crate::data::{Data, Fold, Origin};
use crate::error::{Error, Result};
use crate::numerics::Score;
use crate::ranks;
use crate::run::{Hold, RunFile};
use crate::setup::{self, Config, KNOBS, Knob, May, OnTrouble};
use crate::sweep::{
    Budget, Candidate, Choice, End, Entry, Next, Outcome, Plan, Point, Purse, Stages, Trial, Tuned, absolute,
    configured, draw,
};
use crate::write::write_beside;

/// Draws in a row that may be known already before the space is held to be exhausted.
const MOST_DRAWS: usize = 10_000;

/// A search in progress.
///
/// ```no_run
/// # use backburn::{data::Data, device, error::Result, run::Run, setup::Config, train::{Training, Tuning}};
/// # fn main() -> Result<()> {
/// let (config, device) = (Config::default().fitted_to_file(|_| false), device::choose(None)?);
/// let (data, run) = (Data::load(&config.request())?, Run::create(None, "digits", false)?);
/// let given = |_: &str| false; // no knob was chosen by a person
/// let budget = "20runs".parse().unwrap();
/// let mut tuning = Tuning::begin(config, given, budget, data.clone(), run.clone(), &device)?;
/// while let Some(tried) = tuning.advance()? {
///     eprintln!("{}: {:?}", tried.trial.said(), tried.outcome.validation);
/// }
/// let (config, _) = tuning.finish()?;
/// let training = Training::start(config, data, run, &device)?; // and so on, as for every run
/// # Ok(())
/// # }
/// ```
pub struct Tuning {
    tuned: Tuned,
    stages: Stages,
    plan: Plan,
    /// The trials that are over, in the order of the plan.
    over: Vec<Entry>,
    data: Data,
    run: Hold,
    device: Device,
    /// The data with other rows held out, as far as they were needed.
    parts: Vec<(Option<Fold>, Data)>,
}

impl Tuning {
    /// Begins a search around `base`, a configuration that is fitted to `data`, in a folder without a run. A knob of which
    /// `given` says that the person has chosen it is the same in all trials.
    ///
    /// # Errors
    /// [`Tuning::check`] refuses it, or no space.
    pub fn begin(
        base: Config,
        given: impl Fn(&str) -> bool,
        budget: Budget,
        data: Data,
        run: Hold,
        device: &Device,
    ) -> Result<Self> {
        Self::check(&base, &data)?;
        let given = KNOBS.iter().map(|knob| knob.name).filter(|name| given(name)).map(String::from).collect();
        let tuned = Tuned { budget, given, base: base.clone(), choice: None };
        tuned.keep(&run)?; // before the configuration, without which there is no run to go on with
        Origin::of(&base.request(), &data).keep(&run)?;
        base.keep(&run)?;
        Self::open(tuned, data, run, device)
    }

    /// Goes on with the search of a run; `None` where the run has none, or has begun to train what was found. Of `now`, the
    /// configuration with which the run is to go on, only what says where the data are and on what machine may be new.
    ///
    /// # Errors
    /// Something else is new, or what the folder holds cannot be understood.
    pub fn resume(now: &Config, data: Data, run: Hold, device: &Device) -> Result<Option<Self>> {
        let Some(mut tuned) = Tuned::of(&run)?.filter(|_| !run.has(RunFile::Checkpoint)) else { return Ok(None) };
        let free = |name: &str| Knob::named(name).is_some_and(|knob| knob.positional || knob.may(May::StayHere));
        let changes = Config::of(&run)?.changes(now);
        if let Some(change) = changes.into_iter().find(|change| !free(&change.knob) && change.knob != "test") {
            return Err(Error::usage(format!(
                "--{} cannot change while the search of `{}` goes on; leave it out, in the environment too",
                change.knob,
                run.path.display()
            )));
        }
        Self::check(&tuned.base, &data)?;
        let Config { data: file, test, device: place, threads, memory, .. } = now.clone();
        tuned.base = Config { data: file, test, device: place, threads, memory, ..tuned.base };
        Self::open(tuned, data, run, device).map(Some)
    }

    /// Refuses what cannot be searched.
    ///
    /// # Errors
    /// There are no rows to choose on, or `config` asks for more than one run.
    pub fn check(config: &Config, data: &Data) -> Result<()> {
        let refused = |text: &str| Err(Error::usage(text));
        if ranks::count() > 1 {
            return refused(
                "--tune trains one network after another, and these processes learn one network together; start the search without mpirun, or many trainings with backburn sweep",
            );
        }
        if config.ensemble > 1 {
            return refused(
                "--tune finds one configuration and --ensemble trains several networks; leave --ensemble out, and give it with what was found: backburn train --config RUN/config.toml --ensemble N",
            );
        }
        if config.on_trouble == OnTrouble::Repair {
            return refused(
                "--on-trouble repair would change the configurations that --tune compares; leave it out: one that diverges is not chosen",
            );
        }
        if data.validation.is_empty() {
            return refused("--tune chooses on held-out rows and there are none; leave --validation out");
        }
        Ok(())
    }

    /// A search with the trials that are in the folder.
    fn open(tuned: Tuned, data: Data, run: Hold, device: &Device) -> Result<Self> {
        let given = |name: &str| tuned.given.iter().any(|other| other == name);
        let own_part = data.layout.validation.is_some() || given("fold") || given("validation");
        let parted = !own_part && !data.train.streamed();
        let stages = Stages::of(&tuned.base, data.training_rows(), parted, given("epochs"));
        let path = run.file(RunFile::Plan);
        let plan = if path.exists() { Plan::read(&path)? } else { Plan { path, trials: Vec::new() } };
        let over = plan.entries().filter(|entry| entry.outcome.is_settled()).collect();
        let data = Data { test: None, ..data };
        Ok(Tuning { tuned, stages, plan, over, data, run, device: device.clone(), parts: Vec::new() })
    }

    /// Whether the person has chosen the knob `name`.
    fn given(&self, name: &str) -> bool {
        self.tuned.given.iter().any(|given| given == name)
    }

    /// How much may be tried.
    pub fn budget(&self) -> Budget {
        self.tuned.budget
    }

    /// The trials that are over.
    pub fn over(&self) -> &[Entry] {
        &self.over
    }

    /// The configurations that were tried, those first that have come furthest, and of these the best; each with its score
    /// over the last stage that it has passed, if it did not diverge.
    pub fn tried(&self) -> Vec<(Candidate, Option<Score>)> {
        let candidates = self.stages.candidates(&self.over);
        let mut places: Vec<usize> = Vec::new();
        for stage in (0..self.stages.values.len()).rev() {
            let passed = self.stages.ranked(&candidates, stage).into_iter().map(|(place, _)| place);
            places.extend(passed.filter(|place| !places.contains(place)).collect::<Vec<_>>());
        }
        places.into_iter().map(|place| (candidates[place].clone(), self.stages.score(&candidates[place]))).collect()
    }

    /// Carries out one trial and says what became of it; `None` when the search is over.
    ///
    /// # Errors
    /// Ctrl-C, no space, or another process trains this trial.
    pub fn advance(&mut self) -> Result<Option<Entry>> {
        let unfinished =
            self.plan.trials.iter().find(|trial| !self.over.iter().any(|entry| entry.trial.id == trial.id));
        let trial = match unfinished.cloned() {
            Some(begun) => begun,
            None => match self.planned()? {
                Some(next) => next,
                None => return Ok(None),
            },
        };
        let outcome = self.train(&trial)?;
        let entry = Entry { trial, outcome };
        self.over.push(entry.clone());
        Ok(Some(entry))
    }

    /// Takes the configuration that is best by [`Stages::chosen`], and keeps it as that of the run.
    ///
    /// # Errors
    /// No space.
    pub fn finish(mut self) -> Result<(Config, Choice)> {
        let candidates = self.stages.candidates(&self.over);
        let best = self.stages.chosen(&candidates);
        let varied = candidates[best].point.clone();
        let config = self.configured(&varied)?;
        let choice = Choice {
            chosen: self.stages.score(&candidates[best]),
            default: self.stages.score(&candidates[0]),
            varied,
            configurations: candidates.len(),
            trainings: self.over.len(),
            seconds: self.over.iter().map(|entry| entry.outcome.seconds).sum(),
        };
        self.tuned.choice = Some(choice.clone());
        self.tuned.keep(&self.run)?;
        Ok((config, choice))
    }

    /// The next trial, which is in the plan from here on.
    fn planned(&mut self) -> Result<Option<Trial>> {
        let candidates = self.stages.candidates(&self.over);
        let fresh = self.fresh(&candidates);
        let first = self.stages.values[0][0].clone();
        let (point, value) = match (self.stages.next(&candidates, self.purse(), fresh.is_some()), fresh) {
            (Next::Train(place, value), _) => (candidates[place].point.clone(), value),
            (Next::Draw, Some(point)) => (point, first),
            _ => return Ok(None),
        };
        let mut config = self.configured(&point)?;
        let refused = |hint: String| Error::other(format!("a trial of the search: {hint}"));
        let knob = Knob::named(self.stages.knob).ok_or_else(|| refused("no such knob".into()))?;
        knob.set(&mut config, &value).map_err(refused)?;
        config.join = 1;
        let varied = point.into_iter().chain([(self.stages.knob.to_string(), value)]).collect();
        let trial = Trial::new(self.plan.trials.len() + 1, varied, &config);
        self.plan.trials.push(trial.clone());
        write_beside(&self.plan.path, Plan::text(&self.plan.trials).as_bytes())?;
        Ok(Some(trial))
    }

    /// The configuration of a point. Where the stages are numbers of epochs a drawn batch does not change it, so that the run
    /// has as many as the last stage.
    fn configured(&self, point: &Point) -> Result<Config> {
        let settled = |name: &str| self.given(name) || name == self.stages.knob;
        configured(&self.tuned.base, point, self.data.training_rows(), settled)
    }

    /// A configuration that was not tried yet and that this machine has memory for.
    fn fresh(&self, candidates: &[Candidate]) -> Option<Point> {
        let fits =
            |point: &Point| self.configured(point).and_then(|config| setup::affordable(&config, &self.data)).is_ok();
        let drawn = (1..MOST_DRAWS).map(|number| draw(&self.tuned.base, |name| self.given(name), number));
        drawn.filter(|point| !candidates.iter().any(|own| own.point == *point)).find(fits)
    }

    /// What is left of the budget. Of a time it is told in whole trainings, as long as those were that are over.
    fn purse(&self) -> Purse {
        match self.tuned.budget {
            Budget::Runs(runs) => Purse { left: runs as f64 - self.over.len() as f64, by_effort: false },
            Budget::Minutes(minutes) => {
                let effort =
                    |entry: &Entry| entry.trial.varied.get(self.stages.knob).map_or(1.0, |v| self.stages.effort(v));
                let seconds: f64 = self.over.iter().map(|entry| entry.outcome.seconds).sum();
                let whole = seconds / self.over.iter().map(effort).sum::<f64>();
                let left = 60.0 * minutes - seconds;
                Purse {
                    left: if self.over.is_empty() { f64::INFINITY } else { left / whole.max(1e-9) },
                    by_effort: true,
                }
            }
        }
    }

    /// Trains a trial, from its checkpoint if it has one, and keeps what became of it.
    fn train(&mut self, trial: &Trial) -> Result<Outcome> {
        let (hold, start) = (self.plan.hold(trial)?, Instant::now());
        let outcome = match self.learn(trial, hold.clone()) {
            Ok(outcome) => outcome,
            Err(Error::Diverged(why)) => Outcome::without_score(End::Diverged, why),
            Err(error) => return Err(error),
        };
        let outcome = Outcome { seconds: start.elapsed().as_secs_f64(), ..outcome };
        outcome.keep(&hold)?;
        Ok(outcome)
    }

    /// Pulls a training to its end. What is said of the data is said by the run itself, once.
    fn learn(&mut self, trial: &Trial, hold: Hold) -> Result<Outcome> {
        let begun = hold.has(RunFile::Config);
        let config = if begun { Config::of(&hold)? } else { trial.config()? };
        let Config { device, threads, memory, .. } = self.tuned.base.clone();
        let (data, test) = (absolute(&self.tuned.base.data), absolute(&self.tuned.base.test));
        let config = Config { data, test, device, threads, memory, ..config };
        let data = self.parted(&config)?;
        let training = match begun {
            true => Training::resume(config, data, hold, &self.device)?,
            false => Training::start_on((config, data), hold, &self.device, false)?,
        };
        let mut training = training.part_of(&self.run, format!("trial {}", trial.number));
        while training.advance()?.is_some() {}
        let epochs = training.epochs();
        let scores = training.finish()?;
        Ok(Outcome {
            epochs,
            best_epoch: scores.best_epoch,
            train: Some(scores.train),
            validation: scores.test.or(scores.validation),
            ..Outcome::without_score(End::Finished, String::new())
        })
    }

    /// The data with the rows held out that `config` says, and without the test half.
    fn parted(&mut self, config: &Config) -> Result<Data> {
        if config.fold == self.tuned.base.fold {
            return Ok(self.data.clone());
        }
        if let Some((_, data)) = self.parts.iter().find(|(fold, _)| *fold == config.fold) {
            return Ok(data.clone());
        }
        let data = self.data.prepared(&config.request())?.nested(config.validation, config.seed);
        self.parts.push((config.fold, data.clone()));
        Ok(data)
    }
}
