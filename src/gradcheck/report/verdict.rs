//! The verdict: what is wrong with a dump, where, how to mend it, and how sure that is.

use super::conditions::{Condition, with_start_of};
use super::fixes::Fix;
use super::tensor_check::TensorCheck;
use crate::gradcheck::dump::Claim;
use crate::gradcheck::mistakes::{Mistake, Occurrence};
use crate::gradcheck::outlook::Understanding;
use crate::gradcheck::search::Obstacle;

/// Everything that is to be said of a claim.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether the dump is right, mistaken or unexplained.
    pub conclusion: Conclusion,
    /// The mistakes, in the order in which to mend them.
    pub findings: Vec<FoundMistake>,
    /// Other sets of mistakes that explain the dump as well; an empty set says that the dump may be right.
    pub alternatives: Vec<Vec<Mistake>>,
    /// What was not stated and is taken for granted, as (convention, value).
    pub assumed: Vec<(String, String)>,
    /// The mistakes that would be found under conventions that were not stated, where they are others, as (convention,
    /// mistakes).
    pub otherwise: Vec<(String, Vec<Mistake>)>,
    /// What is worth knowing and no mistake of the gradient, a sentence each.
    pub notes: Vec<String>,
    /// What the batch and the weights are like.
    pub conditions: Vec<Condition>,
    /// The dump beside the truth, from the first layer to the last.
    pub tensors: Vec<TensorCheck>,
    /// What is left when the mistakes are taken into account, relative to the dump; `None` where nothing explains it.
    pub residual: Option<f64>,
    /// What the search could not get past, where nothing explains the dump.
    pub unexplained: Option<Obstacle>,
    /// What the dump was understood as, from which [`Understanding::outlook`] tells whether the network would learn.
    pub understanding: Understanding,
    /// What the numbers look like: `float64`, `float32`, `6 digits`.
    pub precision: String,
}

impl Verdict {
    /// Takes what the inputs are like, and what the outlook trains on, from `sample`: some rows with all their inputs, where
    /// the batch that was judged has fewer inputs than the program.
    pub fn see_all_inputs(&mut self, sample: &Claim) {
        let layers = self.understanding.reading.layers.len();
        let Some(reading) = sample.readings.first().filter(|own| own.layers.len() == layers) else { return };
        let conditions = std::mem::take(&mut self.conditions);
        self.conditions = with_start_of(conditions, reading, &self.understanding.network);
        self.understanding.reading = reading.clone();
    }
}

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The dump is the gradient.
    Right,
    /// The dump is the gradient with mistakes that have names.
    Mistaken,
    /// The dump is not the gradient, and no set of known mistakes makes it so.
    Unexplained,
}

impl Conclusion {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Conclusion::Right => "right",
            Conclusion::Mistaken => "mistaken",
            Conclusion::Unexplained => "unexplained",
        }
    }
}

/// One mistake in the person's program.
#[derive(Clone, Debug)]
pub struct FoundMistake {
    /// The mistake of the table.
    pub mistake: Mistake,
    /// Where and how it was made: layers, tensors and factors are fields, and `to_string` says them.
    pub occurrences: Vec<Occurrence>,
    /// What to write instead, in the layout that the person uses.
    pub fix: Fix,
}
