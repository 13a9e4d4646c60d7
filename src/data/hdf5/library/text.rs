//! Strings of a data set or an attribute, in whichever of the four ways HDF5 stores them.

use hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};
use hdf5::{Container, Dataset};

/// The bytes into which a string of a fixed length is read where it fits.
const SHORT: usize = 64;
/// The bytes into which a longer string of a fixed length is read. One that is longer still is not read.
pub const LONG: usize = 1024;

/// The bytes of a string of any length in memory beside its letters: its place in two lists.
const ANY: usize = 2 * size_of::<String>();

/// How many bytes a string of `set` takes while it is read, without the letters of one of any length.
pub fn width_in_memory(set: &Dataset) -> usize {
    use TypeDescriptor as T;
    match set.dtype().and_then(|dtype| dtype.to_descriptor()) {
        Ok(T::FixedAscii(length) | T::FixedUnicode(length)) if length <= SHORT => SHORT,
        Ok(T::FixedAscii(_) | T::FixedUnicode(_)) => LONG,
        _ => ANY,
    }
}

/// The bytes of every string in `container`, without padding; `None` if it holds no strings, or strings of a fixed
/// length above 1,024 bytes.
///
/// # Errors
/// Whatever the library reports about its type or its bytes.
pub fn strings(container: &Container) -> hdf5::Result<Option<Vec<Vec<u8>>>> {
    macro_rules! read {
        ($type:ty) => {
            container.read_raw::<$type>()?.iter().map(|text| text.as_bytes().to_vec()).collect()
        };
    }
    use TypeDescriptor as T;
    Ok(Some(match container.dtype()?.to_descriptor()? {
        T::VarLenAscii => read!(VarLenAscii),
        T::VarLenUnicode => read!(VarLenUnicode),
        T::FixedAscii(length) if length <= SHORT => read!(FixedAscii<SHORT>),
        T::FixedAscii(length) if length <= LONG => read!(FixedAscii<LONG>),
        T::FixedUnicode(length) if length <= SHORT => read!(FixedUnicode<SHORT>),
        T::FixedUnicode(length) if length <= LONG => read!(FixedUnicode<LONG>),
        _ => return Ok(None),
    }))
}
