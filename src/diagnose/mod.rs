//! Diagnosis: the cause of a run that does not learn is the smallest change that makes it learn, found by experiment.
//!
//! Rules that map a symptom to a cause name one cause, often the wrong one, and are loud on healthy runs. So nothing
//! here is read off a symptom: the same network is trained for a few hundred steps with every doubtful knob put back,
//! which shows what is within reach. If the run itself came near that, it is healthy, however odd its numbers look. If
//! not, the knobs are given back one by one as long as it still learns; what cannot be given back is the cause, and
//! the network without each single remedy, on three seeds, is the evidence. See [`Remedy`] for what is tried.
//!
//! The experiments end after a number of steps, which makes them repeatable, or where the clock says so.

mod data;
mod experiment;
mod remedy;

pub use experiment::{Outcome, Skill};
pub use remedy::Remedy;

use std::time::Instant;

use burn::tensor::Device;
use serde::Serialize;

use crate::data::{Data, Scale};
use crate::error::Result;
use crate::learner::Rule;
use crate::model::Saved;
use crate::numerics::Finding;
use crate::trial::{Config, Rate};

/// A run falls short whose skill is below this share of what the same rows allow in as many steps or fewer, if it also
/// makes [`ERRORS`] times as many errors.
const HEALTHY: f64 = 0.95;
/// See [`HEALTHY`]: one sane choice of knobs may well make twice as many errors as another.
const ERRORS: f64 = 2.5;
/// A run falls short whose skill is below this share, however many errors remain.
const FAR: f64 = 0.75;
/// Steps of an experiment, at most.
const STEPS: f64 = 800.0;
/// Multiplications and additions that an experiment may take: two seconds of one core.
const WORK: f64 = 1e11;
/// Seeds on which effects are measured.
const SEEDS: u64 = 3;

/// What the experiments may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Updates in all.
    pub steps: usize,
    /// When to stop in any case.
    pub until: Option<Instant>,
}

/// What a run came to, where it is over.
pub struct Recorded {
    /// Its best weights, unless it diverged before it had any.
    pub model: Option<Saved>,
    /// The symptoms in its journal.
    pub findings: Vec<Finding>,
}

/// Whether a run is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It learns what can be learned.
    Healthy,
    /// It does not.
    Sick,
}

/// Something that has to be different.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cause {
    /// The knob, by the name of its flag; for data what is wrong with it.
    pub cause: String,
    /// As half a sentence.
    pub text: String,
    /// The accuracy on held-out rows, 0..1, with every remedy but this one; median over seeds.
    pub without: Option<f64>,
}

impl Cause {
    fn of_data(cause: &str, text: String) -> Self {
        Cause { cause: cause.into(), text, without: None }
    }
}

/// The result.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Whether the run is well.
    pub verdict: Verdict,
    /// Accuracy of the run on held-out rows, 0..1.
    pub accuracy: f64,
    /// Accuracy within reach: of the cured configuration, or of the best that was tried.
    pub reachable: f64,
    /// What was seen.
    pub findings: Vec<Finding>,
    /// What has to be different, everything that matters.
    pub causes: Vec<Cause>,
    /// The cured configuration, where a configuration can cure it.
    #[serde(skip)]
    pub cure: Option<Config>,
    /// Its command line.
    pub command: Option<String>,
    /// Experiments made.
    pub experiments: usize,
    /// Their updates in all.
    pub steps: usize,
    /// Whether the budget ended before the set was known to be the smallest.
    pub cut_short: bool,
}

impl Diagnosis {
    /// Data that cannot even be read: `text` says why.
    pub fn of_data(text: String) -> Self {
        Diagnosis {
            verdict: Verdict::Sick,
            accuracy: 0.0,
            reachable: 0.0,
            findings: Vec::new(),
            causes: vec![Cause::of_data("data", text)],
            cure: None,
            command: None,
            experiments: 0,
            steps: 0,
            cut_short: false,
        }
    }
}

/// Where experiments are paid for: the data in the scales they need, and what is left.
pub struct Ledger<'a> {
    scaled: Vec<(Scale, Data)>,
    given: &'a Data,
    scale: Scale,
    budget: Budget,
    planned: usize,
    progress: &'a mut dyn FnMut(usize, usize, &str),
    experiments: usize,
    steps: usize,
    said: String,
}

