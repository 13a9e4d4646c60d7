//! A run knows its data: it is judged on its own rows from any folder, and says when they are gone, or others.

use std::path::Path;

use super::shell::{backburn, folder, json, refused, write_hdf5};

/// Every third row of the built-in digits from row `first` on, each number as `change` makes it.
fn digits(first: usize, change: impl Fn(f32) -> f32) -> (Vec<f32>, Vec<i32>) {
    let file = hdf5::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/digits.hdf5")).unwrap();
    let x: Vec<f32> = file.dataset("x_train").unwrap().read_raw().unwrap();
    let y: Vec<i32> = file.dataset("y_train").unwrap().read_raw().unwrap();
    let rows = (first..y.len()).step_by(3);
    let numbers = rows.clone().flat_map(|row| x[64 * row..64 * (row + 1)].to_vec()).map(change).collect();
    (numbers, rows.map(|row| y[row]).collect())
}

type Rows<'a> = (&'a str, &'a (Vec<f32>, Vec<i32>));

fn write(path: &Path, halves: &[Rows]) {
    write_hdf5(path, |file| {
        for (half, (x, y)) in halves {
            let create = |letter: &str| format!("{letter}_{half}");
            file.new_dataset::<f32>().shape((y.len(), 64)).create(create("x").as_str()).unwrap().write_raw(x).unwrap();
            file.new_dataset_builder().with_data(y).create(create("y").as_str()).unwrap();
        }
    });
}

fn train(at: &Path, more: &[&str]) -> serde_json::Value {
    json(&backburn(at, &[&["train", "-q", "--json", "--epochs", "2", "--threads", "1"], more].concat()))
}

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_run_is_judged_on_its_own_rows_and_says_which() {
    let folder = folder();
    let at = folder.path();
    let (train_rows, test_rows, more) = (digits(0, |v| v), digits(1, |v| v), digits(2, |v| v));
    write(&at.join("halves.h5"), &[("train", &train_rows), ("test", &test_rows)]);
    write(&at.join("set-apart.h5"), &[("train", &train_rows), ("val", &more)]);
    write(&at.join("whole.h5"), &[("train", &train_rows)]);
    write(&at.join("only-test.h5"), &[("test", &more)]);
    let cases: [(&[&str], &str, &str, &str); 6] = [
        (&["halves.h5"], "test", "test half", "halves.h5"),
        (&["set-apart.h5"], "validation", "validation part", "set-apart.h5"),
        (&["whole.h5", "--validation", "0.2", "--seed", "7"], "validation", "validation part", "whole.h5"),
        (&["whole.h5", "--validation", "0"], "train", "training rows", "whole.h5"),
        (&["whole.h5", "--test", "only-test.h5"], "test", "test half", "only-test.h5"),
        (&[], "test", "test half", "the built-in digits"),
    ];
    for (i, (data, part, half, file)) in cases.into_iter().enumerate() {
        let run = format!("run{i}");
        let trained = train(at, &[data, &["--run", &run]].concat());
        let judged = json(&backburn(at, &["evaluate", &run, "--json"]));
        assert_eq!(trained[part]["accuracy"], judged["accuracy"], "{data:?}");
        assert_eq!((judged["of"]["half"].as_str(), judged["of"]["file"].as_str()), (Some(half), Some(file)));
        let text = String::from_utf8(backburn(at, &["evaluate", &run]).stdout).unwrap();
        assert!(text.contains(&format!("the {half} of {file}: accuracy")), "{text}");
        let best = format!("{run}/best.safetensors");
        assert_eq!(json(&backburn(at, &["evaluate", &best, "--json"])), judged, "the model in its run is the run");
    }
    std::fs::copy(at.join("run0/best.safetensors"), at.join("alone.safetensors")).unwrap();
    refused(&backburn(at, &["evaluate", "alone.safetensors"]), 2, &["without its run", "FILE"]);
    let given = json(&backburn(at, &["evaluate", "alone.safetensors", "only-test.h5", "--json"]));
    assert_eq!(given["rows"], more.1.len());
}

