//! What is wrong with data is found in the rows and named, and sound data is called sound.
//!
//! Every fault is put into the digits or into a table that is drawn here. The seeds were not used while the thresholds in
//! `src/faults` were chosen; `benches/faults/field.py` asks the same of the cases of public reports.

use std::path::Path;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::shell::{backburn, folder, json, write_hdf5};

/// The parts of a file: rows and labels.
#[derive(Clone)]
struct Parts {
    train: (Vec<f32>, Vec<i32>),
    test: (Vec<f32>, Vec<i32>),
    width: usize,
}

impl Parts {
    /// The digits of this crate, in a random order.
    fn digits(rng: &mut ChaCha8Rng) -> Self {
        let file = hdf5::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/digits.hdf5")).unwrap();
        let x = |name: &str| file.dataset(name).unwrap().read_raw::<f32>().unwrap();
        let y = |name: &str| file.dataset(name).unwrap().read_raw::<i32>().unwrap();
        let (x, y) = ([x("x_train"), x("x_test")].concat(), [y("y_train"), y("y_test")].concat());
        Self::drawn(&x, &y, 64, rng)
    }

    /// Three classes in nine columns of three units.
    fn table(rows: usize, rng: &mut ChaCha8Rng) -> Self {
        let y: Vec<i32> = (0..rows).map(|_| rng.random_range(0..3)).collect();
        let mut normal = || (0..12).map(|_| rng.random::<f32>() - 0.5).sum::<f32>();
        let x: Vec<f32> = y
            .iter()
            .flat_map(|&k| (0..9).map(move |at| (k, at)))
            .map(|(k, at)| (normal() + 1.2 * ((k + at) % 3) as f32) * 10f32.powi(at % 3) + at as f32)
            .collect();
        Self::drawn(&x, &y, 9, &mut ChaCha8Rng::seed_from_u64(0))
    }

    /// Three classes that two dozen columns tell together, of which each alone tells little and all look alike.
    fn woven(rows: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut normal = || (0..12).map(|_| rng.random::<f32>() - 0.5).sum::<f32>();
        let weights: Vec<f32> = (0..72).map(|_| normal()).collect();
        let x: Vec<f32> = (0..24 * rows).map(|_| normal()).collect();
        let score = |row: &[f32], k: usize| (0..24).map(|at| row[at] * weights[24 * k + at]).sum::<f32>();
        let class = |row: &[f32]| (0..3).max_by(|&a, &b| score(row, a).total_cmp(&score(row, b))).unwrap() as i32;
        let y: Vec<i32> = x.chunks(24).map(class).collect();
        Self::drawn(&x, &y, 24, rng)
    }

    fn drawn(x: &[f32], y: &[i32], width: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut order: Vec<usize> = (0..y.len()).collect();
        order.shuffle(rng);
        let part = |rows: &[usize]| {
            let x = rows.iter().flat_map(|&row| x[row * width..(row + 1) * width].iter().copied()).collect();
            (x, rows.iter().map(|&row| y[row]).collect())
        };
        let (train, test) = order.split_at(3 * y.len() / 4);
        Parts { train: part(train), test: part(test), width }
    }