impl Ledger<'_> {
    /// Whether nothing is left.
    fn spent(&self) -> bool {
        self.steps >= self.budget.steps || self.budget.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Says what the next experiments are about.
    fn say(&mut self, what: &str) {
        self.said = what.into();
    }

    /// An experiment on `data`.
    fn run(&mut self, config: &Config, data: &Data, device: &Device, steps: usize) -> Result<Outcome> {
        (self.progress)(self.experiments, self.planned.max(self.experiments + 1), &self.said);
        let outcome = experiment::run(config, data, device, steps)?;
        self.experiments += 1;
        self.steps += outcome.steps;
        Ok(outcome)
    }

    /// An experiment on the data as `config` scales it.
    fn try_out(&mut self, config: &Config, device: &Device) -> Result<Outcome> {
        if config.scale != self.scale && !self.scaled.iter().any(|(scale, _)| *scale == config.scale) {
            self.scaled.push((config.scale, Data::load(&config.request())?));
        }
        let scaled = std::mem::take(&mut self.scaled);
        let data = scaled.iter().find(|(scale, _)| *scale == config.scale).map_or(self.given, |(_, data)| data);
        let outcome = self.run(config, data, device, steps(config, data));
        self.scaled = scaled;
        outcome
    }
}

/// Updates that `config` plans.
fn planned(config: &Config, data: &Data) -> usize {
    config.epochs * data.train.len().div_ceil(config.batch_size)
}

/// Updates of an experiment with `config`: those it plans, at most [`STEPS`] and as many as [`WORK`] allows.
fn steps(config: &Config, data: &Data) -> usize {
    let widths = [vec![data.train.width()], config.hidden.clone(), vec![data.classes.names.len()]].concat();
    let parameters: usize = widths.windows(2).map(|w| w[0] * w[1]).sum();
    let rows = config.batch_size.min(data.train.len());
    let affordable = (WORK / (6.0 * parameters as f64 * rows as f64)).clamp(20.0, STEPS);
    planned(config, data).min(affordable as usize).max(1)
}

/// A single experiment of the usual length.
///
/// # Errors
/// The weights of `--from` do not fit.
pub fn try_out(config: &Config, data: &Data, device: &Device) -> Result<Outcome> {
    experiment::run(config, data, device, steps(config, data))
}

/// Finds out whether the run that `config` describes on `data` is well, and if not, why and what cures it.
///
/// `progress` is told (experiments done, experiments expected, what the current one is about).
///
/// # Errors
/// The data cannot be read in another scale.
pub fn diagnose(
    config: &Config,
    data: &Data,
    recorded: Option<Recorded>,
    device: &Device,
    budget: Budget,
    progress: &mut dyn FnMut(usize, usize, &str),
) -> Result<Diagnosis> {
    let (scaled, said) = (Vec::new(), String::new());
    let scale = config.scale;
    let ledger = Ledger { scaled, given: data, scale, budget, planned: 12, progress, experiments: 0, steps: 0, said };
    Examination { config, data, device, ledger }.conclude(recorded)
}

struct Examination<'a> {
    config: &'a Config,
    data: &'a Data,
    device: &'a Device,
    ledger: Ledger<'a>,
}

/// What is within reach, and by which remedies.
struct Reach {
    remedies: Vec<Remedy>,
    outcome: Outcome,
}

