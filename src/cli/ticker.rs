//! What goes on beside work: a thread that does something again and again until the work is over.
//!
//! Work knows nobody who watches it. Whoever wants to show something in between, as a log of a training that another program
//! reads or a line on the terminal, looks at what the work leaves, as often as it likes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::error::{Error, Result};

/// A thread that works until it is ended or dropped.
pub(super) struct Ticker {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Ticker {
    /// Calls `work` every `pause`, and once more after the end. An error of it ends the thread.
    pub(super) fn start(pause: Duration, mut work: impl FnMut() -> Result<()> + Send + 'static) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let thread = std::thread::spawn(move || {
            loop {
                let last = ended.load(Ordering::Relaxed);
                work()?;
                if last {
                    return Ok(());
                }
                std::thread::park_timeout(pause);
            }
        });
        Ticker { over, thread: Some(thread) }
    }

    /// Waits for the last call.
    ///
    /// # Errors
    /// What a call has reported.
    pub(super) fn end(&mut self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.thread().unpark();
        thread.join().unwrap_or_else(|_| Err(Error::other("the log was not finished; look into the journal instead")))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        let _ = self.end();
    }
}
