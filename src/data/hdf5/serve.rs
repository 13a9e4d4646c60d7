//! The child's side: opens one file with the HDF5 library and answers questions about it until nobody asks any more.
//!
//! Beside the file it may have been given a folder, the file's own, whose files it may read too.
//!
//! Before it looks at the first byte it gives up every right that reading the file does not need, and before every
//! question it allows itself some seconds of processor time and some memory more. What goes wrong beyond that ends this
//! process alone; the parent says so.

use std::ffi::OsString;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;

use super::confine;
use super::library::Library;
use super::message::{Answer, Question, Refusal, receive, send};
use crate::error::{Error, Result};

/// The hidden verb: `backburn hdf5-child FILE [FOLDER]`.
pub const CHILD_VERB: &str = "hdf5-child";

/// Bytes of a question, at most.
const QUESTION: usize = 1 << 20;

/// Serves the file named by the first argument behind [`CHILD_VERB`] over standard input and output.
pub fn serve(mut arguments: impl Iterator<Item = OsString>) {
    let path = PathBuf::from(arguments.next().unwrap_or_default());
    let folder = arguments.next().map(PathBuf::from);
    let confinement = confine::confine(&path, folder.as_deref());
    let mut questions = BufReader::new(std::io::stdin().lock());
    let mut answers = BufWriter::new(std::io::stdout().lock());
    let mut library: Option<Result<Library>> = None;
    while let Ok(question) = receive::<Question>(&mut questions, QUESTION) {
        confine::allow(question.bytes());
        let answer = match question {
            Question::Confinement => Ok(Answer::Words(Some(confinement.clone()))),
            question => match library.get_or_insert_with(|| Library::open(&path, folder.clone())) {
                Ok(library) => library.answer(&question).map_err(|error| refusal(&error)),
                Err(error) => Err(refusal(error)),
            },
        };
        if send(&mut answers, &answer).is_err() {
            return; // the parent is gone
        }
    }
}

fn refusal(error: &Error) -> Refusal {
    Refusal(error.code(), error.to_string())
}
