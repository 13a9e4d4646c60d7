//! The conventions of a program: choices that are neither right nor wrong, but on which every number depends.
//!
//! A dump is a gradient only with respect to a loss, a reduction over the batch and a sign of the update. Each choice
//! is an enum whose variants are listed with the usual one first, because that is the order in which they are tried
//! where nothing is stated. The words are those that people write in dumps and after flags.

use crate::words::{Word, words};

/// How far an output p and its target y are apart, for one row of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossFormula {
    /// Cross-entropy over classes: −Σ y log p.
    CrossEntropy,
    /// Cross-entropy of every output by itself: −Σ (y log p + (1 − y) log(1 − p)).
    BinaryCrossEntropy,
    /// Half of the squared distance: Σ (p − y)² / 2.
    HalfSquared,
    /// The squared distance: Σ (p − y)².
    Squared,
}

/// How the losses of the rows become the one number whose gradient is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchReduction {
    /// Their sum is divided by the number of rows.
    Mean,
    /// They are added up.
    Sum,
    /// Their sum is divided by the number of rows and by the number of outputs.
    MeanAll,
}

impl BatchReduction {
    /// What the sum over `rows` rows of `outputs` outputs is divided by.
    pub fn divisor(self, rows: f64, outputs: f64) -> f64 {
        match self {
            BatchReduction::Sum => 1.0,
            BatchReduction::Mean => rows,
            BatchReduction::MeanAll => rows * outputs,
        }
    }
}

impl LossFormula {
    /// The limits between which its targets must lie.
    pub fn range(self) -> (f64, f64) {
        match self {
            LossFormula::CrossEntropy | LossFormula::BinaryCrossEntropy => (0.0, 1.0),
            LossFormula::Squared | LossFormula::HalfSquared => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

/// The sign with which a dumped gradient meets its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateSign {
    /// W −= rate · dW: the dump is the gradient.
    Subtract,
    /// W += rate · dW: the dump is minus the gradient.
    Add,
}

/// Where a program adds its biases. All places but the first are mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BiasPlace {
    /// To the pre-activation: z = x·W + b.
    Preactivation,
    /// To what the function gives, in every layer: a = f(x·W) + b.
    Activation,
    /// The same in hidden layers alone.
    HiddenActivation,
    /// To every row of the weight: z = x·(W + b).
    Weight,
}

/// How a person lays out matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// A sample is a row: x is (m, in) and W is (in, out).
    Row,
    /// A sample is a column: x is (in, m) and W is (out, in).
    Column,
    /// A sample is a row and a unit is a row: x is (m, in) and W is (out, in).
    Torch,
}

words!(LossFormula:
    CrossEntropy "ce" | "cross-entropy" | "crossentropy" | "categorical-crossentropy" | "nll",
    BinaryCrossEntropy "bce" | "binary-cross-entropy" | "binary-crossentropy" | "logloss",
    HalfSquared "half-sse" | "half-mse" | "half-squared",
    Squared "sse" | "mse" | "squared" | "squared-error",
);
words!(BatchReduction: Mean "mean" | "average", Sum "sum" | "none", MeanAll "mean-all");
words!(UpdateSign: Subtract "-=" | "subtract" | "-", Add "+=" | "add" | "+");
words!(Orientation: Row "row" | "numpy", Column "col" | "column" | "columns" | "matlab", Torch "torch" | "pytorch");

/// The variant that people call `text`, in upper or lower case, with `-` or `_`.
pub(crate) fn spelled<T: Word>(text: &str) -> Option<T> {
    T::called(&text.trim().to_lowercase().replace('_', "-"))
}

/// The factor that stands before Σ W² in the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PenaltyForm {
    /// λ/(2m), whose gradient is λ/m · W.
    HalfOverRows,
    /// λ/2, whose gradient is λ · W.
    Half,
    /// λ/m, whose gradient is 2 λ/m · W.
    OverRows,
    /// λ, whose gradient is 2 λ · W.
    Plain,
}

impl PenaltyForm {
    /// The form that people write as `text`, such as `lambda/(2m)`, `λ/2` or `reg*sum(W*W)`; `None` where it is none of the
    /// four.
    pub fn parse(text: &str) -> Option<Self> {
        let form = text.replace([' ', '_'], "").to_lowercase();
        let squares = ["*sum(w*w)", "*sum(w**2)", "*sum(w^2)", "*np.sum(w**2)", "*np.sum(w*w)", "*||w||^2"];
        let factor = squares.iter().find_map(|end| form.strip_suffix(end)).unwrap_or(&form);
        let half =
            factor.strip_prefix("0.5*").or_else(|| factor.strip_prefix(".5*")).or_else(|| factor.strip_prefix("1/2*"));
        let bare = half.unwrap_or(factor);
        let bare =
            ["lambda", "lam", "reg", "l2", "λ", "l"].iter().find_map(|name| bare.strip_prefix(name)).unwrap_or(bare);
        let whole = if half.is_some() { format!("/2{bare}") } else { bare.to_string() };
        match whole.as_str() {
            "/(2m)" | "/2m" | "/2/m" | "/(2*m)" => Some(PenaltyForm::HalfOverRows),
            "/2" => Some(PenaltyForm::Half),
            "/m" => Some(PenaltyForm::OverRows),
            "" => Some(PenaltyForm::Plain),
            _ => None,
        }
    }

    /// What a penalty of strength `lambda` adds to dW for each unit of W, on a batch of `rows` rows: the derivative of
    /// λ c Σ W² is 2 λ c W.
    pub fn multiple(self, lambda: f64, rows: f64) -> f64 {
        match self {
            PenaltyForm::HalfOverRows => lambda / rows,
            PenaltyForm::Half => lambda,
            PenaltyForm::OverRows => 2.0 * lambda / rows,
            PenaltyForm::Plain => 2.0 * lambda,
        }
    }
}
