//! What watching costs: the same steps unwatched, watched as by default, and watched at every step, in alternation.
//!
//!     cargo bench --bench watch [-- ROUNDS]
//!
//! 784-30-10 sigmoid with SGD and 784-800-800-10 relu with AdamW, batches of 128 random rows. Each round learns the
//! same batches once in every mode; the table gives the median over the rounds of the time relative to unwatched in
//! the same round, in seconds on a core, so that a busy machine hurts all alike and little. Writing the journal is included.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::sync::OnceLock;
use std::time::Instant;

use backburn::data::{Batches, Block, Classes, Data, Layout};
use backburn::device;
use backburn::journal::Journal;
use backburn::learner::Rule;
use backburn::model::Activation;
use backburn::profile::Profile;
use backburn::setup::{self, Config, Step, Watch, Watcher};
use backburn::sketch::Sketch;
use burn::tensor::Device;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROWS: usize = 25_600;

fn data() -> Data {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let x = (0..ROWS * 784).map(|_| next()).collect();
    let names: Vec<String> = (0..10).map(|k| k.to_string()).collect();
    let train = Block::new(x, (0..ROWS as u32).map(|i| i % 10).collect(), 784);
    Data {
        name: "noise".into(),
        poses: None,
        validation: train.pick(0..0),
        train,
        test: None,
        classes: Classes { names: names.clone(), values: names },
        shape: vec![784],
        preparation: std::sync::Arc::default(),
        tones: None,
        layout: Layout::default(),
        range: (0.0, 1.0),
        sketch: Sketch::default(),
        profile: Profile::default(),
        given: true,
    }
}

/// Seconds of `steps` steps.
fn learn(config: &Config, data: &Data, device: &Device, round: usize, steps: usize) -> f64 {
    let mut learner = setup::learner(config, data, device).expect("a learner");
    let mut watcher = Watcher::new(config, data, device).expect("a watcher");
    let folder = tempfile::tempdir().expect("a folder");
    let mut journal = Journal::open(&folder.path().join("journal.jsonl"), 0).expect("a journal");
    let autodiff = device.clone().autodiff();
    let batches = Batches::shuffled(&data.train, config.batch_size, 0, round);
    let mut rows: Vec<_> = (0..steps).map(|i| batches.get(i % batches.len()).expect("rows").to(&autodiff)).collect();
    let start = seconds();
    for (number, batch) in rows.drain(..).enumerate() {
        // Past the first steps, which are always examined and end soon.
        let step = Step { number: number + 10, rate: config.rate(), clip: None, seed: 0, batch };
        let pass = step.pass(&learner);
        step.update_watched(&mut learner, pass, &mut watcher);
    }
    journal.write_all(&watcher.take_events()).expect("a journal");
    seconds() - start
}

/// Seconds that this thread was on a core, where the system counts them (Linux), else of the clock.
fn seconds() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = counted.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.get_or_init(Instant::now).elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

fn main() {
    let rounds = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(15);
    device::threads(Some(1)).expect("threads");
    let device = device::choose(Some("flex")).expect("flex");
    let data = data();
    let base = Config { batch_size: 128, dropout: 0.0, ..Config::default() };
    let small = Config { hidden: vec![30], activation: Activation::Sigmoid, optimizer: Rule::Sgd, ..base.clone() };
    let large = Config { hidden: vec![800, 800], ..base };
    println!("{:<16}{:>14}{:>12}{:>12}", "network", "ms a step", "auto", "strict");
    for (name, config, steps) in [("784-30-10", small, 1200), ("784-800-800-10", large, 200)] {
        let mut ratios = [Vec::new(), Vec::new()];
        let mut times = Vec::new();
        for round in 0..=rounds {
            let mode = |watch| Config { watch, ..config.clone() };
            let run = |watch| learn(&mode(watch), &data, &device, round, steps);
            let mut order = Watch::ALL;
            order.rotate_left(round % 3);
            let mut three = order.map(|watch| (watch.name(), run(watch)));
            three.sort_by_key(|(name, _)| *name); // auto, off, strict
            let [auto, off, strict] = three.map(|(_, time)| time);
            if round > 0 {
                times.push(off / steps as f64);
                ratios[0].push(auto / off);
                ratios[1].push(strict / off);
            }
        }
        let percent = |ratios: &mut Vec<f64>| format!("{:+.2} %", 100.0 * (median(ratios) - 1.0));
        let [auto, strict] = &mut ratios;
        println!("{name:<16}{:>14.3}{:>12}{:>12}", 1e3 * median(&mut times), percent(auto), percent(strict));
    }
}

fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
