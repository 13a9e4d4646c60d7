//! A fault: what is wrong with data, where, and what to do, in words that machines know by their names.

use serde::{Deserialize, Serialize};

use crate::data::Part;
use crate::words::words;

/// A kind of fault of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// A part of the data went through another scaler than the training rows.
    HalvesScaledApart,
    /// The categories of a column have other numbers in a part.
    HalvesEncodedApart,
    /// The columns of a part are in another order.
    ColumnsInAnotherOrder,
    /// The classes of a part are numbered in another way.
    LabelsCodedApart,
    /// A part was drawn differently, as the tail of a sorted file is.
    HalvesDrawnApart,
    /// Labels stand in another order than the rows.
    LabelsMisaligned,
    /// Rows of a part stand among the training rows too, or nearly so.
    DuplicatesAcrossHalves,
    /// The training rows are few rows many times over.
    FewDistinctRows,
    /// A column tells the class of every row alone.
    TargetAmongFeatures,
    /// Bytes went below 0 or above 255 and came out at the other end.
    BytesWrapped,
    /// A number stands for a missing value.
    SentinelValues,
    /// A class is so rare that accuracy does not see it.
    Imbalance,
    /// A column is NaN or infinite.
    ColumnNotFinite,
    /// A number is larger than float32 holds.
    BeyondFloat32,
}

words!(FaultKind:
    HalvesScaledApart "halves-scaled-apart",
    HalvesEncodedApart "halves-encoded-apart",
    ColumnsInAnotherOrder "columns-in-another-order",
    LabelsCodedApart "labels-coded-apart",
    HalvesDrawnApart "halves-drawn-apart",
    LabelsMisaligned "labels-misaligned",
    DuplicatesAcrossHalves "duplicates-across-halves",
    FewDistinctRows "few-distinct-rows",
    TargetAmongFeatures "target-among-features",
    BytesWrapped "bytes-wrapped",
    SentinelValues "sentinel-values",
    Imbalance "imbalance",
    ColumnNotFinite "column-not-finite",
    BeyondFloat32 "beyond-float32",
);

/// What is wrong with data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// What kind of fault it is.
    #[serde(rename = "name")]
    pub kind: FaultKind,
    /// The part of the data whose rows, columns or labels are at fault.
    #[serde(skip)]
    pub part: Part,
    /// The part, rows or columns that it is in, in words.
    #[serde(rename = "where")]
    pub place: String,
    /// What was seen, and what to do, as half a sentence.
    pub say: String,
}

impl Fault {
    pub(super) fn new(kind: FaultKind, part: Part, say: impl Into<String>) -> Self {
        Fault { kind, part, place: part.word().into(), say: say.into() }
    }

    /// The same fault, in these rows or columns of its part.
    pub(super) fn within(self, rows_or_columns: &str) -> Self {
        let place = format!("{}, {rows_or_columns}", self.place);
        self.at(place)
    }

    /// The same fault, with its place in other words.
    pub(super) fn at(self, place: impl Into<String>) -> Self {
        Fault { place: place.into(), ..self }
    }
}

/// Numbers in words: `column 7`, `columns 0, 3 and 4`, `all columns`, `9 of 30 columns (0, 3, 4, …)`.
pub fn columns(found: &[usize], width: usize) -> String {
    let list = |found: &[usize]| found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match found {
        [one] => format!("column {one}"),
        all if all.len() == width => "all columns".into(),
        few if few.len() <= 8 => format!("columns {} and {}", list(&few[..few.len() - 1]), few[few.len() - 1]),
        many => format!("{} of {width} columns ({}, …)", many.len(), list(&many[..6])),
    }
}

/// A share as a person reads it.
pub(super) fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p > 0.0 && p < 1.0 || p > 99.0 && p < 100.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}
