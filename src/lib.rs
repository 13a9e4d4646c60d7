//! `backburn` trains classifiers from HDF5 files with Burn, does not blow up, and says why your own training does.
//!
//! # From a program
//! A training is pulled, event by event, until it is over; `examples/` has a loop of one's own and a gradient check too.
//! ```
//! use backburn::{data::Data, device, run::Run, setup::Config, train::Training};
//! # fn main() -> backburn::error::Result<()> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("run");
//! let config = Config { hidden: vec![32], epochs: 2, ..Config::default() };
//! let data = Data::load(&config.request())?; // the built-in digits
//! let run = Run::create(Some(&path), "", false)?;
//! let mut training = Training::start(config, data, run, &device::choose(None)?)?;
//! while let Some(event) = training.advance()? {
//!     println!("{event:?}");
//! }
//! assert!(training.finish()?.test.is_some_and(|score| score.accuracy > 0.5));
//! # Ok(())
//! # }
//! ```
//!
//! # The floors
//! Imports go down; never up, never sideways. A folder is a room and its `mod.rs` the door.
//!
//! | floor | room | one sentence |
//! |---|---|---|
//! | 9 mouth | [`cli`] | one file a verb, and what verbs share; `cli/print.rs` is the only place that prints |
//! | 8 faces | [`report`] | a run as one HTML page and one model card, and where they are written |
//! | | [`export`] | a model as ONNX, NPZ, HDF5, safetensors, Python or a page that answers; data in, bytes out |
//! | 7 procedures | [`train`] | the loop from data to the best weights, its repair, several as an ensemble, the search for a configuration |
//! | | [`import`] | rows from anyone's files, or from MNIST's mirrors, into one HDF5 file |
//! | | [`review`] | a person's script judged: which of its lines is wrong, and what to write there |
//! | 6 experiments | [`diagnose`] | the smallest change that makes a run learn |
//! | | [`lr_range`] | the rate that a network can take, or that there is none |
//! | | [`sweep`] | many trainings: the plan, what became of each, and what a search tries next |
//! | | [`gradcheck`] | which equation of a hand-derived backward pass is wrong |
//! | | [`script`] | a person's training script, run under the tracer: a dump, and the line of every array in it |
//! | 5 set-up | [`setup`] | the table of knobs, what a configuration makes of data, the steps, the watch over them |
//! | 4 joints | [`learner`] | a model joined with its optimizer: pass and update; checkpoint |
//! | | [`evaluate`] | predictions, and what can be counted from them |
//! | | [`journal`] | what happened, one JSON line an event; the waist between doing and showing |
//! | | [`faults`] | what is wrong with data, looked for in the rows before anything is learned |
//! | 3 nouns | [`data`] | from a file to the batches a network sees |
//! | | [`model`] | the network, its start, its loss, its file |
//! | | [`numerics`] | scores, vitals and the symptoms in their history; no Burn, no file, no clock |
//! | 2 places | [`device`] | cargo features become a device |
//! | | [`run`] | the folder of a run: the names of its files, and the lock of the process that trains in it |
//! | 1 bytes | [`mod@write`] | files that are whole at every moment |
//! | | [`read`] | small files as a whole: true files, and no more of them than memory should take |
//! | | [`npy`] | numpy's arrays, one in a file or many in an archive |
//! | | `seal` | the checksum inside models and checkpoints |
//! | 0 ground | [`error`] | what, where, way out |
//! | | [`engine`] | the arithmetic of a step: loops for the CPU, operations for every backend |
//! | | [`profile`] | the least and the greatest number of each column, or where strokes lie in images |
//! | | [`preparation`] | what is done to raw features before a network sees them |
//! | | `random` | a generator for every purpose, and the distributions that are drawn from |
//! | | [`sentinel`] | numbers that stand for a missing value |
//! | | [`sketch`] | where the values of columns lie, and whether other rows lie elsewhere |
//! | | [`ranks`] | the processes that learn one network together, and what they ask each other |
//! | | `words` | variants that are picked by name |
//! | | `clean` | names from elsewhere, written so that no terminal, table, page or program acts on them |
//!
//! # The path of a batch
//! ```text
//! file.h5 → data::Table → Block, in memory or a stream → setup::Steps → Epoch::ahead → Step { batch, rate }
//!         → train::Training::learn                              the loop that pulls the steps, in train/mod.rs
//!         → Step::pass → Pass { loss, norm, gradients }         through the engine; one read from the device
//!         → Pass::is_finite, or else Training::on_nonfinite           before any weight has changed; train/trouble.rs
//!         → Step::update_watched → Learner::update_seen         every k-th shown to the Watcher: Vitals → Finding
//!         → or, on a device that keeps rows, Training::learn_aboard → Learner::burst → Resident   one read for many steps
//!         → Training::close_epoch → Checkpoint, Journal         once an epoch, when all its batches are learned
//! ```
//!
//! # Where things are added
//! A knob, a mistake, a symptom, a fault of data, a step, a file format: `CONTRIBUTING.md` has a table of the places.
//!
//! # Two decisions that a reader may wonder about
//! Weights, moments and the place in the run are one file, `checkpoint`, because several cannot be renamed at one
//! moment and a kill between two renames would resume a run that never was. [`train::Training`] is pulled event by
//! event instead of calling back, so the loop knows nobody who watches it.

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, reason = "files and surroundings are others'"))]

pub mod cli;
pub mod data;
pub mod device;
pub mod diagnose;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod export;
pub mod faults;
pub mod gradcheck;
pub mod import;
pub mod journal;
pub mod learner;
pub mod lr_range;
pub mod model;
pub mod npy;
pub mod numerics;
pub mod preparation;
pub mod profile;
pub mod ranks;
pub mod read;
pub mod report;
pub mod review;
pub mod run;
pub mod script;
pub mod sentinel;
pub mod setup;
pub mod sketch;
pub mod sweep;
pub mod train;
pub mod write;

mod clean;
mod random;
mod seal;
mod words;
