//! Bitshuffle, undone: all first bits of the numbers of a block stand before all second bits, and so on.

use super::complaint::Complaint;
use super::unpack::{expect, lengthen, number, take};

/// The numbers that bitshuffle transposes together: always a multiple of this.
const OCTET: usize = 8;

/// The numbers of a block where the file does not say it: those in 8 KB, and at least 128, as bitshuffle defines it.
pub fn usual_block(element: u32) -> u32 {
    (8192u32.checked_div(element).unwrap_or(0) & !7).max(128)
}

/// Numbers whose bits were put in order block by block.
pub struct Blocks<'b> {
    /// The numbers as they are stored.
    pub bytes: &'b [u8],
    /// Bytes of a number.
    pub element: usize,
    /// Numbers of a block.
    pub block: usize,
    /// Bytes of all numbers.
    pub size: usize,
}

impl<'b> Blocks<'b> {
    /// Reads the header of packed blocks: 8 bytes of the size of all, 4 of that of a block.
    pub fn behind_header(mut bytes: &'b [u8], element: usize, most: usize) -> Result<Self, Complaint> {
        let size = number::<8>(&mut bytes)?;
        let block = number::<4>(&mut bytes)?.checked_div(element).unwrap_or(0);
        expect(size <= most)?;
        Ok(Blocks { bytes, element, block, size })
    }

    /// Appends the numbers to `out`. `unpack` takes a block off the front of the bytes and fills the slice with it. The
    /// last block is shorter, and fewer than eight numbers at the end are stored as they are.
    pub fn undo(
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
pub fn plain(bytes: &mut &[u8], out: &mut [u8]) -> Result<(), Complaint> {
    out.copy_from_slice(take(bytes, out.len())?);
    Ok(())
}

/// Takes a block that `unpack` undoes, behind 4 bytes of its size.
pub fn packed<'b>(
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
    use super::*;

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
}
