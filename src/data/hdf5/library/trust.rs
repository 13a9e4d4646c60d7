//! Trust: whether a data set can be read at all, decided from its header before a byte of it is fetched.
//!
//! A header is a claim. One that declares more than is stored, that points into another file or that needs a filter
//! which is not there would end in a crash, in somebody else's file or in a buffer larger than the machine. The library
//! checks some of this while it reads, too late for the buffer that it is given. This is the last check before numbers are
//! fetched, and it runs where the library runs, in the child.

use hdf5::Dataset;
use hdf5::dataset::Layout;

use super::text::width_in_memory;
use crate::data::array::{Array, Kind};
use crate::data::hdf5::complaint::Complaint;

/// What is wrong, and the way out.
type Objection = (Complaint, &'static str);

/// The way out where the header contradicts itself.
const DAMAGED: &str = "the file is damaged";

/// What speaks against reading `set`, which `array` describes, out of the file called `file` into numbers of `width`
/// bytes, for which `budget` bytes are free; `None` if nothing does. Strings are as wide as what they are read into.
pub fn objection(set: &Dataset, array: &Array, file: &str, width: usize, budget: usize) -> Option<Objection> {
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
        (Some(n), Some(bytes)) => storage(set, n, bytes as u64, file),
        _ => Some(("its extent is larger than any memory".into(), DAMAGED)),
    }
}

/// What speaks against the way in which the `count` elements of `set`, of `bytes` bytes in memory, are stored.
fn storage(set: &Dataset, count: usize, bytes: u64, file: &str) -> Option<Objection> {
    let size = set.dtype().map(|dtype| dtype.size()).unwrap_or(0) as u64;
    let declared = (count as u64).saturating_mul(size);
    let (stored, layout) = (set.storage_size(), set.layout());
    let external = set.dcpl().is_ok_and(|plist| !plist.external().is_empty());
    let outside = set.filename() != file;
    // Deflate makes at most 1,032 bytes of one; what was never stored is all fill value, which takes no storage.
    let believable = 1100u64.saturating_mul(stored).saturating_add(64 << 20);
    let complaint = match layout {
        _ if outside || external || layout == Layout::Virtual => Some("its numbers lie in another file"),
        Layout::Contiguous if stored != 0 && stored < declared => Some("less is stored than its shape declares"),
        _ if declared.max(bytes) > believable => Some("less is stored than its shape declares"),
        _ => None,
    };
    let plain = complaint.map(|complaint| (complaint.into(), "rewrite it as one plain data set with h5py"));
    let unknown = |filter| {
        (format!("it is compressed by {filter}, which cannot be undone here"), "rewrite it with h5repack -f GZIP=4")
    };
    plain.or_else(|| missing_filter(set).map(unknown))
}

/// Filters of other people by their registered numbers (The HDF Group, Registered Filter Plugins).
const REGISTERED: [(i32, &str); 9] = [
    (4, "szip"),
    (307, "bzip2"),
    (32_000, "lzf"),
    (32_001, "blosc"),
    (32_004, "lz4"),
    (32_008, "bitshuffle"),
    (32_013, "zfp"),
    (32_015, "zstd"),
    (32_026, "blosc2"),
];

/// What the first filter of `set` is called that this program cannot undo.
fn missing_filter(set: &Dataset) -> Option<String> {
    let plist = set.dcpl().ok()?;
    if plist.has_filters() && plist.filters().is_empty() {
        return Some("a filter of an unknown kind".into());
    }
    let filters = plist.filters();
    let id = filters.iter().find(|filter| !filter.is_available())?.id();
    let name = REGISTERED.iter().find(|(number, _)| *number == id);
    Some(name.map_or_else(|| format!("filter number {id}"), |(_, name)| format!("{name} (filter {id})")))
}
