//! The features of a text table for a model that exists: with labels or without, and with the columns in any order where
//! table and model both know their names.
//!
//! An import asks a table what it is; here the model says what it must be. Columns are matched in three ways, in this order:
//! by name, where the table has a heading and the model knows names; by number, where the model was trained on a table
//! without a heading; and by place, where there are as many columns as features, or one more. A column is left out as the
//! label only where its heading says so, or where its cells are classes of the model and nothing else: a column of
//! features that was left out by mistake would give answers that look like others.

use std::collections::HashSet;
use std::io::Read;

use csv::StringRecord;

use super::columns::is_missing;
use super::csv::{LABELS, TextTable, is_heading, opened};
use crate::data::Known;
use crate::error::{Error, Result};
use crate::preparation::Column;

/// Rows without labels, for a model.
pub struct Unlabelled {
    /// The features, row-major `[rows, width]`.
    pub x: Vec<f32>,
    /// What is worth telling of how the columns were matched, and of words that the model has not seen.
    pub remarks: Vec<String>,
}

/// The features of a table for a model that knows `known`, with labels or without; `path` is for messages. Columns are
/// matched by their names, where both sides have them; otherwise all are taken, without the label where there is one more
/// than the model wants.
///
/// # Errors
/// The table is empty, lacks a column, holds something that is no number, or has a column too many that is no label.
pub fn features(bytes: Box<dyn Read>, path: &str, known: &Known) -> Result<Unlabelled> {
    let (like, width) = (&known.preparation.columns, known.shape.iter().product());
    let (mut table, first) = opened(bytes, path, false)?;
    let (line, second) = (table.lines.line, table.lines.record()?);
    let Chosen { places, left_out, remark } = table.chosen(&first, second.as_ref(), like, width)?;
    table.columns = first.len();
    table.pending.extend(second.map(|second| (table.lines.line, second)));
    if table.heading.is_none() {
        table.pending.push((line, first));
    }
    let (mut x, plain) = (Vec::new(), Column::default());
    let mut labels: Vec<Suspect> = left_out.iter().map(|&place| Suspect { place, ..Suspect::default() }).collect();
    let mut unseen = vec![Unseen::default(); places.len()];
    let classes = known.classes.names.iter().chain(&known.classes.values).map(String::as_str).collect();
    while let Some(record) = table.following()? {
        table.whole(&record)?;
        for (i, &place) in places.iter().enumerate() {
            let cell = record.get(place).unwrap_or_default(); // `whole` has counted the cells
            let way_out = |_| "correct the cell, or leave the row out".to_string();
            let value = table.feature(place, like.get(i).unwrap_or(&plain), cell, way_out)?;
            if let (true, Some(unseen)) = (value.is_nan() && !is_missing(cell), unseen.get_mut(i)) {
                unseen.see(cell);
            }
            x.push(value);
        }
        labels.iter_mut().for_each(|label| label.see(record.get(label.place).unwrap_or_default(), &classes, &table));
    }
    let guessed = if x.is_empty() { None } else { table.guessed(&labels, width)? };
    table.unmistaken()?;
    let told = unseen.iter().zip(like).filter_map(|(unseen, column)| unseen.told(path, &column.name));
    Ok(Unlabelled { x, remarks: guessed.or(remark).into_iter().chain(told).collect() })
}

/// Words of a column that are none of its categories, each of which counts as a missing value.
#[derive(Clone, Default)]
struct Unseen {
    /// In how many rows they stand.
    rows: usize,
    /// The first of them.
    first: String,
}

impl Unseen {
    /// Takes in such a word.
    fn see(&mut self, cell: &str) {
        if self.rows == 0 {
            self.first = cell.to_string();
        }
        self.rows = self.rows.saturating_add(1);
    }

