//! Diagnosis: the cause of a run that does not learn is the smallest change that makes it learn, found by experiment.
//!
//! Rules that map a symptom to a cause name one cause, often the wrong one, and are loud on healthy runs. So nothing
//! here is read off a symptom: the same network is trained for a few hundred steps with every doubtful knob put back,
//! which shows what is within reach. If the run itself came near that, it is healthy, however odd its numbers look. If
//! not, the knobs are given back one by one as long as it still learns; what cannot be given back is the cause, and
//! the network without each single remedy, on three seeds, is the evidence. See [`Remedy`] for what is tried.
//!
//! The experiments end after a number of steps, which makes them repeatable, or where the clock says so.

mod compare;
mod data;
mod experiment;
mod ledger;
mod remedy;

pub use experiment::{Outcome, Skill};
pub use ledger::{Budget, Ledger};
pub use remedy::Remedy;

use burn::tensor::Device;
use serde::Serialize;

use crate::data::{Data, Scale};
use crate::error::Result;
use crate::learner::Rule;
use crate::model::Saved;
use crate::numerics::{Finding, Symptom};
use crate::trial::{Config, Rate};
use compare::{far, worse};
use ledger::{planned, steps};

/// The causes are the smallest set that cures; where the whole set gives this much more accuracy, the command has all.
const BETTER: f64 = 0.02;
/// Seeds on which effects are measured.
const SEEDS: u64 = 3;

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
    let data = &data.thinned()?;
    let ledger = Ledger::new(data, config.scale, budget, progress);
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

