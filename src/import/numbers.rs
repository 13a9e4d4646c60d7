//! Binary arrays, read row by row: what IDX and NPY have in common once their headers are read.
//!
//! The elements have a fixed width, lie in row-major order and may have either byte order. An array that ends early or
//! goes on too long is found by reading it and not by the size of its file, which may be compressed.

use std::io::{ErrorKind, Read};

use super::rows::{Label, RowReader};
use crate::error::{Error, Result};

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// A signed integer of so many bytes.
    Int(usize),
    /// An unsigned integer of so many bytes.
    Uint(usize),
    /// A byte that is 0 or 1.
    Bool,
    /// A floating-point number (IEEE 754) of 4 or 8 bytes.
    Float(usize),
    /// A text in UTF-32 of so many characters, padded with zeros.
    Text(usize),
}

impl std::fmt::Display for Element {
    /// Writes what numpy calls the type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Element::Int(n) => write!(f, "int{}", 8 * n),
            Element::Uint(n) => write!(f, "uint{}", 8 * n),
            Element::Float(n) => write!(f, "float{}", 8 * n),
            Element::Bool => write!(f, "bool"),
            Element::Text(_) => write!(f, "text"),
        }
    }
}

impl Element {
    /// How many bytes an element takes.
    fn bytes(self) -> usize {
        match self {
            Element::Int(n) | Element::Uint(n) | Element::Float(n) => n,
            Element::Bool => 1,
            Element::Text(n) => 4 * n,
        }
    }
}

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
    /// Reads the bytes of the next row, which is number `number`, into `row`.
    fn read(&mut self, number: usize, row: &mut [u8]) -> Result<()> {
        self.bytes.read_exact(row).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => Error::data(format!(
                "truncated: `{}` declares {} rows and ends in row {number}; fetch it again",
                self.name, self.shape[0]
            )),
            _ => Error::data(format!("damaged: row {number} of `{}` cannot be read: {e}; fetch it again", self.name)),
        })
    }

    /// Refuses bytes after the last row. Only reading to the end checks the checksum of a gzip file.
    fn end(&mut self) -> Result<()> {
        match self.bytes.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Error::data(format!(
                "`{}` goes on after the {} rows that it declares; fetch it again",
                self.name, self.shape[0]
            ))),
            Err(e) => Err(Error::data(format!("damaged: the end of `{}`: {e}; fetch it again", self.name))),
        }
    }

    /// The element in `bytes` as a number. Every whole number of up to 53 bits is exact.
    fn number(&self, bytes: &[u8]) -> f64 {
        let mut wide = [0u8; 8]; // the element in the low bytes, the least significant first
        let n = bytes.len();
        wide[..n].copy_from_slice(bytes);
        if self.big_endian {
            wide[..n].reverse();
        }
        let unsigned = u64::from_le_bytes(wide);
        let unused = 64 - 8 * n as u32; // bits; shifting up and down again extends the sign
        match self.element {
            Element::Float(4) => f64::from(f32::from_bits(unsigned as u32)),
            Element::Float(_) => f64::from_bits(unsigned),
            Element::Int(_) => (((unsigned << unused) as i64) >> unused) as f64,
            _ => unsigned as f64,
        }
    }

    /// The element in `bytes` as a text, without its padding.
    fn text(&self, bytes: &[u8]) -> String {
        let code = |b: &[u8]| {
            let b = [b[0], b[1], b[2], b[3]];
            if self.big_endian { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) }
        };
        bytes.chunks_exact(4).map(code).take_while(|&c| c != 0).filter_map(char::from_u32).collect()
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
        if matches!(x.element, Element::Text(_)) {
            return Err(Error::data(format!(
                "features must be numbers: `{}` holds text; choose another array",
                x.name
            )));
        }
        let size = |s: &OpenArray| {
            let width = s.shape[1..].iter().try_fold(s.element.bytes(), |all, &n| all.checked_mul(n));
            width.filter(|&n| n < 1 << 30).ok_or_else(|| {
                Error::data(format!("a row of `{}` has the shape {:?}; no memory holds it", s.name, &s.shape[1..]))
            })
        };
        let (x_bytes, y_bytes) = (vec![0; size(&x)?], vec![0; size(&y)?]);
        Ok(Paired { x, y, row: 0, x_bytes, y_bytes })
    }

    /// The label in hand: a text, a whole number, or the place of the only 1 in a one-hot row.
    fn label(&self) -> Result<Label> {
        if matches!(self.y.element, Element::Text(_)) {
            return Ok(Label::Name(self.y.text(&self.y_bytes)));
        }
        let entries: Vec<f64> =
            self.y_bytes.chunks_exact(self.y.element.bytes()).map(|bytes| self.y.number(bytes)).collect();
        let ones = entries.iter().filter(|&&v| v == 1.0).count();
        let zeros = entries.iter().filter(|&&v| v == 0.0).count();
        match entries[..] {
            [v] if v.fract() == 0.0 && v.abs() < 2e9 => Ok(Label::Number(v as i32)),
            [_, _, ..] if ones == 1 && zeros + 1 == entries.len() => {
                Ok(Label::Number(entries.iter().position(|&v| v == 1.0).unwrap_or(0) as i32))
            }
            _ => Err(Error::data(format!(
                "labels must be whole numbers or one-hot: row {} of `{}` holds {:?}; backburn trains classifiers",
                self.row,
                self.y.name,
                &entries[..entries.len().min(6)]
            ))),
        }
    }
}

impl RowReader for Paired {
    fn shape(&self) -> &[usize] {
        if self.x.shape.len() > 1 { &self.x.shape[1..] } else { &[1] }
    }

    fn next(&mut self, x: &mut Vec<f32>) -> Result<Option<Label>> {
        if self.row == self.x.shape[0] {
            self.x.end()?;
            self.y.end()?;
            return Ok(None);
        }
        self.x.read(self.row, &mut self.x_bytes)?;
        self.y.read(self.row, &mut self.y_bytes)?;
        match self.x.element {
            // Bytes with two axes or more in a row are the pixels of an image.
            Element::Uint(1) if self.x.shape.len() > 2 => x.extend(self.x_bytes.iter().map(|&b| intensity(b))),
            element => {
                let start = x.len();
                x.extend(self.x_bytes.chunks_exact(element.bytes()).map(|bytes| self.x.number(bytes) as f32));
                if let Some(bad) = x[start..].iter().find(|v| !v.is_finite()) {
                    return Err(Error::data(format!(
                        "features must be finite: row {} of `{}` holds {bad}; drop it",
                        self.row, self.x.name
                    )));
                }
            }
        }
        let label = self.label()?;
        self.row += 1;
        Ok(Some(label))
    }
}

/// A byte of an image as a number in 0..1. It is multiplied with float32(1/255) and not divided by 255, so that the
/// numbers are those of the common MNISTdata.hdf5 to the last bit.
pub fn intensity(byte: u8) -> f32 {
    f32::from(byte) * (1.0 / 255.0)
}
