//! Diagnosis: the cause of a run that does not learn is the smallest change that makes it learn, found by experiment.
//!
//! Rules that map a symptom to a cause name one cause, often the wrong one, and are loud on healthy runs. So nothing
//! here is read off a symptom: the same network is trained for a few hundred steps with every doubtful knob put back,
//! which shows what is within reach. If the run itself came near that, it is healthy, however odd its numbers look. If
//! not, the knobs are given back one by one as long as it still learns; what cannot be given back is the cause, and
//! the network without each single remedy, on three seeds, is the evidence. See [`Remedy`] for what is tried, `reach`
//! and `cure` for the two halves of the search.
//!
//! The experiments end after a number of steps, which makes them repeatable, or where the clock says so.

mod compare;
mod cure;
mod data;
mod experiment;
mod ledger;
mod reach;
mod remedy;

pub use experiment::{Outcome, Skill};
pub use ledger::{Budget, Ledger};
pub use remedy::Remedy;

use burn::tensor::Device;
use serde::Serialize;

use crate::data::{Augment, Data, Scale};
use crate::error::Result;
use crate::journal::{self, Change, Event};
use crate::model::Saved;
use crate::numerics::{Finding, Symptom};
use crate::run::{Part, Run};
use crate::setup::{Config, Rate};
use compare::exploded;
use ledger::{planned, steps};
use reach::Reach;

/// This much more accuracy, as a share, is worth telling, though it makes nobody sick.
const BETTER: f64 = 0.02;

/// What a run came to, where it is over.
pub struct Recorded {
    /// Its best weights, unless it diverged before it had any.
    pub model: Option<Saved>,
    /// The symptoms in its journal.
    pub findings: Vec<Finding>,
}

impl Recorded {
    /// What a run left: its best weights, unless it diverged, and its symptoms.
    ///
    /// # Errors
    /// There is no journal.
    pub fn of(run: &Run) -> Result<Self> {
        let events = journal::read(&run.file(Part::Journal))?;
        let finding = |event: &Event| match event {
            Event::Symptom(finding) => Some(finding.clone()),
            Event::Diverged { step, .. } => Some(Finding::nonfinite(*step)),
            _ => None,
        };
        let diverged = matches!(events.last(), Some(Event::Diverged { .. }));
        let model = if diverged { None } else { Saved::read(&run.path).ok() };
        Ok(Recorded { model, findings: events.iter().filter_map(finding).collect() })
    }
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
    /// The loss on learned rows then, in nats, where it exploded.
    pub loss: Option<f64>,
}

impl Cause {
    fn of_data(cause: &str, text: String) -> Self {
        Cause { cause: cause.into(), text, without: None, loss: None }
    }
}

/// The result.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Whether the run is well.
    pub verdict: Verdict,
    /// Accuracy of the run on held-out rows, 0..1.
    pub accuracy: f64,
    /// Its loss on learned rows, in nats, where it exploded.
    pub loss: Option<f64>,
    /// Accuracy within reach: of the cured configuration, or of the best that was tried.
    pub reachable: f64,
    /// What was seen.
    pub findings: Vec<Finding>,
    /// What has to be different, everything that matters.
    pub causes: Vec<Cause>,
    /// What the cure changes beside them, because it does better still.
    pub also: Vec<Cause>,
    /// For a healthy run: what the best experiment changed, where it had some more right rows.
    pub better: Vec<Change>,
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
        Diagnosis { causes: vec![Cause::of_data("data", text)], ..Diagnosis::open(&Outcome::default()) }
    }

    /// Sick until the opposite is shown.
    fn open(patient: &Outcome) -> Self {
        Diagnosis {
            verdict: Verdict::Sick,
            accuracy: patient.held.accuracy,
            loss: exploded(patient).then_some(patient.train.loss),
            reachable: patient.held.accuracy,
            findings: patient.findings.clone(),
            causes: Vec::new(),
            also: Vec::new(),
            better: Vec::new(),
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
    let ledger = Ledger::new(data, config, budget, progress);
    Examination { config, data, device, ledger }.conclude(recorded)
}

struct Examination<'a> {
    config: &'a Config,
    data: &'a Data,
    device: &'a Device,
    ledger: Ledger<'a>,
}

impl Examination<'_> {
    fn conclude(mut self, recorded: Option<Recorded>) -> Result<Diagnosis> {
        let patient = self.patient(recorded)?;
        let reach = self.reach(&patient)?;
        let mut diagnosis = Diagnosis::open(&patient);
        diagnosis.reachable = reach.outcome.held.accuracy.max(patient.held.accuracy);
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
        } else if diagnosis.verdict == Verdict::Healthy {
            self.compare_with_best(&mut diagnosis)?;
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
                let data = self.data.in_scale(&model.scale);
                experiment::judge(&mut outcome, &model.network(self.device), &data, self.device)?;
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

    /// A cause in labels or features, where the best network only guesses on rows it has not seen.
    fn data_cause(&mut self, patient: &Outcome, reach: &Reach) -> Result<Option<Cause>> {
        let hopeless = |outcome: &Outcome| outcome.held.rows >= 50 && data::guesses(&outcome.held);
        if !hopeless(patient) || !hopeless(&reach.outcome) || uneven(self.data) {
            return Ok(None);
        }
        self.ledger.say("whether labels belong to rows");
        let mut config = Remedy::applied(&reach.remedies, self.config);
        let longer = steps(&config, self.data) * 4;
        Remedy::architecture(self.config, true).iter().for_each(|remedy| remedy.apply(&mut config));
        (config.scale, config.dropout, config.input_dropout) = (Scale::Standard, 0.0, 0.0);
        config.augment = Augment::None;
        let standard = self.data.prepared(&config.request())?.thinned()?;
        let outcome = self.ledger.run(&config, &standard, self.device, longer)?;
        if !hopeless(&outcome) {
            return Ok(None);
        }
        data::unlearnable(&config, &standard, self.device, &mut self.ledger, longer / 4).map(Some)
    }

    /// What the best experiment did otherwise, where it did better at all; without a hidden layer, one with it.
    fn compare_with_best(&mut self, diagnosis: &mut Diagnosis) -> Result<()> {
        if self.config.hidden.is_empty() && self.config.from.is_none() && !self.ledger.spent() {
            let hidden = Config::default().hidden;
            self.ledger.try_out(&Config { hidden, ..self.config.clone() }, self.device)?;
        }
        let best = self.ledger.best.as_ref().filter(|best| best.0 > diagnosis.accuracy + BETTER);
        if let Some((accuracy, config)) = best {
            (diagnosis.reachable, diagnosis.better) = (*accuracy, self.config.changes(config));
        }
        Ok(())
    }

    /// The usual answer to an explosion that no experiment shows, because it comes late or seldom.
    fn calm(&mut self, diagnosis: &mut Diagnosis) {
        let rate = self.config.rate() / 10.0;
        let cured = Config { rate: Some(Rate::At(rate)), clip: Some(1.0), ..self.config.clone() };
        let text = format!("the run explodes later than experiments reach; --rate {rate} and --clip 1 were not tried");
        diagnosis.causes.push(Cause { cause: "rate".into(), text, without: None, loss: None });
        (diagnosis.command, diagnosis.cure) = (Some(cured.command()), Some(cured));
    }
}

/// Whether a class has less than a third of the rows that it had if all had alike.
fn uneven(data: &Data) -> bool {
    let counts = data.counts();
    counts.iter().any(|&count| 3 * count * counts.len() < data.train.len())
}
