//! Fixes: what to write instead of a mistake, in numpy and in the orientation in which the person keeps matrices.
//!
//! A fix is a line that can be pasted. It names the person's own arrays, as in `delta1` and `W2`, and it divides by the
//! rows if the loss does. The equations are those of `equations/backward.rs`, written as text.

use std::fmt;

use super::tensor_check::TensorCheck;
use crate::gradcheck::mistakes::Mistake;
use crate::gradcheck::reading::{BatchReduction, Function, LossFormula, Network, Orientation};

/// What to write instead of a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// One equation, which may stand in the place of a line.
    Equation(Equation),
    /// Words, perhaps with equations between them, for a person to read.
    Advice(String),
}

/// An equation in numpy, in the names of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equation {
    /// What is computed: `dW1`.
    pub left: String,
    /// How, without the division by the rows: `x.T @ delta1`. Several statements are parted by a semicolon.
    pub right: String,
    /// What the reduction divides by, `m` or `(m * K)`.
    pub divisor: Option<&'static str>,
    /// Whether the equation is that of an error, which some programs divide by the rows in its stead.
    pub error: bool,
    /// The number of the layer, from 1.
    pub layer: usize,
}

impl Fix {
    /// An equation that is not divided by the rows.
    fn equation(layer: usize, left: impl Into<String>, right: impl Into<String>) -> Fix {
        Fix::Equation(Equation { left: left.into(), right: right.into(), divisor: None, error: false, layer })
    }
}

impl From<Equation> for Fix {
    fn from(equation: Equation) -> Fix {
        Fix::Equation(equation)
    }
}

impl From<&str> for Fix {
    fn from(advice: &str) -> Fix {
        Fix::Advice(advice.into())
    }
}

impl From<String> for Fix {
    fn from(advice: String) -> Fix {
        Fix::Advice(advice)
    }
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Fix::Equation(equation) => equation.fmt(f),
            Fix::Advice(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Equation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} = {}", self.left, self.right)?;
        self.divisor.map_or(Ok(()), |divisor| write!(f, " / {divisor}"))
    }
}

/// How a person writes equations down.
pub struct Notation<'a> {
    /// The layout of the matrices.
    pub orientation: Orientation,
    /// The functions and the loss.
    pub network: &'a Network,
    /// How the loss is reduced over the batch.
    pub reduction: BatchReduction,
    /// The number of layers.
    pub layers: usize,
    /// The dump beside the truth.
    pub tensors: &'a [TensorCheck],
}

/// How to mend the derivative of cross-entropy, if it is not cancelled on paper.
const CROSS_ENTROPY: &str = "dL/dp = -(y / p) + (1 - y) / (1 - p), which times p * (1 - p) is p - y";
/// How to mend an error that goes down through new weights.
const UPDATE_LAST: &str = "compute every delta and gradient first, then update all weights";
/// How the factor of a penalty and that of its gradient belong together.
const PENALTY: &str =
    "the gradient of lambda/(2m) * sum(W**2) is lambda/m * W, of lambda/2 * sum(W**2) it is lambda * W";

