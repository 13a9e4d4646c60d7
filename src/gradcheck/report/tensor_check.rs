//! A dump beside the truth, tensor by tensor, whatever the search found.
//!
//! The truth comes from automatic differentiation, and only its scale and its L2 term follow the conventions of the
//! explanation. So the table of a verdict would show a difference even if the search were wrong.

use crate::device;
use crate::error::{Error, Result};
use crate::gradcheck::dump::Claim;
use crate::gradcheck::equations::{Forward, Truth, gap, norm, right_gradients, shares};
use crate::gradcheck::mistakes::{Parameter, Remark, TensorName};
use crate::gradcheck::reading::{BiasPlace, Function, LossFormula, Matrix, Network, Orientation};
use crate::gradcheck::scales::{Decay, right_multiple};
use crate::gradcheck::search::Explanation;

/// A db that is smaller than this beside dW is what rounding leaves of sums that cancel.
const ROUNDING: f64 = 1e-13;

/// A dumped gradient beside the truth.
#[derive(Clone, Debug)]
pub struct TensorCheck {
    /// The gradient, as in `dW1`.
    pub tensor: TensorName,
    /// |dump − truth| / |truth|; infinite where the shapes differ, and where the truth is zero and the dump is not.
    pub error: f64,
    /// The cosine of the angle between dump and truth; NaN where one of them is zero.
    pub cosine: f64,
    /// The multiple of the truth that comes nearest to the dump; NaN where the truth is zero.
    pub scale: f64,
    /// The entry that is off most: its place in the layout of the dump, what stands there and what should.
    pub worst: Option<(Vec<usize>, f64, f64)>,
    /// The shape of the dump, where it is not that of the parameter.
    pub shape: Option<(usize, usize)>,
}

impl TensorCheck {
    /// Whether of the two gradients of layer number `l` from 1 it is dW that is further from the truth.
    pub fn weight_is_off(tensors: &[TensorCheck], l: usize) -> bool {
        let error = |name: TensorName| tensors.iter().find(|one| one.tensor == name).map_or(0.0, |one| one.error);
        error(TensorName::weight(l)) > error(TensorName::bias(l))
    }
}

/// The gradients that Burn differentiates under an explanation, once the equations of this program agree with them.
///
/// # Errors
/// This binary has no backend that computes in f64; a gradient is not finite; or the two ways to compute the truth disagree,
/// which is a defect of this program.
pub fn truth(claim: &Claim, explanation: &Explanation) -> Result<Truth> {
    let mut reading = claim.readings[explanation.reading].inputs_only();
    let network = &Network { bias: BiasPlace::Preactivation, ..explanation.network.clone() };
    if (network.output, network.loss) == (Function::Softmax, LossFormula::CrossEntropy)
        && shares(&reading.targets.right)
    {
        whole_rows(&mut reading.targets.right);
    }
    let truth = Truth::of(&reading, network, &device::double()?);
    let forward = Forward::of(&reading, network);
    let equations = right_gradients(&reading, network, &forward);
    let finite = |matrix: &Matrix| matrix.iter().all(|v| v.is_finite());
    if !truth.gradients.iter().all(|(weight, bias)| finite(weight) && finite(bias)) {
        let (output, loss) = (network.output.name(), network.loss.name());
        return Err(Error::data(format!(
            "the gradient of this batch is not finite for output {output} and loss {loss}: a logarithm of 0; state the output that belongs to your loss, with --output and --loss"
        )));
    }
    let near = |a: &Matrix, b: &Matrix| gap(a, b) < 1e-8 || norm(b) < 1e-12;
    if equations.iter().zip(&truth.gradients).all(|(a, b)| near(&a.0, &b.0) && near(&a.1, &b.1)) {
        return Ok(truth);
    }
    Err(Error::other("the two ways to compute the truth disagree on this batch; please report it with the dump"))
}

/// Divides the targets of every row by their sum, which was rounded.
fn whole_rows(targets: &mut Matrix) {
    for mut row in targets.rows_mut() {
        let sum = row.sum();
        row /= sum;
    }
}

/// All dumped gradients beside the truth, under the conventions of an explanation.
pub fn compare(claim: &Claim, explanation: &Explanation, truth: &Truth) -> Vec<TensorCheck> {
    let reading = &claim.readings[explanation.reading];
    let rows = reading.rows() as f64;
    let scale = right_multiple(rows, &reading.widths(), explanation.reduction, explanation.update);
    let found = explanation.remarks.iter().find_map(|remark| match remark {
        Remark::Penalty { multiple, layer } => Some((*multiple, *layer)),
        _ => None,
    });
    let stated = Decay::of(&claim.stated, reading.given_rows()).stated().map(|multiple| (multiple, None));
    let (decay, penalised) = stated.or(found).unwrap_or((0.0, None));
    let turned = reading.orientation != Orientation::Row;
    let mut all = Vec::new();
    for (l, (layer, (d_weight, d_bias))) in reading.layers.iter().zip(&truth.gradients).enumerate() {
        let decay = if penalised.is_none_or(|number| number == l + 1) { decay * scale.signum() } else { 0.0 };
        let right = d_weight * scale + &layer.weight * decay;
        all.push(check(TensorName::weight(l + 1), &layer.d_weight, &right, turned));
        if let Some(dump) = &layer.d_bias {
            let right = d_bias * scale;
            let found = check(TensorName::bias(l + 1), dump, &right, false);
            let rounding = ROUNDING * norm(d_weight) * scale.abs();
            let both_nothing = dump.dim() == right.dim() && norm(dump) <= rounding && norm(&right) <= rounding;
            all.push(if both_nothing { TensorCheck { error: 0.0, ..found } } else { found });
        }
    }
    all
}

/// One dumped gradient beside the right one. `turned` says that the dump keeps its matrices the other way round, so that
/// the place of an entry is said as the person would write it.
fn check(tensor: TensorName, dump: &Matrix, truth: &Matrix, turned: bool) -> TensorCheck {
    if dump.dim() != truth.dim() {
        let shape = Some(dump.dim());
        return TensorCheck { tensor, error: f64::INFINITY, cosine: f64::NAN, scale: f64::NAN, worst: None, shape };
    }
    let dot: f64 = dump.iter().zip(truth).map(|(a, b)| a * b).sum();
    let (size, right) = (norm(dump), norm(truth));
    let error = if right > 0.0 {
        gap(dump, truth)
    } else if size > 0.0 {
        f64::INFINITY
    } else {
        0.0
    };
    let off = |((_, a), b): &((_, &f64), &f64)| (*a - *b).abs();
    let worst = dump.indexed_iter().zip(truth).max_by(|a, b| off(a).total_cmp(&off(b)));
    let worst = worst.map(|(((i, j), &found), &wanted)| {
        let place = match (tensor.parameter, turned) {
            (Parameter::Bias, _) => vec![j],
            (Parameter::Weight, true) => vec![j, i],
            (Parameter::Weight, false) => vec![i, j],
        };
        (place, found, wanted)
    });
    let cosine = if size > 0.0 && right > 0.0 { dot / (size * right) } else { f64::NAN };
    let scale = if right > 0.0 { dot / (right * right) } else { f64::NAN };
    TensorCheck { tensor, error, cosine, scale, worst, shape: None }
}
