//! Sentences: how the facts of the rooms below are said to a person.
//!
//! Each fact is a type with fields, and here is the one place where it becomes words.

use std::fmt::{Display, Formatter, Result};

use crate::gradcheck::equations::ForwardArray;
use crate::gradcheck::mistakes::{
    At, BiasRow, Detail, FactorMeaning, Parameter, Place, Remark, RowOf, TensorName, WrongInput,
};
use crate::gradcheck::search::{Convention, Obstacle};

impl Display for Place {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match (self.at, self.detail) {
            (At::Targets, Detail::Row(row, _)) => write!(f, "y[{row}] for every row"),
            (at, Detail::None) => write!(f, "{at}"),
            (at, detail) => write!(f, "{at}: {detail}"),
        }
    }
}

impl Display for At {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            At::Targets => write!(f, "targets"),
            At::Output => write!(f, "output"),
            At::Layer(layer) => write!(f, "layer {layer}"),
            At::Tensor(name) => write!(f, "{name}"),
            At::HiddenLayers => write!(f, "hidden layers"),
            At::EveryLayer => write!(f, "every layer"),
            At::Everywhere => write!(f, "everywhere"),
        }
    }
}

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
            Detail::Factor(meaning) => write!(f, "{meaning}"),
            Detail::PenaltyMultiple(multiple) => write!(f, "{multiple:.6} W"),
            Detail::PenaltyTimes(times) => write!(f, "{times:.6} times the stated term"),
            Detail::PenaltyOfBias => write!(f, "a multiple of b"),
            Detail::PenaltyConstant => write!(f, "the same number in every entry"),
            Detail::Functions(applied, stated) => write!(f, "{} instead of {}", applied.name(), stated.name()),
        }
    }
}

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

impl Display for WrongInput {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            WrongInput::OwnOutput => write!(f, "its own output"),
            WrongInput::OwnPreactivation => write!(f, "its own pre-activation"),
            WrongInput::Preactivation => write!(f, "the pre-activation"),
            WrongInput::BeforeDropout => write!(f, "the activation before dropout"),
            WrongInput::InputOfLayer(layer) => write!(f, "the input of layer {layer}"),
            WrongInput::Weights => write!(f, "the weights"),
        }
    }
}

impl Display for TensorName {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self.parameter {
            Parameter::Weight => write!(f, "dW{}", self.layer),
            Parameter::Bias => write!(f, "db{}", self.layer),
        }
    }
}

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
            Remark::Penalty(c) => write!(f, "dW holds {c:.6} times W: an L2 penalty whose gradient is {c:.6} W"),
            Remark::NearlyRight => write!(
                f,
                "what is left is more than rounding and nothing in the table: most often 1e-8 added inside a logarithm or a division, a forward pass in float32, or differences of the loss in the place of derivatives"
            ),
            Remark::AfterUpdate { step } => write!(
                f,
                "right for the weights before the update: yours were dumped after it, W + {step} * dW is what the gradients belong to"
            ),
        }
    }
}

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
