//! A charge: a mistake, and where in the user's program it is said to be.

use std::collections::BTreeMap;

use super::table::Mistake;

/// Several mistakes, each once, with the places where it was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Charges(BTreeMap<Mistake, Vec<String>>);

impl Charges {
    /// No mistake.
    pub fn none() -> Self {
        Self::default()
    }

    /// One mistake at `place`.
    pub fn one(mistake: Mistake, place: impl Into<String>) -> Self {
        Charges(BTreeMap::from([(mistake, vec![place.into()])]))
    }

    /// Both, places joined.
    pub fn and(&self, other: &Charges) -> Self {
        let mut all = self.clone();
        for (mistake, places) in &other.0 {
            let known = all.0.entry(*mistake).or_default();
            places.iter().for_each(|place| {
                if !known.contains(place) {
                    known.push(place.clone());
                }
            });
        }
        all
    }

    /// How unlikely so many mistakes are: about one each, a hundredth more for every further place.
    pub fn cost(&self) -> f64 {
        self.0.iter().map(|(mistake, places)| mistake.cost() + 0.01 * (places.len() - 1) as f64).sum()
    }

    /// The mistakes, in the order of the table.
    pub fn mistakes(&self) -> Vec<Mistake> {
        self.0.keys().copied().collect()
    }

    /// The mistakes with their places.
    pub fn iter(&self) -> impl Iterator<Item = (Mistake, &[String])> {
        self.0.iter().map(|(mistake, places)| (*mistake, places.as_slice()))
    }

    /// Whether `mistake` is among them.
    pub fn has(&self, mistake: Mistake) -> bool {
        self.0.contains_key(&mistake)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
