//! Mutants of a sound file, and the repair of what would hide the change.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::corpus::archive;

/// How a file is built.
#[derive(Clone, Copy)]
pub enum Form {
    /// Bytes.
    Plain,
    /// Text with numbers in it.
    Text,
    /// A zip archive: an entry is changed and packed again.
    Archive,
    /// Chunks with checksums.
    Png,
    /// Safetensors: the length of the header and the seal are made right again.
    Sealed,
}

/// Numbers at the edges, as text.
const EDGES: [&str; 14] = [
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "2147483647",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "99999999999999999999",
    "1e308",
    "-1e-320",
    "nan",
    "inf",
];
/// What else is put in.
const TOKENS: [&[u8]; 18] = [
    b"\0",
    b"\xff\xff\xff\xff",
    b"((((((((",
    b"[[[[[[[[",
    b"{\"",
    b"'",
    b"\"",
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r\n",
    b"\\",
    b"true",
    b"null",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"<f4",
];

/// A mutant of `original`; parts of the `others` may be mixed in.
pub fn mutant(original: &[u8], form: Form, others: &[Vec<u8>], generator: &mut ChaCha8Rng) -> Vec<u8> {
    match form {
        Form::Plain | Form::Text => changed(original, others, generator),
        Form::Png => summed(changed(original, others, generator)),
        Form::Archive if generator.random_bool(0.2) => changed(original, others, generator),
        Form::Archive => packed(original, generator).unwrap_or_else(|| original.to_vec()),
        Form::Sealed if generator.random_bool(0.1) => changed(original, others, generator),
        Form::Sealed => sealed(original, generator).unwrap_or_else(|| original.to_vec()),
    }
}

/// One to four changes anywhere.
fn changed(original: &[u8], others: &[Vec<u8>], generator: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..generator.random_range(1..=4) {
        change(&mut bytes, others, generator);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, others: &[Vec<u8>], generator: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        return bytes.push(generator.random());
    }
    let at = generator.random_range(0..bytes.len());
    let some = generator.random_range(1..=64).min(bytes.len() - at);
    match generator.random_range(0..10) {
        0 | 1 => bytes[at] ^= 1 << generator.random_range(0..8),
        2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff, generator.random()][generator.random_range(0..6)],
        3 => edge(bytes, at, generator),
        4 => drop(bytes.drain(at..at + some)),
        5 => {
            let again = bytes[at..at + some].to_vec();
            bytes.splice(at..at, again);
        }
        6 => drop(bytes.splice(at..at, TOKENS[generator.random_range(0..TOKENS.len())].iter().copied())),
        7 => bytes.truncate(at),
        8 => number(bytes, at, generator),
        _ => {
            let other = &others[generator.random_range(0..others.len())];
            let from = generator.random_range(0..other.len().max(1));
            bytes.splice(at.., other.get(from..).unwrap_or_default().iter().copied());
        }
    }
}

/// A whole number at the edge of its range, in either byte order, over what stands at `at`.
fn edge(bytes: &mut [u8], at: usize, generator: &mut ChaCha8Rng) {
    let width = [2, 4, 8][generator.random_range(0..3)];
    let value = [0u64, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, u64::MAX, 1 << 62, generator.random()];
    let value = value[generator.random_range(0..8)].to_le_bytes();
    for (i, byte) in bytes[at..].iter_mut().take(width).enumerate() {
        *byte = value[if generator.random_bool(0.5) { i } else { width - 1 - i }];
    }
}

/// Replaces the next number that is written in digits by another.
fn number(bytes: &mut Vec<u8>, at: usize, generator: &mut ChaCha8Rng) {
    let digit = |byte: &u8| byte.is_ascii_digit() || b".-+e".contains(byte);
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|n| at + n) else { return };
    let length = bytes[start..].iter().take_while(|byte| digit(byte)).count();
    bytes.splice(start..start + length, EDGES[generator.random_range(0..EDGES.len())].bytes());
}

/// An archive with one entry changed, or left out, or called otherwise.
fn packed(original: &[u8], generator: &mut ChaCha8Rng) -> Option<Vec<u8>> {
    let mut zip = npyz::zip::ZipArchive::new(std::io::Cursor::new(original)).ok()?;
    let mut entries = Vec::new();
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i).ok()?;
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).ok()?;
        entries.push((entry.name().trim_end_matches(".npy").to_string(), bytes));
    }
    let others: Vec<Vec<u8>> = entries.iter().map(|(_, bytes)| bytes.clone()).collect();
    let which = generator.random_range(0..entries.len());
    match generator.random_range(0..12) {
        0 => drop(entries.remove(which)),
        1 => {
            let mut name = std::mem::take(&mut entries[which].0).into_bytes();
            change(&mut name, &[b"W1".to_vec(), b"y".to_vec()], generator);
            entries[which].0 = String::from_utf8_lossy(&name).into_owned();
        }
        2 => {
            let other = generator.random_range(0..entries.len());
            entries[which].1 = others[other].clone();
        }
        _ => entries[which].1 = changed(&others[which], &others, generator),
    }
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    Some(archive(&entries))
}

/// The checksums of all chunks of a PNG made right.
fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize) {
        let Some(end) = at.checked_add(8 + length).filter(|end| end + 4 <= bytes.len()) else { break };
        let sum = checksum(&[&bytes[at + 4..end]]).to_be_bytes();
        bytes[end..end + 4].copy_from_slice(&sum);
        at = end + 4;
    }
    bytes
}

/// A safetensors file with its header or its numbers changed.
fn sealed(original: &[u8], generator: &mut ChaCha8Rng) -> Option<Vec<u8>> {
    let length = u64::from_le_bytes(*original.first_chunk()?) as usize;
    let (mut header, mut numbers) = (original.get(8..8 + length)?.to_vec(), original.get(8 + length..)?.to_vec());
    let part = if generator.random_bool(0.8) { &mut header } else { &mut numbers };
    let others = [part.clone()];
    for _ in 0..generator.random_range(1..=3) {
        change(part, &others, generator);
    }
    let mut bytes = [&(header.len() as u64).to_le_bytes()[..], &header, &numbers].concat();
    const MARK: &[u8] = br#"backburn_checksum\":\""#;
    let found = bytes.windows(MARK.len()).rposition(|window| window == MARK).map(|at| at + MARK.len());
    if let Some(at) = found.filter(|at| at + 8 <= 8 + header.len()) {
        let sum = checksum(&[&bytes[..at], b"00000000", &bytes[at + 8..]]);
        bytes[at..at + 8].copy_from_slice(format!("{sum:08x}").as_bytes());
    }
    Some(bytes)
}

/// The CRC-32 of these bytes, one after the other.
fn checksum(parts: &[&[u8]]) -> u32 {
    let mut sum = flate2::Crc::new();
    parts.iter().for_each(|part| sum.update(part));
    sum.sum()
}
