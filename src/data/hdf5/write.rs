//! A data file in the making: `x_train`, `y_train` and the halves beside them, grown row by row.
//!
//! Chunked by rows, so that one row of a shuffled read touches one chunk; shuffled, deflated and with a checksum of
//! every chunk.

use std::path::{Path, PathBuf};

use hdf5::Dataset;
use hdf5::types::VarLenUnicode;
use ndarray::ArrayView2;

use crate::error::{Error, Result};
use crate::write::Beside;

/// About how many bytes of features a chunk holds before compression.
const CHUNK: usize = 512 << 10;

type Fallible<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Writes float64 arrays, each with its name and shape, into a new file.
///
/// # Errors
/// No space, no permission.
pub fn write_arrays<'a>(file: Beside, arrays: impl Iterator<Item = (&'a str, &'a [usize], &'a [f64])>) -> Result<()> {
    let path = file.name().to_path_buf();
    let write = || -> Fallible<()> {
        let inside = create(&file)?;
        for (name, shape, values) in arrays {
            inside.new_dataset::<f64>().shape(shape).create(name)?.write_raw(values)?;
        }
        inside.close()?;
        Ok(file.finish()?)
    };
    write().map_err(|e| failed(&path, &*e))
}

/// Makes an empty HDF5 file of a file in the making.
pub(super) fn create(file: &Beside) -> hdf5::Result<hdf5::File> {
    hdf5::FileBuilder::new().with_fapl(|p| p.libver_v110()).create(file.path())
}

/// A file that has no name yet.
pub struct DataWriter {
    path: PathBuf,
    beside: Beside,
    file: hdf5::File,
}

/// One half of the file: features float32 `[rows, width]`, labels int32 `[rows, 1]`.
pub struct PartWriter {
    path: PathBuf,
    x: Dataset,
    y: Dataset,
    width: usize,
    rows: usize,
}

impl DataWriter {
    /// Starts to fill a file in the making.
    ///
    /// # Errors
    /// No permission, no space.
    pub fn create(beside: Beside) -> Result<Self> {
        let path = beside.name().to_path_buf();
        let file = create(&beside).map_err(|e| failed(&path, &e))?;
        Ok(DataWriter { path, beside, file })
    }

    /// Adds the half `name` (`train`, `val`, `test`) with rows of this shape, flattened; `shape` stays as an attribute.
    ///
    /// # Errors
    /// No space.
    pub fn part(&self, name: &str, shape: &[usize]) -> Result<PartWriter> {
        let width = shape.iter().product::<usize>().max(1);
        let rows = (CHUNK / (4 * width)).clamp(1, 4096);
        let create = || -> Fallible<PartWriter> {
            let builder = self.file.new_dataset::<f32>().chunk((rows, width)).shuffle().deflate(4).fletcher32();
            let x = builder.shape((0.., width)).create(format!("x_{name}").as_str())?;
            let builder = self.file.new_dataset::<i32>().chunk((4096, 1)).shuffle().deflate(4).fletcher32();
            let y = builder.shape((0.., 1)).create(format!("y_{name}").as_str())?;
            let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
            x.new_attr_builder().with_data(&shape).create("shape")?;
            Ok(PartWriter { path: self.path.clone(), x, y, width, rows: 0 })
        };
        create().map_err(|e| failed(&self.path, &*e))
    }

    /// Writes what the classes are called (nothing where they are numbers) and where the rows came from, closes the
    /// file and gives it its name.
    ///
    /// # Errors
    /// No space, no permission.
    pub fn finish(self, classes: &[String], provenance: &[(&str, String)]) -> Result<()> {
        let DataWriter { path, beside, file } = self;
        let text = |text: &String| text.replace('\0', "").parse::<VarLenUnicode>();
        let close = || -> Fallible<()> {
            if !classes.is_empty() {
                let names = classes.iter().map(text).collect::<std::result::Result<Vec<_>, _>>()?;
                file.new_attr_builder().with_data(&names).create("classes")?;
            }
            for (name, value) in provenance {
                file.new_attr::<VarLenUnicode>().create(*name)?.write_scalar(&text(value)?)?;
            }
            file.close()?;
            Ok(beside.finish()?)
        };
        close().map_err(|e| failed(&path, &*e))
    }
}

impl PartWriter {
    /// How many rows make a good block for [`PartWriter::append`]: those of one chunk.
    pub fn block(&self) -> usize {
        (CHUNK / (4 * self.width)).clamp(1, 4096)
    }

    /// Appends `y.len()` rows: `x` is row-major `[y.len(), width]`.
    ///
    /// # Errors
    /// No space.
    pub fn append(&mut self, x: &[f32], y: &[i32]) -> Result<()> {
        let end = self.rows + y.len();
        let append = || -> Fallible<()> {
            self.x.resize((end, self.width))?;
            self.y.resize((end, 1))?;
            self.x.write_slice(ArrayView2::from_shape((y.len(), self.width), x)?, (self.rows..end, ..))?;
            self.y.write_slice(ArrayView2::from_shape((y.len(), 1), y)?, (self.rows..end, ..))?;
            Ok(())
        };
        append().map_err(|e| failed(&self.path, &*e))?;
        self.rows = end;
        Ok(())
    }

    /// The rows written so far.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

fn failed(path: &Path, e: &dyn std::error::Error) -> Error {
    Error::other(format!("cannot write `{}`: {e}; free space or choose another --output", path.display()))
}
