//! IDX, the format of MNIST: two zero bytes, a type, a rank, then extents and elements, all big-endian.
//!
//! LeCun's page about MNIST defines it. Images and labels are two files whose names differ in one word, so the second is
//! found from the first. Gzip is undone on the way.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::numbers::{OpenArray, Paired};
use super::reader;
use super::rows::RowReader;
use crate::error::{Error, Result};
use crate::npy::Element;

/// The rows of an IDX file of features, with the labels in a second IDX file.
///
/// # Errors
/// A file is not IDX or is cut off, or there are not as many labels as rows.
pub fn rows(x: &Path, y: &Path) -> Result<Box<dyn RowReader>> {
    Ok(Box::new(Paired::new(array(x)?, array(y)?)?))
}

/// Where the labels of these images are by custom: the name says `labels` instead of `images`, and rank 1 instead of 3.
pub fn labels_of(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_string_lossy().into_owned();
    let other = name.replace("images", "labels").replace("idx3", "idx1");
    (other != name).then(|| images.with_file_name(other)).filter(|path| path.exists())
}

/// The array of an IDX file, whose header is read.
///
/// # Errors
/// The file is not IDX.
pub fn array(path: &Path) -> Result<OpenArray> {
    let name = path.display().to_string();
    let bad = |what: String| Error::data(format!("`{name}` is not IDX: {what}; give a file as MNIST is distributed"));
    let mut bytes = reader(path)?;
    let mut word = || {
        let mut word = [0; 4];
        bytes.read_exact(&mut word).map(|()| word).map_err(|e| bad(format!("its header cannot be read: {e}")))
    };
    let magic = word()?;
    let element = match magic {
        [0, 0, 0x08, _] => Element::Uint(1),
        [0, 0, 0x09, _] => Element::Int(1),
        [0, 0, 0x0b, _] => Element::Int(2),
        [0, 0, 0x0c, _] => Element::Int(4),
        [0, 0, 0x0d, _] => Element::Float(4),
        [0, 0, 0x0e, _] => Element::Float(8),
        _ => return Err(bad(format!("its first four bytes are {magic:02x?}, no magic number of IDX"))),
    };
    let shape = (0..magic[3]).map(|_| Ok(u32::from_be_bytes(word()?) as usize)).collect::<Result<Vec<_>>>()?;
    Ok(OpenArray { name, shape, element, big_endian: true, bytes })
}
