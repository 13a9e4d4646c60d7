//! A claim: what the user dumped of one batch, and says to be the gradient of its loss.
//!
//! People lay their matrices out in three ways, write labels in four and biases in three, and a wrong gradient may
//! have any shape at all. Here all of it is turned into rows: x `[m, n0]`, W `[in, out]`, b `[1, out]`, so that the
//! rest of the room knows one layout. Shapes of gradients are never refused: a wrong one is evidence.

use ndarray::Array2;

use super::forward;
use super::function::Matrix;
use super::story::{Orientation, Stated};
use crate::data::{Dump, Numbers};
use crate::error::{Error, Result};

/// A dump with what is stated of it.
pub struct Claim {
    /// The same arrays in every layout that their shapes allow; one, unless everything is square.
    pub readings: Vec<Reading>,
    /// What the user says of the program.
    pub stated: Stated,
}

/// The arrays in rows.
#[derive(Clone)]
pub struct Reading {
    /// The layout in which they were dumped.
    pub orientation: Orientation,
    /// The batch, `[m, n0]`.
    pub x: Matrix,
    /// What the outputs should be.
    pub targets: Targets,
    /// The layers from input to output.
    pub layers: Vec<Layer>,
    /// The scalar that the program printed as its loss.
    pub loss: Option<f64>,
}

/// What the outputs of a batch should be.
#[derive(Clone)]
pub struct Targets {
    /// `[m, outputs]`, one-hot where there are classes.
    pub right: Matrix,
    /// The class numbers as the program has them, where there are classes.
    pub numbers: Option<Vec<f64>>,
    /// The number of the first class.
    pub first: i64,
}

/// A layer and everything that was dumped of it; all in rows, everything but weight and d_weight optional.
#[derive(Clone)]
pub struct Layer {
    /// `[in, out]`.
    pub weight: Matrix,
    /// `[1, out]`.
    pub bias: Option<Matrix>,
    /// `[in, out]` if its shape is right.
    pub d_weight: Matrix,
    /// `[1, out]` if its shape is right.
    pub d_bias: Option<Matrix>,
    /// The dropout mask on the layer's output, `[m, out]`.
    pub mask: Option<Matrix>,
    /// The user's own pre-activation.
    pub z: Option<Matrix>,
    /// The user's own activation; of the last layer, the prediction p.
    pub a: Option<Matrix>,
    /// The user's own error at z.
    pub delta: Option<Matrix>,
}

const HOW: &str = "save x, y and for every layer W1, b1, dW1, db1, as in: np.savez(\"dump.npz\", x=x, y=y, W1=W1, b1=b1, dW1=dW1, db1=db1)";

impl Claim {
    /// Makes sense of a dump; what `over` states goes before the dump's own notes.
    ///
    /// # Errors
    /// An array is missing, not finite, or of a shape that fits no layout; labels out of range; fewer than two rows.
    pub fn read(dump: &Dump, over: Stated) -> Result<Self> {
        let stated = merge(over, Stated::read(dump)?);
        let layers = (1..).take_while(|l| dump.array(&format!("W{l}")).is_some()).count();
        for name in ["x".to_string(), "y".into(), "W1".into()].into_iter().chain((1..=layers).map(|l| format!("dW{l}")))
        {
            if dump.array(&name).is_none() {
                return Err(missing(dump, &name));
            }
        }
        finite(dump, ["x", "y"].map(String::from).into_iter().chain(numbered(layers, &["W", "b"])), || None)?;
        if let Some(all) = stated.activation.as_ref().filter(|all| all.len() > 1 && all.len() + 1 != layers) {
            return Err(Error::data(format!(
                "the hidden layers need one activation, or one each: `{}` states {} for {} hidden layers; say it again with --activation",
                dump.name,
                all.len(),
                layers - 1
            )));
        }
        let allowed = |o: &&Orientation| stated.orientation.is_none_or(|stated| stated == **o);
        let fitting: Vec<Orientation> = Orientation::ALL.iter().filter(|&&o| fits(dump, layers, o)).copied().collect();
        let mut chosen: Vec<Orientation> = fitting.iter().filter(allowed).copied().collect();
        if chosen.is_empty() {
            chosen = fitting;
        }
        if chosen.is_empty() {
            return Err(misfit(dump, layers));
        }
        let readings = chosen.into_iter().map(|o| reading(dump, layers, o, &stated)).collect::<Result<Vec<_>>>()?;
        let inside = numbered(layers, &["z", "a", "delta", "dz", "dW", "db"]).chain(["p".to_string()]);
        finite(dump, inside, || forward::overflow(&readings[0], &stated))?;
        match readings[0].x.nrows() {
            0 => Err(Error::data(format!("the batch is empty: `{}` has no rows; dump 16 or more", dump.name))),
            1 => Err(Error::data(format!(
                "one row cannot tell sum from mean, nor a wrong softmax axis, nor a bias that is not summed: `{}` has a single row; dump 16 or more",
                dump.name
            ))),
            _ => Ok(Claim { readings, stated }),
        }
    }
}

impl Reading {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.x.nrows()
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.weight.ncols())
    }

    /// The same without anything of the program's own inside: what it was given, and what it claims.
    pub fn inputs_only(&self) -> Self {
        let layer = |layer: &Layer| Layer { z: None, a: None, delta: None, ..layer.clone() };
        Reading { layers: self.layers.iter().map(layer).collect(), ..self.clone() }
    }

    /// The widths from input to output.
    pub fn widths(&self) -> Vec<usize> {
        std::iter::once(self.x.ncols()).chain(self.layers.iter().map(|layer| layer.weight.ncols())).collect()
    }
}

