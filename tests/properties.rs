//! What holds for every input, tried on random ones: orders, rates, scales, predictions, counts, and the ways of tables,
//! arrays and models into a file and out of it. Sizes and choices are drawn by proptest, which makes a failing case as small
//! as it can; what fills an array is drawn from a seed of the case. Every run draws the same cases, unless
//! PROPTEST_RNG_SEED says another number.

use backburn::data::{Arrays, Batches, Block, Data, DataFile, Labels, Request, Scale};
use backburn::device;
use backburn::evaluate::{Evaluation, Predictions};
use backburn::export::{self, Format};
use backburn::import::{self, Label};
use backburn::model::{Activation, Init, Mlp, MlpConfig, Saved, Start};
use backburn::setup::Schedule;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::shell::{backburn, folder};

/// So many cases, the same in every run, and none written into the checkout.
fn cases(cases: u32) -> ProptestConfig {
    let seeded = ProptestConfig::default();
    let rng_seed = if seeded.rng_seed == RngSeed::Random { RngSeed::Fixed(0) } else { seeded.rng_seed };
    ProptestConfig { cases, failure_persistence: None, rng_seed, ..seeded }
}

/// The generator of what fills the arrays of a case.
fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Rows of features in -1..1 with random classes.
fn block(rows: usize, width: usize, classes: u32, random: &mut ChaCha8Rng) -> (Vec<f32>, Vec<u32>, Block) {
    let x: Vec<f32> = (0..rows * width).map(|_| random.random_range(-1.0..1.0)).collect();
    let y: Vec<u32> = (0..rows).map(|_| random.random_range(0..classes)).collect();
    (x.clone(), y.clone(), Block::new(x, y, width))
}

#[test]
fn an_epoch_shows_every_row_once_whatever_the_batches_are() {
    proptest!(cases(200), |(rows in 1usize..400, size in 1usize..500, seed: u64, epoch in 0usize..1000)| {
        let numbers: Vec<f32> = (0..rows).map(|row| row as f32).collect();
        let block = Block::new(numbers.clone(), vec![0; rows], 1);
        let batches = Batches::shuffled(&block, size, seed, epoch);
        let mut seen: Vec<f32> = (0..batches.len()).flat_map(|i| batches.get(i).unwrap().x).collect();
        prop_assert!(rows < 20 || seen != numbers, "the order is that of the file");
        seen.sort_by(f32::total_cmp);
        prop_assert_eq!(seen, numbers);
    });
}

#[test]
fn rates_are_finite_and_never_below_zero_or_above_their_peak() {
    let lengths = prop_oneof![select(vec![0, 1, 2, 3, usize::MAX >> 12]), 4usize..100_000];
    let steps = lengths.prop_flat_map(|steps| {
        let edges = vec![0, 1, steps / 2, steps.saturating_sub(1), steps, steps.saturating_mul(2)];
        (Just(steps), prop_oneof![select(edges), 0..=steps])
    });
    let peak = prop_oneof![select(vec![1e-300, 1e-6, 0.1, 1.0, 1e30]), 1e-9f64..10.0];
    proptest!(cases(20_000), |((steps, step) in steps, peak in peak, schedule in select(Schedule::ALL.to_vec()))| {
        let rate = schedule.rate(peak, step, steps);
        let bounds = 0.0..=peak * (1.0 + 1e-12);
        prop_assert!(bounds.contains(&rate), "{:?} gives {} at {} of {}, peak {}", schedule, rate, step, steps, peak);
    });
}

#[test]
fn scaled_features_can_be_scaled_back() {
    let scales = select(vec![Scale::Standard, Scale::Minmax, Scale::None]);
    proptest!(cases(100), |(rows in 4usize..60, width in 1usize..6, power in -6..7, scale in scales, seed: u64)| {
        let (mut random, size) = (random(seed), 10f32.powi(power));
        let x: Vec<f32> = (0..rows * width).map(|_| size * random.random_range(-1.0f32..3.0)).collect();
        let y = Labels::Numbers((0..rows).map(|row| (row % 2) as f64).collect());
        let arrays = Arrays { x: x.clone(), y, shape: vec![width] };
        let data = Data::given("rows", arrays, None, &Request { scale, ..Request::default() }).unwrap();
        let scaled = Batches::in_order(&data.train, rows).get(0).unwrap().x;
        for (i, (scaled, x)) in scaled.iter().zip(&x).enumerate() {
            let (subtract, multiply) = data.preparation.scale.get(i % width).copied().unwrap_or((0.0, 1.0));
            let back = scaled / multiply + subtract;
            prop_assert!((back - x).abs() <= 4e-6 * size, "{} came back as {} after {:?}", x, back, scale);
        }
    });
}

