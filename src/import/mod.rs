//! Import: rows from anyone's files become an HDF5 file of the house's layout, in memory that stays flat.
//!
//! A reader is a stream of [`Rows`], one row at a time, so a source may be larger than any memory; what is wrong with
//! it is said where it is met, and the unfinished file is gone with the writer. Unsigned bytes of images become
//! float32 in 0..1 (times 1/255), every other number stays what it is. A procedure: it needs data alone.

mod csv;
mod download;
mod folder;
mod idx;
mod npz;
mod numbers;
mod source;

pub use download::{Collection, Download, Progress};
pub use source::{Request, Source, open};

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::data::expect_file;
use crate::data::hdf5::{Half, Writer};
use crate::error::{Error, Result};
use crate::write::Beside;

/// What a row is, as its source writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Label {
    /// A class number.
    Number(i32),
    /// A class by name.
    Name(String),
}

/// A stream of labelled rows.
pub trait Rows {
    /// The shape of one row.
    fn shape(&self) -> &[usize];

    /// Appends the features of the next row to `x` and gives its label; `None` after the last row.
    ///
    /// # Errors
    /// The source ends too early or holds something that is no row; the message says where.
    fn next(&mut self, x: &mut Vec<f32>) -> Result<Option<Label>>;
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The halves by name, with their rows.
    pub halves: Vec<(&'static str, usize)>,
    /// The number of features.
    pub width: usize,
    /// The names of the classes; empty where they are numbers.
    pub classes: Vec<String>,
}

/// Writes the rows of `source` as HDF5 to a file in the making, with `provenance` as attributes.
///
/// # Errors
/// What the source reports, halves that differ in shape, or no space; no file is left then.
pub fn write(source: Source, file: Beside, provenance: &[(&str, String)]) -> Result<Summary> {
    let writer = Writer::create(file)?;
    let shape = source.train.shape().to_vec();
    let mut names = Names { known: HashMap::new(), list: source.classes };
    names.known = names.list.iter().cloned().zip(0..).collect();
    let mut halves = Vec::new();
    for (name, rows) in [("train", Some(source.train)), ("val", source.validation), ("test", source.test)] {
        let Some(mut rows) = rows else { continue };
        if rows.shape() != shape {
            return Err(Error::data(format!(
                "the halves differ: rows of shape {shape:?} to train and {:?} in the {name} half; give halves of one data set",
                rows.shape()
            )));
        }
        let mut half = writer.half(name, &shape)?;
        copy(&mut *rows, &mut half, &mut names)?;
        if half.rows() == 0 {
            return Err(Error::data(format!("there are no rows in the {name} half; give a source with data")));
        }
        halves.push((name, half.rows()));
    }
    writer.finish(&names.list, provenance)?;
    Ok(Summary { halves, width: shape.iter().product(), classes: names.list })
}

/// Moves rows, one chunk of the file at a time.
fn copy(rows: &mut dyn Rows, half: &mut Half, names: &mut Names) -> Result<()> {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    while let Some(label) = rows.next(&mut x)? {
        y.push(names.number(label)?);
        if y.len() == half.block() {
            half.append(&x, &y)?;
            x.clear();
            y.clear();
        }
    }
    half.append(&x, &y)
}

/// The names of the classes, in the order in which they were met.
struct Names {
    known: HashMap<String, i32>,
    list: Vec<String>,
}

impl Names {
    /// What stands in the file for this label.
    fn number(&mut self, label: Label) -> Result<i32> {
        let name = match label {
            Label::Number(n) => return Ok(n),
            Label::Name(name) => name,
        };
        if let Some(&n) = self.known.get(&name) {
            return Ok(n);
        }
        if self.list.len() == 4000 {
            return Err(Error::data(format!(
                "more than 4,000 different labels, `{name}` among them: these are no classes; choose the column with --label NAME"
            )));
        }
        let n = self.list.len() as i32;
        self.known.insert(name.clone(), n);
        self.list.push(name);
        Ok(n)
    }
}

/// Opens a file, unpacking gzip on the way.
fn reader(path: &Path) -> Result<Box<dyn Read>> {
    let bad = |e: std::io::Error| Error::data(format!("cannot read `{}`: {e}; check the path", path.display()));
    expect_file(path, &std::fs::metadata(path).map_err(bad)?)?;
    let mut head = Vec::new();
    File::open(path).map_err(bad)?.take(2).read_to_end(&mut head).map_err(bad)?;
    let file = BufReader::with_capacity(1 << 16, File::open(path).map_err(bad)?);
    match &head[..] {
        b"\x1f\x8b" => Ok(Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(file)))),
        _ => Ok(Box::new(file)),
    }
}
