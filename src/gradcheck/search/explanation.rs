//! A dump explained, or where the search for an explanation ended.

use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Network, Reduction, Update};

/// Sets of mistakes that need this much more are no alternative.
pub const RIVAL: f64 = 0.5;
/// Under another loss a set of mistakes may need this much more and be worth saying.
const OTHER: f64 = 1.2;
/// A dump explained.
#[derive(Clone)]
pub struct Story {
    /// Which reading of the claim.
    pub reading: usize,
    /// Under which functions and loss.
    pub network: Network,
    /// Mean or sum.
    pub reduction: Reduction,
    /// Subtracted or added.
    pub update: Update,
    /// What is wrong.
    pub charges: Charges,
    /// What is not wrong and yet worth saying.
    pub remarks: Vec<String>,
    /// The largest residual of any tensor, relative.
    pub residual: f64,
    /// How unlikely it is.
    pub cost: f64,
}

/// Where the search ended without a story.
#[derive(Clone)]
pub struct Stuck {
    /// Which reading of the claim.
    pub reading: usize,
    /// Under which functions and loss.
    pub network: Network,
    /// The first tensor in backward order that no equation gives, or the array of the forward pass that is not what
    /// its equation says.
    pub tensor: String,
    /// How much was left to explain: layers, and half a layer where only a bias was; less is further.
    pub left: f64,
    /// What is wrong with the layers above it, under the likeliest of the chains that end here.
    pub above: Option<Charges>,
}

/// What the verdict would be under conventions that nobody stated and the first story does not take.
pub fn otherwise(stories: &[Story]) -> Vec<(String, Vec<Mistake>)> {
    let Some(first) = stories.first() else { return Vec::new() };
    let mut all = Vec::new();
    let best = |other: &dyn Fn(&Story) -> bool| stories.iter().find(|story| other(story));
    for &reduction in Reduction::ALL.iter().filter(|&&reduction| reduction != first.reduction) {
        let found = best(&|story| story.reduction == reduction && story.update == first.update);
        all.extend(found.map(|story| (format!("reduction {}", reduction.name()), story.charges.mistakes())));
    }
    for &update in Update::ALL.iter().filter(|&&update| update != first.update) {
        let found = best(&|story| story.update == update && story.reduction == first.reduction);
        all.extend(found.map(|story| (format!("update {}", update.name()), story.charges.mistakes())));
    }
    let mut seen = vec![(first.network.output.name(), first.network.loss)];
    for story in stories.iter().filter(|story| story.cost <= first.cost + OTHER) {
        let (output, loss) = (story.network.output.name(), story.network.loss);
        if !seen.contains(&(output, loss)) {
            seen.push((output, loss));
            all.push((format!("output {output} and loss {}", loss.name()), story.charges.mistakes()));
        }
    }
    all.retain(|(_, mistakes)| *mistakes != first.charges.mistakes());
    all
}

/// Other sets of mistakes that explain the dump as well as the first story does: under its conventions, and under
/// those that nobody stated.
pub fn rivals(stories: &[Story]) -> Vec<Vec<Mistake>> {
    let Some(first) = stories.first() else { return Vec::new() };
    let mut all: Vec<Vec<Mistake>> = Vec::new();
    for story in stories {
        let under = |other: &&Story| other.reduction == story.reduction && other.update == story.update;
        let least = stories.iter().filter(under).map(|other| other.cost).fold(f64::INFINITY, f64::min);
        let mistakes = story.charges.mistakes();
        let new = mistakes != first.charges.mistakes() && !all.contains(&mistakes);
        if new && story.cost <= least + RIVAL && story.cost <= first.cost + 2.0 * RIVAL + 1.2 {
            all.push(mistakes);
        }
    }
    all
}
