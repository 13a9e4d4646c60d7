//! Chunks: where each piece of a data set lies in its file, and how its filters are undone.
//!
//! The HDF5 library inflates under a lock of the whole process; here every thread has its own [`Scratch`] and none waits
//! for another. What is not understood to the last bit (another filter, a piece that is missing or lies outside the
//! file) is left to the library.

use std::fs::File;

use libdeflater::Decompressor;
use serde::{Deserialize, Serialize};

use super::codec::Codec;
use super::complaint::Complaint;

/// The pieces of a data set, numbered row-major by their places in the grid.
#[derive(Debug, Serialize, Deserialize)]
pub struct Chunks {
    /// The size of a piece along each axis.
    pub extent: Vec<usize>,
    /// How many pieces there are along each axis.
    pub grid: Vec<usize>,
    /// Where each piece lies.
    pub stored: Vec<Stored>,
    /// What was done to a piece before it was stored, in that order.
    pub filters: Vec<Filter>,
    /// How many bytes one number takes.
    pub width: usize,
}

/// Where a piece lies.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Stored {
    /// Its first byte, from the start of the file.
    pub address: u64,
    /// Its bytes in the file.
    pub size: u64,
    /// Bit i is set where filter i was left out.
    pub mask: u32,
}

/// A filter that can be undone here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    /// zlib's compression.
    Deflate,
    /// All first bytes of the numbers, then all second bytes, …
    Shuffle,
    /// A checksum behind the bytes.
    Fletcher32,
    /// A codec that HDF5 does not have.
    Other(Codec),
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
            Filter::Other(codec) => codec.undo(&self.current, size.saturating_add(4), &mut self.next)?,
            Filter::Deflate => {
                enlarge(&mut self.next, size.saturating_add(4))?; // a checksum may have been taken before
                let length = self.inflater.zlib_decompress(&self.current, &mut self.next);
                self.next.truncate(length.map_err(|_| "a compressed piece is damaged")?);
            }
        }
        std::mem::swap(&mut self.current, &mut self.next);
        Ok(())
    }
}

impl Chunks {
    /// Whether all of it fits together and lies in a file of `length` bytes, for an array of `shape` with numbers of
    /// `width` bytes: what comes from a child is believed no more than what comes from a file.
    pub fn fits(&self, shape: &[usize], width: usize, length: u64) -> bool {
        let bytes = self.extent.iter().try_fold(width, |all, &n| all.checked_mul(n));
        let grid = shape.iter().zip(&self.extent).map(|(&n, &c)| n.checked_div(c).map(|_| n.div_ceil(c)));
        let inside = |piece: &Stored| piece.address.checked_add(piece.size).is_some_and(|end| end <= length);
        self.width == width
            && self.extent.len() == shape.len()
            && bytes.is_some_and(|n| n <= u32::MAX as usize)
            && grid.eq(self.grid.iter().map(|&n| Some(n)))
            && self.grid.iter().try_fold(1usize, |all, &n| all.checked_mul(n)) == Some(self.stored.len())
            && self.filters.len() <= 32
            && self.stored.iter().all(inside)
    }

    /// The plain bytes of piece number `i`, which are the numbers of the piece, row-major.
    ///
    /// # Errors
    /// The stored bytes are damaged or no longer there.
    pub fn read<'s>(&self, file: &File, i: usize, scratch: &'s mut Scratch) -> Result<&'s [u8], Complaint> {
        let stored = self.stored.get(i).ok_or("a piece is missing")?;
        let size = self.extent.iter().fold(self.width, |all, &n| all.saturating_mul(n)); // exact, see `fits`
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

/// Puts the bytes of each number together again. The file has all first bytes, then all second bytes, and so on. Both
/// slices have one length.
#[expect(
    clippy::indexing_slicing,
    reason = "N planes of `count` bytes are no more than all bytes, `rest` is at most all"
)]
#[expect(clippy::arithmetic_side_effects, reason = "every product is at most the length of the slices")]
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
    let (data, sum) = bytes.split_last_chunk().ok_or("a piece is shorter than its checksum")?;
    let (length, found) = (data.len(), u32::from_le_bytes(*sum));
    let [a, b, c, d] = fletcher32(data).to_be_bytes();
    // Before HDF5 1.6.3 the bytes of each half of the sum were written in the other order.
    if found != u32::from_be_bytes([a, b, c, d]) && found != u32::from_be_bytes([b, a, d, c]) {
        return Err("a piece does not have its checksum".into());
    }
    bytes.truncate(length);
    Ok(())
}

/// Fletcher's checksum (1982) over big-endian words of 16 bits, as HDF5 defines it.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "sums are folded to 16 bits after 360 words, before they reach 2^32"
)]
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
