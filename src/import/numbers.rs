//! Binary arrays, read row by row: what IDX and NPY have in common once their headers are read.
//!
//! The elements have a fixed width, lie in row-major order and may have either byte order. An array that ends early or
//! goes on too long is found by reading it and not by the size of its file, which may be compressed. Memory is taken for one
//! row at a time, whatever number of rows a header claims.

use std::io::{ErrorKind, Read};

use super::rows::{Label, RowReader};
use crate::data::Memory;
use crate::error::{Error, Result};
use crate::npy::Element;

/// Bytes of a row, at most.
const ROW: usize = 64 << 20;

/// An array whose header has been read, and whose elements are still to come.
pub struct OpenArray {
    /// What messages call it: the file, and the array within the file.
    pub name: String,
    /// Its extent along each axis; the first counts rows.
    pub shape: Vec<usize>,
    /// The type of its elements.
    pub element: Element,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
    /// Where the elements are read from.
    pub bytes: Box<dyn Read>,
}

impl OpenArray {
    /// How many rows there are.
    fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// The shape of a row, without the first axis.
    fn row(&self) -> &[usize] {
        self.shape.get(1..).unwrap_or_default()
    }

    /// How many bytes a row has: at least one element, and no more than memory holds.
    fn row_size(&self) -> Result<usize> {
        let row = self.row();
        let bad = |what: &str| Err(Error::data(format!("a row of `{}` has the shape {row:?}{what}", self.name)));
        let size = self.element.size().and_then(|size| row.iter().try_fold(size, |all, &n| all.checked_mul(n)));
        match size {
            Some(0) => bad(": it is empty; give an array with numbers in its rows"),
            Some(n) if n <= ROW => Ok(n),
            _ => bad("; no memory holds it, give rows of less than 64 MB"),
        }
    }

    /// Reads the bytes of the next row, which is number `number`, into `row`.
    fn read(&mut self, number: usize, row: &mut [u8]) -> Result<()> {
        self.bytes.read_exact(row).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => Error::data(format!(
                "truncated: `{}` declares {} rows and ends in row {number}; fetch it again",
                self.name,
                self.rows()
            )),
            _ => Error::data(format!("damaged: row {number} of `{}` cannot be read: {e}; fetch it again", self.name)),
        })
    }

    /// The numbers in the bytes of a row.
    fn numbers<'a>(&self, row: &'a [u8]) -> impl Iterator<Item = f64> + use<'a> {
        let (element, big_endian) = (self.element, self.big_endian);
        row.chunks_exact(element.size().unwrap_or(1)).map(move |bytes| element.number(bytes, big_endian))
    }

    /// All its numbers as rows of `width`, row-major `[rows, width]`. An array of `width` numbers in all is one row.
    ///
    /// # Errors
    /// Its rows have another width, it is text, it ends early or goes on too long, or memory does not hold it.
    pub fn into_rows(mut self, width: usize) -> Result<Vec<f32>> {
        let numbers = |extents: &[usize]| extents.iter().try_fold(1usize, |all, &n| all.checked_mul(n));
        let rows_fit = !self.shape.is_empty() && numbers(self.row()) == Some(width);
        if !rows_fit && numbers(&self.shape) == Some(width) {
            self.shape.insert(0, 1);
        }
        if self.element.is_text() || numbers(self.row()) != Some(width) {
            return Err(Error::data(format!(
                "the model takes {width} numbers a row, and `{}` holds {} of shape {:?}; give an array of rows",
                self.name, self.element, self.shape
            )));
        }
        let (rows, free) = (self.rows(), Memory::free().0);
        if rows.saturating_mul(width).saturating_mul(size_of::<f32>()) > free {
            return Err(Error::data(format!(
                "`{}` has {rows} rows of {width} numbers, more than the {} MB that memory has left; give it in parts, or as HDF5, which is streamed",
                self.name,
                free >> 20
            )));
        }
        let (mut x, mut bytes) = (Vec::new(), vec![0; self.row_size()?]);
        for row in 0..rows {
            self.read(row, &mut bytes)?;
            x.extend(self.numbers(&bytes).map(|number| number as f32));
        }
        self.end()?;
        Ok(x)
    }

    /// Refuses bytes after the last row. Only reading to the end checks the checksum of a gzip file.
    fn end(&mut self) -> Result<()> {
        match self.bytes.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Error::data(format!(
                "`{}` goes on after the {} rows that it declares; fetch it again",
                self.name,
                self.rows()
            ))),
            Err(e) => Err(Error::data(format!("damaged: the end of `{}`: {e}; fetch it again", self.name))),
        }
    }
}

/// Features and labels that are two arrays, read side by side.
pub struct Paired {
    /// The features.
    x: OpenArray,
    /// The labels.
    y: OpenArray,
    /// The number of the next row.
    row: usize,
    /// The bytes of the row in hand.
    x_bytes: Vec<u8>,
    /// The bytes of its label.
    y_bytes: Vec<u8>,
}

