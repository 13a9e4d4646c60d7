//! The layout of a file: which arrays are features, which are labels, and which part of the data each belongs to.
//!
//! People name arrays by custom, and the words they use stand here in one table. This file sees names and shapes and
//! reads nothing. On the path of a batch it stands between an open file and its first read.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::path::Path;

use super::array::{Array, Kind, ONE_FILE, STRUCTURED, list};
use crate::error::{Error, Result};

/// The arrays that the user named. All others are found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The training features, `--x`.
    pub x: Option<String>,
    /// The training labels, `--y`.
    pub y: Option<String>,
    /// The test features, `--x-test`.
    pub x_test: Option<String>,
    /// The test labels, `--y-test`.
    pub y_test: Option<String>,
}

/// The names of two arrays that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// The name of the features.
    pub x: String,
    /// The name of the labels.
    pub y: String,
}

/// The parts of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The part that is trained on.
    pub train: Option<Pair>,
    /// The part that choices are made on during training.
    pub validation: Option<Pair>,
    /// The part that is looked at once, at the end.
    pub test: Option<Pair>,
}

/// The words that say that an array holds features.
const FEATURES: [&str; 9] = ["x", "data", "images", "features", "image", "inputs", "input", "x_data", "samples"];
/// The words that say that an array holds labels.
const LABELS: [&str; 10] =
    ["y", "label", "labels", "target", "targets", "class", "classes", "outputs", "output", "y_data"];
/// The words that say which part of the data an array belongs to.
const PARTS: [(Part, &[&str]); 3] = [
    (Part::Train, &["train", "training", "trn", "tr"]),
    (Part::Validation, &["val", "valid", "validation", "dev"]),
    (Part::Test, &["test", "testing", "tst", "te"]),
];

/// The part of the data that an array belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All rows of a file that has but one part; the name of an array says nothing of a part.
    Whole,
    /// The rows that are learned.
    Train,
    /// The rows that choices are made on.
    Validation,
    /// The rows that are touched once, at the end.
    Test,
}

impl Part {
    /// The word with which places in data begin.
    pub fn word(self) -> &'static str {
        match self {
            Part::Whole => "all rows",
            Part::Train => "training",
            Part::Validation => "validation",
            Part::Test => "test",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Part::Whole => "rows",
            Part::Train => "training rows",
            Part::Validation => "validation part",
            Part::Test => "test half",
        }
    }
}

/// Reads a name as (part, whether it is features): `X_train_data` are the features of the training part.
fn read(name: &str) -> Option<(Part, bool)> {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty() && *w != "set").collect();
    let part =
        PARTS.iter().find(|(_, names)| words.iter().any(|w| names.contains(w))).map_or(Part::Whole, |(part, _)| *part);
    let rest: Vec<&str> = words.into_iter().filter(|w| !PARTS.iter().any(|(_, names)| names.contains(w))).collect();
    let is = |names: &[&str]| rest.iter().filter(|w| names.contains(w)).count();
    match (is(&LABELS), is(&FEATURES)) {
        _ if rest.len() > 3 => None,
        (0, 0) => None,
        // `y_train_data` says label first and a neutral word after it; `images/labels` the other way round.
        (0, _) => Some((part, true)),
        (_, 0) => Some((part, false)),
        _ => Some((part, rest.first().is_some_and(|w| FEATURES.contains(w) && *w != "data"))),
    }
}

/// The name of the features in the file `path` for a model that takes rows of `width` numbers: `x`, if the user gave a name;
/// else those of the test half or of the training half, where names say which these are; else the first array of numbers
/// that is so wide.
///
/// # Errors
/// There is no such array; the message lists those that are there.
pub fn find_features(path: &Path, arrays: &[Array], x: Option<&str>, width: usize) -> Result<String> {
    let by_name = || Some(find_layout(arrays, &Choice::default()).ok()?).and_then(|l| Some(l.test.or(l.train)?.x));
    let fits = |a: &&Array| {
        a.extent().is_some_and(|(_, w)| w == width) && matches!(a.kind, Kind::Integer | Kind::Float | Kind::Bool)
    };
    let by_width = || arrays.iter().find(fits).map(|array| array.name.clone());
    x.map(str::to_string).or_else(by_name).or_else(by_width).ok_or_else(|| {
        Error::data(format!(
            "no features of {width} numbers a row in `{}`: it holds {}; pass --x NAME",
            path.display(),
            list(arrays)
        ))
    })
}

/// The layout of a file with these arrays; what the user chose goes before what names say.
///
/// # Errors
/// No array can be features with labels; the message lists those that are there.
pub fn find_layout(arrays: &[Array], choice: &Choice) -> Result<Layout> {
    // Half of the data must not be missed without a word because it lies elsewhere.
    let lost = |array: &&Array| array.kind == Kind::Elsewhere && read(&array.name).is_some();
    if let Some(array) = arrays.iter().find(lost).filter(|_| *choice == Choice::default()) {
        return Err(Error::data(format!("`{}` is a {}; {ONE_FILE}", array.name, array.dtype)));
    }
    let pair = |part| Some(Pair { x: named(arrays, part, true)?, y: named(arrays, part, false)? });
    let mut layout = Layout {
        train: pair(Part::Train).or_else(|| pair(Part::Whole)).or_else(|| only(arrays)),
        validation: pair(Part::Validation),
        test: pair(Part::Test),
    };
    override_pair(&mut layout.train, &choice.x, &choice.y);
    override_pair(&mut layout.test, &choice.x_test, &choice.y_test);
    let alone = |pair: &Option<Pair>| pair.as_ref().is_some_and(|p| p.x.is_empty() || p.y.is_empty());
    if alone(&layout.train) || alone(&layout.test) {
        return Err(Error::usage("--x and --y go together here, since nothing was found for the other; name both"));
    }
    match (&layout.train, &layout.test) {
        (None, None) => Err(Error::data(format!(
            "no features with labels were found: the file holds {}; {}",
            list(arrays),
            unpaired(arrays)
        ))),
        _ => Ok(layout),
    }
}

