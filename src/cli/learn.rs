//! Learning, as `train` does it: one network, repaired as often as need be, or an ensemble of them.
//!
//! The networks of an ensemble are runs of their own, 1, 2, … in its folder, so each can be resumed, looked at and
//! diagnosed like any other; what they say together is measured at the end.

use burn::tensor::Device;
use serde_json::{Value, json};

use super::{print, progress};
use crate::data::{Data, Origin};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::learner::write_beside;
use crate::model::{Ensemble, Saved};
use crate::report::{self, Facts};
use crate::setup::Config;
use crate::train::{Outcome, Run, Training};

/// Trains one network; what it reached, for people and for machines.
pub(super) fn one(
    mut config: Config,
    mut data: Data,
    run: &Run,
    mut resumed: bool,
    device: &Device,
) -> Result<(Outcome, Value)> {
    let (learned, outcome) = loop {
        let mut training = match resumed {
            true => Training::resume(&config, &data, run, device)?,
            false => Training::start(&config, &data, run, device)?,
        };
        progress::introduce(&config, &data, &training);
        let learned = progress::follow(&mut training, &config, &data, run)?;
        if !learned.repaired {
            break (learned, training.finish()?);
        }
        config = run.read_config()?;
        data = Data::load(&config.request())?;
        resumed = true;
    };
    outcome.findings.iter().for_each(|finding| progress::warn(finding, run, &config));
    write_faces(run, &config, &data, &outcome, journal::read(&run.file("journal.jsonl"))?)?;
    let mut result = scores(run, &outcome);
    result["epochs"] = learned.epochs.into();
    result["best_epoch"] = outcome.best_epoch.into();
    result["rows_per_second"] = learned.rows_per_second.into();
    Ok((outcome, result))
}

/// Trains the networks of an ensemble one after another, on the same split, and measures them together.
pub(super) fn ensemble(config: &Config, data: &Data, run: &Run, device: &Device) -> Result<(Outcome, Value)> {
    if run.file("checkpoint").exists() {
        return Err(Error::usage(format!(
            "`{}` is the run of one network; give --ensemble a folder of its own with --run",
            run.path.display()
        )));
    }
    if run.file(&(config.ensemble + 1).to_string()).join("config.toml").exists() {
        return Err(Error::usage(format!(
            "`{}` holds more than {} networks; --ensemble can add some and take none away",
            run.path.display(),
            config.ensemble
        )));
    }
    run.write_config(config)?;
    run.write_origin(Origin::of(&config.request(), data))?;
    let (mut alone, mut networks) = (Vec::new(), Vec::new());
    for number in 1..=config.ensemble {
        print::note(&format!("network {number} of {}", config.ensemble));
        let (member, own, begun) = member(config, run, number)?;
        let whole = |error: Error| match error {
            Error::Interrupted(_) => Error::Interrupted(format!(
                "interrupted in network {number}; go on with: backburn train --resume {}",
                run.path.display()
            )),
            other => other,
        };
        let (outcome, mut result) = one(own, data.clone(), &member, begun, device).map_err(whole)?;
        result["accuracy"] = outcome.report.accuracy.into();
        alone.push(outcome.report.accuracy);
        networks.push(result);
    }
    let models = Saved::read_all(&run.path)?;
    let together = Ensemble(models.iter().map(|saved| saved.network(device)).collect());
    let outcome = Outcome::measure(&together, data, run, device)?;
    progress::compare(&alone, &outcome);
    let begun = journal::read(&run.file("1").join("journal.jsonl"))?.into_iter().take(1);
    write_faces(run, config, data, &outcome, begun.collect())?;
    let sum = |key: &str| networks.iter().filter_map(|network| network[key].as_f64()).sum::<f64>();
    let mut result = scores(run, &outcome);
    result["epochs"] = (sum("epochs") as usize).into();
    result["rows_per_second"] = (sum("rows_per_second") / networks.len() as f64).into();
    result["networks"] = networks.into();
    Ok((outcome, result))
}

/// The run and the configuration of a network of an ensemble, and whether it was begun before.
fn member(config: &Config, run: &Run, number: usize) -> Result<(Run, Config, bool)> {
    let member = Run { path: run.file(&number.to_string()) };
    if member.file("checkpoint").exists() || member.repaired().is_ok_and(|length| length.is_some()) {
        let own = Config { epochs: config.epochs, ..member.read_config()? };
        return Ok((member, own, true));
    }
    let _ = std::fs::remove_dir_all(&member.path); // of a run that was killed before its first checkpoint
    let seed = config.seed.wrapping_add(number as u64 - 1);
    let own = Config { ensemble: 1, seed, split_seed: config.split_seed.or(Some(config.seed)), ..config.clone() };
    Ok((Run::create(Some(&member.path), "", false)?, own, false))
}

/// What was reached on every part, for machines.
fn scores(run: &Run, outcome: &Outcome) -> Value {
    json!({
        "run": run.path,
        "train": progress::score(Some(outcome.train)),
        "validation": progress::score(outcome.validation),
        "test": progress::score(outcome.test),
    })
}

/// Writes report.html and README.md into the run folder.
fn write_faces(run: &Run, config: &Config, data: &Data, outcome: &Outcome, events: Vec<Event>) -> Result<()> {
    let facts = Facts {
        name: run.path.display().to_string(),
        config: toml::to_string(config).unwrap_or_default(),
        networks: config.ensemble,
        events,
        classes: data.classes.names.clone(),
        judged: outcome.judged,
        report: outcome.report.clone(),
    };
    write_beside(&run.file("report.html"), report::page(&facts).as_bytes())?;
    write_beside(&run.file("README.md"), report::card(&facts).as_bytes())
}