impl Reach {
    /// Whether the run falls short of it. A run of few steps may well be unfinished without being sick.
    fn shows_sick(&self, patient: &Outcome) -> bool {
        let unfinished = self.remedies.iter().any(|remedy| matches!(remedy, Remedy::Epochs(_)));
        !self.remedies.is_empty() && (if unfinished { far } else { worse })(patient, &self.outcome)
    }
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
        } else if reach.shows_sick(&patient) {
            self.cure(&mut diagnosis, reach)?;
        } else if patient.findings.iter().any(|finding| finding.symptom == Symptom::Nonfinite) {
            self.calm(&mut diagnosis);
        } else {
            diagnosis.verdict = Verdict::Healthy;
        }
        diagnosis.causes.extend(data::between_halves(self.data, &patient)?);
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
                experiment::judge(&mut outcome, &model.network(self.device), self.data, self.device)?;
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
        let mut remedies = Remedy::all(self.config, scale_needed(self.config, self.data)?, self.data.train.len(), rare);
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
            if outcome.held.skill + 0.1 * outcome.train.skill > best.1.held.skill + 0.1 * best.1.train.skill {
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
        if !hopeless(patient) || !hopeless(&reach.outcome) || uneven(self.data) {
            return Ok(None);
        }
        self.ledger.say("whether labels belong to rows");
        let mut config = Remedy::applied(&reach.remedies, self.config);
        let longer = steps(&config, self.data) * 4;
        Remedy::architecture(self.config).iter().for_each(|remedy| remedy.apply(&mut config));
        (config.scale, config.dropout) = (Scale::Standard, 0.0);
        let standard = Data::load(&config.request())?.thinned()?;
        let outcome = self.ledger.run(&config, &standard, self.device, longer)?;
        if !hopeless(&outcome) {
            return Ok(None);
        }
        data::unlearnable(&config, &standard, self.device, &mut self.ledger, longer / 4).map(Some)
    }

    /// The usual answer to an explosion that no experiment shows, because it comes late or seldom.
    fn calm(&mut self, diagnosis: &mut Diagnosis) {
        let rate = self.config.rate() / 10.0;
        let cured = Config { rate: Some(Rate::At(rate)), clip: Some(1.0), ..self.config.clone() };
        let text = format!("the run explodes later than experiments reach; --rate {rate} and --clip 1 were not tried");
        diagnosis.causes.push(Cause { cause: "rate".into(), text, without: None });
        (diagnosis.command, diagnosis.cure) = (Some(cured.command()), Some(cured));
    }

    /// Gives remedies back one by one as long as the network still learns, then measures what each that remains is
    /// worth.
    fn cure(&mut self, diagnosis: &mut Diagnosis, reach: Reach) -> Result<()> {
        self.ledger.say("which change matters");
        let (mut set, goal) = (reach.remedies.clone(), reach.outcome);
        set.sort_by_key(Remedy::order);
        self.ledger.planned = self.ledger.experiments + set.len() + SEEDS as usize * 3;
        for remedy in set.clone() {
            if self.ledger.spent() || set.len() == 1 {
                break; // the run is sick, so the last that is left is why
            }
            let rest: Vec<Remedy> = set.iter().filter(|kept| **kept != remedy).cloned().collect();
            let outcome = self.ledger.try_out(&Remedy::applied(&rest, self.config), self.device)?;
            if !(if remedy.is_choice() { far } else { worse })(&outcome, &goal) {
                set = rest;
            }
        }
        self.ledger.say("the effect of leaving each out");
        self.ledger.planned = self.ledger.experiments + (1 + set.len()) * SEEDS as usize;
        let mut full = self.median(&set)?;
        for remedy in set.clone() {
            if self.ledger.spent() {
                diagnosis.causes.push(remedy.named(self.config, None));
                continue;
            }
            let rest: Vec<Remedy> = set.iter().filter(|kept| **kept != remedy).cloned().collect();
            let without = self.median(&rest)?;
            if set.len() > 1 && !worse(&without, &full) {
                (set, full) = (rest, without); // one seed was mistaken
            } else {
                diagnosis.causes.push(remedy.named(self.config, Some(without.held.accuracy)));
            }
        }
        if !self.ledger.spent() && set != reach.remedies {
            let all = self.median(&reach.remedies)?;
            if all.held.accuracy > full.held.accuracy + BETTER {
                (set, full) = (reach.remedies, all);
            }
        }
        diagnosis.reachable = full.held.accuracy;
        diagnosis.causes.reverse(); // mistakes before treatments
        let cured = Remedy::applied(&set, self.config);
        diagnosis.command = Some(cured.command());
        diagnosis.cure = Some(cured);
        Ok(())
    }

    /// The outcome that is the median of the seeds by skill on held-out rows.
    fn median(&mut self, remedies: &[Remedy]) -> Result<Outcome> {
        let config = Remedy::applied(remedies, self.config);
        let mut found = Vec::new();
        for seed in 0..SEEDS {
            let config = Config { seed: config.seed.wrapping_add(seed), ..config.clone() };
            found.push(self.ledger.try_out(&config, self.device)?);
            if self.ledger.spent() {
                break;
            }
        }
        found.sort_by(|a, b| a.held.skill.total_cmp(&b.held.skill));
        Ok(found.swap_remove(found.len() / 2))
    }
}

/// Whether a class has less than a third of the rows that it had if all had alike.
fn uneven(data: &Data) -> bool {
    let mut counts = vec![0usize; data.classes.names.len()];
    data.train.labels().iter().for_each(|&y| counts[y as usize] += 1);
    counts.iter().any(|&count| 3 * count * counts.len() < data.train.len())
}

/// The scale that features need, where they are far from the size that networks are made for.
fn scale_needed(config: &Config, data: &Data) -> Result<Option<Scale>> {
    let (mut sum, mut count, mut largest) = (0.0, 0.0, 0.0f64);
    for v in data.train.spread(1000).features()?.into_iter().map(f64::from) {
        (sum, count, largest) = (sum + v * v, count + 1.0, largest.max(v.abs()));
    }
    let rms = (sum / f64::max(count, 1.0)).sqrt();
    Ok(match config.scale {
        Scale::Standard => None,
        _ if rms < 0.05 => Some(Scale::Standard),
        Scale::None if largest > 1.0 => Some(Scale::Auto),
        Scale::Minmax => Some(Scale::Standard),
        _ => None,
    })
}
