//! A classification problem out of one or two files: found, read, checked, split and scaled.
//!
//! The order matters: the scale is learned after the split, from training rows alone, and the test half is read
//! with the classes and the scale of the training half.

use std::path::{Path, PathBuf};

use super::array::Array;
use super::features::Features;
use super::hdf5::File;
use super::layout::{self, Choice, Pair};
use super::{Block, Classes, Scale, scale, split};
use crate::error::{Error, Result};

/// The digits that `backburn train` trains on without a file, see data/README.md.
const DIGITS: &[u8] = include_bytes!("../../data/digits.hdf5");

/// What to read and how to prepare it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The file; the built-in digits without one.
    pub file: Option<PathBuf>,
    /// A second file with the test half.
    pub test: Option<PathBuf>,
    /// The arrays that the user named.
    pub choice: Choice,
    /// The share of training rows split off to validate on, where the file has no such half.
    pub validation: f64,
    /// How features are scaled.
    pub scale: Scale,
    /// The seed of the split.
    pub seed: u64,
}

impl Default for Request {
    /// The built-in digits as they lie: nothing named, nothing split off, scaled if need be.
    fn default() -> Self {
        Request { file: None, test: None, choice: Choice::default(), validation: 0.0, scale: Scale::Auto, seed: 0 }
    }
}

/// A classification problem, ready to be learned.
pub struct Data {
    /// Where it came from, for messages.
    pub name: String,
    /// The rows that are learned.
    pub train: Block,
    /// The rows that choices are made on; empty without a validation part.
    pub validation: Block,
    /// The rows that are touched once, at the end.
    pub test: Option<Block>,
    /// The classes.
    pub classes: Classes,
    /// The shape of one row in the file.
    pub shape: Vec<usize>,
    /// The scale that was learned and applied, see [`Scale::learn`].
    pub scale: Vec<(f32, f32)>,
}

impl Data {
    /// Reads what `request` asks for.
    ///
    /// # Errors
    /// Everything that can be wrong with data, each with its own sentence.
    pub fn load(request: &Request) -> Result<Self> {
        let file = open(request.file.as_deref())?;
        let layout = layout::find(&file.arrays(), &request.choice).map_err(|e| refine(e, &file))?;
        let pair = layout.train.clone().ok_or_else(|| no_training_half(&file))?;
        let (x, y) = raw(&file, &pair)?;
        let labels = file.labels(&y, budget())?;
        let (classes, labels) = Classes::learn(&labels, &y.shape, file.class_names().as_deref(), &y.name)?;
        let (mut numbers, width) = features(&file, &x)?;
        let whole = Block::new(Vec::new(), labels, width);
        let (rest, split_off) = match &layout.validation {
            Some(_) => (whole.clone(), whole.select(Vec::new())),
            None => split::stratified(&whole, request.validation, request.seed),
        };
        let rows = rest.rows.iter().map(|&row| &numbers[row as usize * width..(row as usize + 1) * width]);
        let learned = request.scale.learn(rows, width);
        scale::apply(&learned, &mut numbers);
        let numbers = std::sync::Arc::new(Features::pack(numbers));
        let fill = |block: Block| Block { x: numbers.clone(), ..block };
        let mut data = Data {
            name: file.path().display().to_string(),
            train: fill(rest),
            validation: fill(split_off),
            test: None,
            classes,
            shape: x.shape.get(1..).filter(|s| !s.is_empty()).unwrap_or(&[1]).to_vec(),
            scale: learned,
        };
        if let Some(pair) = &layout.validation {
            data.validation = data.read(&file, pair)?;
        }
        data.test = match (&request.test, &layout.test) {
            (Some(path), _) => {
                let file = File::open(path)?;
                let pair = second(&file, &request.choice)?;
                Some(data.read(&file, &pair)?)
            }
            (None, Some(pair)) => Some(data.read(&file, pair)?),
            (None, None) => None,
        };
        Ok(data)
    }

    fn read(&self, file: &File, pair: &Pair) -> Result<Block> {
        read_pair(file, pair, &self.classes, &self.shape, &self.scale)
    }
}

