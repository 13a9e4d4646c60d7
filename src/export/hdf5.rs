//! HDF5: the arrays of a model under the names that beginners use, `W1` `[inputs, outputs]`, `b1` and so on.
//!
//! The library only writes to files, so the bytes go through a temporary one. The class names are the data set `classes`,
//! and the activation is an attribute of the root.

use hdf5::types::VarLenUnicode;

use crate::error::{Error, Fallible, Result};
use crate::model::Saved;

/// The bytes of the file.
///
/// # Errors
/// No temporary file can be made.
pub fn bytes(saved: &Saved) -> Result<Vec<u8>> {
    write(saved).map_err(|e| Error::other(format!("cannot write HDF5 to the temporary folder: {e}; set TMPDIR")))
}

/// Writes all arrays, the class names and the name of the activation.
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
