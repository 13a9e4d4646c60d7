//! The entries of an array: labels, and rows that only the library can read.
//!
//! Labels are read at once, since there is one for each row and all are needed to know the classes. Rows are read range by
//! range and only where `storage` found no way past the library, because its lock lets one thread in at a time. The
//! library converts whatever type is stored to the one that is asked for.

use std::ops::Range;
use std::sync::PoisonError;

use hdf5::{Dataset, H5Type, Hyperslab, SliceOrIndex};
use ndarray::IxDyn;

use super::text::strings;
use super::{FETCH_AGAIN, Library, brief};
use crate::data::array::{Array, Kind, ONE_FILE};
use crate::data::labels::Labels;
use crate::error::Result;

impl Library {
    /// The entries of an array as labels, row-major.
    ///
    /// # Errors
    /// As for [`Library::storage`]; also text that is not UTF-8, or more than `budget` bytes.
    pub(super) fn labels(&self, array: &Array, budget: usize) -> Result<Labels> {
        let set = self.checked(array, 8, budget)?;
        match array.kind {
            Kind::Integer | Kind::Float | Kind::Bool => Ok(Labels::Numbers(self.read::<f64>(&set, array)?)),
            Kind::Text => Ok(Labels::Text(self.text(&set, array)?)),
            Kind::Elsewhere => Err(self.bad(array, "it lies in another file that is not read", ONE_FILE)),
            Kind::Other => Err(self.bad(
                array,
                &format!("labels must be numbers or text, these are {}", array.dtype),
                "pass --y NAME to choose another data set",
            )),
        }
    }

    /// The rows `rows` of an array as float32, row-major.
    ///
    /// # Errors
    /// As for [`Library::storage`], or the bytes are damaged.
    pub(super) fn rows(&self, array: &Array, rows: Range<usize>) -> Result<Vec<f32>> {
        let set = self.opened(array)?;
        let all = array.shape.iter().skip(1).map(|&n| SliceOrIndex::from(0..n));
        let slab: Vec<SliceOrIndex> = std::iter::once(rows.into()).chain(all).collect();
        let read = set.read_slice::<f32, _, IxDyn>(Hyperslab::new(slab));
        Ok(read.map_err(|e| self.bad(array, &brief(&e), FETCH_AGAIN))?.into_raw_vec_and_offset().0)
    }

    /// The data set of an array that is read slab by slab. To open it anew would cost a walk over all its pieces.
    fn opened(&self, array: &Array) -> Result<Dataset> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, set)) = last.as_ref().filter(|(name, _)| *name == array.name) {
            return Ok(set.clone());
        }
        let set = self.checked(array, 4, usize::MAX)?;
        *last = Some((array.name.clone(), set.clone()));
        Ok(set)
    }

    /// All numbers of a data set, row-major, converted to `T` by the library.
    fn read<T: H5Type + Copy + Default>(&self, set: &Dataset, array: &Array) -> Result<Vec<T>> {
        let mut numbers: Vec<T> = Vec::new();
        let n = array.entries().unwrap_or(0);
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
}
