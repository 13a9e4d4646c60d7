//! Numbers that lie in other files: what a link, a virtual data set or raw storage names, and whether it may be read.
//!
//! A file may say that its numbers are those of another, in one of three ways. Followed blindly, a file from elsewhere
//! could have any file of the machine read as data, and HDF5 itself fills what is missing with zeros without a word. So
//! names are resolved here as HDF5 would resolve them, a target must lie in the folder of the file (links resolved, in it
//! or below it), and one that is missing is an error. `listing` asks for links, `trust` for the rest.

use std::ffi::{CString, c_char, c_void};
use std::path::{Path, PathBuf};

use hdf5::{Dataset, Dataspace, Group};
use hdf5_sys::h5l::{H5Lget_val, H5Lunpack_elink_val};
use hdf5_sys::h5p::{
    H5P_DEFAULT, H5Pget_virtual_count, H5Pget_virtual_dsetname, H5Pget_virtual_filename, H5Pget_virtual_srcspace,
    H5Pget_virtual_vspace,
};

use crate::data::hdf5::complaint::Complaint;

/// Bytes of a name in a file, at most.
const NAME: usize = 4096;
/// How many sources a virtual data set may have.
const SOURCES: usize = 10_000;

/// Why a file that is named is not read.
pub enum Unread {
    /// No file is there.
    Missing(String),
    /// It is this one, which lies outside the folder.
    Outside(String, PathBuf),
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unread::Missing(name) => write!(f, "`{name}`, which is not there"),
            Unread::Outside(name, path) => {
                write!(f, "`{name}`, which is `{}` and outside the folder of the file", path.display())
            }
        }
    }
}

impl Unread {
    /// What to do about it, where the file itself says how its numbers are put together.
    pub fn way_out(&self) -> &'static str {
        match self {
            Unread::Missing(_) => "copy that file beside this one",
            Unread::Outside(..) => "make one file of all: h5repack -f GZIP=4 FILE NEW",
        }
    }
}

/// The file that `name` means in the file `from`: an absolute path, or one beside `from` or in `folder`.
///
/// # Errors
/// No file is there, or it lies outside `folder`.
pub fn resolve(folder: &Path, from: &Path, name: &str) -> Result<PathBuf, Unread> {
    let target = Path::new(name);
    let beside = |name: &Path| [from.parent().unwrap_or(folder).join(name), folder.join(name)];
    // HDF5 looks for the last part of an absolute path that is not there beside the file: its folder has moved.
    let [first, second] =
        if target.is_absolute() { beside(Path::new(target.file_name().unwrap_or_default())) } else { beside(target) };
    let places = [target.is_absolute().then(|| target.to_path_buf()), Some(first), Some(second)];
    let there = places.into_iter().flatten().find(|path| path.is_file());
    match there.and_then(|path| path.canonicalize().ok()) {
        Some(path) if path.starts_with(folder) => Ok(path),
        Some(path) => Err(Unread::Outside(name.into(), path)),
        None => Err(Unread::Missing(name.into())),
    }
}

/// The name of the file that the external link `name` of `group` leads to; `None` if it cannot be read.
pub fn link(group: &Group, name: &str) -> Option<String> {
    let name = CString::new(name).ok()?;
    let mut value = vec![0u8; 2 * NAME];
    let (mut flags, mut file, mut object) = (0, std::ptr::null(), std::ptr::null());
    hdf5::sync::sync(|| {
        // SAFETY: the name ends in a zero, and the library writes no more than the bytes of `value`.
        let got = unsafe {
            H5Lget_val(group.id(), name.as_ptr(), value.as_mut_ptr().cast::<c_void>(), value.len(), H5P_DEFAULT)
        };
        // SAFETY: the library looks at no more than these bytes, and gives places of strings that end within them.
        let unpacked = unsafe {
            H5Lunpack_elink_val(value.as_ptr().cast(), value.len(), &raw mut flags, &raw mut file, &raw mut object)
        };
        if got < 0 || unpacked < 0 || file.is_null() {
            return None;
        }
        // SAFETY: as above; `value` is still there.
        Some(unsafe { std::ffi::CStr::from_ptr(file) }.to_string_lossy().into_owned())
    })
}

/// A part of a virtual data set: where its numbers come from.
pub struct Source {
    /// The name of the file, `.` for the one that holds the virtual data set.
    pub file: String,
    /// The data set in it.
    pub name: String,
    /// How long it must be along each axis at least; empty where all of it is taken.
    pub shape: Vec<usize>,
    /// How many numbers are taken.
    pub count: usize,
}

/// The sources of a virtual data set.
///
/// # Errors
/// There are too many, one cannot be read, or one has a pattern for a name.
pub fn sources(set: &Dataset) -> Result<Vec<Source>, Complaint> {
    let plist = set.dcpl().map_err(|_| "its sources cannot be read")?;
    let id = plist.id();
    let mut count = 0;
    // SAFETY: the list is open, and the number is written.
    let told = hdf5::sync::sync(|| unsafe { H5Pget_virtual_count(id, &raw mut count) });
    if told < 0 || count > SOURCES {
        return Err(format!("it has {count} sources, and {SOURCES} are read at most"));
    }
    let source = |place| {
        // SAFETY: the list is open, `place` is below the count, and no more than the given bytes are written.
        let file = text(|buffer, size| unsafe { H5Pget_virtual_filename(id, place, buffer, size) });
        // SAFETY: as above.
        let name = text(|buffer, size| unsafe { H5Pget_virtual_dsetname(id, place, buffer, size) });
        // SAFETY: as above; the space that is given belongs to the caller, and `from_id` takes it.
        let space = hdf5::sync::sync(|| unsafe { hdf5::from_id::<Dataspace>(H5Pget_virtual_srcspace(id, place)) });
        // SAFETY: as above.
        let part = hdf5::sync::sync(|| unsafe { hdf5::from_id::<Dataspace>(H5Pget_virtual_vspace(id, place)) });
        Some(Source { file: file?, name: name?, shape: space.ok()?.shape(), count: part.ok()?.selection_size() })
    };
    let sources: Option<Vec<Source>> = (0..count).map(source).collect();
    let mut sources = sources.ok_or("its sources cannot be read")?;
    for source in &mut sources {
        for name in [&mut source.file, &mut source.name] {
            if name.replace("%%", "").contains("%b") {
                return Err(format!("its sources have a pattern for a name, `{name}`"));
            }
            *name = name.replace("%%", "%"); // as HDF5 writes a percent sign there
        }
    }
    Ok(sources)
}

/// A string that the library writes into a buffer of a size, giving its length.
fn text(read: impl Fn(*mut c_char, usize) -> isize) -> Option<String> {
    let mut bytes = vec![0u8; NAME];
    let length = hdf5::sync::sync(|| read(bytes.as_mut_ptr().cast(), NAME));
    bytes.truncate(usize::try_from(length).ok().filter(|&n| n < NAME)?);
    String::from_utf8(bytes).ok()
}
