//! A finding: a symptom at a place and a step, with the number that shows it, and the sentence that tells it to a person.
//!
//! Findings are written into the journal, so the names of symptoms and fields are part of its format.

use serde::{Deserialize, Serialize};

/// What can be wrong with a run. The name of the variant is the key in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    /// A number is NaN or infinite before an update.
    Nonfinite,
    /// The outputs of a layer lie where its activation is flat.
    Saturated,
    /// Units of a layer are off whatever comes in.
    Dead,
    /// All units of a layer compute the same.
    Identical,
    /// The first loss is far above that of guessing.
    LossAtStart,
    /// After half of the run the loss is still that of guessing.
    Plateau,
    /// The loss went up and stays there.
    Rising,
    /// The gradient of layer 1, relative to its weights, is a thousand times smaller than that of the last layer.
    Vanishing,
    /// No layer moves: every update is far smaller than its weights.
    Stalled,
    /// An update is larger than a tenth of the weights that it changes.
    Exploding,
    /// The sums of a layer come near the end of the range of the exponential.
    OverflowSoon,
    /// The model is right on the validation part and wrong on the test half.
    Gap,
    /// A class is never predicted.
    Ignored,
    /// The run has learned less than its network can.
    Short,
}

/// A symptom, where and when it was found, and what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The symptom that was found.
    pub symptom: Symptom,
    /// The layer that it was found in, if it belongs to one; the first is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// The step at which it was found.
    pub step: usize,
    /// The number that was measured, in the unit of the symptom.
    pub value: f64,
    /// The bound that the measured value is beyond.
    pub bound: f64,
}

impl Finding {
    /// The finding that a number is not finite before the update of this step.
    pub fn nonfinite(step: usize) -> Self {
        Finding { symptom: Symptom::Nonfinite, layer: None, step, value: 0.0, bound: 0.0 }
    }

    /// The finding that the loss after an epoch was this, far worse than that of guessing, which is `prior`.
    pub fn exploded(step: usize, loss: f64, prior: f64) -> Self {
        Finding { symptom: Symptom::Rising, layer: None, step, value: loss, bound: prior }
    }

    /// The finding that this share of held-out rows is right where `reachable` could be.
    pub fn short(step: usize, right: f64, reachable: f64) -> Self {
        Finding { symptom: Symptom::Short, layer: None, step, value: right, bound: reachable }
    }

    /// The finding as half a sentence, with its numbers.
    pub fn sentence(&self) -> String {
        let layer = self.layer.map_or(String::new(), |layer| format!("layer {layer}: "));
        layer + &self.what()
    }

    /// The same as [`Finding::sentence`], in which a class is called by its name, which is one of `classes`.
    pub fn sentence_about(&self, classes: &[String]) -> String {
        match (self.symptom, classes.get(self.value as usize)) {
            (Symptom::Ignored, Some(name)) => format!("class `{name}` is never predicted, though rows of it are there"),
            _ => self.sentence(),
        }
    }

    /// The sentence without the layer, which [`Finding::sentence`] puts before it.
    fn what(&self) -> String {
        let (value, bound) = (self.value, self.bound);
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        match self.symptom {
            Symptom::Nonfinite => {
                "training diverged: a number was not finite, or a whole epoch was far worse than guessing".into()
            }
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
            Symptom::Vanishing if value == 0.0 => "gradients vanish on the way back: none arrives here".into(),
            Symptom::Vanishing => format!(
                "gradients vanish on the way back: that of this layer is {value:.0e} of that of the last, each over the \
                 norm of its weights"
            ),
            Symptom::Stalled if value == 0.0 => "no layer moves: updates are zero".into(),
            Symptom::Stalled => format!("no layer moves: updates are {value:.0e} of the weights or less"),
            Symptom::Exploding => format!("updates are {} of the weights, again and again", percent(value)),
            Symptom::OverflowSoon => format!("its sums reach {value:.0}, where exponentials end"),
            Symptom::Short => format!(
                "{} of the held-out rows are right, and the same network can reach {}",
                percent(value),
                percent(bound)
            ),
            Symptom::Gap => format!(
                "{} of the validation rows are right and {} of the test rows: the halves do not belong together",
                percent(bound),
                percent(value)
            ),
            Symptom::Ignored => {
                format!(
                    "the class of output {value:.0}, counted from 0, is never predicted, though rows of it are there"
                )
            }
        }
    }
}
