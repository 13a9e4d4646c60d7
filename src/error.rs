//! One `Error` for the whole house: what is wrong, where, and the way out, in one lower-case sentence.
//!
//! The variants are the exit codes, because that is the only distinction a caller acts on. An error is written
//! where the fact is known and passes upward unchanged; only `main.rs` turns it into text and a code.

/// What went wrong. The text has three parts: what, where, way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line or the configuration cannot be carried out: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The data cannot be used: exit code 3.
    #[error("{0}")]
    Data(String),
    /// Training met a number that is not finite and stopped before the update: exit code 4.
    #[error("{0}")]
    Diverged(String),
    /// The user pressed Ctrl-C; what was learned is saved: exit code 130.
    #[error("{0}")]
    Interrupted(String),
    /// Anything else, a full disk or an absent device for example: exit code 1.
    #[error("{0}")]
    Other(String),
}

/// A result whose error is the house's own.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The command line is at fault.
    pub fn usage(text: impl Into<String>) -> Self {
        Error::Usage(text.into())
    }

    /// The data is at fault.
    pub fn data(text: impl Into<String>) -> Self {
        Error::Data(text.into())
    }

    /// The machine is at fault, or something nobody foresaw.
    pub fn other(text: impl Into<String>) -> Self {
        Error::Other(text.into())
    }

    /// The process's exit code, stable for scripts.
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
