//! A script and how to run it: the person's Python with the tracer in it, started, waited for, and ended with all that it
//! has started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// A script and how to run it.
#[derive(Clone, Debug)]
pub struct Script {
    /// The script, `.py` or `.ipynb`.
    pub path: PathBuf,
    /// What it is called with.
    pub arguments: Vec<String>,
    /// The Python that runs it.
    pub python: String,
    /// How long all may take: to run it until its second update, to read what it did, and to judge it.
    pub seconds: u64,
}

/// Where the tracer's own complaints go, in the folder of a run.
pub const COMPLAINT: &str = "complaint.txt";

impl Script {
    /// Runs it under the `tracer`, which leaves what it finds in `folder`, and gets these `flags`; whether it ended by itself
    /// within the `limit`.
    ///
    /// # Errors
    /// There is no such Python, or it cannot be waited for.
    pub(super) fn run(&self, tracer: &Path, folder: &Path, flags: &[OsString], limit: Duration) -> Result<bool> {
        wait(self.start(tracer, folder, flags)?, limit)
    }

    fn start(&self, tracer: &Path, folder: &Path, flags: &[OsString]) -> Result<Child> {
        let complaint = std::fs::File::create(folder.join(COMPLAINT));
        let complaint = complaint.map_or(Stdio::null(), Stdio::from);
        let mut command = Command::new(&self.python);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0); // so that its own children end with it
        command
            .arg(tracer)
            .arg("--out")
            .arg(folder)
            .args(flags)
            .arg("--")
            .arg(std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone()))
            .args(self.arguments.iter().map(|argument| self.found(argument)))
            .env("MPLBACKEND", "Agg")
            .env("PYTHONHASHSEED", "0") // so that a second run is the same
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(complaint)
            .spawn()
            .map_err(|e| Error::usage(format!("cannot start `{}`: {e}; name your Python with --python", self.python)))
    }

    /// An argument as the script finds it, which runs in its own folder: the path of a file that is there where the
    /// person stands, and not where the script does, becomes absolute.
    fn found(&self, argument: &str) -> OsString {
        let here = Path::new(argument);
        let beside = self.path.parent().is_some_and(|folder| folder.join(here).exists());
        match std::path::absolute(here) {
            Ok(path) if here.exists() && !beside => path.into(),
            _ => argument.into(),
        }
    }
}

/// Waits for a process, and ends it when its time is over; whether it ended by itself.
fn wait(mut child: Child, limit: Duration) -> Result<bool> {
    let start = Instant::now();
    let fail = |e: std::io::Error| Error::other(format!("cannot wait for the script: {e}"));
    loop {
        if child.try_wait().map_err(fail)?.is_some() {
            return Ok(true);
        }
        if start.elapsed() > limit {
            end(&mut child).map_err(fail)?;
            child.wait().map_err(fail)?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ends a process with all that it has started.
fn end(child: &mut Child) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(group) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL)?;
    }
    child.kill()
}
