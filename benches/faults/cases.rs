//! The faults and the controls of the benchmark. A fault has two magnitudes: the second is met by the held-out third
//! alone.

use backburn::data::{Missing, Scale};
use backburn::learner::Rule;
use backburn::model::{Activation, Init, Loss, Reduction};
use backburn::setup::{Config, Rate, Schedule};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::tables::Table;

/// A fault: what it does to table and configuration at a magnitude of 0 or 1.
pub struct Fault {
    pub name: &'static str,
    /// The causes that a diagnosis must name.
    pub causes: &'static [&'static str],
    /// Names that say the same in another way.
    pub also: &'static [&'static str],
    /// Whether a command line can cure it.
    pub curable: bool,
    pub make: fn(&mut Table, &mut Config, usize, &mut ChaCha8Rng),
}

macro_rules! fault {
    ($name:literal, $causes:expr, $also:expr, $curable:literal, |$t:ident, $c:ident, $m:ident, $r:ident| $body:expr) => {
        Fault {
            name: $name,
            causes: &$causes,
            also: &$also,
            curable: $curable,
            make: |$t: &mut Table, $c: &mut Config, $m: usize, $r: &mut ChaCha8Rng| {
                let _ = (&$t, &$c, $m, &$r);
                $body
            },
        }
    };
}

fn times(x: &mut [f32], factor: f32) {
    x.iter_mut().for_each(|v| *v *= factor);
}

fn unscaled(table: &mut Table, config: &mut Config, factor: f32) {
    times(&mut table.x, factor);
    times(&mut table.x_test, factor);
    config.scale = Scale::None;
}

fn sgd(config: &mut Config) {
    (config.optimizer, config.rate) = (Rule::Sgd, None);
}

