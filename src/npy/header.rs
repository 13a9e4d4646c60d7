//! The header of an array: a Python dictionary of three keys, of which this parser knows the form and no more.
//!
//! numpy reads it with a parser of all literals of Python, which may be led into brackets without end. What a header really
//! holds is a string or a list (of a record, which is passed over), a truth value and a tuple of whole numbers, and nothing
//! else is understood here. The text is UTF-8 with bytes that are none replaced, so a letter may take more than one byte:
//! the parser moves from letter to letter and never cuts at a number of bytes.

use std::io::{Error, ErrorKind, Read, Result};

use super::element::Element;

/// Bytes of a header, at most; numpy itself refuses more than 10,000.
const LONGEST: usize = 1 << 16;
/// Axes of an array, at most, as in numpy.
const AXES: usize = 64;

/// What stands before the elements of an array.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The extent along each axis; empty for a single number.
    pub shape: Vec<usize>,
    /// The type of the elements.
    pub element: Element,
    /// Whether the most significant byte of an element comes first.
    pub big_endian: bool,
    /// Whether the first axis runs fastest.
    pub by_columns: bool,
    /// The type in numpy's words, such as `<f4`.
    pub dtype: String,
}

impl Header {
    /// Reads the header at the start of `bytes`, behind which the elements stand.
    ///
    /// # Errors
    /// The bytes are no NPY, or the header is longer than any of numpy's.
    pub fn read(bytes: &mut dyn Read) -> Result<Self> {
        let mut magic = [0; 8];
        bytes.read_exact(&mut magic).map_err(|_| bad("it is no NPY"))?;
        let mut length = [0; 4];
        let claimed = match magic {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _] => bytes.read_exact(&mut length[..2]),
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _] => bytes.read_exact(&mut length),
            _ => return Err(bad("it is no NPY of version 1, 2 or 3")),
        };
        claimed.map_err(|_| bad("its header is cut off"))?;
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST {
            return Err(bad(&format!("its header claims {length} bytes")));
        }
        let mut text = vec![0; length];
        bytes.read_exact(&mut text).map_err(|_| bad("its header is cut off"))?;
        Text(&String::from_utf8_lossy(&text)).header().ok_or_else(|| bad("its header cannot be understood"))
    }

    /// How many elements there are; `None` if that is no number of this machine.
    pub fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |all, &n| all.checked_mul(n))
    }

    /// How many bytes the elements take; `None` for a type without a size, or if that is no number of this machine.
    pub fn bytes(&self) -> Option<usize> {
        self.count()?.checked_mul(self.element.size()?)
    }
}

