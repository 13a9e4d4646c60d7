//! Data larger than memory: a stream is read right, learns as well as rows in memory, and stays in its memory.

use std::path::Path;
use std::time::Duration;

use super::runs::same;
use super::shell::{backburn, command, folder, json, refused, shared, write_hdf5};
use backburn::data::{DataFile, Scratch};

/// How the features of a file are stored.
#[derive(Clone, Copy)]
enum Stored {
    Contiguous,
    Chunks(usize, usize),
}

/// Writes a problem of ten classes, sorted by class: `rows` rows of 64 features to learn and 2,000 to test on.
fn problem(path: &Path, rows: usize, stored: Stored) {
    write_hdf5(path, |file| fill(file, rows, stored));
}

fn fill(file: &hdf5::File, rows: usize, stored: Stored) {
    let mut state = 1u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    let centres: Vec<f32> = (0..20 * 64).map(|_| random()).collect();
    let mut write = |half: &str, rows: usize, label: &dyn Fn(usize) -> i32| {
        let labels: Vec<i32> = (0..rows).map(label).collect();
        // Two clusters a class, and noise wide enough that some rows are taken for another.
        let x: Vec<f32> = labels
            .iter()
            .flat_map(|&y| {
                let cluster = (2 * y as usize + usize::from(random() < 0.5)) * 64;
                (0..64).map(|k| centres[cluster + k] + 1.5 * (random() - 0.5)).collect::<Vec<_>>()
            })
            .collect();
        let builder = file.new_dataset::<f32>();
        let builder = match stored {
            Stored::Contiguous => builder,
            Stored::Chunks(tall, wide) => builder.chunk((tall.min(rows), wide)).shuffle().deflate(4).fletcher32(),
        };
        builder.shape((rows, 64)).create(format!("x_{half}").as_str()).unwrap().write_raw(&x).unwrap();
        file.new_dataset_builder().with_data(&labels).create(format!("y_{half}").as_str()).unwrap();
    };
    write("train", rows, &|i| (10 * i / rows) as i32);
    write("test", 2_000, &|i| (i % 10) as i32);
}

const TRAIN: [&str; 9] = ["train", "problem.h5", "--dropout", "0", "--threads", "2", "--scale", "standard", "-q"];

fn train(at: &Path, memory: &str, run: &str) -> serde_json::Value {
    json(&backburn(at, &[&TRAIN[..], &["--epochs", "4", "--json", "--memory", memory, "--run", run]].concat()))
}