/// Reads the labelled rows of `path` for a model that knows its classes, input shape and scale: the test half where
/// there is one, else the only pair.
///
/// # Errors
/// As [`Data::load`], and rows of another width or class than the model's.
pub fn read_block(
    path: Option<&Path>,
    choice: &Choice,
    classes: &Classes,
    shape: &[usize],
    scale: &[(f32, f32)],
) -> Result<Block> {
    let file = open(path)?;
    let pair = second(&file, choice)?;
    read_pair(&file, &pair, classes, shape, scale)
}

/// How many bytes one array may take: half of what the machine has free.
pub fn budget() -> usize {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    usize::try_from(system.available_memory() / 2).unwrap_or(usize::MAX).max(256 << 20)
}

/// Opens `path`, or the built-in digits without one.
///
/// # Errors
/// As [`File::open`].
pub fn open(path: Option<&Path>) -> Result<File> {
    path.map_or_else(|| File::from_bytes("the built-in digits", DIGITS), File::open)
}

fn second(file: &File, choice: &Choice) -> Result<Pair> {
    let layout = layout::find(&file.arrays(), choice).map_err(|e| refine(e, file))?;
    layout.test.or(layout.train).ok_or_else(|| no_training_half(file))
}

fn no_training_half(file: &File) -> Error {
    Error::data(format!(
        "`{}` has no training half; give the file that has one, and this one as --test FILE",
        file.path().display()
    ))
}

/// Says of a file without data what it is instead.
fn refine(error: Error, file: &File) -> Error {
    if !file.is_keras_weights() {
        return match error {
            Error::Data(text) => Error::Data(format!("{text} (in `{}`)", file.path().display())),
            other => other,
        };
    }
    Error::data(format!(
        "`{}` holds the weights of a Keras model, not data; give the file that the model was trained on",
        file.path().display()
    ))
}

/// The two arrays of a pair, as many labels as rows.
fn raw(file: &File, pair: &Pair) -> Result<(Array, Array)> {
    let (x, y) = (file.array(&pair.x)?, file.array(&pair.y)?);
    let path = file.path().display();
    match (x.shape.first(), y.shape.first()) {
        (Some(0), _) => Err(Error::data(format!("there are no rows: {x} of `{path}`; give a file with data"))),
        (Some(m), Some(n)) if m == n => Ok((x, y)),
        (None, _) | (_, None) => Err(Error::data(format!(
            "features and labels need one row each for every example: {x} and {y} of `{path}`; pass --x NAME --y NAME"
        ))),
        (Some(m), Some(n)) => Err(Error::data(format!(
            "{m} rows of features but {n} labels: {x} and {y} of `{path}`; pass --x NAME --y NAME to choose others"
        ))),
    }
}

/// Reads finite features and their width.
fn features(file: &File, x: &Array) -> Result<(Vec<f32>, usize)> {
    let numbers = file.features(x, budget())?;
    let width = x.extent().map_or(1, |(_, width)| width).max(1);
    let bad = numbers.iter().filter(|v| !v.is_finite()).count();
    if bad > 0 {
        let first = numbers.iter().position(|v| !v.is_finite()).unwrap_or(0) / width;
        return Err(Error::data(format!(
            "{bad} features are not finite, the first in row {first}: {x} of `{}`; drop those rows or fill the gaps before training",
            file.path().display()
        )));
    }
    Ok((numbers, width))
}

fn read_pair(file: &File, pair: &Pair, classes: &Classes, shape: &[usize], scale: &[(f32, f32)]) -> Result<Block> {
    let (x, y) = raw(file, pair)?;
    let expected: usize = shape.iter().product();
    let (mut numbers, width) = features(file, &x)?;
    if width != expected {
        return Err(Error::data(format!(
            "the model was trained on {expected} features a row and these have {width}: {x} of `{}`; give data of shape {shape:?}",
            file.path().display()
        )));
    }
    let labels = classes.encode(&file.labels(&y, budget())?, &y.shape, &y.name)?;
    scale::apply(scale, &mut numbers);
    Ok(Block::new(numbers, labels, width))
}
