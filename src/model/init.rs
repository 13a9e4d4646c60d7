//! Initialisation: from which distribution the first weights are drawn.
//!
//! They are drawn on the host and not by the generator of a backend, so that one seed gives the same network on every
//! backend and in every version. Biases start at zero unless the user says otherwise.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::random::normal;
use crate::words::words;

/// How the weights of a layer are drawn before training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010).
    Xavier,
    /// Normal with variance 2 / inputs (He et al. 2015).
    He,
    /// Normal with variance 1 / inputs (LeCun et al. 1998).
    Lecun,
    /// Uniform in 0..1, so that all weights are positive: the mistake that this project started from, kept for study.
    Uniform01,
    /// All weights are 0.1, so that the units of a layer are the same and stay the same; kept for study.
    Constant,
    /// All weights are 0, so that nothing flows back through a hidden layer; kept for study.
    Zeros,
}

/// How a network starts: the distribution of its weights, a factor, and the biases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// The distribution.
    pub init: Init,
    /// What every drawn weight is multiplied with.
    pub gain: f64,
    /// Where the biases of hidden layers start.
    pub bias: f64,
}

impl From<Init> for Draw {
    fn from(init: Init) -> Self {
        Draw { init, gain: 1.0, bias: 0.0 }
    }
}

words!(Init: Xavier "xavier", He "he", Lecun "lecun", Uniform01 "uniform01", Constant "constant", Zeros "zeros");

impl Init {
    /// Draws the weight of a layer, row-major `[inputs, outputs]`.
    pub fn draw(self, inputs: usize, outputs: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let fan_in = inputs as f64;
        let one: Box<dyn Fn(&mut ChaCha8Rng) -> f64> = match self {
            Init::Xavier => {
                let bound = (6.0 / (fan_in + outputs as f64)).sqrt();
                Box::new(move |rng| rng.random_range(-bound..=bound))
            }
            Init::He => Box::new(move |rng| normal(rng) * (2.0 / fan_in).sqrt()),
            Init::Lecun => Box::new(move |rng| normal(rng) * (1.0 / fan_in).sqrt()),
            Init::Uniform01 => Box::new(|rng| rng.random_range(0.0..1.0)),
            Init::Constant => Box::new(|_| 0.1),
            Init::Zeros => Box::new(|_| 0.0),
        };
        (0..inputs * outputs).map(|_| one(rng) as f32).collect()
    }
}
