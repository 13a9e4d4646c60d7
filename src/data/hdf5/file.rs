//! An open file: its arrays, and their numbers as features, labels or names of classes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::library::Library;
use super::message::{Answer, Question};
use super::reader::Reader;
use super::table::Table;
use crate::data::array::{Array, Kind, list};
use crate::data::labels::Labels;
use crate::data::magic::expect_hdf5;
use crate::error::{Error, Result};

/// Under which names people store what their classes are called.
const CLASS_NAMES: [&str; 6] = ["list_classes", "class_names", "classnames", "classes", "label_names", "target_names"];
/// Bytes that the names of classes may take.
const NAMES: usize = 64 << 20;

/// An open HDF5 file. Every method may also end with the error that the HDF5 library did not survive the file.
pub struct DataFile {
    path: PathBuf,
    reader: Arc<Reader>,
    arrays: Vec<Array>,
    /// The temporary file behind one that was held in memory; it lives as long as this value.
    _image: Option<tempfile::NamedTempFile>,
}

impl DataFile {
    /// Opens `path` for reading, and where its numbers lie in other files of its folder, these too.
    ///
    /// # Errors
    /// Nothing is there, it may not be read, it is a folder, or it is another kind of file, which the message names.
    pub fn open(path: &Path) -> Result<Self> {
        expect_hdf5(path)?;
        let file = Self::with(path.to_path_buf(), Reader::open(path)?, None)?;
        // The first reader may open that file alone, so most files are never read by one that may do more.
        if file.arrays.iter().any(|array| array.kind == Kind::Elsewhere)
            && let Some(reader) = Reader::open_folder(path)?
        {
            return Self::with(path.to_path_buf(), reader, None);
        }
        Ok(file)
    }

