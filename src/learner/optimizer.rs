//! The optimizer: how a gradient becomes an update. Burn's own, with the constants of PyTorch.

use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, AdamWConfig, ModuleOptimizer, RmsPropConfig, SgdConfig};
use serde::{Deserialize, Serialize};

/// The rule of an update, by the name a user gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Gradient descent, with momentum if asked for.
    Sgd,
    /// Hinton's RMSprop, 2012.
    Rmsprop,
    /// Kingma and Ba 2015; weight decay is added to the gradient.
    Adam,
    /// Loshchilov and Hutter 2019; weight decay is apart from the gradient.
    Adamw,
}

impl Rule {
    /// Every rule, in the order of the help text.
    pub const ALL: [Rule; 4] = [Rule::Sgd, Rule::Rmsprop, Rule::Adam, Rule::Adamw];

    /// The name on the command line and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Sgd => "sgd",
            Rule::Rmsprop => "rmsprop",
            Rule::Adam => "adam",
            Rule::Adamw => "adamw",
        }
    }

    /// The rule called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The learning rate that suits the rule where the user gives none.
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
    /// The share of the last update kept, for SGD.
    pub momentum: f64,
    /// Look ahead along the momentum (Nesterov 1983), for SGD.
    pub nesterov: bool,
    /// The share of each weight removed per unit of rate.
    pub weight_decay: f64,
}

impl OptimizerConfig {
    /// The optimizer, without memory yet.
    pub fn init(&self) -> ModuleOptimizer {
        let decay = (self.weight_decay > 0.0).then(|| WeightDecayConfig::new(self.weight_decay as f32));
        let momentum = (self.momentum > 0.0).then(|| {
            MomentumConfig::new().with_momentum(self.momentum).with_dampening(0.0).with_nesterov(self.nesterov)
        });
        match self.rule {
            Rule::Sgd => SgdConfig::new().with_weight_decay(decay).with_momentum(momentum).init(),
            Rule::Rmsprop => RmsPropConfig::new()
                .with_alpha(0.99)
                .with_momentum(0.0)
                .with_epsilon(1e-8)
                .with_weight_decay(decay)
                .init(),
            Rule::Adam => AdamConfig::new().with_epsilon(1e-8).with_weight_decay(decay).init(),
            Rule::Adamw => AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(self.weight_decay as f32).init(),
        }
    }
}
