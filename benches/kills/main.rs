//! What kills and faults do to the work: `cargo bench --bench kills -- [--count N] [--seed S] [WORD…]`.
//!
//! Every command that writes is disturbed N times by each disturbance whose name contains a WORD, and then repeated or
//! resumed without one. `kill` is SIGKILL at a random moment, up to three times in a row; `signal` is SIGINT, SIGTERM or
//! SIGHUP; `full` is a disk that takes no more bytes from some write on, `sync` one that can no longer be flushed and
//! `read` a read that fails, by a small library that stands before the system's (Linux on x86-64, built with `rustc`);
//! `cut` is a data file that loses its second half while it is streamed. What is counted: what differs from the
//! undisturbed result in the end (weights, journal, metrics, checkpoint, outputs, byte for byte), files that carry a
//! final name and are not whole, ends by another signal than the one sent, panics, and exit codes that say that all is
//! well when something is missing.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod cases;
mod fault;

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use cases::{CASES, Case};
use fault::{DISTURBANCES, Disturbance};

/// What came of one case under one disturbance.
#[derive(Default)]
pub struct Tally {
    disturbed: usize,
    in_time: usize,
    differ: usize,
    torn: usize,
    died: usize,
    lied: usize,
}

/// A place in which commands run.
pub struct Place {
    /// The folder with the inputs.
    pub folder: PathBuf,
    /// The library that stands before the system's, if it could be built.
    pub shim: Option<PathBuf>,
}

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (count, seed) = (number(&mut args, "--count", 10), number(&mut args, "--seed", 0));
    let root = tempfile::tempdir().expect("a temporary folder");
    let place = Place { folder: root.path().to_path_buf(), shim: fault::shim(root.path()) };
    cases::inputs(&place);
    println!("| command | disturbance | runs | disturbed in time | differ in the end | torn files | died | lied |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    for case in &CASES {
        let whole = place.folder.join("whole");
        let start = Instant::now();
        let status = finish(&mut place.start(case.first, &whole, &[]));
        assert!(status.success(), "{} runs undisturbed", case.name);
        let length = start.elapsed();
        for disturbance in
            DISTURBANCES.iter().filter(|d| args.is_empty() || args.iter().any(|word| d.name.contains(word.as_str())))
        {
            if disturbance.needs_shim && place.shim.is_none() || disturbance.streams && !case.streams {
                continue;
            }
            let mut tally = Tally::default();
            for _ in 0..count {
                place.disturb(case, disturbance, length, &mut generator, &mut tally);
            }
            let Tally { disturbed, in_time, differ, torn, died, lied } = tally;
            println!(
                "| {} | {} | {disturbed} | {in_time} | {differ} | {torn} | {died} | {lied} |",
                case.name, disturbance.name
            );
        }
        let _ = std::fs::remove_dir_all(whole);
    }
}

impl Place {
    /// Starts `args` in the folder `at`, which is made with the inputs in it if need be.
    fn start(&self, args: &[&str], at: &Path, environment: &[(&str, String)]) -> Child {
        if !at.exists() {
            std::fs::create_dir(at).expect("room");
            for name in cases::INPUTS {
                std::fs::hard_link(self.folder.join(name), at.join(name)).expect("room");
            }
            cases::copy(&self.folder.join("model"), &at.join("model"));
        }
        let errors = std::fs::File::create(at.join("stderr")).expect("room");
        let mut command = Command::new(env!("CARGO_BIN_EXE_backburn"));
        command.current_dir(at).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        command.envs(environment.iter().map(|(name, value)| (name, value))).spawn().expect("the program starts")
    }

    /// Disturbs one run of a case, lets it end, and compares.
    fn disturb(&self, case: &Case, kind: &Disturbance, length: Duration, random: &mut ChaCha8Rng, tally: &mut Tally) {
        let at = self.folder.join("disturbed");
        let _ = std::fs::remove_dir_all(&at);
        let (mut args, mut hit) = (case.first, false);
        for _ in 0..random.random_range(1..=kind.repeats) {
            let mut child = self.start(args, &at, &self.environment(kind, random));
            if kind.streams {
                cases::own_copy(&at.join("problem.h5"));
            }
            let moment = length.mul_f64(random.random_range(0.0..1.05));
            let sent = (kind.act)(&mut child, &at, moment, random);
            let status = finish(&mut child);
            hit |= !status.success();
            tally.died += usize::from(status.signal().is_some_and(|signal| Some(signal) != sent) || panicked(&at));
            tally.torn +=
                case.products.iter().filter(|name| !case.whole(&at, &self.folder.join("whole"), name)).count();
            let missing = case.products.iter().any(|name| !same(&at, &self.folder.join("whole"), name));
            tally.lied += usize::from(status.success() && missing);
            args = case.again(&at);
        }
        if kind.streams {
            let _ = std::fs::remove_file(at.join("problem.h5"));
            std::fs::hard_link(self.folder.join("problem.h5"), at.join("problem.h5")).expect("room");
        }
        let status = finish(&mut self.start(args, &at, &[]));
        let equal = case.products.iter().all(|name| same(&at, &self.folder.join("whole"), name));
        let swept = !left_over(&at.join("run"));
        if !(status.success() && equal && swept) {
            let text = std::fs::read_to_string(at.join("stderr")).unwrap_or_default();
            let other: Vec<_> =
                case.products.iter().filter(|name| !same(&at, &self.folder.join("whole"), name)).collect();
            println!("{} after {}: {status}, {other:?} differ, swept: {swept}: {}", case.name, kind.name, text.trim());
        }
        tally.disturbed += 1;
        tally.in_time += usize::from(hit);
        tally.differ += usize::from(!(status.success() && equal && swept));
    }

    /// The variables that tell the library before the system's when to fail.
    fn environment(&self, kind: &Disturbance, random: &mut ChaCha8Rng) -> Vec<(&'static str, String)> {
        match &self.shim {
            Some(shim) if kind.needs_shim => vec![
                ("LD_PRELOAD", shim.display().to_string()),
                ("FAULT_KIND", kind.name.to_string()),
                ("FAULT_AT", (2.0f64.powf(random.random_range(0.0..kind.calls)) as u64).to_string()),
            ],
            _ => Vec::new(),
        }
    }
}

/// Waits for a command, at most two minutes.
fn finish(child: &mut Child) -> ExitStatus {
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        match child.try_wait().expect("a child") {
            Some(status) => return status,
            None if Instant::now() > end => {
                let _ = child.kill();
                return child.wait().expect("a child");
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Whether the product `name` is there, and as it is in `whole`.
pub fn same(at: &Path, whole: &Path, name: &str) -> bool {
    let read = |folder: &Path| std::fs::read(folder.join(name)).ok();
    read(at).is_some_and(|bytes| Some(bytes) == read(whole))
}

fn panicked(at: &Path) -> bool {
    std::fs::read_to_string(at.join("stderr")).is_ok_and(|text| text.contains("panicked"))
}

/// Whether a run folder holds files that were in the making.
fn left_over(run: &Path) -> bool {
    let entries = std::fs::read_dir(run).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| {
        entry.file_name().to_string_lossy().starts_with(".backburn-")
            || entry.path().is_dir() && left_over(&entry.path())
    })
}

/// Takes `name NUMBER` out of the arguments.
fn number(args: &mut Vec<String>, name: &str, standard: u64) -> u64 {
    let Some(place) = args.iter().position(|arg| arg == name) else { return standard };
    let value = args.get(place + 1).and_then(|text| text.parse().ok()).expect("a number");
    args.drain(place..place + 2);
    value
}
