//! An experiment: a configuration is trained for a few hundred steps and judged on rows of every part.
//!
//! It is judged by its skill, which is the share of the way from guessing to always being right. Skill is taken over
//! classes and not over rows, so that a frequent class does not hide a network that knows nothing else.

use burn::module::Module;
use burn::tensor::Device;

use crate::data::{Block, Data};
use crate::error::Result;
use crate::evaluate::Evaluation;
use crate::model::Mlp;
use crate::numerics::Finding;
use crate::setup::{self, Config, Steps, Watcher};

/// Rows of each part that an experiment is judged on.
const JUDGED: usize = 1000;

/// How good a model is on some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Skill {
    /// 0 for guessing, 1 for always right; over the classes that are there.
    pub skill: f64,
    /// The share of right rows.
    pub accuracy: f64,
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
    /// Symptoms, in the order of their appearance.
    pub findings: Vec<Finding>,
    /// Updates made.
    pub steps: usize,
}

/// Trains `config` for `steps` updates from its own seed; its schedule is squeezed into them.
///
/// # Errors
/// The weights of `--from` do not fit.
pub fn run(config: &Config, data: &Data, device: &Device, steps: usize) -> Result<Performance> {
    let mut learner = setup::learner(config, data, device)?;
    let plan = Steps::new(config, data, device).within(steps);
    let planned = Config { epochs: steps.div_ceil(plan.per_epoch()), ..config.clone() };
    let mut watcher = Watcher::new(&planned, data, device)?;
    let mut performance = Performance { steps, ..Performance::default() };
    for step in plan {
        let step = step?;
        let pass = step.pass(&learner);
        if !pass.is_finite() {
            performance.findings = findings(&mut watcher);
            performance.findings.push(Finding::nonfinite(step.number));
            performance.steps = step.number;
            return Ok(performance);
        }
        step.update_watched(&mut learner, pass, &mut watcher);
    }
    performance.findings = findings(&mut watcher);
    judge(&mut performance, &learner.model.valid(), data, device)?;
    Ok(performance)
}

/// All that a watcher has found and nobody was told yet.
fn findings(watcher: &mut Watcher) -> Vec<Finding> {
    std::iter::from_fn(|| watcher.untold()).collect()
}

/// Measures `model` on every part.
///
/// # Errors
/// A file that can no longer be read.
pub fn judge(performance: &mut Performance, model: &Mlp, data: &Data, device: &Device) -> Result<()> {
    let skill = |block: &Block| skill(model, block, device);
    performance.train = skill(&data.train)?;
    performance.held = if data.validation.is_empty() { performance.train } else { skill(&data.validation)? };
    performance.test = data.test.as_ref().map(skill).transpose()?;
    Ok(())
}

/// Skill on about [`JUDGED`] rows of `block`.
fn skill(model: &Mlp, block: &Block, device: &Device) -> Result<Skill> {
    let (report, _) = Evaluation::of(model, &block.spread(JUDGED), device)?;
    let there: Vec<_> = report.per_class.iter().filter(|class| class.rows > 0).collect();
    let chance = 1.0 / there.len().max(2) as f64;
    let recall = there.iter().map(|class| class.recall).sum::<f64>() / there.len().max(1) as f64;
    let ignored = report.per_class.iter().position(|class| class.rows >= 5 && class.recall == 0.0);
    // A model whose outputs are not finite predicts the first class everywhere, which is guessing.
    let rarest = there.iter().map(|class| class.rows).min().unwrap_or(0);
    let (skill, guessing) = ((recall - chance) / (1.0 - chance), -chance.ln());
    let most = there.iter().map(|class| class.rows).max().unwrap_or(0);
    Ok(Skill {
        skill,
        accuracy: report.accuracy,
        balanced: recall,
        majority: most as f64 / report.rows.max(1) as f64,
        loss: report.loss,
        guessing,
        rows: report.rows,
        rarest,
        ignored,
    })
}
