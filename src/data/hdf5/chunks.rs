//! Chunks: where each piece of a data set lies in its file, and what its filters did to it, undone.
//!
//! The HDF5 library inflates under a lock of the whole process; here every thread has its own [`Scratch`] and none
//! waits for another. What is not understood to the last bit (another filter, a piece that is missing or lies outside
//! the file) is left to the library, which knows all of it.

use std::fs::File;

use hdf5::Dataset;
use hdf5::filters::Filter;
use hdf5::plist::dataset_create::ChunkOpts;
use libdeflater::Decompressor;

/// The pieces of a data set, in the order of their places.
pub struct Chunks {
    /// The extent of a piece along each axis.
    pub extent: Vec<usize>,
    /// How many pieces there are along each axis.
    pub grid: Vec<usize>,
    stored: Vec<Option<Stored>>,
    filters: Vec<Filter>,
    /// Bytes of one number.
    width: usize,
}

/// Where a piece lies.
#[derive(Clone, Copy)]
struct Stored {
    address: u64,
    size: u64,
    /// Bit i is set where filter i was left out.
    mask: u32,
}

/// The buffers of one thread, used again for every piece.
pub struct Scratch {
    current: Vec<u8>,
    next: Vec<u8>,
    inflater: Decompressor,
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch { current: Vec::new(), next: Vec::new(), inflater: Decompressor::new() }
    }
}

/// Why a piece cannot be read, for a message.
pub type Complaint = String;

impl Scratch {
    /// `size` bytes of `file` from `address` on.
    pub fn fetch(&mut self, file: &File, address: u64, size: usize) -> Result<&mut Vec<u8>, Complaint> {
        enlarge(&mut self.current, size)?;
        fetch(file, &mut self.current, address)?;
        Ok(&mut self.current)
    }

    /// Undoes one filter on the current bytes, which are `size` plain bytes in the end.
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
    /// The pieces of `set`, whose shape is `shape` and whose numbers take `width` bytes; `None` for what only the
    /// library understands. `length` is the file's.
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

    /// The number of the piece that begins at `offset`.
    fn place(&self, offset: &[u64]) -> Option<usize> {
        let axes = offset.iter().zip(&self.extent).zip(&self.grid);
        axes.into_iter().try_fold(0, |place, ((&at, &extent), &count)| {
            let (i, inside) = (at / extent as u64, at % extent as u64);
            (inside == 0 && i < count as u64).then(|| place * count + i as usize)
        })
    }

    /// The plain bytes of piece number `i`.
    ///
    /// # Errors
    /// Bytes that are damaged or no longer there.
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

/// Calls `f` with the place of every piece: its first entry along each axis.
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

/// Gives `buffer` this length.
fn enlarge(buffer: &mut Vec<u8>, size: usize) -> Result<(), Complaint> {
    buffer
        .try_reserve_exact(size.saturating_sub(buffer.len()))
        .map_err(|_| "there is not enough memory for a piece")?;
    buffer.resize(size, 0);
    Ok(())
}

/// Fills `buffer` with the bytes of `file` from `address` on.
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

/// Puts the bytes of each number together again: the file has all first bytes, then all second bytes, …
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

/// Takes the checksum off the end, if it is right.
fn verify(bytes: &mut Vec<u8>) -> Result<(), Complaint> {
    let length = bytes.len().checked_sub(4).ok_or("a piece is shorter than its checksum")?;
    let (data, sum) = bytes.split_at(length);
    let found = u32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]]);
    let [a, b, c, d] = fletcher32(data).to_be_bytes();
    // Before HDF5 1.6.3 the halves were written in the other order.
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
