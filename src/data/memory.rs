//! Memory: how many bytes features may take, in the words of a user, such as `300M` or `4G`.
//!
//! Rows that do not fit are streamed, and the order in which a stream is learned depends on how many of them are in memory
//! at a time. So the memory is part of what a run is, and a run writes it down once and keeps it.

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
    /// Half of the memory that is free on the machine, or in the container that this process runs in, in whole megabytes
    /// and at least 256 MB.
    pub fn free() -> Self {
        let mut system = sysinfo::System::new();
        system.refresh_memory();
        // A container may be lent less than the machine has. What it holds of files it can give back.
        let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory.saturating_sub(limits.rss));
        let half = usize::try_from(system.available_memory().min(limit) / 2).unwrap_or(usize::MAX);
        Memory(half.max(256 << 20) >> 20 << 20)
    }
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
