//! A classification problem out of one or two files: found, read, checked, split and scaled.
//!
//! The order matters. The scale is learned after the split and from training rows alone, and the test half is read with
//! the classes and the scale of the training half. How one part is read and refused stands in `parts`. On the path of a
//! batch this makes blocks of files.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::sync::Arc;

use super::augment::{Augment, Poses};
use super::block::Block;
use super::columns::described;
use super::hdf5::DataFile;
use super::known::Known;
use super::layout::{Layout, find_layout};
use super::parts::{arrays_of, load_or_stream, no_training_half, open, read_pair, refine, second};
use super::prepare::Lesson;
use super::profiled::profile;
use super::request::Request;
use super::split::{self, Fold};
use super::{Classes, Memory, Missing};
use crate::error::Result;
use crate::preparation::Preparation;
use crate::profile::Profile;
use crate::sketch::Sketch;

/// How many images are looked at to learn what lies around them.
const LOOKED_AT: usize = 1000;

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
        let (held, survey) = load_or_stream(file.features(&x)?, file, &rest, (request.missing == Missing::Fill, room))?;
        let whole = Block::over(held, labels, survey.low.len());
        let streamed = whole.streamed();
        if streamed {
            *room /= 2; // half of it belongs to the window of the stream
        }
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

    /// The same problem, in which the rows that were held out are those that the end is judged on, and this share of each class
    /// of the learned rows is held out in their place: so the rows that judge have chosen nothing, no epoch either.
    pub fn nested(&self, share: f64, seed: u64) -> Self {
        let (rest, held_out) = split::stratified(&self.train.labels(), share, seed);
        let picked = |places: Vec<u32>| self.train.pick(places.into_iter().map(|place| place as usize));
        Data { train: picked(rest), validation: picked(held_out), test: Some(self.validation.clone()), ..self.clone() }
    }

    /// The number of rows that the file has to train on, those included that were split off to validate on: what
    /// [`training_rows`](super::training_rows) finds without reading them.
    pub fn training_rows(&self) -> usize {
        let split_off = if self.layout.validation.is_some() { 0 } else { self.validation.len() };
        self.train.len().saturating_add(split_off)
    }

    /// The same rows as they are in the file, but with missing values filled.
    ///
    /// # Errors
    /// As [`Data::seen_by`].
    pub fn raw(&self) -> Result<Self> {
        self.seen_by(&Preparation { fill: self.preparation.fill.clone(), ..Preparation::default() })
    }

    /// The rows that are held out to validate on, if there are any.
    pub fn held_out(&self) -> Option<&Block> {
        Some(&self.validation).filter(|block| !block.is_empty())
    }

    /// The rows that a model is judged on: those that are held out, and without any those that are learned.
    pub fn judging(&self) -> &Block {
        self.held_out().unwrap_or(&self.train)
    }

    /// How many training rows each class has.
    pub fn counts(&self) -> Vec<usize> {
        self.train.counts(self.classes.names.len())
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
