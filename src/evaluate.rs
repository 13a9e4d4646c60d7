//! Evaluation: what a model says about rows, and how far that is from the truth.
//!
//! Rows go through the model batch by batch, so they need not fit into memory. Probabilities are computed once, and loss,
//! accuracy, confusion and calibration are counted from them on the host, in f64.

use std::borrow::Cow;

use burn::tensor::Device;
use serde::Serialize;

use crate::data::{Batch, Batches, Block};
use crate::engine::{compiles, to_host};
use crate::error::Result;
use crate::model::Classifier;
use crate::numerics::{self, Score};
use crate::ranks;

/// How many rows go through the model at once.
const BATCH: usize = 256;

/// What a model says about the rows of a batch.
pub struct Predictions {
    /// The logarithms of the probabilities, row-major `[rows, classes]`.
    pub log_p: Vec<f32>,
    /// The number of classes.
    pub classes: usize,
}

impl Predictions {
    /// Predicts all rows of `block` in order and calls `see` with the predictions and the labels of each batch. `model` and
    /// `device` are without autodiff.
    ///
    /// # Errors
    /// The file of the rows can no longer be read, or `see` fails.
    pub fn each(
        model: &impl Classifier,
        block: &Block,
        device: &Device,
        mut see: impl FnMut(&Predictions, &[u32]) -> Result<()>,
    ) -> Result<()> {
        let classes = model.classes();
        let batches = Batches::in_order(block, BATCH);
        let compiled = compiles(device);
        std::thread::scope(|scope| {
            for rows in batches.ahead(scope, 0, rayon::current_num_threads()) {
                let rows = rows?;
                let Batch { x, labels, .. } = if compiled { rows.filled(BATCH, device) } else { rows.to(device) };
                let mut log_p = to_host(model.log_p(x).flatten(0, 1));
                log_p.truncate(labels.len() * classes);
                see(&Predictions { log_p, classes }, &labels)?;
            }
            Ok(())
        })
    }

    /// The log-probabilities row by row.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.log_p.chunks_exact(self.classes)
    }

    /// The most probable class of each row; of equally probable ones the first.
    pub fn winners(&self) -> Vec<usize> {
        let best = |row: &[f32]| (1..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
        self.rows().map(best).collect()
    }

    /// The sum of the cross-entropies of all rows, in nats.
    fn loss(&self, labels: &[u32]) -> f64 {
        self.rows().zip(labels).map(|(row, &y)| -f64::from(row[y as usize])).sum()
    }
}

/// Loss and accuracy of `model` on `block`, of which several ranks measure a part each; `model` and `device` are without
/// autodiff.
///
/// # Errors
/// The file of the rows can no longer be read.
pub fn score(model: &impl Classifier, block: &Block, device: &Device) -> Result<Score> {
    let (mut loss, mut right) = (0.0, 0);
    Predictions::each(model, &own(block), device, |predictions, labels| {
        loss += predictions.loss(labels);
        right += predictions.winners().iter().zip(labels).filter(|(j, i)| **j == **i as usize).count();
        Ok(())
    })?;
    let (sums, n) = (ranks::sum_exactly(&[loss, right as f64]), block.len().max(1) as f64);
    Ok(Score { loss: sums[0] / n, accuracy: sums[1] / n })
}

/// The rows of `block` that this rank measures: all of them if it is alone.
fn own(block: &Block) -> Cow<'_, Block> {
    match ranks::count() {
        1 => Cow::Borrowed(block),
        count => Cow::Owned(block.pick(ranks::part((ranks::rank(), count), block.len()))),
    }
}

/// A row that the model took for another class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Misclassified {
    /// The number of the row in the block.
    pub row: usize,
    /// The class that the row is of.
    pub class: u32,
    /// The class that the row was taken for.
    pub predicted: usize,
    /// The probability that the model gave to that class, 0..1.
    pub probability: f32,
}

/// How predictions compare with labels: what is counted over all rows of a block.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// How many rows were compared.
    pub rows: usize,
    /// The mean cross-entropy in nats.
    pub loss: f64,
    /// The share of rows that are right.
    pub accuracy: f64,
    /// The expected calibration error over ten bins of equal width (Guo et al. 2017), 0..1.
    pub calibration_error: f64,
    /// What the model gave its winning class, bin by bin of these probabilities, and how often that was right.
    pub reliability: [Bin; 10],
    /// Precision, recall and F1 of each class.
    pub per_class: Vec<PerClass>,
    /// How many rows of class i were taken for class j, at `[i][j]`.
    pub confusion: Vec<Vec<usize>>,
}

/// The rows whose winning class got a probability within one of ten bins of equal width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// How many rows have a winning probability in this bin.
    pub rows: usize,
    /// The sum of the winning probabilities of these rows.
    pub confidence: f64,
    /// How many of these rows are right.
    pub right: usize,
}

/// How a model does on one class. A ratio of no rows is 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PerClass {
    /// What users call the class.
    pub class: String,
    /// How many rows are of this class.
    pub rows: usize,
    /// Of the rows that were taken for this class, the share that belongs to it.
    pub precision: f64,
    /// Of the rows of this class, the share that was taken for it.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
}

