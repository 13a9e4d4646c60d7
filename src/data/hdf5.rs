//! HDF5 files: what arrays are in one, and their numbers, with every claim of the file checked first.
//!
//! A file's header may say anything, so shapes, layouts, filters and types are examined before a buffer is taken;
//! a hostile file ends in a message. Only this room knows the HDF5 library, and it is the first station on the path
//! of a batch: file → `Block`. Of its children `table` reads rows, past the library's lock where it can (`chunks`
//! inflates them, `number` converts them), `notes` the small things, `write` makes data files and `predictions` those
//! of `predict`.

mod chunks;
mod notes;
mod number;
mod predictions;
mod table;
mod write;

pub use chunks::Scratch;
pub use predictions::PredictionFile;
pub use table::Table;
pub use write::{Half, Writer, write_arrays};

use std::path::{Path, PathBuf};

use hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};
use hdf5::{Dataset, Group};

use super::array::{Array, Kind, list};
use super::labels::Labels;
use crate::error::{Error, Result};

/// An open file.
pub struct File {
    path: PathBuf,
    file: hdf5::File,
    _image: Option<tempfile::NamedTempFile>,
}

impl File {
    /// Opens `path` for reading.
    ///
    /// # Errors
    /// Nothing there, no permission, a folder, or another kind of file, which the message names.
    pub fn open(path: &Path) -> Result<Self> {
        super::magic::expect_hdf5(path)?;
        hdf5::silence_errors(true);
        let file = hdf5::File::open(path).map_err(|e| match brief(&e) {
            text if text.contains("unable to lock file") || text.contains("already open for write") => {
                Error::data(format!("`{}` is open for writing elsewhere; close it there first", path.display()))
            }
            text => Error::data(format!(
                "cannot read `{}` as HDF5: {text}; the file is damaged or incomplete, fetch it again",
                path.display()
            )),
        })?;
        Ok(File { path: path.to_path_buf(), file, _image: None })
    }

