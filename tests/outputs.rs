//! Nothing that a person has is overwritten: not without being asked, and no input ever.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::shell::{backburn, command, folder, refused};

const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5");

/// A folder with `data.h5`, `table.csv` and the short run `run`.
fn place() -> tempfile::TempDir {
    let folder = folder();
    let at = folder.path();
    std::fs::copy(DIGITS, at.join("data.h5")).unwrap();
    std::fs::write(at.join("table.csv"), "a,b,class\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n").unwrap();
    let run = backburn(at, &["train", "-q", "data.h5", "--epochs", "1", "--hidden", "4", "--run", "run"]);
    assert!(run.status.success());
    folder
}

/// Each way to write a file: the arguments, the flag that names the file, and what it reads.
const WAYS: [(&[&str], &str, &str); 8] = [
    (&["predict", "run", "data.h5"], "-o", "data.h5"),
    (&["predict", "run", "data.h5"], "-o", "run/best.safetensors"),
    (&["predict", "run", "data.h5", "--format", "hdf5"], "-o", "data.h5"),
    (&["inspect", "data.h5"], "--png", "data.h5"),
    (&["lr-range", "data.h5", "--hidden", "4"], "--svg", "data.h5"),
    (&["export", "run", "--format", "safetensors"], "-o", "run/best.safetensors"),
    (&["import", "table.csv"], "-o", "table.csv"),
    (&["gradcheck", "--from", "data.h5"], "--probe", "data.h5"),
];

fn run(at: &Path, way: &[&str], more: &[&str]) -> Output {
    backburn(at, &[way, more].concat())
}

