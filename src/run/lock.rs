//! The lock of a run: a training has its folder to itself, from its first file to its last.
//!
//! The lock is the operating system's, on the file `backburn.lock`, and goes away with the process that holds it, however that
//! ends. So a lock is never stale and nobody has to guess whether a process is still alive; what is written in the file
//! is for people. The file stays when the run is over, empty, because a file that is removed while another process waits
//! for it would leave two processes with a lock on two files of one name.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::ops::Deref;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Run, RunFile};
use crate::error::{Error, Result};
use crate::ranks;
use crate::write::sweep;

/// A run that this process has to itself: only with it can be trained. The folder is free again when the last clone is
/// dropped, or when the process ends.
#[derive(Clone, Debug)]
pub struct Hold {
    run: Run,
    /// Of several ranks only the first has it.
    _lock: Option<Arc<Lock>>,
}

impl Deref for Hold {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.run
    }
}

/// The open and locked file.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    /// Empties the file, so that nobody reads of a process that is gone, and unlocks it. Closing the file alone would not
    /// do: a child process that another thread has just forked still has it open until it executes its own program.
    fn drop(&mut self) {
        let _ = self.0.set_len(0);
        let _ = self.0.unlock();
    }
}

impl Hold {
    /// What `take` gives, which makes or locks a folder; the first of several ranks does it for all.
    pub(super) fn by_the_first(take: impl FnOnce() -> Result<Hold>) -> Result<Hold> {
        let mut own = None;
        let path = ranks::shared(|| take().map(|hold| own.insert(hold).path.clone()))?;
        Ok(own.unwrap_or(Hold { run: Run { path }, _lock: None }))
    }
}

impl Run {
    /// Takes the folder, which must exist, for this process alone.
    ///
    /// # Errors
    /// Another process has it, or the lock cannot be written.
    pub fn hold(&self) -> Result<Hold> {
        Hold::by_the_first(|| self.held())
    }

    /// [`Run::hold`] for a process that is alone.
    fn held(&self) -> Result<Hold> {
        let path = self.file(RunFile::Lock);
        let fail = |e: std::io::Error| {
            Error::other(format!("cannot lock run folder `{}`: {e}; choose another --run", self.path.display()))
        };
        let options = File::options().create(true).truncate(false).read(true).write(true).clone();
        let mut file = options.open(&path).map_err(fail)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(self.taken(file)),
            // A file system without locks: the run is as safe there as it was before there were any.
            Err(TryLockError::Error(e)) if e.kind() != std::io::ErrorKind::Unsupported => return Err(fail(e)),
            _ => {}
        }
        let who = format!("process {} since {}\n", std::process::id(), utc(SystemTime::now()));
        file.set_len(0).and_then(|()| file.write_all(who.as_bytes())).map_err(fail)?;
        sweep(&self.path);
        Ok(Hold { run: self.clone(), _lock: Some(Arc::new(Lock(file))) })
    }

    /// Says who has the folder.
    fn taken(&self, mut file: File) -> Error {
        let mut who = String::new();
        let known = file.read_to_string(&mut who).is_ok() && who.ends_with('\n');
        let who = if known { who.trim_end() } else { "another process" };
        Error::other(format!(
            "run folder `{}` is in use: {who} trains in it; wait until that ends, or choose another --run",
            self.path.display()
        ))
    }
}

/// A time as `2026-11-26 14:39:41 UTC`. The date is that of Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>), for days after 1970.
#[expect(clippy::arithmetic_side_effects, reason = "a time is below 2^64 seconds, and every part of it is smaller")]
fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, of_day) = (seconds / 86_400 + 719_468, seconds % 86_400); // days since 1 March of the year 0
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100); // the year begins in March
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (year + 400 * era + u64::from(month > 9), if month > 9 { month - 9 } else { month + 3 });
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_folder_is_free_again_while_a_forked_child_still_has_its_lock_open() {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::at(folder.path());
        let hold = run.hold().unwrap();
        let inherited = hold._lock.as_ref().unwrap().0.try_clone().unwrap();
        assert!(run.hold().is_err(), "a folder that is held cannot be taken");
        drop(hold);
        assert!(run.hold().is_ok(), "a folder that was let go can be taken");
        drop(inherited);
    }

    #[test]
    fn times_read_as_a_calendar_has_them() {
        let at = |seconds| utc(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(at(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(at(1_767_225_599), "2025-12-31 23:59:59 UTC");
        assert_eq!(at(4_107_542_400), "2100-03-01 00:00:00 UTC");
    }
}
