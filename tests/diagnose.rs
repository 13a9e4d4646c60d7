//! Trouble is seen, named, cured; health is left alone.

use std::path::Path;

use super::shell::{backburn, folder, json, refused, shared, write_hdf5};

/// The digits as a file whose training labels are `relabel`led.
fn digits(folder: &Path, name: &str, relabel: impl Fn(Vec<i32>) -> Vec<i32>) {
    let digits = hdf5::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/digits.hdf5")).unwrap();
    let x: Vec<f32> = digits.dataset("x_train").unwrap().read_raw().unwrap();
    let y: Vec<i32> = relabel(digits.dataset("y_train").unwrap().read_raw().unwrap());
    let x = ndarray::Array2::from_shape_vec((y.len(), 64), x).unwrap();
    write_hdf5(&folder.join(name), |file| {
        file.new_dataset_builder().with_data(&x).create("x_train").unwrap();
        file.new_dataset_builder().with_data(&y).create("y_train").unwrap();
    });
}

/// The same labels in another order, by arithmetic alone.
fn shuffled(y: Vec<i32>) -> Vec<i32> {
    (0..y.len()).map(|i| y[(i * 1009 + 17) % y.len()]).collect()
}

fn causes(diagnosis: &serde_json::Value) -> Vec<&str> {
    diagnosis["causes"].as_array().unwrap().iter().map(|cause| cause["name"].as_str().unwrap()).collect()
}

#[test]
fn a_healthy_run_is_called_healthy_and_no_warning_is_printed() {
    let folder = folder();
    for flags in [&[][..], &["--optimizer", "sgd", "--rate", "0.3", "--activation", "tanh"]] {
        let trained = backburn(folder.path(), &[&["train", "--run", "run", "--overwrite"], flags].concat());
        assert!(!String::from_utf8_lossy(&trained.stderr).contains("warning"));
        let diagnosis = json(&backburn(folder.path(), &["diagnose", "run", "--json"]));
        assert_eq!((diagnosis["verdict"].as_str(), causes(&diagnosis)), (Some("healthy"), vec![]));
    }
}

#[test]
fn the_score_that_was_asked_for_is_told_with_the_recall_of_each_class_and_the_noise_of_labels() {
    let folder = folder();
    let at = folder.path();
    digits(at, "noisy.h5", |mut y| {
        (0..y.len()).filter(|i| i * 7 % 5 == 0).for_each(|i| y[i] = (y[i] + 1 + i as i32 % 9) % 10);
        y
    });
    assert!(
        backburn(
            at,
            &["train", "noisy.h5", "-q", "--epochs", "10", "--validation", "0.3", "--seed", "1", "--run", "run"]
        )
        .status
        .success()
    );
    let ask = |score: &str| json(&backburn(at, &["diagnose", "run", "--steps", "1", "--score", score, "--json"]));
    let told = ask("balanced");
    let recall: Vec<f64> = told["recall"].as_array().unwrap().iter().map(|c| c["recall"].as_f64().unwrap()).collect();
    let mean = recall.iter().sum::<f64>() / recall.len() as f64;
    assert_eq!((told["score"].as_str(), recall.len()), (Some("balanced"), 10), "{told}");
    assert!((told["reached"]["score"].as_f64().unwrap() - mean).abs() < 1e-9, "{told}");
    let noise = ["low", "high"].map(|end| told["noise"][end].as_f64().unwrap());
    assert!(noise[0] < 0.2 && noise[1] > 0.2 && noise[1] < 0.5, "a fifth of the labels is wrong: {told}");
    let likely = ask("log-loss")["reached"]["score"].as_f64().unwrap();
    assert!(likely < told["accuracy"].as_f64().unwrap() && likely > 0.2, "{likely}");
}

