//! One epoch a line: the part of `benches/peers.py` that is ours.
//!
//! It learns the script's own rows from the script's own weights through the same calls as `train/mod.rs`: rows
//! gathered, pass, the look at loss and norm, update. With `floor` for `backburn` it is the same step by
//! hand, see floor.rs.
//!
//! Protocol: arguments `FILE backburn|floor HIDDEN ACTIVATION RULE RATE BATCH THREADS`; for every line on stdin one
//! epoch, and on stdout its milliseconds, its mean loss, and the milliseconds of processor time that all threads had.
//! With `FILE read THREADS` it reads the training and test halves once and says in how many seconds, with `FILE pass
//! THREADS` it reads the training rows as a stream does and keeps none; with `FILE product THREADS` it says the machine's rate of matrix products.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod floor;

use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use backburn::data::{Batches, Block, Data, DataFile, Memory, survey};
use backburn::device;
use backburn::learner::{Learner, OptimizerConfig, Rule};
use backburn::model::{Activation, Criterion, MlpConfig};
use backburn::setup::Config;
use floor::Floor;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [file, "read", threads] => read(file, threads.parse().expect("threads")),
        [file, "pass", threads] => pass(file, threads.parse().expect("threads")),
        ["product", threads] => rate(threads.parse().expect("threads")),
        [file, program, hidden, activation, rule, rate, batch, threads] => {
            device::threads(Some(threads.parse().expect("threads"))).expect("threads");
            let case = Case::read(file, hidden, activation, rule, rate, batch);
            if program == "floor" { case.floor() } else { case.backburn() }
        }
        _ => println!("this benchmark is driven by benches/peers.py"),
    }
}

/// Reads a file as `train` does.
fn read(file: &str, threads: usize) {
    device::threads(Some(threads)).expect("threads");
    let config = Config { data: Some(file.into()), memory: Some(Memory(8 << 30)), ..Config::default() };
    let start = Instant::now();
    let data = Data::load(&config.request()).expect("data");
    println!("{{\"read\": {}, \"rows\": {}}}", start.elapsed().as_secs_f64(), data.train.len());
}

/// Reads and inflates the training rows, and forgets them.
fn pass(file: &str, threads: usize) {
    device::threads(Some(threads)).expect("threads");
    let file = DataFile::open(Path::new(file)).expect("file");
    let table = file.features(&file.array("x_train").expect("x_train")).expect("features");
    let start = Instant::now();
    let found = survey(&table, &[], 0).expect("rows").0;
    println!("{{\"pass\": {}, \"nonfinite\": {}}}", start.elapsed().as_secs_f64(), found.nonfinite.0);
}

/// The matrix-product rate of this machine: the best of many large products, in GFLOP/s.
fn rate(threads: usize) {
    device::threads(Some(threads)).expect("threads");
    let n = 1024;
    let (a, b, mut c) = (vec![0.5f32; n * n], vec![0.25f32; n * n], vec![0.0f32; n * n]);
    let seconds = |_| {
        let start = Instant::now();
        floor::product([n, n, n], (&a, n, 1), (&b, n, 1), &mut c, threads);
        start.elapsed().as_secs_f64()
    };
    let best = (0..40).map(seconds).fold(f64::MAX, f64::min);
    println!("{{\"gflops\": {}}}", 2.0 * (n as f64).powi(3) / best / 1e9);
}

/// Milliseconds of processor time that this process has had, all threads together.
fn processor() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call fills the structure it is given and touches nothing else.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// What is learned and how.
struct Case {
    block: Block,
    layers: Vec<usize>,
    pairs: Vec<(Vec<f32>, Vec<f32>)>,
    activation: Activation,
    rule: Rule,
    rate: f64,
    batch: usize,
}

impl Case {
    fn read(file: &str, hidden: &str, activation: &str, rule: &str, rate: &str, batch: &str) -> Self {
        let request =
            Config { data: Some(file.into()), validation: 0.0, memory: Some(Memory(16 << 30)), ..Config::default() };
        let data = Data::load(&request.request()).expect("data");
        let file = DataFile::open(Path::new(file)).expect("file");
        let array =
            |name: &str| file.features(&file.array(name).expect(name)).and_then(|table| table.whole()).expect(name);
        let middle = hidden.split('-').map(|w| w.parse().expect("widths"));
        let ends = (data.train.width(), data.classes.names.len());
        let layers: Vec<usize> = [ends.0].into_iter().chain(middle).chain([ends.1]).collect();
        let pairs = (1..layers.len()).map(|l| (array(&format!("W{l}")), array(&format!("b{l}")))).collect();
        Case {
            block: data.train,
            layers,
            pairs,
            activation: Activation::parse(activation).expect("activation"),
            rule: Rule::parse(rule).expect("rule"),
            rate: rate.parse().expect("rate"),
            batch: batch.parse().expect("batch"),
        }
    }

    /// Learns an epoch for every line of stdin; `step` learns a batch and gives the sum of its losses.
    fn epochs(block: &Block, size: usize, mut step: impl FnMut(backburn::data::HostBatch) -> f64) {
        let threads = rayon::current_num_threads();
        for (epoch, _) in std::io::stdin().lock().lines().enumerate() {
            let (start, before) = (Instant::now(), processor());
            let batches = Batches::shuffled(block, size, 0, epoch);
            let mut sum = 0.0;
            std::thread::scope(|scope| {
                batches.ahead(scope, 0, threads).for_each(|rows| sum += step(rows.expect("rows in memory")));
            });
            let loss = sum / block.len() as f64;
            println!("{} {loss} {}", start.elapsed().as_secs_f64() * 1e3, processor() - before);
        }
    }

    fn backburn(self) {
        let autodiff = device::choose(Some("flex")).expect("flex").autodiff();
        let network = MlpConfig { layers: self.layers.clone(), activation: self.activation, dropout: 0.0 };
        let optimizer = OptimizerConfig { rule: self.rule, ..OptimizerConfig::default() };
        let criterion = Criterion::hard(self.layers[self.layers.len() - 1]);
        let model = network.with_weights(self.pairs, &autodiff);
        let mut learner = Learner::new(model, optimizer.init(), criterion, autodiff.clone());
        Self::epochs(&self.block, self.batch, |rows| {
            let batch = rows.to(&autodiff);
            let pass = learner.pass(&batch, 0);
            assert!(pass.loss.is_finite() && pass.norm.is_finite());
            let loss = pass.loss * batch.labels.len() as f64;
            learner.update(self.rate, None, pass);
            loss
        });
    }

    fn floor(self) {
        let (sigmoid, adam) = (self.activation == Activation::Sigmoid, self.rule == Rule::Adam);
        let threads = rayon::current_num_threads();
        let mut floor = Floor::new(self.pairs, sigmoid, adam, self.rate as f32, self.batch, threads);
        Self::epochs(&self.block, self.batch, |rows| floor.step(&rows.x, &rows.labels));
    }
}
