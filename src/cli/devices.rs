//! `backburn devices`: which backends this binary has, and which of them answer on this machine.

use serde_json::json;

use super::{json, print};
use crate::device::{BACKENDS, Backend};
use crate::error::Result;

/// Arguments of `devices`.
#[derive(clap::Args)]
pub struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Lists the backends.
pub fn run(args: &Args) -> Result<()> {
    let rows: Vec<(&str, &str)> = BACKENDS.iter().map(|backend| (backend.name, state(backend))).collect();
    if args.json {
        let devices: Vec<_> = rows
            .iter()
            .map(|(name, state)| json!({"device": name, "built": *state != "not built", "works": *state == "works"}))
            .collect();
        print::data(&json(&json!({ "devices": devices })));
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
    Ok(())
}

fn state(backend: &Backend) -> &'static str {
    match (backend.built(), backend.open(0)) {
        (false, _) => "not built",
        (true, Ok(_)) => "works",
        (true, Err(_)) => "no device",
    }
}
