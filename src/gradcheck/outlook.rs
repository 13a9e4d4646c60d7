//! The outlook: whether the network would learn, once its equations are right.
//!
//! A person who mends every line may still see a loss that explodes or stands still, because of the rate, the sum over
//! the batch, or the weights it starts from. So the network is trained on the dumped batch, from the dumped weights and
//! at the stated rate, with the right gradients. Where that does not learn, the smallest set of changes that makes it learn
//! is looked for: one change at a time first, then other weights together with another rate. The cures are tried on all
//! threads, and the first of the list that learns is taken, whichever ends first.

use std::fmt;
use std::sync::Arc;

use ndarray::Axis;
use rayon::prelude::*;

use super::equations::{Forward, right_gradients};
use super::reading::{BatchReduction, DumpedLayer, Matrix, Network, Reading, UpdateSign};
use super::scales::{right_multiple, summed_loss};
use crate::numerics::short;

/// So many steps are taken.
const STEPS: usize = 300;
/// At most so many products of a row with a weight are computed for each training, which takes a second; fewer rows of a
/// large batch stand for all of it then.
const WORK: usize = 400_000_000;
/// So many products take as long as the function of one unit, its derivative, and the arrays between them.
const UNIT: usize = 40;
/// A training has no fewer rows than this, if there are as many.
const FEWEST: usize = 64;
/// A training that is tried as a cure ends after so many steps if its loss has not fallen by then as much as it would have to
/// in order to be one after all steps.
const PATIENCE: usize = 60;
/// Rows with a mean loss below this are fitted: more digits are not told of it.
const FITTED: f64 = 5e-4;
/// A loss below this share of the first one, and of what guessing gives, is learning; so is a share of wrong rows.
const LEARNS: f64 = 0.9;

/// What a claim was understood as, which is all that a training needs.
#[derive(Clone, Debug)]
pub struct Understanding {
    /// The arrays of the batch and the weights.
    pub(in crate::gradcheck) reading: Reading,
    /// How many rows the batch has; the arrays may hold fewer, which stand for all.
    pub(in crate::gradcheck) rows: usize,
    /// The functions and the loss.
    pub(in crate::gradcheck) network: Network,
    /// How the loss is reduced over the batch.
    pub(in crate::gradcheck) reduction: BatchReduction,
    /// The learning rate.
    pub(in crate::gradcheck) rate: Option<f64>,
}

/// What becomes of a network that is trained with the right gradients.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// The learning rate.
    pub rate: f64,
    /// As it stands.
    pub rehearsal: Rehearsal,
    /// The fewest changes that make it learn, and what becomes of it then; `None` where it learns, or none do.
    pub cure: Option<(Vec<Adjustment>, Rehearsal)>,
}

/// What became of the loss in a training that was tried.
#[derive(Clone, Copy, Debug)]
pub struct Rehearsal {
    /// The steps that were taken.
    pub steps: usize,
    /// The mean loss of a row before the first step.
    pub first: f64,
    /// The mean loss of a row after the last; not finite where it diverged.
    pub last: f64,
    /// The mean loss of a row if the prediction is the mean of the targets, whatever the row.
    pub guess: f64,
    /// The share of the rows that are classified right after the last step, where there are classes.
    pub accuracy: Option<f64>,
    /// The share of the rows that belong to the most frequent class, where there are classes.
    pub commonest: Option<f64>,
}

/// A change to the training that is tried as a cure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Adjustment {
    /// The gradient is divided by the number of rows.
    Mean,
    /// This rate instead.
    Rate(f64),
    /// Weights that are drawn around 0 with a deviation of 1/√inputs.
    Weights,
    /// Inputs that are brought to −1..1, and such weights.
    Inputs,
}

impl Rehearsal {
    /// Whether the loss fell by a tenth or more and is as far below that of guessing, and so is the share of wrong rows. Where
    /// all rows have the same target, to guess is to know, and the loss need only fall.
    pub fn learns(&self) -> bool {
        let wrong = self.accuracy.zip(self.commonest).map(|(share, commonest)| (1.0 - share, 1.0 - commonest));
        let better = wrong.is_none_or(|(wrong, guessed)| wrong < LEARNS * guessed || wrong == 0.0);
        let known = self.guess.abs() < 1e-12;
        self.fell() && (known || self.last < LEARNS * self.guess) && better
    }

    /// Whether the loss fell by a tenth or more.
    fn fell(&self) -> bool {
        self.last.is_finite() && self.last < LEARNS * self.first
    }
}

