//! Frames of zstd and LZ4, unpacked, and how bytes are taken off the front of a frame that may lie.

use std::io::Read;

use ruzstd::decoding::StreamingDecoder;

use super::complaint::Complaint;

/// The most memory that a frame of zstd may ask for to look back: what its own `--ultra` levels use.
const WINDOW: u64 = 128 << 20;
/// LZ4 makes at most 255 bytes of one.
const LZ4_RATIO: usize = 255;

/// Objects to a frame that says one thing and holds another.
pub fn expect(holds: bool) -> Result<(), Complaint> {
    if holds { Ok(()) } else { Err("a compressed piece is damaged".into()) }
}

/// Takes `count` bytes off the front of `bytes`.
pub fn take<'b>(bytes: &mut &'b [u8], count: usize) -> Result<&'b [u8], Complaint> {
    let (front, rest) = bytes.split_at_checked(count).ok_or("a compressed piece is cut off")?;
    *bytes = rest;
    Ok(front)
}

/// Takes a number off the front of `bytes`, which has `N` bytes, the highest first.
pub fn number<const N: usize>(bytes: &mut &[u8]) -> Result<usize, Complaint> {
    let number = take(bytes, N)?.iter().fold(0u64, |all, &byte| all << 8 | u64::from(byte));
    usize::try_from(number).map_err(|_| "a compressed piece is damaged".into())
}

/// Makes `out` longer by `count` zeros and gives them.
pub fn lengthen(out: &mut Vec<u8>, count: usize) -> Result<&mut [u8], Complaint> {
    out.try_reserve(count).map_err(|_| "there is not enough memory for a piece")?;
    let before = out.len();
    out.resize(before.saturating_add(count), 0);
    Ok(out.get_mut(before..).unwrap_or_default())
}

/// Appends what the first frame of zstd in `bytes` holds to `out`, at most `most` bytes.
pub fn unpack_zstd(bytes: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), Complaint> {
    let damaged = |_| "a compressed piece is damaged";
    let window = WINDOW.min((most as u64).max(8 << 20));
    let frame = StreamingDecoder::new_with_max_window_size(bytes, window).map_err(|e| damaged(e.to_string()))?;
    let before = out.len();
    let read = frame.take((most as u64).saturating_add(1)).read_to_end(out).map_err(|e| damaged(e.to_string()))?;
    expect(read <= most && out.len() == before.saturating_add(read))
}

/// Appends the blocks of LZ4 in `bytes` to `out`: 8 bytes of the size of all, 4 of that of a block, and each block with 4
/// bytes of its size in the file. A block that did not become smaller is stored as it is.
pub fn unpack_lz4(mut bytes: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), Complaint> {
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
pub fn unpack_block(bytes: &[u8], out: &mut [u8]) -> Result<(), Complaint> {
    let written = lz4_flex::block::decompress_into(bytes, out).map_err(|_| "a compressed piece is damaged")?;
    expect(written == out.len())
}

/// Fills `out` with the frame of zstd in `bytes`.
pub fn unpack_frame(bytes: &[u8], out: &mut [u8]) -> Result<(), Complaint> {
    let mut plain = Vec::new();
    unpack_zstd(bytes, out.len(), &mut plain)?;
    expect(plain.len() == out.len())?;
    out.copy_from_slice(&plain);
    Ok(())
}
