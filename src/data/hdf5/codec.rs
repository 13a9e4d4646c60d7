//! Codecs of other people: zstd, LZ4 and bitshuffle, undone in Rust for pieces of HDF5 files.
//!
//! HDF5 has gzip of its own; these are filters that people register with The HDF Group and that Python writes through
//! `hdf5plugin`. They are decoded here and not by their C libraries, because the bytes come from a file of strangers. A
//! length in a frame is a claim: every output has a bound that the caller sets, and no buffer is taken for more. `chunks`
//! undoes them for each piece it reads, and `library::filters` lets the HDF5 library do so where it reads itself.

use serde::{Deserialize, Serialize};

use super::bitshuffle::{Blocks, packed, plain, usual_block};
use super::complaint::Complaint;
use super::unpack::{expect, unpack_block, unpack_frame, unpack_lz4, unpack_zstd};

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
