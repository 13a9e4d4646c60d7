//! Strings of a data set or an attribute, in whichever of the four ways HDF5 stores them.

use hdf5::Container;
use hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};

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
        T::FixedAscii(length) if length <= 64 => read!(FixedAscii<64>),
        T::FixedAscii(length) if length <= 1024 => read!(FixedAscii<1024>),
        T::FixedUnicode(length) if length <= 64 => read!(FixedUnicode<64>),
        T::FixedUnicode(length) if length <= 1024 => read!(FixedUnicode<1024>),
        _ => return Ok(None),
    }))
}
