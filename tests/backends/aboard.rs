//! Steps that a network makes on a GPU by itself are those that Burn's operations make: the same losses, weights and
//! masks. On a machine without a GPU a software driver is one.

use backburn::data::{Batches, Block, InputDropout};
use backburn::device::BACKENDS;
use backburn::engine::{Precision, Squash, dense};
use backburn::learner::{Learner, Made, OptimizerConfig, Planned, Room, Rule, Scrutiny};
use backburn::model::{Activation, Criterion, Init, MlpConfig};
use burn::tensor::{Device, Tensor, TensorData};

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
    assert!(learner.board(block, size, Room::default()).unwrap());
    learner.plan(batches.order().unwrap(), plan, 0);
    learner.burst(0, plan.len(), Scrutiny::Weights, &mut nothing()).unwrap()
}

/// The feed of a device that has all rows.
fn nothing<'e>() -> backburn::learner::Feed<'e> {
    Box::new(std::iter::empty())
}

/// The steps of one epoch from batch `first` on, in bursts of three, where rows come in halves of two batches of 16 rows
/// of 9 numbers.
fn fed(learner: &mut Learner, batches: &Batches, block: &Block, plan: &[Planned], first: usize) -> Vec<Made> {
    assert!(learner.board(block, 16, Room { all: 0, half: 2 * 16 * 12 * 4, ..Room::default() }).unwrap());
    assert_eq!(learner.half(), Some(2));
    learner.plan(batches.order().unwrap(), plan, first);
    std::thread::scope(|scope| {
        let mut feed: backburn::learner::Feed = Box::new(batches.loads(scope, (first, 2), 2));
        let bursts = (first..plan.len()).step_by(3);
        let mut burst = |batch: usize| {
            let count = 3.min(plan.len() - batch);
            learner.burst(batch, count, Scrutiny::Weights, &mut feed).unwrap()
        };
        bursts.flat_map(&mut burst).collect()
    })
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
        assert!(learner.board(&train, 64, Room::default()).unwrap());
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

#[test]
fn rows_that_come_in_halves_are_learned_as_those_that_stay() {
    for (name, device) in devices() {
        for first in [0, 3] {
            let block = block(145, 9, 0.001);
            let network = MlpConfig { layers: vec![9, 19, 3], activation: Activation::Relu, dropout: 0.3 };
            let plan: Vec<Planned> = (0..10).map(|i| Planned { rate: 0.01, clip: Some(1.0), seed: i * 31 }).collect();
            let batches = Batches::shuffled(&block, 16, 1, 0);
            let (mut one, mut two) = (learner(&network, Rule::Adam, &device), learner(&network, Rule::Adam, &device));
            assert!(one.board(&block, 16, Room::default()).unwrap());
            assert_eq!(one.half(), None);
            one.plan(batches.order().unwrap(), &plan, first);
            let stayed = one.burst(first, 10 - first, Scrutiny::Weights, &mut nothing()).unwrap();
            let came = fed(&mut two, &batches, &block, &plan, first);
            let seen = |made: &[Made]| made.iter().map(|m| (m.loss, m.norm, m.correct, m.rows)).collect::<Vec<_>>();
            assert_eq!(seen(&stayed), seen(&came), "{name} from batch {first}");
            (one.settle().unwrap(), two.settle().unwrap());
            assert_eq!(one.model.weights(), two.model.weights(), "{name} from batch {first}");
        }
    }
}

#[test]
fn rows_that_are_thinned_out_are_learned_aboard_as_elsewhere() {
    for (name, device) in devices() {
        let block = block(145, 9, 0.001);
        let network = MlpConfig { layers: vec![9, 19, 3], activation: Activation::Tanh, dropout: 0.0 };
        let plan: Vec<Planned> = (0..10).map(|i| Planned { rate: 0.01, clip: None, seed: i }).collect();
        let batches = Batches::shuffled(&block, 16, 1, 0).dropped(InputDropout::new(0.5));
        assert!(!batches.stay());
        let (mut one, mut two) = (learner(&network, Rule::Sgd, &device), learner(&network, Rule::Sgd, &device));
        let came = fed(&mut two, &batches, &block, &plan, 0);
        for (i, made) in came.iter().enumerate() {
            let pass = one.pass(&batches.get(i).unwrap().to(&device), 0);
            assert!((pass.loss - made.loss).abs() < 1e-5, "{name} step {i}: {} and {}", pass.loss, made.loss);
            one.update(0.01, None, pass);
        }
    }
}

#[test]
fn held_out_rows_that_come_in_halves_are_judged_as_those_that_stay() {
    for (name, device) in devices() {
        let network = MlpConfig { layers: vec![4, 6, 3], activation: Activation::Relu, dropout: 0.0 };
        let (train, held_out) = (block(64, 4, 0.001), block(9_001, 4, 0.003));
        let mut scores = Vec::new();
        for room in [usize::MAX, 0] {
            let mut learner = learner(&network, Rule::Sgd, &device);
            let half = 2048 * 4 * 4; // one batch, so that five come in a ring of two
            assert!(learner.board(&train, 16, Room { held_out: room, half, ..Room::default() }).unwrap());
            let first = learner.judge(&held_out).unwrap().unwrap();
            assert_eq!(learner.judge(&held_out).unwrap(), Some(first), "{name}");
            scores.push(first);
        }
        assert_eq!(scores[0], scores[1], "{name}");
    }
}

/// The largest relative error of a rounded factor.
fn unit(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 2f64.powi(-24),
        Precision::Tf32 => 2f64.powi(-11),
        Precision::Bf16 => 2f64.powi(-8),
    }
}

