//! Files that are whole at every moment: written beside their name, flushed, and renamed over it.
//!
//! Whoever reads such a file, or is left with it after a kill or a power cut, finds what was there before or what was to
//! be there, and never a part of either.

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// How the names of files begin that are not whole yet; what a kill leaves of them is nobody's.
pub const UNFINISHED: &str = ".backburn-";

/// Writes `bytes` as the file `path`.
///
/// # Errors
/// There is no space or no permission.
pub fn write_beside(path: &Path, bytes: &[u8]) -> Result<()> {
    write_beside_by(path, |write| write(bytes))
}

/// Writes the file `path` piece by piece: `fill` is given the function that takes the pieces.
///
/// # Errors
/// There is no space or no permission, or what `fill` reports.
pub fn write_beside_by(
    path: &Path,
    fill: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>,
) -> Result<()> {
    let fail = |e: std::io::Error| {
        Error::other(format!("cannot write `{}`: {e}; free space or choose another folder", path.display()))
    };
    // Through a link to what it names; a device or a pipe takes the bytes itself, nothing can be renamed onto it.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    if path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let mut stream = std::fs::OpenOptions::new().write(true).open(path).map_err(fail)?;
        return fill(&mut |bytes| stream.write_all(bytes).map_err(fail));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder).map_err(fail)?;
    fill(&mut |bytes| file.write_all(bytes).map_err(fail))?;
    file.as_file().sync_all().map_err(fail)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    file.persist(path).map_err(|e| fail(e.error))?;
    #[cfg(unix)]
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)?;
    Ok(())
}