    /// Opens a file that is held in memory; `name` is for messages.
    ///
    /// # Errors
    /// No temporary file can be made.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let fail = |e: std::io::Error| {
            Error::other(format!("cannot unpack {name} into the temporary folder: {e}; set TMPDIR"))
        };
        let image = tempfile::NamedTempFile::new().map_err(fail)?;
        std::fs::write(image.path(), bytes).map_err(fail)?;
        let file = Self::open(image.path())?.file;
        Ok(File { path: name.into(), file, _image: Some(image) })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every data set, in the order of names.
    pub fn arrays(&self) -> Vec<Array> {
        let mut found = Vec::new();
        if let Ok(root) = self.file.group("/") {
            walk(&root, "", 0, &mut found);
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// The data set called `name`.
    ///
    /// # Errors
    /// It is not there; the message lists what is.
    pub fn array(&self, name: &str) -> Result<Array> {
        let arrays = self.arrays();
        let wanted = name.trim_matches('/');
        match arrays.iter().position(|array| array.name == wanted) {
            Some(i) => Ok(arrays[i].clone()),
            None => Err(Error::data(format!(
                "no data set `{name}` in `{}`; it holds {}",
                self.path.display(),
                list(&arrays)
            ))),
        }
    }

    /// The numbers of an array as a table to be read range by range.
    ///
    /// # Errors
    /// A type that is no number, a layout or extent that cannot be trusted, or a filter that is not available.
    pub fn features(&self, array: &Array) -> Result<Table> {
        match array.kind {
            Kind::Integer | Kind::Float | Kind::Bool => {
                Ok(Table::new(self.checked(array, 4, usize::MAX)?, array.clone(), self.path.clone()))
            }
            _ => Err(self.bad(
                array,
                &format!("features must be numbers, these are {}", array.dtype),
                "pass --x NAME to choose another data set",
            )),
        }
    }

    /// The entries of an array as labels, row-major.
    ///
    /// # Errors
    /// As [`File::features`], text that is not UTF-8, or more than `budget` bytes.
    pub fn labels(&self, array: &Array, budget: usize) -> Result<Labels> {
        let set = self.checked(array, 8, budget)?;
        match array.kind {
            Kind::Integer | Kind::Float | Kind::Bool => Ok(Labels::Numbers(self.read::<f64>(&set, array)?)),
            Kind::Text => Ok(Labels::Text(self.text(&set, array)?)),
            Kind::Other => Err(self.bad(
                array,
                &format!("labels must be numbers or text, these are {}", array.dtype),
                "pass --y NAME to choose another data set",
            )),
        }
    }

    /// What the file calls its classes, if it says so in the attribute `classes` or a data set of a customary name.
    pub fn class_names(&self) -> Option<Vec<String>> {
        if let Ok(names) = self.file.attr("classes").and_then(|attribute| attribute.read_raw::<VarLenUnicode>()) {
            return Some(names.iter().map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned()).collect());
        }
        const NAMES: [&str; 6] =
            ["list_classes", "class_names", "classnames", "classes", "label_names", "target_names"];
        let arrays = self.arrays();
        let named = |array: &&Array| {
            array.kind == Kind::Text && array.shape.len() == 1 && NAMES.contains(&array.name.to_lowercase().as_str())
        };
        match self.labels(arrays.iter().find(named)?, 1 << 20) {
            Ok(Labels::Text(names)) => Some(names),
            _ => None,
        }
    }

    /// The shape of one row: that in the array, or the attribute `shape` of rows that were flattened, as `import` does.
    pub fn row_shape(&self, array: &Array) -> Vec<usize> {
        let shape = array.shape.get(1..).filter(|s| !s.is_empty()).unwrap_or(&[1]).to_vec();
        let attribute = self.file.dataset(&array.name).and_then(|set| set.attr("shape")?.read_raw::<u64>());
        let told: Vec<usize> = attribute.unwrap_or_default().iter().filter_map(|&n| usize::try_from(n).ok()).collect();
        let count = told.iter().try_fold(1usize, |all, &n| all.checked_mul(n));
        if shape.len() == 1 && !told.is_empty() && count == Some(shape[0]) { told } else { shape }
    }

    /// Whether the file holds the weights of a Keras model rather than data.
    pub fn is_keras_weights(&self) -> bool {
        const MARKS: [&str; 4] = ["keras_version", "layer_names", "model_config", "backend"];
        let marked = self.file.attr_names().is_ok_and(|names| names.iter().any(|n| MARKS.contains(&n.as_str())));
        marked || self.file.link_exists("model_weights")
    }

    /// The data set behind `array`, once its declared extent is believable and affordable.
    fn checked(&self, array: &Array, width: usize, budget: usize) -> Result<Dataset> {
        let set = self.file.dataset(&array.name).map_err(|e| self.bad(array, &brief(&e), "the file is damaged"))?;
        let elements = array.extent().map(|(rows, width)| rows * width);
        let bytes = elements.and_then(|n| n.checked_mul(width));
        let space = set.space().map(|space| space.size()).ok();
        match (elements, bytes) {
            (Some(n), Some(_)) if space != Some(n) => {
                Err(self.bad(array, "its shape and its extent differ", "the file is damaged"))
            }
            (Some(_), Some(bytes)) if bytes > budget => Err(self.bad(
                array,
                &format!("it needs {} MB of memory and {} MB are free for it", bytes >> 20, budget >> 20),
                "take fewer rows or a larger --memory",
            )),
            (Some(_), Some(_)) => self.stored(set, array),
            _ => Err(self.bad(array, "its extent is larger than any memory", "the file is damaged")),
        }
    }

    /// Refuses storage that lies outside the file or cannot hold what is declared.
    fn stored(&self, set: Dataset, array: &Array) -> Result<Dataset> {
        use hdf5::dataset::Layout;
        let count = array.extent().map_or(0, |(rows, width)| rows * width) as u64;
        let size = set.dtype().map(|dtype| dtype.size()).unwrap_or(0) as u64;
        let declared = count.saturating_mul(size);
        let (stored, layout) = (set.storage_size(), set.layout());
        let external = set.dcpl().is_ok_and(|plist| !plist.external().is_empty());
        let outside = set.filename() != self.file.filename();
        let complaint = match layout {
            _ if outside || external || layout == Layout::Virtual => Some("its numbers lie in another file"),
            Layout::Contiguous if stored != 0 && stored < declared => Some("less is stored than its shape declares"),
            // Deflate makes at most 1,032 of one byte; what was never stored is all fill value.
            _ if declared > 1100u64.saturating_mul(stored).saturating_add(64 << 20) => {
                Some("less is stored than its shape declares")
            }
            _ => None,
        };
        match (complaint, missing_filter(&set)) {
            (Some(complaint), _) => Err(self.bad(array, complaint, "rewrite it as one plain data set with h5py")),
            (None, Some(filter)) => {
                Err(self.bad(array, &format!("filter {filter} is not available"), "rewrite the data set with gzip"))
            }
            (None, None) => Ok(set),
        }
    }

    fn read<T: hdf5::H5Type + Copy + Default>(&self, set: &Dataset, array: &Array) -> Result<Vec<T>> {
        let mut numbers: Vec<T> = Vec::new();
        let n = array.extent().map_or(0, |(rows, width)| rows * width);
        numbers
            .try_reserve_exact(n)
            .map_err(|_| self.bad(array, "there is not enough memory for it", "take fewer rows"))?;
        numbers.resize(n, T::default());
        if n > 0 {
            set.read_into_raw(&mut numbers)
                .map_err(|e| self.bad(array, &brief(&e), "the file is damaged, fetch it again"))?;
        }
        Ok(numbers)
    }

    fn text(&self, set: &Dataset, array: &Array) -> Result<Vec<String>> {
        use TypeDescriptor as T;
        let failed = |e: hdf5::Error| self.bad(array, &brief(&e), "the file is damaged, fetch it again");
        let descriptor = set.dtype().and_then(|dtype| dtype.to_descriptor()).map_err(failed)?;
        let bytes: Vec<Vec<u8>> = match descriptor {
            T::VarLenAscii => {
                set.read_raw::<VarLenAscii>().map_err(failed)?.iter().map(|s| s.as_bytes().to_vec()).collect()
            }
            T::VarLenUnicode => {
                set.read_raw::<VarLenUnicode>().map_err(failed)?.iter().map(|s| s.as_bytes().to_vec()).collect()
            }
            T::FixedAscii(n) if n <= 64 => {
                set.read_raw::<FixedAscii<64>>().map_err(failed)?.iter().map(|s| s.as_bytes().to_vec()).collect()
            }
            T::FixedAscii(n) if n <= 1024 => {
                set.read_raw::<FixedAscii<1024>>().map_err(failed)?.iter().map(|s| s.as_bytes().to_vec()).collect()
            }
            T::FixedUnicode(n) if n <= 64 => {
                set.read_raw::<FixedUnicode<64>>().map_err(failed)?.iter().map(|s| s.as_bytes().to_vec()).collect()
            }
            T::FixedUnicode(n) if n <= 1024 => {
                set.read_raw::<FixedUnicode<1024>>().map_err(failed)?.iter().map(|s| s.as_bytes().to_vec()).collect()
            }
            _ => {
                return Err(self.bad(array, "its strings are longer than 1,024 bytes", "store shorter class names"));
            }
        };
        let decode = |(row, text)| {
            String::from_utf8(text)
                .map_err(|_| self.bad(array, &format!("row {row} is not UTF-8"), "store the labels as UTF-8"))
        };
        bytes.into_iter().enumerate().map(decode).collect()
    }

    fn bad(&self, array: &Array, what: &str, way_out: &str) -> Error {
        Error::data(format!("{what}: data set {array} of `{}`; {way_out}", self.path.display()))
    }
}

