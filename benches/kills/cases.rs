//! The commands that write, and their inputs.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use super::{Place, same};

/// A command that writes.
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// Its arguments.
    pub first: &'static [&'static str],
    /// The arguments with which it goes on; none if it is repeated.
    pub resume: Option<&'static [&'static str]>,
    /// What it writes that must be equal in the end.
    pub products: &'static [&'static str],
    /// Whether it streams problem.h5.
    pub streams: bool,
}

const RUN: &[&str] =
    &["run/best.safetensors", "run/last.safetensors", "run/journal.jsonl", "run/metrics.csv", "run/checkpoint"];
const RESUME: Option<&[&str]> = Some(&["train", "-q", "--resume", "run"]);

/// The commands.
pub const CASES: [Case; 7] = [
    Case {
        name: "train",
        first: &["train", "-q", "--epochs", "60", "--hidden", "32", "--memory", "1G", "--run", "run"],
        resume: RESUME,
        products: RUN,
        streams: false,
    },
    Case {
        name: "train from a stream",
        first: &["train", "problem.h5", "-q", "--epochs", "2", "--hidden", "64", "--memory", "4M", "--run", "run"],
        resume: RESUME,
        products: RUN,
        streams: true,
    },
    Case {
        name: "train an ensemble",
        first: &[
            "train",
            "-q",
            "--epochs",
            "12",
            "--ensemble",
            "3",
            "--hidden",
            "32",
            "--memory",
            "1G",
            "--run",
            "run",
        ],
        resume: RESUME,
        products: &["run/1/best.safetensors", "run/2/checkpoint", "run/3/best.safetensors", "run/3/journal.jsonl"],
        streams: false,
    },
    Case {
        name: "train with repair",
        first: &[
            "train",
            "-q",
            "--rate",
            "5",
            "--schedule",
            "constant",
            "--epochs",
            "10",
            "--hidden",
            "32",
            "--on-trouble",
            "repair",
            "--memory",
            "1G",
            "--run",
            "run",
        ],
        resume: RESUME,
        products: RUN,
        streams: false,
    },
    Case {
        name: "import",
        first: &["import", "t.csv", "-q", "-o", "out.h5", "--overwrite"],
        resume: None,
        products: &["out.h5"],
        streams: false,
    },
    Case {
        name: "export",
        first: &["export", "model", "-q", "--format", "npz", "-o", "out.npz", "--overwrite"],
        resume: None,
        products: &["out.npz", "out_numpy.py"],
        streams: false,
    },
    Case {
        name: "predict",
        first: &["predict", "model", "problem.h5", "-q", "-o", "out.csv", "--overwrite"],
        resume: None,
        products: &["out.csv"],
        streams: false,
    },
];

/// The files that every command finds in its folder, beside the run `model`.
pub const INPUTS: [&str; 2] = ["problem.h5", "t.csv"];

/// Makes the inputs in the folder of `place`.
pub fn inputs(place: &Place) {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    let mut table = std::io::BufWriter::new(std::fs::File::create(place.folder.join("t.csv")).expect("room"));
    for row in 0..40_000 {
        let class = row % 10;
        let cells: Vec<String> =
            (0..64).map(|k| format!("{:.3}", next() + f32::from(u8::from(k % 10 == class)))).collect();
        writeln!(table, "{},{class}", cells.join(",")).expect("room");
    }
    drop(table);
    let run = |args: &[&str]| {
        let status = Command::new(env!("CARGO_BIN_EXE_backburn")).current_dir(&place.folder).args(args).status();
        assert!(status.is_ok_and(|status| status.success()), "{args:?}");
    };
    run(&["import", "t.csv", "-q", "-o", "problem.h5"]);
    run(&["train", "-q", "--epochs", "1", "--hidden", "256", "--run", "model"]);
}

/// Copies a folder of files.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("room");
    for entry in std::fs::read_dir(from).into_iter().flatten().flatten().filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("room");
    }
}

/// Gives a file that is shared by links bytes of its own.
pub fn own_copy(path: &Path) {
    let beside = path.with_extension("copy");
    let copied = std::fs::copy(path, &beside).and_then(|_| std::fs::rename(&beside, path));
    copied.expect("room for a copy");
}

impl Case {
    /// The arguments with which the command goes on in the folder `at` after a disturbance.
    pub fn again(&self, at: &Path) -> &'static [&'static str] {
        match self.resume {
            Some(resume) if at.join("run/config.toml").exists() => resume,
            Some(_) => {
                let _ = std::fs::remove_dir_all(at.join("run")); // nothing was done yet
                self.first
            }
            None => self.first,
        }
    }

    /// Whether the product `name`, which need not be there, is whole: a run's model or checkpoint can be read, its tables
    /// consist of lines, and an output is what it is to be in the end.
    pub fn whole(&self, at: &Path, reference: &Path, name: &str) -> bool {
        let path = at.join(name);
        match name.rsplit('.').next() {
            _ if !path.exists() => true,
            Some("safetensors") => backburn::model::Saved::read(&path).is_ok(),
            Some("jsonl") | Some("csv") if self.resume.is_some() => true, // appended to, and mended by --resume
            _ if name.ends_with("checkpoint") => backburn::learner::Checkpoint::place(&path).is_ok(),
            _ => same(at, reference, name),
        }
    }
}
