//! A slip: what is wrong with a script beside its gradients, as the tracer shows it by arithmetic.
//!
//! A gradient may be right and the update may still not be: momentum with the wrong sign, Adam that counts its steps
//! wrongly, a sum that nobody sets to zero. Nor does a gradient say that rows come sorted by class, or that a printed loss
//! is another number than the loss. The tracer finds these (`rules.py`, `number_steps.py`, `beside.py`, `shown.py` and
//! `printed.py`) and says which line; what they mean, and what to write instead, stands here.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::line::Line;

/// Something wrong with a script, and no mistake of a gradient.
#[derive(Clone, Debug, Deserialize)]
pub struct Slip {
    /// What it is.
    #[serde(rename = "name")]
    pub kind: SlipKind,
    /// What was measured of it, by name.
    pub numbers: BTreeMap<String, f64>,
    /// The line that it stands in.
    #[serde(flatten)]
    pub line: Line,
}

/// What a slip is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum SlipKind {
    /// The gradient of one update is still in the sum that makes the next.
    GradientNotReset,
    /// The velocity is subtracted where it should be kept.
    MomentumSign,
    /// A velocity is computed, and the update does without it.
    VelocityUnused,
    /// The number of the momentum multiplies this step's gradient, and nothing of the step before is in it.
    MomentumWithoutMemory,
    /// A parameter goes up its gradient, and the others down.
    UpdateSign,
    /// A parameter is updated several times in one pass, by the same step.
    UpdatedTwice,
    /// Nothing corrects Adam's averages for their start at zero.
    AdamBiasCorrection,
    /// Adam corrects its averages for their start at zero, and its rate as well.
    AdamCorrectedTwice,
    /// Adam corrects its averages by another number of steps than there were.
    AdamStepCount,
    /// The average of gradients decays more slowly than that of their squares.
    AdamBetasSwapped,
    /// The bias, zero yet, is added to what the function gives.
    BiasAfterActivation,
    /// Batch after batch, the rows come sorted by class.
    NeverShuffled,
    /// A loss takes whole rows of the prediction where it means entries.
    LossPicksRows,
    /// A cross-entropy is divided by the classes as well as by the rows, and the gradient is not.
    LossOverClasses,
    /// A loss takes the logarithm of base 2 or 10.
    LossOtherLogarithm,
    /// A loss of two classes counts the rows of one of them only.
    LossLacksATerm,
    /// One of the two terms of a loss of two classes has the other sign.
    LossTermSign,
    /// An accuracy takes the largest row of each class instead of the largest class of each row.
    AccuracyOverRows,
    /// A loss is printed whose outputs are those of the batch before.
    LossOfAnotherBatch,
    /// One accuracy is printed as a fraction and another as a percentage.
    PercentBesideFraction,
    /// One loss is printed as a sum over its rows and another as a mean.
    SumBesideMean,
}

impl SlipKind {
    /// Whether the number that is shown would be a cross-entropy without the slip.
    pub fn is_cross_entropy(self) -> bool {
        use SlipKind::{LossLacksATerm, LossOtherLogarithm, LossOverClasses, LossTermSign};
        matches!(self, LossLacksATerm | LossTermSign | LossOtherLogarithm | LossOverClasses)
    }

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            SlipKind::GradientNotReset => "gradient-not-reset",
            SlipKind::MomentumSign => "momentum-sign",
            SlipKind::VelocityUnused => "velocity-unused",
            SlipKind::MomentumWithoutMemory => "momentum-without-memory",
            SlipKind::UpdateSign => "update-sign",
            SlipKind::UpdatedTwice => "updated-twice",
            SlipKind::AdamBiasCorrection => "adam-bias-correction",
            SlipKind::AdamCorrectedTwice => "adam-corrected-twice",
            SlipKind::AdamStepCount => "adam-step-count",
            SlipKind::AdamBetasSwapped => "adam-betas-swapped",
            SlipKind::BiasAfterActivation => "bias-after-activation",
            SlipKind::NeverShuffled => "never-shuffled",
            SlipKind::LossPicksRows => "loss-picks-rows",
            SlipKind::LossOverClasses => "loss-over-classes",
            SlipKind::LossOtherLogarithm => "loss-other-logarithm",
            SlipKind::LossLacksATerm => "loss-lacks-a-term",
            SlipKind::LossTermSign => "loss-term-sign",
            SlipKind::AccuracyOverRows => "accuracy-over-rows",
            SlipKind::LossOfAnotherBatch => "loss-of-another-batch",
            SlipKind::PercentBesideFraction => "percent-beside-fraction",
            SlipKind::SumBesideMean => "sum-beside-mean",
        }
    }

    /// What to write instead.
    pub fn fix(self) -> &'static str {
        match self {
            SlipKind::GradientNotReset => "set the sum to zero before every batch, as in dW = np.zeros_like(W)",
            SlipKind::MomentumSign | SlipKind::VelocityUnused | SlipKind::MomentumWithoutMemory => {
                "v = mu * v - rate * dW; W += v"
            }
            SlipKind::UpdateSign => "the sign that the other updates have, as in W -= rate * dW",
            SlipKind::UpdatedTwice => "W -= rate * dW at one place only",
            SlipKind::AdamBiasCorrection => "m / (1 - b1**t) and v / (1 - b2**t), where t is 1 at the first update",
            SlipKind::AdamCorrectedTwice => {
                "either m / (1 - b1**t) and v / (1 - b2**t) with the rate as it is, or the averages as they are with the rate times np.sqrt(1 - b2**t) / (1 - b1**t)"
            }
            SlipKind::AdamStepCount => "t += 1 once an update, before all parameters, so that it is 1 at the first",
            SlipKind::AdamBetasSwapped => "m = 0.9 * m + 0.1 * dW; v = 0.999 * v + 0.001 * dW**2",
            SlipKind::BiasAfterActivation => "z = x @ W + b, and a = f(z)",
            SlipKind::NeverShuffled => {
                "order = np.random.permutation(m) before every epoch, then x[order] and y[order]"
            }
            SlipKind::LossPicksRows => "p[np.arange(m), y.ravel()]",
            SlipKind::LossOverClasses => "-np.sum(y * np.log(p)) / m, where m is the number of rows",
            SlipKind::LossOtherLogarithm => "np.log, the natural logarithm, whose derivative is 1/p",
            SlipKind::LossLacksATerm | SlipKind::LossTermSign => "-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))",
            SlipKind::AccuracyOverRows => "compare along the axis of the classes: axis=1 where each row is a sample",
            SlipKind::LossOfAnotherBatch => "compute the loss after this batch's own pass forward",
            SlipKind::PercentBesideFraction => "print both as np.mean(predicted == y), or both times 100",
            SlipKind::SumBesideMean => "divide each by the number of its own rows",
        }
    }
}

