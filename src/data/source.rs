//! A classification problem out of one or two files: found, read, checked, split and scaled.
//!
//! The order matters. The scale is learned after the split and from training rows alone, and the test half is read with
//! the classes and the scale of the training half. On the path of a batch this makes blocks of files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::array::Array;
use super::augment::{Augment, Poses};
use super::block::{Block, Held};
use super::columns::{apart, described};
use super::hdf5::{DataFile, Table};
use super::known::Known;
use super::layout::{Choice, Layout, Pair, find_layout};
use super::prepare::Lesson;
use super::profiled::profile;
use super::split::Fold;
use super::stream::Stream;
use super::survey::{Survey, survey};
use super::{Classes, Memory, Missing, Scale, split};
use crate::error::{Error, Result};
use crate::preparation::Preparation;
use crate::profile::Profile;
use crate::sketch::Sketch;

/// The digits that `backburn train` trains on without a file, see data/README.md.
const DIGITS: &[u8] = include_bytes!("../../data/digits.hdf5");
/// How many images are looked at to learn what lies around them.
const LOOKED_AT: usize = 1000;

/// What to read and how to prepare it.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The file, or `None` for the built-in digits.
    pub file: Option<PathBuf>,
    /// A second file with the test half.
    pub test: Option<PathBuf>,
    /// The arrays that the user named.
    pub choice: Choice,
    /// The share of training rows that is split off to validate on, if the file has no such part.
    pub validation: f64,
    /// The part of a cross-validation that is split off instead.
    pub fold: Option<Fold>,
    /// How features are scaled.
    pub scale: Scale,
    /// What is done about missing values.
    pub missing: Missing,
    /// How images are moved before they are learned, and how far.
    pub augment: (Augment, f64),
    /// The seed of the split.
    pub seed: u64,
    /// How many bytes features may take.
    pub memory: Memory,
}

impl Default for Request {
    /// The built-in digits as they are: no array named, nothing split off, scaled if need be.
    fn default() -> Self {
        Request {
            file: None,
            test: None,
            choice: Choice::default(),
            validation: 0.0,
            fold: None,
            scale: Scale::Auto,
            missing: Missing::Fill,
            augment: (Augment::None, 1.0),
            seed: 0,
            memory: Memory::free(),
        }
    }
}

impl Request {
    /// The numbers of the rows to learn and of those to validate on, where the file does not say which are which.
    pub(super) fn split(&self, labels: &[u32]) -> (Vec<u32>, Vec<u32>) {
        match self.fold {
            Some(fold) => split::fold(labels, fold, self.seed),
            None => split::stratified(labels, self.validation, self.seed),
        }
    }
}

/// A classification problem, ready to be learned.
#[derive(Clone)]
pub struct Data {
    /// The file it came from, for messages.
    pub name: String,
    /// The rows that are learned.
    pub train: Block,
    /// The poses in which the training rows are learned, if they are images that are to be moved.
    pub poses: Option<Poses>,
    /// The rows that choices are made on; empty if there is no validation part.
    pub validation: Block,
    /// The rows that are looked at once, at the end.
    pub test: Option<Block>,
    /// The classes.
    pub classes: Classes,
    /// The shape of one row in the file.
    pub shape: Vec<usize>,
    /// What was learned of how rows are prepared, and applied.
    pub preparation: Arc<Preparation>,
    /// What black and white are in the file, should the rows be images.
    pub tones: Option<(f32, f32)>,
    /// The arrays that were taken for each part.
    pub layout: Layout,
    /// The least and the greatest feature that is learned, as they are in the file.
    pub range: (f32, f32),
    /// Where the scaled columns of the learned rows lie.
    pub sketch: Sketch,
    /// What the columns are called and between what they lie, or how ink lies in the images.
    pub profile: Profile,
    /// Whether a program gave the rows, see [`Data::given`], instead of a file.
    pub given: bool,
}

impl Data {
    /// Reads what `request` asks for. Rows find a place in its memory in this order: those that are learned, those to
    /// validate on, those to test on. What finds none is streamed.
    ///
    /// # Errors
    /// Everything that can be wrong with data, each with its own sentence.
    pub fn load(request: &Request) -> Result<Self> {
        let file = open(request.file.as_deref())?;
        let layout = find_layout(file.arrays(), &request.choice).map_err(|e| refine(e, &file))?;
        let mut room = request.memory.0;
        let mut data = Self::learned(request, &file, &layout, &mut room)?.posed(request.augment)?;
        if let Some(pair) = &layout.validation {
            data.validation = read_pair(&file, pair, &data.known(), &mut room)?.0;
        }
        room = room.max(request.memory.0 / 8); // what is left may be nothing, and a stream needs a few slabs
        data.test = match (&request.test, &layout.test) {
            (Some(path), _) => {
                let file = DataFile::open(path)?;
                let (pair, _) = second(&file, &request.choice)?;
                Some(read_pair(&file, &pair, &data.known(), &mut room)?.0)
            }
            (None, Some(pair)) => Some(read_pair(&file, pair, &data.known(), &mut room)?.0),
            (None, None) => None,
        };
        Ok(data)
    }

