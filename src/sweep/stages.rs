//! The stages of a search: how much is spent on a configuration before it is compared with others.
//!
//! On a small file what is scarce is rows to judge by: a tenth of 300 rows cannot tell two configurations apart. So each
//! stage judges on more rows, up to a whole cross-validation, in which every row is held out once. On a large file one
//! validation part says enough and what is scarce is time, so each stage trains for more epochs, with the whole schedule
//! of the rate in them.

use crate::setup::Config;

/// A file of no more rows to train on is cross-validated.
const FEW_ROWS: usize = 10_000;
/// The parts of the cross-validation.
const FOLDS: usize = 5;
/// How many of them have been held out when a stage is over.
const HELD_OUT: [usize; 3] = [1, 2, FOLDS];
/// The share of all epochs that a stage trains for, as a divisor.
const SHORTER: [usize; 3] = [4, 2, 1];

/// The stages: in each, the values that one knob must have had before the stage is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Stages {
    /// The knob that is not the same in all trainings of a configuration.
    pub knob: &'static str,
    /// Its values, stage by stage. Those of an earlier stage that stand in a later one too are not trained again.
    pub values: Vec<Vec<String>>,
    /// The epochs of the longest training.
    epochs: usize,
}

impl Stages {
    /// The stages for `config`, the default of a file with `rows` rows to train on. `parted` says whether the rows may be
    /// parted in other ways, which they may not if the file or the person has chosen the validation part; `given` says
    /// that the person has chosen the number of epochs, which then is the same in all trainings.
    pub fn of(config: &Config, rows: usize, parted: bool, given: bool) -> Self {
        let epochs = config.epochs;
        if parted && rows <= FEW_ROWS {
            let folds = |count: usize| (1..=count).map(|number| format!("{number}/{FOLDS}")).collect();
            return Stages { knob: "fold", values: HELD_OUT.map(folds).to_vec(), epochs };
        }
        let mut lengths: Vec<usize> = SHORTER.map(|part| epochs.div_ceil(part)).to_vec();
        lengths.dedup();
        let first = if given { lengths.len() - 1 } else { 0 };
        let values = lengths[first..].iter().map(|epochs| vec![epochs.to_string()]).collect();
        Stages { knob: "epochs", values, epochs }
    }

    /// The values that are new in stage `stage`, counted from 0.
    pub(super) fn new_in(&self, stage: usize) -> Vec<&String> {
        let before = &self.values[..stage];
        self.values[stage].iter().filter(|value| !before.iter().any(|values| values.contains(value))).collect()
    }

    /// How long a training with this value takes, where one of all epochs takes 1.
    pub fn effort(&self, value: &str) -> f64 {
        match self.knob {
            "epochs" => value.parse::<f64>().unwrap_or(1.0) / self.epochs.max(1) as f64,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_are_cross_validated_and_large_ones_are_trained_for_longer() {
        let config = Config::default();
        let small = Stages::of(&config, 300, true, false);
        assert_eq!((small.knob, small.values[1].clone()), ("fold", vec!["1/5".to_string(), "2/5".to_string()]));
        assert_eq!(small.new_in(2), ["3/5", "4/5", "5/5"]);
        let large = Stages::of(&config, 60_000, true, false);
        assert_eq!((large.knob, large.values.concat()), ("epochs", ["5", "10", "20"].map(String::from).to_vec()));
        assert_eq!(large.effort("5"), 0.25);
        assert_eq!(Stages::of(&config, 300, false, true).values.concat(), ["20"]);
    }
}
