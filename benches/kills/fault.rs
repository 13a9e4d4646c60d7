//! The disturbances, and the library that makes a disk full.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A way to disturb a command.
pub struct Disturbance {
    /// Its name.
    pub name: &'static str,
    /// How often in a row, at most.
    pub repeats: usize,
    /// Whether it needs the library that stands before the system's.
    pub needs_shim: bool,
    /// Calls before the fault, at most, as a power of two.
    pub calls: f64,
    /// Whether it is for commands that stream alone.
    pub streams: bool,
    /// What is done to the running command after some time; the signal by which it may end.
    pub act: fn(&mut Child, &Path, Duration, &mut ChaCha8Rng) -> Option<i32>,
}

/// All disturbances.
pub const DISTURBANCES: [Disturbance; 6] = [
    Disturbance { name: "kill", repeats: 3, needs_shim: false, calls: 0.0, streams: false, act: kill },
    Disturbance { name: "signal", repeats: 2, needs_shim: false, calls: 0.0, streams: false, act: signal },
    Disturbance { name: "full", repeats: 1, needs_shim: true, calls: 8.0, streams: false, act: wait },
    Disturbance { name: "sync", repeats: 1, needs_shim: true, calls: 4.0, streams: false, act: wait },
    Disturbance { name: "read", repeats: 1, needs_shim: true, calls: 8.0, streams: false, act: wait },
    Disturbance { name: "cut", repeats: 1, needs_shim: false, calls: 0.0, streams: true, act: cut },
];

fn kill(child: &mut Child, _: &Path, moment: Duration, _: &mut ChaCha8Rng) -> Option<i32> {
    std::thread::sleep(moment);
    let _ = child.kill();
    Some(libc::SIGKILL)
}

fn signal(child: &mut Child, _: &Path, moment: Duration, random: &mut ChaCha8Rng) -> Option<i32> {
    std::thread::sleep(moment);
    let signal = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP][random.random_range(0..3)];
    if child.try_wait().is_ok_and(|ended| ended.is_none()) {
        // SAFETY: the child is this process's own, and nobody has waited for it.
        unsafe { libc::kill(child.id() as i32, signal) };
    }
    // Before the program has said what it does at a signal, the signal ends it.
    (moment < Duration::from_millis(30)).then_some(signal)
}

fn wait(_: &mut Child, _: &Path, _: Duration, _: &mut ChaCha8Rng) -> Option<i32> {
    None
}

fn cut(_: &mut Child, at: &Path, moment: Duration, _: &mut ChaCha8Rng) -> Option<i32> {
    std::thread::sleep(moment);
    let path = at.join("problem.h5");
    let file = std::fs::OpenOptions::new().write(true).open(path).expect("the data");
    let length = file.metadata().expect("its length").len();
    file.set_len(length / 2).expect("a shorter file");
    None
}

/// The library's source: calls on files, counted and failed from number `FAULT_AT` on (a read once).
const SHIM: &str = r#"
use std::ffi::{c_char, c_int, c_long, c_void};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn __errno_location() -> *mut c_int;
    fn getenv(name: *const c_char) -> *const c_char;
    fn atol(text: *const c_char) -> c_long;
}
static SEEN: AtomicU64 = AtomicU64::new(0);
/// Whether call of the kind `kind` on the file `fd` is to fail.
unsafe fn fails(kind: &[u8], fd: c_int) -> bool {
    unsafe {
        let mut stat = [0u64; 18];
        if fd < 3 || syscall(5, fd as c_long, stat.as_mut_ptr()) != 0 || stat[3] as u32 & 0o170000 != 0o100000 { return false }
        let (wanted, at) = (getenv(c"FAULT_KIND".as_ptr()), getenv(c"FAULT_AT".as_ptr()));
        if wanted.is_null() || at.is_null() || std::ffi::CStr::from_ptr(wanted).to_bytes() != kind { return false }
        let (n, at) = (SEEN.fetch_add(1, SeqCst) + 1, atol(at) as u64);
        if kind == b"read" { n == at } else { n >= at }
    }
}
unsafe fn fail(errno: c_int) -> isize { unsafe { *__errno_location() = errno; -1 } }
#[unsafe(no_mangle)] pub unsafe extern "C" fn write(fd: c_int, p: *const c_void, n: usize) -> isize {
    unsafe { if fails(b"full", fd) { fail(28) } else { syscall(1, fd as c_long, p, n) as isize } } }
#[unsafe(no_mangle)] pub unsafe extern "C" fn pwrite(fd: c_int, p: *const c_void, n: usize, o: i64) -> isize {
    unsafe { if fails(b"full", fd) { fail(28) } else { syscall(18, fd as c_long, p, n, o) as isize } } }
#[unsafe(no_mangle)] pub unsafe extern "C" fn pwrite64(fd: c_int, p: *const c_void, n: usize, o: i64) -> isize {
    unsafe { pwrite(fd, p, n, o) } }
#[unsafe(no_mangle)] pub unsafe extern "C" fn writev(fd: c_int, p: *const c_void, n: c_int) -> isize {
    unsafe { if fails(b"full", fd) { fail(28) } else { syscall(20, fd as c_long, p, n as c_long) as isize } } }
#[unsafe(no_mangle)] pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    unsafe { if fails(b"sync", fd) { fail(5) as c_int } else { syscall(74, fd as c_long) as c_int } } }
#[unsafe(no_mangle)] pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    unsafe { if fails(b"sync", fd) { fail(5) as c_int } else { syscall(75, fd as c_long) as c_int } } }
#[unsafe(no_mangle)] pub unsafe extern "C" fn read(fd: c_int, p: *mut c_void, n: usize) -> isize {
    unsafe { if fails(b"read", fd) { fail(5) } else { syscall(0, fd as c_long, p, n) as isize } } }
#[unsafe(no_mangle)] pub unsafe extern "C" fn pread(fd: c_int, p: *mut c_void, n: usize, o: i64) -> isize {
    unsafe { if fails(b"read", fd) { fail(5) } else { syscall(17, fd as c_long, p, n, o) as isize } } }
#[unsafe(no_mangle)] pub unsafe extern "C" fn pread64(fd: c_int, p: *mut c_void, n: usize, o: i64) -> isize {
    unsafe { pread(fd, p, n, o) } }
"#;

/// Builds the library; `None` where that is not possible, which is said.
pub fn shim(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("shim.rs"), folder.join("shim.so"));
    std::fs::write(&source, SHIM).ok()?;
    let mut compiler = Command::new(option_env!("RUSTC").unwrap_or("rustc"));
    compiler.args(["--edition=2024", "--crate-type=cdylib", "-O", "-Cpanic=abort", "-o"]).arg(&library).arg(&source);
    let built = cfg!(all(target_os = "linux", target_arch = "x86_64"))
        && compiler.status().is_ok_and(|status| status.success());
    if !built {
        println!("no disk is made full here: the library for it cannot be built");
    }
    built.then_some(library)
}
