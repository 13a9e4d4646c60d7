//! Numbers as the machine holds them: from the bytes of a file to float32 without asking the HDF5 library.
//!
//! Only types that are one of the machine's own to the last bit are decoded here. A 12-bit integer in two bytes is not,
//! nor is a big-endian number on a little-endian machine; the library converts these, one thread at a time.

use serde::{Deserialize, Serialize};

/// A type of number that the machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Number {
    /// A signed integer of 8 bits.
    I8,
    /// An unsigned integer of 8 bits, or a truth value.
    U8,
    /// A signed integer of 16 bits.
    I16,
    /// An unsigned integer of 16 bits.
    U16,
    /// A signed integer of 32 bits.
    I32,
    /// An unsigned integer of 32 bits.
    U32,
    /// A signed integer of 64 bits.
    I64,
    /// An unsigned integer of 64 bits.
    U64,
    /// A floating-point number of 32 bits (IEEE 754).
    F32,
    /// A floating-point number of 64 bits (IEEE 754).
    F64,
}

impl Number {
    /// How many bytes a number of this type takes.
    pub fn size(self) -> usize {
        match self {
            Number::I8 | Number::U8 => 1,
            Number::I16 | Number::U16 => 2,
            Number::I32 | Number::U32 | Number::F32 => 4,
            Number::I64 | Number::U64 | Number::F64 => 8,
        }
    }

    /// Fills `out` with the numbers in `bytes`, each rounded to the nearest float32.
    pub fn decode(self, bytes: &[u8], out: &mut [f32]) {
        match self {
            Number::I8 => each(bytes, out, |b| f32::from(i8::from_ne_bytes(b))),
            Number::U8 => each(bytes, out, |[b]| f32::from(b)),
            Number::I16 => each(bytes, out, |b| f32::from(i16::from_ne_bytes(b))),
            Number::U16 => each(bytes, out, |b| f32::from(u16::from_ne_bytes(b))),
            Number::I32 => each(bytes, out, |b| i32::from_ne_bytes(b) as f32),
            Number::U32 => each(bytes, out, |b| u32::from_ne_bytes(b) as f32),
            Number::I64 => each(bytes, out, |b| i64::from_ne_bytes(b) as f32),
            Number::U64 => each(bytes, out, |b| u64::from_ne_bytes(b) as f32),
            Number::F32 => each(bytes, out, f32::from_ne_bytes),
            Number::F64 => each(bytes, out, |b| f64::from_ne_bytes(b) as f32),
        }
    }
}

/// Fills `out` with what `number` makes of every `N` bytes.
fn each<const N: usize>(bytes: &[u8], out: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    let (numbers, _) = bytes.as_chunks::<N>();
    out.iter_mut().zip(numbers).for_each(|(v, &b)| *v = number(b));
}
