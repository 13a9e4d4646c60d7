//! The verdict: what is wrong with a dump, where, how to mend it, and how sure that is.

use super::comparison::{Comparison, compare, truth};
use super::conditions::{Circumstance, observe, open_orientation};
use super::fixes::Notation;
use super::unknown::known;
use crate::error::Result;
use crate::gradcheck::dump::{Claim, Precision};
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Network, Reading, Reduction, Update};
use crate::gradcheck::scales::written;
use crate::gradcheck::search::{Story, Stuck, other_losses, otherwise, rivals};

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

/// The verdict where there is a story.
pub fn explained(claim: &Claim, stories: &[Story]) -> Result<Verdict> {
    let story = &stories[0];
    let reading = &claim.readings[story.reading];
    let mut others = otherwise(stories);
    let losses = other_losses(claim, story);
    others.extend(losses.into_iter().map(|loss| (format!("loss {}", loss.name()), Vec::new())));
    let alternatives = rivals(stories);
    let acquitting = stories.iter().find(|story| story.charges.is_empty() && alternatives.contains(&Vec::new()));
    let or = acquitting.iter().flat_map(|story| &story.remarks).map(|remark| format!("or {remark}"));
    Ok(Verdict {
        ruling: if story.charges.is_empty() { Ruling::Right } else { Ruling::Mistaken },
        findings: findings(&story.charges, reading, story),
        notes: story.remarks.iter().cloned().chain(or).collect(),
        alternatives,
        otherwise: others,
        residual: Some(story.residual),
        ..beside_the_truth(claim, story)?
    })
}

/// The verdict where there is none: how far the equations are right, and where they no longer are.
pub fn unexplained(claim: &Claim, stuck: &Stuck) -> Result<Verdict> {
    let verdict = beside_the_truth(claim, &nearest(claim, stuck))?;
    let notes = known(claim, stuck, &verdict.tensors);
    Ok(Verdict { ruling: Ruling::Unexplained, unexplained: Some(stuck.tensor.clone()), notes, ..verdict })
}

/// What every verdict holds: the dump beside the truth, and what the batch is like.
fn beside_the_truth(claim: &Claim, story: &Story) -> Result<Verdict> {
    let reading = &claim.readings[story.reading];
    let mut circumstances = observe(reading, &story.network);
    circumstances.extend(open_orientation(&claim.readings, reading.orientation));
    Ok(Verdict {
        ruling: Ruling::Right,
        findings: Vec::new(),
        alternatives: Vec::new(),
        assumed: assumed(claim, story),
        otherwise: Vec::new(),
        notes: Vec::new(),
        circumstances,
        tensors: compare(claim, story, &truth(claim, story)?),
        residual: None,
        unexplained: None,
        precision: Precision::of(reading, &story.network).name,
    })
}

/// What to write instead, mistake by mistake.
fn findings(charges: &Charges, reading: &Reading, story: &Story) -> Vec<Finding> {
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
fn assumed(claim: &Claim, story: &Story) -> Vec<(String, String)> {
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

/// The story that is nearest to a claim that nothing explains: its own conventions, and no charge.
fn nearest(claim: &Claim, stuck: &Stuck) -> Story {
    let network: Network = stuck.network.clone();
    Story {
        reading: stuck.reading,
        network,
        reduction: claim.stated.reduction.unwrap_or(Reduction::Mean),
        update: claim.stated.update.unwrap_or(Update::Subtract),
        charges: Charges::none(),
        remarks: Vec::new(),
        residual: f64::INFINITY,
        cost: f64::INFINITY,
    }
}
