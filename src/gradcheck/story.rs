//! A story: the conventions under which a dump is read, and what the user stated of them.
//!
//! A number is a gradient only with respect to a loss, so function, loss, reduction, sign of the update and L2 must be
//! known. What is stated is believed; what is not is tried, the usual first, and the verdict says what it assumed.

use super::function::Function;
use crate::data::Dump;
use crate::error::{Error, Result};

/// How far output and target are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// −Σ y log p over the classes.
    CrossEntropy,
    /// −Σ (y log p + (1 − y) log(1 − p)) over the outputs.
    BinaryCrossEntropy,
    /// Σ (p − y)² / 2.
    HalfSquared,
    /// Σ (p − y)².
    Squared,
}

/// How the rows' losses become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Divided by the number of rows.
    Mean,
    /// Added up.
    Sum,
    /// Divided by the number of rows and of outputs.
    MeanAll,
}

/// How the dumped gradient meets the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// W −= rate · dW.
    Subtract,
    /// W += rate · dW: the dump is minus the gradient.
    Add,
}

/// How users lay out their matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// x (m, in), W (in, out).
    Row,
    /// x (in, m), W (out, in).
    Column,
    /// x (m, in), W (out, in).
    Torch,
}

macro_rules! words {
    ($type:ident $($variant:ident $name:literal $($other:literal)*;)*) => {
        impl $type {
            /// Every one, the usual first.
            pub const ALL: &[$type] = &[$($type::$variant,)*];

            /// The name in dumps, flags and reports.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }

            /// The one called `name`.
            pub fn parse(name: &str) -> Option<Self> {
                match name.trim().to_lowercase().replace('_', "-").as_str() {
                    $($name $(| $other)* => Some($type::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

words! { Loss
    CrossEntropy "ce" "cross-entropy" "crossentropy" "categorical-crossentropy" "nll";
    BinaryCrossEntropy "bce" "binary-cross-entropy" "binary-crossentropy" "logloss";
    HalfSquared "half-sse" "half-mse" "half-squared";
    Squared "sse" "mse" "squared" "squared-error";
}
words! { Reduction Mean "mean" "average"; Sum "sum" "none"; MeanAll "mean-all"; }
words! { Update Subtract "-=" "subtract" "-"; Add "+=" "add" "+"; }
words! { Orientation Row "row" "numpy"; Column "col" "column" "columns" "matlab"; Torch "torch" "pytorch"; }

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

    /// The networks that this allows, the usual first: `hidden` layers, and `keep` where dropout masks are dumped.
    pub fn networks(&self, hidden: usize, keep: &[f64]) -> Vec<Network> {
        let functions: Vec<Vec<Function>> = match &self.activation {
            Some(one) if one.len() == 1 => vec![vec![one[0]; hidden]],
            Some(all) => vec![all.clone()],
            None if hidden == 0 => vec![Vec::new()],
            None => HIDDEN.iter().map(|&function| vec![function; hidden]).collect(),
        };
        let outputs = PAIRS.iter().filter(|(output, loss)| {
            let same = |stated: Function| stated.name() == output.name();
            self.output.is_none_or(same) && self.loss.is_none_or(|stated| stated == *loss)
        });
        let mut pairs: Vec<_> = outputs.map(|&(output, loss)| (self.output.unwrap_or(output), loss)).collect();
        if let (true, Some(output)) = (pairs.is_empty(), self.output) {
            // An output that nobody usually has: with the loss that is stated, or with those that take any number.
            let losses = self.loss.map_or(vec![Loss::HalfSquared, Loss::Squared], |loss| vec![loss]);
            pairs.extend(losses.into_iter().map(|loss| (output, loss)));
        }
        let mut networks = Vec::new();
        for (output, loss) in pairs {
            for hidden in &functions {
                networks.extend(keep.iter().map(|&keep| Network { hidden: hidden.clone(), output, loss, keep }));
            }
        }
        networks
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

const HIDDEN: [Function; 8] = [
    Function::Sigmoid,
    Function::Relu,
    Function::Tanh,
    Function::LeakyRelu(0.01),
    Function::LeakyRelu(0.1),
    Function::Linear,
    Function::Gelu,
    Function::Silu,
];

/// Outputs with the losses that people give them, the usual first.
const PAIRS: [(Function, Loss); 20] = {
    use Function::*;
    use Loss::*;
    [
        (Softmax, CrossEntropy),
        (Sigmoid, BinaryCrossEntropy),
        (Sigmoid, HalfSquared),
        (Sigmoid, Squared),
        (Linear, HalfSquared),
        (Linear, Squared),
        (Tanh, HalfSquared),
        (Tanh, Squared),
        (Relu, HalfSquared),
        (Relu, Squared),
        (Softmax, HalfSquared),
        (Softmax, Squared),
        (Sigmoid, CrossEntropy),
        (Softmax, BinaryCrossEntropy),
        (LeakyRelu(0.01), HalfSquared),
        (LeakyRelu(0.01), Squared),
        (Silu, HalfSquared),
        (Silu, Squared),
        (Gelu, HalfSquared),
        (Gelu, Squared),
    ]
};

/// What decides about every array of the forward pass and about the output error.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The functions of the hidden layers.
    pub hidden: Vec<Function>,
    /// The function of the output.
    pub output: Function,
    /// The loss.
    pub loss: Loss,
    /// The share of units that dropout keeps; 1 without dropout.
    pub keep: f64,
}

impl Network {
    /// Whether loss and output function cancel each other's derivative, so that the output error is p − y.
    pub fn fused(&self) -> bool {
        matches!(
            (self.output, self.loss),
            (Function::Softmax, Loss::CrossEntropy) | (Function::Sigmoid, Loss::BinaryCrossEntropy)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stated_function_leaves_a_network_and_no_function_is_no_statement() {
        assert_eq!(functions(","), None);
        assert_eq!(functions("relu, tanh").map(|all| all.len()), Some(2));
        for name in ["sigmoid", "tanh", "relu", "leaky-relu", "gelu", "gelu-tanh", "silu", "linear", "softmax"] {
            let stated = Stated { output: Function::parse(name, 0.01), ..Stated::default() };
            assert!(stated.output.is_some() && !stated.networks(1, &[1.0]).is_empty(), "{name}");
        }
    }
}
