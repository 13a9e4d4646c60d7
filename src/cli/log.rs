//! `train --log`: the epochs of a run for another program, written while the run goes on.
//!
//! A thread follows the journal on the disk, so the training does not know of it. The file is appended to and never
//! rewritten, since TensorBoard reads on from where it was. `report/tensorboard.rs` knows the format.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crate::error::{Error, Result};
use crate::journal;
use crate::report::{log_epochs, log_header};
use crate::run::{Run, RunFile};

/// How often the journal is looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// A file that grows with a run.
pub(super) struct Log {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<()>>,
}

impl Log {
    /// Begins an event file of TensorBoard in the folder of the run; a run that is resumed gets a further one, as
    /// TensorBoard expects it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn start(run: &Run) -> Result<Self> {
        let path = run.path.join(format!("events.out.tfevents.{}.backburn", seconds() as u64));
        let fail = |e: std::io::Error| Error::other(format!("cannot write `{}`: {e}; free space", path.display()));
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).map_err(fail)?;
        file.write_all(&log_header(seconds())).map_err(fail)?;
        let over = Arc::new(AtomicBool::new(false));
        let (run, ended) = (run.clone(), over.clone());
        let before = last(&run);
        let thread = std::thread::spawn(move || follow(&run, file, path, &ended, before));
        Ok(Log { over, thread })
    }

    /// Waits for what is left to be written.
    ///
    /// # Errors
    /// No space.
    pub(super) fn end(self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        self.thread
            .join()
            .unwrap_or_else(|_| Err(Error::other("the log was not finished; look into the journal instead")))
    }
}

/// Writes epoch after epoch until the run is over. `before` is the last epoch that an earlier file holds already.
fn follow(run: &Run, mut file: std::fs::File, path: PathBuf, over: &AtomicBool, before: usize) -> Result<()> {
    let mut last = before;
    loop {
        let ended = over.load(Ordering::Relaxed);
        let events = journal::read(&run.file(RunFile::Journal)).unwrap_or_default();
        let (bytes, now) = log_epochs(&events, last, seconds());
        file.write_all(&bytes)
            .map_err(|e| Error::other(format!("cannot write `{}`: {e}; free space", path.display())))?;
        last = now;
        if ended {
            return Ok(());
        }
        std::thread::park_timeout(PAUSE);
    }
}

/// The last epoch that the journal of a run that goes on has already.
fn last(run: &Run) -> usize {
    let events = journal::read(&run.file(RunFile::Journal)).unwrap_or_default();
    log_epochs(&events, 0, 0.0).1
}

/// Seconds since 1970.
fn seconds() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
