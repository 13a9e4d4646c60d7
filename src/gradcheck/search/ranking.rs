//! The order among explanations: which is the answer, which explain the dump as well, and which would be the answer
//! under another convention.

use super::explanation::{Convention, Explanation};
use crate::gradcheck::mistakes::Mistake;
use crate::gradcheck::reading::{BatchReduction, UpdateSign};

/// An explanation that costs this much more than the likeliest is no rival of it.
const RIVAL: f64 = 0.5;
/// Under another loss, an explanation may cost this much more and still be worth saying.
const OTHER: f64 = 1.2;

/// Sorts explanations by their cost. Of those that are about as likely as the likeliest, the one with the fewest
/// mistakes comes first; to take the dump for an update counts like a mistake here.
pub fn rank(explanations: &mut [Explanation]) {
    explanations.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let Some(least) = explanations.first().map(|explanation| explanation.cost) else { return };
    let near = explanations.iter().take_while(|explanation| explanation.cost <= least + RIVAL);
    let count = |explanation: &Explanation| explanation.mistakes.list().len() + usize::from(explanation.takes_a_step());
    let smallest = near.enumerate().min_by_key(|(_, explanation)| count(explanation));
    if let Some((place, _)) = smallest {
        explanations[..=place].rotate_right(1);
    }
}

/// The mistakes that would be found under conventions that nobody stated and the first explanation does not take, where
/// they are others.
pub fn mistakes_otherwise(explanations: &[Explanation]) -> Vec<(Convention, Vec<Mistake>)> {
    let Some(first) = explanations.first() else { return Vec::new() };
    let mut all = Vec::new();
    let best = |other: &dyn Fn(&Explanation) -> bool| explanations.iter().find(|one| other(one));
    for &reduction in BatchReduction::ALL.iter().filter(|&&reduction| reduction != first.reduction) {
        let found = best(&|one| one.reduction == reduction && one.update == first.update);
        all.extend(found.map(|one| (Convention::Reduction(reduction), one.mistakes.list())));
    }
    for &update in UpdateSign::ALL.iter().filter(|&&update| update != first.update) {
        let found = best(&|one| one.update == update && one.reduction == first.reduction);
        all.extend(found.map(|one| (Convention::Update(update), one.mistakes.list())));
    }
    let mut seen = vec![(first.network.output.name(), first.network.loss)];
    for one in explanations.iter().filter(|one| one.cost <= first.cost + OTHER) {
        let (output, loss) = (one.network.output, one.network.loss);
        if !seen.contains(&(output.name(), loss)) {
            seen.push((output.name(), loss));
            all.push((Convention::OutputAndLoss(output, loss), one.mistakes.list()));
        }
    }
    all.retain(|(_, mistakes)| *mistakes != first.mistakes.list());
    all
}

/// Other sets of mistakes that explain the dump as well as the first explanation does: under its conventions, and under
/// others that nobody ruled out.
pub fn rival_sets(explanations: &[Explanation]) -> Vec<Vec<Mistake>> {
    let Some(first) = explanations.first() else { return Vec::new() };
    let mut all: Vec<Vec<Mistake>> = Vec::new();
    // A rival is about as likely as the best under its own conventions, and not much less likely than the first.
    for one in explanations {
        let same = |other: &&Explanation| other.reduction == one.reduction && other.update == one.update;
        let least = explanations.iter().filter(same).map(|other| other.cost).fold(f64::INFINITY, f64::min);
        let mistakes = one.mistakes.list();
        let new = mistakes != first.mistakes.list() && !all.contains(&mistakes);
        if new && one.cost <= least + RIVAL && one.cost <= first.cost + 2.0 * RIVAL + OTHER {
            all.push(mistakes);
        }
    }
    all
}
