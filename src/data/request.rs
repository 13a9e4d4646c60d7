//! A request: which file to read, which of its arrays, and how its rows are to be prepared.
//!
//! It is what a configuration says about data, in the words of this room; a program may fill it in by itself. Nothing is
//! opened here. On the path of a batch it comes before the file.

use std::path::PathBuf;

use super::augment::Augment;
use super::layout::Choice;
use super::split::Fold;
use super::{Memory, Missing, Scale, split};

/// What to read and how to prepare it.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The file, or `None` for the built-in digits.
    pub file: Option<PathBuf>,
    /// A second file with the test half.
    pub test: Option<PathBuf>,
    /// The arrays that the user named.
    pub choice: Choice,
    /// The share of training rows that is split off to validate on, if the file has no such part.
    pub validation: f64,
    /// The part of a cross-validation that is split off instead.
    pub fold: Option<Fold>,
    /// How features are scaled.
    pub scale: Scale,
    /// What is done about missing values.
    pub missing: Missing,
    /// How images are moved before they are learned, and how far.
    pub augment: (Augment, f64),
    /// The seed of the split.
    pub seed: u64,
    /// How many bytes features may take.
    pub memory: Memory,
}

impl Default for Request {
    /// The built-in digits as they are: no array named, nothing split off, scaled if need be.
    fn default() -> Self {
        Request {
            file: None,
            test: None,
            choice: Choice::default(),
            validation: 0.0,
            fold: None,
            scale: Scale::Auto,
            missing: Missing::Fill,
            augment: (Augment::None, 1.0),
            seed: 0,
            memory: Memory::free(),
        }
    }
}

impl Request {
    /// The numbers of the rows to learn and of those to validate on, where the file does not say which are which.
    pub(super) fn split(&self, labels: &[u32]) -> (Vec<u32>, Vec<u32>) {
        match self.fold {
            Some(fold) => split::fold(labels, fold, self.seed),
            None => split::stratified(labels, self.validation, self.seed),
        }
    }
}
