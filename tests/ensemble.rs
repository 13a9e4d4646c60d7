//! Several networks answer together: by the mean of their probabilities, and each is a run like any other.

use std::path::Path;

use super::export::judge;
use super::runs::same;
use super::shell::{backburn, command, folder, json, refused};

const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5");

/// Trains three networks on the built-in digits, so shortly that they disagree.
fn train(at: &Path, name: &str) -> serde_json::Value {
    json(&backburn(at, &["train", "-q", "--json", "--epochs", "2", "--threads", "1", "--ensemble", "3", "--run", name]))
}

fn probabilities(at: &Path, model: &str) -> Vec<f64> {
    let output = backburn(at, &["predict", model, DIGITS, "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["probabilities"].clone();
    let each = |row: &str| line(row).as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect::<Vec<_>>();
    text.lines().flat_map(each).collect()
}

#[test]
fn networks_of_three_seeds_answer_by_the_mean_of_their_probabilities() {
    let folder = folder();
    let at = folder.path();
    let trained = train(at, "together");
    let networks = trained["networks"].as_array().unwrap();
    assert_eq!(networks.len(), 3);
    assert_ne!(networks[0]["test"]["loss"], networks[1]["test"]["loss"], "other seeds are other networks");
    let loss = |result: &serde_json::Value| result["test"]["loss"].as_f64().unwrap();
    let mean = networks.iter().map(loss).sum::<f64>() / 3.0;
    assert!(loss(&trained) < mean, "the loss of a mean is at most the mean of the losses (Jensen)");
    let judged = json(&backburn(at, &["evaluate", "together", "--json"]));
    assert_eq!(judged["accuracy"], trained["test"]["accuracy"]);
    let each = [1, 2, 3].map(|number| probabilities(at, &format!("together/{number}")));
    for (i, together) in probabilities(at, "together").into_iter().enumerate() {
        let mean = each.iter().map(|network| network[i]).sum::<f64>() / 3.0;
        assert!((together - mean).abs() < 1e-6, "{together} is not {mean}");
    }
    let page = std::fs::read_to_string(at.join("together/report.html")).unwrap();
    assert!(page.contains("href=\"3/report.html\"") && page.contains("Confusion"), "{page}");
    assert!(std::fs::read_to_string(at.join("together/README.md")).unwrap().contains("3 networks answer together"));
    refused(&backburn(at, &["diagnose", "together"]), 2, &["ensemble", "together/1"]);
    refused(&backburn(at, &["export", "together", "--format", "onnx"]), 2, &["ensemble", "together/1"]);
}

#[test]
fn an_ensemble_killed_between_its_networks_goes_on() {
    let folder = folder();
    let at = folder.path();
    train(at, "whole");
    train(at, "killed");
    std::fs::remove_dir_all(at.join("killed/3")).unwrap();
    std::fs::remove_file(at.join("killed/2/checkpoint")).unwrap();
    let resumed = json(&backburn(at, &["train", "-q", "--json", "--resume", "killed"]));
    assert_eq!(resumed["networks"].as_array().unwrap().len(), 3);
    for number in ["1", "2", "3"] {
        same(&at.join("whole").join(number), &at.join("killed").join(number));
    }
    let more = json(&backburn(at, &["train", "-q", "--json", "--resume", "killed", "--ensemble", "4"]));
    assert_eq!(more["networks"].as_array().unwrap().len(), 4);
    refused(&backburn(at, &["train", "--resume", "killed/1", "--ensemble", "2"]), 2, &["one network", "--run"]);
    refused(&backburn(at, &["train", "--ensemble", "0"]), 2, &["--ensemble"]);
}

#[test]
fn an_ensemble_has_its_folder_and_those_of_its_networks_to_itself() {
    let folder = folder();
    let at = folder.path();
    let long = ["train", "-q", "--epochs", "150", "--threads", "1", "--ensemble", "3", "--run", "all"];
    let mut holder = command(at, &long).spawn().unwrap();
    while !at.join("all/2/checkpoint").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let who = format!("process {}", holder.id());
    for run in ["all", "all/1", "all/2"] {
        refused(&backburn(at, &["train", "--resume", run]), 1, &["in use", &who]);
        refused(&backburn(at, &["train", "--run", run, "--overwrite"]), 1, &["in use", &who]);
    }
    let _ = holder.kill();
    let _ = holder.wait();
    assert!(at.join("all/1/best.safetensors").exists());
    let mut single = command(at, &["train", "-q", "--epochs", "100000", "--resume", "all/2"]).spawn().unwrap();
    let own = format!("process {}", single.id());
    while !std::fs::read_to_string(at.join("all/2/backburn.lock")).is_ok_and(|text| text.starts_with(&own)) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    refused(&backburn(at, &["train", "--resume", "all"]), 1, &["`all/2` is in use", &own]);
    let _ = single.kill();
    let _ = single.wait();
}

#[test]
fn notes_in_the_folder_of_a_network_stay() {
    let folder = folder();
    let at = folder.path();
    train(at, "run");
    for number in ["1", "2"] {
        std::fs::create_dir(at.join("run").join(number).join("mine")).unwrap();
        std::fs::write(at.join("run").join(number).join("mine/notes.txt"), number).unwrap();
    }
    std::fs::remove_file(at.join("run/2/checkpoint")).unwrap();
    assert!(backburn(at, &["train", "-q", "--resume", "run"]).status.success());
    train_again(at, "run");
    for number in ["1", "2"] {
        let notes = std::fs::read_to_string(at.join("run").join(number).join("mine/notes.txt"));
        assert_eq!(notes.unwrap(), number);
    }
    assert!(at.join("run/2/checkpoint").exists());
}

fn train_again(at: &Path, name: &str) {
    let again = ["train", "-q", "--epochs", "2", "--threads", "1", "--ensemble", "3", "--overwrite", "--run", name];
    assert!(backburn(at, &again).status.success());
}

#[test]
fn networks_of_different_scales_answer_together() {
    let folder = folder();
    let at = folder.path();
    std::fs::create_dir(at.join("together")).unwrap();
    for (number, scale) in [("1", "standard"), ("2", "minmax"), ("3", "none")] {
        let run = format!("together/{number}");
        let args = ["train", "-q", "--epochs", "2", "--split-seed", "0", "--seed", number, "--scale", scale, "--run"];
        assert!(backburn(at, &[&args[..], &[&run]].concat()).status.success());
    }
    let each = [1, 2, 3].map(|number| probabilities(at, &format!("together/{number}")));
    for (i, together) in probabilities(at, "together").into_iter().enumerate() {
        let mean = each.iter().map(|network| network[i]).sum::<f64>() / 3.0;
        assert!((together - mean).abs() < 1e-5, "{together} is not {mean}");
    }
}

#[test]
fn networks_that_are_joined_are_one_model_to_every_verb() {
    let folder = folder();
    let at = folder.path();
    let short = ["train", "-q", "--json", "--epochs", "2", "--threads", "1"];
    let joined = json(&backburn(at, &[&short[..], &["--join", "3", "--run", "joined"]].concat()));
    assert_eq!(joined["joined"], 3);
    let saved = |name: &str| backburn::model::Saved::read(&at.join(name)).unwrap();
    assert_eq!(saved("joined").network.layers, [64, 384, 10]);
    assert_eq!(saved("joined/first.safetensors").network.layers, [64, 128, 10]);
    let card = std::fs::read_to_string(at.join("joined/README.md")).unwrap();
    assert!(card.contains("64-128-10, 3 networks of this shape joined into one"), "{card}");
    let judged = json(&backburn(at, &["evaluate", "joined", "--json"]));
    assert_eq!(judged["accuracy"], joined["test"]["accuracy"]);
    judge(at, "joined", DIGITS);
    let page = std::fs::read_to_string(at.join("joined/report.html")).unwrap();
    assert!(page.contains("3 networks were joined into this one; the curves are those of the first"), "{page}");

    // The epochs are those of one network, and the others are learned from configuration and data alone.
    let one = json(&backburn(at, &[&short[..], &["--run", "later"]].concat()));
    assert_eq!(one["joined"], 1);
    assert!(joined["test"]["loss"].as_f64() < one["test"]["loss"].as_f64(), "{joined} {one}");
    assert_eq!(saved("later").weights, saved("joined/first.safetensors").weights);
    let later = json(&backburn(at, &["train", "-q", "--json", "--resume", "later", "--join", "3", "--threads", "1"]));
    assert_eq!(later["test"], joined["test"]);
    same(&at.join("joined"), &at.join("later"));

    // What goes on from such a run goes on from its first network, and so does what is said of its training.
    let next = ["train", "-q", "--epochs", "1", "--from", "later", "--run", "next"];
    assert!(backburn(at, &next).status.success());
    let longer =
        json(&backburn(at, &["train", "-q", "--json", "--resume", "later", "--epochs", "4", "--threads", "1"]));
    assert_eq!((longer["epochs"].as_u64(), longer["joined"].as_u64()), (Some(4), Some(3)));
    // Without the others the first network is the model again.
    let alone = json(&backburn(at, &["train", "-q", "--json", "--resume", "later", "--join", "1", "--threads", "1"]));
    let judged = json(&backburn(at, &["evaluate", "later", "--json"]));
    assert_eq!((saved("later").network.layers, alone["joined"].as_u64()), (vec![64, 128, 10], Some(1)));
    assert_eq!(judged["accuracy"], alone["test"]["accuracy"]);
    assert!(!std::fs::read_to_string(at.join("later/README.md")).unwrap().contains("joined"));
    let sound = backburn(at, &["diagnose", "joined", "--steps", "300", "--json"]);
    assert_eq!(json(&sound)["rows"], 145, "those that the first network has not learned");
}

#[test]
fn a_finished_run_of_joined_networks_stays_as_it_is() {
    let folder = folder();
    let at = folder.path();
    let train = ["train", "-q", "--epochs", "3", "--threads", "1", "--join", "3", "--run", "run"];
    assert!(backburn(at, &train).status.success());
    let contents = || {
        let mut files: Vec<_> = std::fs::read_dir(at.join("run")).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect::<Vec<_>>()
    };
    let before = contents();
    for epochs in ["1", "2"] {
        let fewer = backburn(at, &["train", "--resume", "run", "--epochs", epochs]);
        refused(&fewer, 2, &["has learned 3 of its 3 epochs", "--epochs", "give more"]);
        assert!(contents() == before, "{epochs}");
    }
    let again = backburn(at, &["train", "--resume", "run", "--threads", "2", "--json"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("is finished: it has learned 3 epochs"));
    let (again, judged) = (json(&again), json(&backburn(at, &["evaluate", "run", "--json"])));
    assert_eq!((again["finished"].as_bool(), &again["test"]["accuracy"]), (Some(true), &judged["accuracy"]));
    assert!(contents() == before);
}
