//! The engines agree: from the same weights, ten steps on every backend of this binary end at the same loss.
//!
//! `tests/backends/software-vulkan.sh` builds several and names them in `BACKBURN_EXPECT`, so that none can be missing.

#[cfg(feature = "cube")]
mod aboard;

use backburn::data::{Batches, Block};
use backburn::device::BACKENDS;
use backburn::learner::{Learner, OptimizerConfig, Rule};
use backburn::model::{Activation, Criterion, Init, MlpConfig};

/// Rows of two blobs, made by arithmetic alone.
fn block() -> Block {
    let x = (0..64 * 8).map(|i| ((i * 37 % 101) as f32 / 101.0) + if i / 8 % 2 == 0 { 0.3 } else { -0.3 }).collect();
    Block::new(x, (0..64).map(|i| i % 2).collect(), 8)
}

fn losses(backend: &backburn::device::Backend, rule: Rule) -> Option<Vec<f64>> {
    let device = backend.open(0).ok()?.autodiff();
    let network = MlpConfig { layers: vec![8, 16, 2], activation: Activation::Sigmoid, dropout: 0.0 };
    let optimizer =
        OptimizerConfig { rule, momentum: 0.9, nesterov: true, weight_decay: 0.01, ..OptimizerConfig::default() };
    let model = network.init(Init::Xavier, 7, &device);
    let mut learner = Learner::new(model, optimizer.init(), Criterion::hard(2), device.clone());
    let block = block();
    let batches = Batches::shuffled(&block, 16, 1, 0);
    let mut step = |i: usize| {
        let pass = learner.pass(&batches.get(i % 4).unwrap().to(&device), 0);
        let loss = pass.loss;
        learner.update(0.05, Some(1.0), pass);
        loss
    };
    Some((0..10).map(&mut step).collect())
}

#[test]
fn ten_steps_agree_between_the_backends_of_this_binary() {
    for rule in Rule::ALL {
        let runs: Vec<_> = BACKENDS.iter().filter_map(|b| Some((b.name, losses(b, rule)?))).collect();
        let (first, truth) = runs.first().expect("a backend that works");
        for expected in std::env::var("BACKBURN_EXPECT").unwrap_or_default().split_terminator(',') {
            assert!(runs.iter().any(|(name, _)| *name == expected), "{expected} does not work here");
        }
        for (name, run) in &runs {
            for (step, (a, b)) in run.iter().zip(truth).enumerate() {
                assert!((a - b).abs() < 1e-4, "{rule:?} step {step}: {name} {a}, {first} {b}");
            }
        }
    }
}
