//! A layout turns the arrays of a dump into rows, the one form that all rooms above know.
//!
//! People keep samples as rows or as columns and weights either way round. They write biases as vectors, rows or
//! columns. Which of the three layouts is meant follows from the shapes, because x, every W and y have to fit together;
//! only if all matrices are square is it left open.

use std::sync::Arc;

use ndarray::Array2;

use super::refusal::missing;
use super::targets::targets;
use crate::data::{Dump, Numbers};
use crate::error::Result;
use crate::gradcheck::reading::{DumpedLayer, Matrix, Orientation, Reading, Stated};

/// A dump of so many layers, seen in one orientation.
pub struct DumpLayout<'a> {
    /// The arrays under the names that people give them.
    pub dump: &'a Dump,
    /// The number of layers.
    pub layers: usize,
    /// The orientation that is tried.
    pub orientation: Orientation,
}

impl DumpLayout<'_> {
    /// Whether x, y and all weights and biases fit each other in this orientation.
    pub fn fits(&self) -> bool {
        let Some((m, mut width)) = self.extent("x", self.samples_turned()) else { return false };
        for l in 1..=self.layers {
            let Some((inputs, outputs)) = self.extent(&format!("W{l}"), self.weights_turned()) else { return false };
            let bias = self.dump.array(&format!("b{l}")).map_or(outputs, |b| b.values.len());
            if inputs != width || bias != outputs {
                return false;
            }
            width = outputs;
        }
        let Some(y) = self.dump.array("y") else { return false };
        self.extent("y", self.samples_turned()) == Some((m, width)) || y.values.len() == m
    }

    /// All arrays of the dump in rows.
    ///
    /// # Errors
    /// A label is no class of the last layer.
    pub fn reading(&self, stated: &Stated) -> Result<Reading> {
        let dump = self.dump;
        let x = self.array("x", self.samples_turned()).unwrap_or_default();
        let layers: Vec<DumpedLayer> = (1..=self.layers).map(|l| self.layer(l, x.nrows())).collect();
        let outputs = layers.last().map_or(0, |layer| layer.weight.ncols());
        let y = dump.array("y").ok_or_else(|| missing(dump, "y"))?;
        let rows = matrix(y, self.samples_turned());
        let targets = targets(&dump.name, &y.values, rows, (x.nrows(), outputs), stated.first_class)?;
        // The name `loss` may be taken by the name of the loss, since a file holds each name once.
        let loss = dump.number("loss_value").or_else(|| dump.number("loss"));
        Ok(Reading { orientation: self.orientation, x: Arc::new(x), targets, layers, loss, doubled: false })
    }

    /// Everything that was dumped of layer number `l` from 1, on a batch of `m` rows.
    fn layer(&self, l: usize, m: usize) -> DumpedLayer {
        let weight = self.array(&format!("W{l}"), self.weights_turned()).unwrap_or_default();
        let outputs = weight.ncols();
        let sized = |found: Matrix| (found.dim() == (m, outputs)).then_some(found);
        let by_rows = |stems: &[&str]| {
            stems.iter().find_map(|stem| self.array(&format!("{stem}{l}"), self.samples_turned())).and_then(sized)
        };
        let prediction = if l == self.layers { self.array("p", self.samples_turned()).and_then(sized) } else { None };
        DumpedLayer {
            bias: self.array(&format!("b{l}"), false).and_then(flat),
            d_weight: self.array(&format!("dW{l}"), self.weights_turned()).unwrap_or_default(),
            d_bias: self.array(&format!("db{l}"), false).map(|d| self.bias_gradient(d, outputs)),
            mask: by_rows(&["mask"]),
            z: by_rows(&["z"]),
            a: prediction.or_else(|| by_rows(&["a"])),
            delta: by_rows(&["delta", "dz", "d"]),
            weight,
        }
    }

    /// A dumped db as a row of `outputs` numbers; one of another length keeps its shape, turned like the samples.
    fn bias_gradient(&self, d: Matrix, outputs: usize) -> Matrix {
        match d.len() {
            n if n == outputs => flat(d).unwrap_or_default(),
            _ if self.samples_turned() => d.t().as_standard_layout().into_owned(),
            _ => d,
        }
    }

    /// Whether x, y and the activations are dumped with a sample in each column.
    fn samples_turned(&self) -> bool {
        self.orientation == Orientation::Column
    }

    /// Whether the weights are dumped with a unit in each row.
    fn weights_turned(&self) -> bool {
        self.orientation != Orientation::Row
    }

    /// The array called `name`, turned over where `turned` says so.
    fn array(&self, name: &str, turned: bool) -> Option<Matrix> {
        self.dump.array(name).map(|numbers| matrix(numbers, turned))
    }

    /// The rows and columns of the array called `name`, turned over where `turned` says so.
    fn extent(&self, name: &str, turned: bool) -> Option<(usize, usize)> {
        let (m, n) = extent(self.dump.array(name)?);
        Some(if turned { (n, m) } else { (m, n) })
    }
}

/// The rows and columns of an array as dumped. A number is (1, 1) and a vector is one row; further axes are folded into
/// the second.
fn extent(numbers: &Numbers) -> (usize, usize) {
    match numbers.shape[..] {
        [] => (1, 1),
        [n] => (1, n),
        [m, n] => (m, n),
        [m, ..] => (m, numbers.values.len() / m.max(1)),
    }
}

/// An array as a matrix, turned over where `turned` says so.
fn matrix(numbers: &Numbers, turned: bool) -> Matrix {
    let plain = Array2::from_shape_vec(extent(numbers), numbers.values.clone()).unwrap_or_default();
    if turned { plain.t().as_standard_layout().into_owned() } else { plain }
}

/// All numbers of an array as one row.
fn flat(numbers: Matrix) -> Option<Matrix> {
    Array2::from_shape_vec((1, numbers.len()), numbers.into_iter().collect()).ok()
}
