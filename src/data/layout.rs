//! Which arrays of a file are features and which are labels: the names people use, in one table.
//!
//! Pure: it sees names and shapes only. On the path of a batch it stands between an open file and its first read.

use super::array::{Array, Kind, list};
use crate::error::{Error, Result};

/// What the user named; everything else is found.
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

/// Features and the labels that belong to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// The name of the features.
    pub x: String,
    /// The name of the labels.
    pub y: String,
}

/// The halves of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// What is trained on.
    pub train: Option<Pair>,
    /// What is watched during training.
    pub validation: Option<Pair>,
    /// What is touched once, at the end.
    pub test: Option<Pair>,
}

const FEATURES: [&str; 9] = ["x", "data", "images", "features", "image", "inputs", "input", "x_data", "samples"];
const LABELS: [&str; 10] =
    ["y", "label", "labels", "target", "targets", "class", "classes", "outputs", "output", "y_data"];
const HALVES: [(Half, &[&str]); 3] = [
    (Half::Train, &["train", "training", "trn", "tr"]),
    (Half::Validation, &["val", "valid", "validation", "dev"]),
    (Half::Test, &["test", "testing", "tst", "te"]),
];

/// A part of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Half {
    /// All rows of a file that has but one part.
    Whole,
    /// The rows that are learned.
    Train,
    /// The rows that choices are made on.
    Validation,
    /// The rows that are touched once, at the end.
    Test,
}

impl Half {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Half::Whole => "rows",
            Half::Train => "training rows",
            Half::Validation => "validation part",
            Half::Test => "test half",
        }
    }
}

/// Reads a name as (half, is it features): `X_train_data` is the training half's features.
fn read(name: &str) -> Option<(Half, bool)> {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty() && *w != "set").collect();
    let half =
        HALVES.iter().find(|(_, names)| words.iter().any(|w| names.contains(w))).map_or(Half::Whole, |(half, _)| *half);
    let rest: Vec<&str> = words.into_iter().filter(|w| !HALVES.iter().any(|(_, names)| names.contains(w))).collect();
    let is = |names: &[&str]| rest.iter().filter(|w| names.contains(w)).count();
    match (is(&LABELS), is(&FEATURES)) {
        _ if rest.len() > 3 => None,
        (0, 0) => None,
        // `y_train_data` says label first and a neutral word after it; `images/labels` the other way round.
        (0, _) => Some((half, true)),
        (_, 0) => Some((half, false)),
        _ => Some((half, rest.first().is_some_and(|w| FEATURES.contains(w) && *w != "data"))),
    }
}

/// The halves of a file with these arrays.
///
/// # Errors
/// Nothing that could be features with labels; the message lists what is there.
pub fn find(arrays: &[Array], choice: &Choice) -> Result<Layout> {
    let pair = |half| Some(Pair { x: named(arrays, half, true)?, y: named(arrays, half, false)? });
    let mut layout = Layout {
        train: pair(Half::Train).or_else(|| pair(Half::Whole)).or_else(|| only(arrays)),
        validation: pair(Half::Validation),
        test: pair(Half::Test),
    };
    override_pair(&mut layout.train, &choice.x, &choice.y);
    override_pair(&mut layout.test, &choice.x_test, &choice.y_test);
    let half = |pair: &Option<Pair>| pair.as_ref().is_some_and(|p| p.x.is_empty() || p.y.is_empty());
    if half(&layout.train) || half(&layout.test) {
        return Err(Error::usage("--x and --y go together here, since nothing was found for the other; name both"));
    }
    match (&layout.train, &layout.test) {
        (None, None) => Err(Error::data(format!(
            "no features with labels were found: the file holds {}; name them with --x NAME --y NAME",
            list(arrays)
        ))),
        _ => Ok(layout),
    }
}

fn override_pair(pair: &mut Option<Pair>, x: &Option<String>, y: &Option<String>) {
    if x.is_none() && y.is_none() {
        return;
    }
    let found = pair.take().unwrap_or(Pair { x: String::new(), y: String::new() });
    let trim = |name: &String| name.trim_matches('/').to_string();
    *pair = Some(Pair { x: x.as_ref().map_or(found.x, trim), y: y.as_ref().map_or(found.y, trim) });
}

/// The array whose name says it is the features (or labels) of `half`; the shortest name if several do.
fn named(arrays: &[Array], half: Half, features: bool) -> Option<String> {
    let fits = |a: &&Array| {
        read(&a.name) == Some((half, features)) && !a.shape.is_empty() && (!features || a.kind != Kind::Text)
    };
    arrays.iter().filter(fits).min_by_key(|a| a.name.len()).map(|a| a.name.clone())
}

/// Two arrays of equal length, one of them wide and the other label-like, where there are no others.
fn only(arrays: &[Array]) -> Option<Pair> {
    let width = |a: &Array| a.shape.iter().skip(1).product::<usize>();
    let held = |a: &Array| matches!(read(&a.name), Some((Half::Validation | Half::Test, _)));
    if arrays.iter().any(held) {
        return None;
    }
    let mut wide = arrays.iter().filter(|a| a.shape.len() > 1 && width(a) > 1 && a.kind != Kind::Text);
    let x = wide.next()?;
    let mut narrow = arrays.iter().filter(|a| !a.shape.is_empty() && width(a) == 1 && a.shape[0] == x.shape[0]);
    let y = narrow.next()?;
    (wide.next().is_none() && narrow.next().is_none()).then(|| Pair { x: x.name.clone(), y: y.name.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_wild_are_understood() {
        let cases = [
            ("x_train", Half::Train, true),
            ("Y_test", Half::Test, false),
            ("X_train_data", Half::Train, true),
            ("train_set_x", Half::Train, true),
            ("test_set_y", Half::Test, false),
            ("train/data", Half::Train, true),
            ("train/target", Half::Train, false),
            ("images", Half::Whole, true),
            ("labels", Half::Whole, false),
            ("y_val", Half::Validation, false),
            ("y_train_data", Half::Train, false),
            ("label", Half::Whole, false),
        ];
        for (name, half, features) in cases {
            assert_eq!(read(name), Some((half, features)), "{name}");
        }
        assert_eq!(read("list_classes_and_more_words"), None);
    }
}
