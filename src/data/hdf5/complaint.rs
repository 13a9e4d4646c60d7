//! Why something of a file cannot be read, in the words of a message.

/// What is wrong, as the beginning of an error: lower case, without the place and the way out, which the caller knows.
pub type Complaint = String;
