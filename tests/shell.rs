//! The program as a person or a script runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own, gone at the end of the test.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// `backburn ARGS` in `folder`, one thread, finished.
pub fn backburn(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().expect("the program starts")
}

/// `backburn ARGS` in `folder`, not yet started.
pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backburn"));
    command.current_dir(folder).args(args).env("NO_COLOR", "1").env("HDF5_USE_FILE_LOCKING", "FALSE");
    command
}

/// The last line of stdout as JSON.
pub fn json(output: &Output) -> serde_json::Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap_or_default())
        .unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Asserts the exit code and that stderr speaks of each of `words`, and of no panic.
pub fn refused(output: &Output, code: i32, words: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    words.iter().for_each(|word| assert!(text.contains(word), "no `{word}` in: {text}"));
    assert!(!text.contains("panicked"), "{text}");
}

/// A file of the shared corpus, where this checkout has it beside it.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    path.exists().then_some(path)
}

#[test]
fn digits_train_without_a_file_to_97_percent() {
    let folder = folder();
    let result = json(&backburn(folder.path(), &["train", "--json", "-q"]));
    assert!(result["test"]["accuracy"].as_f64() >= Some(0.97), "{result}");
    assert!(folder.path().join("runs/digits-001/best.safetensors").exists());
}

#[test]
fn mnist_with_thirty_sigmoid_units_reaches_96_5_percent() {
    let Some(mnist) = shared("mnist/MNISTdata.hdf5") else {
        return;
    };
    let folder = folder();
    let network = ["--hidden", "30", "--activation", "sigmoid", "--dropout", "0"];
    let learning =
        ["--optimizer", "sgd", "--rate", "1", "--weight-decay", "0.00005", "--batch-size", "10", "--epochs", "30"];
    let args = [&["train", mnist.to_str().unwrap(), "--json", "-q"][..], &network, &learning].concat();
    let result = json(&backburn(folder.path(), &args));
    assert!(result["test"]["accuracy"].as_f64() >= Some(0.965), "{result}");
}

#[test]
fn evaluate_and_predict_agree_with_training() {
    let folder = folder();
    let at = folder.path();
    let trained = json(&backburn(at, &["train", "--json", "-q", "--epochs", "3", "--run", "run"]));
    let measured = json(&backburn(at, &["evaluate", "run", "--json"]));
    assert_eq!(trained["test"]["accuracy"], measured["accuracy"]);
    assert_eq!(measured["rows"], 360);
    let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/digits.hdf5");
    let predicted = backburn(at, &["predict", "run", digits.to_str().unwrap(), "--json"]);
    let text = String::from_utf8_lossy(&predicted.stdout).into_owned();
    assert_eq!(text.lines().count(), 360);
    let confusion: u64 = (0..10).map(|i| measured["confusion"][i][i].as_u64().unwrap()).sum();
    let names: Vec<String> = (0..10).map(|k| k.to_string()).collect();
    let classes = backburn::data::Classes { names: names.clone(), values: names };
    let known = backburn::data::Known {
        classes: &classes,
        shape: &[64],
        preparation: &backburn::preparation::Preparation::default(),
        tones: None,
        range: None,
        sketch: None,
    };
    let memory = backburn::data::Memory(1 << 20);
    let labels = backburn::data::read_block(None, &Default::default(), &known, memory).unwrap().block.labels();
    let right = text.lines().zip(labels).filter(|(line, label)| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["class"].as_str() == Some(label.to_string().as_str())
    });
    assert_eq!(right.count() as u64, confusion);
}

#[test]
fn a_run_that_would_diverge_stops_with_4_and_writes_no_nan() {
    let rates = [("uniform01", "1000"), ("uniform01", "1e30"), ("he", "1e35")];
    for flags in rates.map(|(init, rate)| ["--init", init, "--rate", rate]) {
        let folder = folder();
        let args = [&["train", "-q", "--run", "run", "--optimizer", "sgd", "--dropout", "0"][..], &flags].concat();
        refused(&backburn(folder.path(), &args), 4, &["diverged", "--rate"]);
        let saved = backburn::model::Saved::read(&folder.path().join("run/last.safetensors")).unwrap();
        assert!(saved.weights.iter().all(|(w, b)| w.iter().chain(b).all(|v| v.is_finite())));
    }
}

#[test]
fn usage_errors_end_with_2_and_name_the_way_out() {
    let folder = folder();
    refused(&backburn(folder.path(), &["train", "--rate", "-1"]), 2, &["--rate"]);
    refused(&backburn(folder.path(), &["train", "--batch-size", "0"]), 2, &["--batch-size must be at least 1"]);
    refused(&backburn(folder.path(), &["train", "--hidden", "99999999999"]), 2, &["MB", "--hidden"]);
    refused(&backburn(folder.path(), &["train", "--threads", "100000"]), 2, &["--threads"]);
    refused(&backburn(folder.path(), &["train", "--seed", "18446744073709551615"]), 2, &["--seed"]);
    assert!(!folder.path().join("runs").exists(), "a refused run leaves nothing");
    refused(&backburn(folder.path(), &["train", "--device", "abacus"]), 2, &["unknown device `abacus`", "flex"]);
    std::fs::create_dir(folder.path().join("there")).unwrap();
    refused(&backburn(folder.path(), &["train", "--run", "there"]), 2, &["exists", "--overwrite"]);
}

/// Writes an HDF5 file, and leaves a copy of it: on the first a lock may remain for a moment, inherited by a process that
/// another test starts.
pub fn write_hdf5(path: &Path, fill: impl FnOnce(&hdf5::File)) {
    let written = path.with_extension("written");
    fill(&hdf5::File::create(&written).unwrap());
    std::fs::copy(&written, path).unwrap();
    std::fs::remove_file(written).unwrap();
}
