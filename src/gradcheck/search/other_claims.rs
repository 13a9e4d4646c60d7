//! Another claim than the one that was made: the same dump with other parameters, and what explains it then.
//!
//! The biases may be thresholds, z = x·W − b, so that db has the other sign. The parameters may have been dumped after the
//! update.

use super::almost_right::rate_inside;
use super::choices::Choices;
use super::conventions::explain;
use super::explanation::Explanation;
use super::ranking::rank;
use crate::gradcheck::dump::Claim;
use crate::gradcheck::mistakes::Remark;
use crate::gradcheck::reading::{DumpedLayer, Reading, UpdateSign};

/// The claim with b and db negated, and the explanation under which it is right, perhaps but for a rate that nobody stated.
pub fn subtracted_biases(choices: &Choices) -> Option<(Claim, Explanation)> {
    let turned = with_subtracted_biases(choices)?;
    let understood = Choices::of(&turned, choices.unexplained);
    let mut found = understood.right_among(&understood.networks).or_else(|| rate_inside(&understood))?;
    found.remarks.insert(0, Remark::SubtractedBias);
    Some((turned, found))
}

/// The claim with b and db negated; `None` where there is no bias but 0, and on large batches.
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

/// The claim with the parameters as they were before the update, where they were dumped after it, and what explains it.
/// It needs a stated rate.
pub fn after_the_update(choices: &Choices) -> Option<(Claim, Explanation)> {
    let (claim, unexplained) = (choices.claim, choices.unexplained);
    let rate = claim.stated.rate?;
    let before = |step: f64| {
        let readings = claim.readings.iter().map(|reading| moved_back(reading, step)).collect::<Option<Vec<_>>>()?;
        let before = claim.with(readings);
        let mut all = explain(&before, unexplained.reading, &unexplained.network, false).ok()?;
        rank(&mut all);
        let mut found = all.into_iter().next()?;
        found.remarks.push(Remark::AfterUpdate { step });
        Some((before, found))
    };
    match claim.stated.update {
        Some(UpdateSign::Subtract) => before(rate),
        Some(UpdateSign::Add) => before(-rate),
        None => before(rate).or_else(|| before(-rate)),
    }
}

/// A reading with `step` times the dumped gradients added to the parameters, which undoes an update that subtracted them;
/// `None` where the shapes differ.
fn moved_back(reading: &Reading, step: f64) -> Option<Reading> {
    let mut reading = reading.inputs_only();
    for layer in &mut reading.layers {
        if layer.d_weight.dim() != layer.weight.dim() {
            return None;
        }
        layer.weight.scaled_add(step, &layer.d_weight);
        if let (Some(bias), Some(d_bias)) = (&mut layer.bias, &layer.d_bias) {
            if bias.dim() != d_bias.dim() {
                return None;
            }
            bias.scaled_add(step, d_bias);
        }
    }
    Some(reading)
}
