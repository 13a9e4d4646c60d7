//! Text tables: commas, tabs, semicolons or blanks between the cells, with a heading or without.
//!
//! The separator is read off the first line. The first line is a heading if it holds no number, or if its numbers only
//! count the columns beside a word for the label. The label is the column that `--label` names (or numbers, from 1),
//! otherwise the one headed `label`, `class`, `target` or `y`, otherwise the last. A first column without a heading is the
//! row number that pandas writes, and is left out.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::StringRecord;

use super::reader;
use super::rows::{Label, RowReader};
use crate::error::{Error, Result};

/// The headings of a column of labels.
const LABELS: [&str; 4] = ["label", "class", "target", "y"];

/// The rows of the table at `path`; `label` is the name or number of the label's column, if the user gave one.
///
/// # Errors
/// The table is empty, or it has no such column.
pub fn rows(path: &Path, label: Option<&str>) -> Result<Box<dyn RowReader>> {
    let mut table = TextTable::open(reader(path)?, path.display().to_string())?;
    let first = table.first()?;
    table.begin(first, label)?;
    Ok(Box::new(table))
}

/// The features of a table for a model, row-major `[rows, width]`, with labels or without; `path` is for messages. Columns
/// are matched by `names`, those of the model, where both sides have them; otherwise all columns are taken, without the
/// label where there is one more than the model wants.
///
/// # Errors
/// The table is empty, lacks a column, or holds something that is no number.
pub fn features(bytes: Box<dyn Read>, path: &str, names: &[String], width: usize) -> Result<Vec<f32>> {
    let mut table = TextTable::open(bytes, path.to_string())?;
    let first = table.first()?;
    let (line, second) = (table.line, table.record()?);
    let columns = table.chosen(&first, second.as_ref(), names, width)?;
    table.columns = first.len();
    table.pending.extend(second.map(|second| (table.line, second)));
    if table.heading.is_none() {
        table.pending.push((line, first));
    }
    let mut x = Vec::new();
    while let Some(record) = table.following()? {
        for &column in &columns {
            x.push(table.feature(column, &record[column])?);
        }
    }
    Ok(x)
}

/// How a line becomes cells.
enum Cells {
    /// By a separator and quotation marks, which the crate `csv` knows.
    Separated(csv::Reader<Box<dyn Read>>),
    /// By blanks, one or several; the number is that of the last line read.
    Blank(BufReader<Box<dyn Read>>, u64),
}

/// A text table whose columns are known.
struct TextTable {
    /// Where it is, for messages.
    path: String,
    cells: Cells,
    /// The line at which the record in hand starts.
    line: u64,
    /// Records that were read to learn the columns, with their lines, the next one last.
    pending: Vec<(u64, StringRecord)>,
    /// The first record, if it is a heading.
    heading: Option<StringRecord>,
    /// How many cells a record has.
    columns: usize,
    /// The column of the label.
    label: usize,
    /// How many columns at the left are left out.
    skip: usize,
    /// The shape of a row: how many features it has.
    shape: Vec<usize>,
    /// Whether classes are numbers, once a row has been read.
    numbered: Option<bool>,
}

impl TextTable {
    /// The table in `bytes`, whose separator is read off the first line.
    fn open(bytes: Box<dyn Read>, path: String) -> Result<Self> {
        let mut text = BufReader::new(bytes);
        let mut first = Vec::new();
        let bad = |what: String| Error::data(format!("cannot read table `{path}`: {what}"));
        // A line may be long, but one without end would fill the memory.
        text.by_ref().take(1 << 24).read_until(b'\n', &mut first).map_err(|e| bad(format!("{e}; fetch it again")))?;
        let count = |c: u8| first.iter().filter(|&&byte| byte == c).count();
        let comma = if count(b';') >= count(b',') { b';' } else { b',' }; // `5,1;3,5` is a table of decimal commas
        let separator = [b'\t', comma].into_iter().find(|&c| count(c) > 0);
        let text: Box<dyn Read> = Box::new(std::io::Cursor::new(first).chain(text));
        let separated = |separator| {
            let mut builder = csv::ReaderBuilder::new();
            builder.delimiter(separator).has_headers(false).flexible(true).trim(csv::Trim::All);
            builder
        };
        let cells = match separator {
            Some(separator) => Cells::Separated(separated(separator).from_reader(text)),
            None => Cells::Blank(BufReader::new(text), 0),
        };
        let (pending, heading, shape) = (Vec::new(), None, Vec::new());
        Ok(TextTable { path, cells, line: 0, pending, heading, columns: 0, label: 0, skip: 0, shape, numbered: None })
    }

