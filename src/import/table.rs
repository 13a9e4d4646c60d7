//! The features of a text table for a model that exists: with labels or without, and with the columns in any order where
//! table and model both know their names.
//!
//! An import asks a table what it is; here the model says what it must be. Columns are matched in three ways, in this order:
//! by name, where the table has a heading and the model knows names; by number, where the model was trained on a table
//! without a heading; and by place, where there are as many columns as features, or one more, which is then the label.

use std::io::Read;

use csv::StringRecord;

use super::csv::{LABELS, TextTable, is_heading, opened};
use crate::error::{Error, Result};
use crate::preparation::Column;

/// The features of a table for a model of `width` of them, row-major `[rows, width]`, with labels or without; `path` is for
/// messages. Columns are matched by the names of `like`, those of the model, where both sides have them; otherwise all are
/// taken, without the label where there is one more than the model wants.
///
/// # Errors
/// The table is empty, lacks a column, or holds something that is no number.
pub fn features(bytes: Box<dyn Read>, path: &str, like: &[Column], width: usize) -> Result<Vec<f32>> {
    let (mut table, first) = opened(bytes, path)?;
    let (line, second) = (table.lines.line, table.lines.record()?);
    let places = table.chosen(&first, second.as_ref(), like, width)?;
    table.columns = first.len();
    table.pending.extend(second.map(|second| (table.lines.line, second)));
    if table.heading.is_none() {
        table.pending.push((line, first));
    }
    let (mut x, plain) = (Vec::new(), Column::default());
    while let Some(record) = table.following()? {
        table.whole(&record)?;
        for (i, &place) in places.iter().enumerate() {
            let cell = record.get(place).unwrap_or_default(); // `whole` has counted the cells
            x.push(table.feature(place, like.get(i).unwrap_or(&plain), cell)?);
        }
    }
    Ok(x)
}

impl TextTable {
    /// The places of the columns of a model of `width` features, called as those of `like` are if it names any; keeps the
    /// heading.
    fn chosen(
        &mut self,
        first: &StringRecord,
        second: Option<&StringRecord>,
        like: &[Column],
        width: usize,
    ) -> Result<Vec<usize>> {
        // Where the column number `i` of the model stands. The second of two columns of one name is the second here too.
        let place = |i: usize| {
            let (column, earlier) = (like.get(i)?, like.get(..i)?);
            let before = earlier.iter().filter(|other| other.name == column.name).count();
            first.iter().enumerate().filter(|(_, cell)| *cell == column.name).map(|(place, _)| place).nth(before)
        };
        let customary = first.iter().position(|cell| LABELS.contains(&cell.to_lowercase().as_str()));
        let found = (0..like.len()).filter(|&i| place(i).is_some()).count();
        let numbered = like.iter().all(|column| column.name.parse::<f64>().is_ok()); // a table without a heading
        let cells = first.iter().skip_while(|cell| cell.is_empty()).take(like.len());
        let headed = like.len() > 1 && cells.eq(like.iter().map(|column| column.name.as_str())); // a heading of numbers
        let named = found > 0 && (!numbered || headed);
        if named || is_heading(first, second, None, customary) {
            self.heading = Some(first.clone());
        }
        if named {
            let missing: Vec<&Column> =
                (0..like.len()).filter(|&i| place(i).is_none()).filter_map(|i| like.get(i)).collect();
            return match missing.first() {
                None => Ok((0..like.len()).filter_map(place).collect()),
                Some(column) => Err(Error::data(format!(
                    "no column `{}` in `{}`, nor {} others that the model has learned from; add them, or leave the heading \
                     out if the columns are in the order of the training file",
                    column.name,
                    self.lines.path,
                    missing.len().saturating_sub(1)
                ))),
            };
        }
        if self.heading.is_none() && numbered && first.len() > width {
            // Columns without a heading are called by their places, from 1, those of the label and of words left out.
            let at = |column: &Column| column.name.parse::<usize>().ok()?.checked_sub(1).filter(|&at| at < first.len());
            let places: Option<Vec<usize>> = like.iter().map(at).collect();
            if let Some(places) = places.filter(|places| !places.is_empty()) {
                return Ok(places);
            }
        }
        let skip = usize::from(self.heading.is_some() && first.get(0) == Some(""));
        let label = customary.filter(|_| self.heading.is_some()).unwrap_or(first.len().saturating_sub(1));
        match first.len().saturating_sub(skip) {
            n if n == width => Ok((skip..first.len()).collect()),
            n if n.checked_sub(1) == Some(width) => Ok((skip..first.len()).filter(|place| *place != label).collect()),
            n => Err(Error::data(format!(
                "the model takes {width} columns: `{}` has {n}; give those of the training file, with its label or without",
                self.lines.path
            ))),
        }
    }
}
