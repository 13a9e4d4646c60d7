//! Diagnosis: the cause of a run that does not learn is the smallest change that makes it learn, found by experiment.
//!
//! Rules that map a symptom to a cause name one cause, often the wrong one, and are loud on healthy runs. So nothing
//! here is read off a symptom: the same network is trained for a few hundred steps with every doubtful knob put back,
//! which shows what is within reach. If the run itself came near that, it is healthy, however odd its numbers look. If
//! not, the knobs are given back one by one as long as it still learns; what cannot be given back is the cause, and
//! the network without each single remedy, on three seeds, is the evidence. [`Remedy`] says what is tried; `reach` and
//! `cure` are the two stages of the search, `compare` judges between two runs, `data` looks for causes in the rows, and
//! `ledger` counts what the experiments cost.
//!
//! The experiments end after a number of steps, which makes them repeatable, or where the clock says so.

mod compare;
mod cure;
mod data;
mod experiment;
mod ledger;
mod reach;
mod remedy;
mod sentence;

pub use experiment::{Performance, Skill};
pub use ledger::{Budget, Ledger, Progress};
pub use remedy::Remedy;

use burn::tensor::Device;
use serde::Serialize;

use crate::data::{Augment, Data, Scale};
use crate::error::Result;
use crate::faults::{self, Depth, Fault, Kind};
use crate::journal::{self, Change, Event};
use crate::model::Saved;
use crate::numerics::{Finding, Symptom, interval};
use crate::run::{Run, RunFile};
use crate::setup::Config;
use compare::{exploded, falls_short};
use ledger::{planned, steps};
use reach::Reach;

/// Right rows more, as a share, that are worth telling a person whose run is healthy.
const BETTER: f64 = 0.02;
/// Held-out rows, fewer of which say neither that a run is healthy nor how good it is.
const ROWS_TO_TELL: usize = 20;

/// What is left of a run that is over.
pub struct Recorded {
    /// Its best weights, unless it diverged before it had any.
    pub model: Option<Saved>,
    /// The symptoms in its journal.
    pub findings: Vec<Finding>,
    /// The epochs that it completed, if it is over.
    pub epochs: Option<usize>,
}

impl Recorded {
    /// What a run left: its best weights, unless it diverged, and its symptoms.
    ///
    /// # Errors
    /// There is no journal.
    pub fn of(run: &Run) -> Result<Self> {
        let events = journal::read(&run.file(RunFile::Journal))?;
        let finding = |event: &Event| match event {
            Event::Symptom(finding) => Some(finding.clone()),
            Event::Diverged { step, .. } => Some(Finding::nonfinite(*step)),
            _ => None,
        };
        let diverged = matches!(events.last(), Some(Event::Diverged { .. }));
        let model = if diverged { None } else { Saved::read_alone(&run.path).ok() };
        let epochs = events.iter().rev().find_map(|event| match event {
            Event::Epoch { epoch, .. } => Some(*epoch),
            _ => None,
        });
        Ok(Recorded { model, findings: events.iter().filter_map(finding).collect(), epochs })
    }
}

/// Whether a run is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// The run learns what can be learned.
    Healthy,
    /// The run learns less than that, or its data are at fault.
    Sick,
    /// There are too few rows to tell.
    Unclear,
}

/// Something that has to be different for the network to learn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cause {
    /// The name of the knob, or that of the fault of the data.
    pub name: String,
    /// The flag, or the part, rows and columns of the data.
    #[serde(rename = "where")]
    pub place: String,
    /// What is wrong, as half a sentence.
    pub say: String,
    /// What happens with every remedy but this one, if that was tried.
    pub effect: Option<Effect>,
}

/// What happens where a single cause is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The accuracy on held-out rows, 0..1; median over seeds.
    pub accuracy: f64,
    /// The loss on learned rows in nats, where it exploded.
    pub loss: Option<f64>,
}

