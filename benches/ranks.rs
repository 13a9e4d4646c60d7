//! What it costs to learn over several processes: the sum over all ranks, and whole steps, of the networks of the speed table.
//!
//!     cargo bench --features mpi --bench ranks --no-run
//!     mpirun -n 2 target/release/deps/ranks-… [SECONDS [DIVISOR]]
//!
//! Without `mpirun` it is one process, and the sum costs no more than a copy; with a divisor the batches are that much
//! smaller, which shows what part of a step grows with its rows. Every rank has one thread. Each line is a network: its
//! parameters, the rows of its batch, and the medians of the microseconds of a copy, a sum and a step on the first rank. The
//! copy is that of all gradients into one buffer and back; the sum is what follows. Both are measured apart from the steps,
//! one after another, so that no rank waits for the rows of another.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::time::Instant;

use backburn::data::{Arrays, Data, Labels};
use backburn::device;
use backburn::learner::Rule;
use backburn::model::Activation;
use backburn::ranks;
use backburn::setup::{self, Config, Steps};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROWS: usize = 25_600;

/// Random rows of 784 features in ten classes, the same on every rank.
fn data(config: &Config) -> Data {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let x = (0..ROWS * 784).map(|_| next()).collect();
    let y = Labels::Numbers((0..ROWS).map(|row| (row % 10) as f64).collect());
    Data::given("noise", Arrays { x, y, shape: vec![784] }, None, &config.request()).expect("data")
}

/// The median of the microseconds that `work` takes, done again and again for about as many `seconds`. The first rank says
/// when it is enough.
fn median(seconds: f64, mut work: impl FnMut()) -> f64 {
    let (begin, mut times) = (Instant::now(), Vec::new());
    while ranks::shared(|| begin.elapsed().as_secs_f64() < seconds) {
        for _ in 0..20 {
            let start = Instant::now();
            work();
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    ranks::start().expect("ranks");
    let given: Vec<f64> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let (seconds, divisor) = (given.first().copied().unwrap_or(2.0), given.get(1).map_or(1, |&n| n as usize));
    device::threads(Some(1)).expect("threads");
    let device = device::choose(Some("flex")).expect("flex");
    let base = Config { batch_size: 128, dropout: 0.0, epochs: 1_000_000, ..Config::default() };
    let small = Config { hidden: vec![30], activation: Activation::Sigmoid, optimizer: Rule::Sgd, ..base.clone() };
    let wide = Config { hidden: vec![800], optimizer: Rule::Adam, ..base.clone() };
    let deep = Config { hidden: vec![800, 800], optimizer: Rule::Adam, batch_size: 1024, ..base };
    let data = data(&small);
    if ranks::is_first() {
        println!(
            "{:<16}{:>7}{:>12}{:>7}{:>10}{:>10}{:>10}",
            "network", "ranks", "parameters", "rows", "copy µs", "sum µs", "step µs"
        );
    }
    for (name, mut config) in [("784-30-10", small), ("784-800-10", wide), ("784-800-800-10", deep)] {
        config.batch_size /= divisor;
        let mut learner = setup::learner(&config, &data, &device).expect("a learner");
        let parameters: usize = setup::layers(&config, &data).windows(2).map(|w| (w[0] + 1) * w[1]).sum();
        let mut numbers = vec![1.0f32; parameters + 2];
        let copy = median(seconds, || {
            let mut all = Vec::with_capacity(numbers.len());
            all.extend_from_slice(&numbers);
            numbers.copy_from_slice(&all);
        });
        let sum = median(seconds, || drop(ranks::sum(numbers.clone())));
        let mut steps = Steps::new(&config, &data, &device);
        let step = median(seconds, || {
            let step = steps.next().expect("steps").expect("rows");
            let pass = step.pass(&learner);
            step.update(&mut learner, pass);
        });
        if ranks::is_first() {
            println!(
                "{name:<16}{:>7}{parameters:>12}{:>7}{copy:>10.0}{sum:>10.0}{step:>10.0}",
                ranks::count(),
                config.batch_size
            );
        }
    }
    ranks::leave();
}