impl Understanding {
    /// The learning rate, stated or read off the gradients.
    pub fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// Trains with the right gradients; `None` where no rate is known, where the targets are no shares, of which the loss
    /// would need the logarithm, or where the rows are fitted already.
    pub fn outlook(&self) -> Option<Outlook> {
        if self.reading.targets_outside(self.network.loss.range()) {
            return None;
        }
        let rate = self.rate.filter(|rate| *rate > 0.0)?;
        let rehearsal = self.rehearsal(rate, &[], STEPS);
        if rehearsal.first < FITTED {
            return None;
        }
        let cure = || {
            let tried = self.changes(rate).into_par_iter().map(|changes| {
                let rehearsal = self.rehearsal(rate, &changes, PATIENCE);
                (changes, rehearsal)
            });
            tried.find_first(|(_, rehearsal)| rehearsal.learns())
        };
        Some(Outlook { rate, rehearsal, cure: if rehearsal.learns() { None } else { cure() } })
    }

    /// The changes that are tried, the smallest first: one line, one number, another start; then a start with a rate, where
    /// a sum over the batch becomes a mean too, since a rate that fits a sum fits that batch alone.
    fn changes(&self, rate: f64) -> Vec<Vec<Adjustment>> {
        let summed = self.reduction == BatchReduction::Sum && self.reading.given_rows() > 1;
        let mean = summed.then_some(Adjustment::Mean);
        let mut all: Vec<Vec<Adjustment>> = mean.iter().map(|&mean| vec![mean]).collect();
        all.extend([0.1, 10.0, 0.01, 100.0, 1e-3, 1e-4, 1e-5].map(|by| vec![Adjustment::Rate(rate * by)]));
        all.extend([Adjustment::Weights, Adjustment::Inputs].map(|start| vec![start]));
        for start in [Adjustment::Weights, Adjustment::Inputs] {
            all.extend([1.0, 0.1].map(|rate| mean.into_iter().chain([start, Adjustment::Rate(rate)]).collect()));
        }
        all
    }

    /// The training, with changes or as it stands. It ends after `patience` steps if its loss falls too slowly by then.
    fn rehearsal(&self, rate: f64, changes: &[Adjustment], patience: usize) -> Rehearsal {
        let rows = self.reading.rows();
        let products = |layer: &DumpedLayer| layer.weight.len() + UNIT * layer.weight.ncols();
        let products: usize = self.reading.layers.iter().map(products).sum();
        let most = (WORK / (STEPS * products.max(1))).max(FEWEST);
        let mut reading = self.reading.part(0..rows, rows.div_ceil(most)).inputs_only();
        let share = self.rows as f64 / reading.rows() as f64;
        let mut rate = rate;
        let mut reduction = self.reduction;
        for change in changes {
            match *change {
                Adjustment::Mean => reduction = BatchReduction::Mean,
                Adjustment::Rate(other) => rate = other,
                Adjustment::Weights => centre(&mut reading),
                Adjustment::Inputs => {
                    let most = reading.x.iter().fold(1.0f64, |most, v| most.max(v.abs()));
                    reading.x = Arc::new(&*reading.x / most);
                    centre(&mut reading);
                }
            }
        }
        let whole = right_multiple(self.rows as f64, &reading.widths(), reduction, UpdateSign::Subtract);
        self.train(reading, rate * whole * share, patience)
    }

    /// Takes the steps; `rate` is the multiple of the rows' summed gradient that each takes off.
    fn train(&self, mut reading: Reading, rate: f64, patience: usize) -> Rehearsal {
        let loss = |reading: &Reading, forward: &Forward| {
            summed_loss(self.network.loss, forward.prediction(), &reading.targets.right) / reading.rows() as f64
        };
        let mut forward = Forward::of(&reading, &self.network);
        let first = loss(&reading, &forward);
        let (mut last, mut steps) = (first, 0);
        let enough = first * (1.0 - (1.0 - LEARNS) * patience as f64 / STEPS as f64);
        while steps < STEPS && last.is_finite() && last < 1e6 * (1.0 + first) && (steps < patience || last < enough) {
            let gradients = right_gradients(&reading, &self.network, &forward);
            for (layer, (d_weight, d_bias)) in reading.layers.iter_mut().zip(gradients) {
                layer.weight.scaled_add(-rate, &d_weight);
                layer.bias.iter_mut().for_each(|bias| bias.scaled_add(-rate, &d_bias));
            }
            forward = Forward::of(&reading, &self.network);
            last = loss(&reading, &forward);
            steps += 1;
        }
        let right = &reading.targets.right;
        let classes = reading.outputs() > 1 && reading.targets.numbers.is_some();
        let accuracy = classes.then(|| agreement(forward.prediction(), right));
        let constant = guess(right);
        let commonest = classes.then(|| agreement(&constant, right));
        let guess = summed_loss(self.network.loss, &constant, right) / reading.rows() as f64;
        Rehearsal { steps, first, last, guess, accuracy, commonest }
    }
}

