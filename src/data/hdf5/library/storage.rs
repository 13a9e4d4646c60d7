//! Where the numbers of an array lie in its file, so that threads can read them without the library and its lock.
//!
//! HDF5 keeps an array as one run of bytes (contiguous), or in pieces of equal shape (chunked), each of which has gone
//! through the same filters. The library alone knows where they begin, so the child asks it once and hands the addresses
//! to the parent. Whatever is not understood to the bit (another filter, another byte order, a piece that was never
//! written) is left to the library, which is slower and right.

use hdf5::dataset::Layout;
use hdf5::filters;
use hdf5::plist::dataset_create::ChunkOpts;
use hdf5::{Dataset, Datatype, H5Type};

use super::Library;
use crate::data::array::{Array, Kind, ONE_FILE};
use crate::data::hdf5::chunks::{Chunks, Filter, Stored};
use crate::data::hdf5::codec::Codec;
use crate::data::hdf5::message::{Access, Storage};
use crate::data::hdf5::number::Number;
use crate::error::Result;

impl Library {
    /// Where the numbers of `array` lie.
    ///
    /// # Errors
    /// A type that is no number, a layout or extent that cannot be trusted, or a filter that is not available.
    pub(super) fn storage(&self, array: &Array) -> Result<Storage> {
        if array.kind == Kind::Elsewhere {
            return Err(self.bad(array, "it lies in another file that is not read", ONE_FILE));
        }
        if !matches!(array.kind, Kind::Integer | Kind::Float | Kind::Bool) {
            return Err(self.bad(
                array,
                &format!("features must be numbers, these are {}", array.dtype),
                "pass --x NAME to choose another data set",
            ));
        }
        let set = self.checked(array, 4, usize::MAX)?;
        let rows = array.shape.first().copied().unwrap_or(0);
        let together = set.chunk().and_then(|extent| extent.first().copied()).unwrap_or(1).clamp(1, rows.max(1));
        Ok(Storage { together, access: self.access(&set, array).unwrap_or(Access::Library) })
    }

    /// How threads can read `set` by themselves; `None` where they cannot.
    fn access(&self, set: &Dataset, array: &Array) -> Option<Access> {
        let number = number(&set.dtype().ok()?)?;
        // Addresses count from the end of the user block, a prefix that other programs may write before the file.
        let elsewhere = set.filename() != self.file.filename() || !set.dcpl().ok()?.external().is_empty();
        if self.file.userblock() != 0 || elsewhere {
            return None;
        }
        match set.layout() {
            Layout::Contiguous => Some(Access::Run(set.offset()?, number)),
            Layout::Chunked => Some(Access::Pieces(pieces(set, &array.shape, number.size())?, number)),
            _ => None,
        }
    }
}

/// The type of the machine that `dtype` is, to the bit.
fn number(dtype: &Datatype) -> Option<Number> {
    fn is<T: H5Type>(dtype: &Datatype, number: Number) -> Option<Number> {
        dtype.is::<T>().then_some(number)
    }
    is::<f32>(dtype, Number::F32)
        .or_else(|| is::<u8>(dtype, Number::U8))
        .or_else(|| is::<bool>(dtype, Number::U8))
        .or_else(|| is::<f64>(dtype, Number::F64))
        .or_else(|| is::<i8>(dtype, Number::I8))
        .or_else(|| is::<i16>(dtype, Number::I16))
        .or_else(|| is::<u16>(dtype, Number::U16))
        .or_else(|| is::<i32>(dtype, Number::I32))
        .or_else(|| is::<u32>(dtype, Number::U32))
        .or_else(|| is::<i64>(dtype, Number::I64))
        .or_else(|| is::<u64>(dtype, Number::U64))
}

/// The pieces of `set`, whose shape is `shape` and whose numbers take `width` bytes; `None` for what only the library
/// understands.
fn pieces(set: &Dataset, shape: &[usize], width: usize) -> Option<Chunks> {
    let plist = set.dcpl().ok()?;
    let filters = plist.filters().iter().map(filter).collect::<Option<Vec<Filter>>>()?;
    // The option that leaves pieces at the border unfiltered is seldom used, and not understood here.
    let whole = plist.chunk_opts().is_none_or(|options| options == ChunkOpts::empty());
    let extent = plist.chunk()?;
    if !whole || extent.len() != shape.len() || extent.contains(&0) {
        return None;
    }
    let grid: Vec<usize> = shape.iter().zip(&extent).map(|(&n, &c)| n.div_ceil(c)).collect();
    let count = grid.iter().try_fold(1usize, |all, &n| all.checked_mul(n))?;
    if set.num_chunks()? != count {
        return None;
    }
    let mut stored: Vec<Option<Stored>> = vec![None; count];
    visit(set, |offset, piece| {
        if let Some(slot) = number_of(offset, &extent, &grid).and_then(|i| stored.get_mut(i)) {
            slot.get_or_insert(piece);
        }
    })?;
    let stored = stored.into_iter().collect::<Option<Vec<Stored>>>()?;
    Some(Chunks { extent, grid, stored, filters, width })
}

/// The filter as `chunks` undoes it; `None` for one that it does not know.
fn filter(filter: &filters::Filter) -> Option<Filter> {
    match filter {
        filters::Filter::Deflate(_) => Some(Filter::Deflate),
        filters::Filter::Shuffle => Some(Filter::Shuffle),
        filters::Filter::Fletcher32 => Some(Filter::Fletcher32),
        filters::Filter::User(id, values) => Codec::of(*id, values).map(Filter::Other),
        _ => None,
    }
}

/// The number of the piece that begins at `offset`, counted along the last axis first; `None` for a piece that lies beside
/// the grid, which only a damaged file has.
fn number_of(offset: &[u64], extent: &[usize], grid: &[usize]) -> Option<usize> {
    offset.iter().zip(extent).zip(grid).try_fold(0, |number, ((&at, &extent), &count)| {
        let (i, inside) = (at.checked_div(extent as u64)?, at.checked_rem(extent as u64)?);
        let i = usize::try_from(i).ok().filter(|&i| inside == 0 && i < count)?;
        usize::checked_mul(number, count)?.checked_add(i)
    })
}

/// Calls `f`, as long as the library finds pieces, with the place of every piece: its first entry along each axis.
#[cfg(feature = "static-hdf5")]
fn visit(set: &Dataset, mut f: impl FnMut(&[u64], Stored)) -> Option<()> {
    set.chunks_visit(|c| {
        f(c.offset, Stored { address: c.addr, size: c.size, mask: c.filter_mask });
        0
    })
    .ok()
}

/// As above for a system library, whose version may know no way but one that takes longer with every piece.
#[cfg(not(feature = "static-hdf5"))]
fn visit(set: &Dataset, mut f: impl FnMut(&[u64], Stored)) -> Option<()> {
    let count = set.num_chunks().filter(|&n| n <= 4096)?;
    for i in 0..count {
        let c = set.chunk_info(i)?;
        f(&c.offset, Stored { address: c.addr, size: c.size, mask: c.filter_mask });
    }
    Some(())
}