/// Collects the data sets below `group`, to a depth and number that no honest file exceeds. Links to other files are
/// not followed, links within this one only to a data set.
fn walk(group: &Group, prefix: &str, depth: usize, found: &mut Vec<Array>) {
    let mut names = Vec::new();
    let _ = group.iter_visit_default(|name, info| {
        if info.link_type != hdf5::LinkType::External && names.len() < 10_000 {
            names.push((name.to_string(), info.link_type == hdf5::LinkType::Hard));
        }
        Ok(())
    });
    for (name, hard) in names {
        let path = format!("{prefix}{name}");
        if found.len() >= 10_000 {
            return;
        }
        match group.loc_type_by_name(&name) {
            Ok(hdf5::LocationType::Dataset) => found.push(describe(group, &name, path)),
            Ok(hdf5::LocationType::Group) if hard && depth < 16 => {
                if let Ok(child) = group.group(&name) {
                    walk(&child, &format!("{path}/"), depth + 1, found);
                }
            }
            _ => {}
        }
    }
}

fn describe(group: &Group, name: &str, path: String) -> Array {
    let unreadable = |why: &str| Array { name: path.clone(), shape: vec![], kind: Kind::Other, dtype: why.into() };
    let Ok(set) = group.dataset(name) else {
        return unreadable("unreadable");
    };
    let Ok(shape) = set.get_shape() else {
        return unreadable("without shape");
    };
    match set.dtype().and_then(|dtype| dtype.to_descriptor()) {
        Ok(descriptor) => {
            let (kind, dtype) = kind(&descriptor);
            Array { name: path, shape, kind, dtype }
        }
        Err(_) => Array { shape, ..unreadable("of unknown type") },
    }
}

fn kind(descriptor: &TypeDescriptor) -> (Kind, String) {
    use TypeDescriptor as T;
    match descriptor {
        T::Integer(size) => (Kind::Integer, format!("int{}", 8 * *size as usize)),
        T::Unsigned(size) => (Kind::Integer, format!("uint{}", 8 * *size as usize)),
        T::Float(_) => (Kind::Float, format!("float{}", 8 * descriptor.size())),
        T::Boolean => (Kind::Bool, "bool".into()),
        T::Enum(_) => (Kind::Integer, "enum".into()),
        T::FixedAscii(_) | T::FixedUnicode(_) | T::VarLenAscii | T::VarLenUnicode => (Kind::Text, "text".into()),
        T::Compound(_) => (Kind::Other, "compound".into()),
        T::FixedArray(..) | T::VarLenArray(_) => (Kind::Other, "arrays".into()),
        _ => (Kind::Other, "references".into()),
    }
}

/// The number of the first filter of `set` that this build cannot undo.
fn missing_filter(set: &Dataset) -> Option<String> {
    let plist = set.dcpl().ok()?;
    if plist.has_filters() && plist.filters().is_empty() {
        return Some("of an unknown kind".into());
    }
    plist.filters().iter().find(|filter| !filter.is_available()).map(|filter| format!("{} ({:?})", filter.id(), filter))
}

/// The first line of HDF5's own complaint.
fn brief(error: &hdf5::Error) -> String {
    error.to_string().lines().next().unwrap_or("unreadable").trim_end_matches('.').to_string()
}
