//! Dumps of programs whose biases are thresholds, z = x·W − b, so that db has the other sign.

use super::choices::Choices;
use super::explanation::{Explanation, Unexplained};
use super::rate_inside::rate_inside;
use crate::gradcheck::dump::Claim;
use crate::gradcheck::mistakes::Remark;
use crate::gradcheck::reading::DumpedLayer;

/// The claim with thresholds for biases, and the explanation that finds nothing wrong with it then, but perhaps a rate
/// in the gradients that nobody stated.
pub fn subtracted_biases(choices: &Choices, unexplained: &Unexplained) -> Option<(Claim, Explanation)> {
    let turned = with_subtracted_biases(choices)?;
    let understood = Choices::of(&turned, unexplained);
    let mut found = understood.right().or_else(|| rate_inside(&understood))?;
    found.remarks.insert(0, Remark::SubtractedBias);
    Some((turned, found))
}

/// The claim with thresholds for biases; `None` where there is no bias but 0, and on large batches.
fn with_subtracted_biases(choices: &Choices) -> Option<Claim> {
    let any = |layer: &DumpedLayer| layer.bias.as_ref().is_some_and(|bias| bias.iter().any(|&b| b != 0.0));
    if !choices.small() || !choices.reading.layers.iter().any(any) {
        return None;
    }
    let mut turned = choices.claim.with(choices.claim.readings.clone());
    let biases = turned.readings.iter_mut().flat_map(|reading| &mut reading.layers);
    for layer in biases {
        let both = [&mut layer.bias, &mut layer.d_bias].into_iter().flatten();
        both.for_each(|array| array.mapv_inplace(|v| -v));
    }
    Some(turned)
}
