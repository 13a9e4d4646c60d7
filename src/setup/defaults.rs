//! Defaults that the data decide: what holds where nobody gave a value, once it is known how many rows there are.
//!
//! The table in `config.rs` holds the defaults of a large file, such as MNIST. A file of a few hundred rows needs other
//! ones, because an epoch of it is only a handful of updates: a narrower network, learned in larger steps. The rules are
//! few and stand here alone; docs/defaults.md gives the measurement behind each.

use super::config::Config;
use super::rate::Rate;
use crate::data;
use crate::learner::Rule;
use crate::model::Activation;

/// The knobs whose defaults are decided here, those first that keep a rule from the others.
pub(super) const FITTED: [&str; 8] =
    ["optimizer", "hidden", "rate", "weight-decay", "batch-size", "epochs", "dropout", "join"];
/// The knobs with which somebody says how long to learn, on which rows, or from which weights: one network does that.
const ONE_NETWORK: [&str; 6] = ["epochs", "patience", "validation", "fold", "ensemble", "from"];

/// A file of no more rows is small.
const FEW_ROWS: usize = 10_000;
/// What a small file gets in the place of the table's defaults: hidden layers, rate, dropout.
const SMALL: (&[usize], f64, f64) = (&[128], 0.01, 0.1);
/// How long a file is learned.
struct Length {
    /// Epochs, unless these are fewer than `least` updates or more than [`MOST_UPDATES`].
    epochs: usize,
    /// Updates that a network needs, however few rows there are.
    least: usize,
}
/// How long a small file is learned.
const SHORT: Length = Length { epochs: 40, least: 700 };
/// How long a large file is learned.
const LONG: Length = Length { epochs: 60, least: 2_000 };
/// Updates after which more of them help little.
const MOST_UPDATES: usize = 12_000;
/// Epochs that the largest file gets all the same.
const LEAST_EPOCHS: usize = 20;
/// Networks that are joined on files of no more rows: what a network more brings is less where rows are many, and takes longer.
const JOINED: [(usize, usize); 2] = [(FEW_ROWS, 4), (100_000, 2)];
/// The widest layer of a network that is narrow.
const NARROW: usize = 64;

impl Config {
    /// This configuration as it suits a file with `rows` rows to train on, validation included. A knob of which `given`
    /// says that somebody chose it stays as it is, and the others are chosen around it.
    ///
    /// ```
    /// use backburn::setup::Config;
    /// let small = Config::default().fitted(150, |_| false);
    /// assert_eq!((small.hidden, small.epochs), (vec![128], 234));
    /// let own = Config { batch_size: 10, ..Config::default() };
    /// assert_eq!(own.fitted(150, |knob| knob == "batch-size").batch_size, 10);
    /// ```
    pub fn fitted(mut self, rows: usize, given: impl Fn(&str) -> bool) -> Config {
        let learning = ["optimizer", "rate", "weight-decay", "batch-size"];
        let narrow = !self.hidden.is_empty() && self.hidden.iter().all(|&width| width <= NARROW);
        let sigmoid = narrow && self.activation == Activation::Sigmoid;
        if rows > FEW_ROWS && sigmoid && !learning.into_iter().any(&given) {
            return self.textbook(given);
        }
        if rows <= FEW_ROWS && !given("from") {
            self = self.small(&given);
        }
        if !self.hidden.is_empty() && !given("join") && !ONE_NETWORK.into_iter().any(&given) {
            self.join = JOINED.iter().find(|(most, _)| rows <= *most).map_or(self.join, |(_, networks)| *networks);
        }
        if !given("epochs") {
            self.epochs = self.epochs_for(rows);
        }
        self
    }

