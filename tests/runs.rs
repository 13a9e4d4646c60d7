//! Reproducible, resumable: a run is a function of its configuration.

use std::path::Path;
use std::time::Duration;

use super::shell::{backburn, command, folder};

const RUN: [&str; 8] = ["train", "-q", "--epochs", "6", "--threads", "1", "--seed", "3"];

fn bytes(run: &Path, file: &str) -> Vec<u8> {
    std::fs::read(run.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
}

fn same(a: &Path, b: &Path) {
    for file in ["last.safetensors", "best.safetensors", "journal.jsonl", "metrics.csv"] {
        assert_eq!(bytes(a, file), bytes(b, file), "{file}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let folder = folder();
    for name in ["a", "b"] {
        assert!(backburn(folder.path(), &[&RUN[..], &["--run", name]].concat()).status.success());
    }
    same(&folder.path().join("a"), &folder.path().join("b"));
}

#[test]
fn a_killed_and_resumed_run_equals_the_uninterrupted_one() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &[&RUN[..], &["--run", "whole"]].concat()).status.success());
    for (i, delay) in [20u64, 60, 90, 120, 150, 180].into_iter().enumerate() {
        let name = format!("killed{i}");
        let mut child = command(at, &[&RUN[..], &["--run", &name]].concat()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        let _ = child.wait();
        if !at.join(&name).join("checkpoint").exists() {
            continue;
        }
        let resumed = backburn(at, &["train", "-q", "--resume", &name]);
        assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
        same(&at.join("whole"), &at.join(&name));
    }
}
