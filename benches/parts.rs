//! The parts of a run, one by one: what a change made slower.
//!
//! `cargo bench --bench parts` measures time. `parts count PART N` carries a part out N times and says nothing:
//! `benches/instructions.sh` counts its instructions under valgrind, which no busy machine disturbs. Not criterion: its
//! dependencies turn on features of crates below Burn, and `cargo test` would build all of Burn a second time.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use backburn::data::{Augment, Batches, Block, Choice, Data, DataWriter, Memory, Request, Scale};
use backburn::device;
use backburn::engine::softmax_cross_entropy;
use backburn::evaluate::Predictions;
use backburn::learner::{Learner, OptimizerConfig, Rule};
use backburn::model::{Activation, Criterion, Init, MlpConfig};
use backburn::write::Beside;
use burn::tensor::{Tensor, TensorData};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROWS: usize = 1024;
const WIDTH: usize = 784;
const BATCH: usize = 128;

const PARTS: [&str; 9] = ["gather", "affine", "elastic", "step", "loss", "read", "inflate", "stream", "predict"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    device::threads(Some(1)).expect("threads");
    let folder = tempfile::tempdir().expect("a temporary folder");
    match words[..] {
        ["count", name, times] => {
            let mut part = part(name, folder.path());
            (0..times.parse().expect("a number")).for_each(|_| part());
        }
        _ => PARTS.iter().for_each(|name| println!("{name:<10}{}", timed(&mut *part(name, folder.path())))),
    }
}

/// The time of a part: least and median of a second's worth of samples, after one to warm up.
fn timed(part: &mut dyn FnMut()) -> String {
    let mut sample = || {
        let start = Instant::now();
        part();
        start.elapsed().as_secs_f64() * 1e6
    };
    sample();
    let (mut samples, start) = (vec![sample()], Instant::now());
    while samples.len() < 11 || start.elapsed().as_secs_f64() < 1.0 {
        samples.push(sample());
    }
    samples.sort_by(f64::total_cmp);
    format!("least {:>9.1} µs   median {:>9.1} µs   of {}", samples[0], samples[samples.len() / 2], samples.len())
}

/// How to carry out a part once; files go into `folder`.
fn part(name: &str, folder: &Path) -> Box<dyn FnMut()> {
    let path = folder.join("rows.h5");
    match name {
        "gather" => gather(),
        "affine" => moved(path, Augment::Affine),
        "elastic" => moved(path, Augment::Elastic),
        "step" => step(),
        "loss" => loss(),
        "read" => Box::new(|| assert!(!load(None, "1G", Augment::None).train.is_empty())),
        "inflate" => inflate(path),
        "stream" => stream(path),
        "predict" => predict(),
        _ => panic!("the parts are {PARTS:?}"),
    }
}

/// Numbers that look random, in 0..1 and of no step.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i.wrapping_mul(2_654_435_761) % 1_000_003) as f32 / 1_000_003.0).collect()
}

fn block() -> Block {
    let pixels = numbers(ROWS * WIDTH).iter().map(|v| (v * 255.0).floor() / 255.0).collect();
    Block::new(pixels, (0..ROWS as u32).map(|i| i % 10).collect(), WIDTH)
}

/// Writes the rows of [`ROWS`] × [`WIDTH`] to a file as `backburn import` does.
fn write(path: &Path) {
    let writer = DataWriter::create(Beside::new(path, true).expect("a file")).expect("a file");
    let mut part = writer.part("train", &[WIDTH]).expect("part");
    let (x, y) = (numbers(ROWS * WIDTH), (0..ROWS as i32).map(|i| i % 10).collect::<Vec<_>>());
    part.append(&x, &y).expect("rows");
    drop(part);
    writer.finish(&[], &[]).expect("file");
}