/// A network with random weights, and the logarithms of its probabilities computed slowly in f64.
struct Network {
    mlp: Mlp,
    weights: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Network {
    fn random(layers: Vec<usize>, seed: u64) -> Self {
        let config = MlpConfig { layers, activation: Activation::Relu, dropout: 0.0 };
        let mlp = config.init(Init::He, seed, &device::choose(None).unwrap());
        Network { weights: mlp.weights(), mlp }
    }

    fn log_p(&self, row: &[f32]) -> Vec<f64> {
        let mut a: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
        for (depth, (weight, bias)) in self.weights.iter().enumerate() {
            let outputs = bias.len();
            let z = |j: usize| {
                f64::from(bias[j])
                    + a.iter().enumerate().map(|(i, a)| a * f64::from(weight[i * outputs + j])).sum::<f64>()
            };
            let z: Vec<f64> = (0..outputs).map(z).collect();
            let last = depth + 1 == self.weights.len();
            a = z.into_iter().map(|z| if last { z } else { z.max(0.0) }).collect();
        }
        let largest = a.iter().copied().fold(f64::MIN, f64::max);
        let sum = a.iter().map(|z| (z - largest).exp()).sum::<f64>().ln() + largest;
        a.iter().map(|z| z - sum).collect()
    }
}

/// The probabilities of all rows of `block`, as logarithms.
fn predicted(network: &Network, block: &Block) -> Vec<f32> {
    let mut all = Vec::new();
    let device = device::choose(None).unwrap();
    let see = |p: &Predictions, _: &[u32]| {
        all.extend_from_slice(&p.log_p);
        Ok(())
    };
    Predictions::each(&network.mlp, block, &device, see).unwrap();
    all
}

#[test]
fn a_prediction_does_not_depend_on_the_rows_around_it() {
    let sizes = (1usize..700, 1usize..40, 1usize..30, 2usize..8);
    proptest!(cases(30), |((rows, width, hidden, classes) in sizes, seed: u64)| {
        let mut random = random(seed);
        let network = Network::random(vec![width, hidden, classes], seed);
        let (_, _, block) = block(rows, width, classes as u32, &mut random);
        let mut order: Vec<usize> = (0..rows).collect();
        order.shuffle(&mut random);
        let (whole, shuffled) = (predicted(&network, &block), predicted(&network, &block.pick(order.iter().copied())));
        for (place, &row) in order.iter().enumerate() {
            for k in 0..classes {
                let (a, b) = (whole[row * classes + k], shuffled[place * classes + k]);
                let same = (a - b).abs() <= 1e-5 * a.abs().max(1.0);
                prop_assert!(same, "row {} is {} alone and {} elsewhere", row, a, b);
            }
        }
    });
}

#[test]
fn evaluation_counts_what_a_slow_reference_counts() {
    let device = device::choose(None).unwrap();
    proptest!(cases(30), |(rows in 1usize..600, width in 1usize..20, classes in 2usize..6, seed: u64)| {
        let mut random = random(seed);
        let network = Network::random(vec![width, 7, classes], seed);
        let (x, y, block) = block(rows, width, classes as u32, &mut random);
        let (evaluation, misclassified) = Evaluation::of(&network.mlp, &block, &device).unwrap();
        let (mut loss, mut confusion) = (0.0, vec![vec![0; classes]; classes]);
        let mut tie = false;
        for (row, &label) in x.chunks(width).zip(&y) {
            let p = network.log_p(row);
            loss -= p[label as usize] / rows as f64;
            let best = (0..classes).max_by(|&a, &b| p[a].total_cmp(&p[b]).then(b.cmp(&a))).unwrap();
            tie |= (0..classes).any(|k| k != best && (p[k] - p[best]).abs() < 1e-5);
            confusion[label as usize][best] += 1;
        }
        prop_assert!((evaluation.loss - loss).abs() <= 1e-5 * loss.max(1.0), "{} and {}", evaluation.loss, loss);
        if !tie {
            let right: usize = (0..classes).map(|k| confusion[k][k]).sum();
            prop_assert_eq!((evaluation.confusion, misclassified.len()), (confusion, rows - right));
            prop_assert_eq!(evaluation.accuracy, right as f64 / rows as f64);
        }
    });
}

#[test]
fn a_table_is_the_same_numbers_as_a_file() {
    let folder = folder();
    let at = folder.path();
    let separators = select(vec![",", "\t", ";", "  "]);
    proptest!(cases(6), |(rows in 2usize..300, width in 1usize..20, separator in separators, seed: u64)| {
        let mut random = random(seed);
        let x: Vec<f32> = (0..rows * width)
            .map(|_| match random.random_range(0..4) {
                0 => f32::from_bits(random.random::<u32>()),
                1 => random.random_range(-5..5) as f32,
                _ => random.random_range(-1.0..1.0),
            })
            .map(|v| if v.is_finite() { v } else { 0.5 })
            .collect();
        let y: Vec<i64> = (0..rows).map(|row| (row % 3) as i64 - 1).collect();
        let line = |(row, y): (&[f32], &i64)| {
            row.iter().map(|v| format!("{v:e}")).chain([y.to_string()]).collect::<Vec<_>>().join(separator) + "\n"
        };
        std::fs::write(at.join("t.txt"), x.chunks(width).zip(&y).map(line).collect::<String>()).unwrap();
        let output = backburn(at, &["import", "t.txt", "-q", "-o", "t.h5", "--overwrite"]);
        prop_assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let file = DataFile::open(&at.join("t.h5")).unwrap();
        let read = file.features(&file.array("x_train").unwrap()).unwrap().whole().unwrap();
        let bits = |all: &[f32]| all.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&read), bits(&x));
        let labels = file.numbers(&file.array("y_train").unwrap(), 1 << 20).unwrap();
        prop_assert_eq!(labels, y.iter().map(|&y| y as f64).collect::<Vec<_>>());
    });
}

