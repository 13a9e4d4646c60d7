//! Reproducible, resumable: a run is a function of its configuration.

use std::path::Path;
use std::time::Duration;

use super::shell::{backburn, command, folder, refused};

const RUN: [&str; 8] = ["train", "-q", "--epochs", "6", "--threads", "1", "--seed", "3"];

fn bytes(run: &Path, file: &str) -> Vec<u8> {
    std::fs::read(run.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
}

pub fn same(a: &Path, b: &Path) {
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
    for (i, delay) in [0u64, 10, 20, 40, 80, 120].into_iter().enumerate() {
        let name = format!("killed{i}");
        let mut child = command(at, &[&RUN[..], &["--run", &name]].concat()).spawn().unwrap();
        while !at.join(&name).join("checkpoint").exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        let _ = child.wait();
        let resumed = backburn(at, &["train", "-q", "--resume", &name]);
        assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
        same(&at.join("whole"), &at.join(&name));
    }
}

#[test]
fn what_follows_from_the_checkpoint_is_made_again() {
    let folder = folder();
    let at = folder.path();
    for name in ["whole", "late"] {
        assert!(backburn(at, &[&RUN[..], &["--run", name]].concat()).status.success());
    }
    // Killed after the last checkpoint: every file that is written later is missing.
    for file in ["metrics.csv", "confusion.csv", "misclassified.csv", "report.html", "README.md"] {
        std::fs::remove_file(at.join("late").join(file)).unwrap();
    }
    assert!(backburn(at, &["train", "-q", "--resume", "late"]).status.success());
    same(&at.join("whole"), &at.join("late"));
    for file in ["confusion.csv", "misclassified.csv"] {
        assert_eq!(bytes(&at.join("whole"), file), bytes(&at.join("late"), file), "{file}");
    }
}

#[test]
fn the_page_of_a_killed_run_tells_of_no_epoch_whose_weights_no_file_holds() {
    let folder = folder();
    let at = folder.path();
    assert!(
        backburn(at, &["train", "-q", "--epochs", "3", "--threads", "1", "--seed", "3", "--run", "run"])
            .status
            .success()
    );
    // As SIGKILL leaves it between two checkpoints: the journal is ahead of every other file.
    let journal = std::fs::read_to_string(at.join("run/journal.jsonl")).unwrap();
    let last = journal.lines().rfind(|line| line.contains("\"epoch\"")).unwrap();
    let ahead = last.replace("\"epoch\":3", "\"epoch\":4").replace("\"best\":false", "\"best\":true");
    assert_ne!(ahead, last);
    std::fs::write(at.join("run/journal.jsonl"), format!("{journal}{ahead}\n")).unwrap();
    assert!(backburn(at, &["report", "run", "-o", "page.html"]).status.success());
    let page = std::fs::read_to_string(at.join("page.html")).unwrap();
    assert!(page.contains("of 3") && !page.contains("of 4"), "{page}");
}

#[test]
fn ctrl_c_saves_ends_with_130_and_resumes_to_the_same_bits() {
    let folder = folder();
    let at = folder.path();
    let long = ["train", "-q", "--epochs", "200", "--threads", "1"];
    assert!(backburn(at, &[&long[..], &["--run", "whole"]].concat()).status.success());
    let mut child = command(at, &[&long[..], &["--run", "stopped"]].concat()).spawn().unwrap();
    while !at.join("stopped/metrics.csv").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(backburn(at, &["train", "-q", "--resume", "stopped"]).status.success());
    same(&at.join("whole"), &at.join("stopped"));
}

#[test]
fn a_finished_run_can_be_trained_further() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &[&RUN[..], &["--run", "run"]].concat()).status.success());
    let more = super::shell::json(&backburn(at, &["train", "-q", "--json", "--resume", "run", "--epochs", "8"]));
    assert_eq!(more["epochs"], 8);
    assert_eq!(String::from_utf8(bytes(&at.join("run"), "metrics.csv")).unwrap().lines().count(), 9);
}

#[test]
fn a_run_leaves_everything_a_reader_needs() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &[&RUN[..], &["--run", "run"]].concat()).status.success());
    for file in ["config.toml", "confusion.csv", "misclassified.csv", "report.html", "README.md"] {
        assert!(!bytes(&at.join("run"), file).is_empty(), "{file}");
    }
    let page = String::from_utf8(bytes(&at.join("run"), "report.html")).unwrap();
    assert!(page.contains("<polyline"), "the plots are inside");
    assert!(!page.contains("src=") && !page.contains("<script") && !page.contains("NaN"));
}

