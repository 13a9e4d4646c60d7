//! NPY and NPZ: numpy's arrays, one in a file or many in a zip archive.
//!
//! The crate `npyz` reads the headers. The elements are decoded by `numbers`, because features and labels are two entries
//! of one archive that are read side by side, each through a file handle of its own. Which entry is what is found by the
//! names that people use in HDF5 files too.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use npyz::{DType, Endianness, NpyFile, Order, TypeChar};

use super::numbers::{Element, OpenArray, Paired};
use super::reader;
use super::rows::{RowReader, Source};
use crate::data::{Array, Choice, Kind, Pair, find_layout};
use crate::error::{Error, Result};

/// The rows of a feature array `x` and a label array `y`, two `.npy` files.
///
/// # Errors
/// A file is not NPY, holds pickled objects or is in column-major order, or there are not as many labels as rows.
pub fn rows(x: &Path, y: &Path) -> Result<Box<dyn RowReader>> {
    let open = |path: &Path| open_array(path.display().to_string(), reader(path)?);
    Ok(Box::new(Paired::new(open(x)?, open(y)?)?))
}

/// The parts in an `.npz` archive; `choice` names arrays that cannot be found by custom.
///
/// # Errors
/// The file is no archive, there are no features with labels in it, or [`rows`] would refuse an array.
pub fn source(path: &Path, choice: &Choice) -> Result<Source> {
    let mut arrays = Vec::new();
    let mut zip = archive(path)?;
    let names: Vec<String> =
        zip.file_names().filter_map(npyz::npz::array_name_from_file_name).map(Into::into).collect();
    for name in names {
        let opened = entry(&mut zip, path, &name)?;
        let kind = match opened.element {
            Element::Float(_) => Kind::Float,
            Element::Text(_) => Kind::Text,
            _ => Kind::Integer,
        };
        arrays.push(Array { name, shape: opened.shape, kind, dtype: opened.element.to_string() });
    }
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    let layout = find_layout(&arrays, choice)?;
    let mut part = |pair: &Pair| -> Result<Box<dyn RowReader>> {
        Ok(Box::new(Paired::new(entry(&mut zip, path, &pair.x)?, entry(&mut zip, path, &pair.y)?)?))
    };
    let missing = || Error::data(format!("`{}` has no training half; name it with --x NAME --y NAME", path.display()));
    let train = part(&layout.train.ok_or_else(missing)?)?;
    let validation = layout.validation.as_ref().map(&mut part).transpose()?;
    let test = layout.test.as_ref().map(part).transpose()?;
    Ok(Source { train, validation, test, classes: Vec::new() })
}

type Archive = npyz::zip::ZipArchive<BufReader<File>>;

/// Opens a zip archive.
fn archive(path: &Path) -> Result<Archive> {
    let bad =
        |e: String| Error::data(format!("cannot read `{}` as NPZ: {e}; save it with numpy.savez", path.display()));
    let file = File::open(path).map_err(|e| bad(e.to_string()))?;
    Archive::new(BufReader::new(file)).map_err(|e| bad(e.to_string()))
}

/// One array of an archive, through a file handle of its own.
fn entry(zip: &mut Archive, path: &Path, name: &str) -> Result<OpenArray> {
    let shown = format!("{}:{name}", path.display());
    let bad = |e: String| Error::data(format!("cannot read array `{shown}`: {e}; save it with numpy.savez"));
    let entry = zip.by_name(&npyz::npz::file_name_from_array_name(name)).map_err(|e| bad(e.to_string()))?;
    let (start, packed, method, crc) =
        (entry.data_start(), entry.compressed_size(), entry.compression(), entry.crc32());
    // The archive's own reader of an entry borrows the archive, so that no two entries could be read side by side.
    let mut file = File::open(path).map_err(|e| bad(e.to_string()))?;
    file.seek(SeekFrom::Start(start)).map_err(|e| bad(e.to_string()))?;
    let file = BufReader::new(file.take(packed));
    let bytes: Box<dyn Read> = match method {
        npyz::zip::CompressionMethod::Stored => Box::new(file),
        npyz::zip::CompressionMethod::Deflated => Box::new(BufReader::new(flate2::bufread::DeflateDecoder::new(file))),
        other => return Err(bad(format!("its compression is {other}"))),
    };
    open_array(shown, Box::new(Checked { bytes: flate2::CrcReader::new(bytes), crc }))
}

/// Bytes whose checksum is compared with that of the archive when they end.
struct Checked {
    /// The unpacked bytes, whose checksum is computed as they pass.
    bytes: flate2::CrcReader<Box<dyn Read>>,
    /// The checksum that the archive says.
    crc: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.bytes.read(buffer)? {
            0 if !buffer.is_empty() && self.bytes.crc().sum() != self.crc => {
                Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "its checksum is wrong"))
            }
            n => Ok(n),
        }
    }
}

/// Reads the header of an array; `name` is for messages.
fn open_array(name: String, bytes: Box<dyn Read>) -> Result<OpenArray> {
    let bad = |what: &str| Error::data(format!("cannot read array `{name}`: {what}; save it with numpy.save"));
    let file = NpyFile::new(bytes).map_err(|e| bad(&e.to_string()))?;
    let DType::Plain(kind) = file.header().dtype() else {
        return Err(bad("its elements are records"));
    };
    let size = kind.size_field() as usize;
    let element = match kind.type_char() {
        TypeChar::Int => Element::Int(size),
        TypeChar::Uint => Element::Uint(size),
        TypeChar::Bool => Element::Bool,
        TypeChar::Float if size == 4 || size == 8 => Element::Float(size),
        TypeChar::UnicodeStr if size > 0 => Element::Text(size),
        _ => return Err(bad(&format!("its elements are of type {kind}"))),
    };
    let shape: Vec<usize> = file.header().shape().iter().map(|&n| n as usize).collect();
    if file.header().order() == Order::Fortran && shape.iter().filter(|&&n| n > 1).count() > 1 {
        return Err(bad("it is in column-major order, and rows are read as they stand; use numpy.ascontiguousarray"));
    }
    Ok(OpenArray { name, shape, element, big_endian: kind.endianness() == Endianness::Big, bytes: file.into_inner() })
}