/// What the cure reached in its trial on held-out rows, with the interval in which its whole run should end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Promise {
    /// The share of right rows, 0..1.
    pub score: f64,
    /// The lower end of the interval of 95 % (Wilson 1927) for as many rows as were judged.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Promise {
    /// The promise of a share of right rows among `rows`.
    pub fn of(score: f64, rows: usize) -> Self {
        let (low, high) = interval(score, rows);
        Promise { score, low, high }
    }
}

impl Cause {
    fn of_data(name: &str, place: &str, say: String) -> Self {
        Cause { name: name.into(), place: place.into(), say, effect: None }
    }

    fn of_fault(fault: Fault) -> Self {
        Cause::of_data(fault.name.name(), &fault.place, fault.say)
    }
}

/// What was found out about a run.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Whether the run is well.
    pub verdict: Health,
    /// The accuracy of the run on held-out rows, 0..1.
    pub accuracy: f64,
    /// The mean recall of the classes on the same rows, 0..1.
    pub balanced: f64,
    /// The accuracy of always naming the most frequent class of these rows, 0..1.
    pub majority: f64,
    /// How many rows these figures rest on.
    pub rows: usize,
    /// The loss of the run on learned rows, in nats, where it exploded.
    pub loss: Option<f64>,
    /// The accuracy within reach, 0..1: that of the cured configuration, or of the best that was tried.
    pub reachable: f64,
    /// The symptoms that were seen, in the order of their appearance.
    pub findings: Vec<Finding>,
    /// Everything that has to be different for the network to learn.
    pub causes: Vec<Cause>,
    /// What the cure changes beside the causes, because it does better still.
    pub also: Vec<Cause>,
    /// For a healthy run: what the best experiment changed, where it had some more right rows.
    pub better: Vec<Change>,
    /// The cured configuration, where a configuration can cure it.
    #[serde(skip)]
    pub cure: Option<Config>,
    /// The command line that trains the cured configuration.
    #[serde(rename = "cure")]
    pub command: Option<String>,
    /// What the cure reached in its trial.
    pub promised: Option<Promise>,
    /// The number of experiments.
    pub experiments: usize,
    /// The updates of all experiments together.
    pub steps: usize,
    /// Whether the budget ended before the set of causes was known to be the smallest.
    pub cut_short: bool,
}

impl Diagnosis {
    /// The diagnosis of data that cannot even be read: the faults that keep it from being read, or what `text` says.
    pub fn of_data(text: String, faults: Vec<Fault>) -> Self {
        let mut causes: Vec<Cause> = faults.into_iter().map(Cause::of_fault).collect();
        if causes.is_empty() {
            causes.push(Cause::of_data("data", "the file", text));
        }
        Diagnosis { causes, ..Diagnosis::open(&Performance::default()) }
    }

    /// The diagnosis of a run that did as well as `patient`, sick until the opposite is shown.
    fn open(patient: &Performance) -> Self {
        Diagnosis {
            verdict: Health::Sick,
            accuracy: patient.held.accuracy,
            balanced: patient.held.balanced,
            majority: patient.held.majority,
            rows: patient.held.rows,
            loss: exploded(patient).then_some(patient.train.loss),
            reachable: patient.held.accuracy,
            findings: patient.findings.clone(),
            causes: Vec::new(),
            also: Vec::new(),
            better: Vec::new(),
            cure: None,
            command: None,
            promised: None,
            experiments: 0,
            steps: 0,
            cut_short: false,
        }
    }
}

/// How well `config` does on `data` in a single experiment of the usual length.
///
/// # Errors
/// The weights of `--from` do not fit.
pub fn try_out(config: &Config, data: &Data, device: &Device) -> Result<Performance> {
    experiment::run(config, data, device, steps(config, data))
}

