//! `backburn devices`: which backends this binary has, which of them answer on this machine, and how well foreign files
//! are kept from it.
//!
//! A backend is a cargo feature, so one that is not built in is shown with the command that builds it. That a backend is
//! built says little: its driver may be missing or broken, so each is opened, in a process of its own that may crash.

use std::process::Command;

use serde_json::json;

use super::{json, print};
use crate::data::confinement;
use crate::device::{BACKENDS, Backend, choose};
use crate::error::Result;

/// Arguments of `devices`.
#[derive(clap::Args)]
pub struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Open this one backend and end: 0 where it answers
    #[arg(long, hide = true)]
    probe: Option<String>,
}

/// Lists the backends, or is the process that opens one of them.
pub fn run(args: &Args) -> Result<()> {
    if let Some(name) = &args.probe {
        return choose(Some(name)).map(|_| ());
    }
    let rows: Vec<(&str, &str)> = BACKENDS.iter().map(|backend| (backend.name, state(backend))).collect();
    if args.json {
        let devices: Vec<_> = rows
            .iter()
            .map(|(name, state)| json!({"device": name, "built": *state != "not built", "works": *state == "works"}))
            .collect();
        print::data(&json(&json!({ "devices": devices, "hdf5": confinement()? })));
        return Ok(());
    }
    for (name, state) in rows {
        let hint = if state == "not built" {
            format!("   cargo run --release --features {name} -- …")
        } else {
            String::new()
        };
        print::data(&format!("{name:<8} {state}{hint}"));
    }
    let confined = confinement()?.join(", ");
    print::note(&format!("the process that reads foreign HDF5 files is confined in {confined}"));
    Ok(())
}

/// What is known of a backend, in words. Drivers crash and take the process with them, so each is opened by this
/// program started again with the hidden flag `--probe`, and only its exit code is looked at; no exit code at all means
/// a crash.
fn state(backend: &Backend) -> &'static str {
    if !backend.built() {
        return "not built";
    }
    let probe = |program| Command::new(program).args(["devices", "--probe", backend.name]).output().ok();
    match std::env::current_exe().ok().and_then(probe).map(|child| child.status.code()) {
        Some(Some(0)) => "works",
        Some(None) => "its driver crashes",
        _ => "no device",
    }
}
