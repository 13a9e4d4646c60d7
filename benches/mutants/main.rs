//! What damaged HDF5 files do to the program: `cargo bench --bench mutants -- [--count N] [--seed S] FILE…`.
//!
//! `make.py` writes small files with every structure of the format. Most of the time goes into flushing the run that
//! `train` writes, so set TMPDIR to a folder in memory. BACKBURN names another program than the one that was just built.
//!
//! Every mutant is a copy of one of the files with one to three bytes of its metadata changed. Most structures of newer
//! files carry a checksum, which the library verifies before it looks at anything else; it is repaired after the change,
//! so that the change itself is reached. Each mutant is given to the real program, as it is installed: to `inspect`, which
//! looks at everything in a file, and to one of the other verbs in turn. What must never happen is counted: an end by
//! a signal, a panic, another exit code than 0, 2, 3 and 4, more than ten seconds of processor time, more than two
//! gigabytes of memory. Mutants that do it are kept in `target/mutants`.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod checksum;
mod mutate;

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use mutate::Original;

/// Seconds of processor time that a command and its child may take together.
const SECONDS: f64 = 10.0;
/// Bytes that each of them may have resident.
const MEMORY: i64 = 2 << 30;
/// The verbs, with what stands before and behind the file.
const VERBS: [(&str, &[&str], &[&str]); 7] = [
    ("inspect", &["inspect"], &[]),
    ("train", &["train"], &TRAINED),
    ("train --from", &["train", "--from", "model.safetensors"], &TRAINED),
    ("gradcheck", &["gradcheck"], &[]),
    ("evaluate", &["evaluate", "model.safetensors"], &[]),
    ("predict", &["predict", "model.safetensors"], &["-o", "predictions.csv", "--overwrite"]),
    ("import", &["import"], &["-o", "imported.h5", "--overwrite"]),
];
/// How `train` is called: a mutant is learned from for a moment.
const TRAINED: [&str; 10] = ["-q", "--epochs", "1", "--hidden", "4", "--threads", "1", "--run", "run", "--overwrite"];

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (count, seed) = (number(&mut args, "--count", 1000), number(&mut args, "--seed", 0));
    let originals: Vec<Original> = args.iter().filter_map(|path| Original::read(Path::new(path))).collect();
    assert!(!originals.is_empty(), "give HDF5 files to be mutated");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = std::env::var_os("BACKBURN").unwrap_or_else(|| env!("CARGO_BIN_EXE_backburn").into());
    let program = Path::new(&program);
    model(program, folder.path());
    // What files name that have rows elsewhere stands beside their mutants.
    for beside in args
        .iter()
        .filter_map(|path| Path::new(path).parent())
        .flat_map(|at| ["other.h5", "other.raw"].map(|name| at.join(name)))
    {
        if let Some(name) = beside.file_name().filter(|_| beside.is_file()) {
            std::fs::copy(&beside, folder.path().join(name)).expect("room for a file");
        }
    }
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut tally = [[0usize; 6]; VERBS.len()];
    let mut worst = (0.0f64, 0i64);
    for i in 0..count {
        let original = &originals[generator.random_range(0..originals.len())];
        let mutant = original.mutant(&mut generator);
        let path = folder.path().join("mutant.h5");
        std::fs::write(&path, &mutant).expect("room for a mutant");
        let turn = 1 + i as usize % (VERBS.len() - 1);
        for verb in [0, turn] {
            let (verb, tally) = (&VERBS[verb], &mut tally[verb]);
            let end = run(program, folder.path(), verb);
            worst = (worst.0.max(end.seconds), worst.1.max(end.memory));
            let kind = end.kind();
            tally[kind] += 1;
            if kind > 1 {
                let kept = keep(&mutant, verb.0, kind, i);
                println!(
                    "{} on {}: {:?}, {:.1} s, {} MB: {}",
                    verb.0,
                    original.name,
                    end.status,
                    end.seconds,
                    end.memory >> 20,
                    kept.display()
                );
            }
        }
    }
    println!("{count} mutants of {} files, seed {seed}", originals.len());
    println!(
        "| verb | exit 0 | exit 2, 3, 4 | another exit | signal or panic | over {SECONDS} s | over {} MB |",
        MEMORY >> 20
    );
    println!("|---|---|---|---|---|---|---|");
    for ((verb, ..), tally) in VERBS.iter().zip(&tally) {
        println!("| {verb} | {} |", tally.map(|n| n.to_string()).join(" | "));
    }
    println!("at most {:.1} s of processor time and {} MB", worst.0, worst.1 >> 20);
}

