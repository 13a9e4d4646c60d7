//! Files that are whole at every moment: written beside the name that they will have, flushed, and renamed to it.
//!
//! Whoever reads such a file, or is left with it after a kill or a power cut, finds what was there before or what was to
//! be there, and never a part of either. An interrupted write leaves nothing: the files in the making are listed, so that
//! a process that ends without unwinding can remove them. All files of the house are written here, those of a run as well
//! as those that a person names.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::ranks;

/// How the names of files begin that are not whole yet; the number of the process that writes them follows.
const UNFINISHED: &str = ".backburn-";

/// Where the files in the making lie, for [`abandon`].
static LISTED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

type Written<T> = std::io::Result<T>;

/// Writes `bytes` as the file `path`, over an earlier one of that name. Of several ranks the first writes, for all.
///
/// # Errors
/// There is no space or no permission.
pub fn write_beside(path: &Path, bytes: &[u8]) -> Result<()> {
    if !ranks::is_first() {
        return Ok(());
    }
    let write = || {
        let mut file = Beside::new(path, true)?;
        file.write_all(bytes)?;
        file.finish()
    };
    write().map_err(|e| {
        Error::other(format!("cannot write `{}`: {e}; free space or choose another folder", path.display()))
    })
}

/// Removes all files in the making: for a process that ends without unwinding, at Ctrl-C. The list stays locked, so that
/// no other thread begins a file before the process is gone.
pub fn abandon() {
    let mut unfinished = LISTED.lock().unwrap_or_else(PoisonError::into_inner);
    unfinished.drain(..).for_each(|path| drop(std::fs::remove_file(path)));
    std::mem::forget(unfinished);
}

/// Removes the unfinished files that killed processes have left in `folder`. Those of this process, and of others that
/// still run, stay. Processes of other machines or containers that share the folder are not known here.
pub fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(rest) = name.strip_prefix(UNFINISHED) else { continue };
        let writer = rest.split('-').next().and_then(|number| number.parse().ok());
        if writer.is_none_or(|number| number != std::process::id() && !runs(number)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether a process of this number runs.
#[cfg(unix)]
fn runs(number: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let process = i32::try_from(number).ok().and_then(Pid::from_raw);
    process.is_some_and(|process| test_kill_process(process) != Err(rustix::io::Errno::SRCH))
}

/// Nobody can be asked here, so the process may run.
#[cfg(not(unix))]
fn runs(_number: u32) -> bool {
    true
}

/// A file that has no name yet; it is gone if it is dropped.
pub struct Beside {
    /// What it will be, as it was named.
    name: PathBuf,
    /// The same with links followed.
    target: PathBuf,
    temporary: NamedTempFile,
    naming: Naming,
    listed: Listed,
}

/// How a file gets its name.
#[derive(Clone, Copy, PartialEq)]
enum Naming {
    /// It is renamed, over an earlier file if there is one.
    Replace,
    /// It is renamed, unless there is a file of that name.
    New,
    /// Nothing can be renamed onto a device or a pipe: its bytes are copied there.
    Copy,
}

/// The same error without the name of the file in the making, which nobody knows who meets the message. `tempfile` puts it
/// behind the text of the system.
fn nameless(e: std::io::Error) -> std::io::Error {
    let text = e.to_string();
    let cause = text.split_once(" at path ").map(|(cause, _)| std::io::Error::new(e.kind(), cause));
    cause.unwrap_or(e)
}

impl Beside {
    /// Starts the file that will be `path`, through a link what it names. Its folder is made if need be. At the end it
    /// takes the place of an earlier file if `replace`, with the permissions that that has.
    ///
    /// # Errors
    /// `path` is a folder, or there is no permission to write beside it.
    pub fn new(path: &Path, replace: bool) -> Written<Self> {
        let target = resolved(path)?;
        let there = target.metadata().ok();
        if there.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            return Err(std::io::Error::new(ErrorKind::IsADirectory, "it is a folder"));
        }
        let special = there.as_ref().is_some_and(|there| !there.is_file());
        let folder = if special { std::env::temp_dir() } else { folder(&target).to_path_buf() };
        std::fs::create_dir_all(&folder)?;
        let (temporary, listed) = temporary(&folder).map_err(nameless)?;
        if let Some(there) = there.filter(|_| !special) {
            let _ = temporary.as_file().set_permissions(there.permissions());
        }
        let naming = match (special, replace) {
            (true, _) => Naming::Copy,
            (false, true) => Naming::Replace,
            (false, false) => Naming::New,
        };
        Ok(Beside { name: path.to_path_buf(), target, temporary, naming, listed })
    }

    /// Where its bytes lie until the end, for a library that wants a path.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// What it will be, as it was named.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Flushes the bytes and gives them their name.
    ///
    /// # Errors
    /// No space, or a file of that name came into being meanwhile and is not to be replaced.
    pub fn finish(self) -> Written<()> {
        let Beside { target, temporary, naming, listed, .. } = self;
        temporary.as_file().sync_all()?;
        match naming {
            Naming::Copy => {
                let mut stream = std::fs::OpenOptions::new().write(true).open(&target)?;
                std::io::copy(&mut File::open(temporary.path())?, &mut stream)?;
            }
            Naming::Replace => drop(temporary.persist(&target)?),
            Naming::New => drop(temporary.persist_noclobber(&target)?),
        }
        drop(listed);
        #[cfg(unix)]
        if naming != Naming::Copy {
            File::open(folder(&target))?.sync_all()?;
        }
        Ok(())
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> Written<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> Written<()> {
        self.temporary.flush()
    }
}

/// What `path` names once links are followed, also one that leads to no file yet.
///
/// # Errors
/// `path` ends in no name, or its links run in a circle.
pub fn resolved(path: &Path) -> Written<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..40 {
        // A pipe that is reached by `/dev/fd` has no other name.
        if path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir()) {
            return Ok(path);
        }
        if let Ok(there) = path.canonicalize() {
            return Ok(there);
        }
        let Ok(target) = std::fs::read_link(&path) else {
            let name =
                path.file_name().ok_or_else(|| std::io::Error::new(ErrorKind::InvalidInput, "it names no file"))?;
            let folder = folder(&path);
            return Ok(folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()).join(name));
        };
        path = folder(&path).join(target);
    }
    Err(std::io::Error::new(ErrorKind::InvalidInput, "its links lead nowhere"))
}

/// The folder that a path lies in.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file with the permissions that any new file of this process has. It is listed before [`abandon`] can look.
fn temporary(folder: &Path) -> Written<(NamedTempFile, Listed)> {
    let mut builder = tempfile::Builder::new();
    let prefix = format!("{UNFINISHED}{}-", std::process::id());
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut unfinished = LISTED.lock().unwrap_or_else(PoisonError::into_inner);
    let temporary = builder.tempfile_in(folder)?;
    let path = temporary.path().to_path_buf();
    unfinished.push(path.clone());
    Ok((temporary, Listed(path)))
}

/// A path that is listed as long as it is a file in the making.
struct Listed(PathBuf);

impl Drop for Listed {
    fn drop(&mut self) {
        LISTED.lock().unwrap_or_else(PoisonError::into_inner).retain(|path| *path != self.0);
    }
}
