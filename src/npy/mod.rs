//! Numpy's arrays: NPY, which is a header and elements, and NPZ, a zip archive of such arrays.
//!
//! Three rooms read them: dumps of somebody's program, weights to start from, rows to import. They come from elsewhere, so
//! a header is read by a parser of its own that knows the three keys of the format and nothing else of Python, and no
//! length that a file claims is believed before the bytes are there. Formula of the header: NEP 1 of numpy.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

mod archive;
mod element;
mod header;

pub use archive::{ArchiveError, Array, arrays, entry_name, open_entry};
pub use element::Element;
pub use header::Header;
