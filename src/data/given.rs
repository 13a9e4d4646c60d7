//! A classification problem of rows that a program has in memory instead of a file.
//!
//! It is checked, split and scaled like one that is read, and can be prepared again in another way, since an experiment
//! may want another scale.

use std::sync::Arc;

use super::augment::Augment;
use super::block::Block;
use super::labels::{Classes, Labels};
use super::layout::Layout;
use super::prepare::{Lesson, Missing};
use super::profiled::profile;
use super::request::Request;
use super::source::Data;
use crate::error::{Error, Result};
use crate::profile::Profile;
use crate::sketch::Sketch;

/// Labelled rows that a program has in memory.
#[derive(Clone, Debug)]
pub struct Arrays {
    /// The features, row-major `[rows, width]`.
    pub x: Vec<f32>,
    /// The label of every row.
    pub y: Labels,
    /// The shape of one row, such as `[28, 28]`; it says whether rows are images, which can be moved.
    pub shape: Vec<usize>,
}

impl Arrays {
    /// The number of rows.
    ///
    /// # Errors
    /// Features and labels do not agree about it, or a feature is not finite.
    fn rows(&self, name: &str, missing: Missing) -> Result<usize> {
        let (width, rows) = (self.shape.iter().product::<usize>(), self.y.len());
        if width == 0 || self.x.len() != rows * width {
            return Err(Error::data(format!(
                "{rows} rows of shape {:?} do not make {} features: `{name}`; give as many labels as rows",
                self.shape,
                self.x.len()
            )));
        }
        match self.x.iter().position(|v| v.is_infinite() || v.is_nan() && missing == Missing::Refuse) {
            Some(bad) => Err(Error::data(format!(
                "a feature is not finite, in row {}: `{name}`; drop the row or fill the gap before training",
                bad / width
            ))),
            None => Ok(rows),
        }
    }
}

impl Data {
    /// The problem of learning the rows of `train`, prepared as `request` says, whose files are not looked at; `name` is
    /// for messages.
    ///
    /// ```
    /// use backburn::data::{Arrays, Data, Labels, Request};
    /// let x = vec![0.0, 0.1, 1.0, 0.9, 0.1, 0.0, 0.9, 1.0]; // [4, 2]
    /// let y = Labels::Text(["low", "high", "low", "high"].map(String::from).to_vec());
    /// let data = Data::given("corners", Arrays { x, y, shape: vec![2] }, None, &Request::default())?;
    /// assert_eq!((data.train.len(), data.train.width()), (4, 2));
    /// assert_eq!(data.classes.names, ["high", "low"]);
    /// # Ok::<(), backburn::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Features and labels do not agree, a feature is not finite, or the labels are no classes.
    pub fn given(name: &str, train: Arrays, test: Option<Arrays>, request: &Request) -> Result<Self> {
        let rows = train.rows(name, request.missing)?;
        let (classes, y) = Classes::learn(&train.y, &[rows], None, name)?;
        let block = |arrays: Arrays, y| Block::new(arrays.x, y, arrays.shape.iter().product());
        let test = match test {
            Some(test) if test.shape == train.shape => {
                let y = classes.encode(&test.y, &[test.rows(name, request.missing)?], None, name)?;
                Some(block(test, y))
            }
            Some(test) => {
                let (here, there) = (train.shape, test.shape);
                return Err(Error::data(format!("rows of shape {here:?} to learn, {there:?} to test: `{name}`")));
            }
            None => None,
        };
        let (name, shape) = (name.to_string(), train.shape.clone());
        let train = block(train, y);
        let validation = train.pick(0..0);
        let (poses, preparation, tones) = (None, Arc::default(), None);
        let (layout, range, sketch, profile) = (Layout::default(), (0.0, 0.0), Sketch::default(), Profile::default()); // no arrays of a file; the rest follows
        let data = Data {
            name,
            train,
            poses,
            validation,
            test,
            classes,
            shape,
            preparation,
            tones,
            layout,
            range,
            sketch,
            profile,
            given: true,
        };
        data.prepared(request)
    }

    /// The same problem, split and scaled as `request` says: read again, or out of the memory that holds it.
    ///
    /// # Errors
    /// As [`Data::load`].
    pub fn prepared(&self, request: &Request) -> Result<Self> {
        if !self.given {
            return Data::load(request);
        }
        let whole = self.train.whole();
        let (rest, split_off) = request.split(&whole.labels());
        let train = whole.select(rest);
        let mut survey = train.survey()?;
        for block in [Some(&whole), self.test.as_ref()].into_iter().flatten() {
            survey.add_gaps(&block.clone().prepared(&Arc::default()).survey()?); // those of all parts are filled alike
        }
        let alike = request.augment.0 != Augment::None;
        let lesson = Lesson { block: &train, survey: &survey, shape: &self.shape, columns: &[], alike };
        let preparation = Arc::new(lesson.learn(request.scale, request.missing)?);
        let train = train.prepared(&preparation);
        let data = Data {
            profile: profile(&train, &survey, &self.shape)?,
            range: survey.range(),
            sketch: train.sketch()?,
            train,
            poses: None,
            validation: whole.select(split_off).prepared(&preparation),
            test: self.test.clone().map(|test| test.prepared(&preparation)),
            preparation,
            tones: survey.tones(),
            ..self.clone()
        };
        data.posed(request.augment)
    }
}
