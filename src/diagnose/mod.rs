//! Diagnosis: the cause of a run that does not learn is the smallest change that makes it learn, found by experiment.
//!
//! Rules that map a symptom to a cause name one cause, often the wrong one, and are loud on healthy runs. So nothing
//! here is read off a symptom: the same network is trained for a few hundred steps with every doubtful knob put back,
//! which shows what is within reach. If the run itself came near that, it is healthy, however odd its numbers look. If
//! not, the knobs are given back one by one as long as it still learns; what cannot be given back is the cause, and
//! the network without each single remedy, on three seeds, is the evidence. [`Remedy`] says what is tried; `patient` is the
//! run itself, `reach` and `cure` are the two stages of the search, `compare` judges between two runs, `doubt` asks more
//! rows by `folds`, `data` looks for causes in the rows and `course` in how the run went, and `ledger` counts what the
//! experiments cost.
//!
//! The experiments end after a number of steps, which makes them repeatable, or where the clock says so.

mod answer;
mod compare;
mod course;
mod cure;
mod data;
mod doubt;
mod experiment;
mod folds;
mod ledger;
mod measure;
mod noise;
mod patient;
mod reach;
mod remedy;
mod sentence;

pub use answer::{Ablation, Cause, Diagnosis, Health, Promise, Recall};
pub use experiment::{Performance, Skill};
pub use ledger::{Budget, Ledger, Progress};
pub use measure::Measure;
pub use noise::Noise;
pub use patient::Recorded;
pub use remedy::Remedy;

use burn::tensor::Device;

use crate::data::{Augment, Data, Part, Scale};
use crate::error::Result;
use crate::faults::{self, Depth, Fault, FaultKind};
use crate::numerics::Symptom;
use crate::setup::Config;
use ledger::steps;
use reach::Reach;

/// Right rows more, as a share, that are worth telling a person whose run is healthy.
const BETTER: f64 = 0.02;
/// Held-out rows, fewer of which say neither that a run is healthy nor how good it is.
const ROWS_TO_TELL: usize = 20;

/// How well `config` does on `data` in a single experiment of the usual length.
///
/// # Errors
/// The weights of `--from` do not fit.
pub fn try_out(config: &Config, data: &Data, device: &Device) -> Result<Performance> {
    experiment::run(config, data, device, steps(config, data), Measure::default())
}

