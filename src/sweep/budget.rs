//! The budget of a search: how much is tried before the best is taken.
//!
//! A person has either an evening or a queue with so many places, so a budget is a time or a number of trainings. One flag
//! takes both, `10` and `20runs`, because two flags would need a rule for the case that both are given.

use serde::{Deserialize, Serialize};

/// The longest budget, about a year: a longer one is a slip of the keyboard.
const MOST_MINUTES: f64 = 500_000.0;

/// How much is tried. It is typed and stored as `10`, minutes, or as `20runs`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Budget {
    /// Trainings are begun until they have taken so many minutes together.
    Minutes(f64),
    /// So many trainings are made.
    Runs(usize),
}

impl std::str::FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let runs = text.strip_suffix("runs").or_else(|| text.strip_suffix("run")).map(|count| count.trim().parse());
        let budget = match runs {
            Some(runs) => runs.ok().filter(|&runs| runs > 0).map(Budget::Runs),
            None => text.parse().ok().filter(|&m| m > 0.0 && m <= MOST_MINUTES).map(Budget::Minutes),
        };
        budget.ok_or_else(|| "give minutes, as in 10 or 0.5, or a number of trainings, as in 20runs".into())
    }
}

impl TryFrom<String> for Budget {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Budget> for String {
    fn from(budget: Budget) -> String {
        budget.to_string()
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Budget::Minutes(minutes) => write!(f, "{minutes}"),
            Budget::Runs(runs) => write!(f, "{runs}runs"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_minutes_or_a_number_of_trainings() {
        for (text, budget) in
            [("10", Budget::Minutes(10.0)), ("0.5", Budget::Minutes(0.5)), ("20runs", Budget::Runs(20))]
        {
            assert_eq!(text.parse(), Ok(budget));
            assert_eq!(budget.to_string(), text);
        }
        assert_eq!("1 run".parse(), Ok(Budget::Runs(1)));
        for wrong in ["", "0", "-1", "nan", "inf", "1e9", "0runs", "1.5runs", "runs", "ten"] {
            assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
        }
    }
}