/// Draws the weights anew, around 0 with a deviation of 1/√inputs, and sets the biases to 0. A fixed sequence without
/// pattern does for a forecast: the fractional parts of multiples of the golden ratio.
fn centre(reading: &mut Reading) {
    let mut place = 0.0f64;
    for layer in &mut reading.layers {
        let size = (12.0 / layer.weight.nrows() as f64).sqrt(); // a uniform number has deviation 1/√12
        layer.weight.mapv_inplace(|_| {
            place = (place + 0.618_033_988_749_894_9).fract();
            (place - 0.5) * size
        });
        layer.bias.iter_mut().for_each(|bias| bias.fill(0.0));
    }
}

/// The mean of the targets in every row: the best prediction that knows nothing of the row.
fn guess(y: &Matrix) -> Matrix {
    let mean = y.mean_axis(Axis(0)).unwrap_or_default();
    mean.broadcast(y.dim()).map_or_else(|| y.clone(), |rows| rows.to_owned())
}

/// The share of rows in which prediction and target are largest in the same place.
fn agreement(p: &Matrix, y: &Matrix) -> f64 {
    let largest = |row: ndarray::ArrayView1<f64>| {
        row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(place, _)| place)
    };
    let same = p.axis_iter(Axis(0)).zip(y.axis_iter(Axis(0))).filter(|(p, y)| largest(*p) == largest(*y));
    same.count() as f64 / p.nrows().max(1) as f64
}

/// Changes as the beginning of a clause.
pub fn together(changes: &[Adjustment]) -> String {
    changes.iter().map(Adjustment::to_string).collect::<Vec<_>>().join(" and ")
}

impl fmt::Display for Adjustment {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Adjustment::Mean => write!(f, "divided by the number of rows"),
            Adjustment::Rate(rate) => write!(f, "at rate {}", short(*rate)),
            Adjustment::Weights => write!(f, "with weights drawn around 0 (randn / sqrt(inputs))"),
            Adjustment::Inputs => write!(f, "with inputs brought to -1..1 and weights drawn around 0"),
        }
    }
}

impl fmt::Display for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Rehearsal { steps, first, last, guess, accuracy, .. } = *self;
        match self.learns() {
            true => write!(f, "learns: the loss of a row goes from {first:.3} to {last:.3} in {steps} steps")?,
            false if self.fell() => write!(
                f,
                "does not learn yet: the loss of a row goes from {first:.3} to {last:.3} in {steps} steps, where guessing gives {guess:.3}"
            )?,
            false if last.is_finite() && last <= 2.0 * first => {
                write!(f, "does not learn: the loss of a row goes from {first:.3} to {last:.3} in {steps} steps")?;
            }
            false => return write!(f, "diverges after {steps} steps"),
        }
        accuracy.map_or(Ok(()), |share| write!(f, ", and {:.0} % of the rows are right", 100.0 * share))
    }
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "Outlook: with the right gradients, from these weights at rate {} on these rows, it {}",
            short(self.rate),
            self.rehearsal
        )?;
        match &self.cure {
            Some((changes, rehearsal)) => write!(f, "; {} it {rehearsal}.", together(changes)),
            None if self.rehearsal.learns() => write!(f, "."),
            None => write!(f, "; neither another rate nor other weights make it learn within as many steps."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_falls_and_stays_above_guessing_is_not_learning_yet() {
        let of = |first, last, accuracy| Rehearsal {
            steps: 300,
            first,
            last,
            guess: 2.303,
            accuracy: Some(accuracy),
            commonest: Some(0.1),
        };
        assert!(!of(3.285, 2.596, 0.12).learns(), "worse than guessing");
        assert!(!of(3.285, 1.9, 0.12).learns(), "no more rows right than by guessing");
        assert!(of(3.285, 1.2, 0.6).learns());
        let said = of(3.285, 2.596, 0.12).to_string();
        let wanted = "does not learn yet: the loss of a row goes from 3.285 to 2.596 in 300 steps, \
                      where guessing gives 2.303, and 12 % of the rows are right";
        assert_eq!(said, wanted);
    }
}
