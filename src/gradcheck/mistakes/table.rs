//! The table of mistakes: the ways in which people get an equation of backpropagation wrong, each under one name.
//!
//! The table was collected from public questions and bug reports. The number beside a name says in how many of them
//! somebody had made the mistake; it decides between two sets that explain a dump equally well. The sentences speak to
//! the person whose gradients they are. A new mistake is added here by one row; `CONTRIBUTING.md` has all that goes with it.

/// The stage of a training step that a mistake stands in, in the order in which a person should mend them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The forward pass and the targets.
    Forward,
    /// The error at the output.
    Output,
    /// The error at a hidden layer.
    Hidden,
    /// The way of the error from one layer to the one below.
    Propagation,
    /// The gradient of the weights.
    Weight,
    /// A factor that scales a gradient.
    Scale,
    /// The gradient of the biases.
    Bias,
    /// The L2 penalty.
    Decay,
    /// Dropout on the way back.
    Dropout,
}

impl Mistake {
    /// Whether it may be no mistake under another loss, as a derivative of the output or a factor of two.
    pub fn may_be_another_loss(self) -> bool {
        use Mistake::{ExtraOutputDerivative, LossFactorTwo, MissingOutputDerivative, WrongOutputDerivative};
        matches!(self, MissingOutputDerivative | ExtraOutputDerivative | LossFactorTwo | WrongOutputDerivative)
    }
}

macro_rules! mistakes {
    ($($stage:ident $name:literal $variant:ident $seen:literal $sentence:literal)*) => {
        /// A mistake of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mistake {
            $(#[doc = $sentence] $variant,)*
        }

        impl Mistake {
            /// The whole table.
            pub const ALL: &[Mistake] = &[$(Mistake::$variant,)*];

            /// The name of the mistake in reports.
            pub fn name(self) -> &'static str {
                match self { $(Mistake::$variant => $name,)* }
            }

            /// What is wrong, as it is said to the person.
            pub fn sentence(self) -> &'static str {
                match self { $(Mistake::$variant => $sentence,)* }
            }

            /// The stage of the training step that it stands in.
            pub fn stage(self) -> Stage {
                match self { $(Mistake::$variant => Stage::$stage,)* }
            }

            /// In how many public reports somebody made it.
            pub fn seen(self) -> u32 {
                match self { $(Mistake::$variant => $seen,)* }
            }
        }
    };
}