#[test]
fn no_hidden_layer_is_a_choice_until_it_only_guesses() {
    let folder = folder();
    let at = folder.path();
    let train = |args: &[&str]| {
        let short = ["--batch-size", "64", "--epochs", "20"]; // by default it would be as good as a network here
        backburn(at, &[&["train", "-q", "--hidden", "0", "--run", "run", "--overwrite"], &short[..], args].concat())
    };
    assert!(train(&[]).status.success());
    let diagnosis = json(&backburn(at, &["diagnose", "run", "--json"]));
    assert_eq!(
        (diagnosis["verdict"].as_str(), diagnosis["better"][0]["knob"].as_str()),
        (Some("healthy"), Some("hidden"))
    );
    let mixed = |i: u32| (i ^ i >> 13).wrapping_mul(0x85EB_CA6B);
    let drawn = |i: u32| (mixed(mixed(i.wrapping_mul(2_654_435_761))) >> 8) as f32 / 8_388_608.0 - 1.0;
    let x: Vec<f32> = (0..2000).map(drawn).collect();
    let y: Vec<i32> = x.chunks(2).map(|row| i32::from(row[0] * row[1] > 0.0)).collect();
    write_hdf5(&at.join("xor.h5"), |file| {
        file.new_dataset::<f32>().shape([1000, 2]).create("x").unwrap().write_raw(&x).unwrap();
        file.new_dataset::<i32>().shape([1000]).create("y").unwrap().write_raw(&y).unwrap();
    });
    assert!(train(&["xor.h5"]).status.success());
    let diagnosis = json(&backburn(at, &["diagnose", "run", "--json"]));
    assert_eq!(causes(&diagnosis), ["hidden"], "{diagnosis}");
}

#[test]
fn several_causes_at_once_are_all_named_and_the_printed_command_cures_them() {
    let folder = folder();
    let network = ["--hidden", "30", "--activation", "sigmoid", "--dropout", "0", "--optimizer", "sgd", "--rate", "1"];
    let mistakes = ["--init", "uniform01", "--gain", "3", "--reduction", "sum"];
    let trained = backburn(folder.path(), &[&["train", "--run", "run"], &network[..], &mistakes].concat());
    let text = String::from_utf8_lossy(&trained.stderr).into_owned();
    assert_eq!(text.matches("where the activation is flat").count(), 1, "once: {text}");
    let diagnosis = json(&backburn(folder.path(), &["diagnose", "run", "--json"]));
    assert_eq!(causes(&diagnosis), ["reduction", "init"], "{diagnosis}");
    let command: Vec<&str> = diagnosis["cure"].as_str().unwrap().split(' ').skip(1).collect();
    let cured = json(&backburn(folder.path(), &[&command[..], &["-q", "--json"]].concat()));
    assert!(cured["test"]["accuracy"].as_f64() > Some(0.93), "{cured}");
}

#[test]
fn the_configuration_that_this_project_started_from_is_cured_to_95_percent() {
    let Some(mnist) = shared("mnist/MNISTdata.hdf5") else {
        return;
    };
    let folder = folder();
    let network = ["--hidden", "30", "--activation", "sigmoid", "--dropout", "0", "--epochs", "3", "--run", "run"];
    let mistakes = ["--init", "uniform01", "--reduction", "sum", "--batch-size", "60000", "--rate", "0.001"];
    let learning = ["--optimizer", "sgd", "--schedule", "constant", "-q"];
    backburn(folder.path(), &[&["train", mnist.to_str().unwrap()], &network[..], &mistakes, &learning].concat());
    let diagnosis = json(&backburn(folder.path(), &["diagnose", "run", "--json", "--seconds", "600"]));
    let mut named = causes(&diagnosis);
    named.sort();
    assert_eq!(named, ["batch-size", "init", "rate", "reduction"], "{diagnosis}");
    let command = diagnosis["cure"].as_str().unwrap().to_string();
    let command: Vec<&str> = command.split(' ').skip(1).collect();
    let cured = json(&backburn(folder.path(), &[&command[..], &["-q", "--json"]].concat()));
    assert!(cured["test"]["accuracy"].as_f64() >= Some(0.95), "{cured}");
}

#[test]
fn the_printed_command_changes_no_more_than_is_named() {
    let folder = folder();
    let short = "hidden = [24]\nepochs = 6\ndropout = 0.0\noptimizer = \"sgd\"\nschedule = \"constant\"\n";
    for (mistake, cause) in [
        ("rate = 0.1\ninput-dropout = 0.97", "input-dropout"),
        ("rate = 0.5\nmomentum = 0.999", "momentum"),
        ("rate = 0.5\ngain = 60.0", "gain"),
    ] {
        std::fs::write(folder.path().join("config.toml"), format!("{short}{mistake}\n")).unwrap();
        let diagnosis = json(&backburn(folder.path(), &["diagnose", "--config", "config.toml", "--json"]));
        assert!(causes(&diagnosis).contains(&cause), "{diagnosis}");
        let told: Vec<&str> = ["causes", "also"]
            .iter()
            .flat_map(|list| diagnosis[list].as_array().unwrap())
            .map(|cause| cause["name"].as_str().unwrap())
            .collect();
        let command = format!("{} ", diagnosis["cure"].as_str().unwrap());
        let kept =
            [("hidden", "24"), ("epochs", "6"), ("dropout", "0"), ("optimizer", "sgd"), ("schedule", "constant")];
        for (knob, value) in kept {
            assert!(told.contains(&knob) || command.contains(&format!(" --{knob} {value} ")), "{command} {told:?}");
        }
        assert!(!command.contains(&format!("--{cause} ")), "{command}");
    }
}