#[test]
fn a_run_finds_its_data_from_any_folder() {
    let folder = folder();
    let at = folder.path();
    let project = at.join("project");
    std::fs::create_dir_all(project.join("data")).unwrap();
    std::fs::create_dir(at.join("elsewhere")).unwrap();
    write(&project.join("data/d.h5"), &[("train", &digits(0, |v| v)), ("test", &digits(1, |v| v))]);
    let trained = train(&project, &["data/d.h5", "--run", "runs/a"]);
    train(&project, &["data/d.h5", "--ensemble", "2", "--run", "runs/b"]);
    // A file of the same name as seen from there is another file.
    std::fs::create_dir(at.join("elsewhere/data")).unwrap();
    write(&at.join("elsewhere/data/d.h5"), &[("train", &digits(2, |v| v)), ("test", &digits(2, |v| 1.0 - v))]);
    let from = |folder: &str, run: &str| {
        let here = at.join(folder);
        let judged = json(&backburn(&here, &["evaluate", run, "--json"]));
        let diagnosed = backburn(&here, &["diagnose", &format!("{run}/../a"), "--json", "--steps", "1"]);
        assert!(diagnosed.status.success(), "{}", stderr(&diagnosed));
        assert!(!stderr(&diagnosed).contains("changed"), "{}", stderr(&diagnosed));
        let resumed = backburn(&here, &["train", "-q", "--resume", run, "--epochs", "2"]);
        assert!(resumed.status.success(), "{}", stderr(&resumed));
        judged["accuracy"].clone()
    };
    assert_eq!(from("project", "runs/a"), trained["test"]["accuracy"]);
    assert_eq!(from("elsewhere", "../project/runs/a"), trained["test"]["accuracy"]);
    let together = from("project", "runs/b");
    assert_eq!(from("elsewhere", "../project/runs/b"), together);
    // The whole project is moved, data and runs.
    std::fs::rename(&project, at.join("moved")).unwrap();
    assert_eq!(from("elsewhere", "../moved/runs/a"), trained["test"]["accuracy"]);
    assert_eq!(from("elsewhere", "../moved/runs/b"), together);
}

#[test]
fn data_that_is_gone_is_said_and_can_be_named_and_is_never_a_sickness() {
    let folder = folder();
    let at = folder.path();
    write(&at.join("d.h5"), &[("train", &digits(0, |v| v))]);
    write(&at.join("t.h5"), &[("test", &digits(1, |v| v))]);
    let trained = train(at, &["d.h5", "--test", "t.h5", "--run", "run"]);
    train(at, &["d.h5", "--run", "old"]);
    std::fs::remove_file(at.join("old/data.toml")).unwrap(); // a run of an earlier version
    let judged = json(&backburn(at, &["evaluate", "old", "--json"]));
    assert_eq!(judged["of"]["file"], "d.h5");
    std::fs::rename(at.join("d.h5"), at.join("d2.h5")).unwrap();
    for run in ["run", "old"] {
        for (verb, way_out) in [
            (&["diagnose", run][..], format!("backburn diagnose {run} --data FILE")),
            (&["diagnose", run, "--json"], format!("backburn diagnose {run} --data FILE")),
            (&["train", "--resume", run], format!("backburn train --resume {run} FILE")),
        ] {
            let output = backburn(at, verb);
            refused(&output, 3, &["`d.h5`, which is not there any more", &way_out]);
            assert!(output.stdout.is_empty(), "{verb:?}");
        }
    }
    assert_eq!(json(&backburn(at, &["evaluate", "run", "--json"]))["accuracy"], trained["test"]["accuracy"]);
    refused(&backburn(at, &["evaluate", "old"]), 3, &["d.h5", "backburn evaluate old FILE"]);
    std::fs::rename(at.join("t.h5"), at.join("t2.h5")).unwrap();
    refused(&backburn(at, &["evaluate", "run"]), 3, &["t.h5", "backburn evaluate run FILE"]);
    refused(&backburn(at, &["train", "--resume", "run", "d2.h5"]), 3, &["t.h5", "--test FILE"]);
    let named: [&[&str]; 3] = [
        &["evaluate", "run", "t2.h5"],
        &["diagnose", "run", "--data", "d2.h5", "--test", "t2.h5", "--steps", "1"],
        &["train", "-q", "--resume", "run", "d2.h5", "--test", "t2.h5", "--epochs", "3"],
    ];
    for way in named {
        let output = backburn(at, way);
        assert!(output.status.success(), "{way:?}: {}", stderr(&output));
    }
}

