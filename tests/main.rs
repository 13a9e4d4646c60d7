//! One binary for all promises, since every test binary links Burn again; a module is a promise.

mod backends;
mod files;
mod house;
mod oracle;
mod runs;
mod shell;
