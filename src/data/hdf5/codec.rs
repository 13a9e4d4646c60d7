//! Codecs of other people: zstd, LZ4 and bitshuffle, undone in Rust for pieces of HDF5 files.
//!
//! HDF5 has gzip of its own; these are filters that people register with The HDF Group and that Python writes through
//! `hdf5plugin`. They are decoded here and not by their C libraries, because the bytes come from a file of strangers. A
//! length in a frame is a claim: every output has a bound that the caller sets, and no buffer is taken for more. `chunks`
//! undoes them for each piece it reads, and `library::filters` lets the HDF5 library do so where it reads itself.

use std::io::Read;

use ruzstd::decoding::StreamingDecoder;
use serde::{Deserialize, Serialize};

use super::complaint::Complaint;

/// The most memory that a frame of zstd may ask for to look back: what its own `--ultra` levels use.
const WINDOW: u64 = 128 << 20;
/// LZ4 makes at most 255 bytes of one.
const LZ4_RATIO: usize = 255;
/// The numbers that bitshuffle transposes together: always a multiple of this.
const OCTET: usize = 8;

/// A codec that can be undone here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Codec {
    /// One frame of zstd (RFC 8878), filter 32015.
    Zstd,
    /// Blocks of LZ4 behind a header, filter 32004.
    Lz4,
    /// All first bits of the numbers of a block, then all second bits, and so on; filter 32008.
    Bitshuffle {
        /// Bytes of a number.
        element: u32,
        /// Numbers of a block, where no header says it.
        block: u32,
        /// What was done to each block behind that.
        packing: Packing,
    },
}

/// What bitshuffle does to a block after its bits are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packing {
    /// Nothing; there is no header either.
    Plain,
    /// LZ4.
    Lz4,
    /// zstd.
    Zstd,
}

impl Codec {
    /// The number under which zstd is registered as a filter of HDF5.
    pub const ZSTD: i32 = 32_015;
    /// The number of LZ4.
    pub const LZ4: i32 = 32_004;
    /// The number of bitshuffle.
    pub const BITSHUFFLE: i32 = 32_008;

    /// The codec behind filter number `id` with the parameters `values` of a file; `None` for one that is not known.
    pub fn of(id: i32, values: &[u32]) -> Option<Self> {
        match (id, values) {
            (Self::ZSTD, _) => Some(Codec::Zstd),
            (Self::LZ4, _) => Some(Codec::Lz4),
            (Self::BITSHUFFLE, &[_, _, element, ref rest @ ..]) => {
                let packing = match rest.get(1) {
                    None | Some(0) => Packing::Plain,
                    Some(2) => Packing::Lz4,
                    Some(3) => Packing::Zstd,
                    Some(_) => return None,
                };
                let block = rest.first().copied().filter(|&n| n > 0).unwrap_or_else(|| usual_block(element));
                Some(Codec::Bitshuffle { element, block, packing })
            }
            _ => None,
        }
    }

    /// Whether one byte in the file can stand for more than 32,000.
    pub fn is_zstd(self) -> bool {
        matches!(self, Codec::Zstd | Codec::Bitshuffle { packing: Packing::Zstd, .. })
    }

    /// Fills `out` with the plain bytes of `bytes`, at most `most` of them.
    ///
    /// # Errors
    /// The frame is cut off, contradicts itself, or holds more than `most` bytes.
    pub fn undo(self, bytes: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), Complaint> {
        out.clear();
        match self {
            Codec::Zstd => unpack_zstd(bytes, most, out),
            Codec::Lz4 => unpack_lz4(bytes, most, out),
            Codec::Bitshuffle { element, block, packing } => {
                let element = usize::try_from(element).ok().filter(|&n| n > 0).ok_or("its numbers have no bytes")?;
                match packing {
                    Packing::Plain => {
                        expect(bytes.len() <= most)?;
                        Blocks { bytes, element, block: block as usize, size: bytes.len() }.undo(out, plain)
                    }
                    Packing::Lz4 => Blocks::behind_header(bytes, element, most)?.undo(out, packed(unpack_block)),
                    Packing::Zstd => Blocks::behind_header(bytes, element, most)?.undo(out, packed(unpack_frame)),
                }
            }
        }
    }
}

