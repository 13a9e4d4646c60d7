//! A dump: all arrays of one file under their names, with the notes that were saved beside them.
//!
//! People write such a file to save the inside of their own program: `np.savez("dump.npz", x=x, W1=W1, …)`, or the same as
//! HDF5. Numbers become f64 whatever their type is; what they mean is for the reader to find out. A dump is not on the
//! path of a batch: it is small and is read once, as a whole.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::path::Path;

use serde_json::Value;

use super::array::Kind;
use super::hdf5::DataFile;
use crate::error::{Error, Result};
use crate::npy::{self, Element};
use crate::read;
use crate::write::Beside;

/// How many numbers an array of a dump may have: 512 MB of f64, as 60,000 images of 28 × 28 need.
const LARGEST: usize = 64 << 20;
/// Bytes of a dump in JSON, at most.
const JSON: u64 = 1 << 30;

/// The content of one file: arrays of numbers and notes of text, each under its name.
#[derive(Clone, Debug, Default)]
pub struct Dump {
    /// Where it came from, for messages.
    pub name: String,
    /// The arrays of numbers.
    pub arrays: BTreeMap<String, Numbers>,
    /// Attributes, and arrays of text with at most one axis; a list is joined by commas.
    pub notes: BTreeMap<String, String>,
    /// Arrays that hold neither numbers nor such text, and what they hold instead.
    pub others: BTreeMap<String, String>,
}

/// One array of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Its extent along each axis; empty for a single number.
    pub shape: Vec<usize>,
    /// Its entries, row-major.
    pub values: Vec<f64>,
}

impl Dump {
    /// Reads an HDF5, an NPZ or a JSON file, whichever it is. A JSON file holds one object: numbers, texts, and lists of
    /// numbers, nested as deep as an array has axes.
    ///
    /// # Errors
    /// The file is neither, it is damaged, or an array has more than 67 million numbers.
    pub fn read(path: &Path) -> Result<Self> {
        let mut magic = [0u8; 2];
        let zip = read::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && &magic == b"PK";
        match path.extension() {
            _ if zip => npz(path),
            Some(ending) if ending.eq_ignore_ascii_case("json") => json(path),
            _ => hdf5(path),
        }
    }

    /// Writes the arrays as an `.npz` file, or as HDF5 under any other ending; notes are left out.
    ///
    /// # Errors
    /// No space, no permission.
    pub fn write(&self, file: Beside) -> Result<()> {
        let path = file.name().to_path_buf();
        if path.extension().is_some_and(|ending| ending == "npz") {
            let fail = |e: std::io::Error| {
                Error::other(format!("cannot write `{}`: {e}; choose another name", path.display()))
            };
            self.write_npz(file.path()).and_then(|()| file.finish()).map_err(fail)?;
            return Ok(());
        }
        let arrays = self.arrays.iter().map(|(name, numbers)| (name.as_str(), &numbers.shape[..], &numbers.values[..]));
        super::hdf5::write_arrays(file, arrays)
    }

    /// Writes the arrays as an archive of numpy, all of them float64.
    fn write_npz(&self, path: &Path) -> std::io::Result<()> {
        use npyz::WriterBuilder;
        let mut archive = npyz::npz::NpzWriter::create(path)?;
        for (name, numbers) in &self.arrays {
            let shape: Vec<u64> = numbers.shape.iter().map(|&n| n as u64).collect();
            let mut array = archive
                .array(name, npyz::zip::write::FileOptions::default())?
                .default_dtype()
                .shape(&shape)
                .begin_nd()?;
            array.extend(numbers.values.iter().copied())?;
            array.finish()?;
        }
        Ok(())
    }

    /// The array called `name`, in upper or lower case.
    pub fn array(&self, name: &str) -> Option<&Numbers> {
        self.arrays.get(name).or_else(|| {
            self.arrays.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, numbers)| numbers)
        })
    }

    /// The note called `name`, in upper or lower case, without blanks around it.
    pub fn note(&self, name: &str) -> Option<&str> {
        let known = || self.notes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, note)| note);
        self.notes.get(name).or_else(known).map(|note| note.trim())
    }

    /// The number called `name`, if it was saved as an array of one entry.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.array(name)?.values[..] {
            [number] => Some(number),
            _ => None,
        }
    }

    /// What the array called `name` holds, if it holds neither numbers nor text.
    pub fn other(&self, name: &str) -> Option<&str> {
        self.others.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, kind)| kind.as_str())
    }
}

