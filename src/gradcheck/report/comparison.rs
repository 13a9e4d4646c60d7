//! A dump beside the truth, tensor by tensor.

use crate::device;
use crate::error::{Error, Result};
use crate::gradcheck::dump::Claim;
use crate::gradcheck::equations::{Forward, Truth, gap, norm, right_gradients};
use crate::gradcheck::reading::{Function, Loss, Matrix, Orientation};
use crate::gradcheck::scales::{Decay, Scales};
use crate::gradcheck::search::Story;

/// A dumped gradient beside the truth.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// `dW1`, `db1`, …
    pub name: String,
    /// |dump − truth| / |truth|; infinite where the shapes differ or the truth is zero and the dump is not.
    pub error: f64,
    /// The cosine of the angle between them.
    pub cosine: f64,
    /// The multiple of the truth that comes nearest.
    pub scale: f64,
    /// The entry that is off most: its place as dumped, what is there and what should be.
    pub worst: Option<(Vec<usize>, f64, f64)>,
    /// The dump's shape, where it is not that of the parameter.
    pub shape: Option<(usize, usize)>,
}

/// The dump beside the truth under a story.
pub fn compare(claim: &Claim, story: &Story, truth: &Truth) -> Vec<Comparison> {
    let reading = &claim.readings[story.reading];
    let widths = reading.widths();
    let scales = Scales {
        rows: reading.rows() as f64,
        widths: &widths,
        reduction: story.reduction,
        update: story.update,
        rate: None,
        signless: false,
        tolerance: 0.0,
    };
    let scale = scales.expected();
    let decay = Decay::of(&claim.stated, reading.rows()).stated().unwrap_or(0.0) * scale.signum();
    let mut all = Vec::new();
    for (l, (layer, (d_weight, d_bias))) in reading.layers.iter().zip(&truth.gradients).enumerate() {
        let right = d_weight * scale + &layer.weight * decay;
        let turned = reading.orientation != Orientation::Row;
        all.push(comparison(format!("dW{}", l + 1), &layer.d_weight, &right, turned));
        if let Some(dump) = &layer.d_bias {
            all.push(comparison(format!("db{}", l + 1), dump, &(d_bias * scale), false));
        }
    }
    all
}

fn comparison(name: String, dump: &Matrix, truth: &Matrix, turned: bool) -> Comparison {
    if dump.dim() != truth.dim() {
        let shape = Some(dump.dim());
        return Comparison { name, error: f64::INFINITY, cosine: f64::NAN, scale: f64::NAN, worst: None, shape };
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
        let place = if name.starts_with("db") {
            vec![j]
        } else if turned {
            vec![j, i]
        } else {
            vec![i, j]
        };
        (place, found, wanted)
    });
    let cosine = if size > 0.0 && right > 0.0 { dot / (size * right) } else { f64::NAN };
    let scale = if right > 0.0 { dot / (right * right) } else { f64::NAN };
    Comparison { name, error, cosine, scale, worst, shape: None }
}

/// The truth under a story, which the court's own right equations must give as well.
pub fn truth(claim: &Claim, story: &Story) -> Result<Truth> {
    let mut reading = claim.readings[story.reading].inputs_only();
    if (story.network.output, story.network.loss) == (Function::Softmax, Loss::CrossEntropy) {
        whole_rows(&mut reading.targets.right)?;
    }
    let truth = Truth::of(&reading, &story.network, &device::double()?);
    let forward = Forward::of(&reading, &story.network);
    let equations = right_gradients(&reading, &story.network, &forward, &mut |_| {});
    let finite = |matrix: &Matrix| matrix.iter().all(|v| v.is_finite());
    if !truth.gradients.iter().all(|(weight, bias)| finite(weight) && finite(bias)) {
        let (output, loss) = (story.network.output.name(), story.network.loss.name());
        return Err(Error::data(format!(
            "the gradient of this batch is not finite for output {output} and loss {loss}: a logarithm of 0; state the output that belongs to your loss, with --output and --loss"
        )));
    }
    let near = |a: &Matrix, b: &Matrix| gap(a, b) < 1e-8 || norm(b) < 1e-12;
    let agree = equations.iter().zip(&truth.gradients).all(|(a, b)| near(&a.0, &b.0) && near(&a.1, &b.1));
    if agree {
        return Ok(truth);
    }
    Err(Error::other("the two ways to compute the truth disagree on this batch; please report it with the dump"))
}

/// Makes the targets of every row, rounded as they may be, add up to 1: only then is p - y the error of a softmax.
fn whole_rows(targets: &mut Matrix) -> Result<()> {
    for (row, mut all) in targets.rows_mut().into_iter().enumerate() {
        let sum = all.sum();
        if (sum - 1.0).abs() > 0.01 {
            return Err(Error::data(format!(
                "the targets of a row must add up to 1 for cross-entropy from softmax: those of row {row} add up to {sum}; for several classes in a row use sigmoid with bce"
            )));
        }
        all /= sum;
    }
    Ok(())
}
