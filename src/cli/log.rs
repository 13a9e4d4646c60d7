//! `train --log`: the epochs of a run for another program, written while the run goes on.
//!
//! A thread follows the journal on the disk, so the training does not know of it. The file is appended to and never
//! rewritten, since TensorBoard reads on from where it was. `report/tensorboard.rs` knows the format. The networks of an
//! ensemble are trained one after another, each into a folder and a journal of its own, and each gets a file there, which
//! TensorBoard shows as a run of its own.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::ticker::Ticker;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::report::{log_epochs, log_header};
use crate::run::{Run, RunFile};

/// How often the journals are looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// Begins to follow a run of so many `networks`; a run that is resumed gets a further file, as TensorBoard expects it.
pub(super) fn follow(run: &Run, networks: usize) -> Ticker {
    let runs = if networks > 1 { (1..=networks).map(|number| run.member(number)).collect() } else { vec![run.clone()] };
    let mut followed: Vec<Followed> = runs.into_iter().map(Followed::from_here).collect();
    Ticker::start(PAUSE, move || followed.iter_mut().try_for_each(Followed::write))
}

/// A run whose epochs are written into an event file.
struct Followed {
    run: Run,
    /// The event file, from the first new epoch on.
    file: Option<File>,
    /// How many epochs of the journal are written, here or in an earlier file. A repair may begin epochs again, which are
    /// further ones.
    written: usize,
}

impl Followed {
    /// Follows `run` from the epochs on that its journal does not have yet.
    fn from_here(run: Run) -> Self {
        let written = epochs(&run).len();
        Followed { run, file: None, written }
    }

    /// Writes the epochs that are new in the journal. A journal that has become shorter belongs to a run that went back to
    /// its checkpoint.
    fn write(&mut self) -> Result<()> {
        let all = epochs(&self.run);
        let new = all.get(self.written.min(all.len())..).unwrap_or_default();
        self.written = all.len();
        if new.is_empty() {
            return Ok(());
        }
        let folder = &self.run.path;
        let fail = |e| {
            Error::other(format!("cannot write the log for TensorBoard in `{}`: {e}; free space", folder.display()))
        };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(begun(folder).map_err(fail)?),
        };
        file.write_all(&log_epochs(new, seconds())).map_err(fail)
    }
}

/// A new event file in this folder, with its header.
fn begun(folder: &Path) -> std::io::Result<File> {
    let path = folder.join(format!("events.out.tfevents.{}.backburn", seconds() as u64));
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(&log_header(seconds())).map(|()| file)
}

/// The epochs in the journal of a run, none where there is no journal yet.
fn epochs(run: &Run) -> Vec<Event> {
    let events = journal::read(&run.file(RunFile::Journal)).unwrap_or_default();
    events.into_iter().filter(|event| matches!(event, Event::Epoch { .. })).collect()
}

/// Seconds since 1970.
fn seconds() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