/// What is counted, batch by batch, so that the predictions of all rows are never in memory together.
struct Tally {
    /// How many rows were counted.
    rows: usize,
    /// The sum of their cross-entropies.
    loss: f64,
    /// How many rows of each class were taken for each class.
    confusion: Vec<Vec<usize>>,
    /// The rows by the probability of their winning class.
    bins: [Bin; 10],
    /// The rows that were taken for another class, in the order of the block.
    misclassified: Vec<Misclassified>,
}

impl Tally {
    /// The tally of no rows.
    fn new(classes: usize) -> Self {
        let confusion = vec![vec![0; classes]; classes];
        Tally { rows: 0, loss: 0.0, confusion, bins: [Bin::default(); 10], misclassified: Vec::new() }
    }

    /// Adds the predictions of the next batch, whose rows are of the classes `labels`.
    fn add(&mut self, predictions: &Predictions, labels: &[u32]) {
        self.loss += predictions.loss(labels);
        for ((row, predicted), &class) in predictions.rows().zip(predictions.winners()).zip(labels) {
            let (probability, right) = (row[predicted].exp(), predicted == class as usize);
            self.confusion[class as usize][predicted] += 1;
            let bin = &mut self.bins[((f64::from(probability) * 10.0) as usize).min(9)];
            bin.rows += 1;
            bin.confidence += f64::from(row[predicted]).exp();
            bin.right += usize::from(right);
            if !right {
                self.misclassified.push(Misclassified { row: self.rows, class, predicted, probability });
            }
            self.rows += 1;
        }
    }

    /// What was counted, as an evaluation, and the rows that were taken for another class.
    fn evaluation(self) -> (Evaluation, Vec<Misclassified>) {
        let classes = self.confusion.len();
        let right: usize = (0..classes).map(|i| self.confusion[i][i]).sum();
        let n = self.rows.max(1) as f64;
        let evaluation = Evaluation {
            rows: self.rows,
            loss: self.loss / n,
            accuracy: right as f64 / n,
            calibration_error: self.bins.iter().map(|bin| (bin.confidence - bin.right as f64).abs()).sum::<f64>() / n,
            reliability: self.bins,
            per_class: (0..classes).map(|i| per_class(&self.confusion, i)).collect(),
            confusion: self.confusion,
        };
        (evaluation, self.misclassified)
    }
}

impl Evaluation {
    /// Measures `model` on `block` and lists the rows that it takes for another class; `model` and `device` are without
    /// autodiff.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub fn of(model: &impl Classifier, block: &Block, device: &Device) -> Result<(Self, Vec<Misclassified>)> {
        let mut tally = Tally::new(model.classes());
        Predictions::each(model, block, device, |predictions, labels| {
            tally.add(predictions, labels);
            Ok(())
        })?;
        Ok(tally.evaluation())
    }

    /// Within which limits the accuracy on other rows of this kind lies, see [`numerics::interval`].
    pub fn interval(&self) -> (f64, f64) {
        numerics::interval(self.accuracy, self.rows)
    }

    /// The class of least F1 among those that have rows, which says more about the limits of a model than a mean does;
    /// none where no row is wrong.
    pub fn weakest(&self) -> Option<&PerClass> {
        let there = self.per_class.iter().filter(|class| class.rows > 0);
        there.min_by(|a, b| a.f1.total_cmp(&b.f1)).filter(|class| class.f1 < 1.0)
    }

    /// Loss and accuracy alone.
    pub fn score(&self) -> Score {
        Score { loss: self.loss, accuracy: self.accuracy }
    }

    /// The same evaluation with the classes called by `names`.
    pub fn named(mut self, names: &[String]) -> Self {
        self.per_class.iter_mut().zip(names).for_each(|(class, name)| class.class = name.clone());
        self
    }
}

/// How the model does on class `i`.
fn per_class(confusion: &[Vec<usize>], i: usize) -> PerClass {
    let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
    let right = confusion[i][i] as f64;
    let rows: usize = confusion[i].iter().sum();
    let taken: usize = confusion.iter().map(|row| row[i]).sum();
    let (precision, recall) = (ratio(right, taken as f64), ratio(right, rows as f64));
    PerClass { class: i.to_string(), rows, precision, recall, f1: ratio(2.0 * precision * recall, precision + recall) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_counts_what_a_hand_would_count() {
        let log_p = |p: &[f32]| Predictions { log_p: p.iter().map(|p| p.ln()).collect(), classes: 2 };
        let mut tally = Tally::new(2);
        tally.add(&log_p(&[0.9, 0.1, 0.6, 0.4]), &[0, 1]);
        tally.add(&log_p(&[0.2, 0.8]), &[1]);
        let (evaluation, misclassified) = tally.evaluation();
        assert_eq!(evaluation.confusion, vec![vec![1, 0], vec![1, 1]]);
        assert_eq!(misclassified, [Misclassified { row: 1, class: 1, predicted: 0, probability: 0.6f32.ln().exp() }]);
        let want = -(0.9f64.ln() + 0.4f64.ln() + 0.8f64.ln()) / 3.0;
        assert!((evaluation.loss - want).abs() < 1e-7);
        assert_eq!((evaluation.per_class[0].precision, evaluation.per_class[0].recall), (0.5, 1.0));
        assert!((evaluation.calibration_error - (0.1 + 0.6 + 0.2) / 3.0).abs() < 1e-6);
    }
}