impl Slip {
    /// What is wrong, as it is said to the person.
    pub fn sentence(&self) -> String {
        let number = |name: &str| self.numbers.get(name).copied().unwrap_or(f64::NAN);
        match self.kind {
            SlipKind::GradientNotReset => {
                "the gradient of the update before is still in the sum that makes this one; nothing sets it to zero"
                    .into()
            }
            SlipKind::MomentumSign => format!(
                "the step before comes back times {:.3}: the velocity is taken off where it should be kept",
                number("momentum")
            ),
            SlipKind::VelocityUnused => {
                "a velocity is kept from step to step, and this step is made of the gradient alone".into()
            }
            SlipKind::MomentumWithoutMemory => format!(
                "this step is {} plus {} times the gradient, and nothing of the step before is in it: a momentum multiplies the step before",
                number("momentum"),
                number("rate")
            ),
            SlipKind::UpdateSign => {
                "the gradient is right, and this parameter goes up it where the others go down theirs".into()
            }
            SlipKind::UpdatedTwice => format!(
                "this parameter is updated {:.0} times in every pass by the same gradient, so that its rate is {:.0} times what it says",
                number("times"),
                number("times")
            ),
            SlipKind::AdamBiasCorrection => format!(
                "Adam's averages start at zero and nothing corrects for it: the first steps are {:.1} times as long as the rate says",
                number("times")
            ),
            SlipKind::AdamCorrectedTwice => format!(
                "the start at zero is corrected in the averages and in the rate, so that the first step is {:.3} times as long as the rate says",
                number("times")
            ),
            SlipKind::AdamStepCount => format!(
                "the first two updates are corrected as if they were number {:.0} and number {:.0}",
                number("first"),
                number("second")
            ),
            SlipKind::AdamBetasSwapped => format!(
                "the average of the gradients decays with {} and that of their squares with {}; the longer one belongs to the squares",
                number("first"),
                number("second")
            ),
            SlipKind::BiasAfterActivation => {
                "the bias is added to what the function gives; it is zero yet, and wrong from the first update on"
                    .into()
            }
            SlipKind::NeverShuffled => format!(
                "the {:.0} rows come sorted by their {:.0} classes, batch after batch, so that each batch unlearns what the one before it taught",
                number("rows"),
                number("classes")
            ),
            _ => self.about_a_shown_number(),
        }
    }

    /// The same of a number that the script shows and that is another than it seems.
    fn about_a_shown_number(&self) -> String {
        let number = |name: &str| self.numbers.get(name).copied().unwrap_or(f64::NAN);
        match self.kind {
            SlipKind::LossOverClasses => self.compared(
                "the cross-entropy is averaged over the classes as well as the rows, and its gradient is not",
            ),
            SlipKind::LossOtherLogarithm => {
                self.compared("the loss takes another logarithm than the natural one that its gradient belongs to")
            }
            SlipKind::LossLacksATerm => {
                self.compared("the loss counts the rows of class 1 only; those of class 0 cost nothing, however wrong")
            }
            SlipKind::LossTermSign => self.compared(
                "one term of the cross-entropy has the other sign, so that rows of class 0 make it smaller the more wrong they are",
            ),
            SlipKind::AccuracyOverRows => format!(
                "this takes the largest of {:.0} rows for each of {:.0} classes, so that what is counted is no accuracy",
                number("rows"),
                number("classes")
            ),
            SlipKind::LossOfAnotherBatch => format!(
                "the outputs in this loss are those of the batch before: it is {:.4}, and that of this batch is {:.4}",
                number("is"),
                number("should be")
            ),
            SlipKind::PercentBesideFraction => format!(
                "this accuracy is printed as the fraction {:.4}, and that of line {:.0} as {:.2} percent",
                number("is"),
                number("line"),
                number("beside")
            ),
            SlipKind::SumBesideMean => format!(
                "this loss is the sum over {:.0} rows, {:.4}, and the loss that is printed in line {:.0} is a mean, {:.4}",
                number("rows"),
                number("is"),
                number("line"),
                number("beside")
            ),
            _ => self.compared("a column of class numbers takes whole rows of p, not the entry of each row's class"),
        }
    }

    /// `what`, with the number that is shown and the loss of these outputs, where both are finite.
    fn compared(&self, what: &str) -> String {
        match (self.numbers.get("is"), self.numbers.get("should be")) {
            (Some(is), Some(right)) => {
                format!("{what}: this loss is {is:.4}, and the cross-entropy of these outputs is {right:.4}")
            }
            _ => what.into(), // an infinite loss is no number of the trace
        }
    }
}