/// What is left to be read of a header. Each method takes its piece off the front, or gives `None` and ends the reading.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// The header, if this is one.
    fn header(mut self) -> Option<Header> {
        let (mut dtype, mut by_columns, mut shape) = (None, None, None);
        self.token('{')?;
        while self.token('}').is_none() {
            let key = self.string()?;
            self.token(':')?;
            match key {
                "descr" => dtype = Some(self.string().or_else(|| self.list())?),
                "fortran_order" => by_columns = Some(self.truth()?),
                "shape" => shape = Some(self.tuple()?),
                _ => return None,
            }
            let _ = self.token(',');
        }
        let dtype = dtype?;
        let (element, big_endian) = Element::parse(dtype);
        Some(Header { shape: shape?, element, big_endian, by_columns: by_columns?, dtype: dtype.to_string() })
    }

    /// Passes over `token` and blanks before it, if it is next.
    fn token(&mut self, token: char) -> Option<()> {
        self.0 = self.0.trim_start();
        self.0 = self.0.strip_prefix(token)?;
        Some(())
    }

    /// A string between quotation marks of one kind.
    fn string(&mut self) -> Option<&'a str> {
        let mark = ['\'', '"'].into_iter().find(|&mark| self.token(mark).is_some())?;
        let (string, rest) = self.0.split_once(mark)?;
        self.0 = rest;
        Some(string)
    }

    /// A list, whatever is in it, as it is written.
    fn list(&mut self) -> Option<&'a str> {
        self.0 = self.0.trim_start();
        if !self.0.starts_with('[') {
            return None;
        }
        let (mut depth, mut quoted) = (0usize, None);
        for (i, c) in self.0.char_indices() {
            match (quoted, c) {
                (Some(mark), c) => quoted = (c != mark).then_some(mark),
                (None, '\'' | '"') => quoted = Some(c),
                (None, '[' | '(') => depth = depth.checked_add(1)?,
                (None, ']' | ')') => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 && quoted.is_none() {
                let (list, rest) = self.0.split_at_checked(i.checked_add(c.len_utf8())?)?;
                self.0 = rest;
                return Some(list);
            }
        }
        None
    }

    /// `True` or `False`.
    fn truth(&mut self) -> Option<bool> {
        self.0 = self.0.trim_start();
        let (truth, rest) = [(true, "True"), (false, "False")]
            .into_iter()
            .find_map(|(truth, word)| self.0.strip_prefix(word).map(|rest| (truth, rest)))?;
        self.0 = rest;
        Some(truth)
    }

    /// A tuple of whole numbers, those of Python 2 with an `L` behind them.
    fn tuple(&mut self) -> Option<Vec<usize>> {
        self.token('(')?;
        let (numbers, rest) = self.0.split_once(')')?;
        self.0 = rest;
        let words = numbers.split(',').map(|word| word.trim().trim_end_matches('L')).filter(|word| !word.is_empty());
        let shape: Option<Vec<usize>> = words.take(AXES + 1).map(|word| word.parse().ok()).collect();
        shape.filter(|shape| shape.len() <= AXES)
    }
}

/// The error that a header says something impossible.
fn bad(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(version: u8, text: &str) -> Result<Header> {
        let length = (text.len() as u32).to_le_bytes();
        let width = if version == 1 { 2 } else { 4 };
        Header::read(&mut &[b"\x93NUMPY", &[version, 0][..], &length[..width], text.as_bytes()].concat()[..])
    }

    #[test]
    fn headers_of_every_version_are_understood() {
        let text = "{'descr': '>f8', 'fortran_order': True, 'shape': (3L, 4), }      \n";
        for version in [1, 2, 3] {
            let header = read(version, text).unwrap();
            assert_eq!((&header.shape[..], header.element), (&[3, 4][..], Element::Float(8)));
            assert!(header.big_endian && header.by_columns);
        }
        let single = read(1, "{\"shape\": (), \"fortran_order\": False, \"descr\": \"|U3\"}").unwrap();
        assert_eq!((single.count(), single.bytes()), (Some(1), Some(12)));
        let record = read(1, "{'descr': [('a]', '<f4'), ('b', '|S2', (2,))], 'fortran_order': False, 'shape': (5,)}");
        assert_eq!(record.unwrap().element, Element::Other);
    }

    #[test]
    fn hostile_headers_are_refused_at_once() {
        let brackets = "(".repeat(60_000);
        let whole =
            |descr: &str, shape: &str| format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}");
        for text in [
            whole("'<f4'", &brackets),
            whole(&brackets.replace('(', "["), "()"),
            whole("\u{fffd}'<f4'", "(2,)"),
            whole("é[('a', '<f4')]", "(2,)"),
            whole("'<f4'", "(-1,)"),
            whole("'<f4'", "(99999999999999999999,)"),
            whole("'<f4'", &format!("({})", "1,".repeat(65))),
            "{".into(),
            String::new(),
        ] {
            assert!(read(2, &text).is_err(), "{}", text.len());
        }
        let boast = [b"\x93NUMPY\x02\0", &u32::MAX.to_le_bytes()[..]].concat();
        assert!(Header::read(&mut &boast[..]).unwrap_err().to_string().contains("claims 4294967295 bytes"));
        assert_eq!(read(1, &whole("'<f4'", "(4294967296, 4294967296)")).unwrap().count(), None);
        for strange in ["'<i0'", "'<i16'", "'<f3'", "'<U4611686018427387904'", "'é'", "''", "'|O'"] {
            assert_eq!(read(1, &whole(strange, "(2,)")).unwrap().element, Element::Other, "{strange}");
        }
    }
}
