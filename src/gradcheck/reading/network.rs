//! A network: the functions and the loss under which a dump is read, and those that a statement leaves open.

use super::convention::Loss;
use super::function::Function;
use super::stated::Stated;

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

impl Stated {
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

#[cfg(test)]
mod tests {
    use super::super::stated::functions;
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
