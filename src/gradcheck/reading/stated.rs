//! What is stated of the program that made a dump: by the notes beside its arrays, or on the command line.
//!
//! What is stated is believed; what is not is tried, the usual first, and the verdict says what it assumed.

use super::convention::{Loss, Orientation, Reduction, Update};
use super::function::Function;
use crate::data::Dump;
use crate::error::{Error, Result};

/// What the user says of the program that made the dump.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stated {
    /// The functions of the hidden layers: one for all, or one each.
    pub activation: Option<Vec<Function>>,
    /// The function of the output.
    pub output: Option<Function>,
    /// The loss.
    pub loss: Option<Loss>,
    /// Mean or sum over the batch.
    pub reduction: Option<Reduction>,
    /// Subtracted or added.
    pub update: Option<Update>,
    /// The learning rate.
    pub rate: Option<f64>,
    /// The strength λ of the L2 penalty; 0 for none.
    pub l2: Option<f64>,
    /// The factor of Σ W² in the loss, as λ over this: 2m, 2, 1, m.
    pub l2_form: Option<String>,
    /// The share of units that dropout keeps.
    pub keep: Option<f64>,
    /// The layout.
    pub orientation: Option<Orientation>,
    /// The number that the first class has.
    pub first_class: Option<i64>,
}

impl Stated {
    /// Reads the notes of a dump.
    ///
    /// # Errors
    /// A note that says something unknown; the message lists what is known.
    pub fn read(dump: &Dump) -> Result<Self> {
        let bad = |name: &str, value: &str, known: &str| {
            Error::data(format!("the dump says {name} = `{value}`: `{}`; say one of {known}", dump.name))
        };
        macro_rules! word {
            ($name:literal, $type:ident) => {
                dump.note($name)
                    .map(|text| {
                        let known = || $type::ALL.iter().map(|w| w.name()).collect::<Vec<_>>().join(", ");
                        $type::parse(text).ok_or_else(|| bad($name, text, &known()))
                    })
                    .transpose()?
            };
        }
        for name in NOTES {
            if let Some(kind) = dump.other(name) {
                return Err(bad(name, kind, "a text or a number"));
            }
        }
        let number = |name: &str| match (dump.number(name), dump.note(name).map(|text| (text, text.parse::<f64>()))) {
            (Some(value), _) | (None, Some((_, Ok(value)))) if value.is_finite() => Ok(Some(value)),
            (Some(value), _) => Err(bad(name, &value.to_string(), "a number")),
            (None, Some((text, _))) => Err(bad(name, text, "a number")),
            (None, None) => Ok(None),
        };
        let slope = number("leaky_slope")?.unwrap_or(0.01);
        let functions = |name: &str, text: &str| -> Result<Vec<Function>> {
            let all = text.split([',', ' ']).filter(|word| !word.is_empty());
            all.map(|word| Function::parse(word, slope).ok_or_else(|| bad(name, word, FUNCTIONS))).collect()
        };
        let activation = dump.note("activation").map(|text| functions("activation", text)).transpose()?;
        let output = dump.note("output").map(|text| functions("output", text)).transpose()?;
        Ok(Stated {
            activation: activation.filter(|all| !all.is_empty()),
            output: output.map(|all| all.first().copied().unwrap_or(Function::Linear)),
            loss: word!("loss", Loss),
            reduction: word!("reduction", Reduction),
            update: word!("update", Update),
            rate: number("lr")?,
            l2: number("l2")?,
            l2_form: dump.note("l2_form").map(str::to_string),
            keep: number("keep_prob")?.filter(|&keep| keep > 0.0),
            orientation: dump.note("convention").and_then(Orientation::parse),
            first_class: match dump.note("labels") {
                Some("index") => Some(0),
                Some("index1") => Some(1),
                _ => None,
            },
        })
    }

    /// The same, with `notes` where this says nothing.
    pub fn or(self, notes: Stated) -> Stated {
        Stated {
            activation: self.activation.or(notes.activation),
            output: self.output.or(notes.output),
            loss: self.loss.or(notes.loss),
            reduction: self.reduction.or(notes.reduction),
            update: self.update.or(notes.update),
            rate: self.rate.or(notes.rate),
            l2: self.l2.or(notes.l2),
            l2_form: self.l2_form.or(notes.l2_form),
            keep: self.keep.or(notes.keep),
            orientation: self.orientation.or(notes.orientation),
            first_class: self.first_class.or(notes.first_class),
        }
    }
}

/// The functions in a list of names, at least one; a leaky relu's slope is 0.01.
pub fn functions(text: &str) -> Option<Vec<Function>> {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    words.map(|word| Function::parse(word, 0.01)).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
}

/// What a dump may say of the program that made it.
const NOTES: [&str; 11] = [
    "activation",
    "output",
    "loss",
    "reduction",
    "update",
    "lr",
    "l2",
    "l2_form",
    "keep_prob",
    "leaky_slope",
    "convention",
];

const FUNCTIONS: &str = "sigmoid, tanh, relu, leaky-relu, gelu, silu, linear, softmax";
