//! The unknown: what can be said of a dump that no set of known mistakes explains.
//!
//! Three things can still be known. From the output down, the equations are right up to some layer. In the gradient
//! that is wrong, only some entries may be off. And where the batch has no more rows than the layer has inputs, the
//! equation dW = inputᵀ · delta can be solved for delta: either such an error exists, and the equation of dW is right,
//! or it does not, and that equation itself is wrong.

use super::linear_solve::solve_for_error;
use super::tensor_check::TensorCheck;
use crate::gradcheck::dump::Claim;
use crate::gradcheck::equations::{Forward, LeastSquares, bias_gradient, gap, right_gradients};
use crate::gradcheck::mistakes::{Mistakes, Parameter, TensorName};
use crate::gradcheck::reading::{Matrix, Reading};
use crate::gradcheck::search::{Obstacle, Unexplained};

/// Everything that is known, a sentence each.
pub fn what_is_known(claim: &Claim, unexplained: &Unexplained, tensors: &[TensorCheck]) -> Vec<String> {
    let reading = &claim.readings[unexplained.reading];
    if let Some(said) = broadcast(reading) {
        return vec![said];
    }
    if tensors.iter().all(|tensor| tensor.scale == 0.0 || tensor.scale.is_nan()) {
        return vec!["all gradients are zero: nothing was computed, or it was dumped before the backward pass".into()];
    }
    let mut all = Vec::from_iter(one_scale(tensors));
    let last = reading.layers.len();
    if let Some(layer) = unexplained.obstacle.layer().filter(|&layer| layer < last) {
        all.extend(layers_above(layer, last, unexplained.above.as_ref(), tensors));
    }
    let Obstacle::Gradient(name @ TensorName { parameter: Parameter::Weight, layer }) = unexplained.obstacle else {
        return all;
    };
    let forward = Forward::of(reading, &unexplained.network);
    if unexplained.above.as_ref().is_some_and(Mistakes::is_empty) || layer == last {
        let right = right_gradients(reading, &unexplained.network, &forward);
        all.extend(which_entries(&reading.layers[layer - 1].d_weight, &right[layer - 1].0, name));
    }
    all.extend(which_equation(reading, &forward, layer));
    all
}

/// A dW of the last layer with a column for every row of the batch, where the network has one output: numpy made a matrix
/// of a column and a vector.
fn broadcast(reading: &Reading) -> Option<String> {
    let (m, last) = (reading.rows(), reading.layers.last()?);
    let shape = (last.weight.nrows(), m);
    (last.weight.ncols() == 1 && m > 1 && last.d_weight.dim() == shape).then(|| {
        let name = TensorName::weight(reading.layers.len());
        format!("{name} has a column for every row of the batch: (m, 1) - (m,) is a matrix (m, m); write y = y.reshape(-1, 1)")
    })
}

/// The number that all tensors are off by, if it is one and the same. The search has tried every count of the network
/// and its batch by now, so the number is none of these.
fn one_scale(tensors: &[TensorCheck]) -> Option<String> {
    let scale = tensors.first()?.scale;
    let off = (scale - 1.0).abs() > 1e-6;
    let same =
        |t: &TensorCheck| t.shape.is_none() && t.cosine.abs() > 1.0 - 1e-6 && (t.scale / scale - 1.0).abs() < 1e-4;
    (off && tensors.iter().all(same)).then(|| {
        format!("every tensor is {scale:.6} times the gradient: the equations are right, and no count of rows, outputs or units is this number")
    })
}

/// What was found of the layers above `layer`, up to the `last`; nothing where no mistake was found and a db of one number,
/// which is some multiple of every other number, has another scale than dW.
fn layers_above(layer: usize, last: usize, found: Option<&Mistakes>, tensors: &[TensorCheck]) -> Option<String> {
    let above = (layer + 1..=last).map(|l| format!("layer {l}")).collect::<Vec<_>>().join(", ");
    match found {
        Some(mistakes) if mistakes.is_empty() => {
            of_one_scale(tensors, layer).then(|| format!("the equations of {above} are right"))
        }
        Some(mistakes) => {
            let names: Vec<&str> = mistakes.list().iter().map(|mistake| mistake.name()).collect();
            Some(format!("{above} would be explained by {}", names.join(", ")))
        }
        None => Some(format!("{above} found equations, and none of them leads on")),
    }
}

/// Whether the gradients of the layers above `layer` are the truth times one number.
fn of_one_scale(tensors: &[TensorCheck], layer: usize) -> bool {
    let above = tensors.iter().filter(|one| one.tensor.layer > layer && one.scale.is_normal());
    let scales: Vec<f64> = above.map(|one| one.scale).collect();
    scales.iter().all(|scale| (scale / scales[0] - 1.0).abs() < 1e-3)
}

/// Which entries of a gradient are off, if at least two thirds of those that are not 0 are not. The scale of the right
/// entries is the median of the ratios, so the entries that are off cannot shift it.
fn which_entries(dump: &Matrix, right: &Matrix, name: TensorName) -> Option<String> {
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
    if off.is_empty() || 3 * off.len() > ratios.len() {
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

/// Whether the equation of dW is wrong in layer `number` from 1, or the error that it is given. `None` where the batch has
/// more rows than the layer has inputs: then no error gives most matrices, right equation or not.
fn which_equation(reading: &Reading, forward: &Forward, number: usize) -> Option<String> {
    let (input, layer) = (&forward.inputs[number - 1], &reading.layers[number - 1]);
    let full = input.nrows() == input.ncols(); // then an error exists for any dW, right equation or not
    if input.nrows() > input.ncols() || layer.d_weight.dim() != layer.weight.dim() {
        return None;
    }
    let delta = solve_for_error(input, &layer.d_weight)?;
    let left = gap(&input.t().dot(&delta), &layer.d_weight);
    if left > 1e-3 {
        return Some(format!(
            "no error at layer {number} whatever makes its input times that error this dW{number}: the equation of dW{number} itself is wrong"
        ));
    }
    if full {
        return None;
    }
    let sum = bias_gradient(&delta);
    let agrees = layer.d_bias.as_ref().and_then(|dump| LeastSquares::of(dump, &[&sum])).map(|fit| fit.residual < 1e-3);
    let delta_wrong = format!(
        "dW{number} is the layer's input times some error, so its own equation is right: look at delta{number}"
    );
    Some(match agrees {
        Some(true) => format!("{delta_wrong}, of which db{number} is the sum"),
        Some(false) => format!("{delta_wrong}; db{number} is not the sum of the same error"),
        None => delta_wrong,
    })
}