#[test]
fn every_way_to_store_numbers_is_read_as_h5py_reads_it() {
    let layouts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layouts");
    let mut seen = 0;
    for name in ["same.h5", "userblock.h5"] {
        let path = layouts.join(name);
        let (file, library) = (DataFile::open(&path).unwrap(), hdf5::File::open(&path).unwrap());
        let truth: Vec<f32> = library.dataset("truth").unwrap().read_raw().unwrap();
        for array in file.arrays() {
            let want = match array.name.as_str() {
                "contiguous/i1" | "gzip/i1" => truth.iter().map(|v| (v / 2.0).floor()).collect(),
                "chunked/never-written" => vec![7.0; truth.len()],
                _ => truth.clone(),
            };
            let table = file.features(array).unwrap();
            assert_eq!(table.whole().unwrap(), want, "{}", array.name);
            let (mut scratch, mut part) = (Scratch::default(), Vec::new());
            for range in [0..1, 3..4, 5..23, 6..7, 49..50, 13..50, 20..20] {
                table.read(range.clone(), &mut scratch, &mut part).unwrap();
                assert_eq!(part, want[30 * range.start..30 * range.end], "{} {range:?}", array.name);
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} data sets");
}

#[test]
fn mnist_is_read_as_the_library_reads_it() {
    let Some(mnist) = shared("mnist/MNISTdata.hdf5") else { return };
    let (file, library) = (DataFile::open(&mnist).unwrap(), hdf5::File::open(&mnist).unwrap());
    for name in ["x_train", "x_test", "y_train"] {
        let table = file.features(&file.array(name).unwrap()).unwrap();
        assert!(table.whole().unwrap() == library.dataset(name).unwrap().read_raw::<f32>().unwrap(), "{name}");
    }
}

#[test]
fn a_stream_learns_what_rows_in_memory_teach_even_where_the_file_is_sorted_by_class() {
    for stored in [Stored::Contiguous, Stored::Chunks(100, 64), Stored::Chunks(125, 9)] {
        let folder = folder();
        let at = folder.path();
        problem(&at.join("problem.h5"), 20_000, stored);
        let (held, streamed) = (train(at, "1G", "held"), train(at, "600K", "streamed"));
        let accuracy = |result: &serde_json::Value, part: &str| result[part]["accuracy"].as_f64().unwrap();
        for part in ["validation", "test"] {
            let (a, b) = (accuracy(&held, part), accuracy(&streamed, part));
            assert!(a > 0.85 && b > a - 0.02, "{part}: {a} in memory, {b} streamed");
        }
        let scale = |run: &str| backburn::model::Saved::read(&at.join(run)).unwrap().preparation;
        assert_eq!(scale("held"), scale("streamed"));
        // The same model judges the same rows alike, whichever way it gets them.
        for arguments in [&["evaluate", "held", "problem.h5", "--json"][..], &["predict", "held", "problem.h5"]] {
            let say = |memory: &str| backburn(at, &[arguments, &["--memory", memory]].concat()).stdout;
            assert!(!say("1G").is_empty());
            assert!(say("1G") == say("300K"), "{arguments:?}");
        }
    }
}

#[test]
fn a_resumed_stream_equals_an_uninterrupted_one() {
    let folder = folder();
    let at = folder.path();
    problem(&at.join("problem.h5"), 20_000, Stored::Chunks(100, 64));
    let long = [&TRAIN[..], &["--epochs", "6", "--memory", "600K", "--run"]].concat();
    assert!(backburn(at, &[&long[..], &["whole"]].concat()).status.success());
    let mut resumed = 0;
    for (i, delay) in [0u64, 150, 300, 450].into_iter().enumerate() {
        let name = format!("stopped{i}");
        let mut child = command(at, &[&long[..], &[&name]].concat()).spawn().unwrap();
        while !at.join(&name).join("checkpoint").exists() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(delay));
        let signal = if i % 2 == 0 { "-INT" } else { "-KILL" };
        let _ = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        let _ = child.wait();
        if at.join(&name).join("checkpoint").exists() {
            assert!(backburn(at, &["train", "-q", "--resume", &name]).status.success());
            same(&at.join("whole"), &at.join(&name));
            resumed += 1;
        }
    }
    assert!(resumed > 0, "no run was stopped in time");
}

/// 157 MB of features that no byte can hold, learned in 30 MB.
#[test]
#[cfg(target_os = "linux")]
fn a_stream_stays_in_its_memory() {
    let folder = folder();
    let at = folder.path();
    for stored in [Stored::Contiguous, Stored::Chunks(256, 64)] {
        problem(&at.join("problem.h5"), 600_000, stored);
        let knobs = ["--epochs", "1", "--batch-size", "512", "--memory", "30M", "--run", "run", "--overwrite"];
        let knobs = [&["train", "problem.h5", "-q", "--threads", "2", "--hidden", "16"][..], &knobs].concat();
        let mut child = command(at, &knobs).spawn().unwrap();
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
            let number = line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse().ok());
            peak = peak.max(number.unwrap_or(0usize) >> 10);
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(child.wait().unwrap().success());
        assert!((20..130).contains(&peak), "{peak} MB");
    }
}

#[test]
fn damage_in_a_piece_is_said_and_so_are_pieces_too_tall_to_stream() {
    let folder = folder();
    let at = folder.path();
    let path = at.join("problem.h5");
    problem(&path, 5_000, Stored::Chunks(100, 64));
    let info = hdf5::File::open(&path).unwrap().dataset("x_train").unwrap().chunk_info(7).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = (info.addr + info.size / 2) as usize;
    bytes[middle..middle + 8].iter_mut().for_each(|byte| *byte ^= 0x5a);
    std::fs::write(&path, bytes).unwrap();
    for memory in ["1G", "600K"] {
        let args = [&TRAIN[..], &["--memory", memory, "--run", memory]].concat();
        refused(&backburn(at, &args), 3, &["a piece", "damaged", "x_train"]);
    }
    problem(&path, 5_000, Stored::Chunks(2_500, 1));
    refused(&backburn(at, &[&TRAIN[..], &["--memory", "600K"]].concat()), 3, &["2500 rows", "--memory 3M"]);
    refused(&backburn(at, &["train", "--memory", "much"]), 2, &["300M"]);
}

#[test]
fn rows_to_validate_on_take_their_part_of_the_memory() {
    use backburn::data::{Data, Memory, Request};
    let folder = folder();
    let [file, test] = ["problem.h5", "test.h5"].map(|name| folder.path().join(name));
    problem(&file, 120_000, Stored::Contiguous);
    write_hdf5(&test, |file| {
        let x: Vec<f32> = (0..25_000 * 64).map(|i| (i % 1009) as f32 / 1009.0).collect();
        let y: Vec<i32> = (0..25_000).map(|i| i % 10).collect();
        file.new_dataset::<f32>().shape((25_000, 64)).create("x").unwrap().write_raw(&x).unwrap();
        file.new_dataset_builder().with_data(&y).create("y").unwrap();
    });
    let request = Request { file: Some(file), test: Some(test), validation: 1.0 / 6.0, ..Request::default() };
    // Half of the memory is for the stream of the training rows, 5.1 MB are taken by the 20,000 rows to validate on, and
    // the other 5.3 MB are too few for the 6.4 MB of the test half.
    let data = Data::load(&Request { memory: Memory(20_800_000), ..request }).unwrap();
    assert_eq!(data.streamed(), ["training", "test"]);
}
