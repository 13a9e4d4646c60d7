//! Data: from a file to the batches that a network sees.
//!
//! A [`Block`] is labelled rows on the host, in memory or in the file they came from. A [`Data`] is the blocks of one
//! classification problem, checked, split and scaled, with the names of its classes. This is the first room on the path
//! of a batch: file → `Block` → [`Batches`] → [`HostBatch`] → [`Batch`].
//!
//! | files | what they know |
//! |---|---|
//! | `hdf5`, `magic`, `image`, `array` | files, and how they describe what is in them |
//! | `layout`, `labels`, `class_counts`, `split`, `unlabelled` | which array is what, which rows belong to which part |
//! | `request`, `parts`, `source` | what is asked for; one part of it, checked; all parts as one problem |
//! | `columns` | what a file says about its columns |
//! | `given` | rows that a program has in memory instead of a file |
//! | `resize`, `profiled` | an image of any size as a row of a model; how ink lies in images, and ranges of columns |
//! | `known`, `judged`, `origin` | rows for a model that exists; where the data of a run came from |
//! | `survey`, `gaps`, `prepare`, `moments`, `raster` | what the numbers are like, and how they are scaled and filled |
//! | `block`, `features`, `memory`, `in_memory` | rows, and the memory they take |
//! | `stream`, `slabs` | rows that do not fit into memory |
//! | `batches`, `batch`, `augment`, `dropout` | the order in which rows meet the network, and what is done to them on the way |
//! | `resident` | all rows at once, for a GPU that keeps them |
//! | `sharing` | which rows of a batch each of several ranks gathers |
//! | `dump` | the arrays of somebody's own program, for the check of gradients |

mod array;
mod augment;
mod batch;
mod batches;
mod block;
mod class_counts;
mod columns;
mod dropout;
mod dump;
mod features;
mod gaps;
mod given;
mod hdf5;
mod image;
mod in_memory;
mod judged;
mod known;
mod labels;
mod layout;
mod magic;
mod memory;
mod moments;
mod origin;
mod parts;
mod prepare;
mod profiled;
mod raster;
mod request;
#[cfg(feature = "cube")]
mod resident;
mod resize;
mod sharing;
mod slabs;
mod source;
mod split;
mod stream;
mod survey;
mod unlabelled;

pub use self::hdf5::{
    CHILD_VERB, DataFile, DataWriter, PartWriter, PredictionFile, Scratch, Table, confinement, ignore_environment,
    read_in_child, serve,
};
pub use array::{Array, Kind};
pub use augment::{Augment, Poses, Warp, Waves};
pub use batch::{Batch, HostBatch};
pub use batches::Batches;
pub use block::Block;
pub use class_counts::class_counts;
pub use columns::{COLUMNS, classes, columns};
pub use dropout::InputDropout;
pub use dump::{Dump, Numbers};
pub use gaps::{Gaps, gaps};
pub use given::Arrays;
pub use image::Image;
pub use judged::{Fit, Judged, read_block, read_own};
pub use known::Known;
pub use labels::{Classes, Labels};
pub use layout::{Choice, Layout, Pair, Part, find_features, find_layout};
pub use magic::expect_file;
pub use memory::{Memory, available};
pub use origin::{Found, Origin, Stamp};
pub use parts::{open, training_rows};
pub use prepare::{IMAGE, Missing, Scale};
pub use raster::Raster;
pub use request::Request;
pub use resize::resized;
pub use source::Data;
pub use split::Fold;
pub use survey::{ArraySummary, Survey, survey};
pub use unlabelled::{read_images, read_rows, rows_for};