#[test]
fn images_that_are_moved_too_far_are_moved_less() {
    let folder = folder();
    std::fs::write(folder.path().join("config.toml"), "augment = \"elastic\"\nstrength = 6.0\n").unwrap();
    let diagnosis = json(&backburn(folder.path(), &["diagnose", "--config", "config.toml", "--json"]));
    assert_eq!(causes(&diagnosis), ["strength"], "{diagnosis}");
    assert_eq!(diagnosis["cure"], "backburn train --augment elastic");
}

#[test]
fn what_is_learned_slowly_gets_a_rate_too() {
    let folder = folder();
    let file = hdf5::File::create(folder.path().join("spirals.h5")).unwrap();
    let golden = |i: usize| (i as f64 * 0.618_033_988_749_895).fract();
    let rows = (0..1500).flat_map(|i| {
        let (radius, turn) = (3.0 * golden(i), (i % 3) as f64 * std::f64::consts::TAU / 3.0);
        [radius * (2.5 * radius + turn).cos(), radius * (2.5 * radius + turn).sin()].map(|x| x as f32)
    });
    let x = ndarray::Array2::from_shape_vec((1500, 2), rows.collect()).unwrap();
    file.new_dataset_builder().with_data(&x).create("x_train").unwrap();
    file.new_dataset_builder().with_data(&(0..1500).map(|i| i % 3).collect::<Vec<i32>>()).create("y_train").unwrap();
    drop(file);
    let found = json(&backburn(
        folder.path(),
        &["lr-range", "spirals.h5", "--json", "--batch-size", "64", "--scale", "standard"],
    ));
    let reason = found["reason"].as_str().unwrap();
    assert!(found["rate"].as_f64().is_some() && reason.contains("200 steps"), "{reason}");
}

#[test]
fn labels_that_do_not_belong_to_their_rows_are_named_and_get_no_rate() {
    let folder = folder();
    digits(folder.path(), "shuffled.h5", shuffled);
    digits(folder.path(), "slipped.h5", |mut y| {
        y.rotate_right(1);
        y
    });
    for (file, word) in [("shuffled.h5", "say nothing about their rows"), ("slipped.h5", "1 row")] {
        std::fs::write(folder.path().join("config.toml"), "").unwrap();
        let diagnosis = json(&backburn(folder.path(), &["diagnose", "--config", "config.toml", file, "--json"]));
        assert_eq!(causes(&diagnosis), ["labels-misaligned"], "{diagnosis}");
        assert!(diagnosis["causes"][0]["say"].as_str().unwrap().contains(word), "{diagnosis}");
    }
    refused(&backburn(folder.path(), &["lr-range", "shuffled.h5"]), 1, &["no rate can be suggested"]);
    refused(&backburn(folder.path(), &["train", "shuffled.h5", "--rate", "auto"]), 1, &["--rate auto", "--rate"]);
}

#[test]
fn data_that_cannot_be_read_is_a_diagnosis_too() {
    let folder = folder();
    digits(folder.path(), "one.h5", |y| vec![3; y.len()]);
    std::fs::write(folder.path().join("config.toml"), "data = \"one.h5\"").unwrap();
    let diagnosis = json(&backburn(folder.path(), &["diagnose", "--config", "config.toml", "--json"]));
    assert_eq!((diagnosis["verdict"].as_str(), causes(&diagnosis)), (Some("sick"), vec!["data"]));
    refused(&backburn(folder.path(), &["diagnose"]), 2, &["run folder", "--config"]);
}

#[test]
fn the_range_test_suggests_a_rate_that_trains() {
    let folder = folder();
    let found = json(&backburn(folder.path(), &["lr-range", "--json", "--svg", "range.svg"]));
    let rate = found["rate"].as_f64().unwrap();
    assert!((1e-3..5e-2).contains(&rate), "{rate}");
    assert!(std::fs::read_to_string(folder.path().join("range.svg")).unwrap().contains("<polyline"));
    let trained = json(&backburn(folder.path(), &["train", "-q", "--json", "--rate", "auto", "--run", "run"]));
    assert!(trained["test"]["accuracy"].as_f64() > Some(0.95), "{trained}");
    assert!(
        std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap().contains(&format!("rate = {rate}"))
    );
}