#[test]
fn a_begun_run_keeps_what_it_was_begun_with() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &[&RUN[..], &["--run", "run"]].concat()).status.success());
    for flag in [["--hidden", "9"], ["--scale", "standard"], ["--seed", "4"], ["--validation", "0.3"]] {
        let resumed = backburn(at, &[&["train", "--resume", "run", "--epochs", "9"][..], &flag].concat());
        refused(&resumed, 2, &[flag[0], "cannot change", "start another run"]);
    }
    let mut resumed = command(at, &["train", "-q", "--resume", "run", "--epochs", "7"]);
    refused(&resumed.env("BACKBURN_SEED", "5").output().unwrap(), 2, &["--seed", "environment"]);
    assert!(resumed.env_remove("BACKBURN_SEED").output().unwrap().status.success());
    let kept = bytes(&at.join("run"), "config.toml");
    for flag in [["--rate", "0.5"], ["--schedule", "constant"], ["--patience", "3"]] {
        let over = backburn(at, &[&["train", "--resume", "run"][..], &flag].concat());
        refused(&over, 2, &["learned all of its 7 epochs", flag[0], "more --epochs"]);
    }
    assert!(bytes(&at.join("run"), "config.toml") == kept, "the record stays as it was");
}

#[test]
fn replacing_a_run_leaves_every_other_file() {
    let folder = folder();
    let at = folder.path();
    let again = |run: &str| backburn(at, &[&RUN[..], &["--overwrite", "--run", run]].concat());
    for round in 0..2 {
        assert!(again("run").status.success(), "round {round}");
        std::fs::write(at.join("run/notes.txt"), "mine").unwrap();
    }
    assert_eq!(bytes(&at.join("run"), "notes.txt"), b"mine");
    std::fs::write(at.join("config.toml"), "seed = 1").unwrap();
    refused(&again("."), 2, &["holds no run", "--run"]);
    assert_eq!(bytes(at, "config.toml"), b"seed = 1");
    let from = backburn(at, &[&RUN[..], &["--overwrite", "--run", "run", "--from", "run"]].concat());
    refused(&from, 2, &["--from", "--overwrite", "--run"]);
    assert!(at.join("run/best.safetensors").exists());
}

/// A rate that is far too high: symptoms come several at a time, and the remedy begins the run again.
const SICK: [&str; 13] = [
    "train",
    "--json",
    "--rate",
    "5",
    "--schedule",
    "constant",
    "--epochs",
    "30",
    "--on-trouble",
    "repair",
    "--memory",
    "1G",
    "--run",
];

fn events(run: &Path) -> Vec<serde_json::Value> {
    let text = String::from_utf8(bytes(run, "journal.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_repair_ends_with_no_less_than_the_run_had() {
    let folder = folder();
    let at = folder.path();
    let repaired = backburn(at, &[&SICK[..], &["run", "--threads", "1"]].concat());
    assert!(repaired.status.success(), "{}", String::from_utf8_lossy(&repaired.stderr));
    let reached = super::shell::json(&repaired)["validation"]["accuracy"].as_f64().unwrap();
    let events = events(&at.join("run"));
    let repairs: Vec<_> = events.iter().filter(|event| event["event"] == "repair").collect();
    let changes: Vec<_> = repairs.iter().map(|repair| repair["changes"].to_string()).collect();
    assert!(
        !changes.is_empty() && changes.iter().all(|a| changes.iter().filter(|b| a == *b).count() == 1),
        "{changes:?}"
    );
    let epochs = events.iter().take_while(|event| event["event"] != "repair");
    let before = epochs.filter_map(|epoch| epoch["validation"]["accuracy"].as_f64()).fold(0.0, f64::max);
    assert!(reached > 0.9 && reached >= before, "{reached} after {before}");
}

#[test]
fn a_repair_goes_on_from_no_weights_that_were_spoiled() {
    let folder = folder();
    let at = folder.path();
    let sick =
        "train --json --join 1 --threads 1 --optimizer sgd --schedule constant --rate 0.5 --momentum 0.9988 --run run";
    let repaired = backburn(at, &[sick.split(' ').collect(), vec!["--on-trouble", "repair"]].concat());
    assert!(repaired.status.success(), "{}", String::from_utf8_lossy(&repaired.stderr));
    let repairs: Vec<_> = events(&at.join("run")).into_iter().filter(|event| event["event"] == "repair").collect();
    assert_eq!(repairs.len(), 1, "{repairs:?}");
    assert_eq!(repairs[0]["back_to"], 0, "most units are off for every row by then: {repairs:?}");
    assert!(repairs[0]["changes"].to_string().contains("momentum"), "{repairs:?}");
    let reached = super::shell::json(&repaired)["test"]["accuracy"].as_f64().unwrap();
    assert!(reached > 0.9, "{reached}");
}

#[test]
fn a_run_killed_around_its_repair_equals_the_undisturbed_one() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &[&SICK[..], &["whole", "-q"]].concat()).status.success());
    let repaired =
        |run: &Path| std::fs::read_to_string(run.join("journal.jsonl")).is_ok_and(|t| t.contains("\"repair\""));
    for (name, wait) in [("before", 0), ("at", 0), ("soon", 2), ("late", 20)] {
        let run = at.join(name);
        let mut child =
            command(at, &[&SICK[..], &[name, "-q"]].concat()).stdout(std::process::Stdio::null()).spawn().unwrap();
        while !run.join("checkpoint").exists() || name != "before" && !repaired(&run) {
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        let _ = child.wait();
        let resumed = backburn(at, &["train", "-q", "--resume", name]);
        assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
        same(&at.join("whole"), &run);
        assert_eq!(bytes(&at.join("whole"), "checkpoint"), bytes(&run, "checkpoint"), "{name}");
        assert_eq!(bytes(&at.join("whole"), "config.toml"), bytes(&run, "config.toml"), "{name}");
    }
}