    /// What `diagnose --data` finds in these parts, (name, where).
    fn findings(&self, at: &Path) -> Vec<(String, String)> {
        let path = at.join("parts.h5");
        write_hdf5(&path, |file| {
            for (part, (x, y)) in [("train", &self.train), ("test", &self.test)] {
                let x = ndarray::ArrayView2::from_shape((y.len(), self.width), x).unwrap();
                file.new_dataset_builder().with_data(x).create(format!("x_{part}").as_str()).unwrap();
                file.new_dataset_builder().with_data(&y[..]).create(format!("y_{part}").as_str()).unwrap();
            }
        });
        let found = json(&backburn(at, &["diagnose", "--data", "parts.h5", "--json"]));
        let list: Vec<(String, String)> = found["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| (fault["name"].as_str().unwrap().into(), fault["where"].as_str().unwrap().into()))
            .collect();
        assert_eq!(found["sound"].as_bool(), Some(list.is_empty()));
        list
    }

    /// The columns of the test half in another order.
    fn permuted(&mut self, rng: &mut ChaCha8Rng) {
        let mut order: Vec<usize> = (0..self.width).collect();
        order.shuffle(rng);
        self.reordered(&order);
    }

    /// The columns of the test half in this order.
    fn reordered(&mut self, order: &[usize]) {
        let old = std::mem::take(&mut self.test.0);
        self.test.0 =
            old.chunks(self.width).flat_map(|row| order.iter().map(|&at| row[at]).collect::<Vec<_>>()).collect();
    }
}

impl Parts {
    /// Another column in both halves, made of the row and its label.
    fn both(&mut self, at: usize, mut value: impl FnMut(usize, i32) -> f32) {
        for (x, y) in [(&mut self.train.0, &self.train.1), (&mut self.test.0, &self.test.1)] {
            let made: Vec<f32> = y.iter().enumerate().map(|(row, &y)| value(row, y)).collect();
            column(x, self.width, at, |row, _| made[row]);
        }
    }

    /// The same rows with their columns repeated up to this width, each time with other small changes.
    fn widened(&mut self, width: usize) {
        for (x, rows) in [(&mut self.train.0, self.train.1.len()), (&mut self.test.0, self.test.1.len())] {
            let value = |row: usize, at: usize| {
                let v = x[row * self.width + at % self.width];
                if at < self.width { v } else { v.sin() + ((row * 37 + at) % 101) as f32 }
            };
            *x =
                (0..rows).flat_map(|row| (0..width).map(move |at| (row, at))).map(|(row, at)| value(row, at)).collect();
        }
        self.width = width;
    }
}

/// Brings every column to mean 0 and deviation 1.
fn standardised(x: &mut [f32], width: usize) {
    let rows = (x.len() / width) as f64;
    for at in 0..width {
        let values: Vec<f64> = x.iter().skip(at).step_by(width).map(|v| f64::from(*v)).collect();
        let mean = values.iter().sum::<f64>() / rows;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / rows).sqrt();
        column(x, width, at, |_, v| ((f64::from(v) - mean) / deviation) as f32);
    }
}

/// Changes every value of a column.
fn column(x: &mut [f32], width: usize, at: usize, change: impl Fn(usize, f32) -> f32) {
    x.iter_mut().skip(at).step_by(width).enumerate().for_each(|(row, v)| *v = change(row, *v));
}

/// A fault: its name, the beginning of where it is, and how it is put into sound parts.
type Case = (&'static str, &'static str, fn(&mut Parts, &mut ChaCha8Rng));

