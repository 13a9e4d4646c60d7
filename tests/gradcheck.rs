//! The gradient check names what a student did wrong, finds nothing where nothing is wrong, and is silent where it does not
//! know.

mod evidence;
mod field;
mod student;
mod whole;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use backburn::data::Dump;
use backburn::gradcheck::{Claim, Conclusion, Stated, Verdict, check};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::shell::{backburn, folder, json, refused, shared};
use student::{Matrix, Slip, Slips, Student, generator};

/// Every mistake that a student can make.
const MISTAKES: [&str; 45] = [
    "targets-not-one-hot",
    "label-offset",
    "softmax-over-batch",
    "softmax-over-all",
    "residual-sign",
    "extra-output-derivative",
    "missing-output-derivative",
    "output-derivative-of-preactivation",
    "wrong-output-derivative",
    "bce-derivative-sign",
    "derivative-missing-in-dW",
    "missing-activation-derivative",
    "activation-derivative-of-preactivation",
    "activation-derivative-of-activation",
    "wrong-activation-derivative",
    "relu-on-delta",
    "upstream-gradient-dropped",
    "derivative-of-upstream-gradient",
    "matmul-instead-of-elementwise",
    "raw-error-propagated",
    "delta-not-propagated",
    "values-instead-of-deltas",
    "updated-weights-in-backprop",
    "gradient-instead-of-weights",
    "weights-misaligned",
    "wrong-layer-input",
    "weight-gradient-transposed",
    "wrong-sample-index",
    "sum-instead-of-mean",
    "mean-twice",
    "divided-by-wrong-count",
    "class-count-factor",
    "loss-factor-two",
    "wrong-constant-factor",
    "bias-weight-scale-mismatch",
    "bias-gradient-scalar",
    "bias-gradient-not-summed",
    "bias-gradient-from-dW",
    "bias-sign",
    "l2-scaling",
    "l2-sign",
    "l2-value-instead-of-gradient",
    "l2-on-bias",
    "dropout-mask-missing",
    "dropout-scale-missing",
];

/// Mistakes that stand in each other's way: one program can make only one of a row.
const RIVALS: [&[&str]; 10] = [
    &["targets-not-one-hot", "label-offset"],
    &["softmax-over-batch", "softmax-over-all"],
    &[
        "extra-output-derivative",
        "missing-output-derivative",
        "output-derivative-of-preactivation",
        "wrong-output-derivative",
        "bce-derivative-sign",
        "derivative-missing-in-dW",
    ],
    &[
        "missing-activation-derivative",
        "activation-derivative-of-preactivation",
        "activation-derivative-of-activation",
        "wrong-activation-derivative",
        "relu-on-delta",
        "upstream-gradient-dropped",
        "derivative-of-upstream-gradient",
        "matmul-instead-of-elementwise",
    ],
    &["raw-error-propagated", "delta-not-propagated", "values-instead-of-deltas", "gradient-instead-of-weights"],
    &[
        "bias-gradient-scalar",
        "bias-gradient-not-summed",
        "bias-gradient-from-dW",
        "bias-weight-scale-mismatch",
        "wrong-sample-index",
    ],
    &["l2-scaling", "l2-sign", "l2-value-instead-of-gradient"],
    &["gradient-instead-of-weights", "updated-weights-in-backprop", "weights-misaligned"],
    // One row's class may be any, and one row's share of the batch is 1/m of it.
    &["label-offset", "wrong-sample-index"],
    &["mean-twice", "wrong-sample-index", "bias-weight-scale-mismatch"],
];

/// Scales: two of them are one number.
const SCALES: [&str; 6] = [
    "sum-instead-of-mean",
    "divided-by-wrong-count",
    "class-count-factor",
    "loss-factor-two",
    "mean-twice",
    "wrong-constant-factor",
];

fn slip(name: &str, student: &Student, rng: &mut ChaCha8Rng) -> Slip {
    let depth = student.weights.len();
    let everywhere: Vec<usize> = match name {
        "wrong-layer-input" | "weight-gradient-transposed" | "mean-twice" | "wrong-constant-factor" => {
            (0..depth).collect()
        }
        "dropout-mask-missing" | "dropout-scale-missing" => {
            (0..depth).filter(|&l| student.masks[l].is_some()).collect()
        }
        _ => (0..depth - 1).collect(),
    };
    let one = matches!(name, "mean-twice" | "wrong-constant-factor" | "weights-misaligned");
    let layers = match everywhere.choose(rng) {
        Some(&layer) if one || rng.random_bool(0.4) => vec![layer],
        _ => everywhere,
    };
    Slip { layers, way: rng.random_range(0..12) }
}

