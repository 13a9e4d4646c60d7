//! The arithmetic against PyTorch, frozen in tests/oracle/mlp.h5 by tests/oracle/make.py.

use std::path::PathBuf;

use backburn::data::{Batch, Batches, Block};
use backburn::device;
use backburn::engine::{softmax_cross_entropy, to_host};
use backburn::learner::{Learner, OptimizerConfig, Rule};
use backburn::model::{Activation, Criterion, Mlp, MlpConfig};
use burn::tensor::{Device, Tensor, TensorData};

struct Case {
    group: hdf5::Group,
    layers: Vec<usize>,
}

fn oracle() -> hdf5::File {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/oracle/mlp.h5"].iter().collect();
    hdf5::File::open(path).unwrap()
}

impl Case {
    fn open(name: &str) -> Self {
        let group = oracle().group(name).unwrap();
        let layers: Vec<i32> = group.attr("layers").unwrap().read_raw().unwrap();
        Case { group, layers: layers.into_iter().map(|w| w as usize).collect() }
    }

    fn numbers(&self, name: &str) -> Vec<f32> {
        self.group.dataset(name).unwrap().read_raw().unwrap()
    }

    fn number(&self, name: &str) -> f64 {
        self.group.attr(name).unwrap().read_scalar().unwrap()
    }

    fn word(&self, name: &str) -> String {
        self.group.attr(name).unwrap().read_scalar::<hdf5::types::VarLenUnicode>().unwrap().to_string()
    }

    fn pairs(&self, prefix: &str, suffix: &str) -> Vec<(Vec<f32>, Vec<f32>)> {
        let one = |l| (self.numbers(&format!("{prefix}W{l}{suffix}")), self.numbers(&format!("{prefix}b{l}{suffix}")));
        (1..self.layers.len()).map(one).collect()
    }

    fn model(&self, device: &Device) -> Mlp {
        let activation = Activation::parse(&self.word("activation")).unwrap();
        MlpConfig { layers: self.layers.clone(), activation, dropout: 0.0 }.with_weights(self.pairs("", ""), device)
    }

    fn block(&self) -> Block {
        let y: Vec<i32> = self.group.dataset("y").unwrap().read_raw().unwrap();
        Block::new(self.numbers("x"), y.into_iter().map(|k| k as u32).collect(), self.layers[0])
    }

    fn batch(&self, device: &Device) -> Batch {
        Batches::in_order(&self.block(), usize::MAX >> 1).get(0).unwrap().to(device)
    }

    fn criterion(&self) -> Criterion {
        let classes = *self.layers.last().unwrap();
        let weights = self.group.attr("class_weights").and_then(|a| a.read_raw::<f32>()).unwrap_or(vec![1.0; classes]);
        Criterion { smoothing: self.number("label_smoothing") as f32, weights, ..Criterion::hard(classes) }
    }

    fn optimizer(&self) -> OptimizerConfig {
        let nesterov: i32 = self.group.attr("nesterov").unwrap().read_scalar().unwrap();
        OptimizerConfig {
            rule: Rule::parse(&self.word("optimizer")).unwrap(),
            momentum: self.number("momentum"),
            nesterov: nesterov == 1,
            weight_decay: self.number("weight_decay"),
            ..OptimizerConfig::default()
        }
    }
}

/// Largest difference over the largest magnitude of the truth.
fn off(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    let scale = want.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    got.iter().zip(want).fold(0.0f32, |worst, (g, w)| worst.max((g - w).abs())) / scale
}

fn autodiff() -> Device {
    device::choose(std::env::var("BACKBURN_DEVICE").ok().as_deref()).unwrap().autodiff()
}

const NETWORKS: [&str; 10] =
    ["sigmoid", "tanh", "relu", "leaky-relu", "gelu", "silu", "deep", "smoothed", "weighted", "smoothed_weighted"];

