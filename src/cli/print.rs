//! The only place that prints: data on stdout, messages on stderr.
//!
//! A closed pipe (`backburn … | head`) is the reader's way of saying "enough", so a failed write is no error and
//! nothing here can panic.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

static QUIET: AtomicBool = AtomicBool::new(false);

/// Leaves out notes from here on (`-q`); data and errors are always printed.
pub fn quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// A line of data, on stdout.
pub fn data(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A message for a person, on stderr, unless quiet.
pub fn note(text: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

/// The error that ends the program, on stderr.
pub fn error(error: &crate::error::Error) {
    let _ = writeln!(std::io::stderr(), "error: {error}");
}
