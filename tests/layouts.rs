//! HDF5 as other people write it: codecs that HDF5 does not have, and numbers that lie in other files.

use std::path::{Path, PathBuf};

use super::shell::{backburn, folder, json, refused};
use backburn::data::{DataFile, Labels};

/// A file of `tests/layouts`.
fn at(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layouts").join(name)
}

#[test]
fn codecs_of_other_people_are_read_as_h5py_reads_them() {
    let file = DataFile::open(&at("codecs.h5")).unwrap();
    let whole = |name: &str| file.features(&file.array(name).unwrap()).unwrap().whole().unwrap();
    let (truth, noise) = (whole("truth"), whole("noise"));
    let mut seen = 0;
    for array in file.arrays().iter().filter(|array| !array.name.starts_with("refused/")) {
        let want = if array.name.starts_with("noise") { &noise } else { &truth };
        assert_eq!(file.features(array).unwrap().whole().unwrap(), *want, "{}", array.name);
        // Labels go through the HDF5 library, to which the codecs are lent.
        let Labels::Numbers(labels) = file.labels(array, 1 << 20).unwrap() else { panic!("{}", array.name) };
        assert_eq!(labels.iter().map(|&v| v as f32).collect::<Vec<_>>(), *want, "{}", array.name);
        seen += 1;
    }
    assert!(seen > 25, "only {seen} data sets");
}

#[test]
fn a_codec_that_cannot_be_undone_is_named_with_what_to_do() {
    let file = DataFile::open(&at("codecs.h5")).unwrap();
    for (name, number) in [("bzip2", 307), ("blosc2", 32026), ("zfp", 32013), ("sz3", 32024), ("szip", 4)] {
        let array = file.array(&format!("refused/{name}")).unwrap();
        let error = file.features(&array).err().unwrap();
        assert_eq!(error.code(), 3);
        let told = error.to_string();
        assert!(told.contains(&format!("{name} (filter {number})")) && told.contains("h5repack -f GZIP=4"), "{told}");
        assert_eq!(told.contains("hdf5plugin"), name != "szip", "{told}");
    }
}

/// What a training says of a file, which is the same for the same rows.
fn trained(file: &str, more: &[&str]) -> serde_json::Value {
    let folder = folder();
    let path = at("elsewhere").join(file);
    let args = [&["train", path.to_str().unwrap(), "-q", "--json", "--epochs", "1", "--hidden", "4"], more].concat();
    let told = json(&backburn(folder.path(), &args));
    assert!(told["train"]["loss"].is_number(), "{file}: {told}");
    told["train"].clone()
}

#[test]
fn numbers_in_other_files_of_the_folder_are_read() {
    let truth = trained("named.h5", &["--x", "inner/data", "--y", "inner/target"]);
    for file in ["virtual.h5", "links.h5", "group.h5", "parts.h5", "raw.h5"] {
        assert_eq!(trained(file, &[]), truth, "{file}");
    }
}

#[test]
fn a_part_that_is_missing_or_outside_the_folder_is_named() {
    let here = folder();
    let cases: [(&str, &[&str]); 9] = [
        ("missing.h5", &["`gone.h5`, which is not there", "copy that file"]),
        ("missing-set.h5", &["`gone` of `a.h5`"]),
        ("missing-link.h5", &["`x_test` is a link to `gone.h5`, which is not there"]),
        ("outside.h5", &["`../codecs.h5`", "outside the folder", "h5repack"]),
        ("outside-link.h5", &["`x_train` is a link to `../codecs.h5`", "outside the folder", "h5py"]),
        ("outside-raw.h5", &["`../codecs.h5`", "outside the folder", "h5repack"]),
        ("short-raw.h5", &["less is stored than its shape declares"]),
        ("short.h5", &["`x` of `a.h5`", "too little"]),
        ("circle.h5", &["made of others"]),
    ];
    for (file, words) in cases {
        let path = at("elsewhere").join(file);
        refused(&backburn(here.path(), &["train", path.to_str().unwrap()]), 3, &[words, &[file]].concat());
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_folder_does_not_lead_out_of_it() {
    let here = folder();
    let inner = here.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    for name in ["virtual.h5", "a.h5"] {
        std::fs::copy(at("elsewhere").join(name), inner.join(name)).unwrap();
    }
    std::fs::create_dir(inner.join("below")).unwrap();
    std::fs::copy(at("elsewhere/below/b.h5"), here.path().join("secret.h5")).unwrap();
    std::os::unix::fs::symlink("../../secret.h5", inner.join("below/b.h5")).unwrap();
    refused(&backburn(here.path(), &["train", "inner/virtual.h5"]), 3, &["`below/b.h5`", "secret.h5", "outside"]);
    std::fs::rename(here.path().join("secret.h5"), inner.join("moved.h5")).unwrap();
    std::fs::remove_file(inner.join("below/b.h5")).unwrap();
    std::os::unix::fs::symlink("../moved.h5", inner.join("below/b.h5")).unwrap();
    let output = backburn(here.path(), &["train", "inner/virtual.h5", "-q", "--epochs", "1"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_program_without_the_child_follows_nothing() {
    for name in ["virtual.h5", "links.h5", "raw.h5"] {
        let file = DataFile::open(&at("elsewhere").join(name)).unwrap();
        let array = file.array("x_train").unwrap();
        let told = file.features(&array).err().unwrap().to_string();
        assert!(told.contains("another file") && told.contains("h5py"), "{name}: {told}");
    }
}

#[test]
fn a_file_that_its_writer_left_open_is_told_with_the_way_to_close_it() {
    let here = folder();
    let path = at("elsewhere/crashed.h5");
    refused(&backburn(here.path(), &["train", path.to_str().unwrap()]), 3, &["left open", "h5clear -s"]);
}