impl Notation<'_> {
    /// What to write instead of a mistake that stands at layer number `l` from 1. A mistake that stands at no single layer
    /// is mended at the last one. The list is complete, so a new mistake of the table does not compile without a fix.
    pub fn fix(&self, mistake: Mistake, l: usize) -> Fix {
        let last = self.layers;
        let hidden = l.clamp(1, last.saturating_sub(1).max(1));
        match mistake {
            Mistake::TargetsNotOneHot | Mistake::TargetsNotShares | Mistake::ResidualBroadcast => self.targets(mistake),
            Mistake::LabelOffset => "number the classes from 0 before coding them: np.eye(K)[y - y.min()]".into(),
            Mistake::SoftmaxOverBatch | Mistake::SoftmaxOverAll => self.softmax(),
            Mistake::WrongActivation => "apply the same function that the derivative belongs to".into(),
            Mistake::BiasAfterActivation | Mistake::BiasInWeight => self.preactivation(hidden),
            Mistake::UpdatedRowByRow => "add up the gradients of all rows first, then update once".into(),
            Mistake::ResidualSign => {
                "p - y in the place of y - p, with all else as it is, and W -= rate * dW; or keep y - p and write W += rate * dW".into()
            }
            Mistake::ExtraOutputDerivative
            | Mistake::MissingOutputDerivative
            | Mistake::OutputDerivativeOfPreactivation
            | Mistake::WrongOutputDerivative => self.output().into(),
            Mistake::BceDerivativeSign => CROSS_ENTROPY.into(),
            Mistake::DerivativeMissingInDw => format!("{}; {}", self.output(), self.weight(last)).into(),
            Mistake::ActivationDerivativeOfActivation | Mistake::MatmulInsteadOfElementwise if l >= last => {
                self.output().into()
            }
            Mistake::MissingActivationDerivative
            | Mistake::ActivationDerivativeOfPreactivation
            | Mistake::ActivationDerivativeOfActivation
            | Mistake::WrongActivationDerivative
            | Mistake::ReluOnDelta
            | Mistake::UpstreamGradientDropped
            | Mistake::DerivativeOfUpstreamGradient
            | Mistake::MatmulInsteadOfElementwise
            | Mistake::RawErrorPropagated
            | Mistake::DeltaNotPropagated
            | Mistake::ValuesInsteadOfDeltas
            | Mistake::GradientInsteadOfWeights => self.hidden(hidden).into(),
            Mistake::UpdatedWeightsInBackprop => UPDATE_LAST.into(),
            Mistake::WeightsMisaligned => format!("cut the row of the bias: {}", self.hidden(hidden)).into(),
            Mistake::DeltasSwapped | Mistake::WrongLayerInput | Mistake::WeightGradientTransposed => {
                self.weight(l).into()
            }
            Mistake::WrongSampleIndex => format!("take the loop's index, or all rows: {}", self.weight(l)).into(),
            Mistake::DividedByWrongCount => Fix::equation(l, "m", self.text("x.shape[0]", "x.shape[1]")),
            Mistake::SumInsteadOfMean
            | Mistake::MeanTwice
            | Mistake::ClassCountFactor
            | Mistake::LossFactorTwo
            | Mistake::WrongConstantFactor => scale(mistake).into(),
            Mistake::BiasWeightScaleMismatch if TensorCheck::weight_is_off(self.tensors, l) => self.weight(l).into(),
            Mistake::BiasWeightScaleMismatch
            | Mistake::BiasGradientScalar
            | Mistake::BiasGradientNotSummed
            | Mistake::BiasGradientFromDw
            | Mistake::BiasSign => self.bias(l).into(),
            Mistake::L2Scaling => PENALTY.into(),
            Mistake::L2Sign => format!("add the term: dW{l} = … + lambda * W{l}").into(),
            Mistake::L2ValueInsteadOfGradient => format!("lambda * W{l}, not lambda * sum(W{l}**2)").into(),
            Mistake::L2OnBias => format!("no L2 term in db: {}", self.bias(l)).into(),
            Mistake::DropoutMaskMissing | Mistake::DropoutScaleMissing => format!("delta{l} *= mask{l} / keep").into(),
        }
    }

    /// The right targets.
    fn targets(&self, mistake: Mistake) -> Fix {
        let (left, right) = match mistake {
            Mistake::TargetsNotOneHot => ("Y", self.text("np.eye(K)[y]", "np.eye(K)[:, y]")),
            Mistake::TargetsNotShares => ("Y", self.text("Y / Y.sum(axis=1, keepdims=True)", "Y / Y.sum(axis=0)")),
            _ => ("y", "y.reshape(-1, 1)".into()),
        };
        Fix::equation(self.layers, left, right)
    }

    /// The right pre-activation and activation of layer number `l` from 1.
    fn preactivation(&self, l: usize) -> Fix {
        let input = input(l);
        let z = match self.orientation {
            Orientation::Row => format!("{input} @ W{l} + b{l}"),
            Orientation::Column => format!("W{l} @ {input} + b{l}"),
            Orientation::Torch => format!("{input} @ W{l}.T + b{l}"),
        };
        let function = self.network.hidden.get(l - 1).unwrap_or(&self.network.output).name();
        Fix::equation(l, format!("z{l}"), format!("{z}; a{l} = {function}(z{l})"))
    }

    /// The right softmax, with the maximum taken off so that nothing overflows.
    fn softmax(&self) -> Fix {
        let (l, axis) = (self.layers, self.text("1", "0"));
        let right =
            format!("np.exp(z{l} - z{l}.max(axis={axis}, keepdims=True)); p /= p.sum(axis={axis}, keepdims=True)");
        Fix::equation(l, "p", right)
    }

    /// The equation of the error at layer number `l` from 1.
    fn error(l: usize, right: String) -> Equation {
        Equation { left: format!("delta{l}"), right, divisor: None, error: true, layer: l }
    }

    /// The right error at the output.
    fn output(&self) -> Equation {
        let l = self.layers;
        let half = if self.network.loss == LossFormula::Squared { "2 * (p - y)" } else { "(p - y)" };
        match self.network.output {
            _ if self.network.fused() => Self::error(l, "p - y".into()),
            Function::Softmax => {
                let sum = format!("sum(axis={}, keepdims=True)", self.text("1", "0"));
                let right = format!("{half}; delta{l} = p * (e - (e * p).{sum})");
                Equation { left: "e".into(), ..Self::error(l, right) }
            }
            Function::Linear => Self::error(l, half.trim_matches(['(', ')']).into()),
            function => Self::error(l, format!("{half} * {}", slope(function, l, "p"))),
        }
    }

    /// The right error at hidden layer number `l` from 1.
    fn hidden(&self, l: usize) -> Equation {
        let above = l + 1;
        let down = match self.orientation {
            Orientation::Row => format!("delta{above} @ W{above}.T"),
            Orientation::Column => format!("W{above}.T @ delta{above}"),
            Orientation::Torch => format!("delta{above} @ W{above}"),
        };
        match self.network.hidden.get(l - 1).copied().unwrap_or(Function::Linear) {
            Function::Linear => Self::error(l, down),
            function => Self::error(l, format!("({down}) * {}", slope(function, l, &format!("a{l}")))),
        }
    }

    /// The right gradient of the weight of layer number `l` from 1.
    fn weight(&self, l: usize) -> Equation {
        let input = input(l);
        let right = match self.orientation {
            Orientation::Row => format!("{input}.T @ delta{l}"),
            Orientation::Column => format!("delta{l} @ {input}.T"),
            Orientation::Torch => format!("delta{l}.T @ {input}"),
        };
        Equation { left: format!("dW{l}"), right, divisor: self.divisor(), error: false, layer: l }
    }

    /// The right gradient of the bias of layer number `l` from 1.
    fn bias(&self, l: usize) -> Equation {
        let sum = self.text("sum(axis=0)", "sum(axis=1, keepdims=True)");
        let right = format!("delta{l}.{sum}");
        Equation { left: format!("db{l}"), right, divisor: self.divisor(), error: false, layer: l }
    }

    /// What the reduction divides by.
    fn divisor(&self) -> Option<&'static str> {
        match self.reduction {
            BatchReduction::Mean => Some("m"),
            BatchReduction::Sum => None,
            BatchReduction::MeanAll => Some("(m * K)"),
        }
    }

    /// What to write where samples are rows, or else what to write where they are columns.
    fn text(&self, rows: &str, columns: &str) -> String {
        if self.orientation == Orientation::Column { columns.into() } else { rows.into() }
    }
}