    /// Reads the training rows and learns classes, split and scale from them. The memory that the rows take is taken off
    /// `room`.
    fn learned(request: &Request, file: &DataFile, layout: &Layout, room: &mut usize) -> Result<Self> {
        let pair = layout.train.clone().ok_or_else(|| no_training_half(file))?;
        let (x, y) = arrays_of(file, &pair)?;
        let labels = file.labels(&y, Memory::free().0)?;
        let (classes, labels) = Classes::learn(&labels, &y.shape, file.class_names()?.as_deref(), &y.name)?;
        let (rest, split_off) = match &layout.validation {
            Some(_) => ((0..labels.len() as u32).collect(), Vec::new()),
            None => request.split(&labels),
        };
        let (held, survey) = settle(file.features(&x)?, file, &rest, (request.missing == Missing::Fill, room))?;
        let whole = Block::over(held, labels, survey.low.len());
        let streamed = whole.streamed();
        *room /= 1 + usize::from(streamed); // half of it belongs to the window of the stream
        let (train, validation) = (whole.select(rest), whole.select(split_off).resident(*room / 2)?);
        if streamed {
            *room = room.saturating_sub(validation.bytes()); // rows of their own, which the stream does not hold
        }
        let alike = request.augment.0 != Augment::None; // a moved pixel meets the scale of its new place
        let shape = file.row_shape(&x)?;
        let profile = profile(&train, &survey, &shape)?;
        let columns = described(file, survey.low.len())?;
        let lesson = Lesson { block: &train, survey: &survey, shape: &shape, columns: &columns, alike };
        let preparation = Arc::new(lesson.learn(request.scale, request.missing)?);
        let train = train.prepared(&preparation);
        Ok(Data {
            name: file.path().display().to_string(),
            layout: layout.clone(),
            range: survey.range(),
            sketch: train.sketch()?,
            train,
            poses: None,
            validation: validation.prepared(&preparation),
            test: None,
            classes,
            shape,
            preparation,
            tones: survey.tones(),
            profile,
            given: false,
        })
    }

    /// The same problem, with the training images in poses of this kind and strength.
    ///
    /// # Errors
    /// The rows are no images, or the file of the rows can no longer be read.
    pub(super) fn posed(self, (kind, strength): (Augment, f64)) -> Result<Self> {
        if kind == Augment::None {
            return Ok(Data { poses: None, ..self });
        }
        let samples = self.train.pick(0..self.train.len().min(LOOKED_AT)).features()?;
        let poses = Poses::new(kind, strength, &self.shape, &self.name, &samples)?;
        Ok(Data { poses: Some(poses), ..self })
    }

    /// The same problem, with a sample in memory for each part that is streamed: for experiments, which go through the
    /// rows again and again.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub fn thinned(&self) -> Result<Self> {
        Ok(Data {
            train: self.train.thinned()?,
            validation: self.validation.thinned()?,
            test: self.test.as_ref().map(Block::thinned).transpose()?,
            ..self.clone()
        })
    }

    /// The same rows as a model sees them that was trained on rows prepared in this way.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub fn seen_by(&self, preparation: &Preparation) -> Result<Self> {
        if *self.preparation == *preparation {
            return Ok(self.clone());
        }
        let preparation = Arc::new(preparation.clone());
        let train = self.train.clone().prepared(&preparation);
        Ok(Data {
            sketch: train.sketch()?,
            train,
            validation: self.validation.clone().prepared(&preparation),
            test: self.test.clone().map(|test| test.prepared(&preparation)),
            preparation,
            ..self.clone()
        })
    }

    /// The same problem, in which this part of the learned and the held-out rows is held out. They are prepared as before,
    /// and it takes no memory. The rows to validate on must have been split off those that are learned.
    pub fn refolded(&self, fold: Fold, seed: u64) -> Self {
        let (rest, held_out) = split::fold(self.train.array_labels(), fold, seed);
        Data { train: self.train.select(rest), validation: self.train.select(held_out), ..self.clone() }
    }

    /// The number of rows that the file has to train on, those included that were split off to validate on: what
    /// [`training_rows`] finds without reading them.
    pub fn training_rows(&self) -> usize {
        let split_off = if self.layout.validation.is_some() { 0 } else { self.validation.len() };
        self.train.len() + split_off
    }

    /// The same rows as they are in the file, but with missing values filled.
    ///
    /// # Errors
    /// As [`Data::seen_by`].
    pub fn raw(&self) -> Result<Self> {
        self.seen_by(&Preparation { fill: self.preparation.fill.clone(), ..Preparation::default() })
    }

    /// How many training rows each class has.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.names.len()];
        self.train.labels().iter().for_each(|&y| counts[y as usize] += 1);
        counts
    }

    /// What a model trained on this data knows of data.
    fn known(&self) -> Known<'_> {
        Known {
            classes: &self.classes,
            shape: &self.shape,
            preparation: &self.preparation,
            tones: self.tones,
            range: Some(self.range),
            sketch: Some(&self.sketch),
        }
    }

    /// The names of the parts that are streamed.
    pub fn streamed(&self) -> Vec<&'static str> {
        let parts =
            [("training", Some(&self.train)), ("validation", Some(&self.validation)), ("test", self.test.as_ref())];
        parts.into_iter().filter(|(_, part)| part.is_some_and(|b| b.streamed() && !b.is_empty())).map(|p| p.0).collect()
    }
}