    /// What is told of the column called `name`, if there are such words in it.
    fn told(&self, path: &str, name: &str) -> Option<String> {
        let Unseen { rows, first } = self;
        let which = match rows {
            0 => return None,
            1 => format!("1 row holds a word, `{first}`,"),
            _ => format!("{rows} rows hold words, such as `{first}`,"),
        };
        Some(format!(
            "warning: `{path}`: in column `{name}` {which} that the model has not seen; such a word counts as a missing value"
        ))
    }
}

/// The columns that are taken of a table, and those that are not.
#[derive(Default)]
struct Chosen {
    /// Where the columns of the model stand.
    places: Vec<usize>,
    /// Where those stand that are left out though no heading says what they are: one of them must turn out to be the label.
    left_out: Vec<usize>,
    /// What is worth telling of how they were matched.
    remark: Option<String>,
}

impl Chosen {
    /// All columns of `n` from number `skip` on but these.
    fn without(left_out: Vec<usize>, skip: usize, n: usize) -> Self {
        let places = (skip..n).filter(|place| !left_out.contains(place)).collect();
        Chosen { places, left_out, remark: None }
    }
}

/// A column that may be the label.
#[derive(Default)]
struct Suspect {
    place: usize,
    /// Whether a cell is a class of the model.
    seen: bool,
    /// The first cell that is none, with its place in words.
    other: Option<String>,
}

impl Suspect {
    /// Takes in a cell. `1.0` is the class `1` too.
    fn see(&mut self, cell: &str, classes: &HashSet<&str>, table: &TextTable) {
        let whole = || cell.parse::<f64>().ok().filter(|v| v.fract() == 0.0).map(|v| v.to_string());
        match classes.contains(cell) || whole().is_some_and(|whole| classes.contains(whole.as_str())) {
            true => self.seen = true,
            false if is_missing(cell) || self.other.is_some() => {}
            false => self.other = Some(format!("{} holds `{cell}`", table.place(self.place))),
        }
    }
}

/// Where the column number `i` of the model stands in a heading. The second of two columns of one name is the second here
/// too.
fn called(first: &StringRecord, like: &[Column], i: usize) -> Option<usize> {
    let (column, earlier) = (like.get(i)?, like.get(..i)?);
    let before = earlier.iter().filter(|other| other.name == column.name).count();
    first.iter().enumerate().filter(|(_, cell)| *cell == column.name).map(|(place, _)| place).nth(before)
}

/// The places of columns without a heading, which are called by their places from 1, those of the label and of words left
/// out; `None` where the table is not as wide as the numbers say.
fn by_number(first: &StringRecord, like: &[Column]) -> Option<Chosen> {
    let at = |column: &Column| column.name.parse::<usize>().ok()?.checked_sub(1).filter(|&at| at < first.len());
    let places: Vec<usize> = like.iter().map(at).collect::<Option<_>>()?;
    let as_wide = places.iter().max().is_some_and(|last| first.len() <= last.saturating_add(2));
    let left_out = (0..first.len()).filter(|place| !places.contains(place)).collect();
    as_wide.then_some(Chosen { places, left_out, remark: None })
}

impl TextTable {
    /// What is told of columns that were left out because one of them is seen to be the label.
    ///
    /// # Errors
    /// None of them is, so one that was taken may be no feature.
    fn guessed(&self, labels: &[Suspect], width: usize) -> Result<Option<String>> {
        let Some(suspect) = labels.last() else { return Ok(None) };
        let names: Vec<String> = labels.iter().map(|label| format!("`{}`", self.name(label.place))).collect();
        let (names, path) = (names.join(", "), &self.lines.path);
        if let Some(label) = labels.iter().find(|label| label.seen && label.other.is_none()) {
            let name = self.name(label.place);
            return Ok(Some(format!(
                "`{path}`: column {names} left out: of {} columns the model takes {width}, and column `{name}` holds its classes, so it is the label",
                self.columns
            )));
        }
        let why = suspect.other.as_deref().unwrap_or("it has no cell that is one");
        Err(Error::data(format!(
            "the model takes {width} columns and `{path}` has {}, and column {names} is not the label, which would hold classes of the model: {why}; leave out the column that is no feature, or call the label `label` in the heading",
            self.columns
        )))
    }

