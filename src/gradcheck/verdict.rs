//! The verdict: what is wrong with a dump, where, how to mend it, and how sure that is.

use super::charge::Charges;
use super::circumstance::Circumstance;
use super::claim::{Claim, Reading};
use super::decay::Decay;
use super::factor::written;
use super::forward::{gap, norm};
use super::function::Matrix;
use super::judge::{Story, Stuck};
use super::mistake::Mistake;
use super::notation::Notation;
use super::scale::Scales;
use super::story::{Network, Orientation};
use super::truth::Truth;

/// Right, wrong, or beyond the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The dump is the gradient.
    Right,
    /// It is the gradient with mistakes that have names.
    Mistaken,
    /// It is not, and no set of known mistakes makes it so.
    Unexplained,
}

impl Ruling {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Ruling::Right => "right",
            Ruling::Mistaken => "mistaken",
            Ruling::Unexplained => "unexplained",
        }
    }
}

/// One mistake in the user's program.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which.
    pub mistake: Mistake,
    /// Where.
    pub places: Vec<String>,
    /// What to write instead.
    pub fix: String,
}

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

/// All that is to be said of a claim.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Right, mistaken or unexplained.
    pub ruling: Ruling,
    /// What is wrong, in the order in which to mend it.
    pub findings: Vec<Finding>,
    /// Other sets of mistakes that explain the dump as well.
    pub alternatives: Vec<Vec<Mistake>>,
    /// What was not stated and taken for granted: (convention, value).
    pub assumed: Vec<(String, String)>,
    /// What it would be under conventions that were not stated, where that is another: (convention, mistakes).
    pub otherwise: Vec<(String, Vec<Mistake>)>,
    /// What is worth knowing and no mistake of the gradient.
    pub notes: Vec<String>,
    /// What is so with batch and weights.
    pub circumstances: Vec<Circumstance>,
    /// The dump beside the truth, from the first layer to the last.
    pub tensors: Vec<Comparison>,
    /// What is left when the findings are taken into account, relative to the dump; `None` where nothing explains it.
    pub residual: Option<f64>,
    /// The first tensor in backward order that no equation gives, where nothing explains the dump.
    pub unexplained: Option<String>,
    /// What the numbers look like: `float64`, `float32`, `6 digits`.
    pub precision: String,
}

/// What to write instead, mistake by mistake.
pub fn findings(charges: &Charges, reading: &Reading, story: &Story) -> Vec<Finding> {
    let notation = Notation {
        orientation: reading.orientation,
        network: &story.network,
        reduction: story.reduction,
        layers: reading.layers.len(),
    };
    let mut all: Vec<Finding> = charges
        .iter()
        .map(|(mistake, places)| {
            let odd = places.iter().filter_map(|place| place.split_once(": factor ")?.1.parse().ok());
            let fix = match mistake {
                Mistake::WrongConstantFactor if odd.into_iter().any(|factor: f64| !written(factor, 1e-4)) => {
                    "no number of rows or units is this factor: look for what else multiplies this gradient".into()
                }
                _ => notation.fix(mistake, layer(places, reading.layers.len())),
            };
            Finding { mistake, places: places.to_vec(), fix }
        })
        .collect();
    all.sort_by_key(|finding| (finding.mistake.part(), finding.mistake));
    all
}

/// The number of the layer that a place speaks of; the last for the output.
fn layer(places: &[String], last: usize) -> usize {
    let number = |place: &String| {
        let digits: String = place.strip_prefix("layer ")?.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    places.iter().find_map(number).unwrap_or(last)
}

/// What the claim leaves open and the story fills in.
pub fn assumed(claim: &Claim, story: &Story) -> Vec<(String, String)> {
    let (stated, network) = (&claim.stated, &story.network);
    let hidden: Vec<&str> = network.hidden.iter().map(|function| function.name()).collect();
    let orientation = claim.readings[story.reading].orientation.name();
    let all = [
        ("activation", stated.activation.is_none() && !hidden.is_empty(), hidden.join(",")),
        ("output", stated.output.is_none(), network.output.name().into()),
        ("loss", stated.loss.is_none(), network.loss.name().into()),
        ("reduction", stated.reduction.is_none(), story.reduction.name().into()),
        ("update", stated.update.is_none(), story.update.name().into()),
        ("keep_prob", stated.keep.is_none() && network.keep != 1.0, network.keep.to_string()),
        ("convention", claim.readings.len() > 1, orientation.into()),
    ];
    all.into_iter().filter(|(_, open, _)| *open).map(|(name, _, value)| (name.into(), value)).collect()
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

/// The story that is nearest to a claim that nothing explains: its own conventions, and no charge.
pub fn nearest(claim: &Claim, stuck: &Stuck) -> Story {
    let network: Network = stuck.network.clone();
    Story {
        reading: stuck.reading,
        network,
        reduction: claim.stated.reduction.unwrap_or(super::story::Reduction::Mean),
        update: claim.stated.update.unwrap_or(super::story::Update::Subtract),
        charges: Charges::none(),
        remarks: Vec::new(),
        residual: f64::INFINITY,
        cost: f64::INFINITY,
    }
}
