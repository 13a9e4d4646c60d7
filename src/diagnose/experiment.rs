//! An experiment: a configuration is trained for a few hundred steps and judged on rows of every part.
//!
//! It is judged by its skill, which is the share of the way from guessing to always being right. Skill is taken over
//! classes and not over rows, so that a frequent class does not hide a network that knows nothing else.

use burn::module::Module;
use burn::tensor::Device;

use super::measure::{Likelihood, Measure, binomial, of_recalls};
use super::noise::Noise;
use crate::data::{Block, Data};
use crate::error::Result;
use crate::evaluate::{self, Evaluation, Predictions};
use crate::model::Mlp;
use crate::numerics::Finding;
use crate::setup::{self, Config, OnTrouble, Steps, Watcher};

/// Rows of each part that an experiment is judged on.
const JUDGED: usize = 1000;

/// How good a model is on some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Skill {
    /// 0 for guessing, 1 for as good as can be by the score that was asked for; over the classes that are there.
    pub skill: f64,
    /// 0 for guessing, 1 where every row of every class is found, whatever the score: whether labels can be learned at all
    /// is no question of how sure the network is.
    pub found: f64,
    /// The share of right rows.
    pub accuracy: f64,
    /// The score that was asked for, 0..1.
    pub score: f64,
    /// Its standard error.
    pub error: f64,
    /// The mean recall of the classes that are there.
    pub balanced: f64,
    /// The share of the most frequent class.
    pub majority: f64,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// The loss of guessing, ln K for the K classes that are there.
    pub guessing: f64,
    /// Rows judged.
    pub rows: usize,
    /// Rows of the rarest class that is there.
    pub rarest: usize,
    /// A class with rows enough to tell that is never predicted.
    pub ignored: Option<usize>,
}

/// What an experiment found.
#[derive(Clone, Debug, Default)]
pub struct Performance {
    /// On rows that were learned.
    pub train: Skill,
    /// On the validation part, or on rows that were learned where there is none.
    pub held: Skill,
    /// On the test half.
    pub test: Option<Skill>,
    /// For each class, how many of the rows of `held` are of it, and the share of them that was found.
    pub recalls: Vec<(usize, f64)>,
    /// The share of wrong labels among rows that were not learned, where it was looked for and is clear.
    pub noise: Option<Noise>,
    /// Symptoms, in the order of their appearance.
    pub findings: Vec<Finding>,
    /// Updates made.
    pub steps: usize,
    /// The number of the joined network that was judged, where it is not the first; else 0.
    pub network: usize,
}

/// Trains `config` for `steps` updates from its own seed; its schedule is squeezed into them. The experiment ends where a
/// run would end: at a number that is not finite, or after an epoch that has blown up.
///
/// # Errors
/// The weights of `--from` do not fit.
pub fn run(config: &Config, data: &Data, device: &Device, steps: usize, measure: Measure) -> Result<Performance> {
    let mut learner = setup::learner(config, data, device)?;
    let plan = Steps::new(config, data, device).within(steps);
    let per_epoch = plan.per_epoch();
    let planned = Config { epochs: steps.div_ceil(per_epoch), ..config.clone() };
    let mut watcher = Watcher::new(&planned, data, device)?;
    let mut performance = Performance { steps, ..Performance::default() };
    let (mut start, mut sums) = (None, [0.0; 2]); // of the first batch, and loss and rows of the epoch
    for step in plan {
        let step = step?;
        let (number, rows, pass) = (step.number, step.batch.labels.len() as f64, step.pass(&learner));
        let mut end = (!pass.is_finite()).then(|| Finding::nonfinite(number));
        let first = *start.get_or_insert(pass.loss);
        sums = [sums[0] + pass.loss * rows, sums[1] + rows];
        step.update_watched(&mut learner, pass, &mut watcher);
        if end.is_none() && (number + 1).is_multiple_of(per_epoch) && config.on_trouble != OnTrouble::Ignore {
            let risen = watcher.baseline().risen(sums[0] / sums[1], first);
            end = if risen { blown_up(&learner.model.valid(), data, device, &watcher, number)? } else { None };
            sums = [0.0; 2];
        }
        if end.is_some() {
            performance.findings = findings(&mut watcher);
            performance.findings.extend(end);
            performance.steps = number;
            return Ok(performance);
        }
    }
    performance.findings = findings(&mut watcher);
    judge(&mut performance, &learner.model.valid(), data, device, measure)?;
    Ok(performance)
}

