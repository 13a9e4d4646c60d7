//! Chunks: where each piece of a data set lies in its file, and how its filters are undone.
//!
//! The HDF5 library inflates under a lock of the whole process; here every thread has its own [`Scratch`] and none waits
//! for another. What is not understood to the last bit (another filter, a piece that is missing or lies outside the
//! file) is left to the library.

use std::fs::File;

use hdf5::Dataset;
use hdf5::filters::Filter;
use hdf5::plist::dataset_create::ChunkOpts;
use libdeflater::Decompressor;

use super::complaint::Complaint;

/// The pieces of a data set, numbered row-major by their places in the grid.
pub struct Chunks {
    /// The size of a piece along each axis.
    pub extent: Vec<usize>,
    /// How many pieces there are along each axis.
    pub grid: Vec<usize>,
    /// Where each piece lies.
    stored: Vec<Option<Stored>>,
    /// What was done to a piece before it was stored, in that order.
    filters: Vec<Filter>,
    /// How many bytes one number takes.
    width: usize,
}

/// Where a piece lies.
#[derive(Clone, Copy)]
struct Stored {
    /// Its first byte in the file.
    address: u64,
    /// How many bytes it takes there.
    size: u64,
    /// Bit i is set if filter i was left out for this piece.
    mask: u32,
}

/// The buffers of one thread, which are used again for every piece.
pub struct Scratch {
    /// The bytes as far as their filters are undone.
    current: Vec<u8>,
    /// Room for what the next filter makes of them.
    next: Vec<u8>,
    inflater: Decompressor,
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch { current: Vec::new(), next: Vec::new(), inflater: Decompressor::new() }
    }
}

impl Scratch {
    /// Reads `size` bytes of `file` from `address` on.
    ///
    /// # Errors
    /// The file ends before, or there is too little memory.
    pub fn fetch(&mut self, file: &File, address: u64, size: usize) -> Result<&mut Vec<u8>, Complaint> {
        enlarge(&mut self.current, size)?;
        fetch(file, &mut self.current, address)?;
        Ok(&mut self.current)
    }

    /// Undoes one filter on the current bytes. When all are undone, `size` bytes are left, numbers of `width` bytes each.
    fn undo(&mut self, filter: &Filter, size: usize, width: usize) -> Result<(), Complaint> {
        match filter {
            Filter::Fletcher32 => return verify(&mut self.current),
            Filter::Shuffle => {
                enlarge(&mut self.next, self.current.len())?;
                unshuffle(&self.current, &mut self.next, width);
            }
            _ => {
                enlarge(&mut self.next, size + 4)?; // a checksum may have been taken before
                let length = self.inflater.zlib_decompress(&self.current, &mut self.next);
                self.next.truncate(length.map_err(|_| "a compressed piece is damaged")?);
            }
        }
        std::mem::swap(&mut self.current, &mut self.next);
        Ok(())
    }
}

impl Chunks {
    /// The pieces of `set`, of the given shape and with numbers of `width` bytes, in a file of `length` bytes; `None` if
    /// only the library understands how they are stored.
    pub fn of(set: &Dataset, shape: &[usize], width: usize, length: u64) -> Option<Self> {
        let plist = set.dcpl().ok()?;
        let filters = plist.filters();
        let known = |f: &Filter| matches!(f, Filter::Deflate(_) | Filter::Shuffle | Filter::Fletcher32);
        let whole = plist.chunk_opts().is_none_or(|options| options == ChunkOpts::empty());
        let extent = plist.chunk()?;
        let bytes = extent.iter().try_fold(width, |all, &n| all.checked_mul(n))?;
        let sound = extent.len() == shape.len() && !extent.contains(&0) && bytes <= u32::MAX as usize;
        if !(filters.iter().all(known) && whole && sound) {
            return None;
        }
        let grid: Vec<usize> = shape.iter().zip(&extent).map(|(&n, &c)| n.div_ceil(c)).collect();
        let count = grid.iter().try_fold(1usize, |all, &n| all.checked_mul(n))?;
        if set.num_chunks()? != count {
            return None;
        }
        let mut chunks = Chunks { extent, grid, stored: vec![None; count], filters, width };
        let mut found = 0;
        visit(set, |offset, stored| {
            let place = chunks.place(offset).filter(|_| stored.address.saturating_add(stored.size) <= length);
            if let Some(slot) = place.map(|i| &mut chunks.stored[i]).filter(|slot| slot.is_none()) {
                *slot = Some(stored);
                found += 1;
            }
        })?;
        (found == count).then_some(chunks)
    }

    /// The number of the piece whose first entry is at `offset`; `None` if no piece begins there.
    fn place(&self, offset: &[u64]) -> Option<usize> {
        let axes = offset.iter().zip(&self.extent).zip(&self.grid);
        axes.into_iter().try_fold(0, |place, ((&at, &extent), &count)| {
            let (i, inside) = (at / extent as u64, at % extent as u64);
            (inside == 0 && i < count as u64).then(|| place * count + i as usize)
        })
    }

