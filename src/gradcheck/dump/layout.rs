//! A layout: from arrays as a person keeps them to rows.

use ndarray::Array2;

use crate::data::{Dump, Numbers};
use crate::error::Result;
use crate::gradcheck::reading::{Layer, Matrix, Orientation, Reading, Stated};

/// Rows and columns as dumped: a number is (1, 1), a vector a row, further axes are folded into the second.
fn extent(numbers: &Numbers) -> (usize, usize) {
    match numbers.shape[..] {
        [] => (1, 1),
        [n] => (1, n),
        [m, n] => (m, n),
        [m, ..] => (m, numbers.values.len() / m.max(1)),
    }
}

/// An array as rows, turned over where the layout says so.
pub fn matrix(numbers: &Numbers, turned: bool) -> Matrix {
    let plain = Array2::from_shape_vec(extent(numbers), numbers.values.clone()).unwrap_or_default();
    if turned { plain.t().as_standard_layout().into_owned() } else { plain }
}

/// (rows, columns) of the array `name` once it is in rows.
fn turned(dump: &Dump, name: &str, turn: bool) -> Option<(usize, usize)> {
    let (m, n) = extent(dump.array(name)?);
    Some(if turn { (n, m) } else { (m, n) })
}

/// Whether x, y and all weights and biases fit each other in this layout.
pub fn fits(dump: &Dump, layers: usize, orientation: Orientation) -> bool {
    let rows_turned = orientation == Orientation::Column;
    let weights_turned = orientation != Orientation::Row;
    let Some((m, mut width)) = turned(dump, "x", rows_turned) else { return false };
    for l in 1..=layers {
        let Some((inputs, outputs)) = turned(dump, &format!("W{l}"), weights_turned) else { return false };
        let bias = dump.array(&format!("b{l}")).map_or(outputs, |b| b.values.len());
        if inputs != width || bias != outputs {
            return false;
        }
        width = outputs;
    }
    let Some(y) = dump.array("y") else { return false };
    turned(dump, "y", rows_turned) == Some((m, width)) || y.values.len() == m
}

/// The arrays of a dump in rows.
pub fn reading(dump: &Dump, layers: usize, orientation: Orientation, stated: &Stated) -> Result<Reading> {
    let rows_turned = orientation == Orientation::Column;
    let weights_turned = orientation != Orientation::Row;
    let get = |name: String, turn: bool| dump.array(&name).map(|numbers| matrix(numbers, turn));
    let x = get("x".into(), rows_turned).unwrap_or_default();
    let m = x.nrows();
    let layer = |l: usize| {
        let weight = get(format!("W{l}"), weights_turned).unwrap_or_default();
        let outputs = weight.ncols();
        let flat = |numbers: Matrix| Array2::from_shape_vec((1, numbers.len()), numbers.into_iter().collect());
        let by_rows = |stems: &[&str]| {
            let found = stems.iter().find_map(|stem| get(format!("{stem}{l}"), rows_turned))?;
            (found.dim() == (m, outputs)).then_some(found)
        };
        let d_bias = get(format!("db{l}"), false).map(|d| match d.len() {
            n if n == outputs => flat(d).unwrap_or_default(),
            _ if rows_turned => d.t().as_standard_layout().into_owned(),
            _ => d,
        });
        let prediction = || if l == layers { by_name(dump, "p", rows_turned, (m, outputs)) } else { None };
        Layer {
            bias: get(format!("b{l}"), false).and_then(|b| flat(b).ok()),
            d_weight: get(format!("dW{l}"), weights_turned).unwrap_or_default(),
            d_bias,
            mask: by_rows(&["mask"]),
            z: by_rows(&["z"]),
            a: prediction().or_else(|| by_rows(&["a"])),
            delta: by_rows(&["delta", "dz", "d"]),
            weight,
        }
    };
    let layers: Vec<Layer> = (1..=layers).map(layer).collect();
    let outputs = layers.last().map_or(0, |layer| layer.weight.ncols());
    let y = dump.array("y").ok_or_else(|| missing(dump, "y"))?;
    let targets = targets(dump, &y.values, matrix(y, rows_turned), (m, outputs), stated)?;
    // `loss` may be the name of the loss already, and a name can be saved once.
    let loss = dump.number("loss_value").or_else(|| dump.number("loss"));
    Ok(Reading { orientation, x, targets, layers, loss })
}

fn by_name(dump: &Dump, name: &str, turn: bool, dim: (usize, usize)) -> Option<Matrix> {
    dump.array(name).map(|numbers| matrix(numbers, turn)).filter(|found| found.dim() == dim)
}