/// Takes `name NUMBER` out of the arguments.
fn number(args: &mut Vec<String>, name: &str, standard: u64) -> u64 {
    let Some(place) = args.iter().position(|arg| arg == name) else { return standard };
    let value = args.get(place + 1).and_then(|text| text.parse().ok()).expect("a number");
    args.drain(place..place + 2);
    value
}

/// Trains the model that `evaluate` is asked for.
fn model(program: &Path, folder: &Path) {
    let mut command = Command::new(program);
    command.current_dir(folder).args(["train", "-q", "--epochs", "1", "--hidden", "4", "--run", "model"]);
    assert!(command.status().is_ok_and(|status| status.success()), "the built-in digits are learned");
    std::fs::copy(folder.join("model/best.safetensors"), folder.join("model.safetensors")).expect("a model");
}

/// How a command ended, and what it took together with its child.
struct End {
    status: ExitStatus,
    panicked: bool,
    seconds: f64,
    memory: i64,
}

impl End {
    /// The column of the table.
    fn kind(&self) -> usize {
        match self.status.code() {
            _ if self.seconds > SECONDS => 4,
            _ if self.memory > MEMORY => 5,
            None | Some(101) => 3,
            _ if self.panicked => 3,
            Some(0) => 0,
            Some(2..=4) => 1,
            Some(_) => 2,
        }
    }
}

/// Runs one verb on the mutant; after thrice the time allowed the kernel ends it, whether it works or waits.
fn run(program: &Path, folder: &Path, (_, before, behind): &(&str, &[&str], &[&str])) -> End {
    let errors = folder.join("stderr");
    let mut command = Command::new(program);
    command.current_dir(folder).args(*before).arg("mutant.h5").args(*behind).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(std::fs::File::create(&errors).expect("a file"));
    let limit = libc::rlimit { rlim_cur: 3 * SECONDS as u64, rlim_max: 3 * SECONDS as u64 };
    // SAFETY: the pointer is to a value that lives in the closure.
    let limited = move || match unsafe { libc::setrlimit(libc::RLIMIT_CPU, &limit) } {
        0 => {
            // SAFETY: it takes a number of seconds and touches no memory.
            unsafe { libc::alarm(3 * SECONDS as u32) };
            Ok(())
        }
        _ => Err(std::io::Error::last_os_error()),
    };
    // SAFETY: setrlimit and alarm may be called between fork and exec, and the limit lives in the closure.
    unsafe { command.pre_exec(limited) };
    #[allow(clippy::zombie_processes, reason = "wait4 waits for it, and says what it has used too")]
    let child = command.spawn().expect("the program starts");
    // SAFETY: it is made of numbers, and zero is a value of each.
    let (mut status, mut usage) = (0, unsafe { std::mem::zeroed::<libc::rusage>() });
    // SAFETY: the child is this process's own and nobody else waits for it; both pointers are to live values. What the
    // child itself has waited for, the process that reads HDF5, is in `usage` too.
    unsafe { libc::wait4(child.id() as i32, &mut status, 0, &mut usage) };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    End {
        status: ExitStatus::from_raw(status),
        panicked: std::fs::read_to_string(errors).is_ok_and(|text| text.contains("panicked")),
        seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        memory: usage.ru_maxrss * 1024,
    }
}

/// Keeps a mutant that did what must not happen.
fn keep(mutant: &[u8], verb: &str, kind: usize, number: u64) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/mutants");
    let path = folder.join(format!("{}-{kind}-{number}.h5", verb.replace(' ', "-")));
    std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, mutant)).expect("room to keep a mutant");
    path
}
