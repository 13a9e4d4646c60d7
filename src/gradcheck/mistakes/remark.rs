//! A remark: what is no mistake and yet worth saying of a dump, because it tells the person what the numbers are.

/// Something that was found out about a dump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Remark {
    /// The dump is the gradient of the mean, where the loss is stated to be a sum.
    GradientOfMean,
    /// The dump is the update, rate · gradient.
    Update,
    /// The dump is the step, −rate · gradient.
    Step,
    /// Every tensor is this multiple of the gradient, which looks like a rate that was not stated; negative for the step.
    RateInside(f64),
    /// The dump holds this multiple of W, as from an L2 penalty that is not stated: in all layers, or in one of them alone.
    Penalty {
        /// The multiple.
        multiple: f64,
        /// The number of the layer, from 1, if it is one alone.
        layer: Option<usize>,
    },
    /// The dump is the gradient to five digits or more, and what is left is no rounding.
    NearlyRight,
    /// The parameters were dumped after the update; W + step · dW is what the gradients belong to.
    AfterUpdate {
        /// The multiple of dW that leads back.
        step: f64,
    },
    /// The biases are subtracted: z is x·W − b.
    SubtractedBias,
}
