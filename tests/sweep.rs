//! Many trainings from one file: nothing is lost and nothing is done twice, whoever starts them and whatever kills them.

use std::path::Path;
use std::time::Duration;

use super::shell::{backburn, command, folder, json, refused};

const SWEEP: &str = "folds = 2\nseeds = 2\n[knobs]\nhidden = [16]\nepochs = 8\n[grid]\nrate = [0.001, 0.01]\n";

/// A folder with the plan `plan.jsonl` of the sweep in `text`.
fn planned(text: &str) -> tempfile::TempDir {
    let folder = folder();
    std::fs::write(folder.path().join("plan.toml"), text).unwrap();
    let plan = backburn(folder.path(), &["sweep", "plan", "plan.toml"]);
    assert!(plan.status.success(), "{}", String::from_utf8_lossy(&plan.stderr));
    folder
}

/// The table of the plan, without the times.
fn collected(at: &Path) -> String {
    let output = backburn(at, &["sweep", "collect", "plan.jsonl", "--format", "csv"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let seconds = text.lines().next().unwrap().split(',').position(|name| name == "seconds").unwrap();
    let timeless = |line: &str| {
        let cells = line.split(',').enumerate().filter(|(i, _)| *i != seconds).map(|(_, cell)| cell);
        cells.collect::<Vec<_>>().join(",")
    };
    text.lines().map(timeless).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_sweep_whose_trainings_are_killed_ends_with_the_table_of_an_undisturbed_one() {
    let (whole, killed) = (planned(SWEEP), planned(SWEEP));
    let all = backburn(whole.path(), &["sweep", "run", "plan.jsonl", "--jobs", "2"]);
    assert!(all.status.success(), "{}", String::from_utf8_lossy(&all.stderr));
    assert_eq!(collected(whole.path()).matches(",finished,").count(), 8);
    for (number, delay) in [("1", 30), ("4", 90), ("8", 150)] {
        let mut child =
            command(killed.path(), &["-q", "sweep", "run", "plan.jsonl", "--index", number]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        let _ = child.wait();
    }
    assert!(collected(killed.path()).contains(",missing,"));
    assert!(backburn(killed.path(), &["sweep", "run", "plan.jsonl"]).status.success());
    assert_eq!(collected(whole.path()), collected(killed.path()));
}

#[test]
fn a_scheduler_says_which_training_and_one_that_is_over_returns_at_once() {
    let folder = planned(SWEEP);
    let at = folder.path();
    let task = |variable: &str, number: &str| {
        command(at, &["sweep", "run", "plan.jsonl"]).env(variable, number).output().unwrap()
    };
    assert!(task("SLURM_ARRAY_TASK_ID", "2").status.success());
    let table = collected(at);
    let line = |number: usize| table.lines().nth(number).unwrap();
    assert!(line(2).contains(",finished,") && line(1).contains(",missing,"), "{table}");
    let weights = |at: &Path| {
        let runs = std::fs::read_dir(at.join("plan.runs")).unwrap().flatten().next().unwrap();
        runs.path().join("best.safetensors").metadata().unwrap().modified().unwrap()
    };
    let before = weights(at);
    let again = task("JOB_COMPLETION_INDEX", "1"); // the same training, since Kubernetes counts from 0
    assert!(again.status.success() && String::from_utf8_lossy(&again.stderr).contains("is over: finished"));
    assert_eq!(weights(at), before);
    refused(&task("HQ_TASK_ID", "9"), 2, &["trainings 1 to 8", "number 9"]);
}

#[test]
fn a_training_that_diverges_or_fails_is_told_with_its_reason_and_the_others_go_on() {
    let folder = planned("[knobs]\nepochs = 2\nscale = \"none\"\noptimizer = \"sgd\"\n[grid]\nrate = [0.01, 1e30]\n");
    let at = folder.path();
    assert!(backburn(at, &["sweep", "run", "plan.jsonl"]).status.success());
    let page = backburn(at, &["sweep", "collect", "plan.jsonl", "--format", "html"]);
    let page = String::from_utf8(page.stdout).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("Knobs and accuracy"), "{page}");
    let table = json(&backburn(at, &["sweep", "collect", "plan.jsonl", "--format", "json"]));
    assert_eq!(table["runs"][0]["end"], "finished");
    assert_eq!(table["runs"][1]["end"], "diverged");
    assert!(!table["runs"][1]["why"].as_str().unwrap().is_empty());
    assert_eq!(table["configurations"][0]["varied"]["rate"], "0.01", "the best is the first");
    assert_eq!(backburn(at, &["sweep", "run", "plan.jsonl", "--index", "2"]).status.code(), Some(4), "and stays so");
    let best = backburn(at, &["sweep", "collect", "plan.jsonl", "--best", "best.toml"]);
    assert!(best.status.success());
    assert!(backburn(at, &["train", "-q", "--config", "best.toml", "--run", "again"]).status.success());
    let again = backburn(at, &["sweep", "collect", "plan.jsonl", "--best", "best.toml"]);
    refused(&again, 2, &["best.toml", "--overwrite"]);
}

#[test]
fn a_training_that_another_process_has_is_left_to_it() {
    let folder = planned("[knobs]\nepochs = 100000\n[grid]\nrate = [0.01]\n");
    let at = folder.path();
    let mut first = command(at, &["-q", "sweep", "run", "plan.jsonl", "--index", "1"]).spawn().unwrap();
    let checkpoint = || {
        let runs = std::fs::read_dir(at.join("plan.runs")).into_iter().flatten().flatten();
        runs.map(|run| run.path().join("checkpoint")).any(|path| path.exists())
    };
    while !checkpoint() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = backburn(at, &["sweep", "run", "plan.jsonl", "--index", "1"]);
    let third = backburn(at, &["sweep", "run", "plan.jsonl"]);
    let _ = first.kill();
    let _ = first.wait();
    refused(&second, 1, &["in use", &first.id().to_string()]);
    let said = String::from_utf8_lossy(&third.stderr).into_owned();
    assert!(third.status.success() && said.contains("left to another process that has begun them: 1 of 1"), "{said}");
}
