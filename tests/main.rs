//! One binary for all promises, since every test binary links Burn again; a module is a promise.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests say what they counted, and what they could not try"
)]

mod augment;
mod backends;
mod child;
mod diagnose;
mod docs;
mod ensemble;
mod export;
mod faces;
mod files;
mod findings;
mod gradcheck;
mod halves;
mod hostile;
mod house;
mod import;
mod knobs;
mod layouts;
mod library;
mod names;
mod oracle;
mod outputs;
mod properties;
mod recall;
mod runs;
mod script;
mod shell;
mod stream;
mod sweep;
mod tables;
mod tune;
