//! Text tables that are imported: their columns, their label and their rows, out of the records of `lines`.
//!
//! A table is read twice. The first walk finds which columns are numbers and which are categories, and the second gives the
//! rows, so that a table larger than memory is imported too. The test half of a problem is fitted to the columns of the
//! training half instead of being looked at for itself. Everything that is wrong is said with line, column and heading.
//!
//! The first record is a heading if it holds no number, or if its numbers only
//! count the columns beside a word for the label. The label is the column that `--label` names (or numbers, from 1),
//! otherwise the one headed `label`, `class`, `target` or `y`, otherwise the last. A first column without a heading is the
//! row number that pandas writes, and is left out. Where cells are not separated by commas, `1,5` is a number with a decimal
//! comma, as spreadsheets in much of Europe write it.

use std::io::Read;
use std::path::Path;

use csv::StringRecord;

use super::columns::{CellKinds, is_missing};
use super::figure::figure;
use super::lines::Lines;
use super::reader;
use super::rows::{Label, RowReader};
use crate::error::{Error, Result};
use crate::preparation::Column;

/// The headings of a column of labels.
pub(super) const LABELS: [&str; 4] = ["label", "class", "target", "y"];

/// How many headings a message lists.
const LISTED: usize = 20;

/// The rows of the table at `path`; `label` is the name or number of the label's column, if the user gave one. The columns
/// are those of `like`, if it names any, and otherwise found in a walk over the table.
///
/// # Errors
/// The table is empty, or it has no such columns.
pub fn rows(path: &Path, label: Option<&str>, like: &[Column]) -> Result<Box<dyn RowReader>> {
    let found = if like.is_empty() { open(path, label, false)?.found()? } else { Found::default() };
    let mut table = open(path, label, found.thousands)?;
    let columns = if like.is_empty() { found.columns } else { table.fitting(like)? };
    table.bared = found.bared;
    table.shape = vec![columns.iter().flatten().count()];
    table.kinds = columns.iter().flatten().cloned().collect();
    table.taken = columns;
    if table.shape == [0] {
        return Err(Error::data(format!(
            "every column of `{}` holds words that are no categories, since nearly all differ; give a table of numbers",
            table.lines.path
        )));
    }
    Ok(Box::new(table))
}

/// What a walk over a table finds.
#[derive(Default)]
struct Found {
    /// The columns of features, in their order; `None` for one that is left out.
    columns: Vec<Option<Column>>,
    /// Whether a comma stands between thousands.
    thousands: bool,
    /// The names of columns whose numbers have marks, each with these.
    bared: Vec<String>,
}

/// Opens the table at `path` and reads what the first two lines tell; `thousands` says what a comma in a number may be.
fn open(path: &Path, label: Option<&str>, thousands: bool) -> Result<TextTable> {
    let (mut table, first) = opened(reader(path)?, &path.display().to_string(), thousands)?;
    table.begin(first, label)?;
    Ok(table)
}

/// A table whose columns are not known yet, and its first record.
pub(super) fn opened(bytes: Box<dyn Read>, path: &str, thousands: bool) -> Result<(TextTable, StringRecord)> {
    let mut lines = Lines::new(bytes, path)?;
    lines.thousands = thousands;
    let empty = || Error::data(format!("cannot read table `{path}`: it is empty; give a table with rows"));
    let first = lines.record()?.ok_or_else(empty)?;
    let table = TextTable {
        lines,
        pending: Vec::new(),
        heading: None,
        columns: 0,
        label: 0,
        skip: 0,
        shape: Vec::new(),
        taken: Vec::new(),
        kinds: Vec::new(),
        bared: Vec::new(),
        numbered: None,
    };
    Ok((table, first))
}

/// A text table whose columns are known, in the middle of its records.
pub(super) struct TextTable {
    /// Its records, and where they are.
    pub(super) lines: Lines,
    /// Records that were read to learn the columns, with their lines, the next one last.
    pub(super) pending: Vec<(u64, StringRecord)>,
    /// The first record, if it is a heading.
    pub(super) heading: Option<StringRecord>,
    /// How many cells a record has.
    pub(super) columns: usize,
    /// The column of the label.
    label: usize,
    /// How many columns at the left are left out.
    skip: usize,
    /// The shape of a row: how many features it has.
    shape: Vec<usize>,
    /// The columns of features, in their order; `None` for one that is left out.
    taken: Vec<Option<Column>>,
    /// Those that are taken.
    kinds: Vec<Column>,
    /// The names of those whose numbers have a unit or marks between thousands, each with these.
    bared: Vec<String>,
    /// Whether classes are numbers, once a row has been read.
    numbered: Option<bool>,
}

