//! Columns of a text table: which are numbers and which are categories, found in a walk over all rows before any is
//! imported.
//!
//! A category becomes its number in the list of its column, and the list goes into the file, from where training takes it
//! (see [`crate::preparation`]). A cell that is empty or says `?`, `NA`, `N/A`, `NaN` or `null` is a missing value, NaN.

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;

use super::figure::{figure, is_ambiguous};
use crate::preparation::Column;

/// Ways to write that there is no value, in small letters.
const MISSING: [&str; 6] = ["", "?", "na", "n/a", "nan", "null"];
/// A column of more different words holds names or texts, which say nothing about rows that have others.
const MOST: usize = 256;
/// In so many words categories come again; where most differ they are names. Fewer words may differ by chance.
const ENOUGH: usize = 20;

/// Whether a cell says that there is no value.
pub(super) fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell.to_lowercase().as_str())
}

/// A record with a decimal point in each number that has one decimal comma; other cells are as they were, and so are
/// numbers whose comma may stand between `thousands`.
pub(super) fn pointed(record: StringRecord, thousands: bool) -> StringRecord {
    let with_point = |cell: &str| {
        let (whole, rest) = cell.split_once(',')?;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let number = format!("{whole}.{rest}");
        let unsigned = whole.trim_start_matches(|c: char| !c.is_ascii_digit());
        let plain = digits(unsigned) && rest.starts_with(|c: char| c.is_ascii_digit());
        (plain && !(thousands && is_ambiguous(cell)) && figure(&number).is_some()).then_some(number)
    };
    if !record.as_slice().contains(',') {
        return record;
    }
    record.iter().map(|cell| with_point(cell).unwrap_or_else(|| cell.to_string())).collect()
}

/// How many cells of a column are numbers and how many are words, and which ones they are.
#[derive(Default)]
pub(super) struct CellKinds {
    numbers: usize,
    /// Numbers with a unit or marks between thousands. Beside words they are words too: `5%`, `none`.
    marked: usize,
    words: usize,
    /// The units of its numbers, each with the first number in it; 0 is in any unit.
    units: BTreeMap<Option<char>, String>,
    /// Whether a number has marks between its thousands.
    grouped: bool,
    /// The different words, but no more than one above [`MOST`].
    different: BTreeSet<String>,
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "cells of one file are counted, of which there are fewer than bytes"
)]
impl CellKinds {
    /// Takes in a cell.
    pub(super) fn add(&mut self, cell: &str) {
        if is_missing(cell) {
            return;
        }
        match figure(cell) {
            Some(figure) => {
                match figure.unit.is_some() || figure.grouped {
                    true => self.marked += 1,
                    false => self.numbers += 1, // a category like any other, should the column be one of words
                }
                self.grouped |= figure.grouped;
                if figure.value != 0.0 {
                    self.units.entry(figure.unit).or_insert_with(|| cell.to_string());
                }
            }
            None => self.words += 1,
        }
        if self.different.len() <= MOST && !self.different.contains(cell) {
            self.different.insert(cell.to_string());
        }
    }

    /// What its numbers are read without, if it is a column of numbers: a unit and commas.
    ///
    /// # Errors
    /// Two of its numbers that are in different units.
    pub(super) fn marks(&self) -> Result<String, [String; 2]> {
        let mut units = self.units.iter();
        match (units.next(), units.next()) {
            _ if self.words > 0 || self.marked == 0 => Ok(String::new()),
            (Some((_, one)), Some((_, other))) => Err([one.clone(), other.clone()]),
            (first, _) => {
                let unit = first.and_then(|(unit, _)| *unit);
                Ok(unit.into_iter().chain(self.grouped.then_some(',')).collect())
            }
        }
    }

    /// The column called `name` that these cells make. It is one of categories if most cells are words; a few words among
    /// numbers are mistakes, which the import reports where it meets them. `None` if the words are no categories.
    pub(super) fn column(self, name: String) -> Option<Column> {
        let marked_words = if self.words > 0 { self.marked } else { 0 };
        let (words, cells) = (self.words + marked_words, self.words + self.numbers + self.marked);
        let are_names = cells >= ENOUGH && 2 * self.different.len() > cells;
        let categories = if words > self.numbers { self.different.into_iter().collect() } else { Vec::new() };
        (categories.is_empty() || categories.len() <= MOST && !are_names).then_some(Column { name, categories })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str]) -> Option<Vec<String>> {
        let mut found = CellKinds::default();
        cells.iter().for_each(|cell| found.add(cell));
        found.column("c".into()).map(|column| column.categories)
    }

    #[test]
    fn a_decimal_comma_becomes_a_point_and_other_commas_stay() {
        let record = StringRecord::from(vec![
            "1,5",
            "-0,25",
            "3,1e-4",
            "1,234,567",
            "red, blue",
            ",5",
            "7",
            "a,1",
            "3,5%",
            "€1,2",
        ]);
        let cells: Vec<String> = pointed(record, false).iter().map(String::from).collect();
        assert_eq!(cells, ["1.5", "-0.25", "3.1e-4", "1,234,567", "red, blue", ",5", "7", "a,1", "3.5%", "€1.2"]);
        let mixed: Vec<String> =
            pointed(StringRecord::from(vec!["12,345", "1,5"]), true).iter().map(String::from).collect();
        assert_eq!(mixed, ["12,345", "1.5"]);
    }

    #[test]
    fn numbers_of_a_column_are_of_one_unit() {
        let marks = |cells: &[&str]| {
            let mut found = CellKinds::default();
            cells.iter().for_each(|cell| found.add(cell));
            found.marks()
        };
        assert_eq!(marks(&["3%", "0", "", "12.5%"]), Ok("%".into()));
        assert_eq!(marks(&["$1,200", "$3"]), Ok("$,".into()));
        assert_eq!(marks(&["1", "2"]), Ok(String::new()));
        assert_eq!(marks(&["red", "5%", "blue", "7"]), Ok(String::new()), "categories");
        assert_eq!(column(&["5%", "10%", "none", "5%"]).unwrap(), ["10%", "5%", "none"]);
        assert!(column(&["5%", "10%", ""]).unwrap().is_empty());
        assert_eq!(marks(&["0.12", "12%"]), Err(["0.12".into(), "12%".into()]));
    }

    #[test]
    fn most_cells_decide_what_a_column_is_and_gaps_do_not_count() {
        assert_eq!(column(&["red", "", "?", "NA", "blue", "red"]).unwrap(), ["blue", "red"]);
        assert!(column(&["1", "2.5", "oops", "null"]).unwrap().is_empty());
        assert!(column(&["", "NaN"]).unwrap().is_empty());
        for rows in [30, 300] {
            let names: Vec<String> = (0..rows).map(|i| format!("name {i}")).collect();
            assert_eq!(column(&names.iter().map(String::as_str).collect::<Vec<_>>()), None, "{rows} names");
        }
        assert_eq!(column(&["A", "1", "B", "A"]).unwrap(), ["1", "A", "B"], "a number among words is a word");
        assert_eq!(column(&["pink", "red", "blue"]).unwrap().len(), 3, "three rows say nothing");
    }
}