    /// The places of the columns of a model of `width` features, called as those of `like` are if it names any; keeps the
    /// heading. Names decide where there are any, then numbers, then places.
    fn chosen(
        &mut self,
        first: &StringRecord,
        second: Option<&StringRecord>,
        like: &[Column],
        width: usize,
    ) -> Result<Chosen> {
        let customary = first.iter().position(|cell| LABELS.contains(&cell.to_lowercase().as_str()));
        let numbered = like.iter().all(|column| column.name.parse::<f64>().is_ok()); // a table without a heading
        let cells = first.iter().skip_while(|cell| cell.is_empty()).take(like.len());
        let headed = like.len() > 1 && cells.eq(like.iter().map(|column| column.name.as_str())); // a heading of numbers
        let called = (0..like.len()).any(|i| called(first, like, i).is_some());
        let named = called && (!numbered || headed);
        if named || is_heading(first, second, None, customary) {
            self.heading = Some(first.clone());
        }
        if named {
            return self.by_name(first, like);
        }
        let numbers = self.heading.is_none() && numbered && first.len() > width;
        if let Some(chosen) = numbers.then(|| by_number(first, like)).flatten() {
            return Ok(chosen);
        }
        self.by_place(first, customary.filter(|_| self.heading.is_some()), !numbered, width)
    }

    /// The places of the columns that are called as those of the model.
    fn by_name(&self, first: &StringRecord, like: &[Column]) -> Result<Chosen> {
        let places: Vec<Option<usize>> = (0..like.len()).map(|i| called(first, like, i)).collect();
        let mut missing = places.iter().zip(like).filter(|(place, _)| place.is_none()).map(|(_, column)| column);
        match missing.next() {
            None => Ok(Chosen { places: places.into_iter().flatten().collect(), ..Chosen::default() }),
            Some(column) => {
                let (others, them) = match missing.count() {
                    0 => (String::new(), "it"),
                    more => (format!(", nor {more} more"), "them"),
                };
                Err(Error::data(format!(
                    "no column `{}` in `{}`{others}, which the model has learned from; add {them}, or leave the heading \
                     out if the columns are in the order of the training file",
                    column.name, self.lines.path
                )))
            }
        }
    }

    /// The places of `width` columns in their order, where names decide nothing; the heading of column `label` may be one
    /// of labels. The model knows `names`, but none of these.
    fn by_place(&self, first: &StringRecord, label: Option<usize>, names: bool, width: usize) -> Result<Chosen> {
        let skip = usize::from(self.heading.is_some() && first.get(0) == Some(""));
        let sure = label.filter(|&place| first.get(place).is_some_and(|cell| !cell.eq_ignore_ascii_case("y")));
        let wrong = |what: &str| {
            let path = &self.lines.path;
            Err(Error::data(format!(
                "the model takes {width} columns: `{path}` has {what}; give those of the training file, with its label or without"
            )))
        };
        let mut chosen = match (first.len().saturating_sub(skip), sure) {
            (n, Some(place)) if n == width => {
                return wrong(&format!("{} and the label `{}`", n.saturating_sub(1), self.name(place)));
            }
            (n, None) if n == width => Chosen::without(Vec::new(), skip, first.len()),
            (n, sure) if n.checked_sub(1) == Some(width) => {
                let place = label.unwrap_or(first.len().saturating_sub(1));
                let all = Chosen::without(vec![place], skip, first.len());
                if sure.is_some() { Chosen { left_out: Vec::new(), ..all } } else { all }
            }
            (n, _) => return wrong(&n.to_string()),
        };
        let told =
            || format!("`{}`: no column is called as in the training file; they were taken in order", self.lines.path);
        chosen.remark = (names && self.heading.is_some()).then(told);
        Ok(chosen)
    }
}
