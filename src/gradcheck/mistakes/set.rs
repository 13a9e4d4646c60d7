//! A set of mistakes, each with its occurrences, and how unlikely the set is.

use std::collections::BTreeMap;

use super::occurrence::Occurrence;
use super::table::Mistake;

/// Several mistakes, each once, with all its occurrences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mistakes(BTreeMap<Mistake, Vec<Occurrence>>);

impl Mistakes {
    /// The set without a mistake.
    pub fn none() -> Self {
        Self::default()
    }

    /// One mistake that was made once.
    pub fn one(mistake: Mistake, occurrence: Occurrence) -> Self {
        Mistakes(BTreeMap::from([(mistake, vec![occurrence])]))
    }

    /// The mistakes of both sets. The occurrences of a mistake that is in both are joined.
    pub fn and(&self, other: &Mistakes) -> Self {
        let mut all = self.clone();
        for (mistake, occurrences) in &other.0 {
            let known = all.0.entry(*mistake).or_default();
            occurrences.iter().for_each(|occurrence| {
                if !known.contains(occurrence) {
                    known.push(*occurrence);
                }
            });
        }
        all
    }

    /// How unlikely it is that a person made all of these: about one for each mistake, and a hundredth more for every
    /// further occurrence.
    pub fn cost(&self) -> f64 {
        self.0.iter().map(|(mistake, occurrences)| mistake.cost() + 0.01 * (occurrences.len() - 1) as f64).sum()
    }

    /// The mistakes without their occurrences, in the order of the table.
    pub fn list(&self) -> Vec<Mistake> {
        self.0.keys().copied().collect()
    }

    /// The mistakes with their occurrences, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (Mistake, &[Occurrence])> {
        self.0.iter().map(|(mistake, occurrences)| (*mistake, occurrences.as_slice()))
    }

    /// Whether `mistake` is in the set.
    pub fn has(&self, mistake: Mistake) -> bool {
        self.0.contains_key(&mistake)
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
