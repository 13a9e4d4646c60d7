//! The data of an earlier run, found again: where it is now, or that it is there no more and how to name it.
//!
//! `evaluate RUN`, `diagnose RUN` and `train --resume RUN` come here before they read anything. A run keeps a stamp of its
//! files (path, size, checksum of samples), so a folder that was moved together with its data is understood, and another
//! file of the same name is not taken for it in silence.

use std::path::{Path, PathBuf};

use super::print;
use crate::data::{Found, Origin, Stamp};
use crate::error::{Error, Result};
use crate::run::Run;
use crate::setup::Config;

/// The files of an earlier run that the user has named anew, which need not be looked for.
#[derive(Clone, Copy, Default)]
pub(super) struct Named {
    /// The data.
    pub(super) data: bool,
    /// The file of the test half.
    pub(super) test: bool,
}

/// Puts into `config`, that of `run`, where its data is now, and says what has changed since; `way_out` is the command
/// that names it, for the data and for a test half of its own.
///
/// # Errors
/// It is not there any more.
pub(super) fn recall(run: &Run, config: &mut Config, named: Named, way_out: [String; 2]) -> Result<()> {
    for path in found(run, config, named, way_out)? {
        print::note(&format!("warning: {}", changed(&path, run)));
    }
    Ok(())
}

/// [`recall`] for a run that goes on: rows that have changed since would be learned by a part of its epochs and networks
/// alone, and what was held out may not be what is held out now.
///
/// # Errors
/// The data is not there any more, or not the same, also where it is named anew.
pub(super) fn recall_unchanged(run: &Run, config: &mut Config, named: Named, way_out: [String; 2]) -> Result<()> {
    let mut others = found(run, config, named, way_out)?;
    let stamp = Origin::of_run(run).and_then(|origin| origin.data).filter(|_| named.data);
    let other = stamp.zip(config.data.clone()).filter(|(stamp, path)| path.is_file() && !stamp.is(path));
    others.extend(other.map(|(_, path)| path));
    others.first().map_or(Ok(()), |path| {
        Err(Error::data(format!(
            "{}, and a run goes on with the rows that it was begun with; begin another one from its weights: backburn \
             train {} --from {}",
            changed(path, run),
            config.data.as_ref().unwrap_or(path).display(),
            run.path.display()
        )))
    })
}

/// What is said of a file that is not what `run` learned from.
fn changed(path: &Path, run: &Run) -> String {
    format!("`{}` has changed since the run `{}` learned from it", path.display(), run.path.display())
}

/// Puts into `config`, that of `run`, where its data is now, and gives the files that have changed since.
fn found(run: &Run, config: &mut Config, named: Named, way_out: [String; 2]) -> Result<Vec<PathBuf>> {
    let origin = Origin::of_run(run);
    if origin.as_ref().is_some_and(|origin| origin.given && !named.data) {
        return Err(Error::data(format!(
            "the run `{}` learned from rows that a program gave, which are in no file; give one: {}",
            run.path.display(),
            way_out[0]
        )));
    }
    let (data, test) = origin.map_or((None, None), |origin| (origin.data, origin.test));
    let [data_way_out, test_way_out] = way_out;
    let mut others = Vec::new();
    if !named.data {
        others.extend(find(run, &mut config.data, data, &data_way_out)?);
    }
    if !named.test {
        others.extend(find(run, &mut config.test, test, &test_way_out)?);
    }
    Ok(others)
}

/// Puts into `path` where the file is now; one of a run that kept no stamp is where it was typed to be. The file, if it has
/// changed since.
fn find(run: &Run, path: &mut Option<PathBuf>, stamp: Option<Stamp>, way_out: &str) -> Result<Option<PathBuf>> {
    let Some(typed) = path.clone() else { return Ok(None) };
    let absolute = stamp.as_ref().map_or(typed.clone(), |stamp| stamp.absolute.clone());
    let found = match stamp {
        Some(stamp) => stamp.find(&run.path),
        None => typed.exists().then(|| Found { path: typed.clone(), changed: false }),
    };
    let found = found.ok_or_else(|| gone(run, &typed, &absolute, way_out))?;
    *path = Some(found.path.clone());
    Ok(found.changed.then_some(found.path))
}

/// The error that a file is not where it was, with the command that says where it is.
fn gone(run: &Run, typed: &Path, absolute: &Path, way_out: &str) -> Error {
    let was = if typed == absolute { String::new() } else { format!(" (it was `{}`)", absolute.display()) };
    Error::data(format!(
        "the run `{}` learned from `{}`, which is not there any more{was}; say where it is now: {way_out}",
        run.path.display(),
        typed.display()
    ))
}
