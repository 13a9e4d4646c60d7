//! A classification problem out of one or two files: found, read, checked, split and scaled.
//!
//! The order matters: the scale is learned after the split, from training rows alone, and the test half is read
//! with the classes and the scale of the training half.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::array::Array;
use super::hdf5::{File, Table};
use super::layout::{self, Choice, Layout, Pair};
use super::stream::Stream;
use super::survey::survey;
use super::{Augment, Block, Classes, Home, Memory, Poses, Scale, Survey, split};
use crate::error::{Error, Result};
use crate::sketch::Sketch;

/// The digits that `backburn train` trains on without a file, see data/README.md.
const DIGITS: &[u8] = include_bytes!("../../data/digits.hdf5");

/// What to read and how to prepare it.
#[derive(Clone, Debug, PartialEq)]
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
    /// How images are moved before they are learned, and how far.
    pub augment: (Augment, f64),
    /// The seed of the split.
    pub seed: u64,
    /// How many bytes features may take.
    pub memory: Memory,
}

impl Default for Request {
    /// The built-in digits as they lie: nothing named, nothing split off, scaled if need be.
    fn default() -> Self {
        Request {
            file: None,
            test: None,
            choice: Choice::default(),
            validation: 0.0,
            scale: Scale::Auto,
            augment: (Augment::None, 1.0),
            seed: 0,
            memory: Memory::free(),
        }
    }
}

/// A classification problem, ready to be learned.
#[derive(Clone)]
pub struct Data {
    /// Where it came from, for messages.
    pub name: String,
    /// The rows that are learned.
    pub train: Block,
    /// The poses in which they are learned, if they are images that are to be moved.
    pub poses: Option<Poses>,
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
    /// What black and white are in the file, should the rows be images.
    pub tones: Option<(f32, f32)>,
    /// The arrays that were taken for each part.
    pub layout: Layout,
    /// The least and the greatest feature that is learned, as they are in the file.
    pub range: (f32, f32),
    /// Where the scaled columns of the learned rows lie.
    pub sketch: Sketch,
    /// Whether a program gave the rows, see [`Data::given`], instead of a file.
    pub given: bool,
}

impl Data {
    /// Reads what `request` asks for. Rows find a place in its memory in this order: those learned, those to validate
    /// on, those to test on; what finds none is streamed.
    ///
    /// # Errors
    /// Everything that can be wrong with data, each with its own sentence.
    pub fn load(request: &Request) -> Result<Self> {
        let file = open(request.file.as_deref())?;
        let layout = layout::find(&file.arrays(), &request.choice).map_err(|e| refine(e, &file))?;
        let pair = layout.train.clone().ok_or_else(|| no_training_half(&file))?;
        let (x, y) = raw(&file, &pair)?;
        let mut room = request.memory.0;
        let labels = file.labels(&y, Memory::free().0)?;
        let (classes, labels) = Classes::learn(&labels, &y.shape, file.class_names().as_deref(), &y.name)?;
        let (rest, split_off) = match &layout.validation {
            Some(_) => ((0..labels.len() as u32).collect(), Vec::new()),
            None => split::stratified(&labels, request.validation, request.seed),
        };
        let (home, survey) = settle(file.features(&x)?, &file, &rest, &mut room)?;
        let whole = Block::at(home, labels, survey.low.len());
        room /= 1 + usize::from(whole.streamed()); // half is the window's
        let (train, validation) = (whole.select(rest), whole.select(split_off).resident(room / 2)?);
        let moved = request.augment.0 != Augment::None; // from one feature to another, so all have one scale
        let scale = Arc::new(request.scale.learn(&survey, &train, moved)?);
        let mut data = Data {
            name: file.path().display().to_string(),
            train: train.scaled(&scale),
            poses: None,
            validation: validation.scaled(&scale),
            test: None,
            classes,
            shape: file.row_shape(&x),
            scale: scale.to_vec(),
            tones: survey.tones(),
            layout: layout.clone(),
            range: survey.range(),
            sketch: Sketch::default(),
            given: false,
        };
        data.sketch = data.train.sketch()?;
        data.poses = Poses::new(request, &data)?;
        if let Some(pair) = &layout.validation {
            data.validation = read_pair(&file, pair, &data.known(), &mut room)?.0;
        }
        room = room.max(request.memory.0 / 8); // what is left may be nothing, and a stream needs a few slabs
        data.test = match (&request.test, &layout.test) {
            (Some(path), _) => {
                let file = File::open(path)?;
                let (pair, _) = second(&file, &request.choice)?;
                Some(read_pair(&file, &pair, &data.known(), &mut room)?.0)
            }
            (None, Some(pair)) => Some(read_pair(&file, pair, &data.known(), &mut room)?.0),
            (None, None) => None,
        };
        Ok(data)
    }

