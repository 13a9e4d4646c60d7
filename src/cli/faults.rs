//! Faults of data as people and machines read them.
//!
//! `inspect` and `diagnose --data` say the same of a file, so the words and the JSON object are made here once. The keys
//! `sound` and `findings` are a contract with programs that read them.

use serde_json::{Value, json};

use crate::faults::Fault;

/// Whether data is sound, and what was found in it, for machines.
pub(super) fn verdict(found: &[Fault]) -> Value {
    json!({"sound": found.is_empty(), "findings": found})
}

/// Whether data is sound, and what was found in it, for people: two lines for each fault.
pub(super) fn words(found: &[Fault]) -> String {
    if found.is_empty() {
        return "this file is sound: nothing in its rows, columns and labels speaks against learning from it".into();
    }
    let line = |fault: &Fault| format!("  {}, in {}\n    {}", fault.kind.name(), fault.place, fault.say);
    let lines: Vec<String> = found.iter().map(line).collect();
    format!("this file is not sound\n{}", lines.join("\n"))
}