/// What layer number `l` from 1 is multiplied with.
fn input(l: usize) -> String {
    if l == 1 { "x".into() } else { format!("a{}", l - 1) }
}

/// What to do about a wrong factor. None of this depends on the layout of matrices. A division by the wrong count is not
/// here, because there the right count depends on the layout.
fn scale(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::SumInsteadOfMean => "divide by the number of rows, or make the rate that much smaller",
        Mistake::MeanTwice => "divide by the number of rows once",
        Mistake::ClassCountFactor => "reduce loss and gradient over the same entries",
        Mistake::LossFactorTwo => "2 (p - y) belongs to (p - y)^2, p - y to half of it",
        _ => "remove the factor",
    }
}

/// The derivative f′ as people write it, where `a` is the name of the activation.
fn slope(function: Function, l: usize, a: &str) -> String {
    match function {
        Function::Sigmoid | Function::Softmax => format!("{a} * (1 - {a})"),
        Function::Tanh => format!("(1 - {a}**2)"),
        Function::Relu => format!("(z{l} > 0)"),
        Function::LeakyRelu(slope) => format!("np.where(z{l} > 0, 1, {slope})"),
        Function::Linear => "1".into(),
        Function::Elu => format!("np.where(z{l} > 0, 1, {a} + 1)"),
        Function::Softplus => format!("1 / (1 + np.exp(-z{l}))"),
        Function::HardTanh => format!("(abs(z{l}) < 1)"),
        Function::Gelu | Function::GeluTanh | Function::Silu | Function::Selu | Function::Mish => {
            format!("{}'(z{l})", function.name())
        }
    }
}
