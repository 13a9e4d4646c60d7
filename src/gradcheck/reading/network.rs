//! A network: the functions and the loss under which a dump is read.
//!
//! They decide about every array of the forward pass and about the error at the output. Where they are not stated,
//! every combination that people use is tried; the usual ones come first, so that a person who writes what most write
//! is understood at once.

use super::convention::{BiasPlace, LossFormula};
use super::function::Function;
use super::stated::Stated;

/// The functions of all layers, and the loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The functions of the hidden layers, from the input on.
    pub hidden: Vec<Function>,
    /// The function of the output.
    pub output: Function,
    /// The loss of a row.
    pub loss: LossFormula,
    /// The share of units that dropout keeps; 1 without dropout.
    pub keep: f64,
    /// Where the biases are added.
    pub bias: BiasPlace,
}

impl Network {
    /// Whether loss and output function cancel each other's derivative, so that the error at the output is p − y
    /// (Bishop 2006, Pattern Recognition and Machine Learning, section 4.3.6: canonical link functions).
    pub fn fused(&self) -> bool {
        matches!(
            (self.output, self.loss),
            (Function::Softmax, LossFormula::CrossEntropy) | (Function::Sigmoid, LossFormula::BinaryCrossEntropy)
        )
    }

    /// The networks of `hidden` hidden layers that the statements allow, the usual ones first. `keep` lists the shares
    /// that dropout may keep.
    pub fn allowed(stated: &Stated, hidden: usize, keep: &[f64]) -> Vec<Network> {
        let functions: Vec<Vec<Function>> = match &stated.activation {
            Some(one) if one.len() == 1 => vec![vec![one[0]; hidden]],
            Some(all) => vec![all.clone()],
            None if hidden == 0 => vec![Vec::new()],
            None => HIDDEN.iter().map(|&function| vec![function; hidden]).collect(),
        };
        let mut networks = Vec::new();
        for (output, loss) in outputs(stated) {
            for hidden in &functions {
                let bias = BiasPlace::Preactivation;
                networks.extend(keep.iter().map(|&keep| Network { hidden: hidden.clone(), output, loss, keep, bias }));
            }
        }
        networks
    }
}

/// The outputs with the losses that the statements allow.
fn outputs(stated: &Stated) -> Vec<(Function, LossFormula)> {
    // What few people put at the output would explain away a factor of two, so it is only read where it is stated.
    let known = if stated.output.is_some() { PAIRS.len() } else { COMMON };
    let usual = PAIRS[..known].iter().filter(|(output, loss)| {
        let same = |function: Function| function.name() == output.name();
        stated.output.is_none_or(same) && stated.loss.is_none_or(|stated| stated == *loss)
    });
    let mut pairs: Vec<_> = usual.map(|&(output, loss)| (stated.output.unwrap_or(output), loss)).collect();
    if let (true, Some(output)) = (pairs.is_empty(), stated.output) {
        // An unusual output is read with the loss that is stated, or with the losses that take any number.
        let losses = stated.loss.map_or(vec![LossFormula::HalfSquared, LossFormula::Squared], |loss| vec![loss]);
        pairs.extend(losses.into_iter().map(|loss| (output, loss)));
    }
    pairs
}

/// The functions that are tried for hidden layers, the usual ones first. All hidden layers get the same one where nothing
/// is stated.
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

/// Hidden functions that are only tried where none of the usual ones makes a dump right.
pub const RARE: [Function; 5] = [Function::Elu, Function::Softplus, Function::Selu, Function::Mish, Function::HardTanh];

/// The number of pairs that are tried where no output is stated.
const COMMON: usize = 14;

/// Outputs with the losses that people give them, the usual ones first. Pairs that nobody uses are left out, because each
/// further pair gives a wrong dump one more way to look right by chance.
const PAIRS: [(Function, LossFormula); 20] = {
    use Function::*;
    use LossFormula::*;
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

#[cfg(test)]
mod tests {
    use super::super::stated::functions;
    use super::*;

    #[test]
    fn every_stated_function_leaves_a_network_and_no_function_is_no_statement() {
        assert_eq!(functions(","), None);
        assert_eq!(functions("relu, tanh").map(|all| all.len()), Some(2));
        for name in [
            "sigmoid",
            "tanh",
            "relu",
            "leaky-relu",
            "gelu",
            "gelu-tanh",
            "silu",
            "elu",
            "selu",
            "softplus",
            "mish",
            "hardtanh",
            "identity",
            "swish",
            "linear",
            "softmax",
        ] {
            let stated = Stated { output: Function::parse(name, 0.01), ..Stated::default() };
            assert!(stated.output.is_some() && !Network::allowed(&stated, 1, &[1.0]).is_empty(), "{name}");
        }
    }
}