/// The way out where no two of `arrays` are features and labels. Names help only where there are two arrays to name.
fn unpaired(arrays: &[Array]) -> &'static str {
    let usable = arrays.iter().filter(|array| !array.shape.is_empty() && array.kind != Kind::Other).count();
    match usable {
        0 | 1 if arrays.iter().any(|array| array.dtype == STRUCTURED) => {
            "a structured array holds features and labels in one; take it apart, where its last field is the label: \
             python -c \"import h5py, numpy; f = h5py.File('FILE', 'a'); t = f['NAME'][()]; c = t.dtype.names; f['y'] = \
             t[c[-1]]; f['x'] = numpy.column_stack([t[k] for k in c[:-1]])\""
        }
        0 => "give a file with an array `x` of features, a row each, and an array `y` of labels",
        1 => {
            "it is one array, where --x NAME and --y NAME would need two: features and labels; add the other to this file"
        }
        _ => "name them with --x NAME --y NAME",
    }
}

/// Replaces the names of a pair by those that the user gave. A name that is neither found nor given stays empty.
fn override_pair(pair: &mut Option<Pair>, x: &Option<String>, y: &Option<String>) {
    if x.is_none() && y.is_none() {
        return;
    }
    let found = pair.take().unwrap_or(Pair { x: String::new(), y: String::new() });
    let trim = |name: &String| name.trim_matches('/').to_string();
    *pair = Some(Pair { x: x.as_ref().map_or(found.x, trim), y: y.as_ref().map_or(found.y, trim) });
}

/// The array whose name says that it is the features (or labels) of `part`; the one of the shortest name if there are
/// several.
fn named(arrays: &[Array], part: Part, features: bool) -> Option<String> {
    let fits = |a: &&Array| {
        read(&a.name) == Some((part, features)) && !a.shape.is_empty() && (!features || a.kind != Kind::Text)
    };
    arrays.iter().filter(fits).min_by_key(|a| a.name.len()).map(|a| a.name.clone())
}

/// Two arrays of equal length, one of them wide and the other narrow, if the file has no others of these kinds. A file
/// with a validation or a test part has training data of its own name or none.
fn only(arrays: &[Array]) -> Option<Pair> {
    let width = |a: &Array| a.extent().map_or(0, |(_, width)| width);
    let held = |a: &Array| matches!(read(&a.name), Some((Part::Validation | Part::Test, _)));
    if arrays.iter().any(held) {
        return None;
    }
    let mut wide = arrays.iter().filter(|a| a.shape.len() > 1 && width(a) > 1 && a.kind != Kind::Text);
    let x = wide.next()?;
    let mut narrow =
        arrays.iter().filter(|a| !a.shape.is_empty() && width(a) == 1 && a.shape.first() == x.shape.first());
    let y = narrow.next()?;
    (wide.next().is_none() && narrow.next().is_none()).then(|| Pair { x: x.name.clone(), y: y.name.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_name_arrays_that_are_not_there() {
        let array = |name: &str, shape: &[usize], kind, dtype: &str| Array {
            name: name.into(),
            shape: shape.to_vec(),
            kind,
            dtype: dtype.into(),
        };
        let refused = |arrays: &[Array]| find_layout(arrays, &Choice::default()).unwrap_err().to_string();
        let (x, y) = (array("x", &[9, 2], Kind::Float, "float32"), array("p", &[9, 2], Kind::Float, "float32"));
        assert!(refused(&[]).contains("give a file with an array `x`"));
        assert!(refused(std::slice::from_ref(&x)).contains("add the other to this file"));
        assert!(refused(&[array("table", &[9], Kind::Other, STRUCTURED)]).contains("take it apart"));
        assert!(refused(&[x, y]).contains("--x NAME --y NAME"));
    }

    #[test]
    fn names_in_the_wild_are_understood() {
        let cases = [
            ("x_train", Part::Train, true),
            ("Y_test", Part::Test, false),
            ("X_train_data", Part::Train, true),
            ("train_set_x", Part::Train, true),
            ("test_set_y", Part::Test, false),
            ("train/data", Part::Train, true),
            ("train/target", Part::Train, false),
            ("images", Part::Whole, true),
            ("labels", Part::Whole, false),
            ("y_val", Part::Validation, false),
            ("y_train_data", Part::Train, false),
            ("label", Part::Whole, false),
        ];
        for (name, part, features) in cases {
            assert_eq!(read(name), Some((part, features)), "{name}");
        }
        assert_eq!(read("list_classes_and_more_words"), None);
    }
}