/// The numbers of a block where the file does not say it: those in 8 KB, and at least 128, as bitshuffle defines it.
fn usual_block(element: u32) -> u32 {
    (8192u32.checked_div(element).unwrap_or(0) & !7).max(128)
}

/// Objects to a frame that says one thing and holds another.
fn expect(holds: bool) -> Result<(), Complaint> {
    if holds { Ok(()) } else { Err("a compressed piece is damaged".into()) }
}

/// Takes `count` bytes off the front of `bytes`.
fn take<'b>(bytes: &mut &'b [u8], count: usize) -> Result<&'b [u8], Complaint> {
    let (front, rest) = bytes.split_at_checked(count).ok_or("a compressed piece is cut off")?;
    *bytes = rest;
    Ok(front)
}

/// Takes a number off the front of `bytes`, which has `N` bytes, the highest first.
fn number<const N: usize>(bytes: &mut &[u8]) -> Result<usize, Complaint> {
    let number = take(bytes, N)?.iter().fold(0u64, |all, &byte| all << 8 | u64::from(byte));
    usize::try_from(number).map_err(|_| "a compressed piece is damaged".into())
}

/// Makes `out` longer by `count` zeros and gives them.
fn lengthen(out: &mut Vec<u8>, count: usize) -> Result<&mut [u8], Complaint> {
    out.try_reserve(count).map_err(|_| "there is not enough memory for a piece")?;
    let before = out.len();
    out.resize(before.saturating_add(count), 0);
    Ok(out.get_mut(before..).unwrap_or_default())
}

/// Appends what the first frame of zstd in `bytes` holds to `out`, at most `most` bytes.
fn unpack_zstd(bytes: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), Complaint> {
    let damaged = |_| "a compressed piece is damaged";
    let window = WINDOW.min((most as u64).max(8 << 20));
    let frame = StreamingDecoder::new_with_max_window_size(bytes, window).map_err(|e| damaged(e.to_string()))?;
    let before = out.len();
    let read = frame.take((most as u64).saturating_add(1)).read_to_end(out).map_err(|e| damaged(e.to_string()))?;
    expect(read <= most && out.len() == before.saturating_add(read))
}

/// Appends the blocks of LZ4 in `bytes` to `out`: 8 bytes of the size of all, 4 of that of a block, and each block with 4
/// bytes of its size in the file. A block that did not become smaller is stored as it is.
fn unpack_lz4(mut bytes: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), Complaint> {
    let size = number::<8>(&mut bytes)?;
    let block = number::<4>(&mut bytes)?;
    expect(size <= most && size <= bytes.len().saturating_mul(LZ4_RATIO) && (block > 0 || size == 0))?;
    let mut rest = lengthen(out, size)?;
    while !rest.is_empty() {
        let (now, later) = rest.split_at_mut(block.min(rest.len()));
        let stored = number::<4>(&mut bytes)?;
        let stored = take(&mut bytes, stored)?;
        if stored.len() == now.len() {
            now.copy_from_slice(stored);
        } else {
            unpack_block(stored, now)?;
        }
        rest = later;
    }
    Ok(())
}

/// Fills `out` with the block of LZ4 in `bytes`.
fn unpack_block(bytes: &[u8], out: &mut [u8]) -> Result<(), Complaint> {
    let written = lz4_flex::block::decompress_into(bytes, out).map_err(|_| "a compressed piece is damaged")?;
    expect(written == out.len())
}

/// Fills `out` with the frame of zstd in `bytes`.
fn unpack_frame(bytes: &[u8], out: &mut [u8]) -> Result<(), Complaint> {
    let mut plain = Vec::new();
    unpack_zstd(bytes, out.len(), &mut plain)?;
    expect(plain.len() == out.len())?;
    out.copy_from_slice(&plain);
    Ok(())
}

/// Numbers whose bits were put in order block by block.
struct Blocks<'b> {
    bytes: &'b [u8],
    /// Bytes of a number.
    element: usize,
    /// Numbers of a block.
    block: usize,
    /// Bytes of all numbers.
    size: usize,
}

