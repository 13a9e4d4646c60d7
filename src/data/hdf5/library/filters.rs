//! Filters that the HDF5 library does not have, lent to it: it asks this program to undo [`Codec`]s.
//!
//! Rows are read past the library where they can be. Labels, files with a user block, big-endian numbers and data sets
//! that are put together of others go through the library, which knows a filter only if somebody has registered it.

use std::ffi::{c_int, c_uint, c_void};
use std::sync::Once;

use hdf5_sys::h5::{H5allocate_memory, H5free_memory};
use hdf5_sys::h5z::{H5Z_CLASS_T_VERS, H5Z_FLAG_REVERSE, H5Z_class2_t, H5Zregister};

use crate::data::hdf5::codec::Codec;

/// Bytes of a piece, at most; the format has no more.
const PIECE: usize = u32::MAX as usize;

/// Registers every codec with the library, once in the life of the process.
pub fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        add(Codec::ZSTD, undo::<{ Codec::ZSTD }>);
        add(Codec::LZ4, undo::<{ Codec::LZ4 }>);
        add(Codec::BITSHUFFLE, undo::<{ Codec::BITSHUFFLE }>);
    });
}

/// The shape of a filter as the library calls it.
type Call = unsafe extern "C" fn(c_uint, usize, *const c_uint, usize, *mut usize, *mut *mut c_void) -> usize;

/// Registers `undo` as filter number `id`. If the library refuses, the filter stays unavailable and is told as such.
fn add(id: c_int, undo: Call) {
    let class = H5Z_class2_t {
        version: H5Z_CLASS_T_VERS as c_int,
        id,
        encoder_present: 0,
        decoder_present: 1,
        name: c"backburn".as_ptr(),
        can_apply: None,
        set_local: None,
        filter: Some(undo),
    };
    // SAFETY: the library copies the class, whose name lives for ever, and calls the filter as `Call` says.
    hdf5::sync::sync(|| unsafe { H5Zregister((&raw const class).cast()) });
}

/// Replaces the `size` bytes of `*buffer` by what filter `ID` makes of them and gives their number, or 0, which is how a
/// filter of the library says that it has failed.
///
/// # Safety
/// `values` are `count` numbers, `*buffer` has `size` bytes of the library's memory, and `room` may be written.
unsafe extern "C" fn undo<const ID: c_int>(
    flags: c_uint,
    count: usize,
    values: *const c_uint,
    size: usize,
    room: *mut usize,
    buffer: *mut *mut c_void,
) -> usize {
    if flags & H5Z_FLAG_REVERSE == 0 {
        return 0; // nothing is written with these codecs
    }
    // SAFETY: as the caller promises; without parameters there is no pointer.
    let values = if count == 0 { &[] } else { unsafe { std::slice::from_raw_parts(values, count) } };
    // SAFETY: as the caller promises.
    let bytes = unsafe { std::slice::from_raw_parts((*buffer).cast::<u8>(), size) };
    let mut plain = Vec::new();
    if Codec::of(ID, values).is_none_or(|codec| codec.undo(bytes, PIECE, &mut plain).is_err()) || plain.is_empty() {
        return 0;
    }
    // SAFETY: the new memory has as many bytes as are copied into it, and the old is freed by whom it was taken from.
    unsafe {
        let memory = H5allocate_memory(plain.len(), 0);
        if memory.is_null() {
            return 0;
        }
        std::ptr::copy_nonoverlapping(plain.as_ptr(), memory.cast(), plain.len());
        H5free_memory(*buffer);
        *buffer = memory;
        *room = plain.len();
    }
    plain.len()
}