/// Every fault.
pub const FAULTS: &[Fault] = &[
    fault!("unscaled input", ["scale"], [], true, |t, c, m, r| unscaled(t, c, [255.0, 180.0][m])),
    fault!("input too small", ["scale"], [], true, |t, c, m, r| unscaled(t, c, [1e-3, 2e-3][m])),
    fault!("one wild feature", ["scale"], [], true, |t, c, m, r| {
        let width = t.width;
        for x in [&mut t.x, &mut t.x_test] {
            x.iter_mut().step_by(width).for_each(|v| *v = (*v + 1.0) * [1e4, 3e4][m]);
        }
        c.scale = Scale::None;
    }),
    fault!("constant feature", ["scale"], [], true, |t, c, m, r| {
        let width = t.width;
        let with = |x: &[f32]| x.chunks(width).flat_map(|row| [row, &[[500.0, 900.0][m]]].concat()).collect();
        (t.x, t.x_test, t.width) = (with(&t.x), with(&t.x_test), width + 1);
        c.scale = Scale::None;
    }),
    fault!("positive init", ["init"], ["gain"], true, |t, c, m, r| (c.init, c.gain) =
        (Some(Init::Uniform01), [1.0, 1.35][m])),
    fault!("constant init", ["init"], ["gain"], true, |t, c, m, r| {
        (c.init, c.gain, c.dropout) = (Some(Init::Constant), [1.0, 0.7][m], 0.0)
    }),
    fault!("zero init", ["init"], [], true, |t, c, m, r| c.init = Some(Init::Zeros)),
    fault!("large init", ["gain"], [], true, |t, c, m, r| c.gain = [30.0, 38.0][m]),
    fault!("rate too high", ["rate"], [], true, |t, c, m, r| c.rate = Some(Rate::At(c.rate() * [100.0, 130.0][m]))),
    fault!("rate too low", ["rate"], [], true, |t, c, m, r| c.rate = Some(Rate::At(c.rate() / [100.0, 180.0][m]))),
    fault!("summed loss", ["reduction"], [], true, |t, c, m, r| {
        sgd(c);
        (c.reduction, c.batch_size) = (Reduction::Sum, [64, 90][m]);
    }),
    fault!("softmax twice", ["loss"], [], true, |t, c, m, r| c.loss = Loss::SoftmaxTwice),
    fault!("one output", ["loss"], [], true, |t, c, m, r| c.loss = Loss::OneOutput),
    fault!("labels shuffled", ["labels-misaligned"], [], false, |t, c, m, r| {
        let keep = [0.0, 0.02][m];
        let mut rows: Vec<usize> = (0..t.y.len()).filter(|_| r.random::<f64>() >= keep).collect();
        let from = rows.clone();
        rows.shuffle(r);
        let old = t.y.clone();
        rows.iter().zip(from).for_each(|(&to, from)| t.y[to] = old[from]);
    }),
    fault!("labels slipped a row", ["labels-misaligned"], [], false, |t, c, m, r| match m {
        0 => t.y.rotate_left(1),
        _ => t.y.rotate_right(3),
    }),
    fault!("one class only", ["data"], [], false, |t, c, m, r| t.y.fill([0, 1][m])),
    fault!("NaN in the data", ["column-not-finite"], [], false, |t, c, m, r| {
        (0..[1, 5][m]).for_each(|_| {
            let place = r.random_range(0..t.x.len());
            t.x[place] = [f32::NAN, f32::INFINITY][m];
        });
        c.missing = Missing::Refuse;
    }),
    fault!("sigmoid stack", ["activation|hidden"], ["optimizer", "rate"], true, |t, c, m, r| {
        sgd(c);
        (c.hidden, c.activation) = (vec![30; [6, 7][m]], Activation::Sigmoid);
    }),
    fault!("hidden biases far off", ["bias"], [], true, |t, c, m, r| (c.activation, c.bias) =
        (Activation::Relu, [-10.0, -12.0][m])),
    fault!("too few steps", ["epochs"], ["batch-size"], true, |t, c, m, r| (c.epochs, c.batch_size) =
        (1, [256, 330][m])),
    fault!("test half not scaled", ["halves-scaled-apart"], [], false, |t, c, m, r| times(
        &mut t.x_test,
        [255.0, 60.0][m]
    )),
    fault!("test labels off by one", ["labels-coded-apart"], [], false, |t, c, m, r| {
        let classes = t.y.iter().max().map_or(1, |k| k + 1);
        t.y_test.iter_mut().for_each(|y| *y = (*y + [1, 2][m]) % classes);
    }),
    fault!("imbalance", ["balance"], [], true, |t, c, m, r| {
        let mut kept = [0; 10];
        t.retain(|_, y| {
            kept[y as usize] += 1;
            y == 0 || kept[y as usize] <= [8, 9][m]
        });
        sgd(c);
        c.rate = Some(Rate::At(0.03));
    }),
    fault!("batch of one", ["batch-size|rate"], [], true, |t, c, m, r| {
        sgd(c);
        (c.batch_size, c.epochs, c.rate) = (1, 2, Some(Rate::At([0.7, 0.8][m])));
    }),
    fault!("gradient clipped away", ["clip"], [], true, |t, c, m, r| {
        sgd(c);
        c.clip = Some([1e-4, 7e-5][m]);
    }),
    fault!("dropout of nearly all", ["dropout"], [], true, |t, c, m, r| c.dropout = [0.98, 0.988][m]),
    fault!("too narrow", ["hidden"], [], true, |t, c, m, r| c.hidden = [vec![1], vec![1, 30]][m].clone()),
    fault!("weight decay too high", ["weight-decay"], [], true, |t, c, m, r| {
        sgd(c);
        c.weight_decay = [0.3, 0.35][m];
    }),
    fault!("momentum too high", ["momentum"], ["rate"], true, |t, c, m, r| {
        sgd(c);
        (c.rate, c.momentum) = (Some(Rate::At(0.3)), [0.99, 0.993][m]);
    }),
    fault!("the origin", ["init", "reduction", "batch-size", "rate"], ["epochs"], true, |t, c, m, r| {
        (c.hidden, c.activation, c.dropout) = (vec![[30, 26][m]], Activation::Sigmoid, 0.0);
        (c.init, c.reduction, c.batch_size) = (Some(Init::Uniform01), Reduction::Sum, 1_000_000);
        (c.optimizer, c.schedule, c.rate) = (Rule::Sgd, Schedule::Constant, Some(Rate::At([0.001, 0.0012][m])));
    }),
    fault!("unscaled and positive init", ["scale", "init"], [], true, |t, c, m, r| {
        unscaled(t, c, [255.0, 290.0][m]);
        sgd(c);
        c.init = Some(Init::Uniform01);
    }),
    fault!("input dropout of nearly all", ["input-dropout"], [], true, |t, c, m, r| c.input_dropout = [0.97, 0.98][m]),
    fault!("momentum near 1", ["momentum"], ["rate"], true, |t, c, m, r| {
        sgd(c);
        (c.schedule, c.rate, c.momentum) = (Schedule::Constant, Some(Rate::At(0.5)), [0.999, 0.9988][m]);
    }),
    fault!("adaptive rate that explodes", ["rate"], [], true, |t, c, m, r| {
        (c.optimizer, c.schedule) = ([Rule::Adamw, Rule::Adam][m], Schedule::Constant);
        c.rate = Some(Rate::At([5.0, 6.0][m]));
    }),
    fault!("short run, large init", ["gain"], ["epochs"], true, |t, c, m, r| (c.epochs, c.gain) =
        ([4, 3][m], [30.0, 42.0][m])),
    fault!("summed loss, rate too high", ["reduction", "rate"], [], true, |t, c, m, r| {
        sgd(c);
        (c.reduction, c.rate) = (Reduction::Sum, Some(Rate::At([10.0, 13.0][m])));
    }),
    fault!("columns in another order", ["columns-in-another-order"], [], false, |t, c, m, r| {
        let moved = t.width / [1, 2][m];
        let mut order: Vec<usize> = (0..t.width).collect();
        order[..moved].shuffle(r);
        t.x_test =
            t.x_test.chunks(t.width).flat_map(|row| order.iter().map(|&at| row[at]).collect::<Vec<_>>()).collect();
    }),
    fault!("labels in listing order", ["labels-misaligned"], [], false, |t, c, m, r| {
        let mut order: Vec<usize> = (0..t.y.len()).collect();
        match m {
            0 => order.sort_by_cached_key(ToString::to_string),
            _ => order.reverse(),
        }
        t.y = order.iter().map(|&row| t.y[row]).collect();
    }),
    fault!("labels shuffled from a row on", ["labels-misaligned"], [], false, |t, c, m, r| {
        let from = (t.y.len() as f64 * [0.5, 0.35][m]) as usize;
        t.y[from..].shuffle(r);
    }),
    fault!("test rows among the learned", ["duplicates-across-halves"], [], false, |t, c, m, r| {
        let rows = t.y_test.len() / [2, 5][m];
        t.x_test[..rows * t.width].copy_from_slice(&t.x[..rows * t.width]);
        t.y_test[..rows].copy_from_slice(&t.y[..rows]);
    }),
    fault!("nearly the same rows", ["duplicates-across-halves"], [], false, |t, c, m, r| {
        let rows = t.y_test.len() / 2;
        for (to, from) in t.x_test[..rows * t.width].iter_mut().zip(&t.x[..rows * t.width]) {
            *to = from + [1e-3, 3e-3][m] * (r.random::<f32>() - 0.5);
        }
        t.y_test[..rows].copy_from_slice(&t.y[..rows]);
    }),
    fault!("few distinct rows", ["few-distinct-rows"], [], false, |t, c, m, r| {
        let (rows, times) = (t.y.len() / [20, 11][m], [20, 11][m]);
        (t.x, t.y) = (t.x[..rows * t.width].repeat(times), t.y[..rows].repeat(times));
    }),
    fault!("target among the features", ["target-among-features"], [], false, |t, c, m, r| {
        let with = |x: &[f32], y: &[i32]| {
            let told = |y: i32| [10.0 * y as f32, (3 * y % 11) as f32 - 4.0][m];
            x.chunks(t.width).zip(y).flat_map(|(row, &y)| [row, &[told(y)]].concat()).collect()
        };
        (t.x, t.x_test, t.width) = (with(&t.x, &t.y), with(&t.x_test, &t.y_test), t.width + 1);
    }),
    fault!("a number for missing values", ["sentinel-values"], [], false, |t, c, m, r| {
        let at = t.width / 2;
        for row in (0..t.y.len()).step_by([9, 23][m]) {
            t.x[row * t.width + at] = [-999.0, 1e9][m];
        }
    }),
    fault!("test half is the tail of a sorted file", ["halves-drawn-apart"], [], false, |t, c, m, r| {
        let rows = t.y.len();
        let (x, y) = ([t.x.clone(), t.x_test.clone()].concat(), [t.y.clone(), t.y_test.clone()].concat());
        let mut order: Vec<(f32, usize)> =
            y.iter().enumerate().map(|(row, &y)| (y as f32 + [1.5, 2.5][m] * r.random::<f32>(), row)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let part = |of: &[(f32, usize)]| {
            let x = of.iter().flat_map(|&(_, row)| x[row * t.width..(row + 1) * t.width].iter().copied()).collect();
            (x, of.iter().map(|&(_, row)| y[row]).collect())
        };
        let ((x, y), (x_test, y_test)) = (part(&order[..rows]), part(&order[rows..]));
        (t.x, t.y, t.x_test, t.y_test) = (x, y, x_test, y_test);
    }),
    fault!("bytes that wrapped", ["bytes-wrapped"], [], false, |t, c, m, r| {
        for x in [&mut t.x, &mut t.x_test] {
            x.iter_mut().for_each(|v| *v = f32::from(((*v * 255.0).round() as u8).wrapping_add([128, 90][m])));
        }
    }),
];

/// The healthy configuration of a seed: the defaults for so many rows, or a network of another kind.
pub fn base(table: &Table, seed: u64) -> Config {
    let config = Config { epochs: table.epochs, seed, ..Config::default() };
    let slow = Config { optimizer: Rule::Sgd, schedule: Schedule::Constant, dropout: 0.0, ..config.clone() };
    match seed % 3 {
        0 => Config { seed, ..Config::default() }.fitted(table.y.len(), |_| false),
        1 => Config { hidden: vec![128], ..slow },
        _ => Config { hidden: vec![30], activation: Activation::Tanh, rate: Some(Rate::At(0.2)), ..slow },
    }
}

/// Healthy runs that look unusual: a name, and what they do to table and configuration.
pub type Control = (&'static str, fn(&mut Table, &mut Config));

/// Every control.
pub const CONTROLS: &[Control] = &[
    ("as it comes", |_, _| ()),
    ("z-scored", |_, c| c.scale = Scale::Standard),
    ("z-scored, sgd at 0.5", |_, c| {
        sgd(c);
        (c.scale, c.rate, c.dropout) = (Scale::Standard, Some(Rate::At(0.5)), 0.0)
    }),
    ("sgd with momentum", |_, c| {
        sgd(c);
        (c.rate, c.momentum, c.nesterov) = (Some(Rate::At(0.05)), 0.9, true)
    }),
    ("rmsprop", |_, c| (c.optimizer, c.rate) = (Rule::Rmsprop, Some(Rate::At(0.001)))),
    ("adam at 0.001", |_, c| (c.optimizer, c.rate) = (Rule::Adam, Some(Rate::At(0.001)))),
    ("tanh", |_, c| (c.activation, c.optimizer, c.rate) = (Activation::Tanh, Rule::Adamw, None)),
    ("sigmoid", |_, c| (c.activation, c.optimizer, c.rate) = (Activation::Sigmoid, Rule::Adamw, Some(Rate::At(0.01)))),
    ("gelu", |_, c| (c.activation, c.optimizer, c.rate) = (Activation::Gelu, Rule::Adamw, None)),
    ("silu, leaky", |_, c| (c.activation, c.optimizer, c.rate) = (Activation::Silu, Rule::Adamw, None)),
    ("deep relu", |_, c| {
        (c.hidden, c.activation, c.dropout) = (vec![64; 5], Activation::Relu, 0.0);
        (c.optimizer, c.rate) = (Rule::Adamw, Some(Rate::At(0.001)))
    }),
    ("narrow", |_, c| (c.hidden, c.dropout, c.optimizer, c.rate) = (vec![16], 0.0, Rule::Adamw, Some(Rate::At(0.01)))),
    ("wide", |_, c| (c.hidden, c.optimizer, c.rate) = (vec![512], Rule::Adamw, Some(Rate::At(0.001)))),
    ("small batches", |_, c| (c.batch_size, c.epochs) = (8, 5)),
    ("large batches", |_, c| (c.batch_size, c.optimizer, c.rate) = (256, Rule::Adamw, Some(Rate::At(0.01)))),
    ("few epochs", |_, c| (c.epochs, c.optimizer, c.rate) = (5, Rule::Adamw, Some(Rate::At(0.01)))),
    ("label smoothing", |_, c| c.label_smoothing = 0.1),
    ("weight decay", |_, c| c.weight_decay = 0.001),
    ("clipped at 1", |_, c| c.clip = Some(1.0)),
    ("balanced weights", |_, c| c.balance = true),
    ("imbalanced, learnable", |t, c| {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        t.retain(|_, y| y != 1 || rng.random::<f64>() < 0.2);
        (c.optimizer, c.rate) = (Rule::Adamw, None)
    }),
    ("two hundred rows", |t, c| {
        t.retain(|row, _| row < 200);
        (c.optimizer, c.rate, c.epochs) = (Rule::Adamw, None, 80)
    }),
    ("a fitted single batch", |t, c| {
        t.retain(|row, _| row < 64);
        (c.optimizer, c.rate, c.epochs, c.validation, c.dropout) = (Rule::Adamw, None, 200, 0.0, 0.0)
    }),
    ("noisy labels", |t, c| {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        t.y.iter_mut().filter(|_| rng.random::<f64>() < 0.2).for_each(|y| *y = (*y + 1) % 3);
        (c.optimizer, c.rate, c.epochs) = (Rule::Adamw, Some(Rate::At(0.001)), 5)
    }),
    ("pixels 0..255, scaled", |t, _| {
        times(&mut t.x, 255.0);
        times(&mut t.x_test, 255.0);
    }),
    ("no hidden layer", |_, c| (c.hidden, c.optimizer, c.rate) = (Vec::new(), Rule::Adamw, Some(Rate::At(0.01)))),
];
