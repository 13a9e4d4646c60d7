//! HDF5 files: which arrays are in one, their numbers, and new files of rows or predictions.
//!
//! A file's header may claim anything, and one flipped byte in it can crash the HDF5 library or keep it busy for ever. So
//! shapes, layouts, filters and types are examined before a buffer is taken, and the library opens a file from elsewhere
//! in a child process, which tells what is in it. Rows are read by this process without the library wherever that is
//! possible.
//!
//! The child exists in the binary alone: it is the binary itself with a hidden verb, so a program that links this crate
//! has none. There the library opens files in the process: every check of shapes, layouts, filters and types is the same,
//! but a file that crashes the library ends the program. Whoever reads files of strangers from a program should call the
//! binary, or do as `main.rs` does with [`read_in_child`] and [`serve`].
//!
//! This room alone knows the HDF5 library (beside `export`, which writes a model), and it is the first station
//! on the path of a batch: file → [`Table`] → `Block`.
//!
//! | file | what it does |
//! |---|---|
//! | `file` | opens a file and finds what people ask it for: arrays, features, labels, class names |
//! | `reader`, `message` | ask the library a question, here or in a child, and get its answer |
//! | `child`, `serve`, `confine` | start the child and bury it; what the child does; what it may do |
//! | `library` | answers questions about one file |
//! | `table` | reads rows range by range, by any number of threads, past the library where it can |
//! | `chunks`, `number` | undo the compression of a piece and convert its numbers, for `table` |
//! | `codec`, `unpack`, `bitshuffle` | the compressions that HDF5 does not have itself |
//! | `write`, `predictions` | write data files and files of predictions |
//! | `complaint` | why something of a file cannot be read, in words |

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

mod bitshuffle;
mod child;
mod chunks;
mod codec;
mod complaint;
mod confine;
mod file;
mod library;
mod message;
mod number;
mod predictions;
mod reader;
mod serve;
mod table;
mod unpack;
mod write;

pub use child::{confinement, ignore_environment, read_in_child};
pub use chunks::Scratch;
pub use file::DataFile;
pub use predictions::PredictionFile;
pub use serve::{CHILD_VERB, serve};
pub use table::Table;
pub use write::{DataWriter, PartWriter, write_arrays};