const CASES: &[Case] = &[
    ("halves-scaled-apart", "test", |parts, _| parts.test.0.iter_mut().for_each(|v| *v = *v * 40.0 + 3.0)),
    ("columns-in-another-order", "test", |parts, rng| parts.permuted(rng)),
    ("labels-coded-apart", "test", |parts, _| parts.test.1.iter_mut().for_each(|y| *y = (*y + 1) % 3)),
    ("labels-misaligned", "training", |parts, rng| parts.train.1.shuffle(rng)),
    ("labels-misaligned", "training", |parts, _| parts.train.1.rotate_right(7)),
    ("labels-misaligned", "training, rows from ", |parts, rng| {
        let from = parts.train.1.len() / 3;
        parts.train.1[from..].shuffle(rng);
    }),
    // A block in the middle; a test half of few rows.
    ("labels-misaligned", "training, rows ", |parts, rng| {
        let rows = parts.train.1.len();
        parts.train.1[rows / 4..rows / 2].shuffle(rng);
    }),
    ("labels-misaligned", "test", |parts, rng| parts.test.1.shuffle(rng)),
    ("labels-misaligned", "test", |parts, rng| {
        parts.test.0.truncate(160 * parts.width);
        parts.test.1.truncate(160);
        parts.test.1.shuffle(rng);
    }),
    ("duplicates-across-halves", "test", |parts, _| {
        let rows = parts.test.1.len() / 2;
        parts.test.0[..rows * parts.width].copy_from_slice(&parts.train.0[..rows * parts.width]);
        parts.test.1[..rows].copy_from_slice(&parts.train.1[..rows]);
    }),
    // The file was sorted by a column, cut, and nothing shuffled.
    ("halves-drawn-apart", "test, column 2", |parts, _| {
        let width = parts.width;
        let rows = [&parts.train, &parts.test].into_iter().flat_map(|(x, y)| x.chunks(width).zip(y));
        let mut rows: Vec<(Vec<f32>, i32)> = rows.map(|(x, &y)| (x.to_vec(), y)).collect();
        rows.sort_by(|a, b| a.0[2].total_cmp(&b.0[2]));
        let test = rows.split_off(parts.train.1.len());
        (parts.train, parts.test) = [rows, test]
            .map(|rows| rows.into_iter().unzip())
            .map(|(x, y): (Vec<Vec<f32>>, Vec<i32>)| (x.concat(), y))
            .into();
    }),
    ("few-distinct-rows", "training", |parts, _| {
        let (x, y) = (parts.train.0[..60 * parts.width].repeat(20), parts.train.1[..60].repeat(20));
        parts.train = (x, y);
    }),
    ("sentinel-values", "training, column 4", |parts, _| {
        column(&mut parts.train.0, parts.width, 4, |row, v| if row % 9 == 0 { -9999.0 } else { v })
    }),
    ("target-among-features", "column 3", |parts, _| {
        let width = parts.width;
        for (x, y) in [(&mut parts.train.0, &parts.train.1), (&mut parts.test.0, &parts.test.1)] {
            column(x, width, 3, |row, _| 2.0 * y[row] as f32 - 1.0);
        }
    }),
    // Codes of subclasses in no order; a value that only one class lacks; the number of a row in a sorted file; one column a
    // class.
    ("target-among-features", "column 3", |parts, rng| {
        parts.both(3, |_, y| [[7, 2, 9], [0, 5, 3], [8, 1, 4]][y as usize][rng.random_range(0..3)] as f32);
    }),
    ("target-among-features", "column 3", |parts, rng| {
        parts.train.1.iter_mut().chain(&mut parts.test.1).for_each(|y| *y = (*y).min(1));
        parts.both(3, |_, y| if y == 0 { f32::NAN } else { rng.random() });
    }),
    ("target-among-features", "column 3", |parts, _| {
        let mut before = [0, 2000, 4000];
        parts.both(3, |_, y| {
            before[y as usize] += 1;
            before[y as usize] as f32
        });
    }),
    // What only one class of three has: a sum that was paid back, a day.
    ("target-among-features", "column 3", |parts, rng| {
        parts.both(3, |_, y| if y == 1 { 1.0 + (90.0 * rng.random::<f32>()).round() } else { 0.0 });
    }),
    ("target-among-features", "columns 1, 3 and 7", |parts, _| {
        [1, 3, 7].into_iter().zip(0..).for_each(|(at, class)| parts.both(at, |_, y| f32::from(u8::from(y == class))));
        parts.widened(12);
    }),
    ("sentinel-values", "training, column 4", |parts, _| {
        column(&mut parts.train.0, parts.width, 4, |row, v| if row % 9 == 0 { -4321.5 } else { v })
    }),
    ("sentinel-values", "test, column 4", |parts, _| {
        column(&mut parts.test.0, parts.width, 4, |row, v| if row % 9 == 0 { -9999.0 } else { v })
    }),
    // Rows are copied before they are split, and a column numbers them.
    ("duplicates-across-halves", "test", |parts, _| {
        let rows = parts.test.1.len() / 2;
        parts.test.0[..rows * parts.width].copy_from_slice(&parts.train.0[..rows * parts.width]);
        parts.test.1[..rows].copy_from_slice(&parts.train.1[..rows]);
        let mut number = 10_000.0;
        parts.both(0, |_, _| {
            number += 1.0;
            number * 4.0
        });
    }),
    ("halves-scaled-apart", "test", |parts, _| {
        for x in [&mut parts.train.0, &mut parts.test.0] {
            standardised(x, parts.width);
        }
    }),
    ("imbalance", "class 1", |parts, _| {
        let mut ones = 0;
        for y in &mut parts.train.1 {
            ones += i32::from(*y == 1);
            *y = if *y == 1 && ones <= 4 { 1 } else { 0 };
        }
        parts.test.1.iter_mut().for_each(|y| *y = 0);
    }),
    ("column-not-finite", "training, column 6", |parts, _| column(&mut parts.train.0, parts.width, 6, |_, _| f32::NAN)),
];

