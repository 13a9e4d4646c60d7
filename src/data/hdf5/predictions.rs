//! A file of predictions in the making: `class` (names), `index` int32 and `probability` float32 `[rows, classes]`, with
//! the class names as attribute `classes`.
//!
//! Written batch by batch.

use std::path::{Path, PathBuf};

use hdf5::Dataset;
use hdf5::types::VarLenUnicode;
use ndarray::ArrayView2;

use super::write;
use crate::error::{Error, Result};
use crate::write::Beside;

type Fallible<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A file that has no name yet.
pub struct PredictionFile {
    path: PathBuf,
    beside: Beside,
    file: hdf5::File,
    class: Dataset,
    index: Dataset,
    probability: Dataset,
    names: Vec<VarLenUnicode>,
    rows: usize,
}

impl PredictionFile {
    /// Starts to fill a file in the making, for this number of rows.
    ///
    /// # Errors
    /// No space, no permission.
    pub fn create(beside: Beside, rows: usize, classes: &[String]) -> Result<Self> {
        let path = beside.name().to_path_buf();
        let create = || -> Fallible<Self> {
            let file = write::create(&beside)?;
            let names = classes.iter().map(|name| name.parse()).collect::<std::result::Result<Vec<_>, _>>()?;
            let index = file.new_dataset::<i32>().shape(rows).create("index")?;
            let class = file.new_dataset::<VarLenUnicode>().shape(rows).create("class")?;
            let probability = file.new_dataset::<f32>().shape((rows, classes.len())).create("probability")?;
            probability.new_attr_builder().with_data(&names).create("classes")?;
            Ok(PredictionFile { path: path.clone(), beside, file, class, index, probability, names, rows: 0 })
        };
        create().map_err(|e| failed(&path, &*e))
    }

    /// Adds rows: their most probable classes, and log-probabilities, row-major `[winners.len(), classes]`.
    ///
    /// # Errors
    /// No space.
    pub fn append(&mut self, winners: &[usize], log_p: &[f32]) -> Result<()> {
        let range = self.rows..self.rows + winners.len();
        let index: Vec<i32> = winners.iter().map(|&k| k as i32).collect();
        let class: Vec<VarLenUnicode> = winners.iter().map(|&k| self.names[k].clone()).collect();
        let p: Vec<f32> = log_p.iter().map(|l| l.exp()).collect();
        let append = || -> Fallible<()> {
            self.index.write_slice(&index, range.clone())?;
            self.class.write_slice(&class, range.clone())?;
            let p = ArrayView2::from_shape((winners.len(), self.names.len()), &p)?;
            Ok(self.probability.write_slice(p, (range.clone(), ..))?)
        };
        append().map_err(|e| failed(&self.path, &*e))?;
        self.rows = range.end;
        Ok(())
    }

    /// Closes the file and gives it its name.
    ///
    /// # Errors
    /// No space, no permission.
    pub fn finish(self) -> Result<()> {
        let PredictionFile { path, beside, file, class, index, probability, .. } = self;
        drop((class, index, probability));
        let finish = || -> Fallible<()> {
            file.close()?;
            Ok(beside.finish()?)
        };
        finish().map_err(|e| failed(&path, &*e))
    }
}

fn failed(path: &Path, e: &dyn std::error::Error) -> Error {
    Error::other(format!("cannot write `{}`: {e}; choose another --output", path.display()))
}
