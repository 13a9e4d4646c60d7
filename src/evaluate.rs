//! Evaluation: what a model says about rows, and how far that is from the truth.
//!
//! Probabilities are computed once and everything else (loss, accuracy, confusion, calibration) is counted from them
//! on the host, in f64.

use burn::tensor::{Device, activation};
use serde::Serialize;

use crate::data::{Batches, Block};
use crate::model::{Mlp, read};
use crate::numerics::Score;

/// Rows that are pushed through at once.
const BATCH: usize = 1024;

/// What a model says about every row of a block.
pub struct Predictions {
    /// Log-probabilities, row-major `[rows, classes]`.
    pub log_p: Vec<f32>,
    /// The number of classes.
    pub classes: usize,
}

impl Predictions {
    /// Predicts every row, in order; `model` and `device` are without autodiff.
    pub fn of(model: &Mlp, block: &Block, device: &Device) -> Self {
        let classes = model.layers.last().map_or(1, |layer| layer.weight.val().dims()[1]);
        let mut log_p = Vec::with_capacity(block.len() * classes);
        let batches = Batches::in_order(block, BATCH);
        for i in 0..batches.len() {
            let logits = model.forward(batches.get(i).to(device).x); // [n, classes]
            log_p.extend(read(activation::log_softmax(logits, 1).flatten(0, 1)));
        }
        Predictions { log_p, classes }
    }

    /// The log-probabilities of each row.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.log_p.chunks_exact(self.classes)
    }

    /// The most probable class of each row, the first of equals.
    pub fn winners(&self) -> Vec<usize> {
        let best = |row: &[f32]| (1..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
        self.rows().map(best).collect()
    }
}

/// Loss and accuracy of `model` on `block`.
pub fn score(model: &Mlp, block: &Block, device: &Device) -> Score {
    let predictions = Predictions::of(model, block, device);
    Report::of(&predictions, &block.labels()).score()
}

/// How predictions compare with labels.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How many were compared.
    pub rows: usize,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// The share that is right.
    pub accuracy: f64,
    /// Expected calibration error over ten bins of equal width (Guo et al. 2017), 0..1.
    pub calibration_error: f64,
    /// Precision, recall and F1, class by class.
    pub per_class: Vec<PerClass>,
    /// Rows of class i that were taken for class j.
    pub confusion: Vec<Vec<usize>>,
}

/// One class's share of a report. A ratio without cases is 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PerClass {
    /// What users call the class.
    pub class: String,
    /// How many rows are of this class.
    pub rows: usize,
    /// Of those taken for this class, the share that is.
    pub precision: f64,
    /// Of those that are, the share taken for it.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
}

impl Report {
    /// Compares predictions with the rows' classes.
    pub fn of(predictions: &Predictions, labels: &[u32]) -> Self {
        let winners = predictions.winners();
        let k = predictions.classes;
        let mut confusion = vec![vec![0; k]; k];
        winners.iter().zip(labels).for_each(|(&j, &i)| confusion[i as usize][j] += 1);
        let right: usize = (0..k).map(|i| confusion[i][i]).sum();
        let n = labels.len().max(1) as f64;
        let loss: f64 = predictions.rows().zip(labels).map(|(row, &y)| -f64::from(row[y as usize])).sum();
        Report {
            rows: labels.len(),
            loss: loss / n,
            accuracy: right as f64 / n,
            calibration_error: calibration_error(predictions, &winners, labels),
            per_class: (0..k).map(|i| per_class(&confusion, i)).collect(),
            confusion,
        }
    }

    /// Loss and accuracy alone.
    pub fn score(&self) -> Score {
        Score { loss: self.loss, accuracy: self.accuracy }
    }

    /// The same with the classes named.
    pub fn named(mut self, names: &[String]) -> Self {
        self.per_class.iter_mut().zip(names).for_each(|(class, name)| class.class = name.clone());
        self
    }
}

fn per_class(confusion: &[Vec<usize>], i: usize) -> PerClass {
    let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
    let right = confusion[i][i] as f64;
    let rows: usize = confusion[i].iter().sum();
    let taken: usize = confusion.iter().map(|row| row[i]).sum();
    let (precision, recall) = (ratio(right, taken as f64), ratio(right, rows as f64));
    PerClass { class: i.to_string(), rows, precision, recall, f1: ratio(2.0 * precision * recall, precision + recall) }
}

fn calibration_error(predictions: &Predictions, winners: &[usize], labels: &[u32]) -> f64 {
    let mut gaps = [0.0f64; 10];
    for ((row, &winner), &label) in predictions.rows().zip(winners).zip(labels) {
        let confidence = f64::from(row[winner]).exp();
        let bin = ((confidence * 10.0) as usize).min(9);
        gaps[bin] += confidence - f64::from(u8::from(winner == label as usize));
    }
    gaps.iter().map(|gap| gap.abs()).sum::<f64>() / labels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_counts_what_a_hand_would_count() {
        let log_p = [[0.9f32, 0.1], [0.6, 0.4], [0.2, 0.8]].concat().iter().map(|p| p.ln()).collect();
        let report = Report::of(&Predictions { log_p, classes: 2 }, &[0, 1, 1]);
        assert_eq!(report.confusion, vec![vec![1, 0], vec![1, 1]]);
        let want = -(0.9f64.ln() + 0.4f64.ln() + 0.8f64.ln()) / 3.0;
        assert!((report.loss - want).abs() < 1e-7);
        assert_eq!((report.per_class[0].precision, report.per_class[0].recall), (0.5, 1.0));
        assert!((report.calibration_error - (0.1 + 0.6 + 0.2) / 3.0).abs() < 1e-6);
    }
}
