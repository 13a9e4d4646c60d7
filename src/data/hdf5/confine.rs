//! What a child that reads a foreign file may do: read this one file, or those of its folder where its numbers lie in
//! several, and take so much time and memory.
//!
//! Limits of the process hold on every Unix. On Linux the kernel also closes the child in, where it can: landlock
//! leaves it no file but its own, seccomp no system call but those that reading and memory need. A kernel without
//! them costs the confinement and nothing else; `backburn devices` says what holds.

use std::path::Path;
use std::time::Duration;

/// Seconds of processor time for a question; an honest file takes milliseconds.
const SECONDS: u64 = 2;
/// Bytes that are read and converted in a second at least: what many bytes may take beyond that.
const PACE: usize = 4 << 20;
/// Files that may be open while one is read, the pipes among them.
const FEW: u64 = 16;
/// Files that may be open while numbers come from many.
const MANY: u64 = 4096;
/// Bytes of address space for a question, beside what the process had at its start.
const HEADROOM: usize = 1 << 30;

/// Gives up every right but that of reading `path`, and the files of `folder` if there is one; what holds from now on, in
/// words.
pub fn confine(path: &Path, folder: Option<&Path>) -> Vec<String> {
    let mut holds = limits(if folder.is_some() { MANY } else { FEW });
    holds.extend(walls(folder.unwrap_or(path)));
    holds
}

/// The processor time that a question may take whose answer takes `bytes` bytes.
pub fn processor_time(bytes: usize) -> Duration {
    Duration::from_secs(SECONDS.saturating_add((bytes / PACE) as u64))
}

/// Allows processor time and memory for the next question, whose answer takes `bytes` bytes.
#[cfg(unix)]
pub fn allow(bytes: usize) {
    use rustix::process::Resource;
    use rustix::time::{ClockId, clock_gettime};
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    limit(Resource::Cpu, used.saturating_add(processor_time(bytes).as_secs()));
    if let Some(size) = START.get() {
        limit(Resource::As, size.saturating_add(HEADROOM).saturating_add(bytes.saturating_mul(4)) as u64);
    }
}

/// Nothing is limited here.
#[cfg(not(unix))]
pub fn allow(_bytes: usize) {}

/// The address space of the process at its start; absent where the system does not tell.
#[cfg(unix)]
static START: std::sync::OnceLock<usize> = std::sync::OnceLock::new();

/// No file grows, no core is dumped, few files are open; and from now on [`allow`] can limit memory.
#[cfg(unix)]
fn limits(files: u64) -> Vec<String> {
    use rustix::process::Resource;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    if let Some(pages) = statm.split(' ').next().and_then(|pages| pages.parse::<usize>().ok()) {
        let _ = START.set(pages.saturating_mul(rustix::param::page_size()));
    }
    limit(Resource::Fsize, 0);
    limit(Resource::Core, 0);
    limit(Resource::Nofile, files);
    let time = "processor time".to_string();
    if START.get().is_some() { vec![time, "memory".into()] } else { vec![time] }
}

/// Nothing is limited here.
#[cfg(not(unix))]
fn limits(_files: u64) -> Vec<String> {
    Vec::new()
}

/// Lowers what may be used of `resource`; a limit that the system does not know is left out.
#[cfg(unix)]
fn limit(resource: rustix::process::Resource, most: u64) {
    let mut limit = rustix::process::getrlimit(resource);
    limit.current = Some(limit.maximum.map_or(most, |maximum| most.min(maximum)));
    let _ = rustix::process::setrlimit(resource, limit);
}

/// Closes the process in by both of the kernel's means; what each of them came to, in words.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn walls(path: &Path) -> Vec<String> {
    let said = |name: &str, held: bool| if held { name.into() } else { format!("not {name}, which this kernel lacks") };
    vec![said("files (landlock)", landlock(path)), said("system calls (seccomp)", seccomp().is_ok())]
}

/// Nothing is walled in here.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn walls(_path: &Path) -> Vec<String> {
    Vec::new()
}

/// Leaves the process no file but `path`, or those below it if it is a folder; whether that holds.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn landlock(path: &Path) -> bool {
    use landlock::{
        ABI, Access, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    };
    // Version 5 knows every right that a file or a device gives; an older kernel takes as many of them as it knows.
    let restrict = || -> Result<RulesetStatus, Box<dyn std::error::Error>> {
        let mut rules = Ruleset::default().handle_access(AccessFs::from_all(ABI::V5))?.create()?;
        if let Ok(file) = PathFd::new(path) {
            rules = rules.add_rule(PathBeneath::new(file, AccessFs::ReadFile))?;
        }
        Ok(rules.restrict_self()?.ruleset)
    };
    restrict().is_ok_and(|status| status != RulesetStatus::NotEnforced)
}

/// Leaves the process the system calls that reading a file and taking memory need; every other fails with EPERM. A
/// file may be opened for reading alone.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn seccomp() -> Result<(), Box<dyn std::error::Error>> {
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    };
    let writing = (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC) as u64;
    let reading =
        SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(writing), libc::O_RDONLY as u64)?;
    let mut rules: std::collections::BTreeMap<i64, Vec<SeccompRule>> =
        CALLS.iter().map(|&call| (call, Vec::new())).collect();
    rules.insert(libc::SYS_openat, vec![SeccompRule::new(vec![reading])?]);
    let first = |value: u64| SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value);
    // Limits are those of this process, by the name 0, and a signal goes to this process, which ends itself by one.
    rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![first(0)?])?]);
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![first(u64::from(std::process::id()))?])?]);
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, refuse, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    Ok(seccompiler::apply_filter(&program)?)
}

/// How the C library finds out where a link leads.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const READLINK: i64 = libc::SYS_readlink;
/// How the C library finds out where a link leads.
#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
const READLINK: i64 = libc::SYS_readlinkat;

/// The system calls of a process that reads: files and pipes that are open, memory, time, its own end.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
const CALLS: [i64; 38] = [
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    READLINK,
    libc::SYS_getcwd,
    libc::SYS_fcntl,
    libc::SYS_flock,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_gettimeofday,
    libc::SYS_getrusage,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];
