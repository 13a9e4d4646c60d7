//! A checksum inside a file, by which a byte that the disk has changed is found before anybody trusts the weights.
//!
//! Models and checkpoints are safetensors, which have no room for a checksum but their metadata. There the description,
//! a JSON object, ends with two marks: that the file is sealed, and the CRC-32 (IEEE 802.3) of all its bytes while the
//! digits of the checksum are zeros. Two marks, because one flipped byte can make a single one unreadable, and a file
//! without any was written before there were seals and is taken as it is.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::ops::Range;

/// That there is a checksum.
const SEALED: &str = "backburn_sealed";
/// What stands in front of the digits; inside the JSON text of the metadata quotation marks are escaped.
const CHECKSUM: &str = r#"backburn_checksum\":\""#;
/// The digits before they are known.
const BLANK: &str = "00000000";

/// The JSON object `text` with the marks at its end.
pub fn marked(text: &str) -> String {
    let open = text.strip_suffix('}').unwrap_or(text);
    format!("{open},\"{SEALED}\":true,\"backburn_checksum\":\"{BLANK}\"}}")
}

/// Writes the checksum into the bytes of a file whose description is [`marked`].
pub fn seal(bytes: &mut [u8]) {
    let Some(at) = digits(bytes) else { return };
    let sum = format!("{:08x}", checksum(bytes, &at));
    if let Some(digits) = bytes.get_mut(at) {
        digits.copy_from_slice(sum.as_bytes());
    }
}

/// Checks the seal of a file, if it has one.
///
/// # Errors
/// The bytes are not those that were sealed.
pub fn verify(bytes: &[u8]) -> Result<(), &'static str> {
    let right = match (digits(bytes), find(bytes, SEALED).is_some()) {
        (None, false) => true, // written before there were seals
        (Some(at), true) => {
            let sum = format!("{:08x}", checksum(bytes, &at));
            bytes.get(at) == Some(sum.as_bytes())
        }
        _ => false,
    };
    if right { Ok(()) } else { Err("it is damaged: its bytes do not have their checksum") }
}

/// The checksum of `bytes` with zeros for its own digits, which stand at `at`.
fn checksum(bytes: &[u8], at: &Range<usize>) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes.get(..at.start).unwrap_or_default());
    sum.update(BLANK.as_bytes());
    sum.update(bytes.get(at.end..).unwrap_or_default());
    sum.sum()
}

/// Where the digits of the checksum stand.
fn digits(bytes: &[u8]) -> Option<Range<usize>> {
    let start = find(bytes, CHECKSUM)?.checked_add(CHECKSUM.len())?;
    let end = start.checked_add(BLANK.len())?;
    (end <= bytes.len()).then_some(start..end)
}

/// Where `mark` stands in the header of a safetensors file, which follows its length of eight bytes.
fn find(bytes: &[u8], mark: &str) -> Option<usize> {
    let (length, _) = bytes.split_first_chunk()?;
    let end = usize::try_from(u64::from_le_bytes(*length)).ok()?.checked_add(8)?;
    let header = bytes.get(..end).unwrap_or(bytes);
    header.windows(mark.len()).rposition(|window| window == mark.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Vec<u8> {
        let header = format!("{{\"__metadata__\":{{\"backburn\":{}}}}}", serde_json::to_string(text).unwrap());
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[7; 40]].concat()
    }

    #[test]
    fn every_flipped_bit_breaks_the_seal() {
        let mut bytes = file(&marked(r#"{"classes":["a","b"]}"#));
        seal(&mut bytes);
        assert_eq!(verify(&bytes), Ok(()));
        for at in 8..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                assert!(verify(&bytes).is_err(), "bit {bit} of byte {at}");
                bytes[at] ^= 1 << bit;
            }
        }
        assert_eq!(verify(&file(r#"{"classes":["a","b"]}"#)), Ok(()), "older files have none");
    }
}