    /// The first record.
    fn first(&mut self) -> Result<StringRecord> {
        let empty = || Error::data(format!("cannot read table `{}`: it is empty; give a table with rows", self.path));
        let none = empty();
        self.record()?.ok_or(none)
    }

    /// The next record in the order of the table, which has as many cells as the first; `None` after the last.
    fn following(&mut self) -> Result<Option<StringRecord>> {
        let record = match self.pending.pop() {
            Some((line, record)) => {
                self.line = line;
                Some(record)
            }
            None => self.record()?,
        };
        match record {
            Some(record) if record.len() != self.columns => Err(Error::data(format!(
                "rows must be of one length: {} is where line {} ends, and the first line has {} columns; correct the row",
                self.place(record.len().saturating_sub(1)),
                self.line,
                self.columns
            ))),
            record => Ok(record),
        }
    }

    /// The columns of a model of `width` features that are called `names`, if they have names; keeps the heading.
    fn chosen(
        &mut self,
        first: &StringRecord,
        second: Option<&StringRecord>,
        names: &[String],
        width: usize,
    ) -> Result<Vec<usize>> {
        let place = |name: &String| first.iter().position(|cell| cell == name);
        let customary = first.iter().position(|cell| LABELS.contains(&cell.to_lowercase().as_str()));
        let found = names.iter().filter(|name| place(name).is_some()).count();
        if found > 0 || is_heading(first, second, None, customary) {
            self.heading = Some(first.clone());
        }
        if found > 0 {
            let missing: Vec<&str> = names.iter().filter(|name| place(name).is_none()).map(String::as_str).collect();
            return match missing.first() {
                None => Ok(names.iter().filter_map(place).collect()),
                Some(name) => Err(Error::data(format!(
                    "no column `{name}` in `{}`, nor {} others that the model has learned from; add them, or leave the heading \
                     out if the columns are in the order of the training file",
                    self.path,
                    missing.len() - 1
                ))),
            };
        }
        let skip = usize::from(self.heading.is_some() && first.get(0) == Some(""));
        let label = customary.filter(|_| self.heading.is_some()).unwrap_or(first.len().saturating_sub(1));
        match first.len() - skip {
            n if n == width => Ok((skip..first.len()).collect()),
            n if n == width + 1 => Ok((skip..first.len()).filter(|column| *column != label).collect()),
            n => Err(Error::data(format!(
                "the model takes {width} columns: `{}` has {n}; give those of the training file, with its label or without",
                self.path
            ))),
        }
    }

    /// Learns from the first record, and from the second if need be, which columns there are and which is the label.
    fn begin(&mut self, first: StringRecord, label: Option<&str>) -> Result<()> {
        self.columns = first.len();
        let position = |name: &str| first.iter().position(|cell| cell == name);
        let customary = || first.iter().position(|cell| LABELS.contains(&cell.to_lowercase().as_str()));
        let numbered = |name: &str| name.parse().ok().filter(|n| (1..=first.len()).contains(n)).map(|n: usize| n - 1);
        // A word in the first record may be a heading or a class; the cell below it tells.
        let (line, second) = (self.line, self.record()?);
        let column = label.map_or_else(customary, |name| position(name).or_else(|| numbered(name)));
        let is_heading = is_heading(&first, second.as_ref(), label, column);
        self.label = match label {
            Some(name) => position(name).filter(|_| is_heading).or_else(|| numbered(name)).ok_or_else(|| {
                let have = if is_heading { format!("{first:?}") } else { format!("{} without names", first.len()) };
                Error::data(format!(
                    "no column `{name}` in `{}`: it has the columns {have}; pass --label NAME, or a number from 1",
                    self.path
                ))
            })?,
            None => is_heading.then(customary).flatten().unwrap_or(first.len() - 1),
        };
        // pandas writes its row number first, without a heading.
        self.skip = usize::from(is_heading && first.get(0) == Some("") && self.label > 0);
        let features = self.columns - 1 - self.skip.min(self.columns - 1);
        if features == 0 {
            return Err(Error::data(format!(
                "a table needs features and a label: `{}` has {} column in line 1; give a CSV, TSV or text table",
                self.path, self.columns
            )));
        }
        self.shape = vec![features];
        self.pending.extend(second.map(|second| (self.line, second)));
        match is_heading {
            true => self.heading = Some(first),
            false => self.pending.push((line, first)),
        }
        Ok(())
    }