/// Finds out whether the run that `config` describes on `data` is well, and if not, why and what cures it, judged by
/// `measure`.
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
    measure: Measure,
    device: &Device,
    budget: Budget,
    progress: Progress<'_>,
) -> Result<Diagnosis> {
    let data = data.thinned()?;
    let faults = faults::faults(&data, Depth::Look)?;
    // Rows that were prepared otherwise judge nothing, so rows that were learned have to.
    let untrusted = faults.iter().any(|fault| fault.part == Part::Validation);
    let data = &if untrusted { ledger::validated_by_training(data) } else { data };
    let ledger = Ledger::new(data, config, (budget, measure), untrusted, progress);
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
    /// Judges the run, finds out why it is as it is, and puts together what is to be said. What the data show by themselves
    /// comes last, since settings explain most runs.
    fn conclude(mut self, recorded: Option<Recorded>, faults: Vec<Fault>) -> Result<Diagnosis> {
        let epochs = recorded.as_ref().and_then(|recorded| recorded.epochs);
        let repaired = recorded.as_ref().map_or(Vec::new(), |recorded| recorded.repaired.clone());
        let patient = self.patient(recorded)?;
        let reach = self.reach(&patient)?;
        let mut diagnosis = Diagnosis { repaired, ..Diagnosis::open(&patient, self.ledger.measure) };
        diagnosis.held_out = self.data.held_out().is_some() && !self.ledger.untrusted;
        diagnosis.recall = self.recalls(&patient);
        // Where the validation part is untrusted, rows that were learned judge.
        diagnosis.noise = patient.noise.filter(|_| !self.ledger.untrusted && !data::guesses(&patient.held));
        diagnosis.reachable = reach.performance.held.score.max(patient.held.score);
        let misaligned = |fault: &Fault| fault.kind == FaultKind::LabelsMisaligned && fault.part == Part::Train;
        if !faults.iter().any(misaligned) {
            // No setting can be judged by labels that do not belong to their rows.
            self.ask_settings(&mut diagnosis, &patient, &reach, epochs)?;
        }
        self.ask_data(&mut diagnosis, &patient, faults);
        if !diagnosis.causes.is_empty() {
            diagnosis.verdict = Health::Sick;
        } else if diagnosis.verdict == Health::Healthy {
            self.compare_with_best(&mut diagnosis)?;
            if patient.held.rows < ROWS_TO_TELL || diagnosis.guesses() {
                diagnosis.verdict = Health::Unclear;
            }
        }
        diagnosis.cut_short |= self.ledger.spent();
        (diagnosis.experiments, diagnosis.steps) = (self.ledger.experiments, self.ledger.steps);
        Ok(diagnosis)
    }

    /// Finds a cause by experiment: in labels or features that cannot be learned, in patience that ended a run after so
    /// many `epochs`, in the settings, in weights that were spoiled on the way. Without any, the run is healthy.
    fn ask_settings(
        &mut self,
        diagnosis: &mut Diagnosis,
        patient: &Performance,
        reach: &Reach,
        epochs: Option<usize>,
    ) -> Result<()> {
        let mut cause = self.data_cause(patient, reach)?;
        let sick = if cause.is_none() { self.sick(patient, reach)? } else { None };
        if let (None, None, Some(epochs)) = (&cause, &sick, epochs) {
            cause = self.course(epochs, (patient, reach), diagnosis)?;
        }
        match (cause, sick) {
            (Some(cause), _) => diagnosis.causes.push(cause),
            (None, Some((patient, reach))) => self.cure(diagnosis, &patient, reach)?,
            _ if patient.findings.iter().any(|finding| finding.symptom == Symptom::Nonfinite) => self.calm(diagnosis),
            _ => diagnosis.verdict = Health::Healthy,
        }
        Ok(())
    }

    /// Adds what the data show: classes that are never found, halves that differ, and the faults that were seen in them.
    fn ask_data(&self, diagnosis: &mut Diagnosis, patient: &Performance, faults: Vec<Fault>) {
        diagnosis.causes.extend(data::never_found(self.data, patient, &faults, &diagnosis.causes));
        let between = if faults.is_empty() { data::between_halves(self.data, patient) } else { None };
        diagnosis.causes.extend(between);
        diagnosis.causes.extend(faults.into_iter().map(Cause::of_fault));
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

    /// The recall of each class on held-out rows.
    fn recalls(&self, patient: &Performance) -> Vec<Recall> {
        let named = self.data.classes.names.iter().zip(&patient.recalls);
        let there = named.filter(|(_, (rows, _))| *rows > 0);
        there.map(|(name, &(rows, recall))| Recall { class: name.clone(), rows, recall }).collect()
    }

    /// Notes what the best experiment did otherwise, where it did better at all. A network without a hidden layer is
    /// tried with one.
    fn compare_with_best(&mut self, diagnosis: &mut Diagnosis) -> Result<()> {
        if self.config.hidden.is_empty() && self.config.from.is_none() && !self.ledger.spent() {
            let hidden = Config::default().hidden;
            self.ledger.try_out(&Config { hidden, ..self.config.clone() }, self.device)?;
        }
        let best = self.ledger.best.as_ref().filter(|best| best.0 > diagnosis.reached.score + BETTER);
        if let Some((score, config)) = best {
            (diagnosis.reachable, diagnosis.better) = (*score, self.config.typed_changes(config));
        }
        Ok(())
    }
}

/// Whether some class has less than a third of the rows that it would have if all classes had as many.
fn uneven(data: &Data) -> bool {
    let counts = data.counts();
    counts.iter().any(|&count| 3 * count * counts.len() < data.train.len())
}
