//! An occurrence of a mistake: where in a program it stands, and in which of several ways it was made there.

use crate::gradcheck::reading::Function;

/// Where a mistake stands, and how it was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Occurrence {
    /// The part of the network.
    pub scope: Scope,
    /// The way in which the mistake was made.
    pub detail: Detail,
}

/// A part of a network. Layers are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scope {
    /// The targets of the batch.
    Targets,
    /// The output of the network.
    Output,
    /// One layer.
    Layer(usize),
    /// The gradient of one parameter.
    Tensor(TensorName),
    /// All hidden layers.
    HiddenLayers,
    /// The weights of all layers.
    EveryLayer,
    /// The gradient as a whole.
    Everywhere,
}

/// The gradient of one parameter, as in `dW2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorName {
    /// Which of the layer's parameters.
    pub parameter: Parameter,
    /// The number of the layer, from 1.
    pub layer: usize,
}

/// A parameter of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// The weight, whose gradient is dW.
    Weight,
    /// The bias, whose gradient is db.
    Bias,
}

/// The way in which a mistake was made, where there are several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detail {
    /// There is only one way.
    None,
    /// This formula stands in the place of the right one, as people write it.
    Formula(&'static str),
    /// This array stands in the place of the layer's input.
    Input(WrongInput),
    /// One row stands for all: its number from 0, and of what it is a row.
    Row(usize, RowOf),
    /// With the bias kept as a row of the weights, the row of this number from 0 was cut in its stead.
    Cut(BiasRow, usize),
    /// Units of these numbers from 0 have changed places.
    Units(usize, usize),
    /// This layer, by its number from 1, has changed places with the one of the scope.
    OtherLayer(usize),
    /// The gradient is off by a factor.
    Factor(FactorMeaning),
    /// The L2 penalty adds this multiple of W to the gradient.
    PenaltyMultiple(f64),
    /// The L2 penalty has this multiple of the size that is stated.
    PenaltyTimes(f64),
    /// The L2 penalty adds a multiple of b to db.
    PenaltyOfBias,
    /// The L2 penalty adds one number to every entry of db.
    PenaltyConstant,
    /// The first function is applied where the second is stated.
    Functions(Function, Function),
}

/// An array that people take for the input of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongInput {
    /// The layer's own activation.
    OwnOutput,
    /// The layer's own pre-activation.
    OwnPreactivation,
    /// The pre-activation of the layer below.
    Preactivation,
    /// The activation of the layer below, before dropout.
    BeforeDropout,
    /// The input of the layer of this number.
    InputOfLayer(usize),
    /// The layer's weights.
    Weights,
    /// The input as it is, of a batch with as many rows as inputs, where its transpose belongs.
    NotTransposed,
    /// Nothing: the error is summed and no input is in it.
    Nothing,
}

/// What a row that stands for all is a row of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOf {
    /// The batch: of the layer's input and of its error.
    Batch,
    /// The layer's input alone.
    Input,
    /// The layer's error alone.
    Error,
    /// The targets.
    Targets,
}

/// Where the bias stands if it is kept as a row of the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BiasRow {
    /// Below all weights.
    Last,
    /// Above all weights.
    First,
}

/// What a factor means of which a gradient is off. The numbers that people count are f64 here, as they are computed
/// with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FactorMeaning {
    /// The number of rows.
    Rows(f64),
    /// One over the number of rows.
    OverRows(f64),
    /// One over the square of the number of rows.
    OverRowsTwice(f64),
    /// The number of rows times that of outputs.
    RowsAndOutputs(f64),
    /// A division by this width of a layer instead of the number of rows.
    DividedBy(usize),
    /// The number of outputs.
    Outputs(f64),
    /// One over the number of outputs.
    OverOutputs(f64),
    /// Two.
    Two,
    /// One half.
    OneHalf,
    /// A constant of one tensor.
    Constant(f64),
}

impl FactorMeaning {
    /// A constant to six decimals, which are as many as are said of it.
    pub fn constant(factor: f64) -> Self {
        FactorMeaning::Constant((factor * 1e6).round() / 1e6)
    }
}

impl Occurrence {
    /// A mistake at the output that can be made in one way.
    pub const OUTPUT: Occurrence = Occurrence { scope: Scope::Output, detail: Detail::None };

    /// A mistake at layer number `layer` from 1 that can be made in one way.
    pub fn layer(layer: usize) -> Self {
        Occurrence { scope: Scope::Layer(layer), detail: Detail::None }
    }

    /// The same occurrence, with the way in which the mistake was made.
    pub fn with(self, detail: Detail) -> Self {
        Occurrence { detail, ..self }
    }

    /// The number of the layer from 1, where the mistake stands in a single one.
    pub fn layer_number(&self) -> Option<usize> {
        match self.scope {
            Scope::Layer(layer) | Scope::Tensor(TensorName { layer, .. }) => Some(layer),
            _ => None,
        }
    }

    /// The tensor, where the mistake concerns a single one.
    pub fn tensor(&self) -> Option<TensorName> {
        match self.scope {
            Scope::Tensor(name) => Some(name),
            _ => None,
        }
    }

    /// What the factor means by which the gradient is off, where that is the mistake.
    pub fn factor(&self) -> Option<FactorMeaning> {
        match self.detail {
            Detail::Factor(meaning) => Some(meaning),
            _ => None,
        }
    }
}

impl TensorName {
    /// The gradient of the weight of layer number `layer` from 1.
    pub fn weight(layer: usize) -> Self {
        TensorName { parameter: Parameter::Weight, layer }
    }

    /// The gradient of the bias of layer number `layer` from 1.
    pub fn bias(layer: usize) -> Self {
        TensorName { parameter: Parameter::Bias, layer }
    }
}