    /// A small file: a network that is narrower, learned at a higher rate with less dropout. Another optimizer has its
    /// own rate, and weights that are learned already keep theirs.
    fn small(mut self, given: &impl Fn(&str) -> bool) -> Config {
        let (hidden, rate, dropout) = SMALL;
        if !given("hidden") {
            self.hidden = hidden.to_vec();
        }
        if !given("rate") && !given("optimizer") {
            self.rate = Some(Rate::At(rate));
        }
        if !given("dropout") && !self.hidden.is_empty() {
            self.dropout = dropout;
        }
        self
    }

    /// How many epochs a file with so many rows to train on gets, validation included.
    fn epochs_for(&self, rows: usize) -> usize {
        let length = if rows <= FEW_ROWS { SHORT } else { LONG };
        let batches = self.batches((rows as f64 * (1.0 - self.validation)).round() as usize);
        (length.epochs * batches).clamp(length.least, MOST_UPDATES).div_ceil(batches).max(LEAST_EPOCHS)
    }

    /// A few sigmoid units on many rows, the network of most textbooks, are learned best as textbooks do it: gradient
    /// descent in small batches, without dropout, for which such a network has no units to spare.
    fn textbook(mut self, given: impl Fn(&str) -> bool) -> Config {
        (self.optimizer, self.rate) = (Rule::Sgd, Some(Rate::At(1.0)));
        (self.weight_decay, self.batch_size) = (5e-5, 10);
        self.epochs = if given("epochs") { self.epochs } else { 30 };
        self.dropout = if given("dropout") { self.dropout } else { 0.0 };
        self
    }

    /// [`Config::fitted`] for the file that this configuration names; as it is where that file cannot be read, which is
    /// said where it is loaded.
    pub fn fitted_to_file(self, given: impl Fn(&str) -> bool) -> Config {
        match data::training_rows(&self.request()) {
            Ok(rows) => self.fitted(rows, given),
            Err(_) => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_get_updates_enough_and_large_ones_the_defaults_of_the_table() {
        let epochs = |rows| Config::default().fitted(rows, |_| false).epochs;
        assert_eq!([1, 150, 1500, 10_000].map(epochs), [700, 234, 40, 40]); // 700 updates, or 40 epochs
        assert_eq!(Config { validation: 0.0, ..Config::default() }.fitted(20_000, |_| false).epochs, 39); // 12,000
        let small = Config::default().fitted(10_000, |_| false);
        assert_eq!((small.hidden, small.rate, small.dropout), (vec![128], Some(Rate::At(0.01)), 0.1));
        assert_eq!(Config::default().fitted(60_000, |_| false), Config { join: 2, ..Config::default() });
        assert_eq!(Config::default().fitted(1_000_000, |_| false), Config::default());
        assert_eq!(Config::default().fitted(60_000, |name| name == "epochs").join, 1);
    }

    #[test]
    fn what_is_given_stays_and_the_rest_is_chosen_around_it() {
        let own = Config { batch_size: 500, dropout: 0.5, ..Config::default() };
        let config = own.clone().fitted(1000, |name| ["batch-size", "dropout", "optimizer"].contains(&name));
        assert_eq!((config.batch_size, config.epochs, config.dropout, config.rate), (500, 350, 0.5, None));
        assert_eq!(own.clone().fitted(1000, |name| name == "from").rate, None);
        assert_eq!(own.clone().fitted(1000, |_| true), own);
    }

    #[test]
    fn the_network_of_textbooks_is_learned_as_in_textbooks_unless_somebody_says_how() {
        let own = Config { hidden: vec![30], activation: Activation::Sigmoid, ..Config::default() };
        let config = own.clone().fitted(60_000, |_| false);
        assert_eq!((config.optimizer, config.rate(), config.batch_size, config.epochs), (Rule::Sgd, 1.0, 10, 30));
        for knob in ["optimizer", "rate", "weight-decay", "batch-size"] {
            assert_eq!(own.clone().fitted(60_000, |name| name == knob), Config { join: 2, ..own.clone() });
        }
        assert_eq!(own.clone().fitted(1000, |_| false).optimizer, Rule::Adamw);
    }
}
