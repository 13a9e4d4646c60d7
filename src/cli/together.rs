//! A training that several processes make together, started by `mpirun` or `srun`: what the command line has to see to.
//!
//! Each process is started with the same words, but in an environment of its own, and each reads the files itself. So the
//! first one says what the configuration is, and all make sure that they have rows of the same classes in the same order.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::print;
use crate::data::Data;
use crate::error::{Error, Result};
use crate::ranks;
use crate::setup::Config;

/// Joins the other processes, if this one is one of several that learn together. Only the first prints.
pub(super) fn join() -> Result<()> {
    ranks::start().map_err(Error::other)?;
    if !ranks::is_first() {
        print::mute();
    }
    Ok(())
}

/// The configuration that `find` gives, of several ranks on the first: the others may have been started with another
/// environment, and find other memory free.
pub(super) fn of_the_first(find: impl FnOnce() -> Result<Config>) -> Result<Config> {
    if ranks::count() == 1 {
        return find();
    }
    let text = ranks::shared(|| find().and_then(|config| config.to_toml()))?;
    Config::from_toml(&text).map_err(|e| Error::other(format!("configuration of the first rank: {e}; report this")))
}

/// Makes sure that all ranks have as many rows, as wide and of the same classes in the same order. Features are not compared.
pub(super) fn same(data: &Data) -> Result<()> {
    if ranks::count() == 1 {
        return Ok(());
    }
    let mut hasher = DefaultHasher::new();
    for block in [Some(&data.train), Some(&data.validation), data.test.as_ref()].into_iter().flatten() {
        (block.width(), block.streamed(), block.labels()).hash(&mut hasher);
    }
    if ranks::alike(hasher.finish()) {
        return Ok(());
    }
    Err(Error::data(format!("the ranks find different rows in `{}`; give all of them the same file", data.name)))
}