/// How far two answers of one program are apart, relative, in the tensor that differs most.
fn apart(a: &[(Matrix, Matrix)], b: &[(Matrix, Matrix)]) -> f64 {
    let gap = |a: &Matrix, b: &Matrix| match a.dim() == b.dim() {
        true => {
            let norm = |m: &Matrix| m.iter().map(|v| v * v).sum::<f64>().sqrt();
            norm(&(a - b)) / norm(b).max(norm(a)).max(1e-300)
        }
        false => f64::INFINITY,
    };
    a.iter().zip(b).map(|(a, b)| gap(&a.0, &b.0).max(gap(&a.1, &b.1))).fold(0.0, f64::max)
}

/// `count` mistakes of which each leaves a trace of its own.
fn slips(student: &Student, count: usize, rng: &mut ChaCha8Rng) -> Option<Slips> {
    let mut chosen = Slips::new();
    let mut order = MISTAKES;
    order.shuffle(rng);
    for name in order {
        let slip = slip(name, student, rng);
        let rival = |row: &&[&str]| row.contains(&name) && row.iter().any(|other| chosen.contains_key(other));
        let taken = RIVALS.iter().any(rival) || SCALES.contains(&name) && SCALES.iter().any(|s| chosen.contains_key(s));
        if chosen.len() < count && !taken && student.allows(name, &slip) {
            chosen.insert(name, slip);
        }
    }
    let all = student.gradients(&chosen);
    let seen = |name: &&&str| {
        let mut without = chosen.clone();
        without.remove(**name);
        apart(&student.gradients(&without), &all) > 1e-6
    };
    let finite = all.iter().all(|(w, b)| w.iter().chain(b).all(|v| v.is_finite() && v.abs() < 1e12));
    (chosen.len() == count && finite && chosen.keys().filter(seen).count() == count).then_some(chosen)
}

fn judge(dump: &Dump) -> Verdict {
    check(&Claim::read(dump, Stated::default()).unwrap()).unwrap()
}

fn names(verdict: &Verdict) -> BTreeSet<&'static str> {
    verdict.findings.iter().map(|finding| finding.mistake.name()).collect()
}

/// Whether the verdict is the truth, or names it among sets that cannot be told apart.
fn named(verdict: &Verdict, truth: &BTreeSet<&'static str>) -> bool {
    let other =
        |set: &Vec<backburn::gradcheck::Mistake>| &set.iter().map(|m| m.name()).collect::<BTreeSet<_>>() == truth;
    &names(verdict) == truth || verdict.alternatives.iter().any(other)
}

#[test]
fn random_programs_are_convicted_of_what_they_did_and_of_nothing_else() {
    let judged: Vec<(u64, BTreeSet<&str>, Verdict)> = (0..1000u64)
        .into_par_iter()
        .map(|case| {
            let mut rng = generator(case);
            let count = case as usize % 4;
            let (student, slips) = std::iter::repeat_with(|| {
                let student = Student::draw(&mut rng);
                let slips = slips(&student, count, &mut rng)?;
                Some((student, slips))
            })
            .find_map(|found| found)
            .unwrap();
            let verdict = judge(&student.dump(&student.gradients(&slips), None));
            (case, slips.keys().copied().collect(), verdict)
        })
        .collect();
    let wrong: Vec<String> = judged
        .iter()
        .filter(|(_, truth, verdict)| !named(verdict, truth))
        .map(|(case, truth, verdict)| format!("{case}: {truth:?} judged {:?} {:?}", verdict.conclusion, names(verdict)))
        .collect();
    let convicted =
        judged.iter().filter(|(_, truth, verdict)| truth.is_empty() && !verdict.findings.is_empty()).count();
    println!("{} of {} exact or in class\n{}", judged.len() - wrong.len(), judged.len(), wrong.join("\n"));
    assert_eq!(convicted, 0, "{}", wrong.join("\n"));
    assert!(wrong.len() * 100 <= 2 * judged.len(), "{}", wrong.join("\n"));
}