#[test]
fn ten_steps_in_every_precision_stay_as_near_to_flex_as_its_rounding_allows() {
    let flex = BACKENDS[0].open(0).unwrap().autodiff();
    for (name, device) in devices() {
        for (precision, aboard_too) in Precision::ALL.into_iter().map(|p| (p, true)).chain([(Precision::Bf16, false)]) {
            let block = block(160, 9, 0.001);
            let network = MlpConfig { layers: vec![9, 24, 3], activation: Activation::Sigmoid, dropout: 0.0 };
            let plan: Vec<Planned> = (0..10).map(|_| Planned { rate: 0.05, clip: None, seed: 0 }).collect();
            let batches = Batches::shuffled(&block, 16, 1, 0);
            let mut truth = learner(&network, Rule::Sgd, &flex);
            let mut own = learner(&network, Rule::Sgd, &device);
            own.model = own.model.at(precision);
            let made = if aboard_too { aboard(&mut own, &block, 16, &plan) } else { Vec::new() };
            let mut furthest: f64 = 0.0;
            for i in 0..10 {
                let pass = truth.pass(&batches.get(i).unwrap().to(&flex), 0);
                let loss = made.get(i).map_or_else(
                    || {
                        let pass = own.pass(&batches.get(i).unwrap().to(&device), 0);
                        let loss = pass.loss;
                        own.update(0.05, None, pass);
                        loss
                    },
                    |made| made.loss,
                );
                furthest = furthest.max((loss - pass.loss).abs() / pass.loss);
                truth.update(0.05, None, pass);
            }
            // Each of the two factors is off by a unit at most, in the first layer and in the second.
            let most = 4.0 * unit(precision).max(2f64.powi(-20));
            assert!(furthest < most, "{name} {precision:?} aboard {aboard_too}: {furthest:e}");
            let least = if precision == Precision::F32 { 0.0 } else { unit(precision) / 100.0 };
            assert!(furthest >= least, "{name} {precision:?} is no other than float32: {furthest:e}");
        }
    }
}

/// The nearest number of the precision, computed in another way than the kernels do.
fn nearest(x: f32, precision: Precision) -> f32 {
    let digits = match precision {
        Precision::F32 => return x,
        Precision::Tf32 => 10,
        Precision::Bf16 => 7,
    };
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let step = 2f64.powi(f64::from(x.abs()).log2().floor() as i32 - digits);
    ((f64::from(x) / step).round_ties_even() * step) as f32
}

#[test]
fn a_product_is_that_of_rounded_factors_with_sums_and_biases_in_float32() {
    let (n, k, m) = (37, 51, 23);
    let random = |i: usize| (((i * 7919 + 13) % 65_521) as f32 / 65_521.0 - 0.5) * [1.0, 1e-3, 40.0][i % 3];
    let left: Vec<f32> = (0..n * k).map(random).collect();
    let right: Vec<f32> = (0..k * m).map(|i| random(i + 5)).collect();
    let bias: Vec<f32> = (0..m).map(|i| random(i + 9)).collect();
    for (name, device) in devices() {
        let device = device.inner();
        let tensor = |numbers: &[f32], shape| Tensor::<2>::from_data(TensorData::new(numbers.to_vec(), shape), &device);
        for precision in Precision::ALL {
            let own = dense(
                tensor(&left, [n, k]),
                tensor(&right, [k, m]),
                Tensor::from_data(TensorData::new(bias.clone(), [m]), &device),
                Squash::None,
                precision,
            );
            let own: Vec<f32> = own.into_data().try_into_vec().unwrap();
            for (at, own) in own.into_iter().enumerate() {
                let (row, column) = (at / m, at % m);
                let term = |j: usize| {
                    let factors = [left[row * k + j], right[j * m + column]].map(|x| f64::from(nearest(x, precision)));
                    factors[0] * factors[1]
                };
                let (sum, size): (f64, f64) = (0..k).map(term).fold((0.0, 0.0), |(s, a), t| (s + t, a + t.abs()));
                let far = (f64::from(own) - sum - f64::from(bias[column])).abs();
                let most = 1e-6 * (size + f64::from(bias[column]).abs());
                assert!(far < most, "{name} {precision:?} at {row}, {column}: {far:e} of {size:e}");
            }
        }
        // What is not finite stays so, however it is rounded.
        for (precision, sick) in Precision::ALL.into_iter().flat_map(|p| [(p, f32::NAN), (p, f32::INFINITY)]) {
            for sick in [sick, -sick, f32::from_bits(sick.to_bits() | 0x007f_ffff)] {
                let x = tensor(&[sick, 0.5], [1, 2]);
                let own = dense(x, tensor(&[1.0, 1.0], [2, 1]), Tensor::zeros([1], &device), Squash::None, precision);
                let own: Vec<f32> = own.into_data().try_into_vec().unwrap();
                assert!(!own[0].is_finite(), "{name} {precision:?}: {sick} became {}", own[0]);
            }
        }
    }
}
