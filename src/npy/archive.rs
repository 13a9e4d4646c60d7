//! NPZ: a zip archive whose entries are arrays, read as a whole or one entry beside another.
//!
//! Small archives (a dump, weights) are read at once by [`arrays`]. Of a large one (rows to import) features and labels are
//! read side by side, for which [`open_entry`] opens the file once more, because a zip reader lends out one entry at a
//! time. A kilobyte of zip can unpack to a gigabyte, so what all entries may take together follows from the size of the
//! archive, and an entry is read no further than its header says.

use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::Path;

use flate2::bufread::DeflateDecoder;
use npyz::zip::{CompressionMethod, ZipArchive};

use super::header::Header;

/// Arrays of an archive, at most.
const MOST: usize = 10_000;
/// Bytes that every archive may take unpacked …
const UNPACKED: u64 = 256 << 20;
/// … and how many times its own size a large one may: numbers that people save shrink to a half at best.
const RATIO: u64 = 100;
/// How many bytes a byte of deflate can become, at most.
const DEFLATED: usize = 1032;

/// One array in memory.
pub struct Array {
    /// Its name: that of its entry without `.npy`.
    pub name: String,
    /// What it is.
    pub header: Header,
    /// Its elements as they are stored; none for a type without a size.
    bytes: Vec<u8>,
}

impl Array {
    /// The elements as numbers, row-major; none of a text.
    pub fn numbers(&self) -> Vec<f64> {
        let stored = self.header.element.numbers(&self.bytes, self.header.big_endian);
        if self.header.by_columns { by_rows(&self.header.shape, stored) } else { stored }
    }

    /// The elements as texts, in the order in which they are stored; none of a number.
    pub fn words(&self) -> Vec<String> {
        let (element, big_endian) = (self.header.element, self.header.big_endian);
        let size = element.size().filter(|_| element.is_text()).unwrap_or(usize::MAX);
        self.bytes.chunks_exact(size).map(|bytes| element.text(bytes, big_endian)).collect()
    }
}

/// Why an archive could not be read, and in which array; the name is empty if it is the archive itself.
pub struct ArchiveError(pub String, pub Error);

impl std::fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_str() {
            "" => self.1.fmt(f),
            name => write!(f, "array `{name}`: {}", self.1),
        }
    }
}

/// All arrays of an archive. Unpacked each may take `most` bytes, and all of them no more than the size of the archive
/// makes likely, whatever they claim.
///
/// # Errors
/// The bytes are no such archive, a checksum is wrong, or an array is larger.
pub fn arrays(mut bytes: impl Read + Seek, most: usize) -> std::result::Result<Vec<Array>, ArchiveError> {
    let whole = |e| ArchiveError(String::new(), e);
    let length = bytes.seek(SeekFrom::End(0)).map_err(whole)?;
    let mut left = usize::try_from(UNPACKED.max(length.saturating_mul(RATIO))).unwrap_or(usize::MAX);
    let mut zip = ZipArchive::new(bytes).map_err(|e| whole(e.into()))?;
    let names: Vec<(String, String)> =
        zip.file_names().filter_map(|file| Some((file.to_string(), entry_name(file)?.to_string()))).collect();
    if names.len() > MOST {
        return Err(whole(bad(format!("it has {} arrays", names.len()))));
    }
    let mut found = Vec::new();
    for (file, name) in names {
        let array = zip.by_name(&file).map_err(Error::from).and_then(|mut entry| {
            let header = Header::read(&mut entry)?;
            let size = if header.element.size().is_some() { header.bytes() } else { Some(0) };
            let size = size
                .filter(|&size| size <= most.min(left))
                .ok_or_else(|| bad(format!("shape {:?} of type {} is too large", header.shape, header.dtype)))?;
            // Room for all of it at once, unless so few packed bytes cannot hold it.
            let packed = usize::try_from(entry.compressed_size().min(length)).unwrap_or(usize::MAX);
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(size.min(packed.saturating_mul(DEFLATED)))?;
            entry.by_ref().take(size as u64).read_to_end(&mut bytes)?;
            // The checksum is compared at the end of the entry.
            match (bytes.len() == size, header.element.size().is_none() || entry.read(&mut [0])? == 0) {
                (true, true) => Ok(Array { name: name.clone(), header, bytes }),
                (false, _) => Err(bad(format!("it ends before its shape {:?} is full", header.shape))),
                (_, false) => Err(bad(format!("it goes on after its shape {:?} is full", header.shape))),
            }
        });
        let array = array.map_err(|e| ArchiveError(name, e))?;
        left = left.saturating_sub(array.bytes.len());
        found.push(array);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The name of the array that an entry of this name holds; `None` if it holds none.
pub fn entry_name(file: &str) -> Option<&str> {
    file.strip_suffix(".npy")
}

/// The array `name` of the archive `zip`, which lies at `path`: what it is, and its elements through a file handle of its
/// own, so that two arrays can be read side by side. The end of the elements is an error if their checksum is wrong.
///
/// # Errors
/// There is none, it is no array, or its compression is not known.
pub fn open_entry<R: Read + Seek>(zip: &mut ZipArchive<R>, path: &Path, name: &str) -> Result<(Header, Box<dyn Read>)> {
    let entry = zip.by_name(&format!("{name}.npy"))?;
    let (start, packed, method, crc) =
        (entry.data_start(), entry.compressed_size(), entry.compression(), entry.crc32());
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let file = BufReader::new(file.take(packed));
    let bytes: Box<dyn Read> = match method {
        CompressionMethod::Stored => Box::new(file),
        CompressionMethod::Deflated => Box::new(BufReader::new(DeflateDecoder::new(file))),
        other => return Err(bad(format!("its compression is {other}"))),
    };
    let mut bytes = Checked { bytes: flate2::CrcReader::new(bytes), crc };
    let header = Header::read(&mut bytes)?;
    Ok((header, Box::new(bytes)))
}

/// Bytes whose checksum is compared with that of the archive when they end.
struct Checked {
    bytes: flate2::CrcReader<Box<dyn Read>>,
    crc: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self.bytes.read(buffer)? {
            0 if !buffer.is_empty() && self.bytes.crc().sum() != self.crc => Err(bad("its checksum is wrong".into())),
            n => Ok(n),
        }
    }
}

/// Elements that are stored with the first axis running fastest, in row-major order.
#[expect(
    clippy::indexing_slicing,
    reason = "there are as many axes in `index` as in `shape`, and a place is below the count"
)]
#[expect(clippy::arithmetic_side_effects, reason = "no axis is 0 where something is stored, and the count was checked")]
fn by_rows(shape: &[usize], stored: Vec<f64>) -> Vec<f64> {
    if shape.len() < 2 {
        return stored;
    }
    let place = |mut row_major: usize| {
        let mut index = vec![0; shape.len()];
        for axis in (0..shape.len()).rev() {
            index[axis] = row_major % shape[axis];
            row_major /= shape[axis];
        }
        index.iter().zip(shape).rev().fold(0, |at, (i, n)| at * n + i)
    };
    (0..stored.len()).map(|i| stored[place(i)]).collect()
}

fn bad(what: String) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
