//! The gradient check from Rust: a backward pass by hand, with a factor forgotten, and what `backburn` says to it.
//!
//!     cargo run --release --example gradcheck

#![allow(clippy::print_stdout, reason = "an example prints")]

use backburn::data::{Dump, Numbers};
use backburn::error::Result;
use backburn::gradcheck::{Claim, Mistake, Stated, check};
use ndarray::{Array2, Axis};

/// Numbers that are not all alike, `[rows, columns]`.
fn wave(rows: usize, columns: usize, step: f64) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(i, j)| (step * (1 + i * columns + j) as f64).sin())
}

fn main() -> Result<()> {
    let (rows, inputs, hidden, classes) = (16, 5, 4, 3);
    let (x, w1, b1) = (wave(rows, inputs, 0.7), wave(inputs, hidden, 1.3), wave(1, hidden, 0.4));
    let (w2, b2) = (wave(hidden, classes, 2.1), wave(1, classes, 0.9));
    let y = Array2::from_shape_fn((rows, classes), |(i, class)| f64::from(u8::from(i % classes == class)));

    let a1 = (x.dot(&w1) + &b1).mapv(f64::tanh);
    let e = (a1.dot(&w2) + &b2).mapv(f64::exp);
    let p = &e / &e.sum_axis(Axis(1)).insert_axis(Axis(1));
    let delta2 = (&p - &y) / rows as f64;
    let delta1 = delta2.dot(&w2.t()); // here the derivative of tanh is missing, 1 - a1²
    let (dw2, db2) = (a1.t().dot(&delta2), delta2.sum_axis(Axis(0)).insert_axis(Axis(0)));
    let (dw1, db1) = (x.t().dot(&delta1), delta1.sum_axis(Axis(0)).insert_axis(Axis(0)));

    let mut dump = Dump { name: "this example".into(), ..Dump::default() };
    let names = ["x", "y", "W1", "b1", "W2", "b2", "dW1", "db1", "dW2", "db2"];
    for (name, array) in names.into_iter().zip([&x, &y, &w1, &b1, &w2, &b2, &dw1, &db1, &dw2, &db2]) {
        let (shape, values) = (array.shape().to_vec(), array.iter().copied().collect());
        dump.arrays.insert(name.into(), Numbers { shape, values });
    }
    for (name, word) in [("activation", "tanh"), ("output", "softmax"), ("loss", "ce"), ("reduction", "mean")] {
        dump.notes.insert(name.into(), word.into());
    }

    let verdict = check(&Claim::read(&dump, Stated::default())?)?;
    println!("{verdict}");
    let named: Vec<Mistake> = verdict.findings.iter().map(|found| found.mistake).collect();
    assert_eq!(named, [Mistake::MissingActivationDerivative]);
    Ok(())
}
