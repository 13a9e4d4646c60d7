//! Mutants: a file with a few bytes of its metadata changed, and the checksums over them repaired.

use std::ops::Range;
use std::path::Path;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::checksum::lookup3;

/// How structures with a checksum begin …
const CHECKED: [&[u8]; 14] = [
    b"OHDR", b"OCHK", b"FRHP", b"FHIB", b"FHDB", b"BTHD", b"BTIN", b"BTLF", b"FSHD", b"FSSE", b"EAHD", b"EAIB",
    b"FAHD", b"FADB",
];
/// … and those without one, of older files.
const PLAIN: [&[u8]; 4] = [b"TREE", b"SNOD", b"HEAP", b"GCOL"];
/// The longest structure that is looked for, in bytes.
const LONGEST: usize = 4096;
/// How much of a structure without a known end is taken for metadata, in bytes.
const NEAR: usize = 512;

/// A file to be mutated.
pub struct Original {
    /// Its name, for people.
    pub name: String,
    bytes: Vec<u8>,
    structures: Vec<Structure>,
}

/// A stretch of metadata.
struct Structure {
    /// The bytes that are changed.
    bytes: Range<usize>,
    /// Where the bytes begin whose checksum stands behind, if one does.
    summed: Option<usize>,
}

impl Original {
    /// Reads a file and finds its structures; `None` if it is no HDF5 file.
    pub fn read(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).ok().filter(|bytes| bytes.starts_with(b"\x89HDF"))?;
        let mut structures = vec![superblock(&bytes)];
        for at in 0..bytes.len().saturating_sub(4) {
            let begins = |marks: &[&[u8]]| marks.iter().any(|mark| bytes[at..].starts_with(mark));
            if begins(&CHECKED) {
                structures.extend(end(&bytes, at).map(|end| Structure { bytes: at..end, summed: Some(at) }));
            } else if begins(&PLAIN) {
                structures.push(Structure { bytes: at..(at + NEAR).min(bytes.len()), summed: None });
            }
        }
        Some(Original { name: path.file_name()?.to_string_lossy().into_owned(), bytes, structures })
    }

    /// A copy with one to three bytes of one structure changed.
    pub fn mutant(&self, generator: &mut ChaCha8Rng) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let Structure { bytes: range, summed } = &self.structures[generator.random_range(0..self.structures.len())];
        for _ in 0..generator.random_range(1..=3) {
            let place = generator.random_range(range.clone());
            bytes[place] = match generator.random_range(0..4) {
                0 => bytes[place] ^ (1 << generator.random_range(0..8)),
                1 => 0,
                2 => 0xff,
                _ => generator.random(),
            };
        }
        if let Some(start) = *summed {
            let sum = lookup3(&bytes[start..range.end]).to_le_bytes();
            bytes[range.end..range.end + 4].copy_from_slice(&sum);
        }
        bytes
    }
}

/// The superblock behind the signature: with a checksum over both from version 2 on; before, the root group's header is
/// near it.
fn superblock(bytes: &[u8]) -> Structure {
    match bytes.get(8) {
        Some(2 | 3) if bytes.len() >= 48 => Structure { bytes: 8..44, summed: Some(0) },
        _ => Structure { bytes: 8..bytes.len().min(1024), summed: None },
    }
}

/// Where the checksum of the structure at `start` stands: the first place that holds the hash of all before it.
fn end(bytes: &[u8], start: usize) -> Option<usize> {
    let last = (start + LONGEST).min(bytes.len() - 4);
    (start + 8..last).find(|&end| bytes[end..end + 4] == lookup3(&bytes[start..end]).to_le_bytes())
}
