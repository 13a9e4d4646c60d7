//! Defaults that the data decide: what holds where nobody gave a value, once it is known how many rows there are.
//!
//! The table in `config.rs` holds the defaults of a large file, such as MNIST. A file of a few hundred rows needs other
//! ones, because an epoch of it is only a handful of updates. The rules are few and stand here alone; docs/defaults.md
//! gives the measurement behind each.

use super::config::Config;
use super::rate::Rate;
use crate::data;
use crate::learner::Rule;
use crate::model::Activation;

/// The knobs whose defaults are decided here, those first that keep a rule from the others.
pub(super) const FITTED: [&str; 7] = ["optimizer", "rate", "weight-decay", "batch-size", "epochs", "dropout", "join"];
/// The knobs with which somebody says how long to learn, on which rows, or from which weights: one network does that.
const ONE_NETWORK: [&str; 6] = ["epochs", "patience", "validation", "fold", "ensemble", "from"];

/// A file of no more rows is learned in batches of [`SMALL_BATCH`]: as many updates for half the work.
const FEW_ROWS: usize = 10_000;
/// Rows in a batch of a small file.
const SMALL_BATCH: usize = 32;
/// Epochs that a file gets, unless these are fewer than [`LEAST_UPDATES`] or more than [`MOST_UPDATES`].
const EPOCHS: usize = 60;
/// Updates that a network needs, however few rows there are.
const LEAST_UPDATES: usize = 2_000;
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
    /// assert_eq!((small.batch_size, small.epochs), (32, 400));
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
        if rows <= FEW_ROWS && !given("batch-size") {
            self.batch_size = SMALL_BATCH;
        }
        if !self.hidden.is_empty() && !given("join") && !ONE_NETWORK.into_iter().any(&given) {
            self.join = JOINED.iter().find(|(most, _)| rows <= *most).map_or(self.join, |(_, networks)| *networks);
        }
        if !given("epochs") {
            let learned = rows as f64 * (1.0 - self.validation);
            let batches = ((learned / self.batch_size as f64).ceil() as usize).max(1);
            let updates = (EPOCHS * batches).clamp(LEAST_UPDATES, MOST_UPDATES);
            self.epochs = updates.div_ceil(batches).max(LEAST_EPOCHS);
        }
        self
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
        let chosen = |rows| {
            let config = Config::default().fitted(rows, |_| false);
            (config.batch_size, config.epochs)
        };
        assert_eq!(chosen(1), (32, 2000));
        assert_eq!(chosen(1500), (32, 60));
        assert_eq!(chosen(10_000), (32, 43)); // 282 batches an epoch, 12,000 updates
        assert_eq!(Config::default().fitted(60_000, |_| false), Config { join: 2, ..Config::default() });
        assert_eq!(Config::default().fitted(1_000_000, |_| false), Config::default());
        assert_eq!(Config::default().fitted(60_000, |name| name == "epochs").join, 1);
    }

    #[test]
    fn what_is_given_stays_and_the_rest_is_chosen_around_it() {
        let own = Config { batch_size: 500, dropout: 0.5, ..Config::default() };
        let config = own.clone().fitted(1000, |name| name == "batch-size");
        assert_eq!((config.batch_size, config.epochs, config.dropout), (500, 1000, 0.5));
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
