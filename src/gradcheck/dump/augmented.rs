//! Biases that are kept in the weights: one more row (or column) of every W, which a column of ones in the layer's input
//! multiplies.
//!
//! x itself is dumped without the ones then, so that no shapes fit until the row is taken off. It may stand last or first,
//! which shapes do not tell; both are read, and the search finds out which.

use super::layout::DumpLayout;
use crate::data::{Dump, Numbers};
use crate::gradcheck::mistakes::BiasRow;
use crate::gradcheck::reading::Orientation;

/// The dump with the biases taken out of the weights, for every way in which its shapes fit then.
pub fn split(dump: &Dump, layers: usize) -> Vec<(Dump, Orientation)> {
    if (1..=layers).any(|l| dump.array(&format!("b{l}")).is_some()) {
        return Vec::new();
    }
    let mut all: Vec<(Dump, Orientation)> = Vec::new();
    for orientation in Orientation::ALL {
        for bias in [BiasRow::Last, BiasRow::First] {
            let Some(apart) = taken_apart(dump, layers, orientation, bias) else { continue };
            if (DumpLayout { dump: &apart, layers, orientation }).fits() {
                all.push((apart, orientation));
            }
        }
    }
    all
}

/// The dump with a row of every weight, and of its gradient, as a bias; `None` where a weight has no row to spare.
fn taken_apart(dump: &Dump, layers: usize, orientation: Orientation, bias: BiasRow) -> Option<Dump> {
    let mut apart = dump.clone();
    let mut take = |name: String, role: String, into: String| -> Option<()> {
        let array = dump.array(&name)?;
        let (rest, row) = cut(array, orientation != Orientation::Row, bias)?;
        apart.arrays.retain(|known, _| !known.eq_ignore_ascii_case(&name));
        apart.arrays.insert(role, rest);
        apart.arrays.insert(into, row);
        Some(())
    };
    for l in 1..=layers {
        take(format!("W{l}"), format!("W{l}"), format!("b{l}"))?;
        take(format!("dW{l}"), format!("dW{l}"), format!("db{l}"))?;
    }
    Some(apart)
}

/// A matrix without its last or first row, or column where a unit is a row, and that row.
fn cut(array: &Numbers, units_are_rows: bool, bias: BiasRow) -> Option<(Numbers, Numbers)> {
    let &[rows, columns] = &array.shape[..] else { return None };
    let inputs = if units_are_rows { columns } else { rows };
    if inputs < 2 {
        return None;
    }
    let off = if bias == BiasRow::Last { inputs - 1 } else { 0 };
    let is_bias = |place: usize| (if units_are_rows { place % columns } else { place / columns }) == off;
    let pick = |wanted: bool| -> Vec<f64> {
        array.values.iter().enumerate().filter(|(place, _)| is_bias(*place) == wanted).map(|(_, v)| *v).collect()
    };
    let shape = if units_are_rows { vec![rows, columns - 1] } else { vec![rows - 1, columns] };
    let row = pick(true);
    Some((Numbers { shape, values: pick(false) }, Numbers { shape: vec![row.len()], values: row }))
}