    /// Opens a file that this program holds in memory; `name` is for messages.
    ///
    /// # Errors
    /// No temporary file can be made.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let fail = |e: std::io::Error| {
            Error::other(format!("cannot unpack {name} into the temporary folder: {e}; set TMPDIR"))
        };
        let image = tempfile::NamedTempFile::new().map_err(fail)?;
        std::fs::write(image.path(), bytes).map_err(fail)?;
        let reader = Reader::Here(Library::open(image.path(), None)?);
        Self::with(name.into(), reader, Some(image))
    }

    fn with(path: PathBuf, reader: Reader, image: Option<tempfile::NamedTempFile>) -> Result<Self> {
        match reader.ask(&Question::Arrays)? {
            Answer::Arrays(arrays) => Ok(DataFile { path, reader: Arc::new(reader), arrays, _image: image }),
            _ => Err(crossed(&path)),
        }
    }

    /// Where the file is, or the name of one that was held in memory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every data set of the file, in the order of names.
    pub fn arrays(&self) -> &[Array] {
        &self.arrays
    }

    /// The data set called `name`, with or without the leading slash.
    ///
    /// # Errors
    /// There is none of that name; the message lists those that are there.
    pub fn array(&self, name: &str) -> Result<Array> {
        let wanted = name.trim_matches('/');
        self.arrays.iter().find(|array| array.name == wanted).cloned().ok_or_else(|| {
            let held = list(&self.arrays);
            Error::data(format!("no data set `{name}` in `{}`; it holds {held}", self.path.display()))
        })
    }

    /// The numbers of an array as a table whose rows are read range by range.
    ///
    /// # Errors
    /// The entries are no numbers, the layout or the extent cannot be trusted, or a filter is not available.
    pub fn features(&self, array: &Array) -> Result<Table> {
        match self.reader.ask(&Question::Storage(array.clone()))? {
            Answer::Storage(storage) => Ok(Table::new(storage, array.clone(), &self.path, &self.reader)),
            _ => Err(crossed(&self.path)),
        }
    }

    /// The entries of an array as labels, row-major.
    ///
    /// # Errors
    /// As for [`DataFile::features`]; also text that is not UTF-8, or more than `budget` bytes.
    pub fn labels(&self, array: &Array, budget: usize) -> Result<Labels> {
        match self.reader.ask(&Question::Labels { array: array.clone(), budget })? {
            Answer::Labels(labels) if array.entries() == Some(labels.len()) => Ok(labels),
            _ => Err(crossed(&self.path)),
        }
    }

    /// The numbers of an array as float64, row-major; also that of an array without dimensions.
    ///
    /// # Errors
    /// As for [`DataFile::labels`], or the array holds text.
    pub fn numbers(&self, array: &Array, budget: usize) -> Result<Vec<f64>> {
        // A single number is an array of one row.
        let array = if array.shape.is_empty() { &Array { shape: vec![1], ..array.clone() } } else { array };
        match self.labels(array, budget)? {
            Labels::Numbers(numbers) => Ok(numbers),
            Labels::Text(_) => {
                Err(Error::data(format!("it holds text: data set {array} of `{}`; save numbers", self.path.display())))
            }
        }
    }

    /// The words of a data set of text, be it a single one or a list; `None` if they cannot be read.
    ///
    /// # Errors
    /// Those of every method.
    pub fn words(&self, array: &Array) -> Result<Option<Vec<String>>> {
        self.text(&Question::Words(array.clone()))
    }

    /// What the file calls its classes, if it says so in the attribute `classes` or in a data set of a customary name.
    ///
    /// # Errors
    /// Those of every method.
    pub fn class_names(&self) -> Result<Option<Vec<String>>> {
        if let Some(names) = self.text(&Question::ClassNames)? {
            return Ok(Some(names));
        }
        let named = |array: &&Array| {
            array.kind == Kind::Text
                && array.shape.len() == 1
                && CLASS_NAMES.contains(&array.name.to_lowercase().as_str())
        };
        Ok(self.arrays.iter().find(named).and_then(|array| match self.labels(array, NAMES) {
            Ok(Labels::Text(names)) => Some(names),
            _ => None,
        }))
    }

    /// The shape of one row of `array`. Rows that `import` has flattened carry their shape in the attribute `shape`.
    ///
    /// # Errors
    /// Those of every method.
    pub fn row_shape(&self, array: &Array) -> Result<Vec<usize>> {
        let shape = array.shape.get(1..).filter(|s| !s.is_empty()).unwrap_or(&[1]).to_vec();
        let Answer::Shape(told) = self.reader.ask(&Question::RowShape(array.clone()))? else {
            return Err(crossed(&self.path));
        };
        let count = told.iter().try_fold(1usize, |all, &n| all.checked_mul(n));
        Ok(if shape.len() == 1 && !told.is_empty() && count == shape.first().copied() { told } else { shape })
    }

    /// Whether the file holds the weights of a Keras model rather than data.
    ///
    /// # Errors
    /// Those of every method.
    pub fn is_keras_weights(&self) -> Result<bool> {
        Ok(matches!(self.reader.ask(&Question::KerasWeights)?, Answer::Yes(true)))
    }

    /// The attributes of the root group as text. A list is joined by commas, and what is neither text nor number is left
    /// out.
    ///
    /// # Errors
    /// Those of every method.
    pub fn notes(&self) -> Result<BTreeMap<String, String>> {
        match self.reader.ask(&Question::Notes)? {
            Answer::Notes(notes) => Ok(notes),
            _ => Err(crossed(&self.path)),
        }
    }

    fn text(&self, question: &Question) -> Result<Option<Vec<String>>> {
        match self.reader.ask(question)? {
            Answer::Words(words) => Ok(words),
            _ => Err(crossed(&self.path)),
        }
    }
}

/// The error that an answer belongs to another question: only a child that its file has taken over gives one.
fn crossed(path: &Path) -> Error {
    Error::data(format!("`{}` makes the HDF5 library answer what was not asked; the file is damaged", path.display()))
}
