//! Steps that a network makes on a GPU by itself are those that Burn's operations make: the same losses, weights and
//! masks. On a machine without a GPU a software driver is one.

use backburn::data::{Batches, Block};
use backburn::device::BACKENDS;
use backburn::learner::{Learner, Made, OptimizerConfig, Planned, Rule, Scrutiny};
use backburn::model::{Activation, Criterion, Init, MlpConfig};
use burn::tensor::Device;

/// All devices of this binary that keep a network.
fn devices() -> Vec<(&'static str, Device)> {
    let keeps = |name: &str| ["cuda", "rocm", "metal", "vulkan", "wgpu"].contains(&name);
    let found = BACKENDS.iter().filter(|backend| keeps(backend.name));
    found.filter_map(|backend| Some((backend.name, backend.open(0).ok()?.autodiff()))).collect()
}

/// Rows of three classes in bands, made by arithmetic alone; bytes where `step` is a whole number.
fn block(rows: usize, width: usize, step: f32) -> Block {
    let x = (0..rows * width).map(|i| ((i * 37 % 101 + 40 * (i / width % 3)) as f32 * step) % 200.0).collect();
    Block::new(x, (0..rows as u32).map(|i| i % 3).collect(), width)
}

/// A learner with the optimizer of the rule; `network` has three classes.
fn learner(network: &MlpConfig, rule: Rule, device: &Device) -> Learner {
    let optimizer =
        OptimizerConfig { rule, momentum: 0.9, nesterov: true, weight_decay: 0.01, ..OptimizerConfig::default() };
    let criterion = Criterion { smoothing: 0.1, weights: vec![1.0, 2.0, 0.5], ..Criterion::hard(3) };
    Learner::new(network.init(Init::He, 7, device), optimizer.init(), criterion, device.clone())
}

/// The steps of one epoch aboard.
fn aboard(learner: &mut Learner, block: &Block, size: usize, plan: &[Planned]) -> Vec<Made> {
    let batches = Batches::shuffled(block, size, 1, 0);
    assert!(learner.board(block, size).unwrap());
    learner.plan(batches.order().unwrap(), plan, 0);
    learner.burst(0, plan.len(), Scrutiny::Weights).unwrap()
}

#[test]
fn steps_aboard_are_those_that_are_passed_and_updated() {
    for (name, device) in devices() {
        for (rule, activation, hidden, dropout, step) in [
            (Rule::Sgd, Activation::Sigmoid, vec![19], 0.0, 0.001),
            (Rule::Rmsprop, Activation::Tanh, vec![16, 12], 0.3, 0.001), // saturated units would multiply rounding
            (Rule::Adam, Activation::Relu, vec![33], 0.5, 1.0),
            (Rule::Adamw, Activation::Gelu, vec![24, 7], 0.2, 0.001),
            (Rule::Adam, Activation::Silu, vec![130], 0.0, 1.0),
            (Rule::Sgd, Activation::LeakyRelu, vec![8, 8, 8], 0.1, 0.01),
            (Rule::Adam, Activation::Relu, vec![], 0.0, 0.01),
        ] {
            let block = block(145, 9, step); // the last of ten batches has one row
            let network = MlpConfig { layers: [vec![9], hidden, vec![3]].concat(), activation, dropout };
            let plan: Vec<Planned> =
                (0..10).map(|i| Planned { rate: 0.002 * (i + 1) as f64, clip: Some(1.0), seed: i * 31 }).collect();
            let mut one = learner(&network, rule, &device);
            let batches = Batches::shuffled(&block, 16, 1, 0);
            let mut two = learner(&network, rule, &device);
            let made = aboard(&mut two, &block, 16, &plan);
            assert_eq!(made.len(), 10);
            for (i, (step, made)) in plan.iter().zip(&made).enumerate() {
                let pass = one.pass(&batches.get(i).unwrap().to(&device), step.seed);
                let far =
                    [(pass.loss, made.loss), (pass.norm, made.norm)].map(|(a, b)| (a - b).abs() / (a.abs() + 0.01));
                assert!(far.iter().all(|&far| far < 2e-4), "{name} {rule:?} {activation:?} step {i}: {far:?}");
                assert_eq!((pass.correct, false), (made.correct, made.held), "{name} {rule:?} step {i}");
                one.update(step.rate, step.clip, pass);
            }
            two.settle().unwrap();
            for ((weight, bias), (other, more)) in one.model.weights().iter().zip(&two.model.weights()) {
                let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-4 * (1.0 + a.abs());
                assert!(
                    weight.iter().chain(bias).zip(other.iter().chain(more)).all(near),
                    "{name} {rule:?} {activation:?}"
                );
            }
        }
    }
}

#[test]
fn a_step_aboard_that_is_not_finite_is_held_back_with_all_after_it() {
    for (name, device) in devices() {
        let network = MlpConfig { layers: vec![9, 12, 3], activation: Activation::Relu, dropout: 0.0 };
        let block = block(160, 9, 0.01);
        let mut learner = learner(&network, Rule::Sgd, &device);
        let plan: Vec<Planned> =
            (0..10).map(|i| Planned { rate: if i == 3 { 1e30 } else { 0.01 }, clip: None, seed: 0 }).collect();
        let held: Vec<bool> = aboard(&mut learner, &block, 16, &plan).iter().map(|made| made.held).collect();
        assert_eq!(held, [[false; 4].as_slice(), &[true; 6]].concat(), "{name}");
        learner.settle().unwrap();
        let finite = |numbers: &Vec<f32>| numbers.iter().all(|v| v.is_finite());
        assert!(learner.model.weights().iter().all(|(weight, bias)| finite(weight) && finite(bias)), "{name}");
    }
}

#[test]
fn a_step_has_few_launches_and_held_out_rows_are_judged_aboard() {
    for (name, device) in devices() {
        let network = MlpConfig { layers: vec![784, 800, 3], activation: Activation::Relu, dropout: 0.0 };
        let (train, held_out) = (block(64, 784, 0.001), block(90, 784, 0.002));
        let mut learner = learner(&network, Rule::Adam, &device);
        assert!(learner.board(&train, 64).unwrap());
        let launches = learner.launches().unwrap();
        assert!(launches <= 12, "{name}: {launches} launches a step of 784-800-3");
        let (loss, right) = learner.judge(&held_out).unwrap().unwrap();
        let device = device.inner();
        let score =
            backburn::evaluate::score(&burn::module::Module::valid(&learner.model), &held_out, &device).unwrap();
        assert!((loss / 90.0 - score.loss).abs() < 1e-3 * score.loss, "{name}: {loss} and {}", score.loss);
        assert_eq!(right as f64 / 90.0, score.accuracy, "{name}");
    }
}
