//! Magic numbers: what a file is if it is not HDF5, told from its first bytes.
//!
//! "Not an HDF5 file" sends a user searching; "a Git LFS pointer" sends them to `git lfs pull`. The table holds what
//! people really find under the name `.h5`. On the path of a batch this comes before everything else.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::io::Read;
use std::path::Path;

use crate::error::{Error, Result};

/// The first bytes of an HDF5 file.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// The first bytes of other files, what such a file is, and the way out.
const KNOWN: [(&[u8], &str, &str); 14] = [
    (b"version https://git-lfs", "a Git LFS pointer, not the data", "run `git lfs pull`"),
    (b"<!DOCTYPE", "an HTML page", "download the file itself, not its web page"),
    (b"<!doctype", "an HTML page", "download the file itself, not its web page"),
    (b"<html", "an HTML page", "download the file itself, not its web page"),
    (b"\x1f\x8b", "a gzip archive", "give it to `backburn import`, or unpack it with gunzip"),
    (b"PK\x03\x04", "a zip archive or an .npz file", "give it to `backburn import`"),
    (b"\x93NUMPY", "a numpy .npy file", "give it to `backburn import`"),
    (b"\x89PNG", "a PNG image", "give an HDF5 file"),
    (b"\xff\xd8\xff", "a JPEG image", "give an HDF5 file"),
    (b"MATLAB 5.0", "a MATLAB 5 file", "give it to `backburn import`, which says how to convert it"),
    (b"\x80\x02", "a Python pickle", "save the arrays with h5py"),
    (b"\x80\x04", "a Python pickle", "save the arrays with h5py"),
    (b"PAR1", "a Parquet file", "save the arrays with h5py"),
    (b"\x00\x00\x08", "an IDX file, as MNIST is distributed", "give it to `backburn import`"),
];

/// Succeeds if the file at `path` is HDF5. A file may begin with a block of the user's own, so the mark is looked for at
/// every place where the format allows it, within 64 KB.
///
/// # Errors
/// The path cannot be read, or it is something else, which the message names.
pub fn expect_hdf5(path: &Path) -> Result<()> {
    let shown = path.display();
    let unreadable = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => Error::data(format!("no file `{shown}`; check the path")),
        std::io::ErrorKind::PermissionDenied => Error::data(format!("no permission to read `{shown}`; try `chmod +r`")),
        _ => Error::data(format!("cannot read `{shown}`: {e}; check the path")),
    };
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if meta.is_dir() {
        return Err(Error::data(format!("`{shown}` is a folder; give the HDF5 file in it")));
    }
    expect_file(path, &meta)?;
    if path.canonicalize().is_ok_and(|path| path.to_str().is_none()) {
        return Err(Error::data(format!("`{shown}` has a name that is no UTF-8, which HDF5 cannot open; rename it")));
    }
    let mut head = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(64 << 10).read_to_end(&mut head)).map_err(unreadable)?;
    let marks = std::iter::once(0).chain((9..16).map(|n| 1usize << n));
    if marks.into_iter().any(|at| head.get(at..).is_some_and(|rest| rest.starts_with(HDF5))) {
        return Ok(());
    }
    let (what, way_out) = name(&head);
    Err(Error::data(format!("`{shown}` is not HDF5: it is {what}; {way_out}")))
}

/// Refuses a pipe or a device, because reading it may wait or go on for ever.
///
/// # Errors
/// `path`, of which `meta` is known, is a pipe or a device.
pub fn expect_file(path: &Path, meta: &std::fs::Metadata) -> Result<()> {
    let text = || format!("`{}` is a pipe or a device; save its data as a file first", path.display());
    if meta.is_file() { Ok(()) } else { Err(Error::data(text())) }
}

/// What a file with these first bytes is, and the way out.
fn name(head: &[u8]) -> (&'static str, &'static str) {
    if let Some(&(_, what, way_out)) = KNOWN.iter().find(|(mark, ..)| head.starts_with(mark)) {
        return (what, way_out);
    }
    match std::str::from_utf8(head) {
        _ if head.is_empty() => ("empty", "fetch it again"),
        Ok(text) if text.lines().next().is_some_and(|line| line.contains([',', ';', '\t'])) => {
            ("a CSV or other text table", "give it to `backburn import`")
        }
        Ok(_) => ("text", "give an HDF5 file"),
        Err(_) => ("of no kind known here", "save the arrays with h5py"),
    }
}