/// An NPY file of random whole numbers in this type of numpy's, row-major, and the numbers.
fn npy(descr: &str, shape: &[usize], most: i16, random: &mut ChaCha8Rng) -> (Vec<u8>, Vec<f32>) {
    let least = if descr.contains('u') { 0 } else { -most };
    let numbers: Vec<i16> = (0..shape.iter().product()).map(|_| random.random_range(least..=most)).collect();
    let element = |&number: &i16| {
        let mut bytes = match &descr[1..] {
            "f2" => half::f16::from_f32(number.into()).to_le_bytes().to_vec(),
            "f4" => f32::from(number).to_le_bytes().to_vec(),
            "f8" => f64::from(number).to_le_bytes().to_vec(),
            whole => i64::from(number).to_le_bytes()[..whole[1..].parse().unwrap()].to_vec(),
        };
        if descr.starts_with('>') {
            bytes.reverse();
        }
        bytes
    };
    let extents: String = shape.iter().map(|n| format!("{n}, ")).collect();
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({extents})}}");
    let length = (header.len() as u16).to_le_bytes();
    let file =
        [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), &numbers.iter().flat_map(element).collect::<Vec<_>>()];
    (file.concat(), numbers.into_iter().map(f32::from).collect())
}

#[test]
fn arrays_of_every_type_and_byte_order_are_imported_as_numpy_wrote_them() {
    const TYPES: [&str; 17] = [
        "|i1", "|u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8", "<f2", ">f2", "<f4", ">f4",
        "<f8",
    ];
    let folder = folder();
    let at = folder.path();
    let types = (select(TYPES.to_vec()), select(TYPES.to_vec()));
    proptest!(cases(200), |(rows in 1usize..40, width in 1usize..9, (x_type, y_type) in types, seed: u64)| {
        let mut random = random(seed);
        let (x_file, x) = npy(x_type, &[rows, width], 100, &mut random);
        let (y_file, y) = npy(y_type, &[rows, 1], 9, &mut random);
        std::fs::write(at.join("x.npy"), x_file).unwrap();
        std::fs::write(at.join("y.npy"), y_file).unwrap();
        let inputs =
            import::Inputs { path: at.join("x.npy"), labels: Some(at.join("y.npy")), ..import::Inputs::default() };
        let mut source = import::open(&inputs).unwrap().train;
        let (mut read, mut labels) = (Vec::new(), Vec::new());
        while let Some(Label::Number(label)) = source.next(&mut read).unwrap() {
            labels.push(label as f32);
        }
        prop_assert_eq!((read, labels), (x, y));
    });
}

#[test]
fn a_model_that_was_exported_is_started_from_with_the_same_bits() {
    let folder = folder();
    let device = device::choose(None).unwrap();
    let widths = (proptest::collection::vec(1usize..12, 2..5), 2usize..6);
    let kinds = (select(Activation::ALL.to_vec()), select(vec![Format::Npz, Format::Safetensors]));
    proptest!(cases(60), |((mut layers, outputs) in widths, (activation, format) in kinds, seed: u64)| {
        layers.push(outputs);
        let network = MlpConfig { layers: layers.clone(), activation, dropout: 0.0 };
        let weights = network.init(Init::He, seed, &device).weights();
        let classes: Vec<String> = (0..layers[layers.len() - 1]).map(|k| k.to_string()).collect();
        let saved = Saved {
            network,
            input: vec![layers[0]],
            preparation: Default::default(),
            tones: None,
            range: None,
            sketch: None,
            profile: Default::default(),
            labels: classes.clone(),
            classes,
            weights: weights.clone(),
        };
        let (_, bytes) = export::files(&saved, format, "m").unwrap().swap_remove(0);
        let path = folder.path().join("m");
        std::fs::write(&path, bytes).unwrap();
        let start = Start::read(&path).unwrap();
        prop_assert_eq!((start.layers, start.activation, start.weights), (layers, Some(activation), weights));
    });
}
