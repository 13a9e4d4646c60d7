//! HDF5: the arrays of a model under a beginner's names, `W1` `[inputs, outputs]`, `b1`, …
//!
//! The library writes to files alone, so the bytes take the way over a temporary one. Class names are the data
//! set `classes`, the activation is an attribute.

use hdf5::types::VarLenUnicode;

use crate::error::{Error, Result};
use crate::model::Saved;

type Fallible<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The file's bytes.
///
/// # Errors
/// No temporary file can be made.
pub fn bytes(saved: &Saved) -> Result<Vec<u8>> {
    write(saved).map_err(|e| Error::other(format!("cannot write HDF5 to the temporary folder: {e}; set TMPDIR")))
}

fn write(saved: &Saved) -> Fallible<Vec<u8>> {
    let beside = tempfile::NamedTempFile::new()?;
    let file = hdf5::FileBuilder::new().with_fapl(|p| p.libver_v110()).create(beside.path())?;
    for (name, shape, numbers) in super::arrays(saved) {
        file.new_dataset::<f32>().shape(shape).create(name.as_str())?.write_raw(&numbers)?;
    }
    let text = |text: &str| text.replace('\0', "").parse::<VarLenUnicode>();
    let classes = saved.classes.iter().map(|name| text(name)).collect::<std::result::Result<Vec<_>, _>>()?;
    file.new_dataset_builder().with_data(&classes).create("classes")?;
    file.new_attr::<VarLenUnicode>().create("activation")?.write_scalar(&text(saved.network.activation.name())?)?;
    file.close()?;
    Ok(std::fs::read(beside.path())?)
}
