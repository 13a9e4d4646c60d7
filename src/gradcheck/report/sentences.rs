//! Sentences: how the facts of the rooms below are said to a person.
//!
//! Each fact is a type with fields, and here is the one place where it becomes words. The words are part of the contract
//! of `--json` and of every printed verdict, so a change here is a change that people and their scripts see.

use std::fmt::{Display, Formatter, Result};

use crate::gradcheck::equations::ForwardArray;
use crate::gradcheck::mistakes::{
    BiasRow, Detail, FactorMeaning, Occurrence, Parameter, Remark, RowOf, Scope, TensorName, WrongInput,
};
use crate::gradcheck::search::{Convention, Obstacle};

/// An occurrence reads as in `layer 2: a(1-a)` or `dW1: factor 3.000000`.
impl Display for Occurrence {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match (self.scope, self.detail) {
            (Scope::Targets, Detail::Row(row, _)) => write!(f, "y[{row}] for every row"),
            (scope, Detail::None) => write!(f, "{scope}"),
            (scope, detail) => write!(f, "{scope}: {detail}"),
        }
    }
}

/// A scope reads as in `layer 2`, or as the name of a tensor.
impl Display for Scope {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Scope::Targets => write!(f, "targets"),
            Scope::Output => write!(f, "output"),
            Scope::Layer(layer) => write!(f, "layer {layer}"),
            Scope::Tensor(name) => write!(f, "{name}"),
            Scope::HiddenLayers => write!(f, "hidden layers"),
            Scope::EveryLayer => write!(f, "every layer"),
            Scope::Everywhere => write!(f, "everywhere"),
        }
    }
}

/// A detail stands behind the scope and a colon. A number is said to six decimals.
impl Display for Detail {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Detail::None => Ok(()),
            Detail::Formula(text) => write!(f, "{text}"),
            Detail::Input(input) => write!(f, "{input}"),
            Detail::Row(row, RowOf::Batch | RowOf::Targets) => write!(f, "row {row}"),
            Detail::Row(row, RowOf::Input) => write!(f, "row {row} of the input"),
            Detail::Row(row, RowOf::Error) => write!(f, "row {row} of the error"),
            Detail::Cut(BiasRow::Last, row) => write!(f, "bias last, row {row} cut"),
            Detail::Cut(BiasRow::First, row) => write!(f, "bias first, row {row} cut"),
            Detail::Units(one, other) => write!(f, "units {one} and {other}"),
            Detail::OtherLayer(layer) => write!(f, "and layer {layer}"),
            Detail::Factor(meaning) => write!(f, "{meaning}"),
            Detail::PenaltyMultiple(multiple) => write!(f, "{multiple:.6} W"),
            Detail::PenaltyTimes(times) => write!(f, "{times:.6} times the stated term"),
            Detail::PenaltyOfBias => write!(f, "a multiple of b"),
            Detail::PenaltyConstant => write!(f, "the same number in every entry"),
            Detail::Functions(applied, stated) => write!(f, "{} instead of {}", applied.name(), stated.name()),
        }
    }
}

/// A factor reads as its number, with what was counted to get it.
impl Display for FactorMeaning {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            FactorMeaning::Rows(m) => write!(f, "factor {m}, the rows"),
            FactorMeaning::OverRows(m) => write!(f, "factor 1/{m}"),
            FactorMeaning::OverRowsTwice(m) => write!(f, "factor 1/{m} twice"),
            FactorMeaning::RowsAndOutputs(all) => write!(f, "factor {all}, rows and outputs"),
            FactorMeaning::DividedBy(n) => write!(f, "divided by {n}"),
            FactorMeaning::Outputs(k) => write!(f, "factor {k}, the outputs"),
            FactorMeaning::OverOutputs(k) => write!(f, "factor 1/{k}, the outputs"),
            FactorMeaning::Two => write!(f, "factor 2"),
            FactorMeaning::OneHalf => write!(f, "factor 1/2"),
            FactorMeaning::Constant(factor) => write!(f, "factor {factor:.6}"),
        }
    }
}

/// An array is named by what it is to the layer, since every program names it differently.
impl Display for WrongInput {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            WrongInput::OwnOutput => write!(f, "its own output"),
            WrongInput::OwnPreactivation => write!(f, "its own pre-activation"),
            WrongInput::Preactivation => write!(f, "the pre-activation"),
            WrongInput::BeforeDropout => write!(f, "the activation before dropout"),
            WrongInput::InputOfLayer(layer) => write!(f, "the input of layer {layer}"),
            WrongInput::Weights => write!(f, "the weights"),
            WrongInput::NotTransposed => write!(f, "its input, not transposed"),
            WrongInput::Nothing => write!(f, "nothing, the input is missing"),
        }
    }
}

/// A gradient has the name under which people dump it, as in `dW2`.
impl Display for TensorName {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self.parameter {
            Parameter::Weight => write!(f, "dW{}", self.layer),
            Parameter::Bias => write!(f, "db{}", self.layer),
        }
    }
}

/// A remark is one sentence without a full stop; the verdict may put an `or` before it.
impl Display for Remark {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Remark::GradientOfMean => {
                write!(f, "the dump is the gradient of the mean: right if your loss divides by the rows")
            }
            Remark::Update => write!(f, "the dump is the update, rate times gradient"),
            Remark::Step => {
                write!(f, "the dump is the step, minus rate times gradient: right if you add it as it is")
            }
            Remark::RateInside(rate) => write!(
                f,
                "every tensor is {rate:.6} times the gradient, as if the rate were inside it: right if your update takes it as it is"
            ),
            Remark::Penalty { multiple: c, layer } => {
                let of = layer.map_or(String::new(), |layer| layer.to_string());
                write!(f, "dW{of} holds {c:.6} times W{of}: an L2 penalty whose gradient is {c:.6} W{of}")
            }
            Remark::NearlyRight => write!(
                f,
                "what is left is more than rounding and nothing in the table: most often 1e-8 added inside a logarithm or a division, a forward pass in float32, or differences of the loss in the place of derivatives"
            ),
            Remark::SubtractedBias => write!(f, "b is a threshold here, x·W - b: the verdict is that of -b and -db"),
            Remark::AfterUpdate { step } => write!(
                f,
                "judged for the weights before the update: yours were dumped after it, W + {step} * dW is what the gradients belong to"
            ),
        }
    }
}

/// A convention reads as the flag that would state it.
impl Display for Convention {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Convention::Reduction(reduction) => write!(f, "reduction {}", reduction.name()),
            Convention::Update(update) => write!(f, "update {}", update.name()),
            Convention::OutputAndLoss(output, loss) => {
                write!(f, "output {} and loss {}", output.name(), loss.name())
            }
            Convention::Loss(loss) => write!(f, "loss {}", loss.name()),
        }
    }
}

/// An obstacle reads as the name of the array that nothing gives.
impl Display for Obstacle {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Obstacle::Gradient(name) => write!(f, "{name}"),
            Obstacle::Forward(ForwardArray::Z(layer)) => write!(f, "z{layer}"),
            Obstacle::Forward(ForwardArray::A(layer)) => write!(f, "a{layer}"),
            Obstacle::Forward(ForwardArray::P) => write!(f, "p"),
            Obstacle::Scales => write!(f, "the scales of dW and db"),
        }
    }
}