/// Rows of a dozen numbers in three classes that six tanh units tell apart, by arithmetic alone.
fn woven(path: &Path, rows: usize) {
    let mut state = 2u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let mut numbers = |count: usize| -> Vec<f64> {
        (0..count).map(|_| (0..4).map(|_| uniform()).sum::<f64>() * 3f64.sqrt()).collect()
    };
    let (weights, heads, x) = (numbers(72), numbers(18), numbers(12 * rows));
    let score = |row: &[f64], class: usize| -> f64 {
        let unit = |j: usize| (0..12).map(|i| row[i] * weights[6 * i + j]).sum::<f64>().tanh();
        (0..6).map(|j| unit(j) * heads[3 * j + class]).sum()
    };
    let class = |row: &[f64]| (0..3).max_by(|&a, &b| score(row, a).total_cmp(&score(row, b))).unwrap() as i32;
    let y: Vec<i32> = x.chunks(12).map(class).collect();
    let x = ndarray::Array2::from_shape_fn((rows, 12), |(row, at)| x[12 * row + at] as f32);
    write_hdf5(path, |file| {
        file.new_dataset_builder().with_data(&x).create("x_train").unwrap();
        file.new_dataset_builder().with_data(&y[..]).create("y_train").unwrap();
    });
}

#[test]
fn what_few_held_out_rows_leave_to_chance_is_asked_of_the_learned_ones() {
    let folder = folder();
    let at = folder.path();
    woven(&at.join("woven.h5"), 700);
    for (dropout, wanted) in [("0.98", &["dropout"][..]), ("0", &[])] {
        let flags = ["--join", "1", "--threads", "1", "--dropout", dropout, "--run", "run", "--overwrite", "-q"];
        assert!(backburn(at, &[&["train", "woven.h5"], &flags[..]].concat()).status.success());
        let diagnosis = json(&backburn(at, &["diagnose", "run", "--json"]));
        assert_eq!(causes(&diagnosis), wanted, "{diagnosis}");
        assert!(diagnosis["rows"].as_f64() < Some(80.0), "{diagnosis}");
    }
}

#[test]
fn weights_that_were_spoiled_are_a_cause_where_the_settings_are_well() {
    let folder = folder();
    let at = folder.path();
    let slow = "train -q --join 1 --threads 1 --optimizer sgd --schedule constant --rate 0.00001 --run run";
    assert!(backburn(at, &slow.split(' ').collect::<Vec<_>>()).status.success());
    let settings = at.join("run/config.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    assert!(text.contains("rate = 0.00001"), "{text}");
    std::fs::write(&settings, text.replace("rate = 0.00001", "rate = 0.1")).unwrap();
    let diagnosis = json(&backburn(at, &["diagnose", "run", "--json"]));
    assert_eq!(causes(&diagnosis), ["spoiled-weights"], "{diagnosis}");
    assert!(diagnosis["promised"]["score"].as_f64().unwrap() > 0.9, "{diagnosis}");
}

#[test]
fn a_repaired_run_says_what_it_changed_and_is_the_same_every_time() {
    let folder = folder();
    let at = folder.path();
    let run =
        ["train", "--init", "zeros", "--on-trouble", "repair", "--epochs", "5", "--threads", "1", "--json", "--run"];
    for name in ["a", "b"] {
        let output = backburn(at, &[&run[..], &[name]].concat());
        assert!(json(&output)["test"]["accuracy"].as_f64() > Some(0.85));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains("repair: step 1") && text.contains("--init: zeros is now standard"), "{text}");
    }
    assert!(!std::fs::read_to_string(at.join("a/config.toml")).unwrap().contains("zeros"));
    let bytes = |name: &str| std::fs::read(at.join(name)).unwrap();
    assert!(String::from_utf8(bytes("a/journal.jsonl")).unwrap().contains("\"event\":\"repair\""));
    assert_eq!(bytes("a/journal.jsonl"), bytes("b/journal.jsonl"));
    assert_eq!(bytes("a/best.safetensors"), bytes("b/best.safetensors"));
}

