//! The configuration of a run on the disk.

use super::Config;
use crate::error::{Error, Result};
use crate::learner::Checkpoint;
use crate::read;
use crate::run::{Hold, Run, RunFile};
use crate::write::write_beside;

impl Config {
    /// The configuration with which a run goes on: that of a repair, if its checkpoint holds one, else config.toml.
    ///
    /// # Errors
    /// There is no run, or its configuration was written by another version or by hand.
    pub fn of(run: &Run) -> Result<Self> {
        let file = run.file(RunFile::Config);
        let repair = Checkpoint::place(&run.file(RunFile::Checkpoint)).ok().and_then(|place| place.repair);
        if run.path.is_file() {
            let path = run.path.display();
            return Err(Error::data(format!(
                "`{path}` is a file and no run folder; give the folder of a run, or `backburn diagnose --data {path}` if it holds data"
            )));
        }
        let text = repair.map_or_else(|| read::text(&file, read::TEXT), |repair| Ok(repair.config)).map_err(|e| {
            Error::data(format!("`{}` is no run folder: {e}; give the folder of a run", run.path.display()))
        })?;
        Config::from_toml(&text)
            .map_err(|e| Error::data(format!("`{}` cannot be understood: {e}; start the run again", file.display())))
    }

    /// Writes config.toml.
    ///
    /// # Errors
    /// No space.
    pub fn keep(&self, run: &Hold) -> Result<()> {
        write_beside(&run.file(RunFile::Config), self.to_toml()?.as_bytes())
    }
}