#[test]
fn logits_loss_and_every_gradient_are_those_of_pytorch() {
    let device = autodiff();
    for name in NETWORKS {
        let case = Case::open(name);
        let model = case.model(&device);
        let batch = case.batch(&device);
        let logits = model.forward(batch.x.clone());
        let loss = softmax_cross_entropy(logits.clone(), case.criterion().targets(&batch.labels, &device));
        assert!(off(&to_host(logits.inner().flatten(0, 1)), &case.numbers("logits")) < 1e-5, "{name} logits");
        assert!(off(&to_host(loss.clone().inner()), &case.numbers("loss")) < 1e-5, "{name} loss");
        let gradients = loss.backward();
        for (layer, (d_weight, d_bias)) in model.layers.iter().zip(case.pairs("d", "")) {
            let got = layer.weight.val().grad(&gradients).unwrap();
            assert!(off(&to_host(got.flatten(0, 1)), &d_weight) < 1e-5, "{name} d_weight");
            let got = layer.bias.as_ref().unwrap().val().grad(&gradients).unwrap();
            assert!(off(&to_host(got), &d_bias) < 1e-5, "{name} d_bias");
        }
    }
}

#[test]
fn ten_steps_of_every_optimizer_follow_pytorch() {
    let device = autodiff();
    for name in ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"] {
        let case = Case::open(&format!("optimizer_{name}"));
        let mut learner = Learner::new(case.model(&device), case.optimizer().init(), case.criterion(), device.clone());
        let batch = case.batch(&device);
        let losses: Vec<f32> = (0..10)
            .map(|_| {
                let pass = learner.pass(&batch, 0);
                let loss = pass.loss as f32;
                learner.update(case.number("rate"), None, pass);
                loss
            })
            .collect();
        assert!(off(&losses, &case.numbers("losses")) < 1e-5, "{name}: {losses:?} {:?}", case.numbers("losses"));
        for (got, want) in learner.model.weights().iter().zip(case.pairs("", "_after")) {
            assert!(off(&got.0, &want.0) < 1e-5 && off(&got.1, &want.1) < 1e-4, "{name} weights");
        }
    }
}

#[test]
fn the_fused_loss_is_stable_at_ten_thousand_and_has_pytorchs_gradient() {
    let device = autodiff();
    let group = oracle().group("loss_extreme").unwrap();
    let numbers = |name: &str| group.dataset(name).unwrap().read_raw::<f32>().unwrap();
    let labels: Vec<u32> =
        group.dataset("y").unwrap().read_raw::<i32>().unwrap().into_iter().map(|k| k as u32).collect();
    let logits = Tensor::<2>::from_data(TensorData::new(numbers("logits"), [8, 5]), &device).require_grad();
    let loss = softmax_cross_entropy(logits.clone(), Criterion::hard(5).targets(&labels, &device));
    assert!(off(&to_host(loss.clone().inner()), &numbers("loss")) < 1e-6);
    let d_logits = logits.grad(&loss.backward()).unwrap();
    let d_logits = to_host(d_logits.flatten(0, 1));
    assert!(d_logits.iter().all(|g| g.is_finite()));
    assert!(off(&d_logits, &numbers("dlogits")) < 1e-6);
}

#[test]
fn the_fused_loss_has_the_gradient_of_burns_unfused_one() {
    let device = autodiff();
    let case = Case::open("relu");
    let batch = case.batch(&device);
    let model = case.model(&device);
    let labels: Vec<i32> = batch.labels.iter().map(|&k| k as i32).collect();
    let n = labels.len();
    let y = Tensor::<1, burn::tensor::Int>::from_data(TensorData::new(labels, [n]), &device);
    let unfused =
        burn::nn::loss::CrossEntropyLossConfig::new().init(&device).forward(model.forward(batch.x.clone()), y);
    let fused = softmax_cross_entropy(model.forward(batch.x.clone()), case.criterion().targets(&batch.labels, &device));
    let (a, b) = (unfused.backward(), fused.backward());
    for layer in &model.layers {
        let grad = |g| to_host(layer.weight.val().grad(g).unwrap().flatten(0, 1));
        assert!(off(&grad(&b), &grad(&a)) < 1e-5);
    }
}