impl<'b> Blocks<'b> {
    /// Reads the header of packed blocks: 8 bytes of the size of all, 4 of that of a block.
    fn behind_header(mut bytes: &'b [u8], element: usize, most: usize) -> Result<Self, Complaint> {
        let size = number::<8>(&mut bytes)?;
        let block = number::<4>(&mut bytes)?.checked_div(element).unwrap_or(0);
        expect(size <= most)?;
        Ok(Blocks { bytes, element, block, size })
    }

    /// Appends the numbers to `out`. `unpack` takes a block off the front of the bytes and fills the slice with it. The
    /// last block is shorter, and fewer than eight numbers at the end are stored as they are.
    fn undo(
        mut self,
        out: &mut Vec<u8>,
        mut unpack: impl FnMut(&mut &'b [u8], &mut [u8]) -> Result<(), Complaint>,
    ) -> Result<(), Complaint> {
        let octet = self.element.checked_mul(OCTET).ok_or("its numbers are too long")?;
        let block = (self.block.checked_div(OCTET).unwrap_or(0)).saturating_mul(octet);
        expect(block > 0 && self.block.checked_rem(OCTET) == Some(0))?;
        let most = self.size.min(block);
        let (mut shuffled, mut left) = (Vec::new(), self.size);
        lengthen(&mut shuffled, most)?;
        while left >= octet {
            let count = left.min(block).checked_div(octet).unwrap_or(0).saturating_mul(octet);
            let shuffled = shuffled.get_mut(..count).ok_or("a compressed piece is damaged")?;
            unpack(&mut self.bytes, shuffled)?;
            unshuffle_bits(shuffled, lengthen(out, count)?, self.element);
            left = left.saturating_sub(count);
        }
        let rest = take(&mut self.bytes, left)?;
        lengthen(out, left)?.copy_from_slice(rest);
        Ok(())
    }
}

/// Takes a block that is not packed.
fn plain(bytes: &mut &[u8], out: &mut [u8]) -> Result<(), Complaint> {
    out.copy_from_slice(take(bytes, out.len())?);
    Ok(())
}

/// Takes a block that `unpack` undoes, behind 4 bytes of its size.
fn packed<'b>(
    unpack: fn(&[u8], &mut [u8]) -> Result<(), Complaint>,
) -> impl FnMut(&mut &'b [u8], &mut [u8]) -> Result<(), Complaint> {
    move |bytes, out| {
        let stored = number::<4>(bytes)?;
        unpack(take(bytes, stored)?, out)
    }
}

/// Puts the bits of each number together again. Row `8b + k` of `shuffled` has bit `k` of byte `b` of every number, the
/// first number lowest. Both slices have one length, a multiple of eight numbers of `element` bytes.
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "rows times their bytes are all bytes")]
fn unshuffle_bits(shuffled: &[u8], plain: &mut [u8], element: usize) {
    let row = plain.len() / (OCTET * element); // bytes of a row, one for eight numbers
    for byte in 0..element {
        for octet in 0..row {
            let rows = std::array::from_fn(|bit| shuffled[(OCTET * byte + bit) * row + octet]);
            for (i, value) in transpose(rows).into_iter().enumerate() {
                plain[(OCTET * octet + i) * element + byte] = value;
            }
        }
    }
}

