//! Labels: from what a file holds to class numbers 0..K, and back to the words that users know.
//!
//! [`Classes`] is learned from the training half alone, and any other part is read through it. So a class that training
//! never saw is found here, before it costs a run. This file opens no file; on the path of a batch it stands between the
//! label array and the block.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Above it float64, in which labels are read, no longer holds every whole number: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The entries of a label array, row-major.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Labels {
    /// Numbers of any type; truth values are 0 and 1.
    Numbers(Vec<f64>),
    /// Strings, one for each row.
    Text(Vec<String>),
}

impl Labels {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        match self {
            Labels::Numbers(numbers) => numbers.len(),
            Labels::Text(text) => text.len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The classes in the order of the network's outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes {
    /// What users call them.
    pub names: Vec<String>,
    /// How the file writes them, in the same order as the names.
    pub values: Vec<String>,
}

impl Classes {
    /// Learns the classes of a training half and numbers its rows.
    ///
    /// The shape may be `(m,)`, `(m, 1, …)` or one-hot `(m, k)`. `names` are what the file calls its classes, and `array`
    /// is the name of the label array, for messages.
    ///
    /// # Errors
    /// The labels are real-valued, there are no rows or a single class, or there are so many values that this is
    /// regression.
    pub fn learn(labels: &Labels, shape: &[usize], names: Option<&[String]>, array: &str) -> Result<(Self, Vec<u32>)> {
        let codes = codes(labels, shape, array)?;
        let mut values: Vec<&Code> = codes.iter().collect();
        values.sort();
        values.dedup();
        if let Some(complaint) = no_classes(&values, codes.len(), shape, array) {
            return Err(Error::data(format!("{complaint}; pass --y NAME to choose another data set")));
        }
        let width = one_hot_width(labels, shape);
        let values: Vec<Code> = match width {
            Some(width) => (0..width as i64).map(Code::Number).collect(),
            None => values.into_iter().cloned().collect(),
        };
        let classes = Classes {
            names: values.iter().map(|v| v.name(names, first(&values, names))).collect(),
            values: values.iter().map(Code::to_string).collect(),
        };
        let index = codes.iter().map(|code| values.binary_search(code).unwrap_or(0) as u32).collect();
        Ok((classes, index))
    }

    /// Numbers the rows of another part; the arguments are those of [`Classes::learn`]. A class is known by how the training
    /// file writes it, or where that file and this one name their classes, and differently, by its name.
    ///
    /// # Errors
    /// As for [`Classes::learn`], or there is a class that the training half does not have.
    pub fn encode(&self, labels: &Labels, shape: &[usize], names: Option<&[String]>, array: &str) -> Result<Vec<u32>> {
        let codes = codes(labels, shape, array)?;
        if self.are_named_apart(&codes, names) {
            return self.by_name(&codes, names, array);
        }
        let known: HashMap<&str, u32> = self.values.iter().map(String::as_str).zip(0..).collect();
        let number = |(row, code): (usize, Code)| {
            known.get(code.to_string().as_str()).copied().ok_or_else(|| {
                Error::data(format!("class {code} of row {row} in `{array}` was never seen in training, which has {}; drop the row or train with it", self.values.join(", ")))
            })
        };
        codes.into_iter().enumerate().map(number).collect()
    }

    /// Whether a part must be read by the names of its classes: training file and this one both say what their classes are
    /// called, and do not call every class of the model alike.
    fn are_named_apart(&self, codes: &[Code], names: Option<&[String]>) -> bool {
        let own: Vec<Code> = self.values.iter().map(|value| Code::of(value)).collect();
        let numbered = own.iter().all(|code| matches!(code, Code::Number(_)));
        match codes.first() {
            Some(Code::Text(_)) => numbered && self.has_names(),
            Some(Code::Number(_)) if names.is_some() && numbered => {
                let called = own.iter().map(|code| code.name(names, first(&own, names)));
                self.has_names() && !called.eq(self.names.iter().cloned())
            }
            Some(Code::Number(_)) => names.is_some(), // the training file writes words
            None => false,
        }
    }

