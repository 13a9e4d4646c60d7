//! A set of mistakes, each with the places where it was made, and how unlikely the set is.

use std::collections::BTreeMap;

use super::place::Place;
use super::table::Mistake;

/// Several mistakes, each once, with all its places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mistakes(BTreeMap<Mistake, Vec<Place>>);

impl Mistakes {
    /// The set without a mistake.
    pub fn none() -> Self {
        Self::default()
    }

    /// One mistake at one place.
    pub fn one(mistake: Mistake, place: Place) -> Self {
        Mistakes(BTreeMap::from([(mistake, vec![place])]))
    }

    /// The mistakes of both sets. The places of a mistake that is in both are joined.
    pub fn and(&self, other: &Mistakes) -> Self {
        let mut all = self.clone();
        for (mistake, places) in &other.0 {
            let known = all.0.entry(*mistake).or_default();
            places.iter().for_each(|place| {
                if !known.contains(place) {
                    known.push(*place);
                }
            });
        }
        all
    }

    /// How unlikely it is that a person made all of these: about one for each mistake, and a hundredth more for every
    /// further place.
    pub fn cost(&self) -> f64 {
        self.0.iter().map(|(mistake, places)| mistake.cost() + 0.01 * (places.len() - 1) as f64).sum()
    }

    /// The mistakes without their places, in the order of the table.
    pub fn list(&self) -> Vec<Mistake> {
        self.0.keys().copied().collect()
    }

    /// The mistakes with their places, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (Mistake, &[Place])> {
        self.0.iter().map(|(mistake, places)| (*mistake, places.as_slice()))
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