    /// The plain bytes of piece number `i`, which are the numbers of the piece, row-major.
    ///
    /// # Errors
    /// The stored bytes are damaged or no longer there.
    pub fn read<'s>(&self, file: &File, i: usize, scratch: &'s mut Scratch) -> Result<&'s [u8], Complaint> {
        let stored = self.stored[i].ok_or("a piece is missing")?;
        let size = self.extent.iter().product::<usize>() * self.width;
        scratch.fetch(file, stored.address, stored.size as usize)?;
        for (place, filter) in self.filters.iter().enumerate().rev() {
            if stored.mask & (1 << place) == 0 {
                scratch.undo(filter, size, self.width)?;
            }
        }
        match scratch.current.len() {
            n if n == size => Ok(&scratch.current),
            n => Err(format!("a piece has {n} bytes instead of {size}")),
        }
    }
}

/// Calls `f` with the first entry of every piece along each axis, and with where the piece lies. `None` if the library
/// does not say it.
#[cfg(feature = "static-hdf5")]
fn visit(set: &Dataset, mut f: impl FnMut(&[u64], Stored)) -> Option<()> {
    set.chunks_visit(|c| {
        f(c.offset, Stored { address: c.addr, size: c.size, mask: c.filter_mask });
        0
    })
    .ok()
}

/// The same with a system library, whose version may only know a way that takes longer with every piece.
#[cfg(not(feature = "static-hdf5"))]
fn visit(set: &Dataset, mut f: impl FnMut(&[u64], Stored)) -> Option<()> {
    let count = set.num_chunks().filter(|&n| n <= 4096)?;
    for i in 0..count {
        let c = set.chunk_info(i)?;
        f(&c.offset, Stored { address: c.addr, size: c.size, mask: c.filter_mask });
    }
    Some(())
}

/// Gives `buffer` the length `size`; what is new is zero.
fn enlarge(buffer: &mut Vec<u8>, size: usize) -> Result<(), Complaint> {
    buffer
        .try_reserve_exact(size.saturating_sub(buffer.len()))
        .map_err(|_| "there is not enough memory for a piece")?;
    buffer.resize(size, 0);
    Ok(())
}

/// Fills `buffer` with the bytes of `file` from `address` on, without moving any position in the file.
pub fn fetch(file: &File, buffer: &mut [u8], address: u64) -> Result<(), Complaint> {
    read_at(file, buffer, address).map_err(|e| e.to_string())
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], address: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, address)
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut address: u64) -> std::io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, address)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            n => (buffer, address) = (&mut buffer[n..], address + n as u64),
        }
    }
    Ok(())
}

/// Puts the bytes of each number together again. The file has all first bytes, then all second bytes, and so on.
fn unshuffle(shuffled: &[u8], plain: &mut [u8], width: usize) {
    fn planes<const N: usize>(shuffled: &[u8], plain: &mut [u8]) {
        let count = plain.len() / N;
        let plane: [&[u8]; N] = std::array::from_fn(|k| &shuffled[k * count..(k + 1) * count]);
        let (numbers, _) = plain.as_chunks_mut::<N>();
        numbers.iter_mut().enumerate().for_each(|(i, number)| *number = plane.map(|plane| plane[i]));
    }
    match width {
        2 => planes::<2>(shuffled, plain),
        4 => planes::<4>(shuffled, plain),
        8 => planes::<8>(shuffled, plain),
        _ => return plain.copy_from_slice(shuffled),
    }
    let rest = plain.len() / width * width;
    plain[rest..].copy_from_slice(&shuffled[rest..]);
}

/// Takes the checksum off the end of `bytes`.
///
/// # Errors
/// The checksum is not that of the bytes before it.
fn verify(bytes: &mut Vec<u8>) -> Result<(), Complaint> {
    let length = bytes.len().checked_sub(4).ok_or("a piece is shorter than its checksum")?;
    let (data, sum) = bytes.split_at(length);
    let found = u32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]]);
    let [a, b, c, d] = fletcher32(data).to_be_bytes();
    // Before HDF5 1.6.3 the bytes of each half of the sum were written in the other order.
    if found != u32::from_be_bytes([a, b, c, d]) && found != u32::from_be_bytes([b, a, d, c]) {
        return Err("a piece does not have its checksum".into());
    }
    bytes.truncate(length);
    Ok(())
}

/// Fletcher's checksum (1982) over big-endian words of 16 bits, as HDF5 defines it.
fn fletcher32(data: &[u8]) -> u32 {
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (words, rest) = data.as_chunks::<2>();
    let (mut first, mut second) = (0u32, 0u32);
    let last = rest.first().map(|&byte| [byte, 0]);
    for block in words.chunks(360).chain(last.as_ref().map(std::slice::from_ref)) {
        for &word in block {
            first += u32::from(u16::from_be_bytes(word));
            second += first;
        }
        (first, second) = (fold(first), fold(second));
    }
    fold(second) << 16 | fold(first)
}