    /// The same problem, of whose streamed parts a sample in memory stands for all: for experiments, which look at rows
    /// again and again.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn thinned(&self) -> Result<Self> {
        Ok(Data {
            train: self.train.thinned()?,
            validation: self.validation.thinned()?,
            test: self.test.as_ref().map(Block::thinned).transpose()?,
            ..self.clone()
        })
    }

    /// The same rows as a model sees them that was trained in another scale.
    pub fn in_scale(&self, scale: &[(f32, f32)]) -> Self {
        let scale = Arc::new(scale.to_vec());
        Data {
            train: self.train.clone().scaled(&scale),
            validation: self.validation.clone().scaled(&scale),
            test: self.test.clone().map(|test| test.scaled(&scale)),
            scale: scale.to_vec(),
            ..self.clone()
        }
    }

    /// The rows of each class that are learned.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.names.len()];
        self.train.labels().iter().for_each(|&y| counts[y as usize] += 1);
        counts
    }

    fn known(&self) -> Known<'_> {
        Known {
            classes: &self.classes,
            shape: &self.shape,
            scale: &self.scale,
            tones: self.tones,
            range: Some(self.range),
            sketch: Some(&self.sketch),
        }
    }

    /// The parts that are streamed, by name.
    pub fn streamed(&self) -> Vec<&'static str> {
        let parts =
            [("training", Some(&self.train)), ("validation", Some(&self.validation)), ("test", self.test.as_ref())];
        parts.into_iter().filter(|(_, part)| part.is_some_and(|b| b.streamed() && !b.is_empty())).map(|p| p.0).collect()
    }
}

/// What a trained model knows of the data it takes.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Its classes.
    pub classes: &'a Classes,
    /// The shape of a row.
    pub shape: &'a [usize],
    /// The scale of a row's features.
    pub scale: &'a [(f32, f32)],
    /// What black and white pixels are, if that is known.
    pub tones: Option<(f32, f32)>,
    /// The least and the greatest feature that was learned, if that is known.
    pub range: Option<(f32, f32)>,
    /// Where the scaled columns lay that were learned, if that is known.
    pub sketch: Option<&'a Sketch>,
}

/// Opens `path`, or the built-in digits without one.
///
/// # Errors
/// As [`File::open`].
pub fn open(path: Option<&Path>) -> Result<File> {
    path.map_or_else(|| File::from_bytes("the built-in digits", DIGITS), File::open)
}

/// The arrays of the test half, and whether it is one; without it those of the only part.
pub(super) fn second(file: &File, choice: &Choice) -> Result<(Pair, bool)> {
    let layout = layout::find(&file.arrays(), choice).map_err(|e| refine(e, file))?;
    let is_test = layout.test.is_some();
    let pair = layout.test.or(layout.train).ok_or_else(|| no_training_half(file))?;
    Ok((pair, is_test))
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
        (Some(_), _) if x.extent().is_some_and(|(_, width)| width == 0) => Err(Error::data(format!(
            "rows have no features: {x} of `{path}`; pass --x NAME to choose another data set"
        ))),
        (Some(&m), _) if u32::try_from(m).is_err() => {
            Err(Error::data(format!("{m} rows are more than can be numbered: {x} of `{path}`; give fewer than 2^32")))
        }
        (Some(m), Some(n)) if m == n => Ok((x, y)),
        (None, _) | (_, None) => Err(Error::data(format!(
            "features and labels need one row each for every example: {x} and {y} of `{path}`; pass --x NAME --y NAME"
        ))),
        (Some(m), Some(n)) => Err(Error::data(format!(
            "{m} rows of features but {n} labels: {x} and {y} of `{path}`; pass --x NAME --y NAME to choose others"
        ))),
    }
}

/// Gives the rows of `table` a home in memory, whose bytes leave `room`, or in their file; they are all finite. The
/// range in the survey is that of `rows`.
pub(super) fn settle(table: Table, file: &File, rows: &[u32], room: &mut usize) -> Result<(Home, Survey)> {
    let (survey, features) = survey(&table, rows, *room)?;
    if let (n @ 1.., Some(first)) = (survey.nonfinite, survey.first) {
        return Err(Error::data(format!(
            "{n} features are not finite, the first in row {first}: {} of `{}`; drop those rows or fill the gaps before training",
            table.array,
            file.path().display()
        )));
    }
    match features {
        Some(features) => {
            *room = room.saturating_sub(features.size() * table.rows * table.width);
            Ok((Home::Memory(features), survey))
        }
        None => Ok((Home::File(Box::new(Stream::new(table, &survey, *room)?)), survey)),
    }
}

/// The labelled rows of a pair for a model, and what they are like before they are scaled.
pub(super) fn read_pair(file: &File, pair: &Pair, known: &Known, room: &mut usize) -> Result<(Block, Survey)> {
    let (x, y) = raw(file, pair)?;
    let expected: usize = known.shape.iter().product();
    let table = file.features(&x)?;
    if table.width != expected {
        return Err(Error::data(format!(
            "the model was trained on {expected} features a row and these have {}: {x} of `{}`; give data of shape {:?}",
            table.width,
            file.path().display(),
            known.shape
        )));
    }
    let labels = known.classes.encode(&file.labels(&y, Memory::free().0)?, &y.shape, &y.name)?;
    let rows: Vec<u32> = (0..labels.len() as u32).collect();
    let (home, survey) = settle(table, file, &rows, room)?;
    Ok((Block::at(home, labels, expected).scaled(&Arc::new(known.scale.to_vec())), survey))
}
