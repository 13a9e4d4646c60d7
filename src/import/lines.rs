//! The records of a text table: how its bytes become lines, and its lines cells.
//!
//! The separator is read off the first line, since no ending of a file tells it: a tab, a comma or a semicolon, and blanks
//! where none of them stands there. Reading is bounded record by record, because a file without line breaks, or with a
//! quotation mark that nobody closes, would otherwise fill the memory. What the cells mean is decided by the callers:
//! `csv`, which imports a table, and `table`, which gives its features to a model.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::rc::Rc;

use csv::StringRecord;

use super::columns::pointed;
use super::figure::{figure, is_ambiguous};
use crate::error::{Error, Result};

/// Bytes of a record, at most.
const LONGEST: usize = 16 << 20;

/// A text table, record by record.
pub(super) struct Lines {
    /// Where it is, for messages.
    pub(super) path: String,
    /// The line at which the record in hand starts, from 1.
    pub(super) line: u64,
    cells: Cells,
    /// Whether `1,5` is a number, because cells are not separated by commas.
    decimal_comma: bool,
    /// Whether a cell was met that has a comma between thousands and a decimal point, as in `12,345.6`: then `12,345` is
    /// no number with a decimal comma.
    pub(super) thousands: bool,
    /// The line of the first cell that was taken for a number with a decimal comma and may be one of thousands.
    pub(super) taken: Option<u64>,
    /// Whether lines end in a carriage return and a line feed: the reader of records counts the latter, and has not yet
    /// read that of the line before when it says where a record starts.
    returns: bool,
    /// Bytes that the record in hand may still take.
    left: Rc<Cell<usize>>,
}

/// How a line becomes cells.
enum Cells {
    /// By a separator and quotation marks, which the crate `csv` knows.
    Separated(csv::Reader<Box<dyn Read>>),
    /// By blanks, one or several; the number is that of the last line read.
    Blank(BufReader<Box<dyn Read>>, u64),
}

impl Lines {
    /// The table in `bytes`, whose separator is found in its first line; `path` is for messages.
    ///
    /// # Errors
    /// The first line cannot be read.
    pub(super) fn new(bytes: Box<dyn Read>, path: &str) -> Result<Self> {
        let left = Rc::new(Cell::new(LONGEST));
        let mut text = BufReader::new(Bounded { bytes, left: left.clone() });
        let mut first = Vec::new();
        text.read_until(b'\n', &mut first)
            .map_err(|e| Error::data(format!("cannot read table `{path}`: {e}; give a text table")))?;
        let (separator, returns) = (separator(&first), first.ends_with(b"\r\n"));
        let text: Box<dyn Read> = Box::new(std::io::Cursor::new(first).chain(text));
        let cells = match separator {
            Some(separator) => Cells::Separated(
                csv::ReaderBuilder::new()
                    .delimiter(separator)
                    .has_headers(false)
                    .flexible(true)
                    .trim(csv::Trim::All)
                    .from_reader(text),
            ),
            None => Cells::Blank(BufReader::new(text), 0),
        };
        Ok(Lines {
            path: path.to_string(),
            line: 0,
            cells,
            decimal_comma: separator != Some(b','),
            thousands: false,
            taken: None,
            returns,
            left,
        })
    }

    /// Reads the next record and notes in `line` where it starts; `None` after the last one.
    ///
    /// # Errors
    /// The bytes cannot be read, are no UTF-8, or are more than a record may have.
    pub(super) fn record(&mut self) -> Result<Option<StringRecord>> {
        let Some(record) = self.as_written()? else { return Ok(None) };
        if !self.decimal_comma {
            return Ok(Some(record));
        }
        self.thousands |= record.iter().any(|cell| cell.contains('.') && figure(cell).is_some_and(|f| f.grouped));
        if !self.thousands && self.taken.is_none() && record.iter().any(is_ambiguous) {
            self.taken = Some(self.line);
        }
        Ok(Some(pointed(record, self.thousands)))
    }

    /// The next record as it stands in the file.
    fn as_written(&mut self) -> Result<Option<StringRecord>> {
        let mut record = StringRecord::new();
        self.left.set(LONGEST);
        match &mut self.cells {
            Cells::Separated(reader) => {
                let line = |position: &csv::Position| {
                    position.line().saturating_add(u64::from(self.returns && position.byte() > 0))
                };
                let more = reader.read_record(&mut record).map_err(|e| {
                    let at = e.position().map_or(0, line);
                    Error::data(format!("cannot read line {at} of `{}`: {e}; save it as UTF-8 text", self.path))
                })?;
                self.line = record.position().map_or(0, line);
                Ok(more.then_some(record))
            }
            Cells::Blank(text, line) => loop {
                let mut words = String::new();
                *line = line.saturating_add(1);
                self.line = *line;
                let length = text.read_line(&mut words).map_err(|e| {
                    Error::data(format!("cannot read line {line} of `{}`: {e}; save it as UTF-8 text", self.path))
                })?;
                match words.split_whitespace().collect::<Vec<_>>() {
                    _ if length == 0 => return Ok(None),
                    cells if cells.is_empty() => {}
                    cells => return Ok(Some(cells.into())),
                }
            },
        }
    }
}

/// What separates the cells of a table with this first line; `None` if blanks do.
fn separator(first: &[u8]) -> Option<u8> {
    let count = |c: u8| first.iter().filter(|&&byte| byte == c).count();
    let comma = if count(b';') >= count(b',') { b';' } else { b',' }; // `5,1;3,5` is a table of decimal commas
    [b'\t', comma].into_iter().find(|&c| count(c) > 0)
}

/// Bytes that may be given out until somebody raises the number again.
struct Bounded {
    bytes: Box<dyn Read>,
    left: Rc<Cell<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.left.get();
        if left == 0 && !buffer.is_empty() {
            return Err(std::io::Error::other("a line, or a cell in quotation marks, has more than 16 MB"));
        }
        let n = match buffer.get_mut(..left) {
            Some(part) => self.bytes.read(part)?,
            None => self.bytes.read(buffer)?,
        };
        self.left.set(left.saturating_sub(n));
        Ok(n)
    }
}
