//! HDF5 files: which arrays are in one, their numbers, and new files of rows or predictions.
//!
//! A file's header may claim anything, so shapes, layouts, filters and types are examined before a buffer is taken, and a
//! hostile file ends in a message. This room alone knows the HDF5 library (beside `export`, which writes a model), and it
//! is the first station on the path of a batch: file → [`Table`] → `Block`.
//!
//! | file | what it does |
//! |---|---|
//! | `file` | opens a file and finds what people ask it for: arrays, features, labels, class names |
//! | `listing` | walks through the groups and describes each data set |
//! | `trust` | refuses what cannot be read safely: extents, layouts and filters that do not add up |
//! | `table` | reads rows range by range, by any number of threads, past the library's lock where it can |
//! | `chunks`, `number` | undo the compression of a piece and convert its numbers, for `table` |
//! | `notes`, `text` | read attributes, single numbers and strings |
//! | `write`, `predictions` | write data files and files of predictions |

mod chunks;
mod complaint;
mod file;
mod listing;
mod notes;
mod number;
mod predictions;
mod table;
mod text;
mod trust;
mod write;

pub use chunks::Scratch;
pub use file::DataFile;
pub use predictions::PredictionFile;
pub use table::Table;
pub use write::{DataWriter, PartWriter, abandon, write_arrays};
