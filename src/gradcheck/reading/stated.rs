//! What a person states about the program that made a dump, by notes beside the arrays or by flags.
//!
//! What is stated is believed. What is not stated is tried, the usual choice first, and the verdict says what it
//! assumed.

use super::convention::{BatchReduction, LossFormula, Orientation, PenaltyForm, UpdateSign, spelled};
use super::function::Function;
use crate::data::Dump;
use crate::error::{Error, Result};
use crate::words::Word;

/// Everything that can be stated; `None` where nothing is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stated {
    /// The functions of the hidden layers: one for all, or one each.
    pub activation: Option<Vec<Function>>,
    /// The function of the output.
    pub output: Option<Function>,
    /// The loss of a row.
    pub loss: Option<LossFormula>,
    /// How the losses of the rows become one.
    pub reduction: Option<BatchReduction>,
    /// Whether the update subtracts the dump or adds it.
    pub update: Option<UpdateSign>,
    /// The learning rate.
    pub rate: Option<f64>,
    /// The strength λ of the L2 penalty; 0 where there is none.
    pub l2: Option<f64>,
    /// The factor of Σ W² in the loss.
    pub l2_form: Option<PenaltyForm>,
    /// The share of units that dropout keeps.
    pub keep: Option<f64>,
    /// The layout of the matrices.
    pub orientation: Option<Orientation>,
    /// The number that the first class has.
    pub first_class: Option<i64>,
}

impl Stated {
    /// Reads the notes of a dump.
    ///
    /// # Errors
    /// A note says a word that is not known; the message lists those that are.
    pub fn read(dump: &Dump) -> Result<Self> {
        if let Some((name, kind)) = NOTES.iter().find_map(|name| Some((name, dump.other(name)?))) {
            return Err(unknown(dump, name, kind, "a text or a number"));
        }
        let slope = number(dump, "leaky_slope")?.unwrap_or(0.01);
        let activation = layer_functions(dump, "activation", slope)?;
        let output = layer_functions(dump, "output", slope)?;
        Ok(Stated {
            activation: activation.filter(|all| !all.is_empty()),
            output: output.map(|all| all.first().copied().unwrap_or(Function::Linear)),
            loss: word::<LossFormula>(dump, "loss")?,
            reduction: word::<BatchReduction>(dump, "reduction")?,
            update: word::<UpdateSign>(dump, "update")?,
            rate: number(dump, "lr")?,
            l2: number(dump, "l2")?,
            l2_form: form(dump)?,
            keep: number(dump, "keep_prob")?.filter(|&keep| keep > 0.0),
            orientation: word::<Orientation>(dump, "convention")?,
            first_class: match dump.note("labels") {
                Some("index") => Some(0),
                Some("index1") => Some(1),
                Some("onehot" | "one-hot") | None => None,
                Some(other) => return Err(unknown(dump, "labels", other, "index, index1, one-hot")),
            },
        })
    }

    /// These statements, completed by `notes` where they say nothing.
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

/// The functions in a list of names, at least one; the slope of a leaky relu is 0.01. `None` where a name is unknown.
pub fn functions(text: &str) -> Option<Vec<Function>> {
    names(text).map(|word| Function::parse(word, 0.01)).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
}

/// The words of a list with commas or spaces between them.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|word| !word.is_empty())
}

/// The functions that the note called `note` lists.
fn layer_functions(dump: &Dump, note: &str, slope: f64) -> Result<Option<Vec<Function>>> {
    let parse = |word| Function::parse(word, slope).ok_or_else(|| unknown(dump, note, word, FUNCTIONS));
    dump.note(note).map(|text| names(text).map(parse).collect()).transpose()
}

/// The form of the penalty.
fn form(dump: &Dump) -> Result<Option<PenaltyForm>> {
    let known = "lambda/(2m), lambda/2, lambda/m, lambda: the factor before sum(W**2) in the loss";
    let parse = |text| PenaltyForm::parse(text).ok_or_else(|| unknown(dump, "l2_form", text, known));
    dump.note("l2_form").map(parse).transpose()
}

/// The variant of a convention that the note called `note` names.
fn word<T: Word>(dump: &Dump, note: &str) -> Result<Option<T>> {
    let known = || T::names().join(", ");
    dump.note(note).map(|text| spelled(text).ok_or_else(|| unknown(dump, note, text, &known()))).transpose()
}

/// The number called `name`, saved as an array of one entry or as a note.
fn number(dump: &Dump, name: &str) -> Result<Option<f64>> {
    match (dump.number(name), dump.note(name).map(|text| (text, text.parse::<f64>()))) {
        (Some(value), _) | (None, Some((_, Ok(value)))) if value.is_finite() => Ok(Some(value)),
        (Some(value), _) => Err(unknown(dump, name, &value.to_string(), "a number")),
        (None, Some((text, _))) => Err(unknown(dump, name, text, "a number")),
        (None, None) => Ok(None),
    }
}

fn unknown(dump: &Dump, name: &str, value: &str, known: &str) -> Error {
    Error::data(format!("the dump says {name} = `{value}`: `{}`; say one of {known}", dump.name))
}

/// The notes that a dump may hold, except the name of the loss's value and of the labels.
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

/// The names of functions that a message lists.
const FUNCTIONS: &str = "sigmoid, tanh, relu, leaky-relu, elu, selu, gelu, silu (swish), softplus, mish, hardtanh, linear (identity), softmax";