impl TextTable {
    /// Learns from the first record, and from the second if need be, which columns there are and which is the label.
    fn begin(&mut self, first: StringRecord, label: Option<&str>) -> Result<()> {
        self.columns = first.len();
        let position = |name: &str| first.iter().position(|cell| cell == name);
        let customary = || first.iter().position(|cell| LABELS.contains(&cell.to_lowercase().as_str()));
        let numbered = |name: &str| {
            name.parse().ok().filter(|n| (1..=first.len()).contains(n)).and_then(|n: usize| n.checked_sub(1))
        };
        // A word in the first record may be a heading or a class; the cell below it tells.
        let (line, second) = (self.lines.line, self.lines.record()?);
        let column = label.map_or_else(customary, |name| position(name).or_else(|| numbered(name)));
        let is_heading = is_heading(&first, second.as_ref(), label, column);
        self.label = match label {
            Some(name) => position(name).filter(|_| is_heading).or_else(|| numbered(name)).ok_or_else(|| {
                let have = if is_heading { listed(&first) } else { format!("{} without names", first.len()) };
                Error::data(format!(
                    "no column `{name}` in `{}`: it has the columns {have}; pass --label NAME, or a number from 1",
                    self.lines.path
                ))
            })?,
            None => is_heading.then(customary).flatten().unwrap_or(first.len().saturating_sub(1)),
        };
        // pandas writes its row number first, without a heading.
        self.skip = usize::from(is_heading && first.get(0) == Some("") && self.label > 0);
        let features = self.columns.saturating_sub(1).saturating_sub(self.skip);
        if features == 0 {
            return Err(Error::data(format!(
                "a table needs features and a label: `{}` has {} column in line 1; give a CSV, TSV or text table",
                self.lines.path, self.columns
            )));
        }
        self.pending.extend(second.map(|second| (self.lines.line, second)));
        match is_heading {
            true => self.heading = Some(first),
            false => self.pending.push((line, first)),
        }
        Ok(())
    }

    /// What messages call the cell of the record in hand in this column: its line, its column and the heading.
    pub(super) fn place(&self, column: usize) -> String {
        let heading = self.heading.as_ref().and_then(|h| h.get(column)).map_or(String::new(), |h| format!(" (`{h}`)"));
        format!("line {}, column {}{heading} of `{}`", self.lines.line, column.saturating_add(1), self.lines.path)
    }