fn load(file: Option<PathBuf>, memory: &str, augment: Augment) -> Data {
    let (memory, choice): (Memory, _) = (memory.parse().expect("memory"), Choice::default());
    let scale = if file.is_some() { Scale::None } else { Scale::Auto }; // what is made up stays as it is
    let augment = (augment, 1.0);
    let request = Request { file, choice, scale, augment, memory, ..Request::default() };
    Data::load(&request).expect("data")
}

/// One batch out of memory.
fn gather() -> Box<dyn FnMut()> {
    let (block, mut i) = (block(), 0);
    Box::new(move || {
        let batches = Batches::in_order(&block, BATCH);
        i = (i + 1) % batches.len();
        assert_eq!(batches.get(i).expect("rows").x.len(), BATCH * WIDTH);
    })
}

/// One batch of images of 28 × 28 pixels out of memory, each in its pose.
fn moved(path: PathBuf, augment: Augment) -> Box<dyn FnMut()> {
    write(&path);
    let (data, mut epoch) = (load(Some(path), "1G", augment), 0);
    Box::new(move || {
        epoch += 1;
        let batches = Batches::in_order(&data.train, BATCH).at(0, epoch).posed(data.poses.as_ref());
        assert_eq!(batches.get(0).expect("rows").x.len(), BATCH * WIDTH);
    })
}

fn network(hidden: usize) -> MlpConfig {
    MlpConfig { layers: vec![WIDTH, hidden, 10], activation: Activation::Sigmoid, dropout: 0.0 }
}

/// One step of 784-30-10: pass and update.
fn step() -> Box<dyn FnMut()> {
    let device = device::choose(Some("flex")).expect("flex").autodiff();
    let optimizer = OptimizerConfig { rule: Rule::Adam, ..OptimizerConfig::default() };
    let model = network(30).init(Init::Xavier, 1, &device);
    let mut learner = Learner::new(model, optimizer.init(), Criterion::hard(10), device.clone());
    let batch = Batches::in_order(&block(), BATCH).get(0).expect("rows").to(&device);
    Box::new(move || {
        let pass = learner.pass(&batch, 0);
        assert!(pass.loss.is_finite());
        learner.update(1e-3, None, pass);
    })
}

/// The loss of a batch, there and back.
fn loss() -> Box<dyn FnMut()> {
    let device = device::choose(Some("flex")).expect("flex").autodiff();
    let labels: Vec<u32> = (0..BATCH as u32).map(|i| i % 10).collect();
    Box::new(move || {
        let logits = Tensor::<2>::from_data(TensorData::new(numbers(BATCH * 10), [BATCH, 10]), &device).require_grad();
        let loss = softmax_cross_entropy(logits.clone(), Criterion::hard(10).targets(&labels, &device));
        assert!(logits.grad(&loss.backward()).is_some());
    })
}

/// A compressed file into memory.
fn inflate(path: PathBuf) -> Box<dyn FnMut()> {
    write(&path);
    Box::new(move || assert!(!load(Some(path.clone()), "1G", Augment::None).train.streamed()))
}

/// One epoch out of a file, in two thirds of the memory that its rows need.
fn stream(path: PathBuf) -> Box<dyn FnMut()> {
    write(&path);
    let (data, mut epoch) = (load(Some(path), "2M", Augment::None), 0);
    assert!(data.train.streamed());
    Box::new(move || {
        epoch += 1;
        let batches = Batches::shuffled(&data.train, BATCH, 0, epoch);
        let rows = std::thread::scope(|scope| {
            batches.ahead(scope, 0, 1).map(|rows| rows.expect("rows").labels.len()).sum::<usize>()
        });
        assert_eq!(rows, ROWS);
    })
}

/// Predictions for all rows, 784-256-10.
fn predict() -> Box<dyn FnMut()> {
    let (block, device) = (block(), device::choose(Some("flex")).expect("flex"));
    let model = network(256).init(Init::Xavier, 1, &device);
    Box::new(move || {
        let mut rows = 0;
        Predictions::each(&model, &block, &device, |_, labels| {
            rows += labels.len();
            Ok(())
        })
        .expect("rows in memory");
        assert_eq!(rows, ROWS);
    })
}
