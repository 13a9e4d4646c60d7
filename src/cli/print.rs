//! The only place that prints: data on stdout, messages on stderr.
//!
//! A closed pipe (`backburn … | head`) is the reader's way of saying "enough" and no error. Output that was lost
//! otherwise, on a full disk say, is remembered and ends the program with an error; nothing here can panic.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::clean;
use crate::error::{Error, Result};

/// Whether notes are left out. It is one for the whole process, because threads print too.
static QUIET: AtomicBool = AtomicBool::new(false);
/// Whether all but errors is left out, because another process prints it.
static MUTE: AtomicBool = AtomicBool::new(false);
/// Whether a line stands on the terminal that passes, see [`passing`]; held while anything is written, so that no line is
/// torn by another thread.
static PASSING: Mutex<bool> = Mutex::new(false);
/// Why output was lost, the first time that it was.
static LOST: OnceLock<String> = OnceLock::new();

/// Leaves out notes from here on (`-q`); data and errors are always printed.
pub fn quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Leaves out everything but errors from here on.
pub fn mute() {
    QUIET.store(true, Ordering::Relaxed);
    MUTE.store(true, Ordering::Relaxed);
}

/// A line of data, on stdout.
pub fn data(text: &str) {
    if MUTE.load(Ordering::Relaxed) {
        return;
    }
    let _cleared = cleared();
    if let Err(e) = writeln!(std::io::stdout(), "{}", clean::terminal(text))
        && e.kind() != std::io::ErrorKind::BrokenPipe
    {
        let _ = LOST.set(e.to_string());
    }
}

/// A picture that this program has drawn for the terminal, on stdout: its control characters are meant.
pub fn picture(drawn: &str) {
    if MUTE.load(Ordering::Relaxed) {
        return;
    }
    let _cleared = cleared();
    if let Err(e) = writeln!(std::io::stdout(), "{drawn}")
        && e.kind() != std::io::ErrorKind::BrokenPipe
    {
        let _ = LOST.set(e.to_string());
    }
}

/// Data that is not text, or already in lines, on stdout. On a terminal control characters in text are made harmless;
/// into a pipe or a file every byte goes as it is.
pub fn bytes(bytes: &[u8]) {
    let _cleared = cleared();
    let mut stdout = std::io::stdout();
    let text = std::str::from_utf8(bytes).ok().filter(|_| stdout.is_terminal()).map(clean::terminal);
    let bytes = text.as_deref().map_or(bytes, str::as_bytes);
    if let Err(e) = stdout.write_all(bytes).and_then(|()| stdout.flush())
        && e.kind() != std::io::ErrorKind::BrokenPipe
    {
        let _ = LOST.set(e.to_string());
    }
}

/// Whether stdout is a terminal that says it takes 24 bits of colour.
pub fn takes_colours() -> bool {
    let says = |name: &str| std::env::var(name).unwrap_or_default();
    let plain = !says("NO_COLOR").is_empty() || says("TERM") == "dumb";
    !plain && ["truecolor", "24bit"].contains(&says("COLORTERM").as_str()) && std::io::stdout().is_terminal()
}

/// Whether all data that was printed arrived.
///
/// # Errors
/// Some was lost.
pub fn arrived() -> Result<()> {
    let lost = |e: &String| Err(Error::other(format!("cannot write to stdout, so output is missing: {e}; free space")));
    LOST.get().map_or(Ok(()), lost)
}

/// A message for a person, on stderr, unless quiet.
pub fn note(text: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        let _cleared = cleared();
        let _ = writeln!(std::io::stderr(), "{}", clean::terminal(text));
    }
}

/// Whether lines that pass are shown: on a terminal, unless quiet.
pub fn passes() -> bool {
    !QUIET.load(Ordering::Relaxed) && std::io::stderr().is_terminal()
}

/// A line on stderr that stands until the next one of any kind takes its place.
pub fn passing(text: &str) {
    let mut shown = cleared();
    let _ = write!(std::io::stderr(), "{}", clean::terminal(text));
    *shown = true;
}

/// Takes away the line that passes, if there is one.
pub fn passed() {
    drop(cleared());
}

/// Takes away the line that passes, if there is one. As long as the result lives no other thread writes.
fn cleared() -> MutexGuard<'static, bool> {
    let mut shown = PASSING.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::take(&mut *shown) {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    shown
}

/// The error that ends the program, on stderr.
pub fn complain(error: &Error) {
    let _cleared = cleared();
    let _ = writeln!(std::io::stderr(), "error: {}", clean::terminal(&error.to_string()));
}
