//! Small files that people name, read into memory as a whole: only true files, and never more than was asked for.
//!
//! Reading a pipe may wait for ever and reading `/dev/zero` ends with the memory, so what is no file is refused before it
//! is opened. Where several ranks learn together, the first reads for all of them: they see the same bytes at the same moment,
//! and the others need not reach the folder of the run.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

use crate::ranks;

/// Bytes of a text that people write, such as a configuration.
pub const TEXT: u64 = 16 << 20;

/// Opens the file at `path`.
///
/// # Errors
/// Nothing is there, it may not be read, or it is a folder, a pipe or a device.
pub fn open(path: &Path) -> Result<File> {
    match std::fs::metadata(path)? {
        meta if meta.is_dir() => Err(Error::new(ErrorKind::IsADirectory, "it is a folder")),
        meta if !meta.is_file() => Err(Error::new(
            ErrorKind::InvalidInput,
            "it is no file but a pipe or a device, whose data must be saved as one first",
        )),
        _ => File::open(path),
    }
}

/// The bytes of the file at `path`, which are at most `most`.
///
/// # Errors
/// As [`open`], or the file is longer, or longer than the memory that is free.
pub fn whole(path: &Path, most: u64) -> Result<Vec<u8>> {
    if ranks::count() == 1 {
        return here(path, most);
    }
    let text = |e: Error| (e.kind() == ErrorKind::NotFound, e.to_string());
    let error =
        |(gone, text): (bool, String)| Error::new(if gone { ErrorKind::NotFound } else { ErrorKind::Other }, text);
    ranks::shared(|| here(path, most).map_err(text)).map_err(error)
}

/// [`whole`] for a process that is alone.
fn here(path: &Path, most: u64) -> Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata()?.len();
    let too_long = || Error::new(ErrorKind::InvalidData, format!("it has {length} bytes, more than {most}"));
    let mut bytes = Vec::new();
    let room = usize::try_from(length).ok().filter(|_| length <= most).ok_or_else(too_long)?;
    bytes.try_reserve_exact(room)?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of the file at `path`, which is at most `most` bytes.
///
/// # Errors
/// As [`whole`], or it is no UTF-8.
pub fn text(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(whole(path, most)?).map_err(|_| Error::new(ErrorKind::InvalidData, "it is no text in UTF-8"))
}
