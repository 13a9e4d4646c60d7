//! What damaged files of every kind but HDF5 do to their readers: `cargo bench --bench parsers -- [--seconds S]
//! [--seed N] [WORD…]`.
//!
//! Every reader is called in this process with mutants of small sound files for so many seconds of processor time (not
//! of the clock, so that other work on the machine changes no figure); with WORDs those whose names hold one of them. A
//! mutant has bytes changed, cut out, doubled or put in, and numbers in it replaced by those at the edges; checksums and
//! lengths over the change are repaired, so that the change itself is reached. What must never happen is counted: a panic,
//! more than ten seconds for one file, more than half a gigabyte of memory. A file that ends the process (an abort, a
//! stack that overflows) is left in the folder that is named at the start. The readers of HDF5 have a benchmark of their
//! own, `mutants`, because there the whole program must be judged.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod corpus;
mod mutate;
mod readers;

use std::alloc::{GlobalAlloc, Layout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use readers::READERS;

/// Seconds of processor time that one file may take.
const SLOW: f64 = 10.0;
/// Bytes that may be in use while it is read.
const MEMORY: usize = 512 << 20;

/// The allocator of the program, which counts what is in use.
struct Counting(mimalloc::MiMalloc);

static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on; counting touches no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(used, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { self.0.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting(mimalloc::MiMalloc);

/// Where the last panic was.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// What happened to the mutants of one reader.
#[derive(Default)]
struct Tally {
    read: usize,
    refused: usize,
    panics: usize,
    slow: usize,
    large: usize,
    longest: f64,
    most: usize,
}

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (seconds, seed) = (number(&mut args, "--seconds", 10), number(&mut args, "--seed", 0));
    std::panic::set_hook(Box::new(|info| {
        *PANIC.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = info.to_string();
    }));
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    println!("files are read in {}", folder.display());
    println!(
        "| reader | files | read | refused | panics | over {SLOW} s | over {} MB | longest | most |",
        MEMORY >> 20
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let corpus = corpus::make(&folder);
    for reader in
        READERS.iter().filter(|reader| args.is_empty() || args.iter().any(|word| reader.name.contains(word.as_str())))
    {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let (mut tally, end) = (Tally::default(), processor() + seconds as f64);
        let sound = &corpus[reader.corpus];
        while processor() < end {
            let original = &sound[generator.random_range(0..sound.len())];
            let mutant = mutate::mutant(original, reader.form, sound, &mut generator);
            let path = folder.join(reader.file);
            std::fs::write(&path, mutant).expect("room for a mutant");
            tally.count(reader.read, &path, reader.name);
        }
        let files = tally.read + tally.refused + tally.panics;
        println!(
            "| {} | {files} | {} | {} | {} | {} | {} | {:.2} s | {} MB |",
            reader.name,
            tally.read,
            tally.refused,
            tally.panics,
            tally.slow,
            tally.large,
            tally.longest,
            tally.most >> 20
        );
    }
    let _ = std::fs::remove_dir_all(&folder);
}

impl Tally {
    /// Has one file read.
    fn count(&mut self, read: fn(&Path) -> bool, path: &Path, name: &str) {
        let (before, start) = (USED.load(Ordering::Relaxed), processor());
        PEAK.store(before, Ordering::Relaxed);
        let result = catch_unwind(AssertUnwindSafe(|| read(path)));
        let (seconds, bytes) = (processor() - start, PEAK.load(Ordering::Relaxed).saturating_sub(before));
        (self.longest, self.most) = (self.longest.max(seconds), self.most.max(bytes));
        match result {
            Ok(true) => self.read += 1,
            Ok(false) => self.refused += 1,
            Err(_) => {
                self.panics += 1;
                let place = PANIC.lock().map(|place| place.replace('\n', " ")).unwrap_or_default();
                self.keep(path, name, &place);
            }
        }
        if seconds > SLOW {
            self.slow += 1;
            self.keep(path, name, &format!("{seconds:.1} s"));
        }
        if bytes > MEMORY {
            self.large += 1;
            self.keep(path, name, &format!("{} MB", bytes >> 20));
        }
    }

    /// Keeps the first files that did what must not happen.
    fn keep(&self, path: &Path, name: &str, why: &str) {
        let number = self.panics + self.slow + self.large;
        if number > 20 {
            return;
        }
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/parsers");
        let kept = folder.join(format!("{name}-{number}").replace(' ', "-"));
        let _ = std::fs::create_dir_all(&folder).and_then(|()| std::fs::copy(path, &kept));
        println!("{name}: {why}: {}", kept.display());
    }
}

/// The processor time that this process has used, in seconds.
fn processor() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live value, and the clock is one that every Unix has.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Takes `name NUMBER` out of the arguments.
fn number(args: &mut Vec<String>, name: &str, standard: u64) -> u64 {
    let Some(place) = args.iter().position(|arg| arg == name) else { return standard };
    let value = args.get(place + 1).and_then(|text| text.parse().ok()).expect("a number");
    args.drain(place..place + 2);
    value
}
