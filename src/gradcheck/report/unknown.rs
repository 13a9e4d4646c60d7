//! The unknown: what can be said of a dump that no set of known mistakes explains.
//!
//! How far down the equations are right; whether only some entries are off; and, where a batch has no more rows than
//! the layer has inputs, which of the two equations of that layer is wrong: then dW = inputᵀ · delta can be solved for
//! delta, and either such an error exists or it does not.

use super::comparison::Comparison;
use super::solve::solve;
use crate::gradcheck::dump::Claim;
use crate::gradcheck::equations::{Fit, Forward, bias_gradient, gap, right_gradients};
use crate::gradcheck::mistakes::Charges;
use crate::gradcheck::reading::{Matrix, Reading};
use crate::gradcheck::search::Stuck;

/// What is known, a sentence each.
pub fn known(claim: &Claim, stuck: &Stuck, tensors: &[Comparison]) -> Vec<String> {
    let reading = &claim.readings[stuck.reading];
    let mut all = Vec::new();
    if tensors.iter().all(|tensor| tensor.scale == 0.0 || tensor.scale.is_nan()) {
        return vec!["all gradients are zero: nothing was computed, or it was dumped before the backward pass".into()];
    }
    all.extend(one_scale(tensors));
    let layer: usize = stuck.tensor.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
    let last = reading.layers.len();
    if layer > 0 && layer < last {
        let above: Vec<String> = (layer + 1..=last).map(|l| format!("layer {l}")).collect();
        all.push(match &stuck.above {
            Some(charges) if charges.is_empty() => format!("the equations of {} are right", above.join(", ")),
            Some(charges) => {
                let names: Vec<&str> = charges.mistakes().iter().map(|mistake| mistake.name()).collect();
                format!("{} would be explained by {}", above.join(", "), names.join(", "))
            }
            None => format!("{} found equations, and none of them leads on", above.join(", ")),
        });
    }
    if layer > 0 && stuck.tensor.starts_with("dW") {
        let forward = Forward::of(reading, &stuck.network);
        if stuck.above.as_ref().is_some_and(Charges::is_empty) || layer == last {
            let right = right_gradients(reading, &stuck.network, &forward, &mut |_| {});
            all.extend(which_entries(&reading.layers[layer - 1].d_weight, &right[layer - 1].0, &stuck.tensor));
        }
        all.extend(which_equation(reading, &forward, layer - 1));
    }
    all
}

/// The number that all tensors are off by, if it is one.
fn one_scale(tensors: &[Comparison]) -> Option<String> {
    let scale = tensors.first()?.scale;
    let off = (scale - 1.0).abs() > 1e-6;
    let same =
        |t: &Comparison| t.shape.is_none() && t.cosine.abs() > 1.0 - 1e-6 && (t.scale / scale - 1.0).abs() < 1e-4;
    (off && tensors.iter().all(same)).then(|| {
        format!("every tensor is {scale:.6} times the gradient: the equations are right, and no count of rows, outputs or units is this number")
    })
}

/// Which entries are off, if most are not.
fn which_entries(dump: &Matrix, right: &Matrix, name: &str) -> Option<String> {
    if dump.dim() != right.dim() {
        return Some(format!("{name} has the wrong shape"));
    }
    let most = right.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    let pairs = dump.iter().zip(right).filter(|(_, right)| right.abs() > 1e-3 * most);
    let mut ratios: Vec<f64> = pairs.map(|(dump, right)| dump / right).collect();
    ratios.sort_by(f64::total_cmp);
    let scale = *ratios.get(ratios.len() / 2)?;
    let off: Vec<(usize, usize)> = dump
        .indexed_iter()
        .zip(right)
        .filter(|((_, dump), right)| (**dump - scale * **right).abs() > 1e-5 * most * scale.abs())
        .map(|((at, _), _)| at)
        .collect();
    if off.is_empty() || 3 * off.len() > dump.len() {
        return None;
    }
    let (i, j) = off[0];
    let place = match off.len() {
        1 => format!(": entry ({i}, {j})"),
        _ if off.iter().all(|at| at.0 == i) => format!(", all of them of input {i}"),
        _ if off.iter().all(|at| at.1 == j) => format!(", all of them of unit {j}"),
        _ => String::new(),
    };
    Some(format!("{} of the {} entries of {name} are off{place}; the others are right", off.len(), dump.len()))
}

/// Whether dW, or the error that it is built from, is what is wrong with layer number `l` from 0.
fn which_equation(reading: &Reading, forward: &Forward, l: usize) -> Option<String> {
    let (input, layer) = (&forward.inputs[l], &reading.layers[l]);
    let number = l + 1;
    if input.nrows() > input.ncols() || layer.d_weight.dim() != layer.weight.dim() {
        return None;
    }
    let delta = solve(input, &layer.d_weight)?;
    let left = gap(&input.t().dot(&delta), &layer.d_weight);
    if left > 1e-3 {
        return Some(format!(
            "no error at layer {number} whatever makes its input times that error this dW{number}: the equation of dW{number} itself is wrong"
        ));
    }
    let sum = bias_gradient(&delta);
    let agrees = layer.d_bias.as_ref().and_then(|dump| Fit::of(dump, &[&sum])).map(|fit| fit.residual < 1e-3);
    let delta_wrong = format!(
        "dW{number} is the layer's input times some error, so its own equation is right: look at delta{number}"
    );
    Some(match agrees {
        Some(true) => format!("{delta_wrong}, of which db{number} is the sum"),
        Some(false) => format!("{delta_wrong}; db{number} is not the sum of the same error"),
        None => delta_wrong,
    })
}