/// The symptom of an epoch whose loss has risen too far, if the loss after it is far off too.
fn blown_up(model: &Mlp, data: &Data, device: &Device, watcher: &Watcher, step: usize) -> Result<Option<Finding>> {
    let (baseline, rows) = (watcher.baseline(), data.judging().spread(JUDGED));
    let loss = evaluate::score(model, &rows, device)?.loss;
    Ok(baseline.far_off(loss).then(|| Finding::exploded(step, loss, baseline.prior)))
}

/// All that a watcher has found and nobody was told yet.
fn findings(watcher: &mut Watcher) -> Vec<Finding> {
    std::iter::from_fn(|| watcher.next_finding()).collect()
}

/// Measures `model` on every part, by `measure`.
///
/// # Errors
/// A file that can no longer be read.
pub fn judge(performance: &mut Performance, model: &Mlp, data: &Data, device: &Device, measure: Measure) -> Result<()> {
    let skill = |block: &Block| skill(model, block, device, measure);
    let train = skill(&data.train)?;
    let held = data.held_out().map(skill).transpose()?.unwrap_or_else(|| train.clone());
    (performance.train, performance.held, performance.recalls) = (train.0, held.0, held.1);
    performance.test = data.test.as_ref().map(skill).transpose()?.map(|test| test.0);
    Ok(())
}

/// Skill on about [`JUDGED`] rows of `block`, with the rows and the recall of each class.
fn skill(model: &Mlp, block: &Block, device: &Device, measure: Measure) -> Result<(Skill, Vec<(usize, f64)>)> {
    let judged = block.spread(JUDGED);
    let (report, _) = Evaluation::of(model, &judged, device)?;
    let there: Vec<_> = report.per_class.iter().filter(|class| class.rows > 0).collect();
    let chance = 1.0 / there.len().max(2) as f64;
    let recall = there.iter().map(|class| class.recall).sum::<f64>() / there.len().max(1) as f64;
    let ignored = report.per_class.iter().position(|class| class.rows >= 5 && class.recall == 0.0);
    // A model whose outputs are not finite predicts the first class everywhere, which is guessing.
    let rarest = there.iter().map(|class| class.rows).min().unwrap_or(0);
    let guessing = -chance.ln();
    let found = (recall - chance) / (1.0 - chance);
    let (score, error, skill) = match measure {
        Measure::Accuracy => (report.accuracy, binomial(report.accuracy, report.rows), found),
        Measure::Balanced => (recall, of_recalls(&there), found),
        Measure::LogLoss => {
            let (score, error) = likelihood(model, &judged, device)?;
            // Outputs that are not finite are worth what guessing is.
            let skill = if report.loss.is_finite() { (1.0 - report.loss / guessing).max(-1.0) } else { 0.0 };
            (score, error, skill)
        }
    };
    let most = there.iter().map(|class| class.rows).max().unwrap_or(0);
    let recalls = report.per_class.iter().map(|class| (class.rows, class.recall)).collect();
    let skill = Skill {
        skill,
        found,
        accuracy: report.accuracy,
        score,
        error,
        balanced: recall,
        majority: most as f64 / report.rows.max(1) as f64,
        loss: report.loss,
        guessing,
        rows: report.rows,
        rarest,
        ignored,
    };
    Ok((skill, recalls))
}

/// The geometric mean of the probabilities of the right classes, and its standard error.
fn likelihood(model: &Mlp, rows: &Block, device: &Device) -> Result<(f64, f64)> {
    let mut likelihood = Likelihood::default();
    Predictions::each(model, rows, device, |predictions, labels| {
        likelihood.add(predictions, labels);
        Ok(())
    })?;
    let (score, error) = likelihood.score();
    Ok(if score.is_finite() && error.is_finite() { (score, error) } else { (0.0, 0.0) })
}
