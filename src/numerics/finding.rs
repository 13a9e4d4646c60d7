//! A finding: a symptom at a place and a step, with the number that shows it, and how it is said to a person.

use serde::{Deserialize, Serialize};

/// What can be seen. The name is the key in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    /// NaN or infinity, before an update.
    Nonfinite,
    /// Activations where the function is flat.
    Saturated,
    /// Units that are off whatever comes in.
    Dead,
    /// Units of a layer that compute the same.
    Identical,
    /// A first loss far above that of guessing.
    LossAtStart,
    /// The loss of guessing, after half of the run.
    Plateau,
    /// A loss that went up and stays there.
    Rising,
    /// Layer 1 learns a thousand times less than the last.
    Vanishing,
    /// No layer moves.
    Stalled,
    /// Updates as large as the weights.
    Exploding,
    /// Numbers near the end of the exponential's range.
    OverflowSoon,
    /// Features of another size in another half of the data.
    Halves,
    /// Right on the validation part and wrong on the test half.
    Gap,
    /// A class that is never predicted.
    Ignored,
}

/// A part of the data that is not learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The rows that choices are made on.
    Validation,
    /// The rows that are touched once, at the end.
    Test,
}

impl Part {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Part::Validation => "validation part",
            Part::Test => "test half",
        }
    }
}

/// A symptom somewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub symptom: Symptom,
    /// The layer, the first is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// The part of the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// The step.
    pub step: usize,
    /// What was measured.
    pub value: f64,
    /// What it was measured against.
    pub bound: f64,
}

impl Finding {
    /// A number that is not finite, before the update of this step.
    pub fn nonfinite(step: usize) -> Self {
        Finding { symptom: Symptom::Nonfinite, layer: None, part: None, step, value: 0.0, bound: 0.0 }
    }

    /// A whole epoch far worse than guessing, which costs `prior`.
    pub fn exploded(step: usize, loss: f64, prior: f64) -> Self {
        Finding { symptom: Symptom::Rising, layer: None, part: None, step, value: loss, bound: prior }
    }

    /// The finding as half a sentence, with the numbers.
    pub fn sentence(&self) -> String {
        let (value, bound) = (self.value, self.bound);
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let layer = self.layer.map_or(String::new(), |layer| format!("layer {layer}: "));
        let what = match self.symptom {
            Symptom::Nonfinite => "a number is not finite".into(),
            Symptom::Saturated => {
                format!("{} of its outputs are where the activation is flat, so little can be learned", percent(value))
            }
            Symptom::Dead => {
                format!("{} of its units are off for every row, so nothing flows back through them", percent(value))
            }
            Symptom::Identical => "all units compute the same and would stay the same".into(),
            Symptom::LossAtStart => format!(
                "the first loss is {value:.1}, and {bound:.1} would be far above guessing: the network starts sure of wrong answers"
            ),
            Symptom::Plateau => format!("the loss is {value:.3}, that of guessing: nothing has been learned"),
            Symptom::Rising => {
                format!("the loss is {value:.3}, worse than guessing, and does not come back below {bound:.3}")
            }
            Symptom::Vanishing => {
                format!("gradients vanish on the way back: it is told {value:.0e} of what the last layer is told")
            }
            Symptom::Stalled => format!("no layer moves: updates are {value:.0e} of the weights or less"),
            Symptom::Exploding => format!("updates are {} of the weights, again and again", percent(value)),
            Symptom::OverflowSoon => format!("its sums reach {value:.0}, where exponentials end"),
            Symptom::Halves => {
                let part = self.part.unwrap_or(Part::Test).name();
                format!(
                    "{} of the columns of the {part} lie elsewhere than those of the training rows, and are typically spread \
                     {value:.3} times as widely; prepare both alike, with one scaler that is fitted on the training rows",
                    percent(bound)
                )
            }
            Symptom::Gap => format!(
                "{} of the validation rows are right and {} of the test rows: the halves do not belong together",
                percent(bound),
                percent(value)
            ),
            Symptom::Ignored => {
                format!("class number {value:.0} (counted from 0) is never predicted, though rows of it are there")
            }
        };
        layer + &what
    }
}
