//! Trust: whether a data set can be read at all, decided from its header before a byte of it is fetched.
//!
//! A header is a claim. One that declares more than is stored, that points out of its folder or that needs a filter
//! which is not there would end in a crash, in somebody else's file or in a buffer larger than the machine. The library
//! checks some of this while it reads, too late for the buffer that it is given. This is the last check before numbers are
//! fetched, and it runs where the library runs, in the child.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use hdf5::Dataset;
use hdf5::dataset::Layout;

use super::elsewhere::{Source, resolve, sources};
use super::text::width_in_memory;
use crate::data::array::{Array, Kind, ONE_FILE};
use crate::data::hdf5::codec::Codec;
use crate::data::hdf5::complaint::Complaint;

/// What is wrong, and the way out.
type Objection = (Complaint, &'static str);

/// The way out where the header contradicts itself.
const DAMAGED: &str = "the file is damaged";
/// The way out of a compression that is not known here.
const REPACK: &str = "rewrite it: `pip install hdf5plugin`, then HDF5_PLUGIN_PATH=$(python -c 'import hdf5plugin; \
                      print(hdf5plugin.PLUGIN_PATH)') h5repack -f GZIP=4 FILE NEW";
/// The way out where a source is not what its virtual data set says.
const FETCH: &str = "fetch both files again";
/// How deep virtual data sets may be made of others.
const DEEPEST: usize = 8;

/// What speaks against reading `set`, which `array` describes, into numbers of `width` bytes, for which `budget` bytes
/// are free; `None` if nothing does. Strings are as wide as what they are read into. Beside the file `path` of the set
/// only files in `folder` may be read.
pub fn objection(
    set: &Dataset,
    array: &Array,
    (path, folder): (&Path, Option<&Path>),
    width: usize,
    budget: usize,
) -> Option<Objection> {
    let width = if array.kind == Kind::Text { width_in_memory(set) } else { width };
    let elements = array.entries();
    let bytes = elements.and_then(|n| n.checked_mul(width));
    let space = set.space().map(|space| space.size()).ok();
    match (elements, bytes) {
        (Some(n), Some(_)) if space != Some(n) => Some(("its shape and its extent differ".into(), DAMAGED)),
        (Some(_), Some(bytes)) if bytes > budget => Some((
            format!("it needs {} MB of memory and {} MB are free for it", bytes >> 20, budget >> 20),
            "take fewer rows or a larger --memory",
        )),
        (Some(_), Some(bytes)) => match (Ground { path, folder, seen: HashMap::new() }).believable(set, 0) {
            Ok(believable) if (bytes as u64) > believable.saturating_add(64 << 20) => {
                Some(("less is stored than its shape declares".into(), DAMAGED))
            }
            Ok(_) => None,
            Err(objection) => Some(objection),
        },
        _ => Some(("its extent is larger than any memory".into(), DAMAGED)),
    }
}

/// The files in which the numbers of a data set may lie.
struct Ground<'a> {
    /// The file itself.
    path: &'a Path,
    /// The folder whose files may be read.
    folder: Option<&'a Path>,
    /// Data sets that have been looked at, by file and name: one may be the source of many others.
    seen: HashMap<(PathBuf, String), u64>,
}

