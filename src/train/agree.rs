//! Agreement: all ranks of a run hold the same weights, or the run ends.
//!
//! Ranks do not send weights to each other. They begin with the same ones and make the same updates, because what they update
//! with is the same sum. That this holds is looked at once an epoch: a processor of another kind may round in another way, and
//! weights that drift apart would be those of no run at all.

use super::Training;
use crate::error::{Error, Result};
use crate::ranks;

impl Training {
    /// Makes sure that all ranks hold the same weights.
    ///
    /// # Errors
    /// They do not.
    pub(super) fn agree(&self) -> Result<()> {
        if ranks::count() == 1 || ranks::alike(self.learner.fingerprint()) {
            return Ok(());
        }
        Err(Error::other(format!(
            "the ranks hold different weights after step {}; give all of them the same program and processors of one kind, \
             and go on with --resume",
            self.checkpoint.step
        )))
    }
}
