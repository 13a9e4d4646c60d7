//! One element of an array: its type, and what its bytes mean.
//!
//! Every number becomes a float64, which holds all of them but integers above 2^53 exactly: features are float32 in the end,
//! and labels small. IDX, whose elements are fewer kinds of the same, is decoded here too. Dates, objects and records are
//! [`Element::Other`]; an object would be a pickle, which is a program.

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// A signed integer of 1, 2, 4 or 8 bytes.
    Int(usize),
    /// An unsigned integer of 1, 2, 4 or 8 bytes.
    Uint(usize),
    /// A byte that is 0 or 1.
    Bool,
    /// A floating-point number (IEEE 754) of 2, 4 or 8 bytes.
    Float(usize),
    /// A text in UTF-32 of so many characters, padded with zeros.
    Text(usize),
    /// A text of so many bytes, padded with zeros.
    Bytes(usize),
    /// Something else: a record, an object, a date, a complex number.
    Other,
}

#[expect(clippy::arithmetic_side_effects, reason = "a number has at most 8 bytes")]
impl std::fmt::Display for Element {
    /// Writes what numpy calls the type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Element::Int(n) => write!(f, "int{}", 8 * n),
            Element::Uint(n) => write!(f, "uint{}", 8 * n),
            Element::Float(n) => write!(f, "float{}", 8 * n),
            Element::Bool => write!(f, "bool"),
            Element::Text(_) | Element::Bytes(_) => write!(f, "text"),
            Element::Other => write!(f, "of another type"),
        }
    }
}

/// The longest text in bytes; numpy pads every text of an array to the longest of them.
const TEXT: usize = 1 << 20;

#[expect(clippy::arithmetic_side_effects, reason = "a number has 1 to 8 bytes, and a text at most TEXT")]
impl Element {
    /// The type that numpy writes as `code`, as in `<f4`, and whether its most significant byte comes first.
    pub(super) fn parse(code: &str) -> (Self, bool) {
        let big_endian = code.starts_with('>');
        let code = code.strip_prefix(['<', '>', '|', '=']).unwrap_or(code);
        let digits = code.get(1..).filter(|digits| digits.chars().all(|c| c.is_ascii_digit()));
        let size = digits.and_then(|digits| digits.parse::<usize>().ok());
        let element = match (code.chars().next(), size) {
            (Some('i'), Some(n @ (1 | 2 | 4 | 8))) => Element::Int(n),
            (Some('u'), Some(n @ (1 | 2 | 4 | 8))) => Element::Uint(n),
            (Some('b'), Some(1)) => Element::Bool,
            (Some('f'), Some(n @ (2 | 4 | 8))) => Element::Float(n),
            (Some('U'), Some(n)) if (1..=TEXT / 4).contains(&n) => Element::Text(n),
            (Some('S'), Some(n)) if (1..=TEXT).contains(&n) => Element::Bytes(n),
            _ => Element::Other,
        };
        (element, big_endian)
    }

    /// How many bytes it takes, at least 1; `None` for [`Element::Other`].
    pub fn size(self) -> Option<usize> {
        match self {
            Element::Int(n) | Element::Uint(n) | Element::Float(n) | Element::Bytes(n) => Some(n),
            Element::Bool => Some(1),
            Element::Text(n) => Some(4 * n),
            Element::Other => None,
        }
    }

    /// Whether it is a text.
    pub fn is_text(self) -> bool {
        matches!(self, Element::Text(_) | Element::Bytes(_))
    }

    /// The numbers in `bytes`, one behind the other; none of a text.
    pub fn numbers(self, bytes: &[u8], big_endian: bool) -> Vec<f64> {
        match (self, big_endian) {
            // What large dumps consist of, which the processor copies at the speed of its memory.
            (Element::Float(8), false) => {
                bytes.as_chunks().0.iter().map(|&number| f64::from_le_bytes(number)).collect()
            }
            _ => {
                let size = self.size().filter(|_| !self.is_text()).unwrap_or(usize::MAX);
                bytes.chunks_exact(size).map(|bytes| self.number(bytes, big_endian)).collect()
            }
        }
    }

    /// The number in `bytes`, which are as many as it takes and at most 8. Every whole number of up to 53 bits is exact.
    pub fn number(self, bytes: &[u8], big_endian: bool) -> f64 {
        let mut wide = [0u8; 8]; // the element in the low bytes, the least significant first
        let n = bytes.len().min(8);
        match big_endian {
            true => wide.iter_mut().zip(bytes.iter().take(n).rev()).for_each(|(to, &from)| *to = from),
            false => wide.iter_mut().zip(bytes).for_each(|(to, &from)| *to = from),
        }
        let unsigned = u64::from_le_bytes(wide);
        let unused = 64 - 8 * n.max(1) as u32; // bits; shifting up and down again extends the sign
        match self {
            Element::Float(2) => half::f16::from_bits(unsigned as u16).into(),
            Element::Float(4) => f64::from(f32::from_bits(unsigned as u32)),
            Element::Float(_) => f64::from_bits(unsigned),
            Element::Int(_) => (((unsigned << unused) as i64) >> unused) as f64,
            Element::Bool => f64::from(u8::from(unsigned != 0)),
            _ => unsigned as f64,
        }
    }

    /// The text in `bytes`, without its padding.
    pub fn text(self, bytes: &[u8], big_endian: bool) -> String {
        if let Element::Bytes(_) = self {
            return String::from_utf8_lossy(bytes).trim_end_matches('\0').to_string();
        }
        let code = |&b: &[u8; 4]| if big_endian { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) };
        bytes.as_chunks().0.iter().map(code).take_while(|&c| c != 0).filter_map(char::from_u32).collect()
    }
}