    /// Reads the next record and notes in `line` where it starts; `None` after the last one.
    fn record(&mut self) -> Result<Option<StringRecord>> {
        let mut record = StringRecord::new();
        match &mut self.cells {
            Cells::Separated(reader) => {
                let more = reader.read_record(&mut record).map_err(|e| {
                    let at = e.position().map_or(0, |position| position.line());
                    Error::data(format!("cannot read line {at} of `{}`: {e}; save it as UTF-8 text", self.path))
                })?;
                self.line = record.position().map_or(0, |position| position.line());
                Ok(more.then_some(record))
            }
            Cells::Blank(text, line) => loop {
                let mut words = String::new();
                *line += 1;
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

    /// What messages call the cell of the record in hand in this column: its line, its column and the heading.
    fn place(&self, column: usize) -> String {
        let heading = self.heading.as_ref().and_then(|h| h.get(column)).map_or(String::new(), |h| format!(" (`{h}`)"));
        format!("line {}, column {}{heading} of `{}`", self.line, column + 1, self.path)
    }

    /// The feature in a cell.
    fn feature(&self, column: usize, cell: &str) -> Result<f32> {
        match cell.parse::<f32>() {
            Ok(v) if v.is_finite() => Ok(v),
            Ok(v) => {
                Err(Error::data(format!("features must be finite: {} holds {v}; drop the row", self.place(column))))
            }
            Err(_) if cell.is_empty() => {
                Err(Error::data(format!("a cell is empty: {}; fill it or drop the row", self.place(column))))
            }
            Err(_) => Err(Error::data(format!(
                "features must be numbers: {} holds `{cell}`; if that is the class pass --label {}",
                self.place(column),
                column + 1
            ))),
        }
    }

    /// The class in a cell. The first row decides whether classes are numbers or words.
    fn class(&mut self, cell: &str) -> Result<Label> {
        let number = cell.parse::<f64>().ok();
        let numbered = *self.numbered.get_or_insert(number.is_some());
        let wrong = |what: &str, way_out: &str| {
            Err(Error::data(format!("{what}: {} holds `{cell}`; {way_out}", self.place(self.label))))
        };
        match number {
            _ if cell.is_empty() => wrong("a label is missing", "fill it or drop the row"),
            _ if !numbered => Ok(Label::Name(cell.to_string())),
            Some(v) if v.fract() == 0.0 && v.abs() < 2e9 => Ok(Label::Number(v as i32)),
            Some(_) => wrong("labels must be whole numbers or words", "pass --label NAME to choose another column"),
            None => wrong("labels must be all numbers or all words", "correct the cell or drop the row"),
        }
    }
}

/// Whether the first record is a heading: it has no number, or it has numbers that count the columns and, in the column of
/// the label, a word for it. The word `y` may also be a class, so the cell below it decides.
fn is_heading(first: &StringRecord, second: Option<&StringRecord>, label: Option<&str>, column: Option<usize>) -> bool {
    let number = |cell: &str| cell.parse::<f64>().is_ok();
    let numbers: Vec<&str> = first.iter().filter(|cell| number(cell)).collect();
    let counted = |from: usize| numbers.iter().zip(from..).all(|(cell, number)| **cell == number.to_string());
    let heads = |place: usize| {
        let told = label == first.get(place) || LABELS[..3].contains(&&*first[place].to_lowercase());
        !number(&first[place]) && (told || second.and_then(|second| second.get(place)).is_some_and(number))
    };
    numbers.is_empty() || numbers.len() > 1 && column.is_some_and(heads) && (counted(0) || counted(1))
}

impl RowReader for TextTable {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn columns(&self) -> Vec<String> {
        let cells = self.heading.iter().flat_map(|heading| heading.iter().enumerate().skip(self.skip));
        cells.filter(|(column, _)| *column != self.label).map(|(_, name)| name.to_string()).collect()
    }

    fn next(&mut self, x: &mut Vec<f32>) -> Result<Option<Label>> {
        let Some(record) = self.following()? else { return Ok(None) };
        for (column, cell) in record.iter().enumerate().skip(self.skip).filter(|(column, _)| *column != self.label) {
            x.push(self.feature(column, cell)?);
        }
        self.class(&record[self.label]).map(Some)
    }
}