    /// Whether the training file calls its classes otherwise than it writes them.
    pub(super) fn has_names(&self) -> bool {
        self.names != self.values
    }

    /// Numbers the rows of a part by what its file calls its classes.
    fn by_name(&self, codes: &[Code], names: Option<&[String]>, array: &str) -> Result<Vec<u32>> {
        let own: Vec<Code> = self.values.iter().map(|value| Code::of(value)).collect();
        let mut here = codes.to_vec();
        here.sort();
        here.dedup();
        // A part that lacks classes does not show where its numbers start; then they start where those of the model do.
        let from_one = first(&own, Some(&self.names)) == 1 && here.first() >= Some(&Code::Number(1));
        let start = first(&here, names).max(i64::from(from_one));
        let known: HashMap<&str, u32> = self.names.iter().map(String::as_str).zip(0..).collect();
        let number = |(row, code): (usize, &Code)| {
            let name = code.name(names, start);
            known.get(name.as_str()).copied().ok_or_else(|| {
                Error::data(format!(
                    "row {row} in `{array}` is of the class {name}, and those that were learned are {}; call the classes of both files alike",
                    self.names.join(", ")
                ))
            })
        };
        codes.iter().enumerate().map(number).collect()
    }
}

/// Why labels of these different values, in `rows` rows of the array called `array`, are no classes; `None` if they are.
fn no_classes(values: &[&Code], rows: usize, shape: &[usize], array: &str) -> Option<String> {
    match values.len() {
        0 => Some(format!("there are no rows: `{array}` has shape {shape:?}")),
        1 => values.first().map(|only| format!("a classifier needs two classes: every row of `{array}` is {only}")),
        k if k > 1000 && k > rows / 2 => Some(format!(
            "the labels look like a quantity to be predicted, not classes: `{array}` has {k} different values in {rows} rows"
        )),
        _ => None,
    }
}

/// One label: a whole number or a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Code {
    /// A class that the file writes as a number.
    Number(i64),
    /// A class that the file writes as a text.
    Text(String),
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Code::Number(n) => write!(f, "{n}"),
            Code::Text(text) => f.write_str(text),
        }
    }
}

impl Code {
    /// The label that a file writes in this way.
    fn of(value: &str) -> Self {
        value.parse().map_or_else(|_| Code::Text(value.into()), Code::Number)
    }

    /// What the file calls this class, if its list of `names` begins with that of class number `first`.
    fn name(&self, names: Option<&[String]>, first: i64) -> String {
        match (self, names) {
            (Code::Number(n), Some(names)) => {
                let place = n.checked_sub(first).and_then(|place| usize::try_from(place).ok());
                place.and_then(|place| names.get(place).cloned()).unwrap_or_else(|| self.to_string())
            }
            _ => self.to_string(),
        }
    }
}

/// The number of the class that the first name belongs to. It is 1 if the numbers start at 1 or above and there are as many
/// names as the last number, and 0 otherwise.
fn first(values: &[Code], names: Option<&[String]>) -> i64 {
    let shifted = match (values.first(), values.last(), names) {
        (Some(Code::Number(low)), Some(Code::Number(high)), Some(names)) => *low >= 1 && *high == names.len() as i64,
        _ => false,
    };
    i64::from(shifted)
}

/// The width of a one-hot matrix; `None` for any other coding.
fn one_hot_width(labels: &Labels, shape: &[usize]) -> Option<usize> {
    let width = shape.iter().skip(1).product::<usize>();
    (matches!(labels, Labels::Numbers(_)) && shape.len() > 1 && width > 1).then_some(width)
}

