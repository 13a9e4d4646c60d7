//! A file of predictions in the making: the names of the classes in `class`, their numbers in `index`, int32, and
//! `probability`, float32 `[rows, classes]`, with the names of all classes as its attribute `classes`.
//!
//! It is written batch by batch, so that the predictions of a file larger than memory fit too.

use std::path::PathBuf;

use hdf5::Dataset;
use hdf5::types::VarLenUnicode;
use ndarray::ArrayView2;

use super::write::{self, failed};
use crate::error::{Fallible, Result};
use crate::write::Beside;

/// A file of predictions that has no name yet.
pub struct PredictionFile {
    /// What it will be called, for messages.
    path: PathBuf,
    beside: Beside,
    file: hdf5::File,
    class: Dataset,
    index: Dataset,
    probability: Dataset,
    /// The names of the classes.
    names: Vec<VarLenUnicode>,
    /// How many rows have been written.
    rows: usize,
}

impl PredictionFile {
    /// Starts to fill a file in the making, which will have this number of rows.
    ///
    /// # Errors
    /// There is no space or no permission.
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

    /// Adds rows with their most probable classes and the logarithms of their probabilities.
    ///
    /// # Shapes
    /// `log_p` is row-major `[winners.len(), classes]`.
    ///
    /// # Errors
    /// There is no space.
    #[expect(
        clippy::indexing_slicing,
        reason = "a winner is the place of the largest of as many numbers as there are names"
    )]
    #[expect(clippy::arithmetic_side_effects, reason = "rows are counted that are in memory")]
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
    /// There is no space or no permission.
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
