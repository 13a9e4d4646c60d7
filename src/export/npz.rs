//! NPZ: the arrays of a model as numpy loads them, `W1`, `b1` and so on, in the orientation of `x @ W1 + b1`.
//!
//! They are stored without compression, since weights do not shrink, and with a constant date, so that equal models give
//! equal bytes.

use npyz::zip::write::FileOptions;
use npyz::zip::{CompressionMethod, ZipWriter};
use npyz::{DType, TypeStr, WriterBuilder};

use crate::error::{Error, Fallible, Result};
use crate::model::Saved;

/// The bytes of the archive.
///
/// # Errors
/// None in practice, since it is written to memory.
pub fn bytes(saved: &Saved) -> Result<Vec<u8>> {
    write(saved).map_err(|e| Error::other(format!("cannot write the archive: {e}; try another --format")))
}

/// Writes all arrays, the class names and the name of the activation.
fn write(saved: &Saved) -> Fallible<Vec<u8>> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = FileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(npyz::zip::DateTime::default());
    for (name, shape, numbers) in super::arrays(saved) {
        zip.start_file(npyz::npz::file_name_from_array_name(&name), options)?;
        let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut zip).begin_nd()?;
        writer.extend(numbers)?;
        writer.finish()?;
    }
    text(&mut zip, options, "classes", &saved.classes, &[saved.classes.len() as u64])?;
    text(&mut zip, options, "activation", &[saved.network.activation.name().to_string()], &[])?;
    Ok(zip.finish()?.into_inner())
}

/// Writes an array of strings in UTF-32, as wide as the longest of `words`.
fn text(
    zip: &mut ZipWriter<std::io::Cursor<Vec<u8>>>,
    options: FileOptions,
    name: &str,
    words: &[String],
    shape: &[u64],
) -> Fallible<()> {
    zip.start_file(npyz::npz::file_name_from_array_name(name), options)?;
    let width = words.iter().map(|word| word.chars().count()).max().unwrap_or(0).max(1);
    let kind: TypeStr = format!("<U{width}").parse()?;
    let builder = npyz::WriteOptions::<str>::new().dtype(DType::Plain(kind));
    let mut writer = builder.shape(shape).writer(zip).begin_nd()?;
    for word in words {
        writer.push(word.as_str())?;
    }
    Ok(writer.finish()?)
}
