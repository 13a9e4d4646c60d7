//! A search tries what it may, chooses on held-out rows alone, and loses nothing to a kill.

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use serde_json::Value;

use super::shell::{backburn, command, folder, json, refused, write_hdf5};

/// Small networks on the built-in digits: a trial takes a few hundredths of a second.
const SMALL: [&str; 9] = ["train", "--json", "--hidden", "6", "--epochs", "3", "--threads", "1", "--tune"];

/// The plan in the folder of a run, with what became of each trial.
fn trials(run: &Path) -> Vec<(Value, Value)> {
    let plan = std::fs::read_to_string(run.join("tuning.jsonl")).unwrap();
    let trial = |line: &str| {
        let trial: Value = serde_json::from_str(line).unwrap();
        let path = run.join("tuning.runs").join(trial["id"].as_str().unwrap()).join("result.json");
        (trial, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    };
    plan.lines().map(trial).collect()
}

/// The same without times.
fn timeless(run: &Path) -> Vec<(Value, Value)> {
    let mut trials = trials(run);
    trials.iter_mut().for_each(|(_, result)| drop(result["seconds"].take()));
    trials
}

fn interrupted(mut child: Child) {
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_search_tries_what_was_left_open_and_trains_the_best_of_it() {
    let folder = folder();
    let at = folder.path();
    let result = json(&backburn(at, &[&SMALL[..], &["13runs", "--run", "run"]].concat()));
    let (tuned, trials) = (&result["tuned"], trials(&at.join("run")));
    assert_eq!(tuned["trainings"], trials.len());
    assert!((9..=13).contains(&trials.len()) && tuned["configurations"].as_u64() > Some(2), "{tuned}");
    for (trial, result) in &trials {
        assert_eq!((&trial["config"]["hidden"], &trial["config"]["epochs"]), (&"6".into(), &"3".into()));
        assert!(trial["varied"]["hidden"].is_null() && trial["varied"]["epochs"].is_null());
        assert!(result["test"].is_null() && result["validation"]["loss"].is_f64(), "{result}");
    }
    let whole = |entry: &&Value| entry["finished"] == 5;
    let table = json(&backburn(at, &["sweep", "collect", "run/tuning.jsonl", "--format", "json"]));
    let compared = table["configurations"].as_array().unwrap().iter().filter(whole);
    let least = compared.map(|entry| entry["loss"]["mean"].as_f64().unwrap()).min_by(f64::total_cmp);
    assert!((tuned["chosen"]["loss"].as_f64().unwrap() - least.unwrap()).abs() < 1e-12, "{tuned} {table}");
    let config = std::fs::read_to_string(at.join("run/config.toml")).unwrap();
    for (name, text) in tuned["varied"].as_object().unwrap() {
        let text = text.as_str().unwrap();
        assert!(
            [format!("{name} = {text}\n"), format!("{name} = \"{text}\"\n")].iter().any(|line| config.contains(line))
        );
    }
    assert!(result["test"]["accuracy"].as_f64() > Some(0.2), "{result}");
    let card = std::fs::read_to_string(at.join("run/README.md")).unwrap();
    let said = format!("configurations on held-out rows, in {} trainings; the test half took no part", trials.len());
    assert!(card.contains(&said), "{card}");
    let again = backburn(at, &["train", "--json", "-q", "--run", "run", "--overwrite", "--epochs", "1"]);
    assert!(json(&again)["tuned"].is_null() && !at.join("run/tuning.runs").exists(), "a replaced run keeps no trials");
}

#[test]
fn a_search_that_is_interrupted_and_killed_ends_as_an_undisturbed_one() {
    let folder = folder();
    let at = folder.path();
    let start =
        ["train", "-q", "--json", "--hidden", "6", "--epochs", "12", "--threads", "1", "--tune", "9runs", "--run"];
    let whole = json(&backburn(at, &[&start[..], &["whole"]].concat()));
    let results = |count: usize| {
        let done = || std::fs::read_dir(at.join("cut/tuning.runs")).into_iter().flatten().flatten();
        while done().filter(|run| run.path().join("result.json").exists()).count() < count {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let first = command(at, &[&start[..], &["cut"]].concat()).spawn().unwrap();
    results(2);
    interrupted(first);
    for verb in ["report", "evaluate"] {
        refused(&backburn(at, &[verb, "cut"]), 3, &["`cut` is not over", "backburn train --resume cut"]);
    }
    refused(&backburn(at, &["train", "--resume", "cut", "--rate", "1"]), 2, &["--rate cannot change while the search"]);
    let mut second = command(at, &["train", "-q", "--resume", "cut"]).spawn().unwrap();
    results(5);
    second.kill().unwrap();
    second.wait().unwrap();
    let cut = json(&backburn(at, &["train", "-q", "--json", "--resume", "cut"]));
    assert_eq!(timeless(&at.join("whole")), timeless(&at.join("cut")));
    for key in ["varied", "chosen", "default", "trainings"] {
        assert_eq!(whole["tuned"][key], cut["tuned"][key]);
    }
    let best = |run: &str| std::fs::read(at.join(run).join("best.safetensors")).unwrap();
    assert!(best("whole") == best("cut"), "the same bits");
    let further = json(&backburn(at, &["train", "-q", "--json", "--resume", "cut", "--epochs", "13"]));
    assert_eq!((&further["epochs"], &further["tuned"]), (&13.into(), &cut["tuned"]), "what was found stays");
}

#[test]
fn nothing_is_chosen_on_the_test_half() {
    let folder = folder();
    let at = folder.path();
    let rows = |count: usize| -> (Vec<[f32; 2]>, Vec<i32>) {
        let angle = |i: usize| 2.4 * i as f32; // radians: three classes in turn around a circle, and a little apart
        (0..count).map(|i| ([angle(i).sin() + (i % 3) as f32, angle(i).cos()], (i % 3) as i32)).unzip()
    };
    for (name, shift) in [("right.h5", 0), ("wrong.h5", 1)] {
        write_hdf5(&at.join(name), |file| {
            for (half, count) in [("train", 120), ("test", 60)] {
                let (x, y) = rows(count);
                let shift = if half == "test" { shift } else { 0 };
                let y: Vec<i32> = y.into_iter().map(|label| (label + shift) % 3).collect();
                let set = file.new_dataset::<f32>().shape([count, 2]).create(format!("x_{half}").as_str()).unwrap();
                set.write_raw(&x.concat()).unwrap();
                file.new_dataset::<i32>()
                    .shape([count])
                    .create(format!("y_{half}").as_str())
                    .unwrap()
                    .write(&y)
                    .unwrap();
            }
        });
    }
    let tuned = |name: &str| json(&backburn(at, &[&SMALL[..], &["11runs", "-q", "--run", &name[..5], name]].concat()));
    let (right, wrong) = (tuned("right.h5"), tuned("wrong.h5"));
    for key in ["varied", "chosen", "default"] {
        assert_eq!(right["tuned"][key], wrong["tuned"][key]);
    }
    let scores = |run: &str| timeless(&at.join(run)).into_iter().map(|(_, result)| result).collect::<Vec<_>>();
    assert_eq!(scores("right"), scores("wrong"));
    assert!(right["test"]["accuracy"].as_f64() > wrong["test"]["accuracy"].as_f64(), "the halves do differ");
}

#[test]
fn a_time_is_kept_and_what_makes_no_sense_is_refused() {
    let folder = folder();
    let at = folder.path();
    let result = json(&backburn(at, &[&SMALL[..], &["0.01", "-q", "--run", "run"]].concat()));
    let seconds: Vec<f64> =
        trials(&at.join("run")).iter().map(|(_, result)| result["seconds"].as_f64().unwrap()).collect();
    let before: f64 = seconds[..seconds.len() - 1].iter().sum();
    assert!(
        before < 0.6 && result["tuned"]["trainings"] == seconds.len(),
        "the last trial began at {before} s: {result}"
    );
    for (flags, words) in [
        (&["--tune", "5runs", "--ensemble", "2"][..], &["--ensemble", "--config RUN/config.toml"][..]),
        (&["--tune", "5runs", "--on-trouble", "repair"], &["--on-trouble repair", "leave it out"]),
        (&["--tune", "5runs", "--live"], &["--live", "backburn report"]),
        (&["--tune", "5runs", "--validation", "0"], &["leave --validation out"]),
        (&["--tune", "0"], &["20runs"]),
        (&["--tune", "5", "--resume", "run"], &["--resume"]),
    ] {
        refused(&backburn(at, &[&["train", "--epochs", "1"], flags].concat()), 2, words);
    }
    assert!(!at.join("runs").exists(), "a refused search leaves nothing");
}
