//! The design, kept true: imports go down, one room prints, one file exits.

use std::path::{Path, PathBuf};

/// Rooms by floor, from the ground up.
const FLOORS: [&[&str]; 9] = [
    &["error", "share", "simd", "words"],
    &["device"],
    &["data", "model", "numerics"],
    &["learner", "evaluate", "journal"],
    &["setup"],
    &["diagnose", "lr_range"],
    &["train", "import", "gradcheck"],
    &["report", "export"],
    &["cli"],
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_none_or(|e| e != "rs") => {}
                path => {
                    let text = std::fs::read_to_string(&path).unwrap();
                    found.push((path.strip_prefix(&root).unwrap().to_path_buf(), text));
                }
            }
        }
    }
    found
}

fn room(path: &Path) -> String {
    let first = path.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_string()
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn imports_go_down() {
    let mut seen = 0;
    for (path, text) in sources() {
        if ["lib", "main"].contains(&room(&path).as_str()) {
            continue;
        }
        let here = floor(&room(&path)).unwrap_or_else(|| panic!("{} is on no floor", path.display()));
        for name in text
            .split("crate::")
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        {
            let Some(there) = floor(name) else { continue };
            assert!(there < here || name == room(&path), "{} imports {name}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} imports were seen");
}

#[test]
fn outside_crates_stay_behind_their_doors() {
    for (path, text) in sources() {
        let name = path.to_str().unwrap();
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let only = |word: &str, homes: &[&str]| {
            assert!(!code.contains(word) || homes.iter().any(|home| name.starts_with(home)), "{name} says {word}");
        };
        only("clap::", &["cli", "main.rs"]);
        only("use hdf5::", &["data/hdf5.rs", "data/hdf5/", "export/hdf5.rs"]);
        only("println!", &[]);
        only("writeln!(std::io::std", &["cli/print.rs"]);
        only("process::exit", &["main.rs"]);
        assert!(!name.starts_with("numerics") || !code.contains("burn::"), "{name} knows Burn");
    }
}

#[test]
fn files_open_with_what_they_are_and_stay_small() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
        let code = text.lines().filter(|l| !l.trim().is_empty() && !l.trim_start().starts_with("//")).count();
        assert!(code <= 300, "{} has {code} lines of code", path.display());
    }
}
