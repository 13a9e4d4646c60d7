//! Rows on their way into a file: what every kind of source is read as, one row at a time.

use crate::error::Result;
use crate::preparation::Column;

/// The label of a row, as its source writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Label {
    /// A class by its number.
    Number(i32),
    /// A class by its name.
    Name(String),
}

/// Whatever gives labelled rows, one after the other.
pub trait RowReader {
    /// The shape of one row.
    fn shape(&self) -> &[usize];

    /// What the features are called and which categories they have; empty if the source does not say it.
    fn columns(&self) -> &[Column] {
        &[]
    }

    /// The names of columns that are left out, because their words are no categories.
    fn left_out(&self) -> Vec<String> {
        Vec::new()
    }

    /// The names of columns whose numbers have a unit or marks between thousands, each with these marks.
    fn bared(&self) -> Vec<String> {
        Vec::new()
    }

    /// Appends the features of the next row to `x` and gives its label; `None` after the last row.
    ///
    /// # Errors
    /// The source ends too early or holds something that is no row; the message says where.
    fn next(&mut self, x: &mut Vec<f32>) -> Result<Option<Label>>;
}

/// The rows of a data set, part by part.
pub struct Source {
    /// The rows that are learned.
    pub train: Box<dyn RowReader>,
    /// The rows that choices are made on, if the source sets some apart.
    pub validation: Option<Box<dyn RowReader>>,
    /// The rows that are looked at once, at the end.
    pub test: Option<Box<dyn RowReader>>,
    /// The names of the classes, if they are known before the rows are read.
    pub classes: Vec<String>,
    /// Whether labels must be words, because they are numbered as the words of another file.
    pub words: bool,
}

impl Source {
    /// A source of training rows alone, whose classes are not known yet.
    pub fn of(train: Box<dyn RowReader>) -> Self {
        Source { train, validation: None, test: None, classes: Vec::new(), words: false }
    }
}