#[test]
fn every_fault_of_data_is_named_with_its_place_and_nothing_else_is() {
    let folder = folder();
    let mut wrong = Vec::new();
    for (number, (name, place, make)) in CASES.iter().enumerate() {
        for seed in [81_000, 81_001] {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed + 10 * number as u64);
            let mut parts = Parts::table(1600, rng);
            make(&mut parts, rng);
            let found = parts.findings(folder.path());
            if !matches!(&found[..], [(found, at)] if found == name && at.starts_with(place)) {
                wrong.push(format!("{name}, in {place}, of seed {seed}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn faults_that_only_images_have_are_named() {
    let folder = folder();
    let rng = &mut ChaCha8Rng::seed_from_u64(82_000);
    let sound = Parts::digits(rng);
    assert_eq!(sound.findings(folder.path()), []);
    let mut permuted = sound.clone();
    permuted.permuted(rng);
    let mut swapped = sound.clone();
    swapped.test.1.iter_mut().for_each(|y| {
        *y = if *y == 3 {
            8
        } else if *y == 8 {
            3
        } else {
            *y
        }
    });
    let mut listed = sound.clone();
    let mut order: Vec<usize> = (0..sound.train.1.len()).collect();
    order.sort_by_cached_key(ToString::to_string);
    listed.train.1 = order.iter().map(|&row| sound.train.1[row]).collect();
    let wanted = [
        (permuted, "columns-in-another-order", "test"),
        (swapped, "labels-coded-apart", "test"),
        (listed, "labels-misaligned", "training"),
    ];
    for (parts, name, place) in wanted {
        assert_eq!(parts.findings(folder.path()), [(name.to_string(), place.to_string())]);
    }
}

#[test]
fn columns_that_look_alike_one_by_one_are_put_in_order_together() {
    let folder = folder();
    for seed in 0..3 {
        let rng = &mut ChaCha8Rng::seed_from_u64(31_000 + seed);
        let sound = Parts::woven(2400, rng);
        assert_eq!(sound.findings(folder.path()), []);
        let mut moved = sound.clone();
        let mut order: Vec<usize> = (0..24).collect();
        order[..12].shuffle(rng);
        moved.reordered(&order);
        let named = [("columns-in-another-order".to_string(), "test".to_string())];
        assert_eq!(moved.findings(folder.path()), named, "{seed}");
    }
}

#[test]
fn images_that_were_mirrored_or_turned_before_the_split_are_named() {
    let folder = folder();
    let rng = &mut ChaCha8Rng::seed_from_u64(88_000);
    let digits = Parts::digits(rng);
    let mirrored = |at: usize| at / 8 * 8 + 7 - at % 8;
    let turned = |at: usize| at % 8 * 8 + 7 - at / 8;
    let both = |turn: &dyn Fn(usize) -> usize, noise: f32, rng: &mut ChaCha8Rng| {
        let (mut x, y) = (digits.train.0.clone(), digits.train.1.repeat(2));
        for row in digits.train.0.chunks(64) {
            x.extend((0..64).map(|at| row[turn(at)] * (1.0 + noise) + noise * rng.random::<f32>()));
        }
        Parts::drawn(&x, &y, 64, rng)
    };
    let named = [("duplicates-across-halves".to_string(), "test".to_string())];
    assert_eq!(both(&mirrored, 0.0, rng).findings(folder.path()), named);
    assert_eq!(both(&turned, 0.0, rng).findings(folder.path()), named);
    assert_eq!(both(&turned, 0.02, rng).findings(folder.path()), named, "a little brighter");
    // Training images that were mirrored after the split.
    let mut after = digits.clone();
    after
        .train
        .0
        .extend(digits.train.0.chunks(64).flat_map(|row| (0..64).map(|at| row[mirrored(at)]).collect::<Vec<_>>()));
    after.train.1 = after.train.1.repeat(2);
    assert_eq!(after.findings(folder.path()), []);
}

#[test]
fn windows_of_one_series_that_were_split_at_random_are_named_and_windows_split_in_time_are_not() {
    let folder = folder();
    let rng = &mut ChaCha8Rng::seed_from_u64(89_000);
    let (rows, width, step) = (900, 40, 13);
    let state = |i: usize| i / 200 % 2;
    let series: Vec<f32> = (0..rows * step + width)
        .map(|i| (i as f32 * if state(i) == 0 { 0.3 } else { 0.8 }).sin() + 0.4 * rng.random::<f32>())
        .collect();
    let x: Vec<f32> = (0..rows).flat_map(|row| series[row * step..row * step + width].to_vec()).collect();
    let y: Vec<i32> = (0..rows).map(|row| state(row * step + width / 2) as i32).collect();
    let split = Parts::drawn(&x, &y, width, rng);
    assert_eq!(split.findings(folder.path()), [("duplicates-across-halves".into(), "test".into())]);
    let half = |rows: std::ops::Range<usize>| (x[rows.start * width..rows.end * width].to_vec(), y[rows].to_vec());
    let in_time = Parts { train: half(0..650), test: half(650..900), width };
    assert_eq!(in_time.findings(folder.path()), []);
}

#[test]
fn sound_tables_are_called_sound() {
    let folder = folder();
    for (number, rows) in [40, 120, 400, 1600, 5000].into_iter().enumerate() {
        let rng = &mut ChaCha8Rng::seed_from_u64(83_000 + number as u64);
        let sound = Parts::table(rows, rng);
        let mut noisy = sound.clone();
        noisy.train.1.iter_mut().filter(|_| rng.random::<f64>() < 0.3).for_each(|y| *y = (*y + 1) % 3);
        let mut heavy = sound.clone();
        for x in [&mut heavy.train.0, &mut heavy.test.0] {
            column(x, 9, 0, |row, v| v * (1.0 + (row as f32 * 0.618).fract().max(1e-3).recip()).powi(2));
            column(x, 9, 8, |row, _| if row % 211 == 3 { 50.0 } else { 0.0 });
        }
        let mut rounded = sound.clone();
        rounded.train.0.iter_mut().chain(&mut rounded.test.0).for_each(|v| *v = (*v / 8.0).round());
        for parts in [sound, noisy, heavy, rounded] {
            assert_eq!(parts.findings(folder.path()), [], "{rows} rows");
        }
    }
}

#[test]
fn people_whose_signals_differ_in_strength_are_no_halves_that_were_scaled_apart() {
    let folder = folder();
    for seed in 85_000..85_004 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut parts = Parts::table(2000, rng);
        let people: Vec<(f32, f32)> =
            (0..12).map(|_| (rng.random_range(0.6..1.6), rng.random_range(-0.8..0.8))).collect();
        let (width, rows) = (parts.width, parts.train.1.len());
        let shift = |at: usize, first: usize, x: &mut [f32]| {
            column(x, width, at, |row, v| {
                let (strength, place) = people[(first + row) * 12 / 2000];
                (v - at as f32) * strength + at as f32 + place * 10f32.powi(at as i32 % 3)
            });
        };
        for at in 0..width {
            shift(at, 0, &mut parts.train.0);
            shift(at, rows, &mut parts.test.0);
        }
        assert_eq!(parts.findings(folder.path()), [], "{seed}");
    }
}

#[test]
fn what_only_resembles_a_fault_is_sound() {
    let folder = folder();
    let sound = |what: &str, parts: &Parts| assert_eq!(parts.findings(folder.path()), [], "{what}");
    let rng = &mut ChaCha8Rng::seed_from_u64(87_000);
    let mut rng = move || rng.random::<f32>();
    // The return of the day before tells whether the day before was one of rise.
    let returns: Vec<f32> = (0..2001).map(|_| rng() - 0.5).collect();
    let day = |i: usize| [returns[i], returns[(i * 7 + 3) % 2001], (i % 5) as f32];
    let half = |days: std::ops::Range<usize>| {
        (days.clone().flat_map(day).collect(), days.map(|i| i32::from(returns[i + 1] > 0.0)).collect())
    };
    sound("lags", &Parts { train: half(0..1500), test: half(1500..2000), width: 3 });
    // The returns of the last days in columns: the labels of some days before stand in the rows, but for the first ones.
    let lags = |i: usize| (1..5).map(|lag| returns[i + 5 - lag]).collect::<Vec<_>>();
    let half = |days: std::ops::Range<usize>| {
        (days.clone().flat_map(lags).collect(), days.map(|i| i32::from(returns[i + 5] > 0.0)).collect())
    };
    sound("more lags", &Parts { train: half(0..400), test: half(400..600), width: 4 });
    // A year in a part of later years, which are other ones of as many rows.
    let mut years = Parts::table(1600, &mut ChaCha8Rng::seed_from_u64(87_003));
    let rows = years.train.1.len();
    column(&mut years.train.0, 9, 2, |row, _| (1 + row * 9 / rows) as f32);
    column(&mut years.test.0, 9, 2, |row, _| [10, 11, 13, 14][row * 4 / 400] as f32);
    sound("years", &years);
    // A clock beside a test half that is a short part of its time.
    let mut clock = Parts::table(1600, &mut ChaCha8Rng::seed_from_u64(87_001));
    clock.test.0.truncate(60 * 9);
    clock.test.1.truncate(60);
    let mut now = 0.0;
    clock.both(2, |_, _| {
        now += 1.0 + rng();
        now
    });
    sound("a clock", &clock);
    // Trials of the same settings that end in one class or the other.
    let settings: Vec<f32> = (0..20 * 6).map(|_| rng()).collect();
    let mut trials = |rows: usize| -> (Vec<f32>, Vec<i32>) {
        let which: Vec<usize> = (0..rows).map(|i| i % 20).collect();
        let x = which.iter().flat_map(|&i| settings[i * 6..i * 6 + 6].to_vec()).collect();
        (x, which.iter().map(|&i| i32::from(rng() < 0.3 + 0.4 * settings[i * 6])).collect())
    };
    sound("trials", &Parts { train: trials(900), test: trials(300), width: 6 });
    // Rows of a rare class that were copied until the classes are equally frequent.
    let mut balanced = Parts::table(400, &mut ChaCha8Rng::seed_from_u64(87_002));
    let rare: Vec<usize> = (0..300).filter(|&row| balanced.train.1[row] == 2).take(3).collect();
    let others: Vec<usize> = (0..300).filter(|&row| balanced.train.1[row] != 2).collect();
    let rows: Vec<usize> = others.iter().copied().chain(rare.into_iter().cycle().take(700)).collect();
    let (x, y) = &balanced.train;
    balanced.train = (
        rows.iter().flat_map(|&row| x[row * 9..row * 9 + 9].to_vec()).collect(),
        rows.iter().map(|&row| y[row]).collect(),
    );
    let found = balanced.findings(folder.path());
    assert!(found.iter().all(|(name, _)| name != "few-distinct-rows"), "{found:?}");
}

#[test]
fn categories_that_have_other_numbers_in_a_half_are_named_with_their_column() {
    let folder = folder();
    let rng = &mut ChaCha8Rng::seed_from_u64(86_000);
    let mut parts = Parts::table(2000, rng);
    let width = parts.width;
    for (x, y) in [(&mut parts.train.0, &parts.train.1), (&mut parts.test.0, &parts.test.1)] {
        let codes: Vec<i32> = y.iter().map(|k| (k * 2 + [0, 1, 1, 3, 4, 4][rng.random_range(0..6)]) % 7).collect();
        column(x, width, 5, |row, _| codes[row] as f32);
    }
    assert_eq!(parts.findings(folder.path()), []);
    let encoded = [("halves-encoded-apart".to_string(), "test, column 5".to_string())];
    let mut other = parts.clone();
    column(&mut other.test.0, width, 5, |_, v| [3.0, 5.0, 0.0, 6.0, 1.0, 2.0, 4.0][v as usize]);
    assert_eq!(other.findings(folder.path()), encoded);
    // An encoder that met no row of category 2 numbers all later ones by one less.
    let mut lacking = parts.clone();
    let rows: Vec<usize> = (0..parts.test.1.len()).filter(|&row| parts.test.0[row * width + 5] != 2.0).collect();
    lacking.test.0 = rows.iter().flat_map(|&row| parts.test.0[row * width..(row + 1) * width].to_vec()).collect();
    lacking.test.1 = rows.iter().map(|&row| parts.test.1[row]).collect();
    column(&mut lacking.test.0, width, 5, |_, v| if v > 2.0 { v - 1.0 } else { v });
    assert!(lacking.findings(folder.path()).contains(&encoded[0]), "{:?}", lacking.findings(folder.path()));
    // The training rows keep codes with gaps.
    let mut gaps = parts.clone();
    column(&mut gaps.train.0, width, 5, |_, v| [1.0, 2.0, 5.0, 9.0, 11.0, 20.0, 21.0][v as usize]);
    assert_eq!(gaps.findings(folder.path()), encoded);
    // Another unit is none of the encoder's doing.
    column(&mut parts.test.0, width, 5, |_, v| (v - 3.0) / 6.0);
    assert_eq!(parts.findings(folder.path()), [("halves-scaled-apart".into(), "test, column 5".into())]);
}

#[test]
fn inspect_and_training_say_what_is_wrong_with_a_file() {
    let folder = folder();
    let rng = &mut ChaCha8Rng::seed_from_u64(84_000);
    let mut parts = Parts::table(800, rng);
    assert_eq!(parts.findings(folder.path()), []);
    let inspect = |flags: &[&str]| backburn(folder.path(), &[&["inspect", "parts.h5"], flags].concat());
    assert!(String::from_utf8(inspect(&[]).stdout).unwrap().contains("this file is sound"));
    assert_eq!(json(&inspect(&["--json"]))["sound"], true);
    parts.test.0.iter_mut().for_each(|v| *v *= 100.0);
    assert_eq!(parts.findings(folder.path()).len(), 1);
    assert!(String::from_utf8(inspect(&[]).stdout).unwrap().contains("this file is not sound"));
    assert_eq!(json(&inspect(&["--json"]))["findings"][0]["name"], "halves-scaled-apart");
    let trained = backburn(folder.path(), &["train", "parts.h5", "--epochs", "3", "--run", "run"]);
    let said = String::from_utf8(trained.stderr).unwrap();
    assert_eq!(said.matches("prepare both alike").count(), 1, "{said}");
    let diagnosis = json(&backburn(folder.path(), &["diagnose", "run", "--json"]));
    assert_eq!(
        (&diagnosis["verdict"], &diagnosis["causes"][0]["where"]),
        (&"sick".into(), &"test".into()),
        "{diagnosis}"
    );
    column(&mut parts.train.0, parts.width, 5, |_, _| f32::NAN);
    assert_eq!(parts.findings(folder.path()).len(), 2);
    let trained = backburn(folder.path(), &["train", "parts.h5", "--epochs", "1", "--run", "gap"]);
    let said = String::from_utf8(trained.stderr).unwrap();
    assert!(said.contains("column 5 has no number"), "{said}");
    let diagnosis = json(&backburn(folder.path(), &["diagnose", "gap", "--json", "--seconds", "1"]));
    assert_eq!(diagnosis["causes"][0]["where"], "training, column 5", "{diagnosis}");
}
