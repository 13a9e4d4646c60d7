//! A data file in the making: `x_train`, `y_train` and the arrays of the other parts, which grow row by row.
//!
//! Arrays are chunked by rows, so that reading one row touches one chunk. A chunk is shuffled and deflated, and has a
//! checksum. The file has no name until it is finished, see [`Beside`].

use std::path::{Path, PathBuf};

use hdf5::Dataset;
use hdf5::types::VarLenUnicode;
use ndarray::ArrayView2;

use crate::error::{Error, Fallible, Result};
use crate::write::Beside;

/// About how many bytes of features a chunk holds before compression.
const CHUNK: usize = 512 << 10;

/// The most rows of a chunk.
const TALLEST: usize = 4096;

/// Writes float64 arrays, each with its name and shape, and finishes the file.
///
/// # Errors
/// There is no space or no permission.
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

/// Makes an empty HDF5 file of a file in the making. Its format is that of HDF5 1.10, which every library in use reads. No
/// time is written into it, so that the same contents are the same bytes.
pub(super) fn create(file: &Beside) -> hdf5::Result<hdf5::File> {
    let mut builder = hdf5::FileBuilder::new();
    builder.with_fapl(|p| p.libver_v110()).with_fcpl(|p| p.obj_track_times(false)).create(file.path())
}

/// A data file that has no name yet.
pub struct DataWriter {
    /// What it will be called, for messages.
    path: PathBuf,
    beside: Beside,
    file: hdf5::File,
}

/// One part of the file, whose features are float32 `[rows, width]` and whose labels are int32 `[rows, 1]`.
pub struct PartWriter {
    /// What the file will be called, for messages.
    path: PathBuf,
    x: Dataset,
    y: Dataset,
    /// How many features a row has.
    width: usize,
    /// How many rows have been written.
    rows: usize,
}

impl DataWriter {
    /// Starts to fill a file in the making.
    ///
    /// # Errors
    /// There is no space or no permission.
    pub fn create(beside: Beside) -> Result<Self> {
        let path = beside.name().to_path_buf();
        let file = create(&beside).map_err(|e| failed(&path, &e))?;
        Ok(DataWriter { path, beside, file })
    }

    /// Adds the part `name` (`train`, `val` or `test`) with rows of this shape. Rows are stored flat, and their shape as the
    /// attribute `shape` of the features.
    ///
    /// # Errors
    /// There is no space.
    pub fn part(&self, name: &str, shape: &[usize]) -> Result<PartWriter> {
        let width = shape.iter().product::<usize>().max(1);
        let rows = chunk_rows(width);
        let create = || -> Fallible<PartWriter> {
            let builder = self.file.new_dataset::<f32>().chunk((rows, width)).shuffle().deflate(4).fletcher32();
            let x = builder.shape((0.., width)).create(format!("x_{name}").as_str())?;
            let builder = self.file.new_dataset::<i32>().chunk((TALLEST, 1)).shuffle().deflate(4).fletcher32();
            let y = builder.shape((0.., 1)).create(format!("y_{name}").as_str())?;
            let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
            x.new_attr_builder().with_data(&shape).create("shape")?;
            Ok(PartWriter { path: self.path.clone(), x, y, width, rows: 0 })
        };
        create().map_err(|e| failed(&self.path, &*e))
    }

    /// Writes what the classes are called (`classes` is empty if they are numbers) and where the rows came from as
    /// attributes, closes the file and gives it its name.
    ///
    /// # Errors
    /// There is no space or no permission.
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
    /// How many rows are best given to [`PartWriter::append`] at a time: those of one chunk, which is then compressed once.
    pub fn block(&self) -> usize {
        chunk_rows(self.width)
    }

    /// Appends rows with these features and labels.
    ///
    /// # Shapes
    /// `x` is row-major `[y.len(), width]`.
    ///
    /// # Errors
    /// There is no space.
    pub fn append(&mut self, x: &[f32], y: &[i32]) -> Result<()> {
        let end = self.rows.saturating_add(y.len());
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

    /// How many rows have been written.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

/// How many rows of this width a chunk holds.
fn chunk_rows(width: usize) -> usize {
    CHUNK.checked_div(width.saturating_mul(4)).unwrap_or(TALLEST).clamp(1, TALLEST)
}

/// The error that the file `path` cannot be written.
pub(super) fn failed(path: &Path, e: &dyn std::error::Error) -> Error {
    Error::other(format!("cannot write `{}`: {e}; free space or choose another --output", path.display()))
}
