//! A reader: whoever asks the HDF5 library about one open file, in this process or in a child.

use std::path::Path;

use super::child::Child;
use super::library::Library;
use super::message::{Answer, Question};
use crate::error::Result;

/// Who asks the HDF5 library.
pub enum Reader {
    /// This process: for files of our own, and in programs that did not call [`super::read_in_child`].
    Here(Library),
    /// A child, for files from elsewhere.
    There(Child),
}

impl Reader {
    /// Opens a file from elsewhere.
    ///
    /// # Errors
    /// As for [`Library::open`] and [`Child::start`].
    pub fn open(path: &Path) -> Result<Self> {
        Ok(match Child::start(path, false)? {
            Some(child) => Reader::There(child),
            None => Reader::Here(Library::open(path, None)?),
        })
    }

    /// Opens a file from elsewhere whose numbers may lie in other files of its folder; `None` where no child can be closed
    /// in.
    ///
    /// # Errors
    /// As for [`Child::start`].
    pub fn open_folder(path: &Path) -> Result<Option<Self>> {
        Ok(Child::start(path, true)?.map(Reader::There))
    }

    /// Asks one question.
    ///
    /// # Errors
    /// What the library says of the file, or that the file killed the child.
    pub fn ask(&self, question: &Question) -> Result<Answer> {
        match self {
            Reader::Here(library) => library.answer(question),
            Reader::There(child) => child.ask(question),
        }
    }

    /// Where the file is, if this process has it open.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Reader::Here(library) => Some(library.path()),
            Reader::There(_) => None,
        }
    }
}
