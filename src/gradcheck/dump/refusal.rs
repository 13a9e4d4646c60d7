//! Why a dump is refused, and what to do instead.

use ndarray::Axis;

use crate::data::Dump;
use crate::error::{Error, Result};
use crate::gradcheck::equations::Forward;
use crate::gradcheck::reading::{Function, Matrix, Reading, Stated};

const HOW: &str = "save x, y and for every layer W1, b1, dW1, db1, as in: np.savez(\"dump.npz\", x=x, y=y, W1=W1, b1=b1, dW1=dW1, db1=db1)";

/// An array that must be there and is not.
pub fn missing(dump: &Dump, name: &str) -> Error {
    let what = match dump.other(name) {
        Some(kind) => format!("`{name}` holds {kind}, not numbers"),
        None => format!("there is no `{name}`"),
    };
    let names: Vec<&str> = dump.arrays.keys().map(String::as_str).collect();
    let holds = if names.is_empty() { "no arrays".into() } else { names.join(", ") };
    Error::data(format!("{what}: `{}` holds {holds}; {HOW}", dump.name))
}

/// Refuses NaN and infinity in the arrays called `names`; `why` may know where they come from.
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

/// Arrays whose shapes fit no layout.
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

/// Why a program in ordinary arithmetic would find no finite numbers on this batch, if the forward pass says so.
pub fn overflow(reading: &Reading, stated: &Stated) -> Option<String> {
    let network = stated.networks(reading.layers.len() - 1, &[stated.keep.unwrap_or(1.0)]).into_iter().next()?;
    let forward = Forward::of(reading, &network);
    let most = |z: &Matrix| z.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    let last = forward.z.len();
    let z = most(&forward.z[last - 1]);
    if network.output == Function::Softmax && z > 88.0 {
        return Some(format!(
            "the forward pass alone explains it: z{last} reaches {z:.0}, and exp overflows above 88 in float32 and above 709 in float64, so take each row's maximum off before the softmax"
        ));
    }
    let p = forward.prediction();
    let sure = p.axis_iter(Axis(0)).position(|row| row.iter().any(|&p| p == 0.0 || p == 1.0));
    match sure {
        Some(row) if network.output == Function::Sigmoid => Some(format!(
            "the forward pass alone explains it: in row {row} the prediction is exactly 0 or 1, and the logarithm or the division by p(1-p) has no value there"
        )),
        _ => None,
    }
}