fn merge(over: Stated, notes: Stated) -> Stated {
    Stated {
        activation: over.activation.or(notes.activation),
        output: over.output.or(notes.output),
        loss: over.loss.or(notes.loss),
        reduction: over.reduction.or(notes.reduction),
        update: over.update.or(notes.update),
        rate: over.rate.or(notes.rate),
        l2: over.l2.or(notes.l2),
        l2_form: over.l2_form.or(notes.l2_form),
        keep: over.keep.or(notes.keep),
        orientation: over.orientation.or(notes.orientation),
        first_class: over.first_class.or(notes.first_class),
    }
}

fn missing(dump: &Dump, name: &str) -> Error {
    let what = match dump.other(name) {
        Some(kind) => format!("`{name}` holds {kind}, not numbers"),
        None => format!("there is no `{name}`"),
    };
    let names: Vec<&str> = dump.arrays.keys().map(String::as_str).collect();
    let holds = if names.is_empty() { "no arrays".into() } else { names.join(", ") };
    Error::data(format!("{what}: `{}` holds {holds}; {HOW}", dump.name))
}

/// Refuses NaN and infinity in the arrays called `names`; `why` may know where they come from.
fn finite(dump: &Dump, names: impl Iterator<Item = String>, why: impl Fn() -> Option<String>) -> Result<()> {
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

/// `stem1`, `stem2`, … for every stem.
fn numbered(layers: usize, stems: &'static [&'static str]) -> impl Iterator<Item = String> {
    stems.iter().flat_map(move |stem| (1..=layers).map(move |l| format!("{stem}{l}")))
}

/// Rows and columns as dumped: a number is (1, 1), a vector a row, further axes are folded into the second.
fn extent(numbers: &Numbers) -> (usize, usize) {
    match numbers.shape[..] {
        [] => (1, 1),
        [n] => (1, n),
        [m, n] => (m, n),
        [m, ..] => (m, numbers.values.len() / m.max(1)),
    }
}

fn matrix(numbers: &Numbers, turned: bool) -> Matrix {
    let plain = Array2::from_shape_vec(extent(numbers), numbers.values.clone()).unwrap_or_default();
    if turned { plain.t().as_standard_layout().into_owned() } else { plain }
}

/// (rows, columns) of the array `name` once it is in rows.
fn turned(dump: &Dump, name: &str, turn: bool) -> Option<(usize, usize)> {
    let (m, n) = extent(dump.array(name)?);
    Some(if turn { (n, m) } else { (m, n) })
}

/// Whether x, y and all weights and biases fit each other in this layout.
fn fits(dump: &Dump, layers: usize, orientation: Orientation) -> bool {
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

fn misfit(dump: &Dump, layers: usize) -> Error {
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

fn reading(dump: &Dump, layers: usize, orientation: Orientation, stated: &Stated) -> Result<Reading> {
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
    let targets = targets(dump, y, (m, outputs), rows_turned, stated)?;
    // `loss` may be the name of the loss already, and a name can be saved once.
    let loss = dump.number("loss_value").or_else(|| dump.number("loss"));
    Ok(Reading { orientation, x, targets, layers, loss })
}

fn by_name(dump: &Dump, name: &str, turn: bool, dim: (usize, usize)) -> Option<Matrix> {
    dump.array(name).map(|numbers| matrix(numbers, turn)).filter(|found| found.dim() == dim)
}

fn targets(dump: &Dump, y: &Numbers, (m, k): (usize, usize), turn: bool, stated: &Stated) -> Result<Targets> {
    let full = matrix(y, turn);
    if full.dim() == (m, k) && (k > 1 || y.values.len() == m) {
        let hot = |row: ndarray::ArrayView1<f64>| {
            let one = row.iter().position(|&v| v == 1.0)?;
            (row.iter().filter(|&&v| v != 0.0).count() == 1).then_some(one as f64)
        };
        let numbers = if k > 1 { full.rows().into_iter().map(hot).collect() } else { None };
        return Ok(Targets { right: full, numbers, first: 0 });
    }
    if k == 1 {
        let right = Array2::from_shape_vec((m, 1), y.values.clone()).unwrap_or_default();
        return Ok(Targets { right, numbers: None, first: 0 });
    }
    let (least, most) = y.values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    let first = stated.first_class.unwrap_or(if least >= 1.0 && most >= k as f64 { 1 } else { 0 });
    let allowed = first as f64..(first + k as i64) as f64;
    if let Some(row) = y.values.iter().position(|v| v.fract() != 0.0 || !allowed.contains(v)) {
        return Err(Error::data(format!(
            "labels must be classes {first} to {}: row {row} of `y` in `{}` holds {}; the last layer has {k} outputs, dump y as class numbers or one-hot",
            first + k as i64 - 1,
            dump.name,
            y.values[row]
        )));
    }
    let mut right = Array2::zeros((m, k));
    y.values.iter().enumerate().for_each(|(row, &v)| right[[row, (v - first as f64) as usize]] = 1.0);
    Ok(Targets { right, numbers: Some(y.values.clone()), first })
}