impl Examination<'_> {
    fn conclude(mut self, recorded: Option<Recorded>) -> Result<Diagnosis> {
        let patient = self.patient(recorded)?;
        let reach = self.reach(&patient)?;
        let mut diagnosis = Diagnosis {
            verdict: Verdict::Sick,
            accuracy: patient.held.accuracy,
            reachable: reach.outcome.held.accuracy.max(patient.held.accuracy),
            findings: patient.findings.clone(),
            causes: Vec::new(),
            cure: None,
            command: None,
            experiments: 0,
            steps: 0,
            cut_short: false,
        };
        if let Some(cause) = self.data_cause(&patient, &reach)? {
            diagnosis.causes.push(cause);
        } else if worse(&patient, &reach.outcome) {
            self.cure(&mut diagnosis, reach)?;
        } else {
            diagnosis.verdict = Verdict::Healthy;
        }
        diagnosis.causes.extend(data::between_halves(self.data, &patient));
        if !diagnosis.causes.is_empty() {
            diagnosis.verdict = Verdict::Sick;
        }
        diagnosis.cut_short |= self.ledger.spent();
        (diagnosis.experiments, diagnosis.steps) = (self.ledger.experiments, self.ledger.steps);
        Ok(diagnosis)
    }

    /// The run itself: judged by what it left, or replayed, four times as long as an experiment.
    fn patient(&mut self, recorded: Option<Recorded>) -> Result<Outcome> {
        self.ledger.say("the run as it is");
        let findings = match recorded {
            Some(Recorded { model: Some(model), findings }) => {
                let mut outcome = Outcome { findings, steps: planned(self.config, self.data), ..Outcome::default() };
                experiment::judge(&mut outcome, &model.network(self.device), self.data, self.device);
                return Ok(outcome);
            }
            Some(Recorded { model: None, findings }) => findings,
            None => Vec::new(),
        };
        let steps = planned(self.config, self.data).min(4 * steps(self.config, self.data));
        let mut outcome = self.ledger.run(self.config, self.data, self.device, steps)?;
        if !findings.is_empty() {
            outcome.findings = findings;
        }
        Ok(outcome)
    }

    /// Puts every doubtful knob back, then the architecture too, and sees how far that gets.
    fn reach(&mut self, patient: &Outcome) -> Result<Reach> {
        self.ledger.say("what is within reach");
        let rare = uneven(self.data) && patient.held.ignored.or(patient.train.ignored).is_some();
        let mut remedies = Remedy::all(self.config, scale_needed(self.config, self.data), self.data.train.len(), rare);
        let outcome = self.rate(&mut remedies)?;
        let own = Reach { remedies: remedies.clone(), outcome };
        let architecture = Remedy::architecture(self.config);
        if architecture.is_empty() {
            return Ok(own);
        }
        remedies.extend(architecture);
        let outcome = self.ledger.try_out(&Remedy::applied(&remedies, self.config), self.device)?;
        Ok(if worse(&own.outcome, &outcome) { Reach { remedies, outcome } } else { own })
    }

    /// The user's rate if it does nearly as well as any, else the best; added to `remedies`.
    fn rate(&mut self, remedies: &mut Vec<Remedy>) -> Result<Outcome> {
        let cured = Remedy::applied(remedies, self.config);
        let own = self.ledger.try_out(&cured, self.device)?;
        let standard = cured.optimizer.rate();
        let factors: &[f64] = if cured.optimizer == Rule::Sgd { &[1.0, 0.3, 3.0, 10.0] } else { &[1.0, 0.3] };
        let mut best = (None, own.clone());
        for rate in factors.iter().map(|factor| factor * standard).filter(|&rate| rate != cured.rate()) {
            let outcome = self.ledger.try_out(&Config { rate: Some(Rate::At(rate)), ..cured.clone() }, self.device)?;
            if outcome.train.skill + outcome.held.skill > best.1.train.skill + best.1.held.skill {
                best = (Some(rate), outcome);
            }
        }
        match best {
            (Some(rate), outcome) if worse(&own, &outcome) => {
                remedies.push(Remedy::Rate((rate * 1e6).round() / 1e6));
                Ok(outcome)
            }
            _ => Ok(own),
        }
    }

    /// A cause in labels or features, where the best network only guesses on rows it has not seen.
    fn data_cause(&mut self, patient: &Outcome, reach: &Reach) -> Result<Option<Cause>> {
        let hopeless = |outcome: &Outcome| outcome.held.rows >= 50 && data::guesses(&outcome.held);
        if !hopeless(patient) || !hopeless(&reach.outcome) {
            return Ok(None);
        }
        self.ledger.say("whether labels belong to rows");
        let mut config = Remedy::applied(&reach.remedies, self.config);
        let longer = steps(&config, self.data) * 4;
        Remedy::architecture(self.config).iter().for_each(|remedy| remedy.apply(&mut config));
        (config.scale, config.dropout) = (Scale::Standard, 0.0);
        let standard = Data::load(&config.request())?;
        let outcome = self.ledger.run(&config, &standard, self.device, longer)?;
        if !hopeless(&outcome) {
            return Ok(None);
        }
        data::unlearnable(&config, &standard, self.device, &mut self.ledger, longer / 4).map(Some)
    }

    /// Gives remedies back one by one as long as the network still learns, then measures what each that remains is
    /// worth.
    fn cure(&mut self, diagnosis: &mut Diagnosis, reach: Reach) -> Result<()> {
        self.ledger.say("which change matters");
        let (mut set, goal) = (reach.remedies, reach.outcome);
        set.sort_by_key(Remedy::order);
        self.ledger.planned = self.ledger.experiments + set.len() + SEEDS as usize * 3;
        for remedy in set.clone() {
            if self.ledger.spent() {
                break;
            }
            let rest: Vec<Remedy> = set.iter().filter(|kept| **kept != remedy).cloned().collect();
            let outcome = self.ledger.try_out(&Remedy::applied(&rest, self.config), self.device)?;
            if !(if remedy.is_choice() { far } else { worse })(&outcome, &goal) {
                set = rest;
            }
        }
        self.ledger.say("the effect of leaving each out");
        self.ledger.planned = self.ledger.experiments + (1 + set.len()) * SEEDS as usize;
        diagnosis.reachable = self.median(&set)?;
        for remedy in set.clone() {
            let rest: Vec<Remedy> = set.iter().filter(|kept| **kept != remedy).cloned().collect();
            let without = if self.ledger.spent() { None } else { Some(self.median(&rest)?) };
            diagnosis.causes.push(Cause { cause: remedy.knob().into(), text: remedy.cause(self.config), without });
        }
        diagnosis.causes.reverse(); // mistakes before treatments
        let cured = Remedy::applied(&set, self.config);
        diagnosis.command = Some(cured.command());
        diagnosis.cure = Some(cured);
        Ok(())
    }

    /// The median accuracy on held-out rows over the seeds.
    fn median(&mut self, remedies: &[Remedy]) -> Result<f64> {
        let config = Remedy::applied(remedies, self.config);
        let mut found = Vec::new();
        for seed in 0..SEEDS {
            let config = Config { seed: config.seed.wrapping_add(seed), ..config.clone() };
            found.push(self.ledger.try_out(&config, self.device)?.held.accuracy);
            if self.ledger.spent() {
                break;
            }
        }
        found.sort_by(f64::total_cmp);
        Ok(found[found.len() / 2])
    }
}