/// Reads a dump out of an HDF5 file: data sets of numbers, attributes and short texts as notes. What is of another kind
/// is only named, so that a message can say that it was there.
fn hdf5(path: &Path) -> Result<Dump> {
    let file = DataFile::open(path)?;
    let mut dump = Dump { name: path.display().to_string(), notes: file.notes()?, ..Dump::default() };
    for array in file.arrays() {
        match array.kind {
            Kind::Integer | Kind::Float | Kind::Bool => {
                let values = file.numbers(array, 8 * LARGEST)?;
                dump.arrays.insert(array.name.clone(), Numbers { shape: array.shape.clone(), values });
            }
            Kind::Text if array.shape.len() < 2 => {
                dump.notes.extend(file.words(array)?.map(|words| (array.name.clone(), words.join(","))));
            }
            _ => {
                dump.others.insert(array.name.clone(), array.dtype.clone());
            }
        }
    }
    Ok(dump)
}

/// Reads a dump out of one JSON object, as programs write that have no numpy.
fn json(path: &Path) -> Result<Dump> {
    let bad = |e: String| Error::data(format!("cannot read `{}` as JSON: {e}; write one object", path.display()));
    let text = read::text(path, JSON).map_err(|e| bad(e.to_string()))?;
    let object: serde_json::Map<String, Value> = serde_json::from_str(&text).map_err(|e| bad(e.to_string()))?;
    let mut dump = Dump { name: path.display().to_string(), ..Dump::default() };
    for (name, value) in object {
        let mut numbers = Numbers { shape: Vec::new(), values: Vec::new() };
        match &value {
            Value::String(text) => drop(dump.notes.insert(name, text.clone())),
            _ if nested(&value, 0, &mut numbers) => drop(dump.arrays.insert(name, numbers)),
            Value::Null => {}
            _ => drop(dump.others.insert(name, "lists of different lengths, or no numbers".into())),
        }
    }
    Ok(dump)
}

/// Adds the numbers of nested lists at `depth` to an array; false where they are not all numbers, or fill no rectangle.
#[expect(clippy::arithmetic_side_effects, reason = "JSON that is nested more than 128 times is not read")]
fn nested(value: &Value, depth: usize, into: &mut Numbers) -> bool {
    match value {
        Value::Array(items) if into.values.is_empty() && into.shape.len() == depth => {
            into.shape.push(items.len());
            items.iter().all(|item| nested(item, depth + 1, into))
        }
        Value::Array(items) => {
            into.shape.get(depth) == Some(&items.len()) && items.iter().all(|item| nested(item, depth + 1, into))
        }
        Value::Number(number) => {
            into.values.extend(number.as_f64());
            into.shape.len() == depth
        }
        Value::Bool(truth) => {
            into.values.push(f64::from(u8::from(*truth)));
            into.shape.len() == depth
        }
        _ => false,
    }
}

/// Reads a dump out of an archive of numpy.
fn npz(path: &Path) -> Result<Dump> {
    let bad = |e: npy::ArchiveError| {
        Error::data(format!("cannot read `{}` as NPZ: {e}; save it with numpy.savez", path.display()))
    };
    let file = read::open(path).map_err(|e| bad(npy::ArchiveError(String::new(), e)))?;
    let mut dump = Dump { name: path.display().to_string(), ..Dump::default() };
    for array in npy::arrays(BufReader::new(file), 8 * LARGEST).map_err(bad)? {
        let shape = array.header.shape.clone();
        match array.header.element {
            element if element.is_text() && shape.len() < 2 => note(&mut dump, &array.name, array.words()),
            element if element.is_text() => drop(dump.others.insert(array.name, "text".into())),
            Element::Other => drop(dump.others.insert(array.name, array.header.dtype)),
            _ if array.header.count().is_none_or(|count| count > LARGEST) => {
                return Err(Error::data(format!(
                    "array `{}` of `{}` has shape {shape:?}, which is no dump of one batch; save fewer rows",
                    array.name,
                    path.display()
                )));
            }
            _ => {
                let values = array.numbers();
                dump.arrays.insert(array.name, Numbers { shape, values });
            }
        }
    }
    Ok(dump)
}

/// Adds a text to the notes: as one note, or as several if the text is a JSON object. That is how people save settings
/// in an NPZ, which has no attributes: `np.savez("dump.npz", …, settings=json.dumps({"loss": "ce"}))`.
fn note(dump: &mut Dump, name: &str, words: Vec<String>) {
    let text = words.join(",");
    match serde_json::from_str(&text) {
        Ok(serde_json::Value::Object(object)) => {
            dump.notes.extend(object.into_iter().map(|(name, value)| (name, word(&value))));
        }
        _ => {
            dump.notes.insert(name.to_string(), text);
        }
    }
}

/// A JSON value as the text of a note: a text without its quotes, a list joined by commas, anything else as JSON writes
/// it.
fn word(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(values) => values.iter().map(word).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