/// The label of every row, whichever coding the array has: numbers, one-hot rows or texts.
///
/// # Errors
/// The entries are none of these.
fn codes(labels: &Labels, shape: &[usize], array: &str) -> Result<Vec<Code>> {
    match (labels, one_hot_width(labels, shape)) {
        (Labels::Numbers(numbers), Some(width)) => {
            numbers.chunks(width).enumerate().map(|(row, entries)| hot(row, entries, array)).collect()
        }
        (Labels::Numbers(numbers), None) if numbers.iter().any(|x| x.is_nan()) => Err(unlabelled(numbers, array)),
        (Labels::Numbers(numbers), None) => numbers.iter().enumerate().map(|(row, &x)| whole(row, x, array)).collect(),
        (Labels::Text(text), _) if shape.iter().skip(1).product::<usize>() > 1 => Err(Error::data(format!(
            "labels must be one text a row: `{array}` has {} texts of shape {shape:?}; pass --y NAME to choose another data set",
            text.len()
        ))),
        (Labels::Text(text), _) => {
            let number = |t: &String| t.parse::<i64>().ok().filter(|n| n.to_string() == *t).map(Code::Number);
            // `01` is no number, because `1` may be another class.
            let numbers: Option<Vec<Code>> = text.iter().map(number).collect();
            Ok(numbers.unwrap_or_else(|| text.iter().cloned().map(Code::Text).collect()))
        }
    }
}

/// The error that some of `numbers` are NaN: rows without a label where the others are classes.
fn unlabelled(numbers: &[f64], array: &str) -> Error {
    let row = numbers.iter().position(|x| x.is_nan()).unwrap_or(0);
    let (all, count) = (numbers.len(), numbers.iter().filter(|x| x.is_nan()).count());
    let others = numbers.iter().enumerate().filter(|(_, x)| !x.is_nan());
    if let Some(Err(regression)) = others.map(|(row, &x)| whole(row, x, array)).find(Result::is_err) {
        return regression;
    }
    Error::data(match count {
        1 => format!("row {row} of `{array}` has no label (rows count from 0); drop that row"),
        _ if count == all => format!("no row of `{array}` has a label; pass --y NAME to choose another data set"),
        _ => format!(
            "{count} of {all} rows of `{array}` have no label, the first is row {row} (rows count from 0); drop those rows"
        ),
    })
}

/// The label of a row whose entry is `x`.
fn whole(row: usize, x: f64, array: &str) -> Result<Code> {
    if x.fract() == 0.0 && x.abs() < EXACT {
        return Ok(Code::Number(x as i64));
    }
    if x.fract() == 0.0 {
        return Err(Error::data(format!(
            "labels must lie below 2^53: row {row} of `{array}` holds about {x:e}; number the classes from 0, as by numpy's unique(y, return_inverse=True)"
        )));
    }
    Err(Error::data(format!(
        "labels must be whole numbers: row {row} of `{array}` holds {x}; this looks like regression and backburn trains classifiers, pass --y NAME to choose another data set"
    )))
}

