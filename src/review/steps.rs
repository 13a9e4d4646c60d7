//! The lines of a mistake: from its equation and layer to the lines of a script.
//!
//! The tracer knows which line computes which array and which step on the way to it. A mistake belongs to one equation,
//! and an equation to the arrays that it makes; so a mistake's lines are those of the arrays of its equation, the
//! likeliest first. A factor that is computed in a function of its own has a line there, too. The gradient check knows no
//! script and the tracer no mistake; here is the table by which the two meet.

use crate::gradcheck::{FoundMistake, Mistake, Scope, TensorCheck};
use crate::script::{Line, Roles};

/// The lines of one mistake, of every layer of `layers` that it was made in; `tensors` is the dump beside the truth.
pub fn lines(finding: &FoundMistake, roles: &Roles, layers: usize, tensors: &[TensorCheck]) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    for occurrence in &finding.occurrences {
        let top = if occurrence.scope == Scope::HiddenLayers { layers.saturating_sub(1) } else { layers };
        let numbers = occurrence.layer_number().map_or_else(|| (1..=top).rev().collect(), |layer| vec![layer]);
        for step in numbers.into_iter().flat_map(|layer| match finding.mistake {
            Mistake::BiasWeightScaleMismatch if TensorCheck::weight_is_off(tensors, layer) => {
                vec![format!("dW{layer} made"), format!("dW{layer}")]
            }
            mistake => steps(mistake, layer, layers),
        }) {
            let line = roles.lines.get(&step).filter(|line| !all.contains(line));
            all.extend(line.cloned());
        }
    }
    all
}

/// The steps of the tracer's whose lines a mistake may stand in, in layer number `l` from 1 of `last`.
fn steps(mistake: Mistake, l: usize, last: usize) -> Vec<String> {
    use Mistake as M;
    let error = |l: usize| vec![format!("delta{l}"), format!("delta{l} factor 2"), format!("delta{l} factor 1")];
    match mistake {
        M::TargetsNotOneHot | M::LabelOffset | M::TargetsNotShares | M::ResidualBroadcast => {
            vec!["compare".into(), "y".into()]
        }
        M::SoftmaxOverBatch | M::SoftmaxOverAll => vec!["p made".into(), "p".into()],
        M::BiasAfterActivation | M::BiasInWeight => vec![format!("z{l}"), format!("a{l}")],
        M::WrongActivation => vec![format!("a{l}")],
        M::ResidualSign => vec!["compare".into(), format!("delta{last}"), format!("update W{last}")],
        M::BceDerivativeSign => [vec!["compare".into()], error(last)].concat(),
        M::DerivativeMissingInDw => vec![format!("dW{last}"), format!("dW{last} made")],
        M::RawErrorPropagated
        | M::DeltaNotPropagated
        | M::ValuesInsteadOfDeltas
        | M::UpdatedWeightsInBackprop
        | M::GradientInsteadOfWeights
        | M::DeltasSwapped
        | M::WeightsMisaligned => vec![format!("up{l}"), format!("delta{l}")],
        M::SumInsteadOfMean | M::MeanTwice | M::DividedByWrongCount | M::ClassCountFactor | M::LossFactorTwo => {
            vec![format!("delta{last}"), format!("dW{last}")]
        }
        M::BiasWeightScaleMismatch
        | M::BiasGradientScalar
        | M::BiasGradientNotSummed
        | M::BiasGradientFromDw
        | M::BiasSign => vec![format!("db{l}")],
        M::WrongLayerInput | M::WeightGradientTransposed | M::WrongSampleIndex | M::WrongConstantFactor => {
            vec![format!("dW{l} made"), format!("dW{l}")]
        }
        M::UpdatedRowByRow => vec![format!("update W{l}")],
        M::L2Scaling | M::L2Sign | M::L2ValueInsteadOfGradient | M::L2OnBias => {
            vec![format!("dW{l}"), format!("update W{l}")]
        }
        M::ExtraOutputDerivative
        | M::MissingOutputDerivative
        | M::OutputDerivativeOfPreactivation
        | M::WrongOutputDerivative => error(last),
        M::MissingActivationDerivative
        | M::ActivationDerivativeOfPreactivation
        | M::ActivationDerivativeOfActivation
        | M::WrongActivationDerivative
        | M::ReluOnDelta
        | M::UpstreamGradientDropped
        | M::DerivativeOfUpstreamGradient
        | M::MatmulInsteadOfElementwise
        | M::DropoutMaskMissing
        | M::DropoutScaleMissing => error(l),
    }
}