#[test]
fn right_gradients_in_float32_and_in_printed_digits_are_acquitted() {
    let judged: Vec<(u64, Option<usize>, Conclusion)> = (2000..2060u64)
        .into_par_iter()
        .flat_map(|case| [Some(6), None].map(|digits| (case, digits)))
        .map(|(case, digits)| {
            let student = Student::draw(&mut generator(case));
            let mut gradients = student.gradients(&Slips::new());
            if digits.is_none() {
                let single = |matrix: &mut Matrix| matrix.mapv_inplace(|v| f64::from(v as f32));
                gradients.iter_mut().for_each(|(w, b)| [w, b].into_iter().for_each(single));
            }
            (case, digits, judge(&student.dump(&gradients, digits)).conclusion)
        })
        .collect();
    let wrong: Vec<_> = judged.iter().filter(|(_, _, conclusion)| *conclusion != Conclusion::Right).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Damage that is in no table.
fn damage(student: &Student, kind: u64, rng: &mut ChaCha8Rng) -> Vec<(Matrix, Matrix)> {
    let mut other = student.clone();
    let l = rng.random_range(0..student.weights.len());
    match kind % 10 {
        0 => other.classes.rotate_right(1),
        1 => other.weights[l].mapv_inplace(|w| w + rng.random_range(-0.3..0.3)),
        2 => other.x.mapv_inplace(|v| v * v.abs().sqrt()),
        _ => {}
    }
    let mut gradients = other.gradients(&Slips::new());
    let d = &mut gradients[l].0;
    let most = d.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    match kind % 10 {
        3 => d.mapv_inplace(|v| v + most * rng.random_range(-0.2..0.2)),
        4 => d.mapv_inplace(|v| v.signum() * v.abs().powf(1.3)),
        5 => d.mapv_inplace(|v| v.clamp(-0.4 * most, 0.4 * most)),
        6 => d.mapv_inplace(f64::abs),
        7 => d[[0, 0]] = 3.0 * most,
        8 => {
            let first = d.row(0).to_owned();
            let last = d.nrows() - 1;
            let swapped = d.row(last).to_owned();
            d.row_mut(0).assign(&swapped);
            d.row_mut(last).assign(&first);
        }
        9 => d.column_mut(0).mapv_inplace(|v| 1.7 * v + 0.1 * most),
        _ => {}
    }
    gradients
}

#[test]
fn damage_that_is_in_no_table_gets_no_name() {
    let judged: Vec<(u64, Verdict)> = (5000..5200u64)
        .into_par_iter()
        .map(|case| {
            let mut rng = generator(case);
            let (student, gradients) = std::iter::repeat_with(|| {
                let student = Student::draw(&mut rng);
                let gradients = damage(&student, case, &mut rng);
                (apart(&gradients, &student.gradients(&Slips::new())) > 1e-3).then_some((student, gradients))
            })
            .find_map(|found| found)
            .unwrap();
            (case, judge(&student.dump(&gradients, None)))
        })
        .collect();
    let wrong: Vec<String> = judged
        .iter()
        .filter(|(_, verdict)| verdict.conclusion != Conclusion::Unexplained)
        .map(|(case, verdict)| format!("{case} (kind {}): {:?} {:?}", case % 10, verdict.conclusion, names(verdict)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The truth of a verdict is Burn's; here it is held against differences of the loss.
#[test]
fn the_truth_is_the_slope_of_the_loss() {
    for case in 7000..7020 {
        let student = Student::draw(&mut generator(case));
        let student = Student { added: false, ..student };
        let verdict = judge(&student.dump(&student.gradients(&Slips::new()), None));
        assert_eq!(verdict.conclusion, Conclusion::Right, "case {case}");
        assert!(verdict.tensors.iter().all(|t| t.error < 1e-9), "case {case}: {:?}", verdict.tensors);
        let gradients = student.gradients(&Slips::new());
        for (l, (d_weight, _)) in gradients.iter().enumerate() {
            let moved = |by: f64| {
                let mut moved = student.clone();
                moved.weights[l][[0, 0]] += by;
                moved.total_loss()
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            let size = d_weight.iter().fold(0.0f64, |most, v| most.max(v.abs()));
            assert!((slope - d_weight[[0, 0]]).abs() < 1e-5 * size.max(1e-3), "case {case}, layer {l}");
        }
    }
}

#[test]
fn public_mistakes_are_named_from_either_kind_of_file() {
    let Some(folder) = shared("../gradcheck") else { return };
    let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    for (name, case) in truth.as_object().unwrap() {
        let mut wanted: Vec<&str> = case["mistakes"].as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
        wanted.sort_unstable();
        for ending in ["h5", "npz"] {
            let dump = Dump::read(&folder.join(format!("{name}.{ending}"))).unwrap();
            let verdict = judge(&dump);
            let mut found: Vec<&str> = names(&verdict).into_iter().collect();
            found.sort_unstable();
            assert_eq!(found, wanted, "{name}.{ending}");
        }
        let mut bare = Dump::read(&folder.join(format!("{name}.h5"))).unwrap();
        bare.notes.retain(|note, _| matches!(note.as_str(), "activation" | "output" | "loss"));
        let wanted: BTreeSet<&str> = wanted.into_iter().collect();
        let wanted = MISTAKES.iter().copied().filter(|name| wanted.contains(name)).collect();
        assert!(named(&judge(&bare), &wanted), "{name} without its notes");
    }
}

/// Runs the numpy program beside this test; `None` where there is no Python with numpy and h5py.
fn numpy(at: &Path, args: &[&str]) -> Option<String> {
    let python = std::env::var("BACKBURN_PYTHON").unwrap_or_else(|_| "python3".into());
    let ready = Command::new(&python).args(["-c", "import numpy, h5py"]).output().is_ok_and(|o| o.status.success());
    if !ready {
        eprintln!("not run: {python} lacks numpy or h5py");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gradcheck/network.py");
    let output = Command::new(&python).arg(script).args(args).current_dir(at).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

const ORIGIN: [&str; 6] = [
    "targets-not-one-hot",
    "softmax-over-batch",
    "residual-sign",
    "output-derivative-of-preactivation",
    "activation-derivative-of-preactivation",
    "sum-instead-of-mean",
];

#[test]
fn the_program_that_this_project_started_from_is_convicted_of_all_six_mistakes_and_mended() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["gradcheck", "--probe", "probe.h5"]).status.success());
    if numpy(at, &["--probe", "probe.h5", "--dump", "probed.npz"]).is_none() {
        return;
    }
    let verdict = json(&backburn(at, &["gradcheck", "probed.npz", "--json"]));
    assert_eq!(verdict["mistakes"], serde_json::json!(ORIGIN));
    let Some(mnist) = shared("mnist/MNISTdata.hdf5").and_then(|path| path.canonicalize().ok()) else { return };
    let mnist = mnist.to_str().unwrap();
    let told = numpy(at, &[mnist, "--dump", "dump.npz"]).unwrap();
    assert!(told.contains("iteration 2: largest weight of W1 nan"), "{told}");
    let verdict = json(&backburn(at, &["gradcheck", "dump.npz", "--json"]));
    assert_eq!(verdict["mistakes"], serde_json::json!(ORIGIN));
    assert_eq!(verdict["conditions"], serde_json::json!(["bad-init-positive", "saturated"]));
    let told = numpy(at, &[mnist, "--mended"]).unwrap();
    let accuracy: f64 = told.trim().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(accuracy >= 0.945, "{told}");
}

#[test]
fn a_batch_of_many_rows_is_judged_like_a_small_one() {
    let folder = folder();
    let at = folder.path();
    let make = "import sys; sys.path.insert(0, sys.argv[1]); import numpy as np, network as n\n\
                r = np.random.default_rng(3); x = r.random((20000, 12)); y = r.integers(0, 10, 20000)\n\
                w = [r.normal(size=s) for s in ((12, 30), 30, (30, 10), 10)]\n\
                n.save('wrong.npz', x, y, w, n.wrong(x, y, *w), .1); n.save('right.npz', x, y, w, n.right(x, y, *w), .1)";
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gradcheck");
    if numpy(at, &["--help"]).is_none() {
        return;
    }
    let python = std::env::var("BACKBURN_PYTHON").unwrap_or_else(|_| "python3".into());
    let made = Command::new(python).args(["-c", make]).arg(home).current_dir(at).status().unwrap();
    assert!(made.success());
    let verdict = json(&backburn(at, &["gradcheck", "wrong.npz", "--json"]));
    assert_eq!(verdict["mistakes"], serde_json::json!(ORIGIN));
    assert_eq!(json(&backburn(at, &["gradcheck", "right.npz", "--json"]))["verdict"], "right");
}

#[test]
fn dumps_that_cannot_be_judged_are_refused_with_the_reason() {
    let folder = folder();
    let at = folder.path();
    let student = Student { orientation: "row", labels: "index", ..Student::draw(&mut generator(42)) };
    let whole = student.dump(&student.gradients(&Slips::new()), None);
    type Spoil = fn(&mut Dump);
    let cases: [(&str, Spoil, &[&str]); 8] = [
        ("x", |d| drop(d.arrays.remove("x")), &["no `x`", "np.savez"]),
        ("dW", |d| drop(d.arrays.remove("dW1")), &["no `dW1`", "np.savez"]),
        ("shape", |d| d.arrays.get_mut("W1").unwrap().shape[0] -= 1, &["fit no layout", "W1 ["]),
        ("nan", |d| d.arrays.get_mut("dW1").unwrap().values[3] = f64::NAN, &["`dW1` must be finite", "NaN", "--probe"]),
        ("infinity", |d| d.arrays.get_mut("W1").unwrap().values[3] = f64::INFINITY, &["`W1` must be finite", "inf"]),
        ("label", |d| d.arrays.get_mut("y").unwrap().values[2] = 99.0, &["row 2 of `y`", "99"]),
        ("empty", |d| rows(d, 0), &["batch is empty"]),
        ("word", |d| drop(d.notes.insert("loss".into(), "mse2".into())), &["loss = `mse2`", "half-sse"]),
    ];
    for (name, spoil, words) in cases {
        let mut dump = whole.clone();
        spoil(&mut dump);
        if let Some(w) = dump.arrays.get_mut("W1").filter(|_| name == "shape") {
            w.values.truncate(w.shape.iter().product());
        }
        let error = Claim::read(&dump, Stated::default()).err().unwrap_or_else(|| panic!("{name} was read"));
        assert_eq!(error.code(), 3, "{name}");
        words.iter().for_each(|word| assert!(error.to_string().contains(word), "no `{word}` in: {error}"));
    }
    std::fs::write(at.join("notes.txt"), "x, y\n1, 2\n").unwrap();
    refused(&backburn(at, &["gradcheck", "notes.txt"]), 3, &["not HDF5"]);
    refused(&backburn(at, &["gradcheck", "absent.npz"]), 3, &["no file `absent.npz`"]);
    refused(&backburn(at, &["gradcheck"]), 2, &["--probe"]);
    std::fs::write(at.join("cut.npz"), b"PK\x03\x04 and then nothing").unwrap();
    refused(&backburn(at, &["gradcheck", "cut.npz"]), 3, &["as NPZ"]);
}

/// Cuts x and y to their first rows.
fn rows(dump: &mut Dump, rows: usize) {
    for name in ["x", "y"] {
        let numbers = dump.arrays.get_mut(name).unwrap();
        let width = numbers.values.len() / numbers.shape[0];
        numbers.shape[0] = rows;
        numbers.values.truncate(rows * width);
    }
}

#[test]
fn a_probe_is_readable_by_both_kinds_of_file_and_fits_the_data() {
    let folder = folder();
    let at = folder.path();
    let digits = concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5");
    for name in ["p.h5", "p.npz"] {
        let output = backburn(at, &["gradcheck", "--probe", name, "--from", digits, "--layers", "64,12,10"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("backburn gradcheck dump.npz"));
        let probe = Dump::read(&at.join(name)).unwrap();
        assert_eq!(probe.array("x").unwrap().shape, [24, 64]);
        let classes: BTreeSet<u64> = probe.array("y").unwrap().values.iter().map(|&y| y as u64).collect();
        assert_eq!(classes, (0..10).collect());
    }
    refused(&backburn(at, &["gradcheck", "--probe", "p.h5"]), 2, &["exists"]);
    refused(&backburn(at, &["gradcheck", "--probe", "q.h5", "--from", digits, "--layers", "3,10"]), 2, &["64", "10"]);
}
