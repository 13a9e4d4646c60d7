//! Import: rows from anyone's files become an HDF5 file of the layout that training reads.
//!
//! Every kind of source is read as a [`RowReader`], one row at a time, so a source may be larger than any memory. What is
//! wrong with it is said where it is met, and no unfinished file is left behind. Unsigned bytes of images become float32
//! in 0..1, times 1/255; every other number stays what it is.
//!
//! | file | what it does |
//! |---|---|
//! | `rows` | the nouns: a label, a reader of rows, a source of several parts |
//! | `source` | decides of what kind a path is, and opens it |
//! | `csv`, `folder`, `idx`, `npz` | one kind of source each |
//! | `lines` | cuts a text table into records and cells, for `csv` and `table` |
//! | `columns` | what the columns of a text table are |
//! | `figure` | numbers as people write them, with units and marks between thousands |
//! | `table` | reads a text table for a model that exists |
//! | `numbers` | decodes the elements of binary arrays, for IDX and NPY |
//! | `collection`, `download` | know MNIST and Fashion-MNIST, and fetch them from their mirrors |

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

mod collection;
mod columns;
mod csv;
mod download;
mod figure;
mod folder;
mod idx;
mod lines;
mod npz;
mod numbers;
mod rows;
mod source;
mod table;

pub use collection::Collection;
pub use download::{Download, Progress};
pub use folder::Fit;
pub use rows::{Label, RowReader, Source};
pub use source::{Inputs, features, open};
pub use table::Unlabelled;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::data::{COLUMNS, DataWriter, PartWriter, expect_file};
use crate::error::{Error, Result};
use crate::write::Beside;

/// Different names above which a column holds no classes but names of rows, or numbers that were written oddly.
const MOST_CLASSES: usize = 4000;

/// What an import has written.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The parts by name, each with the number of its rows.
    pub parts: Vec<(&'static str, usize)>,
    /// The number of features.
    pub width: usize,
    /// The names of the classes; empty where they are numbers.
    pub classes: Vec<String>,
    /// The names of columns that were left out, because their words are no categories.
    pub left_out: Vec<String>,
    /// What was taken off the numbers of columns, each as a person reads it: `price ($)`.
    pub bared: Vec<String>,
}

/// Writes the rows of `source` as HDF5 to a file in the making, with `provenance` as attributes. `see` is told, again and
/// again, how many rows of which part are written.
///
/// # Errors
/// What the source reports, parts that differ in shape, or no space; no file is left then.
pub fn write(
    source: Source,
    file: Beside,
    provenance: &[(&str, String)],
    see: &mut dyn FnMut(&str, usize),
) -> Result<Summary> {
    let writer = DataWriter::create(file)?;
    let shape = source.train.shape().to_vec();
    let (columns, left_out) = (source.train.columns().to_vec(), source.train.left_out());
    let bared = source.train.bared();
    let known = source.classes.iter().cloned().zip(0..).collect();
    let mut names = Names { known, list: source.classes, words: source.words.then_some(true) };
    let mut parts = Vec::new();
    for (name, rows) in [("train", Some(source.train)), ("val", source.validation), ("test", source.test)] {
        let Some(mut rows) = rows else { continue };
        if rows.shape() != shape {
            return Err(Error::data(format!(
                "the halves differ: rows of shape {shape:?} to train and {:?} in the {name} half; give halves of one data set",
                rows.shape()
            )));
        }
        let mut part = writer.part(name, &shape)?;
        copy(&mut *rows, &mut part, &mut names, name, see)?;
        if part.rows() == 0 {
            return Err(Error::data(format!("there are no rows in the {name} half; give a source with data")));
        }
        parts.push((name, part.rows()));
    }
    let described = (!columns.is_empty()).then(|| (COLUMNS, serde_json::to_string(&columns).unwrap_or_default()));
    writer.finish(&names.list, &[provenance, described.as_slice()].concat())?;
    Ok(Summary { parts, width: shape.iter().product(), classes: names.list, left_out, bared })
}

/// Copies all rows of a part, one chunk of the file at a time; `name` is what messages call it.
fn copy(
    rows: &mut dyn RowReader,
    part: &mut PartWriter,
    names: &mut Names,
    name: &str,
    see: &mut dyn FnMut(&str, usize),
) -> Result<()> {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    while let Some(label) = rows.next(&mut x)? {
        y.push(names.number(label, name)?);
        if y.len() == part.block() {
            part.append(&x, &y)?;
            see(name, part.rows());
            x.clear();
            y.clear();
        }
    }
    part.append(&x, &y)
}

/// The names of the classes, numbered in the order in which they were met.
struct Names {
    /// The number of each name.
    known: HashMap<String, i32>,
    /// The names in the order of their numbers.
    list: Vec<String>,
    /// Whether labels are words, once one was met. A number that stands beside words would be taken for the place of one of
    /// them.
    words: Option<bool>,
}

impl Names {
    /// The number that stands in the file for this label of the part called `part`.
    ///
    /// # Errors
    /// There are so many different names that they are no classes, or other parts have numbers where this one has words.
    fn number(&mut self, label: Label, part: &str) -> Result<i32> {
        let word = matches!(label, Label::Name(_));
        if *self.words.get_or_insert(word) != word {
            let (here, there) = if word { ("words", "numbers") } else { ("numbers", "words") };
            return Err(Error::data(format!(
                "the halves differ: the labels of the {part} half are {here} and those before it {there}; write both alike"
            )));
        }
        let name = match label {
            Label::Number(n) => return Ok(n),
            Label::Name(name) => name,
        };
        if let Some(&n) = self.known.get(&name) {
            return Ok(n);
        }
        if self.list.len() >= MOST_CLASSES {
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

/// Opens a file for reading and unpacks gzip on the way.
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