/// The transpose of a matrix of 8 × 8 bits, three exchanges of ever larger blocks (Warren, Hacker's Delight, 7-3).
fn transpose(rows: [u8; 8]) -> [u8; 8] {
    let swap = |x: u64, shift: u32, mask: u64| {
        let t = (x ^ (x >> shift)) & mask;
        x ^ t ^ (t << shift)
    };
    let x = swap(u64::from_le_bytes(rows), 7, 0x00aa_00aa_00aa_00aa);
    swap(swap(x, 14, 0x0000_cccc_0000_cccc), 28, 0x0000_0000_f0f0_f0f0).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// A frame of LZ4 with one block that is stored as it is, and one of bitshuffle around the same block.
    fn frames() -> Vec<(Codec, Vec<u8>)> {
        let block = lz4_flex::block::compress(&[5; 64]);
        let header = |block: u32| [&64u64.to_be_bytes()[..], &block.to_be_bytes()].concat();
        let size = (block.len() as u32).to_be_bytes();
        let raw = [&64u32.to_be_bytes()[..], &[7; 64]].concat();
        let zstd = ruzstd::encoding::compress_to_vec(&[5; 64][..], ruzstd::encoding::CompressionLevel::Fastest);
        let size_of_zstd = (zstd.len() as u32).to_be_bytes();
        let shuffled = |packing| Codec::Bitshuffle { element: 4, block: 16, packing };
        vec![
            (Codec::Lz4, [&header(64)[..], &size, &block].concat()),
            (Codec::Lz4, [&header(64)[..], &raw].concat()),
            (shuffled(Packing::Plain), vec![9; 64]),
            (shuffled(Packing::Lz4), [&header(64)[..], &size, &block].concat()),
            (shuffled(Packing::Zstd), [&header(64)[..], &size_of_zstd, &zstd].concat()),
            (Codec::Zstd, zstd),
        ]
    }

    #[test]
    fn bits_come_back_from_their_rows() {
        let plain: Vec<u8> = (0..96u32).map(|i| (i * 37 % 256) as u8).collect();
        let mut shuffled = vec![0; 96];
        for (number, bytes) in plain.chunks(3).enumerate() {
            for bit in 0..24 {
                shuffled[bit * 4 + number / 8] |= (bytes[bit / 8] >> (bit % 8) & 1) << (number % 8);
            }
        }
        let mut again = vec![0; 96];
        unshuffle_bits(&shuffled, &mut again, 3);
        assert_eq!(again, plain);
    }

    #[test]
    fn a_frame_that_is_cut_off_or_holds_more_than_its_piece_is_refused() {
        let mut out = Vec::new();
        for (codec, frame) in frames() {
            codec.undo(&frame, 64, &mut out).unwrap_or_else(|e| panic!("{codec:?}: {e}"));
            assert_eq!(out.len(), 64, "{codec:?}");
            assert!(codec.undo(&frame, 63, &mut out).is_err(), "{codec:?} in too little room");
            let whole = codec == Codec::Bitshuffle { element: 4, block: 16, packing: Packing::Plain };
            for cut in (0..frame.len()).filter(|_| !whole) {
                assert!(codec.undo(&frame[..cut], 64, &mut out).is_err(), "{codec:?} of {cut} bytes");
            }
        }
    }

    #[test]
    fn frames_that_lie_are_refused_and_take_no_memory() {
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let boast = [&(u64::MAX >> 1).to_be_bytes()[..], &[0xff; 4], &[0; 40]].concat();
        for codec in [Codec::Lz4, Codec::of(Codec::BITSHUFFLE, &[0, 3, 4, 0, 2]).unwrap(), Codec::Zstd] {
            let mut out = Vec::new();
            assert!(codec.undo(&boast, usize::MAX >> 1, &mut out).is_err() && out.capacity() < 1 << 20, "{codec:?}");
        }
        let (mut read, mut refused) = (0, 0);
        for _ in 0..2_000 {
            for (codec, mut frame) in frames() {
                for _ in 0..random.random_range(1..4) {
                    let at = random.random_range(0..frame.len());
                    frame[at] = [0, 1, 0x7f, 0x80, 0xff, random.random()][random.random_range(0..6)];
                }
                let mut out = Vec::new();
                match codec.undo(&frame, 64, &mut out) {
                    Ok(()) => read += 1,
                    Err(_) => refused += 1,
                }
                assert!(out.capacity() < 1 << 20, "{codec:?} took {}", out.capacity());
            }
        }
        assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
        for element in [0, 1, 3, u32::MAX] {
            for block in [0, 5, 8, u32::MAX] {
                let codec = Codec::Bitshuffle { element, block, packing: Packing::Plain };
                let _ = codec.undo(&[1; 100], 100, &mut Vec::new());
            }
        }
    }
}