impl Ground<'_> {
    /// How many bytes the numbers of `set` may have at most, by what is stored of them; `depth` sets are made of it.
    ///
    /// # Errors
    /// Its numbers lie where they may not be read or are not there, less is stored than it declares, or it has a filter that
    /// is not known.
    fn believable(&mut self, set: &Dataset, depth: usize) -> Result<u64, Objection> {
        let here = PathBuf::from(set.filename());
        let here = here.canonicalize().unwrap_or(here);
        if here != self.path && !self.folder.is_some_and(|folder| here.starts_with(folder)) {
            return Err((format!("its numbers lie in another file, `{}`", here.display()), ONE_FILE));
        }
        missing_filter(set)?;
        let plist = set.dcpl().map_err(|_| ("its layout cannot be read".into(), DAMAGED))?;
        let (layout, external) = (set.layout(), plist.external());
        if layout == Layout::Virtual {
            return self.sources(set, &here, depth);
        }
        let size = set.dtype().map(|dtype| dtype.size()).unwrap_or(0) as u64;
        let declared = (set.space().map_or(0, |space| space.size()) as u64).saturating_mul(size);
        let stored = match external.is_empty() {
            true => set.storage_size(),
            false => external.iter().try_fold(0u64, |all, part| {
                Ok::<_, Objection>(all.saturating_add(self.raw(&part.name, part.offset as u64, part.size as u64)?))
            })?,
        };
        let believable = ratio(&plist).saturating_mul(stored);
        let short = match layout {
            _ if !external.is_empty() => stored < declared,
            Layout::Contiguous => stored != 0 && stored < declared,
            _ => declared > believable.saturating_add(64 << 20),
        };
        if short { Err(("less is stored than its shape declares".into(), DAMAGED)) } else { Ok(believable) }
    }

    /// How many bytes the raw file `name` holds of the `size` that shall begin at `offset`.
    fn raw(&self, name: &str, offset: u64, size: u64) -> Result<u64, Objection> {
        let folder = self.folder.ok_or_else(|| (format!("its numbers lie in another file, `{name}`"), ONE_FILE))?;
        let path = resolve(folder, &folder.join("raw"), name)
            .map_err(|why| (format!("its numbers lie in the raw file {why}"), why.way_out()))?;
        let length = std::fs::metadata(path).map_or(0, |meta| meta.len());
        Ok(length.saturating_sub(offset).min(size))
    }

    /// As [`Ground::believable`] for a virtual data set in the file `here`: what its sources come to.
    fn sources(&mut self, set: &Dataset, here: &Path, depth: usize) -> Result<u64, Objection> {
        if self.folder.is_none() {
            return Err(("its numbers lie in other files".into(), ONE_FILE));
        }
        if depth >= DEEPEST {
            return Err((format!("it is made of data sets that are made of others, {DEEPEST} deep"), ONE_FILE));
        }
        let sources = sources(set).map_err(|why| (why, ONE_FILE))?;
        sources.iter().try_fold(0u64, |all, source| {
            Ok(all.saturating_add(self.source(set, here, source, depth.saturating_add(1))?))
        })
    }

    /// As [`Ground::believable`] for a source of the virtual data set `set` in the file `here`.
    fn source(&mut self, set: &Dataset, here: &Path, source: &Source, depth: usize) -> Result<u64, Objection> {
        let Source { file, name, shape, count } = source;
        let gone = |why: String, way| (format!("a part of it is to come from {why}"), way);
        let path = match (file.as_str(), self.folder) {
            (".", _) | (_, None) => here.to_path_buf(),
            (file, Some(folder)) => resolve(folder, here, file).map_err(|why| gone(why.to_string(), why.way_out()))?,
        };
        let key = (path, name.clone());
        if let Some(&believable) = self.seen.get(&key) {
            return Ok(believable);
        }
        let path = &key.0;
        let found = if path == here { set.file() } else { hdf5::File::open(path) };
        let found = found.and_then(|found| found.dataset(name));
        let found =
            found.map_err(|_| gone(format!("`{name}` of `{file}`, which is not there or cannot be read"), FETCH))?;
        let is = found.shape();
        let whole = if shape.is_empty() { is.iter().product::<usize>() == *count } else { is.len() == shape.len() };
        if !whole || is.iter().zip(shape).any(|(is, must)| is < must) {
            return Err(gone(format!("`{name}` of `{file}`, of which {is:?} is too little"), FETCH));
        }
        let believable = self.believable(&found, depth)?;
        self.seen.insert(key, believable);
        Ok(believable)
    }
}

/// How many bytes a byte in the file can stand for: with deflate 1,032, and with zstd, which can say that a byte is repeated,
/// 32,768.
fn ratio(plist: &hdf5::plist::DatasetCreate) -> u64 {
    let zstd = |filter: &hdf5::filters::Filter| match filter {
        hdf5::filters::Filter::User(id, values) => Codec::of(*id, values).is_some_and(Codec::is_zstd),
        _ => false,
    };
    if plist.filters().iter().any(zstd) { 33_000 } else { 1100 }
}

/// Filters of other people by their registered numbers (The HDF Group, Registered Filter Plugins).
const REGISTERED: [(i32, &str); 11] = [
    (4, "szip"),
    (307, "bzip2"),
    (32_000, "lzf"),
    (32_001, "blosc"),
    (32_004, "lz4"),
    (32_008, "bitshuffle"),
    (32_013, "zfp"),
    (32_015, "zstd"),
    (32_017, "sz"),
    (32_024, "sz3"),
    (32_026, "blosc2"),
];

/// Objects to the first filter of `set` that this program cannot undo.
fn missing_filter(set: &Dataset) -> Result<(), Objection> {
    let objection = |name: &str, way| Err((format!("it is compressed by {name}, which cannot be undone here"), way));
    let filters = match set.dcpl() {
        Ok(plist) if plist.has_filters() && plist.filters().is_empty() => {
            return objection("a filter of an unknown kind", REPACK);
        }
        Ok(plist) => plist.filters(),
        Err(_) => return Ok(()),
    };
    let Some(id) = filters.iter().find(|filter| !filter.is_available()).map(|filter| filter.id()) else {
        return Ok(());
    };
    let name = REGISTERED.iter().find(|(number, _)| *number == id).map(|(_, name)| name);
    // What h5repack undoes by itself needs no plug-in.
    let way = if id == 4 { "rewrite it: h5repack -f GZIP=4 FILE NEW" } else { REPACK };
    objection(&name.map_or_else(|| format!("filter number {id}"), |name| format!("{name} (filter {id})")), way)
}
