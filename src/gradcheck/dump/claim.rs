//! A claim: what a person dumped of one batch and says to be the gradient of a loss.
//!
//! A dump is refused only where nothing can be learned from it: an array is missing, a number is not finite, the shapes
//! fit no layout, or there is no row. A gradient of a wrong shape is never refused, because it is evidence.

use super::augmented::split;
use super::layout::DumpLayout;
use super::names::{NamesRead, spelled_out, steps};
use super::refusal::{empty, finite, misfit, missing, overflow, too_many_rows, wrong_count_of_activations};
use crate::data::{Dump, Memory};
use crate::error::Result;
use crate::gradcheck::reading::{BatchReduction, Orientation, Reading, Stated, UpdateSign};

/// A dump together with what is stated of the program that made it.
pub struct Claim {
    /// The same arrays in every layout that their shapes allow: one, unless all of them are square, or the biases are rows
    /// of the weights.
    pub readings: Vec<Reading>,
    /// What the person says of the program, by flags and by notes.
    pub stated: Stated,
    /// What the names of the arrays were taken for.
    pub names: NamesRead,
}

/// How many arrays as large as the output of a layer the search holds at its peak, measured on the program of
/// `tests/gradcheck/network.py` with 60,000 rows of MNIST and rounded up.
const ARRAYS: usize = 80;
/// How many arrays as large as x there are at a time: that of the dump, its rows, and what rounding is measured on.
const INPUTS: usize = 2;

impl Claim {
    /// Makes sense of a dump. What `over` states goes before the notes of the dump. A single row is read twice: its mean
    /// is the same gradient, and from two rows on a sum over the batch can be told from what is none.
    ///
    /// # Errors
    /// An array is missing, is not finite, or has a shape that fits no layout; a label is out of range; the batch is empty,
    /// or so large that the check would take more than half of the memory that is free.
    pub fn read(dump: &Dump, over: Stated) -> Result<Self> {
        let (mut dump, names) = spelled_out(dump);
        let mut stated = over.or(Stated::read(&dump)?);
        let steps = steps(&dump, stated.rate, stated.update == Some(UpdateSign::Add));
        if !steps.is_empty() {
            dump.to_mut().arrays.extend(steps);
        }
        let layers = (1..).take_while(|l| dump.array(&format!("W{l}")).is_some()).count();
        let needed = ["x", "y", "W1"].map(String::from).into_iter().chain(numbered(layers, &["dW"]));
        for name in needed {
            if dump.array(&name).is_none() {
                return Err(missing(&dump, &name));
            }
        }
        finite(&dump, ["x", "y"].map(String::from).into_iter().chain(numbered(layers, &["W", "b"])), || None)?;
        if let Some(all) = stated.activation.as_ref().filter(|all| all.len() > 1 && all.len() + 1 != layers) {
            return Err(wrong_count_of_activations(&dump, all.len(), layers - 1));
        }
        let mut readings = read_all(&dump, layers, &stated)?;
        let inside = numbered(layers, &["z", "a", "delta", "dz", "dW", "db"]).chain(["p".to_string()]);
        finite(&dump, inside, || overflow(&readings[0], &stated))?;
        let rows = readings[0].rows();
        let (needed, free) = (memory(&readings[0]), Memory::free().0);
        match rows {
            0 => return Err(empty(&dump)),
            1 => {
                readings.iter_mut().for_each(Reading::double);
                let a_sum = stated.reduction == Some(BatchReduction::Sum); // the row is its own sum
                stated.reduction = if a_sum { Some(BatchReduction::Mean) } else { stated.reduction };
            }
            _ if needed > free => return Err(too_many_rows(&dump, rows, needed, free)),
            _ => {}
        }
        Ok(Claim { readings, stated, names })
    }
}

impl Claim {
    /// Whether the arrays can be read in more than one orientation.
    pub fn leaves_orientation_open(&self) -> bool {
        let first = self.readings.first().map(|reading| reading.orientation);
        self.readings.iter().any(|reading| Some(reading.orientation) != first)
    }

    /// The same claim with other arrays.
    pub fn with(&self, readings: Vec<Reading>) -> Self {
        Claim { readings, stated: self.stated.clone(), names: self.names.clone() }
    }
}

/// The dump in every layout that fits, with the biases taken out of the weights where nothing fits otherwise.
fn read_all(dump: &Dump, layers: usize, stated: &Stated) -> Result<Vec<Reading>> {
    let fitting = layouts(dump, layers, stated.orientation);
    if !fitting.is_empty() {
        return fitting.iter().map(|layout| layout.reading(stated)).collect();
    }
    let mut apart = split(dump, layers);
    let wanted = |orientation: Orientation| stated.orientation.is_none_or(|stated| stated == orientation);
    if apart.iter().any(|(_, orientation)| wanted(*orientation)) {
        apart.retain(|(_, orientation)| wanted(*orientation));
    }
    let read = |(dump, orientation): &(Dump, Orientation)| {
        DumpLayout { dump, layers, orientation: *orientation }.reading(stated)
    };
    if apart.is_empty() { Err(misfit(dump, layers)) } else { apart.iter().map(read).collect() }
}

/// About how many bytes the check of this batch takes: the search holds some dozen errors of every layer at once.
fn memory(reading: &Reading) -> usize {
    let outputs: usize = reading.layers.iter().map(|layer| layer.weight.ncols()).sum();
    let numbers = ARRAYS * outputs + INPUTS * reading.x.ncols();
    reading.rows().saturating_mul(numbers).saturating_mul(size_of::<f64>())
}

/// The layouts that the shapes allow: the stated one where it is among them, and all of them otherwise.
fn layouts(dump: &Dump, layers: usize, stated: Option<Orientation>) -> Vec<DumpLayout<'_>> {
    let all = Orientation::ALL.iter().map(|&orientation| DumpLayout { dump, layers, orientation });
    let mut fitting: Vec<DumpLayout> = all.filter(DumpLayout::fits).collect();
    let wanted = |layout: &DumpLayout| stated.is_none_or(|stated| stated == layout.orientation);
    if fitting.iter().any(wanted) {
        fitting.retain(wanted);
    }
    fitting
}

/// The names `stem1`, `stem2`, … up to the number of layers, for every stem.
fn numbered(layers: usize, stems: &'static [&'static str]) -> impl Iterator<Item = String> {
    stems.iter().flat_map(move |stem| (1..=layers).map(move |l| format!("{stem}{l}")))
}