#[test]
fn data_that_has_changed_is_said() {
    let folder = folder();
    let at = folder.path();
    write(&at.join("d.h5"), &[("train", &digits(0, |v| v)), ("test", &digits(1, |v| v))]);
    train(at, &["d.h5", "--run", "run"]);
    let ways: [&[&str]; 3] =
        [&["evaluate", "run"], &["diagnose", "run", "--steps", "1"], &["train", "--resume", "run", "--epochs", "2"]];
    let warned = |way: &[&str]| stderr(&backburn(at, way)).contains("`d.h5` has changed since");
    assert!(!ways.into_iter().any(warned));
    write(&at.join("d.h5"), &[("train", &digits(0, |v| v)), ("test", &digits(2, |v| v))]);
    assert!(stderr(&backburn(at, ways[0])).contains("has changed since the run `run` learned from it"));
    assert!(stderr(&backburn(at, ways[1])).contains("has changed since"));
    // A run goes on with the rows that it was begun with, or not at all.
    let weights = std::fs::read(at.join("run/best.safetensors")).unwrap();
    for more in [&[][..], &["--epochs", "5"], &["d.h5", "--epochs", "5"]] {
        let resumed = backburn(at, &[&["train", "--resume", "run"], more].concat());
        refused(&resumed, 3, &["d.h5` has changed since", "begin another one", "d.h5 --from run"]);
    }
    assert!(std::fs::read(at.join("run/best.safetensors")).unwrap() == weights);
    assert!(backburn(at, &["train", "-q", "d.h5", "--from", "run", "--epochs", "1"]).status.success());
}

#[test]
fn rows_that_the_first_weights_have_learned_are_no_judges() {
    let folder = folder();
    let at = folder.path();
    write(&at.join("d.h5"), &[("train", &digits(0, |v| v))]);
    write(&at.join("other.h5"), &[("train", &digits(1, |v| v))]);
    let hidden = ["--hidden", "16", "--join", "1"];
    train(at, &[&["d.h5", "--run", "one"], &hidden[..]].concat());
    train(at, &["d.h5", "--hidden", "16", "--join", "2", "--run", "joined"]);
    let said = |more: &[&str]| {
        let common = ["train", "--epochs", "1", "--threads", "1", "--run", "next", "--overwrite", "--join", "1"];
        let output = backburn(at, &[&common[..], more].concat());
        assert!(output.status.success(), "{more:?}: {}", stderr(&output));
        stderr(&output).contains("holds rows that they have learned")
    };
    assert!(!said(&["d.h5", "--from", "one"]), "the same rows are held out again");
    assert!(!said(&["other.h5", "--from", "one"]), "rows of another file");
    assert!(said(&["d.h5", "--from", "one", "--seed", "3"]));
    assert!(said(&["d.h5", "--from", "one", "--validation", "0.3"]));
    assert!(!said(&["d.h5", "--from", "joined"]), "of joined networks the first is taken");
    assert!(said(&["d.h5", "--from", "joined/best.safetensors"]));
    std::fs::copy(at.join("one/best.safetensors"), at.join("alone.safetensors")).unwrap();
    let unknown = backburn(at, &["train", "d.h5", "--from", "alone.safetensors", "--epochs", "1", "--run", "last"]);
    assert!(stderr(&unknown).contains("nothing says which rows the weights of `alone.safetensors` have learned"));
}

