//! The files that people name to be written, and the promise that nothing of theirs is lost by it.
//!
//! Whether a file may be written is decided before the work begins, not after minutes of it: an existing file only with
//! `--overwrite`, and one that the command reads never, by whatever path or link it is named. From then on the output
//! is a [`Beside`], so what fails or is interrupted leaves the old file or none.

use std::collections::HashSet;
use std::fs::Metadata;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::print;
use crate::data::Origin;
use crate::error::{Error, Result};
use crate::run::{Run, runs_of};
use crate::setup::Config;
use crate::sweep::Plan;
use crate::write::{Beside, resolved};

/// How deep a folder of inputs is searched; an input deeper than this is none that any reader opens.
const DEPTH: usize = 8;

/// An output that may be written.
pub(super) struct Output {
    /// The name that was typed, for messages.
    path: PathBuf,
    target: Target,
}

/// What an output is, which decides how it can be written.
enum Target {
    /// Standard output.
    Stdout,
    /// A device or a pipe, which takes bytes as they come.
    Stream,
    /// A file.
    File(Beside),
}

impl Output {
    /// Decides whether `path` may be written, and begins; `flag` named it. `inputs` are the files, and the folders of
    /// files, that the command reads.
    ///
    /// # Errors
    /// It exists and `overwrite` is off, it is one of the inputs, it is a folder, or there is no permission.
    pub(super) fn open(path: &Path, flag: &str, overwrite: bool, inputs: &[PathBuf]) -> Result<Self> {
        let stdout = ["-", "/dev/stdout"].contains(&path.to_str().unwrap_or_default());
        let fail =
            |e: std::io::Error| Error::other(format!("cannot write `{}`: {e}; choose another {flag}", path.display()));
        let there = if stdout { standard_output() } else { resolved(path).map_err(fail)?.metadata().ok() };
        if let Some(there) = &there {
            allowed(path, flag, overwrite || stdout, there, inputs)?;
        }
        let target = match there {
            _ if stdout => Target::Stdout,
            Some(there) if !there.is_file() => Target::Stream,
            _ => Target::File(Beside::new(path, overwrite).map_err(fail)?),
        };
        Ok(Output { path: path.to_path_buf(), target })
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// No space.
    pub(super) fn write(self, bytes: &[u8]) -> Result<()> {
        self.write_by(|write| write(bytes))
    }

    /// Writes what `fill` hands over, piece by piece.
    ///
    /// # Errors
    /// No space, or what `fill` reports.
    pub(super) fn write_by(self, fill: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>) -> Result<()> {
        let Output { path, target } = self;
        let fail = |e: std::io::Error| failed(&path, &e);
        match target {
            Target::Stdout => fill(&mut |bytes| {
                print::bytes(bytes);
                Ok(())
            }),
            Target::Stream => {
                let mut stream = std::fs::OpenOptions::new().write(true).open(&path).map_err(fail)?;
                fill(&mut |bytes| stream.write_all(bytes).map_err(fail))
            }
            Target::File(mut file) => {
                fill(&mut |bytes| file.write_all(bytes).map_err(fail))?;
                file.finish().map_err(fail)
            }
        }
    }

    /// The file in the making, for a format that is written here and there and not from its beginning to its end.
    ///
    /// # Errors
    /// It is standard output.
    pub(super) fn file(self) -> Result<Beside> {
        match self.target {
            Target::File(file) => Ok(file),
            Target::Stream => Beside::new(&self.path, false).map_err(|e| failed(&self.path, &e)),
            Target::Stdout => Err(Error::usage("HDF5 is no stream: it cannot go to stdout; pass --output FILE.h5")),
        }
    }
}

/// The files that are read where `model` is named: itself, or if it is the folder of a run all that the run wrote; and
/// the data of the run that it belongs to, which nobody would get back.
pub(super) fn of_model(model: &Path) -> Vec<PathBuf> {
    let own = match model.is_dir() {
        true => Run::at(model).written(),
        false => vec![model.to_path_buf()],
    };
    let run = if model.is_dir() { Some(Run::at(model)) } else { Run::of_model(model) };
    own.into_iter().chain(run.iter().flat_map(learned_from)).collect()
}

/// The files that a run has learned from and was tested on, where they are now: by what it has written down of them, and
/// for a run of a version that did not do so, where its configuration says.
fn learned_from(run: &Run) -> Vec<PathBuf> {
    if let Some(Origin { data, test, .. }) = Origin::of_run(run) {
        let stamps = [data, test].into_iter().flatten();
        return stamps.filter_map(|stamp| stamp.find(&run.path)).map(|found| found.path).collect();
    }
    let config = Config::of(run).unwrap_or_default();
    [config.data, config.test].into_iter().flatten().collect()
}

/// The files that belong to a plan: itself, its trainings, and the data that they learn.
pub(super) fn of_plan(plan: &Plan) -> Vec<PathBuf> {
    let configs = plan.trials.iter().filter_map(|trial| trial.config().ok());
    let data: HashSet<PathBuf> = configs.flat_map(|config| of_config(&config, None)).collect();
    data.into_iter().chain([plan.path.clone(), runs_of(&plan.path)]).collect()
}

/// The files that a configuration reads, and the file that it was read from.
pub(super) fn of_config(config: &Config, file: Option<&Path>) -> Vec<PathBuf> {
    let files = [file, config.data.as_deref(), config.test.as_deref()].into_iter().flatten().map(Path::to_path_buf);
    files.chain(config.from.iter().flat_map(|model| of_model(model))).collect()
}

/// Refuses inputs that lie among `files`, which the command is going to replace.
///
/// # Errors
/// The first input that does.
pub(super) fn spare(inputs: &[PathBuf], files: &[PathBuf]) -> Result<()> {
    let lost = inputs.iter().find(|input| is_input(input, files));
    lost.map_or(Ok(()), |input| {
        Err(Error::usage(format!(
            "`{}` is an input (the data, --test, --from or --config) and lies in the folder that --overwrite replaces; choose another --run",
            input.display()
        )))
    })
}

/// Whether `path` is one of `inputs`, or a file in one of them.
pub(super) fn is_input(path: &Path, inputs: &[PathBuf]) -> bool {
    path.metadata().is_ok_and(|there| is_among(&there, inputs))
}

/// Whether the file that `there` describes is one of `inputs`, or lies in one of them.
fn is_among(there: &Metadata, inputs: &[PathBuf]) -> bool {
    there.is_file() && inputs.iter().any(|input| holds(input, DEPTH, &|input| same(input, there)))
}

/// Refuses to write over a folder, over an input, or over a file without `--overwrite`.
fn allowed(path: &Path, flag: &str, overwrite: bool, there: &Metadata, inputs: &[PathBuf]) -> Result<()> {
    let path = path.display();
    if there.is_dir() {
        return Err(Error::usage(format!("`{path}` is a folder; give {flag} the name of a file")));
    }
    if is_among(there, inputs) {
        return Err(Error::usage(format!(
            "`{path}` is read by this command, and no input is written over, with --overwrite or without; choose another {flag}"
        )));
    }
    if there.is_file() && !overwrite {
        return Err(Error::usage(format!("`{path}` exists; choose another {flag}, or pass --overwrite")));
    }
    Ok(())
}

/// Whether `path` is a file that `is` true of, or a folder that holds one.
fn holds(path: &Path, depth: usize, is: &dyn Fn(&Metadata) -> bool) -> bool {
    match path.metadata() {
        Ok(there) if there.is_dir() && depth > 0 => {
            let mut entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            entries.any(|entry| holds(&entry.path(), depth - 1, is))
        }
        Ok(there) => is(&there),
        Err(_) => false,
    }
}

/// Whether two files are one, whatever they are called.
#[cfg(unix)]
fn same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Whether two files may be one: without numbers of files, those of equal size and times are taken for one.
#[cfg(not(unix))]
fn same(a: &Metadata, b: &Metadata) -> bool {
    let mark = |file: &Metadata| (file.len(), file.modified().ok(), file.created().ok());
    mark(a) == mark(b)
}

/// The file that standard output goes to.
#[cfg(unix)]
fn standard_output() -> Option<Metadata> {
    use std::os::fd::AsFd;
    let stdout = std::io::stdout().as_fd().try_clone_to_owned().ok()?;
    std::fs::File::from(stdout).metadata().ok()
}

#[cfg(not(unix))]
fn standard_output() -> Option<Metadata> {
    None
}

/// The error of an output that somebody else has made meanwhile, or that could not be written to its end.
fn failed(path: &Path, e: &std::io::Error) -> Error {
    match e.kind() {
        std::io::ErrorKind::AlreadyExists => Error::usage(format!(
            "`{}` came into being meanwhile and stays; choose another name, or pass --overwrite",
            path.display()
        )),
        _ => Error::other(format!("cannot write `{}`: {e}; free space or choose another folder", path.display())),
    }
}