/// Finds out whether the run that `config` describes on `data` is well, and if not, why and what cures it.
///
/// `progress` is told (experiments done, experiments expected, what the current one is about) before every experiment,
/// and can end the diagnosis with an error.
///
/// # Errors
/// The data cannot be read in another scale, or `progress` gave an error.
pub fn diagnose(
    config: &Config,
    data: &Data,
    recorded: Option<Recorded>,
    device: &Device,
    budget: Budget,
    progress: Progress<'_>,
) -> Result<Diagnosis> {
    let data = data.thinned()?;
    let faults = faults::faults(&data, Depth::Look)?;
    // Rows that were prepared otherwise judge nothing, so rows that were learned have to.
    let untrusted = faults.iter().any(|fault| fault.place.starts_with("validation"));
    let data = &if untrusted { ledger::validated_by_training(data) } else { data };
    let ledger = Ledger::new(data, config, budget, untrusted, progress);
    Examination { config, data, device, ledger }.conclude(recorded, faults)
}

/// A diagnosis in progress.
struct Examination<'a> {
    config: &'a Config,
    data: &'a Data,
    device: &'a Device,
    ledger: Ledger<'a>,
}

impl Examination<'_> {
    fn conclude(mut self, recorded: Option<Recorded>, faults: Vec<Fault>) -> Result<Diagnosis> {
        let stopped =
            recorded.as_ref().and_then(|recorded| recorded.epochs).filter(|&epochs| epochs < self.config.epochs);
        let patient = self.patient(recorded)?;
        let reach = self.reach(&patient)?;
        let mut diagnosis = Diagnosis::open(&patient);
        diagnosis.reachable = reach.performance.held.accuracy.max(patient.held.accuracy);
        let unreliable =
            faults.iter().any(|fault| fault.name == Kind::LabelsMisaligned && fault.place.starts_with("training"));
        if unreliable {
            // No setting can be judged by labels that do not belong to their rows.
        } else if let Some(cause) = self.data_cause(&patient, &reach)? {
            diagnosis.causes.push(cause);
        } else if let Some(epochs) = stopped.filter(|_| self.config.patience.is_some() && !reach.shows_sick(&patient))
            && let Some(cause) = self.impatient(epochs, &patient, &mut diagnosis)?
        {
            diagnosis.causes.push(cause);
        } else if reach.shows_sick(&patient) {
            self.cure(&mut diagnosis, reach)?;
        } else if patient.findings.iter().any(|finding| finding.symptom == Symptom::Nonfinite) {
            self.calm(&mut diagnosis);
        } else {
            diagnosis.verdict = Health::Healthy;
        }
        diagnosis.causes.extend(data::never_found(self.data, &patient, &faults, &diagnosis.causes));
        let between = if faults.is_empty() { data::between_halves(self.data, &patient) } else { None };
        diagnosis.causes.extend(between);
        diagnosis.causes.extend(faults.into_iter().map(Cause::of_fault));
        if !diagnosis.causes.is_empty() {
            diagnosis.verdict = Health::Sick;
        } else if diagnosis.verdict == Health::Healthy {
            self.compare_with_best(&mut diagnosis)?;
            if patient.held.rows < ROWS_TO_TELL {
                diagnosis.verdict = Health::Unclear;
            }
        }
        diagnosis.cut_short |= self.ledger.spent();
        (diagnosis.experiments, diagnosis.steps) = (self.ledger.experiments, self.ledger.steps);
        Ok(diagnosis)
    }

    /// The run itself: judged by what it left, or replayed, four times as long as an experiment.
    fn patient(&mut self, recorded: Option<Recorded>) -> Result<Performance> {
        self.ledger.say("the run as it is");
        let findings = match recorded {
            Some(Recorded { model: Some(model), findings, .. }) => {
                let mut performance =
                    Performance { findings, steps: planned(self.config, self.data), ..Performance::default() };
                let data = self.data.seen_by(&model.preparation)?;
                experiment::judge(&mut performance, &model.network(self.device), &data, self.device)?;
                return Ok(performance);
            }
            Some(Recorded { model: None, findings, .. }) => findings,
            None => Vec::new(),
        };
        let steps = planned(self.config, self.data).min(4 * steps(self.config, self.data));
        let mut performance = self.ledger.run(self.config, self.data, self.device, steps)?;
        if !findings.is_empty() {
            performance.findings = findings;
        }
        Ok(performance)
    }

    /// A cause in labels or features. It is looked for where the best network only guesses on rows it has not seen.
    fn data_cause(&mut self, patient: &Performance, reach: &Reach) -> Result<Option<Cause>> {
        let hopeless = |performance: &Performance| performance.held.rows >= 50 && data::guesses(&performance.held);
        if !hopeless(patient) || !hopeless(&reach.performance) || uneven(self.data) {
            return Ok(None);
        }
        self.ledger.say("whether labels belong to rows");
        let cured = Remedy::applied(&reach.remedies, self.config);
        let longer = steps(&cured, self.data) * 4;
        let mut config = Remedy::applied(&Remedy::architecture(self.config, true), &cured);
        (config.scale, config.dropout, config.input_dropout) = (Scale::Standard, 0.0, 0.0);
        config.augment = Augment::None;
        let standard = self.data.prepared(&config.request())?.thinned()?;
        let performance = self.ledger.run(&config, &standard, self.device, longer)?;
        if !hopeless(&performance) {
            return Ok(None);
        }
        data::unlearnable(&config, &standard, self.device, &mut self.ledger, longer / 4).map(Some)
    }

    /// Notes what the best experiment did otherwise, where it did better at all. A network without a hidden layer is
    /// tried with one.
    fn compare_with_best(&mut self, diagnosis: &mut Diagnosis) -> Result<()> {
        if self.config.hidden.is_empty() && self.config.from.is_none() && !self.ledger.spent() {
            let hidden = Config::default().hidden;
            self.ledger.try_out(&Config { hidden, ..self.config.clone() }, self.device)?;
        }
        let best = self.ledger.best.as_ref().filter(|best| best.0 > diagnosis.accuracy + BETTER);
        if let Some((accuracy, config)) = best {
            (diagnosis.reachable, diagnosis.better) = (*accuracy, self.config.typed_changes(config));
        }
        Ok(())
    }

    /// The cause that a run of so many `epochs` was stopped by its patience while it was still improving: the same network
    /// without patience gets clearly farther.
    fn impatient(&mut self, epochs: usize, patient: &Performance, diagnosis: &mut Diagnosis) -> Result<Option<Cause>> {
        self.ledger.say("whether patience ended too early");
        let mut patienter = self.config.clone();
        (patienter.patience, patienter.min_delta) = (None, Config::default().min_delta);
        let performance = self.ledger.try_out(&patienter, self.device)?;
        if !falls_short(patient, &performance) {
            return Ok(None);
        }
        let say = format!(
            "the run was stopped after {epochs} of {} epochs while it was still improving: without --patience {:.1} % of \
             held-out rows are right instead of {:.1} %",
            self.config.epochs,
            100.0 * performance.held.accuracy,
            100.0 * patient.held.accuracy
        );
        diagnosis.promised = Some(Promise::of(performance.held.accuracy, performance.held.rows));
        diagnosis.reachable = performance.held.accuracy;
        let patienter = patienter.tidied();
        (diagnosis.command, diagnosis.cure) = (Some(patienter.command()), Some(patienter));
        Ok(Some(Cause::of_data("patience", "--patience, --min-delta", say)))
    }

    /// Recommends what helps against most explosions, where a run exploded and no experiment shows why.
    fn calm(&mut self, diagnosis: &mut Diagnosis) {
        let cured = Remedy::calmed(self.config);
        let rate = cured.rate();
        let say = format!("the run explodes later than experiments reach; --rate {rate} and --clip 1 were not tried");
        diagnosis.causes.push(Cause::of_data("rate", "--rate", say));
        (diagnosis.command, diagnosis.cure) = (Some(cured.command()), Some(cured));
    }
}

/// Whether some class has less than a third of the rows that it would have if all classes had as many.
fn uneven(data: &Data) -> bool {
    let counts = data.counts();
    counts.iter().any(|&count| 3 * count * counts.len() < data.train.len())
}