/// The label of a row of a one-hot matrix: the place of the only 1 among zeros.
fn hot(row: usize, entries: &[f64], array: &str) -> Result<Code> {
    let ones = entries.iter().filter(|&&x| x == 1.0).count();
    let only_those = entries.iter().all(|&x| x == 0.0 || x == 1.0);
    match entries.iter().position(|&x| x == 1.0) {
        Some(class) if ones == 1 && only_those => Ok(Code::Number(class as i64)),
        _ => Err(Error::data(format!(
            "labels of {} columns must be one-hot: row {row} of `{array}` holds {:?}; real-valued targets are regression, pass --y NAME to choose another data set",
            entries.len(),
            entries.get(..6).unwrap_or(entries)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_are_missing_or_too_large_are_called_so() {
        let refused = |numbers: &[f64]| {
            Classes::learn(&Labels::Numbers(numbers.to_vec()), &[numbers.len()], None, "y").unwrap_err().to_string()
        };
        assert!(refused(&[0.0, 1.0, f64::NAN]).contains("row 2 of `y` has no label"));
        assert!(refused(&[f64::NAN, 1.0, f64::NAN]).contains("2 of 3 rows of `y` have no label, the first is row 0"));
        assert!(refused(&[f64::NAN, 1.5]).contains("row 1 of `y` holds 1.5; this looks like regression"));
        assert!(refused(&[0.0, 2f64.powi(63)]).contains("below 2^53"));
        assert!(refused(&[0.0, f64::INFINITY]).contains("holds inf"));
    }

    #[test]
    fn a_text_is_a_number_only_if_all_are_and_are_written_like_one() {
        let learn = |words: &[&str]| {
            let text = Labels::Text(words.iter().map(|word| word.to_string()).collect());
            Classes::learn(&text, &[words.len()], None, "y").unwrap().0.names
        };
        assert_eq!(learn(&["10", "9", "10"]), ["9", "10"]);
        assert_eq!(learn(&["1", "01", "1"]), ["01", "1"]);
        assert_eq!(learn(&["cat", "9", "10"]), ["10", "9", "cat"]);
    }

    #[test]
    fn classes_of_two_files_are_matched_by_name_where_both_have_names() {
        let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        let numbers = |numbers: &[f64]| Labels::Numbers(numbers.to_vec());
        let learned = |labels: &[f64], names: &[&str]| {
            Classes::learn(&numbers(labels), &[labels.len()], Some(&words(names)), "y").unwrap().0
        };
        let read = |classes: &Classes, labels: Labels, names: Option<&[&str]>| {
            let names = names.map(words);
            classes.encode(&labels, &[labels.len()], names.as_deref(), "y").map_err(|e| e.to_string())
        };
        let model = learned(&[0.0, 1.0, 2.0], &["red", "green", "blue"]);
        assert_eq!(read(&model, numbers(&[0.0, 2.0]), Some(&["red", "green", "blue"])), Ok(vec![0, 2]));
        assert_eq!(read(&model, numbers(&[0.0, 2.0]), Some(&["blue", "red", "green"])), Ok(vec![2, 1]));
        assert_eq!(read(&model, numbers(&[0.0, 1.0]), Some(&["green", "red"])), Ok(vec![1, 0]));
        assert_eq!(read(&model, numbers(&[1.0, 2.0]), Some(&["green", "red"])), Ok(vec![1, 0]), "from one");
        assert_eq!(read(&model, numbers(&[0.0, 2.0]), None), Ok(vec![0, 2]), "numbers alone are numbers");
        assert_eq!(read(&model, Labels::Text(words(&["blue", "red"])), None), Ok(vec![2, 0]));
        let strange = read(&model, numbers(&[0.0, 1.0]), Some(&["red", "pink"])).unwrap_err();
        assert!(strange.contains("row 1 in `y` is of the class pink") && strange.contains("red, green, blue"));
        let from_one = learned(&[1.0, 2.0, 3.0], &["red", "green", "blue"]);
        assert_eq!(read(&from_one, numbers(&[2.0, 3.0]), Some(&["red", "green", "blue"])), Ok(vec![1, 2]));
        assert_eq!(read(&from_one, numbers(&[1.0, 2.0]), Some(&["blue", "red", "green"])), Ok(vec![2, 0]));
        let nameless = Classes::learn(&numbers(&[0.0, 1.0]), &[2], None, "y").unwrap().0;
        assert_eq!(read(&nameless, numbers(&[1.0, 0.0]), Some(&["no", "yes"])), Ok(vec![1, 0]));
        let text = Labels::Text(words(&["no", "yes"]));
        let spelled = Classes::learn(&text, &[2], None, "y").unwrap().0;
        assert_eq!(read(&spelled, numbers(&[1.0, 0.0]), Some(&["yes", "no"])), Ok(vec![0, 1]));
        assert_eq!(read(&spelled, text, Some(&["yes", "no"])), Ok(vec![0, 1]));
    }
}