#[test]
fn a_run_that_stops_keeps_the_weights_of_its_last_healthy_step() {
    let folder = folder();
    let at = folder.path();
    let flags = [
        "--optimizer",
        "sgd",
        "--rate",
        "1e3",
        "--activation",
        "leaky-relu",
        "--schedule",
        "constant",
        "--dropout",
        "0",
        "--watch",
        "strict",
    ];
    refused(
        &backburn(at, &[&["train", "-q", "--run", "run"], &flags[..]].concat()),
        4,
        &["last healthy", "backburn diagnose run"],
    );
    let journal = std::fs::read_to_string(at.join("run/journal.jsonl")).unwrap();
    let last = journal.lines().last().unwrap();
    assert!(last.contains("\"event\":\"diverged\"") && last.contains("verdict"), "{last}");
    let kept = backburn::model::Saved::read(&at.join("run/last.safetensors")).unwrap();
    let size =
        |saved: &backburn::model::Saved| saved.weights.iter().flat_map(|(w, _)| w).fold(0.0f32, |m, w| m.max(w.abs()));
    assert!(size(&kept).is_finite() && size(&kept) > 100.0, "not the weights it began with: {}", size(&kept));
    let ignoring = backburn(
        at,
        &[&["train", "-q", "--run", "on", "--on-trouble", "ignore", "--epochs", "2"], &flags[..]].concat(),
    );
    assert_ne!(ignoring.status.code(), Some(101));
}

#[test]
fn a_strictly_watched_run_that_is_interrupted_resumes_to_the_same_journal() {
    let folder = folder();
    let at = folder.path();
    let long = ["train", "-q", "--epochs", "60", "--threads", "1", "--watch", "strict", "--run"];
    assert!(backburn(at, &[&long[..], &["whole"]].concat()).status.success());
    let mut child = super::shell::command(at, &[&long[..], &["stopped"]].concat()).spawn().unwrap();
    while !at.join("stopped/metrics.csv").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    child.wait().unwrap();
    assert!(backburn(at, &["train", "-q", "--resume", "stopped"]).status.success());
    let journal = |name: &str| std::fs::read(at.join(name).join("journal.jsonl")).unwrap();
    assert_eq!(journal("whole"), journal("stopped"));
    assert!(journal("whole").windows(8).filter(|w| w == b"\"vitals\"").count() > 1000);
}

#[test]
fn a_rate_and_an_architecture_that_are_both_wrong_are_no_fault_of_the_data() {
    let folder = folder();
    let at = folder.path();
    let deep = ["--hidden", "20,20,20,20,20,20,20,20", "--activation", "sigmoid", "--rate", "1e-7", "--epochs", "5"];
    assert!(backburn(at, &[&["train", "-q", "--run", "run"], &deep[..]].concat()).status.success());
    let text = String::from_utf8(backburn(at, &["diagnose", "run"]).stdout).unwrap();
    assert!(text.contains("rate ") && text.contains("hidden ") && !text.contains("features do not"), "{text}");
}

#[test]
fn softmax_regression_that_began_with_other_weights_is_diagnosed() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["train", "-q", "--hidden", "0", "--run", "soft"]).status.success());
    assert!(backburn(at, &["train", "-q", "--from", "soft", "--run", "again"]).status.success());
    let text = String::from_utf8(backburn(at, &["diagnose", "again"]).stdout).unwrap();
    assert!(text.starts_with("healthy"), "{text}");
}

#[test]
fn rows_that_start_far_off_may_come_down_whether_watched_or_not() {
    let folder = folder();
    let at = folder.path();
    let digits = hdf5::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5")).unwrap();
    let x: Vec<f32> = digits.dataset("x_train").unwrap().read_raw::<f32>().unwrap().iter().map(|v| v * 1e5).collect();
    let y: Vec<i32> = digits.dataset("y_train").unwrap().read_raw().unwrap();
    super::shell::write_hdf5(&at.join("large.h5"), |file| {
        file.new_dataset::<f32>().shape([y.len(), 64]).create("x").unwrap().write_raw(&x).unwrap();
        file.new_dataset::<i32>().shape([y.len()]).create("y").unwrap().write_raw(&y).unwrap();
    });
    let large =
        ["train", "-q", "large.h5", "--scale", "none", "--optimizer", "sgd", "--rate", "1e-11", "--epochs", "3"];
    for watch in ["off", "auto"] {
        assert!(backburn(at, &[&large[..], &["--run", watch, "--watch", watch]].concat()).status.success(), "{watch}");
    }
}

#[test]
fn rows_that_were_learned_are_not_said_to_be_held_out() {
    let folder = folder();
    let at = folder.path();
    let run = ["train", "-q", "--validation", "0", "--epochs", "2", "--run", "run"];
    assert!(backburn(at, &run).status.success());
    let told = backburn(at, &["diagnose", "run", "--steps", "300"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("learned rows right") && !told.contains("held-out"), "{told}");
}
