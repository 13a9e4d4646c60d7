//! One epoch a line: the part of `benches/peers.py` that is ours.
//!
//! It learns the script's own rows from the script's own weights through the same calls as `train/mod.rs`: rows
//! gathered a batch ahead, pass, the look at loss and norm, update. `floor` as rule is the road not taken: the same step written by
//! hand for 784-30-10 on the matrix product alone, no automatic differentiation, as far down as it goes.
//!
//! Protocol: arguments `FILE HIDDEN ACTIVATION RULE RATE BATCH THREADS`; for every line on stdin one epoch, and on
//! stdout its milliseconds and mean loss.

use std::io::BufRead;
use std::time::Instant;

use backburn::data::{Batches, Block, hdf5};
use backburn::device;
use backburn::learner::{Learner, OptimizerConfig, Rule};
use backburn::model::{Activation, MlpConfig, Targets};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [file, hidden, activation, rule, rate, batch, threads] = &arguments[..] else {
        return println!("this benchmark is driven by benches/peers.py");
    };
    let threads: usize = threads.parse().expect("threads");
    device::threads(Some(threads)).expect("threads");
    let plain = device::choose(Some("flex")).expect("flex");
    let autodiff = plain.clone().autodiff();
    let file = hdf5::File::open(std::path::Path::new(file)).expect("file");
    let array = |name: &str| file.features(&file.array(name).expect(name)).and_then(|table| table.whole()).expect(name);
    let layers: Vec<usize> =
        [784].into_iter().chain(hidden.split('-').map(|w| w.parse().unwrap())).chain([10]).collect();
    let weights = (1..layers.len()).map(|l| (array(&format!("W{l}")), array(&format!("b{l}")))).collect();
    let labels = array("y").iter().map(|&y| y as u32).collect();
    let block = Block::new(array("x"), labels, 784);
    let network = MlpConfig { layers, activation: Activation::parse(activation).unwrap(), dropout: 0.0 };
    let optimizer =
        OptimizerConfig { rule: Rule::parse(rule).unwrap(), momentum: 0.0, nesterov: false, weight_decay: 0.0 };
    let mut learner =
        Learner::new(network.with_weights(weights, &autodiff), optimizer.init(), Targets::hard(10), autodiff.clone());
    let (rate, size): (f64, usize) = (rate.parse().unwrap(), batch.parse().unwrap());
    for (epoch, _) in std::io::stdin().lock().lines().enumerate() {
        let start = Instant::now();
        let mut sum = 0.0;
        let batches = Batches::shuffled(&block, size, 0, epoch);
        std::thread::scope(|scope| {
            for rows in batches.ahead(scope, 0, threads) {
                let batch = rows.expect("rows in memory").to(&autodiff);
                let pass = learner.pass(&batch);
                assert!(pass.loss.is_finite() && pass.norm.is_finite());
                sum += pass.loss * batch.labels.len() as f64;
                learner.update(rate, None, pass);
            }
        });
        println!("{} {}", start.elapsed().as_secs_f64() * 1e3, sum / block.len() as f64);
    }
}
