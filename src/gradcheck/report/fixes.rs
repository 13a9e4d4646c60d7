//! Fixes: what to write instead of a mistake, in numpy and in the orientation in which the person keeps matrices.
//!
//! A fix is a line that can be pasted. It names the person's own arrays, as in `delta1` and `W2`, and it divides by the
//! rows if the loss does. The equations are those of `equations/backward.rs`, written as text.

use super::tensor_check::TensorCheck;
use crate::gradcheck::mistakes::Mistake;
use crate::gradcheck::reading::{BatchReduction, Function, LossFormula, Network, Orientation};

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
    pub fn fix(&self, mistake: Mistake, l: usize) -> String {
        let last = self.layers;
        let hidden = l.clamp(1, last.saturating_sub(1).max(1));
        match mistake {
            Mistake::TargetsNotOneHot => self.text("Y = np.eye(K)[y]", "Y = np.eye(K)[:, y]"),
            Mistake::ResidualBroadcast => "y = y.reshape(-1, 1)".into(),
            Mistake::LabelOffset => "number the classes from 0 before coding them: np.eye(K)[y - y.min()]".into(),
            Mistake::SoftmaxOverBatch | Mistake::SoftmaxOverAll => self.softmax(),
            Mistake::WrongActivation => "apply the same function that the derivative belongs to".into(),
            Mistake::BiasAfterActivation | Mistake::BiasInWeight => self.preactivation(hidden),
            Mistake::DeltasSwapped => self.weight(l),
            Mistake::UpdatedRowByRow => "add up the gradients of all rows first, then update once".into(),
            Mistake::ResidualSign => {
                format!("{} and W -= rate * dW; or keep y - p and write W += rate * dW", self.output())
            }
            Mistake::ExtraOutputDerivative
            | Mistake::MissingOutputDerivative
            | Mistake::OutputDerivativeOfPreactivation
            | Mistake::WrongOutputDerivative => self.output(),
            Mistake::BceDerivativeSign => CROSS_ENTROPY.into(),
            Mistake::DerivativeMissingInDw => format!("{}; {}", self.output(), self.weight(last)),
            Mistake::ActivationDerivativeOfActivation | Mistake::MatmulInsteadOfElementwise if l >= last => {
                self.output()
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
            | Mistake::GradientInsteadOfWeights => self.hidden(hidden),
            Mistake::UpdatedWeightsInBackprop => UPDATE_LAST.into(),
            Mistake::WeightsMisaligned => format!("cut the row of the bias: {}", self.hidden(hidden)),
            Mistake::WrongLayerInput | Mistake::WeightGradientTransposed => self.weight(l),
            Mistake::WrongSampleIndex => format!("use the loop's own index, or all rows at once: {}", self.weight(l)),
            Mistake::DividedByWrongCount => format!("m = {}", self.text("x.shape[0]", "x.shape[1]")),
            Mistake::SumInsteadOfMean
            | Mistake::MeanTwice
            | Mistake::ClassCountFactor
            | Mistake::LossFactorTwo
            | Mistake::WrongConstantFactor => scale(mistake).into(),
            Mistake::BiasWeightScaleMismatch if TensorCheck::weight_is_off(self.tensors, l) => self.weight(l),
            Mistake::BiasWeightScaleMismatch => self.bias(l),
            Mistake::BiasGradientScalar
            | Mistake::BiasGradientNotSummed
            | Mistake::BiasGradientFromDw
            | Mistake::BiasSign => self.bias(l),
            Mistake::L2Scaling => PENALTY.into(),
            Mistake::L2Sign => format!("add the term: dW{l} = … + lambda * W{l}"),
            Mistake::L2ValueInsteadOfGradient => format!("lambda * W{l}, not lambda * sum(W{l}**2)"),
            Mistake::L2OnBias => format!("no L2 term in db: {}", self.bias(l)),
            Mistake::DropoutMaskMissing | Mistake::DropoutScaleMissing => format!("delta{l} *= mask{l} / keep"),
        }
    }

    /// The right pre-activation and activation of layer number `l` from 1.
    fn preactivation(&self, l: usize) -> String {
        let input = input(l);
        let z = match self.orientation {
            Orientation::Row => format!("{input} @ W{l} + b{l}"),
            Orientation::Column => format!("W{l} @ {input} + b{l}"),
            Orientation::Torch => format!("{input} @ W{l}.T + b{l}"),
        };
        let function = self.network.hidden.get(l - 1).unwrap_or(&self.network.output).name();
        format!("z{l} = {z}; a{l} = {function}(z{l})")
    }

    /// The right softmax, with the maximum taken off so that nothing overflows.
    fn softmax(&self) -> String {
        let (l, axis) = (self.layers, self.text("1", "0"));
        format!("p = np.exp(z{l} - z{l}.max(axis={axis}, keepdims=True)); p /= p.sum(axis={axis}, keepdims=True)")
    }

    /// The right error at the output.
    fn output(&self) -> String {
        let l = self.layers;
        let half = if self.network.loss == LossFormula::Squared { "2 * (p - y)" } else { "(p - y)" };
        match self.network.output {
            _ if self.network.fused() => format!("delta{l} = p - y"),
            Function::Softmax => {
                format!("e = {half}; delta{l} = p * (e - (e * p).sum(axis={}, keepdims=True))", self.text("1", "0"))
            }
            Function::Linear => format!("delta{l} = {}", half.trim_matches(['(', ')'])),
            function => format!("delta{l} = {half} * {}", slope(function, l, "p")),
        }
    }

    /// The right error at hidden layer number `l` from 1.
    fn hidden(&self, l: usize) -> String {
        let above = l + 1;
        let down = match self.orientation {
            Orientation::Row => format!("delta{above} @ W{above}.T"),
            Orientation::Column => format!("W{above}.T @ delta{above}"),
            Orientation::Torch => format!("delta{above} @ W{above}"),
        };
        let function = self.network.hidden.get(l - 1).copied().unwrap_or(Function::Linear);
        match function {
            Function::Linear => format!("delta{l} = {down}"),
            function => format!("delta{l} = ({down}) * {}", slope(function, l, &format!("a{l}"))),
        }
    }

    /// The right gradient of the weight of layer number `l` from 1.
    fn weight(&self, l: usize) -> String {
        let input = input(l);
        let product = match self.orientation {
            Orientation::Row => format!("{input}.T @ delta{l}"),
            Orientation::Column => format!("delta{l} @ {input}.T"),
            Orientation::Torch => format!("delta{l}.T @ {input}"),
        };
        format!("dW{l} = {product}{}", self.division())
    }

    /// The right gradient of the bias of layer number `l` from 1.
    fn bias(&self, l: usize) -> String {
        let sum = self.text("sum(axis=0)", "sum(axis=1, keepdims=True)");
        format!("db{l} = delta{l}.{sum}{}", self.division())
    }

    /// The division that the reduction asks for.
    fn division(&self) -> &'static str {
        match self.reduction {
            BatchReduction::Mean => " / m",
            BatchReduction::Sum => "",
            BatchReduction::MeanAll => " / (m * K)",
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
