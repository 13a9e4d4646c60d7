//! A foreign HDF5 file cannot take the program with it: it is read by a child, and what becomes of the child is told.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::shell::{backburn, command, folder, json, shared, write_hdf5};

/// The bytes of an HDF5 file with two classes, features `[rows, 3]`.
fn sound(path: &Path, rows: usize) {
    write_hdf5(path, |file| {
        let x: Vec<f32> = (0..3 * rows).map(|i| (i % 7) as f32).collect();
        let y: Vec<i32> = (0..rows as i32).map(|i| i % 2).collect();
        file.new_dataset::<f32>().shape((rows, 3)).create("x_train").unwrap().write_raw(&x).unwrap();
        file.new_dataset::<i32>().shape(rows).create("y_train").unwrap().write_raw(&y).unwrap();
    });
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

#[test]
fn files_that_crash_or_hang_the_library_end_in_a_message() {
    let Some(crashers) = shared("crashers") else { return };
    let here = folder();
    for file in files(&crashers) {
        let name = file.file_name().unwrap().to_str().unwrap().to_string();
        let file = file.to_str().unwrap();
        let args = ["train", file, "--epochs", "1", "--hidden", "4"];
        let args = if name.starts_with("train") { args.to_vec() } else { vec!["inspect", file] };
        let begun = Instant::now();
        let output = backburn(here.path(), &args);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{name}: {:?} {told}", output.status);
        assert!(begun.elapsed() < Duration::from_secs(300), "{name} takes {:?}", begun.elapsed());
        assert!(!told.contains("panicked"), "{name}: {told}");
    }
}

#[test]
fn the_environment_does_not_steer_the_library() {
    let here = folder();
    sound(&here.path().join("sound.h5"), 40);
    let mut command = command(here.path(), &["train", "sound.h5", "--epochs", "1", "--hidden", "4"]);
    command.env("HDF5_VOL_CONNECTOR", "no_such_connector").env("HDF5_DRIVER", "no_such_driver");
    command.env("HDF5_PLUGIN_PATH", "/nonexistent");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(unix)]
#[test]
fn a_file_behind_a_link_is_read() {
    let here = folder();
    sound(&here.path().join("sound.h5"), 40);
    std::fs::create_dir(here.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../sound.h5", here.path().join("elsewhere/link.h5")).unwrap();
    let output = backburn(here.path(), &["train", "elsewhere/link.h5", "--epochs", "1", "--hidden", "4"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn groups_that_hold_each_other_are_entered_once() {
    let here = folder();
    let path = here.path().join("cycle.h5");
    sound(&path, 40);
    let file = hdf5::File::append(&path).unwrap();
    let names = ["a", "b", "c"];
    for name in names {
        file.create_group(name).unwrap();
    }
    for (outer, inner) in names.iter().flat_map(|outer| names.map(|inner| (*outer, inner))) {
        file.link_hard(&format!("/{inner}"), &format!("/{outer}/{inner}")).unwrap();
    }
    drop(file);
    let begun = Instant::now();
    let found = json(&backburn(here.path(), &["inspect", "cycle.h5", "--json"]));
    assert_eq!(found["arrays"].as_array().unwrap().len(), 2);
    assert!(begun.elapsed() < Duration::from_secs(300), "{:?}", begun.elapsed());
}

#[test]
fn strings_that_were_never_stored_take_no_memory() {
    let here = folder();
    let path = here.path().join("strings.h5");
    let rows = 60_000_000;
    write_hdf5(&path, |file| {
        let chunked = |kind: hdf5::types::TypeDescriptor, name: &str| {
            file.new_dataset_builder().empty_as(&kind).shape(rows).chunk(1 << 20).create(name).unwrap();
        };
        chunked(hdf5::types::TypeDescriptor::Integer(hdf5::types::IntSize::U1), "x_train");
        chunked(hdf5::types::TypeDescriptor::FixedAscii(1), "y_train");
    });
    assert!(std::fs::metadata(&path).unwrap().len() < 100_000);
    let output = backburn(here.path(), &["train", "strings.h5"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    let why = ["less is stored than its shape declares", "MB of memory"]; // which of the two depends on what is free
    assert!(why.iter().any(|why| told.contains(why)), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_child_is_confined_where_the_kernel_can() {
    let here = folder();
    let told = json(&backburn(here.path(), &["devices", "--json"]));
    let held: Vec<&str> = told["hdf5"].as_array().unwrap().iter().filter_map(|word| word.as_str()).collect();
    assert!(held.contains(&"processor time") && held.contains(&"memory"), "{held:?}");
    assert!(held.iter().any(|word| word.contains("seccomp") && !word.starts_with("not")), "{held:?}");
}

#[test]
fn a_child_that_is_asked_nonsense_or_left_alone_ends() {
    use std::io::Write;
    let here = folder();
    sound(&here.path().join("sound.h5"), 40);
    for said in [&b""[..], b"nonsense that is no frame at all, but long enough to be taken for the length of one"] {
        let mut child = command(here.path(), &["hdf5-child", "sound.h5"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(said).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    }
}
