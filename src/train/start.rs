//! The start of a training: a run that begins at step 0, or one that goes on from its checkpoint.
//!
//! Both end in [`Training::assemble`], so a run that goes on is put together as one that begins, only from other parts. A run
//! that has repaired itself is started again in this way too, within the same process.

use std::collections::VecDeque;
use std::sync::Arc;

use burn::tensor::Device;

use super::{Training, interrupt, join, saving, settled, tables};
use crate::data::{Data, Origin};
use crate::error::{Error, Result};
use crate::faults::{self, Depth, Fault};
use crate::journal::{self, Event, Journal};
use crate::learner::{Checkpoint, Learner};
use crate::model::Saved;
use crate::run::{Hold, Run, RunFile};
use crate::setup::{self, Config, Watch, Watcher};

impl Training {
    /// Starts a run on `device`, a plain one, in a folder without a run.
    ///
    /// # Errors
    /// The folder cannot be written, or the weights of `--from` do not fit.
    pub fn start(config: Config, data: Data, run: Hold, device: &Device) -> Result<Self> {
        Self::start_on((config, data), run, device, true)
    }

    /// [`Training::start`]; faults of the data are looked for where it is `unseen`.
    pub(super) fn start_on((config, data): (Config, Data), run: Hold, device: &Device, unseen: bool) -> Result<Self> {
        interrupt::forget();
        Self::begin((Arc::new(config), Arc::new(data)), run, device, &Checkpoint::default(), unseen)
    }

    /// Continues a run where its checkpoint is. A run begins again if a repair has decided so, or if it was killed before
    /// its first checkpoint.
    ///
    /// # Errors
    /// There is no checkpoint, it belongs to other data, or `config` changes what is settled, see [`settled`].
    pub fn resume(config: Config, data: Data, run: Hold, device: &Device) -> Result<Self> {
        interrupt::forget();
        let before = Config::of(&run)?;
        settled(&before, &config, &run.path)?;
        settled::learned_out(&before, &config, &run)?;
        Self::go_on((Arc::new(config), Arc::new(data)), run, device)
    }

    /// [`Training::resume`] for what is shared already.
    pub(super) fn go_on((config, data): (Arc<Config>, Arc<Data>), run: Hold, device: &Device) -> Result<Self> {
        if !run.has(RunFile::Checkpoint) && !learned(&run) {
            return Self::begin((config, data), run, device, &Checkpoint::default(), true);
        }
        let checkpoint = Checkpoint::place(&run.file(RunFile::Checkpoint))?;
        if checkpoint.repair.as_ref().is_some_and(|repair| repair.anew) {
            return Self::begin((config, data), run, device, &checkpoint, false);
        }
        let (mut checkpoint, saved, learner) = restored(&config, &data, &run, device)?;
        if saved.network.layers[0] != data.train.width() || saved.labels != data.classes.values {
            return Err(Error::data(format!(
                "the run `{}` was trained on other features or classes than `{}` has; give its own data",
                run.path.display(),
                data.name
            )));
        }
        checkpoint.stopped = false;
        let repaired = checkpoint.repair.take().is_some();
        let mut training = Self::assemble(checkpoint, (config, data), run, device, (learner, saved))?;
        if repaired {
            training.save()?;
        }
        Ok(training)
    }

    /// Begins at step 0, after what an earlier attempt has left: its journal and its best weights. Faults of the data are
    /// looked for where it is `unseen`.
    fn begin(
        (config, data): (Arc<Config>, Arc<Data>),
        run: Hold,
        device: &Device,
        earlier: &Checkpoint,
        unseen: bool,
    ) -> Result<Self> {
        let learner = setup::learner(&config, &data, device)?;
        let saved = setup::blank(&config, &data);
        let checkpoint = Checkpoint { journal: earlier.journal, kept: earlier.kept, ..Checkpoint::default() };
        let mut training = Self::assemble(checkpoint, (config, data), run, device, (learner, saved))?;
        if unseen && training.config.watch != Watch::Off {
            let event = |f: Fault| Event::Fault { name: f.kind.name().into(), place: f.place, say: f.say };
            training.news = faults::faults(&training.data, Depth::Glance)?.into_iter().map(event).collect();
        }
        let (name, layers) = (training.data.name.clone(), training.saved.network.layers.clone());
        let start = Event::Start { data: name, layers, rows: training.data.train.len() };
        let events: Vec<Event> = std::iter::once(start).chain(training.news.iter().cloned()).collect();
        training.record(&events)?;
        training.save()?;
        Ok(training)
    }

    /// A training that stands where `checkpoint` says, whose journal is cut to the length that it had there.
    fn assemble(
        checkpoint: Checkpoint,
        (config, data): (Arc<Config>, Arc<Data>),
        run: Hold,
        device: &Device,
        (learner, saved): (Learner, Saved),
    ) -> Result<Self> {
        config.keep(&run)?;
        Origin::of(&config.request(), &data).keep(&run)?;
        let journal = Journal::open(&run.file(RunFile::Journal), checkpoint.journal)?;
        if checkpoint.journal > 0 {
            tables::metrics(&run)?;
        }
        let mut watcher = Watcher::new(&config, &data, device)?;
        watcher.remember(&journal::read(&run.file(RunFile::Journal))?, checkpoint.since);
        let (device, whole) = (device.clone(), (Run::clone(&run), None));
        let (incurable, scores, news) = (false, None, VecDeque::new());
        let (unsaved, pace) = (saving::Unsaved::none(&checkpoint), Arc::default());
        Ok(Training {
            config,
            data,
            run,
            device,
            learner,
            saved,
            journal,
            checkpoint,
            watcher,
            incurable,
            unsaved,
            joined: join::Joined::default(),
            pace,
            scores,
            news,
            whole,
        })
    }

    /// The same training as the part called `part` of something larger, which is resumed as a whole in its folder.
    pub(super) fn part_of(self, whole: &Run, part: String) -> Self {
        Training { whole: (whole.clone(), Some(part)), ..self }
    }
}

/// Where the run in a folder stands, its model, and the learner with which it goes on from there.
pub(super) fn restored(
    config: &Config,
    data: &Data,
    run: &Run,
    device: &Device,
) -> Result<(Checkpoint, Saved, Learner)> {
    let fresh = config.optimizer().init();
    let (checkpoint, saved, optimizer) = Checkpoint::read(&run.file(RunFile::Checkpoint), fresh, device)?;
    let device = device.clone().autodiff();
    let network = saved.network(&device).at(config.precision);
    Ok((checkpoint, saved, Learner::new(network, optimizer, setup::criterion(config, data), device)))
}

/// Whether the journal of a run tells of an epoch, or of anything else that follows a first checkpoint.
fn learned(run: &Run) -> bool {
    let events = journal::read(&run.file(RunFile::Journal)).unwrap_or_default();
    events.iter().any(|event| !matches!(event, Event::Start { .. } | Event::Fault { .. }))
}
