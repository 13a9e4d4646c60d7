//! What the HDF5 library is asked about one file, with every claim of the file checked before a buffer is taken.
//!
//! It runs in a child for files from elsewhere and in this process for files of our own, and knows nothing of either.
//! A question comes in, an answer goes out.
//!
//! | file | what it does |
//! |---|---|
//! | `listing` | walks through the groups and describes each data set |
//! | `elsewhere` | finds the other files that a link or a data set names, and says which of them may be read |
//! | `trust` | refuses what cannot be read safely: extents, layouts and filters that do not add up |
//! | `entries`, `text` | read numbers and strings |
//! | `notes` | reads attributes |
//! | `filters` | lends the library the codecs that it does not have |
//! | `storage` | finds out where numbers lie, so that they can be read without the library |

mod elsewhere;
mod entries;
mod filters;
mod listing;
mod notes;
mod storage;
mod text;
mod trust;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use hdf5::Dataset;

use super::complaint::Complaint;
use super::message::{Answer, Question};
use crate::data::array::Array;
use crate::error::{Error, Result};
use trust::objection;

/// The way out where stored bytes cannot be read.
const FETCH_AGAIN: &str = "the file is damaged, fetch it again";

/// A file that the library has open.
pub struct Library {
    path: PathBuf,
    /// The folder whose files may be read beside this one; none without a child, which is closed in.
    folder: Option<PathBuf>,
    file: hdf5::File,
    /// The data set that is read slab by slab, and its name: it stays open from one slab to the next.
    last: Mutex<Option<(String, Dataset)>>,
}

impl Library {
    /// Opens `path` for reading. With a `folder`, numbers that lie in other files of it are read from there; both paths
    /// are absolute then and free of links.
    ///
    /// # Errors
    /// It is not HDF5, damaged, open for writing elsewhere, or was left open by a writer that ended.
    pub fn open(path: &Path, folder: Option<PathBuf>) -> Result<Self> {
        hdf5::silence_errors(true);
        filters::register();
        let file = hdf5::File::open(path).map_err(|e| match brief(&e) {
            text if text.contains("consistency flags") => Error::data(format!(
                "`{0}` was left open by a program that writes it or has crashed; if none writes it any more, run: h5clear -s \
                 {0}",
                path.display()
            )),
            text if text.contains("unable to lock file") || text.contains("already open for write") => {
                Error::data(format!("`{}` is open for writing elsewhere; close it there first", path.display()))
            }
            text => Error::data(format!(
                "cannot read `{}` as HDF5: {text}; the file is damaged or incomplete, fetch it again",
                path.display()
            )),
        })?;
        Ok(Library { path: path.to_path_buf(), folder, file, last: Mutex::new(None) })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Answers a question.
    ///
    /// # Errors
    /// What cannot be read or believed, each with its own sentence.
    pub fn answer(&self, question: &Question) -> Result<Answer> {
        Ok(match question {
            Question::Confinement => Answer::Words(None),
            Question::Arrays => Answer::Arrays(listing::arrays(&self.file, self.folder.as_deref())),
            Question::ClassNames => Answer::Words(self.class_names()),
            Question::RowShape(array) => Answer::Shape(self.row_shape(array)),
            Question::KerasWeights => Answer::Yes(self.is_keras_weights()),
            Question::Notes => Answer::Notes(self.notes()),
            Question::Storage(array) => Answer::Storage(self.storage(array)?),
            Question::Labels { array, budget } => Answer::Labels(self.labels(array, *budget)?),
            Question::Words(array) => Answer::Words(self.words(array)),
            Question::Rows { array, from, to } => Answer::Rows(self.rows(array, *from..*to)?),
        })
    }

    /// The data set behind `array`, if nothing speaks against reading it as numbers of `width` bytes, for all of which
    /// `budget` bytes are free.
    fn checked(&self, array: &Array, width: usize, budget: usize) -> Result<Dataset> {
        let set = self.file.dataset(&array.name).map_err(|e| self.bad(array, &brief(&e), "the file is damaged"))?;
        let path = PathBuf::from(self.file.filename());
        let path = path.canonicalize().unwrap_or(path);
        match objection(&set, array, (&path, self.folder.as_deref()), width, budget) {
            Some((complaint, way_out)) => Err(self.bad(array, &complaint, way_out)),
            None => Ok(set),
        }
    }

    /// The error that `what` is wrong with `array`, with a way out.
    fn bad(&self, array: &Array, what: &str, way_out: &str) -> Error {
        Error::data(format!("{what}: data set {array} of `{}`; {way_out}", self.path.display()))
    }
}

/// The first line of the HDF5 library's own account of an error.
fn brief(error: &hdf5::Error) -> Complaint {
    error.to_string().lines().next().unwrap_or("unreadable").trim_end_matches('.').to_string()
}
