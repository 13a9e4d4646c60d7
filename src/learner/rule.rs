//! What kind of optimizer a run has: the rule by which a gradient becomes an update, and the constants of the rule.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// The rule of an update, by the name a user gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Gradient descent, with momentum if the user wants it (Polyak 1964, Nesterov 1983).
    Sgd,
    /// RMSprop (Hinton 2012).
    Rmsprop,
    /// Adam, with weight decay added to the gradient (Kingma and Ba 2015).
    Adam,
    /// Adam, with weight decay apart from the gradient (Loshchilov and Hutter 2019).
    Adamw,
}

words!(Rule: Sgd "sgd", Rmsprop "rmsprop", Adam "adam", Adamw "adamw");

impl Rule {
    /// The learning rate that suits the rule if the user gives none.
    pub fn rate(self) -> f64 {
        match self {
            Rule::Sgd => 0.1,
            _ => 0.003,
        }
    }
}

/// A rule with its constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizerConfig {
    /// The rule.
    pub rule: Rule,
    /// The share μ of the last update that is kept, for SGD.
    pub momentum: f64,
    /// Whether to look ahead along the momentum (Nesterov 1983), for SGD.
    pub nesterov: bool,
    /// The share of each weight that is removed for each unit of the learning rate.
    pub weight_decay: f64,
    /// The share β₁ of the first moment that is kept, for Adam and AdamW.
    pub beta1: f64,
    /// The share β₂ of the second moment that is kept, for Adam and AdamW.
    pub beta2: f64,
    /// What is added to a root before it divides, so that nothing is divided by zero; for all rules but SGD.
    pub epsilon: f64,
}

/// Plain gradient descent, with the constants of Kingma and Ba (2015) for whoever chooses Adam.
impl Default for OptimizerConfig {
    fn default() -> Self {
        OptimizerConfig {
            rule: Rule::Sgd,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}