/// Whether `a` falls short of `b`, on learned or on held-out rows, by more than the sample explains.
fn worse(a: &Outcome, b: &Outcome) -> bool {
    let errors = |a: &Skill, b: &Skill| 1.0 - a.accuracy > ERRORS * (1.0 - b.accuracy);
    far(a, b)
        || short(&a.train, &b.train, HEALTHY) && errors(&a.train, &b.train)
        || short(&a.held, &b.held, HEALTHY) && errors(&a.held, &b.held)
}

/// Whether `a` is far from `b`.
fn far(a: &Outcome, b: &Outcome) -> bool {
    short(&a.train, &b.train, FAR) || short(&a.held, &b.held, FAR)
}

/// Whether `a` is below `share` of `b` by more than two deviations of what the sample gives.
fn short(a: &Skill, b: &Skill, share: f64) -> bool {
    let variance = |s: &Skill| {
        let p = s.accuracy.clamp(0.02, 0.98);
        p * (1.0 - p) / s.rows.max(1) as f64
    };
    a.skill < share * b.skill - 2.0 * (variance(a) + variance(b)).sqrt()
}

/// Whether a class has less than a third of the rows that it had if all had alike.
fn uneven(data: &Data) -> bool {
    let mut counts = vec![0usize; data.classes.names.len()];
    data.train.labels().iter().for_each(|&y| counts[y as usize] += 1);
    counts.iter().any(|&count| 3 * count * counts.len() < data.train.len())
}

/// The scale that features need, where they are far from the size that networks are made for.
fn scale_needed(config: &Config, data: &Data) -> Option<Scale> {
    let step = (data.train.len() / 1000).max(1);
    let rows = (0..data.train.len()).step_by(step).map(|row| data.train.row(row));
    let (mut sum, mut count, mut largest) = (0.0, 0.0, 0.0f64);
    for v in rows.flatten().map(f64::from) {
        (sum, count, largest) = (sum + v * v, count + 1.0, largest.max(v.abs()));
    }
    let rms = (sum / f64::max(count, 1.0)).sqrt();
    match config.scale {
        Scale::Standard => None,
        _ if rms < 0.05 => Some(Scale::Standard),
        Scale::None if largest > 1.0 => Some(Scale::Auto),
        Scale::Minmax => Some(Scale::Standard),
        _ => None,
    }
}
