//! Why something of a file cannot be read, in the words of a message.

/// What is wrong, as the beginning of an error: lower case, without the place and the way out, which the caller knows.
pub type Complaint = String;

/// The first line of the HDF5 library's own account of an error.
pub fn brief(error: &hdf5::Error) -> Complaint {
    error.to_string().lines().next().unwrap_or("unreadable").trim_end_matches('.').to_string()
}
