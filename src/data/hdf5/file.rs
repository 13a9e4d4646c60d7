//! An open file: its arrays, and their numbers as features, labels or names of classes.

use std::path::{Path, PathBuf};

use hdf5::Dataset;
use hdf5::types::VarLenUnicode;

use super::complaint::brief;
use super::listing::walk;
use super::table::Table;
use super::text::strings;
use super::trust::objection;
use crate::data::array::{Array, Kind, list};
use crate::data::labels::Labels;
use crate::data::magic::expect_hdf5;
use crate::error::{Error, Result};

/// Under which names people store what their classes are called.
const CLASS_NAMES: [&str; 6] = ["list_classes", "class_names", "classnames", "classes", "label_names", "target_names"];
/// Attributes by which the weights of a Keras model are recognised.
const KERAS: [&str; 4] = ["keras_version", "layer_names", "model_config", "backend"];
/// The way out where stored bytes cannot be read.
const FETCH_AGAIN: &str = "the file is damaged, fetch it again";

/// An open HDF5 file.
pub struct DataFile {
    path: PathBuf,
    /// The file as the library has it.
    pub(super) file: hdf5::File,
    /// The temporary file behind one that was held in memory; it lives as long as this value.
    _image: Option<tempfile::NamedTempFile>,
}

impl DataFile {
    /// Opens `path` for reading.
    ///
    /// # Errors
    /// Nothing is there, it may not be read, it is a folder, or it is another kind of file, which the message names.
    pub fn open(path: &Path) -> Result<Self> {
        expect_hdf5(path)?;
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
        Ok(DataFile { path: path.to_path_buf(), file, _image: None })
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
        Ok(DataFile { path: name.into(), file, _image: Some(image) })
    }

    /// Where the file is, or the name of one that was held in memory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every data set of the file, in the order of names.
    pub fn arrays(&self) -> Vec<Array> {
        let mut found = Vec::new();
        if let Ok(root) = self.file.group("/") {
            walk(&root, "", 0, &mut found);
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// The data set called `name`, with or without the leading slash.
    ///
    /// # Errors
    /// There is none of that name; the message lists those that are there.
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

    /// The numbers of an array as a table whose rows are read range by range.
    ///
    /// # Errors
    /// The entries are no numbers, the layout or the extent cannot be trusted, or a filter is not available.
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
    /// As for [`DataFile::features`]; also text that is not UTF-8, or more than `budget` bytes.
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

    /// What the file calls its classes, if it says so in the attribute `classes` or in a data set of a customary name.
    pub fn class_names(&self) -> Option<Vec<String>> {
        if let Ok(names) = self.file.attr("classes").and_then(|attribute| attribute.read_raw::<VarLenUnicode>()) {
            return Some(names.iter().map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned()).collect());
        }
        let arrays = self.arrays();
        let named = |array: &&Array| {
            array.kind == Kind::Text
                && array.shape.len() == 1
                && CLASS_NAMES.contains(&array.name.to_lowercase().as_str())
        };
        match self.labels(arrays.iter().find(named)?, 1 << 20) {
            Ok(Labels::Text(names)) => Some(names),
            _ => None,
        }
    }

    /// The shape of one row of `array`. Rows that `import` has flattened carry their shape in the attribute `shape`.
    pub fn row_shape(&self, array: &Array) -> Vec<usize> {
        let shape = array.shape.get(1..).filter(|s| !s.is_empty()).unwrap_or(&[1]).to_vec();
        let attribute = self.file.dataset(&array.name).and_then(|set| set.attr("shape")?.read_raw::<u64>());
        let told: Vec<usize> = attribute.unwrap_or_default().iter().filter_map(|&n| usize::try_from(n).ok()).collect();
        let count = told.iter().try_fold(1usize, |all, &n| all.checked_mul(n));
        if shape.len() == 1 && !told.is_empty() && count == Some(shape[0]) { told } else { shape }
    }

    /// Whether the file holds the weights of a Keras model rather than data.
    pub fn is_keras_weights(&self) -> bool {
        let marked = self.file.attr_names().is_ok_and(|names| names.iter().any(|n| KERAS.contains(&n.as_str())));
        marked || self.file.link_exists("model_weights")
    }

    /// The data set behind `array`, if nothing speaks against reading it as numbers of `width` bytes, for all of which
    /// `budget` bytes are free.
    fn checked(&self, array: &Array, width: usize, budget: usize) -> Result<Dataset> {
        let set = self.file.dataset(&array.name).map_err(|e| self.bad(array, &brief(&e), "the file is damaged"))?;
        match objection(&set, array, &self.file.filename(), width, budget) {
            Some((complaint, way_out)) => Err(self.bad(array, &complaint, way_out)),
            None => Ok(set),
        }
    }

    /// All numbers of a data set, row-major, converted to `T` by the library.
    fn read<T: hdf5::H5Type + Copy + Default>(&self, set: &Dataset, array: &Array) -> Result<Vec<T>> {
        let mut numbers: Vec<T> = Vec::new();
        let n = array.extent().map_or(0, |(rows, width)| rows * width);
        numbers
            .try_reserve_exact(n)
            .map_err(|_| self.bad(array, "there is not enough memory for it", "take fewer rows"))?;
        numbers.resize(n, T::default());
        if n > 0 {
            set.read_into_raw(&mut numbers).map_err(|e| self.bad(array, &brief(&e), FETCH_AGAIN))?;
        }
        Ok(numbers)
    }

    /// All texts of a data set, row-major.
    fn text(&self, set: &Dataset, array: &Array) -> Result<Vec<String>> {
        let bytes = strings(set).map_err(|e| self.bad(array, &brief(&e), FETCH_AGAIN))?;
        let bytes = bytes
            .ok_or_else(|| self.bad(array, "its strings are longer than 1,024 bytes", "store shorter class names"))?;
        let decode = |(row, text)| {
            String::from_utf8(text)
                .map_err(|_| self.bad(array, &format!("row {row} is not UTF-8"), "store the labels as UTF-8"))
        };
        bytes.into_iter().enumerate().map(decode).collect()
    }

    /// The error that `what` is wrong with `array`, with a way out.
    pub(super) fn bad(&self, array: &Array, what: &str, way_out: &str) -> Error {
        Error::data(format!("{what}: data set {array} of `{}`; {way_out}", self.path.display()))
    }
}