/// A training that goes on for long, as soon as it has written its first checkpoint.
fn training(at: &Path, args: &[&str], first: &str) -> std::process::Child {
    let long = ["train", "-q", "--epochs", "100000", "--threads", "1"];
    let child = command(at, &[&long[..], args].concat()).spawn().unwrap();
    while !at.join(first).exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn a_run_folder_belongs_to_one_process() {
    let folder = folder();
    let at = folder.path();
    let mut holder = training(at, &["--run", "run"], "run/checkpoint");
    let who = format!("process {} since 20", holder.id());
    let before = bytes(&at.join("run"), "config.toml");
    for second in [&["--resume", "run", "--epochs", "1"][..], &["--run", "run", "--overwrite"]] {
        refused(&backburn(at, &[&["train"], second].concat()), 1, &["`run` is in use", &who, "choose another --run"]);
    }
    refused(&backburn(at, &["train", "--run", "run"]), 2, &["exists"]);
    assert_eq!(bytes(&at.join("run"), "config.toml"), before, "a refused run changes nothing");
    let printed = backburn(at, &["train", "--resume", "run", "--print-config"]);
    assert!(printed.status.success(), "to look at a run does not take it");
    let _ = holder.kill();
    let _ = holder.wait();
    let text = String::from_utf8(bytes(&at.join("run"), "backburn.lock")).unwrap();
    assert!(text.starts_with(&who), "what a killed process leaves: {text}");
    assert!(backburn(at, &["train", "-q", "--run", "run", "--overwrite", "--epochs", "1"]).status.success());
    assert!(bytes(&at.join("run"), "backburn.lock").is_empty(), "nobody has it now");
}

#[test]
fn what_a_killed_process_left_half_written_goes_with_the_next() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &[&RUN[..], &["--run", "run"]].concat()).status.success());
    std::fs::write(at.join("run/.backburn-x7Y"), "half a checkp").unwrap();
    let mut dead = command(at, &["devices"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    dead.wait().unwrap();
    let [dead, alive] = [dead.id(), std::process::id()].map(|process| at.join(format!("run/.backburn-{process}-x7Y")));
    std::fs::write(&dead, "half a checkp").unwrap();
    std::fs::write(&alive, "half a table of predictions").unwrap();
    assert!(backburn(at, &["train", "-q", "--resume", "run"]).status.success());
    assert!(!at.join("run/.backburn-x7Y").exists());
    assert!(!dead.exists(), "its process runs no more");
    assert!(alive.exists(), "its process is this one, which may still write it");
}

#[test]
fn a_run_killed_before_its_first_checkpoint_begins_again_and_no_other_does() {
    let folder = folder();
    let at = folder.path();
    for name in ["whole", "early", "late"] {
        assert!(backburn(at, &[&RUN[..], &["--memory", "1G", "--run", name]].concat()).status.success());
    }
    let remove = |name: &str| std::fs::remove_file(at.join(name)).unwrap();
    for file in ["checkpoint", "last.safetensors", "best.safetensors", "metrics.csv", "journal.jsonl", "README.md"] {
        remove(&format!("early/{file}"));
    }
    assert!(backburn(at, &["train", "-q", "--resume", "early"]).status.success());
    same(&at.join("whole"), &at.join("early"));
    remove("late/checkpoint");
    refused(&backburn(at, &["train", "--resume", "late"]), 3, &["cannot resume", "checkpoint"]);
    same(&at.join("whole"), &at.join("late"));
}

#[test]
fn trouble_that_only_the_end_shows_is_repaired_too() {
    let folder = folder();
    let at = folder.path();
    let slow =
        ["train", "--json", "--hidden", "16", "--rate", "1e-6", "--epochs", "3", "--threads", "1", "--run", "run"];
    let repaired = backburn(at, &[&slow[..], &["--on-trouble", "repair"]].concat());
    assert!(repaired.status.success(), "{}", String::from_utf8_lossy(&repaired.stderr));
    let events = events(&at.join("run"));
    let repair = events.iter().find(|event| event["event"] == "repair").expect("a repair");
    let epochs = events.iter().take_while(|event| *event != repair).filter(|event| event["event"] == "epoch").count();
    assert_eq!((epochs, &repair["back_to"]), (3, &serde_json::json!(0)), "it was the end of the run");
    assert!(super::shell::json(&repaired)["test"]["accuracy"].as_f64() > Some(0.5));
    let diagnosis = super::shell::json(&backburn(at, &["diagnose", "run", "--json", "--seconds", "1"]));
    assert_eq!(diagnosis["repaired"], repair["changes"]);
}

/// Rows of two classes whose two features are so large that the losses of a batch add up to more than a float32 holds, and
/// the mean loss of the validation part does not.
fn enormous(path: &Path) {
    super::shell::write_hdf5(path, |file| {
        let x: Vec<f32> = (0..400).map(|i| 1e37 * ((i * 7 % 11) as f32 - 5.0)).collect();
        let y: Vec<i32> = (0..200).map(|i| i % 2).collect();
        file.new_dataset::<f32>().shape((200, 2)).create("x_train").unwrap().write_raw(&x).unwrap();
        file.new_dataset_builder().with_data(&y).create("y_train").unwrap();
    });
}

#[test]
fn an_epoch_without_a_single_update_ends_the_run_even_where_trouble_is_ignored() {
    let folder = folder();
    let at = folder.path();
    enormous(&at.join("enormous.h5"));
    let args = ["train", "enormous.h5", "-q", "--on-trouble", "ignore", "--hidden", "0", "--scale", "none"];
    let args =
        [&args[..], &["--dropout", "0", "--epochs", "3", "--batch-size", "90", "--reduction", "sum", "--run", "run"]]
            .concat();
    refused(&backburn(at, &args), 4, &["not finite in every step of epoch 1"]);
    let events = events(&at.join("run"));
    assert!(events.iter().all(|event| !event.to_string().contains("null")), "{events:?}");
    assert_eq!(events.last().unwrap()["event"], "diverged");
}

#[test]
fn weights_that_gave_a_bad_number_are_not_called_healthy() {
    let folder = folder();
    let at = folder.path();
    let whole = ["train", "-q", "--optimizer", "sgd", "--rate", "1e30", "--validation", "0", "--epochs", "5"];
    let diverged = backburn(at, &[&whole[..], &["--batch-size", "5000", "--run", "whole"]].concat());
    refused(&diverged, 4, &["diverged at step 1", "the weights of step 1, which came to this"]);
    let several = backburn(at, &[&whole[..], &["--batch-size", "100", "--run", "several"]].concat());
    refused(&several, 4, &["diverged at step 1", "the weights of step 0, the last healthy one"]);
}

#[test]
fn ctrl_c_ends_the_search_for_a_remedy() {
    let folder = folder();
    let at = folder.path();
    let sick = ["train", "-q", "--optimizer", "sgd", "--rate", "1e30", "--on-trouble", "repair", "--run", "run"];
    let child = command(at, &sick).stderr(std::process::Stdio::piped()).spawn().unwrap();
    while !at.join("run/checkpoint").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    refused(&child.wait_with_output().unwrap(), 130, &["in the search for a remedy", "--resume run"]);
}