#[test]
fn a_run_writes_down_what_it_learned_from() {
    let folder = folder();
    let at = folder.path();
    let rows = digits(0, |v| v * 16.0);
    write(&at.join("d.h5"), &[("train", &rows), ("test", &digits(1, |v| v * 16.0))]);
    train(at, &["d.h5", "--run", "run", "--validation", "0.25"]);
    let kept: toml::Table = std::fs::read_to_string(at.join("run/data.toml")).unwrap().parse().unwrap();
    assert_eq!(kept["range"].as_array().unwrap()[1].as_float(), Some(16.0));
    assert_eq!(kept["data"]["typed"].as_str(), Some("d.h5"));
    assert_eq!(kept["data"]["absolute"].as_str(), at.join("d.h5").canonicalize().unwrap().to_str());
    assert_eq!(kept["data"]["bytes"].as_integer(), Some(at.join("d.h5").metadata().unwrap().len() as i64));
    let parts: Vec<(&str, i64)> = kept["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["x"].as_str().unwrap(), part["rows"].as_integer().unwrap()))
        .collect();
    let count = rows.1.len() as i64;
    assert_eq!((parts[0].0, parts[2]), ("x_train", ("x_test", digits(1, |v| v).1.len() as i64)));
    assert_eq!(parts[0].1 + parts[1].1, count);
}

#[test]
fn rows_in_other_units_are_converted_where_that_is_certain_and_warned_of_where_not() {
    let folder = folder();
    let at = folder.path();
    // Rounded to bytes first, so that each way to write them is the same image.
    let grey = |v: f32| (v * 255.0).round();
    type Way<'a> = (&'a str, fn(f32) -> f32);
    let ways: [Way; 4] =
        [("bytes", |v| v), ("floats", |v| v / 255.0), ("both", |v| v / 127.5 - 1.0), ("deep", |v| v * 257.0)];
    for (name, change) in ways {
        let half = |first| digits(first, |v| change(grey(v)));
        write(&at.join(format!("{name}.h5")), &[("train", &half(0)), ("test", &half(1))]);
    }
    for model in ["bytes", "floats", "both"] {
        let name = format!("{model}.h5");
        let trained = json(&backburn(at, &["train", "-q", "--json", &name, "--epochs", "8", "--run", model]));
        for (data, _) in ways {
            let file = format!("{data}.h5");
            let output = backburn(at, &["evaluate", model, &file, "--json"]);
            let (judged, told) = (json(&output), stderr(&output));
            let what = format!("{data} for a model of {model}: {told}");
            let same =
                (judged["accuracy"].as_f64().unwrap() - trained["test"]["accuracy"].as_f64().unwrap()).abs() < 0.01;
            let predicted = stderr(&backburn(at, &["predict", model, &file]));
            match (model, data) {
                _ if model == data => assert!(same && told.is_empty() && predicted.is_empty(), "{what}"),
                ("bytes", "floats") | ("floats" | "both", "bytes") => {
                    assert!(same && told.contains("were converted") && predicted.contains("were converted"), "{what}");
                    assert!(judged["fit"].as_str().unwrap().contains("converted"), "{judged}");
                }
                _ => {
                    assert!(told.contains("warning") && told.contains("prepare both alike"), "{what}");
                    assert!(predicted.contains("warning"), "{what}");
                    assert!(judged["fit"].as_str().unwrap().contains("and not where"), "{judged}");
                }
            }
        }
    }
}

#[test]
fn a_table_that_was_scaled_apart_from_the_models_is_warned_of_and_one_alike_is_not() {
    let folder = folder();
    let at = folder.path();
    let mut state = 9u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1u32 << 24)
    };
    // Six columns of heavy tails, each with a unit of its own.
    let mut half = |rows: usize, scaled: bool| {
        let y: Vec<i32> = (0..rows).map(|i| (i % 2) as i32).collect();
        let mut x = Vec::new();
        for row in 0..rows {
            for column in 0..6 {
                let cauchy = (std::f64::consts::PI * (random() - 0.5)).tan();
                let v = 10f64.powi(column) * (3.0 + cauchy + (row % 2) as f64);
                x.push(if scaled { (v / 10f64.powi(column) - 3.0) as f32 } else { v as f32 });
            }
        }
        (x, y)
    };
    let mut write = |name: &str, rows: usize, scaled: bool| {
        let (x, y) = half(rows, scaled);
        write_hdf5(&at.join(name), |file| {
            file.new_dataset::<f32>().shape((rows, 6)).create("x").unwrap().write_raw(&x).unwrap();
            file.new_dataset_builder().with_data(&y).create("y").unwrap();
        });
    };
    write("learned.h5", 800, false);
    write("alike.h5", 300, false);
    write("few.h5", 3, false);
    write("scaled.h5", 300, true);
    train(at, &["learned.h5", "--run", "run"]);
    for (file, warned) in [("alike.h5", false), ("few.h5", false), ("learned.h5", false), ("scaled.h5", true)] {
        for verb in ["evaluate", "predict"] {
            let told = stderr(&backburn(at, &[verb, "run", file]));
            assert_eq!(told.contains("warning"), warned, "{verb} {file}: {told}");
        }
    }
}
