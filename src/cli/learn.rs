//! Learning as a person sees it: one training followed to its end, or those of an ensemble, one after another.
//!
//! What is trained and how is decided before (`train`), and what happens is shown by `progress`. Here the events are
//! pulled until there are no more, the report and the model card are written, and the scores become the JSON object that
//! `--json` prints. A run that diverges has a report of how it went and no card; an interrupted one has neither.
//!
//! | key of the object | what it holds |
//! |---|---|
//! | `run` | the folder |
//! | `train`, `validation`, `test` | loss and accuracy of the best weights there; null where there is no such part |
//! | `interval` | the limits of the accuracy on other rows, with 95 % confidence |
//! | `epochs`, `best_epoch`, `rows_per_second` | how long it took; an ensemble has no best epoch |
//! | `tuned` | what the search of `--tune` has found, where there was one: the knobs in which it differs from the default, and the scores of both on held-out rows |
//! | `diverged` | in place of the scores why a run has diverged |
//! | `finished` | true where a run was over that was to go on, so that nothing was changed |
//! | `networks` | the same of each network of an ensemble, with its own `accuracy` |

use burn::tensor::Device;
use serde_json::{Value, json};

use super::{print, progress};
use crate::clean;
use crate::data::{Block, Data};
use crate::error::{Error, Result};
use crate::evaluate;
use crate::model::{self, Saved};
use crate::preparation::Preparation;
use crate::report::{self, Measured};
use crate::run::{Hold, Run, RunFile};
use crate::setup::Config;
use crate::sweep::Tuned;
use crate::train::{Ensemble, Scores, Training};

/// Trains what `config` asks for, one network or several, in a folder of its own or, if `resumed`, in that of an earlier
/// process.
pub(super) fn all(config: Config, data: Data, run: Hold, resumed: bool, device: &Device) -> Result<(Scores, Value)> {
    match (config.ensemble, resumed) {
        (1, false) => one(Training::start(config, data, run, device)?, device),
        (1, true) => one(Training::resume(config, data, run, device)?, device),
        _ => ensemble(Ensemble::open(config, data, run, device)?, device),
    }
}

/// Says that a run is over that was to go on, and what it has reached; nothing of it is changed. What several networks that
/// were joined have reached on the rows that each held out is known only where they are learned, so it is left out.
pub(super) fn over(
    (config, data): (&Config, Data),
    run: &Run,
    epochs: usize,
    as_json: bool,
    device: &Device,
) -> Result<()> {
    print::note(&format!(
        "the run `{}` is finished: it has learned {epochs} epochs, and nothing was changed; more --epochs continue it",
        run.path.display()
    ));
    if !as_json {
        return Ok(());
    }
    let best = Saved::read(&run.path)?;
    let data = data.seen_by(&best.preparation)?;
    let model = best.network(device).at(config.precision);
    let score = |block: &Block| evaluate::score(&model, block, device);
    let held_out = data.held_out().filter(|_| !run.has(RunFile::First) || data.layout.validation.is_some());
    print::data(&super::json(&json!({
        "run": clean::path(&run.path),
        "finished": true,
        "epochs": epochs,
        "train": progress::score(Some(score(&data.train)?)),
        "validation": progress::score(held_out.map(score).transpose()?),
        "test": progress::score(data.test.as_ref().map(score).transpose()?),
    })));
    Ok(())
}

/// Follows one training to its end: its scores for people, and a result for machines. The page and the card are made of
/// the weights that were saved and not of those in memory, so that they show what a user of the folder will get.
fn one(mut training: Training, device: &Device) -> Result<(Scores, Value)> {
    let learned = match progress::follow(&mut training) {
        Err(error @ Error::Diverged(_)) => {
            report::write_course(training.run(), training.config(), &training.data().classes.names)?;
            return Err(error);
        }
        followed => followed?,
    };
    let (run, epochs) = (training.run().clone(), training.epochs());
    let config = training.config().clone();
    let scores = training.finish()?;
    let models = Saved::read_all(&run.path)?;
    write(&run, &config, &scores, (&models, &models[0].preparation), device)?;
    let mut result = result(&run, &scores);
    if let Some(choice) = Tuned::of(&run)?.and_then(|tuned| tuned.choice) {
        result["tuned"] = json!(choice);
    }
    result["epochs"] = epochs.into();
    result["best_epoch"] = scores.best_epoch.into();
    result["joined"] = scores.networks.into();
    result["rows_per_second"] = learned.into();
    Ok((scores, result))
}

/// Follows the trainings of an ensemble, and compares what the networks reach alone with what they reach together.
fn ensemble(mut ensemble: Ensemble, device: &Device) -> Result<(Scores, Value)> {
    let (mut alone, mut networks) = (Vec::new(), Vec::new());
    let count = ensemble.config().ensemble;
    for number in 1..=count {
        print::note(&format!("network {number} of {count}"));
        let Some(training) = ensemble.next() else { break };
        let (scores, mut result) = one(training?, device)?;
        result["accuracy"] = scores.evaluation.accuracy.into();
        alone.push(scores.evaluation.accuracy);
        networks.push(result);
    }
    let (run, config) = (ensemble.run().clone(), ensemble.config().clone());
    let preparation = ensemble.data().preparation.clone();
    let scores = ensemble.finish()?;
    progress::compare(&alone, &scores);
    write(&run, &config, &scores, (&Saved::read_all(&run.path)?, &preparation), device)?;
    let sum = |key: &str| networks.iter().filter_map(|network| network[key].as_f64()).sum::<f64>();
    let mut result = result(&run, &scores);
    result["epochs"] = (sum("epochs") as usize).into();
    result["rows_per_second"] = (sum("rows_per_second") / networks.len() as f64).into();
    result["networks"] = networks.into();
    Ok((scores, result))
}

/// Writes the page and the model card of a run that is over. The rows that it was judged on went through `preparation`;
/// a network that expects another one prepares them anew (see [`model::Committee`]).
fn write(
    run: &Hold,
    config: &Config,
    scores: &Scores,
    (models, preparation): (&[Saved], &Preparation),
    device: &Device,
) -> Result<()> {
    let Scores { rows, judged, evaluation, misclassified, .. } = scores;
    let model = &model::Committee::new(models, preparation, device).at(config.precision);
    report::write(run, config, Measured { models, model, rows, judged, evaluation, misclassified }, device)
}

/// What was reached on every part, for machines; a part that there is not is null.
fn result(run: &Run, scores: &Scores) -> Value {
    json!({
        "run": clean::path(&run.path),
        "train": progress::score(Some(scores.train)),
        "validation": progress::score(scores.validation),
        "test": progress::score(scores.test),
        "interval": scores.evaluation.interval(),
    })
}
