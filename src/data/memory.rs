//! Memory: how many bytes features may take, in the words of a user, such as `300M` or `4G`.
//!
//! Rows that do not fit are streamed, and the order in which a stream is learned depends on how many of them are in
//! memory at a time. So the memory is part of what a run is, and a run writes it down once and keeps it. How much is
//! free has no single answer: a process in a container, under a batch scheduler or under `ulimit` may take less than
//! the machine has left, and who takes more is killed without a word. Every limit is asked, and the least one counts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number of bytes. It is written as text in a configuration, so that `300M` stays `300M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Memory(pub usize);

/// The units and the powers of two that they stand for.
const UNITS: [(&str, u32); 4] = [("T", 40), ("G", 30), ("M", 20), ("K", 10)];

impl Memory {
    /// Half of what this process can still take, in whole megabytes and at least 256 MB.
    pub fn free() -> Self {
        Memory((available() / 2).max(256 << 20) >> 20 << 20)
    }

    /// The part of it, in whole megabytes and at least 64 MB, that each of so many processes may take.
    pub fn among(self, processes: usize) -> Self {
        Memory((self.0 / processes).max(64 << 20) >> 20 << 20)
    }
}

/// How many bytes this process can still take: what is free on the machine, in the container that it runs in, in every
/// control group that it belongs to, and below the limit of its address space (`ulimit -v`).
pub fn available() -> usize {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let (machine, lent) = match system.total_memory() {
        0 => (u64::MAX, u64::MAX), // nothing is known, as where there is no /proc
        _ => {
            // What a container holds of files it can give back.
            let left = |limits: sysinfo::CGroupLimits| limits.total_memory.saturating_sub(limits.rss);
            (system.available_memory(), system.cgroup_limits().map_or(u64::MAX, left))
        }
    };
    usize::try_from(machine.min(lent).min(in_groups()).min(address_space())).unwrap_or(usize::MAX)
}

/// What the control groups of Linux leave this process: each may have less than the one above it.
fn in_groups() -> u64 {
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let Some(group) = groups.lines().find_map(|line| line.strip_prefix("0::/")) else { return u64::MAX };
    let number = |path: std::path::PathBuf| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let left = |folder: &std::path::Path| {
        let most = number(folder.join("memory.max"))?;
        let taken = number(folder.join("memory.current"))?.saturating_sub(cached(folder));
        Some(most.saturating_sub(taken))
    };
    let folder = std::path::Path::new("/sys/fs/cgroup").join(group);
    folder
        .ancestors()
        .take_while(|above| above.starts_with("/sys/fs/cgroup"))
        .filter_map(left)
        .min()
        .unwrap_or(u64::MAX)
}

/// How many bytes a control group holds of files that were read. The kernel counts them as taken and gives them back
/// when somebody needs the room, so that they count as free here.
fn cached(group: &std::path::Path) -> u64 {
    let text = std::fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let file = text.lines().find_map(|line| line.strip_prefix("file ")?.parse().ok());
    file.unwrap_or(0)
}

/// How far the address space may still grow. What is mapped already is known on Linux; elsewhere the whole limit
/// counts.
#[cfg(unix)]
fn address_space() -> u64 {
    let Some(most) = rustix::process::getrlimit(rustix::process::Resource::As).current else { return u64::MAX };
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let taken = pages.split(' ').next().and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0);
    most.saturating_sub(taken.saturating_mul(rustix::param::page_size() as u64))
}

/// Systems other than Unix have no such limit.
#[cfg(not(unix))]
fn address_space() -> u64 {
    u64::MAX
}

impl FromStr for Memory {
    type Err = String;

    /// Reads a size, with a unit in powers of two or without one in bytes.
    fn from_str(text: &str) -> Result<Self, String> {
        let upper = text.trim().to_uppercase();
        let plain = upper.trim_end_matches('B').trim_end_matches('I'); // `M`, `MB` and `MiB` are the same here
        let unit = UNITS.iter().find(|(unit, _)| plain.ends_with(unit));
        let (digits, shift) = unit.map_or((plain, 0), |(unit, shift)| (plain.trim_end_matches(unit), *shift));
        let number = digits.trim().parse::<f64>().ok().filter(|n| *n > 0.0);
        let bytes = number.map(|n| n * (1u64 << shift) as f64).filter(|n| *n >= 1.0 && *n < 1e18);
        bytes.map(|n| Memory(n as usize)).ok_or_else(|| "give a size such as 300M or 4G".into())
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The largest unit that divides the number, so that it is read back as the same.
        match UNITS.iter().find(|(_, shift)| self.0 > 0 && self.0.trailing_zeros() >= *shift) {
            Some((unit, shift)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}

impl TryFrom<String> for Memory {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Memory> for String {
    fn from(memory: Memory) -> String {
        memory.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written_as_people_write_them() {
        for (text, bytes) in [("300M", 300 << 20), ("4g", 4 << 30), ("1.5K", 1536), ("2MiB", 2 << 20), ("17", 17)] {
            let memory: Memory = text.parse().unwrap();
            assert_eq!(memory.0, bytes);
            assert_eq!(memory.to_string().parse::<Memory>(), Ok(memory));
        }
        for bad in ["", "M", "-1G", "0", "nan", "1e30G", "four"] {
            assert!(bad.parse::<Memory>().is_err(), "{bad}");
        }
    }
}
