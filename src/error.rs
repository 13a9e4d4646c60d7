//! The error of all rooms: what is wrong, where, and the way out, in one lower-case sentence.
//!
//! The variants are the exit codes, because a caller acts on no other distinction. An error is written where the fact is
//! known and passes upward unchanged; only `main.rs` turns it into text and a code.

/// What went wrong. The text says what is wrong, where, and what the user can do.
#[derive(Debug, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum Error {
    /// The command line or the configuration cannot be carried out; the exit code is 2.
    #[error("{0}")]
    Usage(String),
    /// The data cannot be used; the exit code is 3.
    #[error("{0}")]
    Data(String),
    /// Training met a number that is not finite, or an epoch far worse than guessing, and stopped; the exit code is 4.
    #[error("{0}")]
    Diverged(String),
    /// The user pressed Ctrl-C, and what was learned is saved; the exit code is 130.
    #[error("{0}")]
    Interrupted(String),
    /// Anything else, such as a full disk or an absent device; the exit code is 1.
    #[error("{0}")]
    Other(String),
}

/// A result whose error is an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// A result with the error of any library, for a function whose caller makes one [`Error`] of them all.
pub type Fallible<T> = std::result::Result<T, Box<dyn std::error::Error>>;

impl Error {
    /// The error that the command line is at fault.
    pub fn usage(text: impl Into<String>) -> Self {
        Error::Usage(text.into())
    }

    /// The error that the data is at fault.
    pub fn data(text: impl Into<String>) -> Self {
        Error::Data(text.into())
    }

    /// The error that the machine is at fault, or something that nobody foresaw.
    pub fn other(text: impl Into<String>) -> Self {
        Error::Other(text.into())
    }

    /// The exit code of the process, on which scripts may rely.
    pub fn code(&self) -> u8 {
        match self {
            Error::Other(_) => 1,
            Error::Usage(_) => 2,
            Error::Data(_) => 3,
            Error::Diverged(_) => 4,
            Error::Interrupted(_) => 130,
        }
    }
}