impl Paired {
    /// Joins the features `x` with the labels `y`.
    ///
    /// # Errors
    /// There are not as many labels as rows, the features are text, or no memory holds a row.
    pub fn new(x: OpenArray, y: OpenArray) -> Result<Self> {
        let (Some(&m), Some(&n)) = (x.shape.first(), y.shape.first()) else {
            return Err(Error::data(format!(
                "features and labels need one row each for every example: `{}` and `{}` hold a single number; choose others",
                x.name, y.name
            )));
        };
        if m != n {
            return Err(Error::data(format!(
                "{m} rows of features but {n} labels: `{}` and `{}`; give two files that belong together",
                x.name, y.name
            )));
        }
        if x.element.is_text() {
            return Err(Error::data(format!(
                "features must be numbers: `{}` holds text; choose another array",
                x.name
            )));
        }
        let (x_bytes, y_bytes) = (vec![0; x.row_size()?], vec![0; y.row_size()?]);
        Ok(Paired { x, y, row: 0, x_bytes, y_bytes })
    }

    /// The label in hand: a text, a whole number, or the place of the only 1 in a one-hot row.
    fn label(&self) -> Result<Label> {
        if self.y.element.is_text() {
            if self.y.row().iter().any(|&n| n > 1) {
                let (name, shape) = (&self.y.name, &self.y.shape);
                return Err(Error::data(format!("labels must be one text a row: `{name}` has shape {shape:?}")));
            }
            return Ok(Label::Name(self.y.element.text(&self.y_bytes, self.y.big_endian)));
        }
        let entries: Vec<f64> = self.y.numbers(&self.y_bytes).collect();
        let ones = entries.iter().filter(|&&v| v == 1.0).count();
        let only_those = entries.iter().all(|&v| v == 0.0 || v == 1.0);
        match entries[..] {
            [v] if v.fract() == 0.0 && v.abs() < 2e9 => Ok(Label::Number(v as i32)),
            [_, _, ..] if ones == 1 && only_those => {
                Ok(Label::Number(entries.iter().position(|&v| v == 1.0).unwrap_or(0) as i32))
            }
            _ => Err(Error::data(format!(
                "labels must be whole numbers or one-hot: row {} of `{}` holds {:?}; backburn trains classifiers",
                self.row,
                self.y.name,
                entries.get(..6).unwrap_or(&entries)
            ))),
        }
    }
}

impl RowReader for Paired {
    fn shape(&self) -> &[usize] {
        if self.x.shape.len() > 1 { self.x.row() } else { &[1] }
    }

    fn next(&mut self, x: &mut Vec<f32>) -> Result<Option<Label>> {
        if self.row == self.x.rows() {
            self.x.end()?;
            self.y.end()?;
            return Ok(None);
        }
        self.x.read(self.row, &mut self.x_bytes)?;
        self.y.read(self.row, &mut self.y_bytes)?;
        match self.x.element {
            // Bytes with two axes or more in a row are the pixels of an image.
            Element::Uint(1) if self.x.shape.len() > 2 => x.extend(self.x_bytes.iter().map(|&b| intensity(b))),
            _ => {
                let start = x.len();
                x.extend(self.x.numbers(&self.x_bytes).map(|number| number as f32));
                if let Some(bad) = x.iter().skip(start).find(|v| !v.is_finite()) {
                    return Err(Error::data(format!(
                        "features must be finite: row {} of `{}` holds {bad}; drop it",
                        self.row, self.x.name
                    )));
                }
            }
        }
        let label = self.label()?;
        self.row = self.row.saturating_add(1);
        Ok(Some(label))
    }
}

/// A byte of an image as a number in 0..1. It is multiplied with float32(1/255) and not divided by 255, so that the
/// numbers are those of the common MNISTdata.hdf5 to the last bit.
pub fn intensity(byte: u8) -> f32 {
    f32::from(byte) * (1.0 / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_number_is_one_row_of_a_model_of_one_feature() {
        let rows = |shape: &[usize], bytes: &'static [u8], width| {
            let (name, shape, element) = ("x.npy".to_string(), shape.to_vec(), Element::Uint(1));
            OpenArray { name, shape, element, big_endian: false, bytes: Box::new(bytes) }.into_rows(width).ok()
        };
        assert_eq!(rows(&[], &[7], 1), Some(vec![7.0]));
        assert_eq!(rows(&[3], &[7, 8, 9], 1), Some(vec![7.0, 8.0, 9.0]));
        assert_eq!(rows(&[3], &[7, 8, 9], 3), Some(vec![7.0, 8.0, 9.0]));
        assert_eq!(rows(&[], &[7], 2), None);
        assert_eq!(rows(&[2, 2], &[7, 8, 9], 2), None, "it ends early");
    }
}
