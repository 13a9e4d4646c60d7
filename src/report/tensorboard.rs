//! Event files for TensorBoard, because people keep many runs there: a scalar for each curve of a run.
//!
//! A file is a row of records, each its length, a checksum of that, its bytes, and a checksum of these (TFRecord); the
//! bytes are a message of protocol buffers (`tensorflow.Event`), of which six fields are needed. Written by hand that
//! is less than a generated binding would be, and no build step needs a compiler for protocols. `cli/log.rs` appends
//! what is made here to a file while the run goes on.

use super::course::Epoch;
use crate::journal::Event;

/// The record that every file begins with: the version of the format, at this time in seconds since 1970.
pub fn log_header(seconds: f64) -> Vec<u8> {
    record(&[double(1, seconds), bytes(3, b"brain.Event:2")].concat())
}

/// The records of the epochs among `events`, in their order; an epoch that a repair has begun again has two. `seconds` is
/// the time that TensorBoard shows for them, in seconds since 1970.
pub fn log_epochs(events: &[Event], seconds: f64) -> Vec<u8> {
    events.iter().filter_map(Epoch::of).flat_map(|epoch| record(&event(&epoch, seconds))).collect()
}

/// The message of one epoch (`tensorflow.Event`): field 1 holds the time, 2 the step and 5 the summary, whose values
/// hold the name of a curve (field 1) and its number (field 2, a float32). The lowest three bits before a field tell
/// its type.
fn event(epoch: &Epoch, seconds: f64) -> Vec<u8> {
    let validation = epoch.validation;
    let values = [
        ("loss/training", Some(epoch.train.loss)),
        ("loss/validation", validation.map(|score| score.loss)),
        ("accuracy/training", Some(epoch.train.accuracy)),
        ("accuracy/validation", validation.map(|score| score.accuracy)),
        ("rate", Some(epoch.rate)),
        ("gradient", Some(epoch.gradient)),
    ];
    let value = |(tag, value): (&str, Option<f64>)| {
        let number = (value? as f32).to_le_bytes();
        let simple = [&[2 << 3 | 5][..], &number].concat();
        Some(bytes(1, &[bytes(1, tag.as_bytes()), simple].concat()))
    };
    let summary: Vec<u8> = values.into_iter().filter_map(value).flatten().collect();
    [double(1, seconds), [vec![2 << 3], varint(epoch.step as u64)].concat(), bytes(5, &summary)].concat()
}

/// A field of a float64: wire type 1, eight bytes.
fn double(field: u8, value: f64) -> Vec<u8> {
    [&[field << 3 | 1][..], &value.to_le_bytes()].concat()
}

/// A field of bytes, a text or an inner message: wire type 2, the length first.
fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
    [vec![field << 3 | 2], varint(value.len() as u64), value.to_vec()].concat()
}

/// A whole number in groups of seven bits, the lowest first.
fn varint(mut value: u64) -> Vec<u8> {
    let mut groups = Vec::new();
    while value >= 0x80 {
        groups.push(value as u8 | 0x80);
        value >>= 7;
    }
    groups.push(value as u8);
    groups
}

/// A record of a file (TFRecord): length, its checksum, the message, and the checksum of the message.
fn record(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), message, &masked(message)].concat()
}

/// The checksum of bytes as records carry it: turned and shifted, so that a checksum of a checksum is no fixed number.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// The CRC-32C of bytes (Castagnoli 1993), bit by bit: an epoch has a few hundred of them.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0x82f6_3b78 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard_and_a_record_holds_its_message() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283); // RFC 3720, appendix B.4 has the same polynomial
        assert_eq!(varint(300), [0xac, 0x02]);
        let file = log_header(0.0);
        assert_eq!(file.len(), 8 + 4 + 9 + 15 + 4);
        assert_eq!(&file[..8], &24u64.to_le_bytes());
    }
}