/// The number of rows that the file of `request` has to train on, those included that are split off to validate on.
///
/// # Errors
/// The file cannot be read, or it has no such rows.
pub fn training_rows(request: &Request) -> Result<usize> {
    let file = open(request.file.as_deref())?;
    let layout = find_layout(file.arrays(), &request.choice).map_err(|e| refine(e, &file))?;
    let pair = layout.train.ok_or_else(|| no_training_half(&file))?;
    Ok(arrays_of(&file, &pair)?.0.shape[0])
}

/// Opens `path`, or the built-in digits without one.
///
/// # Errors
/// As for [`DataFile::open`].
pub fn open(path: Option<&Path>) -> Result<DataFile> {
    path.map_or_else(|| DataFile::from_bytes("the built-in digits", DIGITS), DataFile::open)
}

/// The pair of a file that a model is tested on, and whether it is a test half; without one it is the only pair.
pub(super) fn second(file: &DataFile, choice: &Choice) -> Result<(Pair, bool)> {
    let layout = find_layout(file.arrays(), choice).map_err(|e| refine(e, file))?;
    let is_test = layout.test.is_some();
    let pair = layout.test.or(layout.train).ok_or_else(|| no_training_half(file))?;
    Ok((pair, is_test))
}

/// The error that a file has a test half alone.
fn no_training_half(file: &DataFile) -> Error {
    Error::data(format!(
        "`{}` has no training half; give the file that has one, and this one as --test FILE",
        file.path().display()
    ))
}

/// Adds the file to an error about its arrays, or says that it holds weights instead of data.
fn refine(error: Error, file: &DataFile) -> Error {
    if !file.is_keras_weights().unwrap_or(false) {
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

/// The two arrays of a pair, features and labels, of which there are as many as rows.
fn arrays_of(file: &DataFile, pair: &Pair) -> Result<(Array, Array)> {
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

/// Surveys the rows of `table` and gives them a home: in memory, if they fit into `room` bytes, of which theirs are then
/// taken off, otherwise in their file. The range in the survey is that of `rows` alone. NaN are allowed if they `may` be
/// missing values.
///
/// # Errors
/// A feature is not finite, or the file can no longer be read.
pub(super) fn settle(
    table: Table,
    file: &DataFile,
    rows: &[u32],
    (may, room): (bool, &mut usize),
) -> Result<(Held, Survey)> {
    let (survey, features) = survey(&table, rows, *room)?;
    let (count, first) = if may { survey.infinite } else { survey.nonfinite };
    if count > 0 {
        let what = if may { "infinite" } else { "not finite" };
        return Err(Error::data(format!(
            "{count} features are {what}, the first in row {first}: {} of `{}`; drop those rows or fill the gaps before training",
            table.array,
            file.path().display()
        )));
    }
    match features {
        Some(features) => {
            *room = room.saturating_sub(features.size() * table.rows * table.width);
            Ok((Held::Memory(features), survey))
        }
        None => Ok((Held::File(Box::new(Stream::new(table, &survey, *room)?)), survey)),
    }
}

/// Reads the rows of a pair for a model, encoded with its classes and prepared as it prepares them; the survey is that of the
/// rows as they are in the file.
pub(super) fn read_pair(file: &DataFile, pair: &Pair, known: &Known, room: &mut usize) -> Result<(Block, Survey)> {
    let (x, y) = arrays_of(file, pair)?;
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
    if let Some(column) = known.preparation.differs(&described(file, expected)?) {
        return Err(apart(column, file));
    }
    let labels = known.classes.encode(&file.labels(&y, Memory::free().0)?, &y.shape, &y.name)?;
    let rows: Vec<u32> = (0..labels.len() as u32).collect();
    let (held, survey) = settle(table, file, &rows, (known.preparation.fills(), room))?;
    Ok((Block::over(held, labels, expected).prepared(&Arc::new(known.preparation.clone())), survey))
}
