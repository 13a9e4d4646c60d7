//! What is settled: knobs that cannot change in a run that has begun, and those that change nothing in one that is over.

use std::path::Path;

use crate::error::{Error, Result};
use crate::learner::Checkpoint;
use crate::run::{Run, RunFile};
use crate::setup::{Config, Knob, May};

/// Refuses to change what is fixed from the start of a run: the network, and which rows it learns in which order. The
/// files may have moved.
///
/// # Errors
/// The first knob in which `now` differs from `before`, the configuration of the run in the folder `run`, and may not.
pub fn settled(before: &Config, now: &Config, run: &Path) -> Result<()> {
    let free = |name: &str| Knob::named(name).is_some_and(|knob| knob.may(May::ChangeOnResume));
    let fixed = before.changes(now).into_iter().find(|change| !free(&change.knob));
    fixed.map_or(Ok(()), |change| {
        Err(Error::usage(format!(
            "--{} is {} in `{}` and cannot change in a run that has begun; leave it out, in the environment too, or start another run",
            change.knob,
            if change.from.is_empty() { "not set" } else { &change.from },
            run.display()
        )))
    })
}

/// How many epochs a run has learned that is over and whose files are complete; `None` for one that is still to go on. The
/// model card is written last, so it is older than the checkpoint where a run goes on that was over before.
///
/// # Errors
/// Its checkpoint is damaged.
pub fn finished(run: &Run, config: &Config) -> Result<Option<usize>> {
    let changed = |file| run.file(file).metadata().and_then(|there| there.modified()).ok();
    let files = [RunFile::Metrics, RunFile::Best, RunFile::Confusion, RunFile::Misclassified, RunFile::Report];
    let complete = files.iter().all(|&file| run.has(file)) && changed(RunFile::Checkpoint) <= changed(RunFile::Card);
    if !complete || !run.has(RunFile::Checkpoint) {
        return Ok(None);
    }
    let place = Checkpoint::place(&run.file(RunFile::Checkpoint))?;
    Ok((is_over(&place, config) && place.repair.is_none()).then_some(place.epoch))
}

/// Whether a run that stands at `place` has learned all its epochs, or has run out of patience.
fn is_over(place: &Checkpoint, config: &Config) -> bool {
    place.stopped || place.epoch >= config.epochs
}

/// Refuses to change how a run learns that has learned all its epochs: its files would say what its weights never saw. Fewer
/// epochs than it has learned are refused too, and fewer than it was to learn where it is over: networks that are joined to
/// it would be learned for so many only, and take the place of better ones.
///
/// # Errors
/// `run` has learned as many epochs as `now` wants, and `now` differs in how it learns from `before`, the configuration in
/// the folder; `now` wants fewer; or its checkpoint is damaged.
pub(super) fn learned_out(before: &Config, now: &Config, run: &Run) -> Result<()> {
    if !run.has(RunFile::Checkpoint) {
        return Ok(());
    }
    let place = Checkpoint::place(&run.file(RunFile::Checkpoint))?;
    let least = if is_over(&place, before) { before.epochs.max(place.epoch) } else { place.epoch };
    if now.epochs < least && place.repair.is_none() {
        return Err(Error::usage(format!(
            "the run `{}` has learned {} of its {} epochs, and --epochs {} would take some away; leave it out, or give more",
            run.path.display(),
            place.epoch,
            before.epochs,
            now.epochs
        )));
    }
    let learns = |name: &str| Knob::named(name).is_some_and(|knob| knob.heading == "Learning");
    let changes = before.changes(now).into_iter().find(|change| learns(&change.knob) && change.knob != "epochs");
    match changes.filter(|_| place.epoch >= now.epochs && place.repair.is_none()) {
        None => Ok(()),
        Some(change) => Err(Error::usage(format!(
            "the run `{}` has learned all of its {} epochs, so --{} would change nothing; leave it out, in the environment too, or give more --epochs",
            run.path.display(),
            place.epoch,
            change.knob
        ))),
    }
}
