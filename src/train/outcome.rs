//! The outcome of a run: its best weights, or those of several runs together, measured on every part of the data.

use burn::tensor::Device;

use super::tables;
use crate::data::{Block, Data};
use crate::error::Result;
use crate::evaluate::{self, Report};
use crate::model::Classifier;
use crate::numerics::{Finding, Score};
use crate::run::Hold;

/// What a run reached.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The epoch of the best weights; 0 where several networks answer together.
    pub best_epoch: usize,
    /// On the rows learned.
    pub train: Score,
    /// On the validation part, if there is one.
    pub validation: Option<Score>,
    /// On the test half, if there is one.
    pub test: Option<Score>,
    /// What is wrong with the run as a whole.
    pub findings: Vec<Finding>,
    /// Which rows the report is about.
    pub judged: &'static str,
    /// On the test half; without one, on the validation part, or on the rows learned.
    pub report: Report,
}

impl Outcome {
    /// Measures `model` on every part, and writes the rows that it mistakes into the folder of `run`; the test half is
    /// touched here and nowhere else.
    ///
    /// # Errors
    /// No space, or a file that can no longer be read.
    pub fn measure(model: &impl Classifier, data: &Data, run: &Hold, device: &Device) -> Result<Self> {
        let score = |block: &Block| evaluate::score(model, block, device);
        let (judged, block) = match &data.test {
            Some(test) => ("test", test),
            None if !data.validation.is_empty() => ("validation", &data.validation),
            None => ("training", &data.train),
        };
        let (report, mistakes) = Report::of(model, block, device)?;
        let report = report.named(&data.classes.names);
        tables::mistakes(run, &report, &mistakes, &data.classes.names)?;
        Ok(Outcome {
            best_epoch: 0,
            train: score(&data.train)?,
            validation: Some(&data.validation).filter(|block| !block.is_empty()).map(score).transpose()?,
            test: data.test.as_ref().map(|_| report.score()),
            findings: Vec::new(),
            judged,
            report,
        })
    }
}