mistakes! {
    Forward "targets-not-one-hot" TargetsNotOneHot 2
        "the class number itself is the target: one number such as 7 is subtracted from all outputs of the row"
    Forward "label-offset" LabelOffset 1
        "classes and outputs are counted from different numbers, so every target sits one place off"
    Forward "targets-not-shares" TargetsNotShares 1
        "the targets of a row do not add up to 1, so that p - y is no gradient of the cross-entropy, which is p * sum(y) - y; several classes in a row ask for sigmoid and bce"
    Forward "residual-broadcast" ResidualBroadcast 1
        "a column (m, 1) minus a vector (m,) is a matrix (m, m): every prediction meets the targets of all rows"
    Forward "softmax-over-batch" SoftmaxOverBatch 3
        "the softmax sums over the rows of the batch instead of over the classes: each class adds up to 1, not each row"
    Forward "softmax-over-all" SoftmaxOverAll 3
        "the softmax divides by the sum over the whole matrix, so all rows together add up to 1"
    Forward "wrong-activation" WrongActivation 1
        "the forward pass applies another function than the one that is stated"
    Forward "bias-after-activation" BiasAfterActivation 1
        "the bias is added to what the function gives, f(x·W) + b, where it belongs inside, f(x·W + b)"
    Forward "bias-in-weight" BiasInWeight 1
        "the bias is added to the weight, x·(W + b), so that every unit adds it once for each of its inputs"
    Output "residual-sign" ResidualSign 5
        "the gradient points uphill: an error of target - output is to be added, one of output - target subtracted"
    Output "extra-output-derivative" ExtraOutputDerivative 3
        "the output error is multiplied by a derivative that cross-entropy has cancelled already"
    Output "missing-output-derivative" MissingOutputDerivative 6
        "the derivative of the output function is missing from the output error"
    Output "output-derivative-of-preactivation" OutputDerivativeOfPreactivation 1
        "the formula for the output's derivative expects the activation and is given the pre-activation z"
    Output "wrong-output-derivative" WrongOutputDerivative 1
        "the output error is multiplied by something that is not the derivative of the output function"
    Output "bce-derivative-sign" BceDerivativeSign 3
        "the two terms of the cross-entropy's derivative carry one sign; they need opposite ones"
    Output "derivative-missing-in-dW" DerivativeMissingInDw 1
        "the output derivative is there on the way down but not in the last layer's dW"
    Hidden "missing-activation-derivative" MissingActivationDerivative 6
        "the hidden error lacks the factor f'(z); for relu, a mask `a >= 0` lets everything through"
    Hidden "activation-derivative-of-preactivation" ActivationDerivativeOfPreactivation 3
        "a formula that expects the activation a is given the pre-activation z"
    Hidden "activation-derivative-of-activation" ActivationDerivativeOfActivation 4
        "f' is evaluated at the activation a, so the squashing happens twice"
    Hidden "wrong-activation-derivative" WrongActivationDerivative 9
        "the factor is not the derivative of this layer's function"
    Hidden "relu-on-delta" ReluOnDelta 2
        "relu cuts the backward signal by its own sign instead of by that of z"
    Hidden "upstream-gradient-dropped" UpstreamGradientDropped 1
        "the hidden error is f'(z) alone: what came from above was overwritten"
    Hidden "derivative-of-upstream-gradient" DerivativeOfUpstreamGradient 2
        "f' is evaluated at the incoming error instead of at z"
    Hidden "matmul-instead-of-elementwise" MatmulInsteadOfElementwise 2
        "a matrix product stands where entries should be multiplied one by one"
    Propagation "raw-error-propagated" RawErrorPropagated 7
        "what goes down through the weights is the error before it met this layer's derivative"
    Propagation "delta-not-propagated" DeltaNotPropagated 2
        "the hidden error is the error from above itself; the weights between the layers do not appear"
    Propagation "values-instead-of-deltas" ValuesInsteadOfDeltas 1
        "the weights carry down the outputs of the layer above, not its errors"
    Propagation "updated-weights-in-backprop" UpdatedWeightsInBackprop 7
        "the error goes down through weights that this step has changed already"
    Propagation "gradient-instead-of-weights" GradientInsteadOfWeights 1
        "the error goes down through dW where W belongs"
    Propagation "deltas-swapped" DeltasSwapped 1
        "two errors have changed places: the gradient of one unit or layer is built on the error of another"
    Propagation "weights-misaligned" WeightsMisaligned 1
        "with the bias as a row of W, another row than the bias was cut before the error went down"
    Weight "wrong-layer-input" WrongLayerInput 5
        "dW is built from the wrong array instead of from the layer's input"
    Weight "weight-gradient-transposed" WeightGradientTransposed 1
        "dW is the transpose of the gradient; the layer is square, so no shape complains"
    Weight "wrong-sample-index" WrongSampleIndex 1
        "one and the same row stands for the whole batch"
    Weight "updated-row-by-row" UpdatedRowByRow 1
        "the weights are updated after every row, so that later rows of the batch see other weights than the first"
    Scale "sum-instead-of-mean" SumInsteadOfMean 9
        "the batch is summed although the loss is a mean: the direction is right and the length m times too large"
    Scale "mean-twice" MeanTwice 1
        "the gradient is divided by the batch size twice"
    Scale "divided-by-wrong-count" DividedByWrongCount 2
        "the gradient is divided by the width of a layer instead of by the number of rows"
    Scale "class-count-factor" ClassCountFactor 1
        "the gradient is off by the number of outputs"
    Scale "loss-factor-two" LossFactorTwo 1
        "the gradient is off by 2: a squared error in one place, half of it in the other"
    Scale "wrong-constant-factor" WrongConstantFactor 1
        "this gradient alone is off by a constant"
    Bias "bias-weight-scale-mismatch" BiasWeightScaleMismatch 4
        "dW and db have different scales: one is a sum over the batch and the other a mean"
    Bias "bias-gradient-scalar" BiasGradientScalar 2
        "db is a single number for the whole layer: its sum has no axis"
    Bias "bias-gradient-not-summed" BiasGradientNotSummed 1
        "db still has one row for each sample"
    Bias "bias-gradient-from-dW" BiasGradientFromDw 1
        "db is a sum over dW, so the inputs are still in it"
    Bias "bias-sign" BiasSign 1
        "db has the opposite sign of dW"
    Decay "l2-scaling" L2Scaling 2
        "the L2 term has the right form and the wrong size"
    Decay "l2-sign" L2Sign 1
        "the L2 term is subtracted, so that it makes the weights grow"
    Decay "l2-value-instead-of-gradient" L2ValueInsteadOfGradient 1
        "the L2 penalty itself, one number, is added to every entry instead of its gradient"
    Decay "l2-on-bias" L2OnBias 1
        "the L2 term reaches the biases"
    Dropout "dropout-mask-missing" DropoutMaskMissing 2
        "units that dropout had switched off receive a gradient"
    Dropout "dropout-scale-missing" DropoutScaleMissing 2
        "the factor 1/keep of the forward pass is missing on the way back"
}

impl Mistake {
    /// The mistake of this name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mistake| mistake.name() == name)
    }

    /// How unlikely the mistake is: 1, less a hundredth for every report of it.
    pub fn cost(self) -> f64 {
        1.0 - 0.01 * f64::from(self.seen())
    }
}