    /// The places of the columns that hold features.
    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let label = self.label;
        (self.skip..self.columns).filter(move |place| *place != label)
    }

    /// The name of the column at this place: its heading, or its number.
    pub(super) fn name(&self, place: usize) -> String {
        self.heading
            .as_ref()
            .and_then(|heading| heading.get(place))
            .map_or(place.saturating_add(1).to_string(), String::from)
    }

    /// What the columns of features are, by all rows of the table, which is read to its end.
    ///
    /// # Errors
    /// The numbers of a column are in different units.
    fn found(mut self) -> Result<Found> {
        let mut columns: Vec<CellKinds> = self.places().map(|_| CellKinds::default()).collect();
        while let Some(record) = self.following()? {
            for (kinds, cell) in columns.iter_mut().zip(self.places().filter_map(|place| record.get(place))) {
                kinds.add(cell);
            }
        }
        let mut found = Found { thousands: self.lines.thousands, ..Found::default() };
        for (place, kinds) in self.places().zip(columns) {
            let name = self.name(place);
            match kinds.marks() {
                Ok(marks) if marks.is_empty() => {}
                Ok(marks) => found.bared.push(format!("`{name}` ({marks})")),
                Err([one, other]) => {
                    return Err(Error::data(format!(
                        "the numbers of a column must be of one unit: column `{name}` of `{}` holds `{one}` and `{other}`; write all alike",
                        self.lines.path
                    )));
                }
            }
            found.columns.push(kinds.column(name));
        }
        Ok(found)
    }

    /// Refuses a table that has `12,345.6` after a cell like `12,345` was taken for a number with a decimal comma.
    pub(super) fn unmistaken(&self) -> Result<()> {
        match self.lines.taken {
            Some(line) if self.lines.thousands => Err(Error::data(format!(
                "a comma stands before three digits in line {line} of `{}` and between thousands in a later line; leave commas out of numbers",
                self.lines.path
            ))),
            _ => Ok(()),
        }
    }

    /// The columns of `like` at their places in this table, which must have them all, in the same order.
    fn fitting(&self, like: &[Column]) -> Result<Vec<Option<Column>>> {
        let unplaced = |name: &str| {
            Err(Error::data(format!(
                "no column `{name}` in its place in `{}`; give both halves the same columns in the same order",
                self.lines.path
            )))
        };
        if like.len() == self.places().count() {
            let here: Vec<String> = self.places().map(|place| self.name(place)).collect();
            let moved =
                like.iter().zip(&here).find(|(column, name)| column.name != **name && here.contains(&column.name));
            let all = || Ok(like.iter().cloned().map(Some).collect()); // whatever they are called here
            return moved.map_or_else(all, |(column, _)| unplaced(&column.name));
        }
        let mut wanted = like.iter().peekable();
        let at = |place: usize| wanted.next_if(|column| column.name == self.name(place)).cloned();
        let columns: Vec<Option<Column>> = self.places().map(at).collect();
        wanted.next().map_or(Ok(columns), |missing| unplaced(&missing.name))
    }

    /// Refuses a record that has not as many cells as the first.
    pub(super) fn whole(&self, record: &StringRecord) -> Result<()> {
        match record.len() == self.columns {
            true => Ok(()),
            false => Err(Error::data(format!(
                "rows must be of one length: {} is where line {} ends, and the first line has {} columns; correct the row",
                self.place(record.len().saturating_sub(1)),
                self.lines.line,
                self.columns
            ))),
        }
    }

    /// The next record, one of those that were read to learn the columns first; `None` after the last one.
    pub(super) fn following(&mut self) -> Result<Option<StringRecord>> {
        match self.pending.pop() {
            Some((line, record)) => {
                self.lines.line = line;
                Ok(Some(record))
            }
            None => self.lines.record(),
        }
    }

    /// The feature in a cell: a number, the place of a category in its list, or NaN where there is no value or a category
    /// that is not in the list. Of a cell of words, `way_out` says what to do, given the place of its column.
    pub(super) fn feature(
        &self,
        column: usize,
        kind: &Column,
        cell: &str,
        way_out: fn(usize) -> String,
    ) -> Result<f32> {
        if is_missing(cell) {
            return Ok(f32::NAN);
        }
        if !kind.categories.is_empty() {
            let place = kind.categories.binary_search_by(|category| category.as_str().cmp(cell));
            return Ok(place.map_or(f32::NAN, |place| place as f32));
        }
        match figure(cell).map(|figure| figure.value) {
            Some(v) if v.is_finite() => Ok(v),
            Some(v) => {
                Err(Error::data(format!("features must be finite: {} holds {v}; drop the row", self.place(column))))
            }
            None => Err(Error::data(format!(
                "features must be numbers: {} holds `{cell}`; {}",
                self.place(column),
                way_out(column)
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
            _ if cell.is_empty() || cell == "?" => wrong("a label is missing", "fill it or drop the row"),
            _ if !numbered => Ok(Label::Name(cell.to_string())),
            Some(v) if v.fract() == 0.0 && v.abs() < 2e9 => Ok(Label::Number(v as i32)),
            Some(_) => wrong("labels must be whole numbers or words", "pass --label NAME to choose another column"),
            None => wrong("labels must be all numbers or all words", "correct the cell or drop the row"),
        }
    }
}

/// The cells of a record as a person reads them: `a`, `b`, the first of many.
fn listed(record: &StringRecord) -> String {
    let cells: Vec<String> = record.iter().take(LISTED).map(|cell| format!("`{cell}`")).collect();
    let more = record.len().saturating_sub(LISTED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", cells.join(", "))
}

/// What to do where a column of features holds words.
fn other_label(column: usize) -> String {
    format!("if that is the class pass --label {}", column.saturating_add(1))
}

/// Whether the first record is a heading: it has no number, or it has numbers that count the columns and, in the column of
/// the label, a word for it. The word `y` may also be a class, so the cell below it decides.
pub(super) fn is_heading(
    first: &StringRecord,
    second: Option<&StringRecord>,
    label: Option<&str>,
    column: Option<usize>,
) -> bool {
    let number = |cell: &str| figure(cell).is_some();
    let numbers: Vec<&str> = first.iter().filter(|cell| number(cell)).collect();
    let counted = |from: usize| numbers.iter().zip(from..).all(|(cell, number)| **cell == number.to_string());
    let heads = |place: usize| {
        let told = label == first.get(place)
            || first.get(place).is_some_and(|cell| LABELS[..3].contains(&&*cell.to_lowercase()));
        first.get(place).is_some_and(|cell| !number(cell))
            && (told || second.and_then(|second| second.get(place)).is_some_and(number))
    };
    numbers.is_empty() || numbers.len() > 1 && column.is_some_and(heads) && (counted(0) || counted(1))
}

impl RowReader for TextTable {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn columns(&self) -> &[Column] {
        &self.kinds
    }

    fn left_out(&self) -> Vec<String> {
        let places = self.places().zip(&self.taken).filter(|(_, kind)| kind.is_none());
        places.map(|(place, _)| self.name(place)).collect()
    }

    fn bared(&self) -> Vec<String> {
        self.bared.clone()
    }

    fn next(&mut self, x: &mut Vec<f32>) -> Result<Option<Label>> {
        let Some(record) = self.following()? else { return self.unmistaken().map(|()| None) };
        self.whole(&record)?;
        for (place, kind) in self.places().zip(&self.taken) {
            if let Some(kind) = kind {
                let cell = record.get(place).unwrap_or_default(); // `whole` has counted them
                x.push(self.feature(place, kind, cell, other_label)?);
            }
        }
        self.class(record.get(self.label).unwrap_or_default()).map(Some)
    }
}
