//! Why a dump is refused, and what the person can do instead.
//!
//! Every message says what is wrong, in which array or file, and the way out. Most people who are refused have a program
//! that diverged before they looked, so numbers that are not finite get the longest answer.

use ndarray::Axis;

use crate::data::Dump;
use crate::error::{Error, Result};
use crate::gradcheck::equations::Forward;
use crate::gradcheck::reading::{Function, Matrix, Network, Reading, Stated};

/// What to save, for a message that misses something.
const HOW: &str = "save x, y and for every layer W1, b1, dW1, db1, as in: np.savez(\"dump.npz\", x=x, y=y, W1=W1, b1=b1, dW1=dW1, db1=db1)";

/// The array called `name` is not there, or holds no numbers.
pub fn missing(dump: &Dump, name: &str) -> Error {
    let what = match dump.other(name) {
        Some(kind) => format!("`{name}` holds {kind}, not numbers"),
        None => format!("there is no `{name}`"),
    };
    let names: Vec<&str> = dump.arrays.keys().map(String::as_str).collect();
    let holds = if names.is_empty() { "no arrays".into() } else { names.join(", ") };
    Error::data(format!("{what}: `{}` holds {holds}; {HOW}", dump.name))
}

/// The statements name a number of hidden functions that is neither one nor that of the hidden layers.
pub fn wrong_count_of_activations(dump: &Dump, stated: usize, hidden: usize) -> Error {
    Error::data(format!(
        "the hidden layers need one activation, or one each: `{}` states {stated} for {hidden} hidden layers; say it again with --activation",
        dump.name
    ))
}

/// The shapes fit no layout.
pub fn misfit(dump: &Dump, layers: usize) -> Error {
    let shape = |name: String| dump.array(&name).map(|numbers| format!("{name} {:?}", numbers.shape));
    let names = ["x".to_string(), "y".into()].into_iter();
    let names = names.chain((1..=layers).flat_map(|l| [format!("W{l}"), format!("b{l}")]));
    let shapes: Vec<String> = names.filter_map(shape).collect();
    Error::data(format!(
        "the shapes fit no layout: {} in `{}`; they should be x (m, in) with W (in, out), x (in, m) with W (out, in), or x (m, in) with W (out, in)",
        shapes.join(", "),
        dump.name
    ))
}

/// The batch has no row.
pub fn empty(dump: &Dump) -> Error {
    Error::data(format!("the batch is empty: `{}` has no rows; dump 16 or more", dump.name))
}

/// The check of `rows` rows would take `needed` bytes, and only `free` may be taken.
pub fn too_many_rows(dump: &Dump, rows: usize, needed: usize, free: usize) -> Error {
    Error::data(format!(
        "the check of a batch of {rows} rows would take about {} MB of memory and {} MB are free for it: `{}`; take the \
         first thousand rows, as in x = x[:1000]; y = y[:1000]",
        needed >> 20,
        free >> 20,
        dump.name
    ))
}

/// Refuses NaN and infinity in the arrays called `names`. `why` is asked where they come from, once there is one.
///
/// # Errors
/// One of the arrays holds a number that is not finite.
pub fn finite(dump: &Dump, names: impl Iterator<Item = String>, why: impl Fn() -> Option<String>) -> Result<()> {
    for name in names {
        let Some(numbers) = dump.array(&name) else { continue };
        let Some(&first) = numbers.values.iter().find(|v| !v.is_finite()) else { continue };
        let count = numbers.values.iter().filter(|v| !v.is_finite()).count();
        let why = why().map_or(String::new(), |why| format!("; {why}"));
        return Err(Error::data(format!(
            "`{name}` must be finite: {count} of its {} values in `{}` are not, the first is {first}{why}; dump an earlier step, or run your code on a probe: backburn gradcheck --probe probe.h5",
            numbers.values.len(),
            dump.name
        )));
    }
    Ok(())
}

/// Why a program in ordinary arithmetic finds no finite numbers on this batch, where the forward pass alone says so:
/// e^z overflows in a softmax, or a prediction is exactly 0 or 1 and its logarithm has no value. The forward pass is that
/// of the most usual network that the statements allow.
pub fn overflow(reading: &Reading, stated: &Stated) -> Option<String> {
    let keep = stated.keep.unwrap_or(1.0);
    let network = Network::allowed(stated, reading.layers.len() - 1, &[keep]).into_iter().next()?;
    let forward = Forward::of(reading, &network);
    let last = forward.z.len();
    let largest = |z: &Matrix| z.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    let z = largest(&forward.z[last - 1]);
    if network.output == Function::Softmax && z > 88.0 {
        return Some(format!(
            "the forward pass alone explains it: z{last} reaches {z:.0}, and exp overflows above 88 in float32 and above 709 in float64, so take each row's maximum off before the softmax"
        ));
    }
    let certain = |row: ndarray::ArrayView1<f64>| row.iter().any(|&p| p == 0.0 || p == 1.0);
    match forward.prediction().axis_iter(Axis(0)).position(certain) {
        Some(row) if network.output == Function::Sigmoid => Some(format!(
            "the forward pass alone explains it: in row {row} the prediction is exactly 0 or 1, and the logarithm or the division by p(1-p) has no value there"
        )),
        _ => None,
    }
}