fn left(at: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(at).unwrap().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn an_existing_file_stays_unless_overwrite_is_given() {
    let folder = place();
    let at = folder.path();
    for (way, flag, _) in WAYS {
        std::fs::write(at.join("mine"), "mine").unwrap();
        refused(&run(at, way, &[flag, "mine"]), 2, &["`mine` exists", "--overwrite"]);
        assert_eq!(std::fs::read_to_string(at.join("mine")).unwrap(), "mine", "{way:?}");
        let written = run(at, way, &[flag, "mine", "--overwrite"]);
        assert!(written.status.success(), "{way:?}: {}", String::from_utf8_lossy(&written.stderr));
        assert_ne!(std::fs::read(at.join("mine")).unwrap(), b"mine", "{way:?}");
    }
    assert_eq!(left(at), ["data.h5", "mine", "run", "table.csv"], "and no file in the making is left");
}

#[test]
#[cfg(unix)]
fn an_input_is_never_written_over_by_whatever_name() {
    let folder = place();
    let at = folder.path();
    for (way, flag, input) in WAYS {
        let before = std::fs::read(at.join(input)).unwrap();
        std::os::unix::fs::symlink(at.join(input), at.join("symbolic")).unwrap();
        std::os::unix::fs::symlink("symbolic", at.join("twice")).unwrap();
        std::fs::hard_link(at.join(input), at.join("hard")).unwrap();
        let absolute = at.join(input).to_str().unwrap().to_string();
        let around = format!("./run/../{input}");
        for name in [input, "symbolic", "twice", "hard", &absolute, &around] {
            for more in [&[flag, name][..], &[flag, name, "--overwrite"]] {
                refused(&run(at, way, more), 2, &["no input is written over", name, "choose another"]);
                assert!(std::fs::read(at.join(input)).unwrap() == before, "{way:?} {name}");
            }
        }
        ["symbolic", "twice", "hard"].iter().for_each(|name| std::fs::remove_file(at.join(name)).unwrap());
    }
    // What a command reads beside its main file is an input too.
    std::fs::write(at.join("knobs.toml"), "hidden = [4]\n").unwrap();
    let others: [(&[&str], &str); 4] = [
        (&["lr-range", "--config", "knobs.toml", "--svg"], "knobs.toml"),
        (&["lr-range", "--from", "run", "--svg"], "run/best.safetensors"),
        (&["lr-range", "data.h5", "--test", "table.csv", "--svg"], "table.csv"),
        (&["import", "data.h5", "--labels", "table.csv", "-o"], "table.csv"),
    ];
    for (way, input) in others {
        refused(&run(at, way, &[input, "--overwrite"]), 2, &["no input is written over", input]);
    }
    // A run is not replaced by one that reads it.
    for (flag, input) in [("--config", "run/config.toml"), ("--from", "run/last.safetensors"), ("--from", "run")] {
        let train = backburn(at, &["train", "-q", "data.h5", flag, input, "--run", "run", "--overwrite"]);
        refused(&train, 2, &[input, "--overwrite", "choose another --run"]);
        assert!(at.join("run/best.safetensors").exists());
    }
}

#[test]
#[cfg(unix)]
fn the_data_of_a_run_is_never_written_over_where_the_run_is_named() {
    let folder = place();
    let at = folder.path();
    std::fs::write(at.join("sweep.toml"), "data = [\"data.h5\"]\n[knobs]\nepochs = 1\nhidden = [4]\n").unwrap();
    for verb in [&["sweep", "plan", "sweep.toml"], &["sweep", "run", "sweep.jsonl"]] {
        assert!(backburn(at, verb).status.success());
    }
    std::fs::copy(DIGITS, at.join("other.h5")).unwrap();
    std::os::unix::fs::symlink("data.h5", at.join("page.html")).unwrap();
    let before = std::fs::read(at.join("data.h5")).unwrap();
    let ways: [(&[&str], &str); 8] = [
        (&["report", "run"], "-o"),
        (&["report", "run", "run"], "-o"),
        (&["export", "run", "--format", "hdf5"], "-o"),
        (&["export", "run/last.safetensors", "--format", "hdf5"], "-o"),
        (&["predict", "run", "other.h5", "--format", "hdf5"], "-o"),
        (&["lr-range", "other.h5", "--from", "run"], "--svg"),
        (&["sweep", "plan", "sweep.toml"], "-o"),
        (&["sweep", "collect", "sweep.jsonl"], "--best"),
    ];
    for (way, flag) in ways {
        for name in ["data.h5", "page.html"] {
            refused(&run(at, way, &[flag, name, "--overwrite"]), 2, &["no input is written over", name]);
            assert!(std::fs::read(at.join("data.h5")).unwrap() == before, "{way:?} {name}");
        }
    }
    // A run of a version that wrote down no data says it in its configuration.
    std::fs::remove_file(at.join("run/data.toml")).unwrap();
    refused(&run(at, &["report", "run"], &["-o", "data.h5", "--overwrite"]), 2, &["no input is written over"]);
}

#[test]
#[cfg(unix)]
fn standard_output_is_an_output_like_any_other() {
    let folder = place();
    let at = folder.path();
    let predict = ["predict", "run", "data.h5"];
    let plain = run(at, &predict, &[]).stdout;
    assert!(plain.starts_with(b"row,class,"));
    for name in ["-", "/dev/stdout"] {
        assert!(run(at, &predict, &["-o", name]).stdout == plain, "{name}");
    }
    assert!(run(at, &["inspect", "data.h5", "--json"], &["--png", "-"]).stdout.windows(4).any(|w| w == b"\x89PNG"));
    refused(&run(at, &predict, &["-o", "-", "--format", "hdf5"]), 2, &["HDF5", "stdout"]);
    refused(&run(at, &predict, &["-o", "sheet.xlsx"]), 2, &["sheet.xlsx", "unknown ending", ".csv"]);
    refused(&run(at, &["export", "run", "--format", "npz"], &["-o", "-"]), 2, &["stdout", "--output"]);
    assert_eq!(
        run(at, &["export", "run", "--format", "safetensors"], &["-o", "-"]).stdout,
        std::fs::read(at.join("run/best.safetensors")).unwrap()
    );
    let size = at.join("data.h5").metadata().unwrap().len();
    let onto = std::fs::OpenOptions::new().append(true).open(at.join("data.h5")).unwrap();
    let mut appending = command(at, &predict);
    let appended = appending.stdout(onto).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    refused(&appended, 2, &["no input is written over"]);
    assert_eq!(at.join("data.h5").metadata().unwrap().len(), size);
}

#[test]
#[cfg(unix)]
fn pipes_and_devices_take_every_kind_of_output_and_stay_what_they_are() {
    use std::os::unix::fs::FileTypeExt;
    let folder = place();
    let at = folder.path();
    for (way, flag, _) in WAYS {
        let pipe = at.join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
        let written = run(at, way, &[flag, "pipe"]);
        assert!(written.status.success(), "{way:?}: {}", String::from_utf8_lossy(&written.stderr));
        assert!(!reader.wait_with_output().unwrap().stdout.is_empty(), "{way:?}");
        assert!(pipe.metadata().unwrap().file_type().is_fifo(), "{way:?}");
        std::fs::remove_file(pipe).unwrap();
        assert!(run(at, way, &[flag, "/dev/null"]).status.success(), "{way:?}");
        assert!(Path::new("/dev/null").metadata().unwrap().file_type().is_char_device(), "{way:?}");
    }
}

#[test]
fn what_cannot_be_written_is_said_before_the_work_and_leaves_nothing() {
    let folder = place();
    let at = folder.path();
    std::fs::create_dir(at.join("there")).unwrap();
    for (way, flag, _) in WAYS {
        refused(&run(at, way, &[flag, "there"]), 2, &["is a folder", "there"]);
    }
    // The work itself fails: rows of another width, no images, no rate, no table.
    std::fs::write(at.join("words.csv"), "a,b\nx\n").unwrap();
    backburn(at, &["import", "table.csv"]);
    let failing: [(&[&str], i32); 4] = [
        (&["predict", "run", "table.hdf5", "-o", "new/file"], 3),
        (&["inspect", "table.hdf5", "--png", "new/file"], 3),
        (&["lr-range", "table.hdf5", "--from", "run", "--svg", "new/file"], 3),
        (&["import", "words.csv", "-o", "new/file"], 3),
    ];
    for (way, code) in failing {
        let output = run(at, way, &[]);
        refused(&output, code, &[]);
        assert_eq!(left(&at.join("new")), Vec::<String>::new(), "{way:?}");
    }
}

#[test]
#[cfg(unix)]
fn an_interrupted_output_leaves_the_old_file_and_nothing_beside_it() {
    let folder = place();
    let at = folder.path();
    std::fs::write(at.join("old.svg"), "old").unwrap();
    let slow = ["lr-range", "data.h5", "--hidden", "2000,2000", "--svg", "old.svg", "--overwrite"];
    let mut child = command(at, &slow).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let making = |names: Vec<String>| names.into_iter().any(|name| name.starts_with(".backburn-"));
    let begun = std::time::Instant::now();
    while !making(left(at)) {
        assert!(begun.elapsed().as_secs() < 60, "no file in the making appeared");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!making(left(at)));
    assert_eq!(std::fs::read_to_string(at.join("old.svg")).unwrap(), "old");
}

#[test]
#[cfg(unix)]
fn a_file_keeps_its_permissions_when_it_is_replaced_and_a_new_one_gets_the_usual() {
    use std::os::unix::fs::PermissionsExt;
    let folder = place();
    let at = folder.path();
    let mode = |name: &str| at.join(name).metadata().unwrap().permissions().mode() & 0o777;
    std::fs::write(at.join("private.csv"), "").unwrap();
    std::fs::set_permissions(at.join("private.csv"), PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(at.join("usual"), "").unwrap();
    assert!(run(at, &["predict", "run", "data.h5"], &["-o", "private.csv", "--overwrite"]).status.success());
    assert!(run(at, &["predict", "run", "data.h5"], &["-o", "new.csv"]).status.success());
    assert!(run(at, &["predict", "run", "data.h5"], &["-o", "new.h5"]).status.success());
    assert_eq!((mode("private.csv"), mode("new.csv"), mode("new.h5")), (0o600, mode("usual"), mode("usual")));
}

#[test]
#[cfg(unix)]
fn a_link_that_leads_nowhere_yet_is_written_through() {
    let folder = place();
    let at = folder.path();
    std::fs::create_dir(at.join("elsewhere")).unwrap();
    let target: PathBuf = at.join("elsewhere/new.csv");
    std::os::unix::fs::symlink("elsewhere/new.csv", at.join("link.csv")).unwrap();
    assert!(run(at, &["predict", "run", "data.h5"], &["-o", "link.csv"]).status.success());
    assert!(at.join("link.csv").is_symlink() && target.is_file());
}

#[test]
fn the_lines_of_a_run_fit_a_terminal_and_name_what_comes_next() {
    let folder = folder();
    let output = backburn(folder.path(), &["train", "--epochs", "1000", "--patience", "2", "--run", "run"]);
    let told = String::from_utf8(output.stderr).unwrap();
    let epochs: Vec<&str> = told.lines().filter(|line| line.contains("rows/s")).collect();
    assert!(epochs.len() > 2 && epochs.iter().all(|line| line.chars().count() <= 80), "{told}");
    assert!(epochs[0].starts_with("1/1000*") && told.contains("* the best so far"), "{told}");
    assert!(told.contains("next: backburn predict run FILE") && told.contains("backburn diagnose run"), "{told}");
}

#[test]
fn the_program_alone_says_what_to_do_first_and_every_command_has_a_manual_page() {
    let folder = folder();
    let first = backburn(folder.path(), &[]);
    let said = String::from_utf8(first.stdout).unwrap();
    assert!(first.status.success() && said.contains("backburn train FILE.h5") && said.lines().count() <= 10, "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
    let verbs = ["train", "evaluate", "predict", "inspect", "import", "export", "gradcheck", "devices", "lr-range"];
    for verb in [&verbs[..], &["diagnose", "completions", "man"]].concat() {
        let page = backburn(folder.path(), &["man", verb]);
        let text = String::from_utf8(page.stdout).unwrap();
        assert!(page.status.success() && text.contains(".SH SYNOPSIS") && text.contains(verb), "{verb}: {text}");
    }
    refused(&backburn(folder.path(), &["man", "nothing"]), 2, &["no command `nothing`"]);
    let help = String::from_utf8(backburn(folder.path(), &["train", "--help"]).stdout).unwrap();
    assert!(help.contains("[env: BACKBURN_RATE]"), "{help}");
}

#[test]
fn names_in_a_file_do_not_steer_the_terminal() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("names.csv"), "a,b,label\n1,2,\u{1b}[2Jdog\n3,4,cat\u{7}\n").unwrap();
    assert!(backburn(at, &["import", "names.csv", "-o", "names.h5"]).status.success());
    let output = backburn(at, &["inspect", "names.h5"]);
    let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(shown.contains("dog") && !shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
}
