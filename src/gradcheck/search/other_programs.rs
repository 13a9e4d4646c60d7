//! Programs that are wrong as a whole: no equation of theirs stands alone, so no search through single equations finds it.
//!
//! The bias may be added at another place than the pre-activation, two errors may have changed places, or the weights may
//! move from row to row of one batch. Each such program is composed in full and held against the dump, where the search and
//! the readings as another function explain nothing. Errors and rows are tried without any further mistake.

use std::sync::Arc;

use ndarray::Axis;

use super::choices::{Choices, NEARLY_RIGHT, OpenConvention};
use super::explanation::Explanation;
use super::ranking::rank;
use crate::gradcheck::equations::{
    Forward, Gradients, bias_gradient, gap, gradients_touched, right_gradients, weight_gradient,
};
use crate::gradcheck::mistakes::{Detail, Mistake, Mistakes, Occurrence, Scope};
use crate::gradcheck::reading::{BiasPlace, DumpedLayer, DumpedTargets, Matrix, Network, Reading};

/// Under more networks than this, a program is composed only for those that the dump resembles. Swapped errors resemble
/// nothing and need no search, so they are composed under all.
const SEARCHED: usize = 4;
/// At most so many rows are updated one after another.
const MOST_ROWS: usize = 4096;

/// The explanation in which the biases are added at another place.
pub fn misplaced_biases(choices: &Choices) -> Option<Explanation> {
    let biases = || choices.reading.layers.iter().filter_map(|layer| layer.bias.as_ref());
    if biases().all(|bias| bias.iter().all(|&b| b == 0.0)) || !choices.small() {
        return None;
    }
    let places = [
        (BiasPlace::HiddenActivation, Mistake::BiasAfterActivation, Scope::HiddenLayers),
        (BiasPlace::Activation, Mistake::BiasAfterActivation, Scope::EveryLayer),
        (BiasPlace::Weight, Mistake::BiasInWeight, Scope::EveryLayer),
    ];
    let mut all = Vec::new();
    for (bias, mistake, scope) in places {
        let mine = Mistakes::one(mistake, Occurrence { scope, detail: Detail::None });
        for network in choices.networks.iter().map(|network| Network { bias, ..network.clone() }) {
            if !worth_composing(choices, &network) {
                continue;
            }
            let found = choices.with_few_mistakes(&network).into_iter();
            all.extend(found.map(|one| Explanation {
                mistakes: one.mistakes.and(&mine),
                cost: one.cost + mine.cost(),
                ..one
            }));
        }
    }
    rank(&mut all);
    all.into_iter().next()
}

/// Whether a program is composed under a network: under all of a few, and under those of many that the dump resembles.
fn worth_composing(choices: &Choices, network: &Network) -> bool {
    choices.networks.len() <= SEARCHED || choices.resembles(network)
}

/// The explanation in which the errors of two layers, or of two units of a layer, have changed places.
pub fn swapped_errors(choices: &Choices) -> Option<Explanation> {
    let reading = choices.reading;
    if !choices.small() {
        return None;
    }
    choices.networks.iter().find_map(|network| {
        let forward = Forward::of(reading, network);
        let mut errors = Vec::new();
        let right = gradients_touched(reading, network, &forward, &mut |error| errors.push(error.clone()));
        errors.reverse();
        let explained = |(occurrence, gradients): (Occurrence, Gradients), conventions: &[OpenConvention]| {
            choices.reproduced(network, &gradients, &Mistakes::one(Mistake::DeltasSwapped, occurrence), conventions)
        };
        let layers = swapped_layers(&forward, &errors, &right);
        let swapped = layers.into_iter().find_map(|program| explained(program, &choices.conventions));
        swapped.or_else(|| {
            choices.conventions.iter().find_map(|&convention| {
                let units = swapped_units(reading, network, &forward, &right, convention.multiple);
                units.into_iter().find_map(|program| explained(program, &[convention]))
            })
        })
    })
}

/// The gradients of programs that build those of two layers of one shape on each other's errors.
fn swapped_layers(forward: &Forward, errors: &[Matrix], right: &Gradients) -> Vec<(Occurrence, Gradients)> {
    let mut all = Vec::new();
    for l in 0..errors.len() {
        for other in (l + 1..errors.len()).filter(|&other| errors[other].dim() == errors[l].dim()) {
            let mut gradients = right.clone();
            for (at, from) in [(l, other), (other, l)] {
                gradients[at] = (weight_gradient(&forward.inputs[at], &errors[from]), bias_gradient(&errors[from]));
            }
            let occurrence = Occurrence::layer(l + 1).with(Detail::OtherLayer(other + 1));
            all.push((occurrence, gradients));
        }
    }
    all
}

/// The gradients of programs that swap the errors of two units, in one layer alone or for all layers below it too. Which
/// two is read off the highest layer that is not `scale` times the right one: all its columns are, but two.
fn swapped_units(
    reading: &Reading,
    network: &Network,
    forward: &Forward,
    right: &Gradients,
    scale: f64,
) -> Vec<(Occurrence, Gradients)> {
    let off = |l: usize| -> Vec<usize> {
        let (dump, right) = (&reading.layers[l].d_weight, &right[l].0);
        let same = dump.dim() == right.dim();
        let near = |j: usize| same && gap(&column(dump, j), &(column(right, j) * scale)) < NEARLY_RIGHT; // NaN is not near
        (0..right.ncols()).filter(|&j| !near(j)).collect()
    };
    let Some((l, columns)) = (0..right.len()).rev().map(|l| (l, off(l))).find(|(_, off)| !off.is_empty()) else {
        return Vec::new();
    };
    let &[i, j] = &columns[..] else { return Vec::new() };
    let occurrence = Occurrence::layer(l + 1).with(Detail::Units(i, j));
    let mut alone = right.clone();
    swap(&mut alone[l].0, i, j);
    swap(&mut alone[l].1, i, j);
    let mut number = right.len();
    let below = gradients_touched(reading, network, forward, &mut |error| {
        number -= 1;
        if number == l {
            swap(error, i, j);
        }
    });
    vec![(occurrence, alone), (occurrence, below)]
}

fn column(matrix: &Matrix, j: usize) -> Matrix {
    matrix.column(j).insert_axis(Axis(1)).to_owned()
}

fn swap(matrix: &mut Matrix, i: usize, j: usize) {
    for mut row in matrix.rows_mut() {
        row.swap(i, j);
    }
}

/// The explanation in which the weights are updated after every row, and the dump is the sum of what the rows gave; or in
/// which the sum itself, as far as it has come, is applied after every row. It needs a stated rate.
pub fn updated_row_by_row(choices: &Choices) -> Option<Explanation> {
    let (reading, rate) = (choices.reading, choices.claim.stated.rate?);
    let masked = reading.layers.iter().any(|layer| layer.mask.is_some());
    if reading.doubled || masked || !(2..=MOST_ROWS).contains(&reading.rows()) || !choices.small() {
        return None;
    }
    choices.networks.iter().filter(|network| worth_composing(choices, network)).find_map(|network| {
        let steps = [rate, rate / reading.rows() as f64].into_iter().flat_map(|rate| [(rate, false), (rate, true)]);
        steps.into_iter().find_map(|(rate, summed)| {
            let gradients = row_by_row(reading, network, rate, summed);
            let occurrence = Occurrence { scope: Scope::EveryLayer, detail: Detail::None };
            choices.reproduced(
                network,
                &gradients,
                &Mistakes::one(Mistake::UpdatedRowByRow, occurrence),
                &choices.conventions,
            )
        })
    })
}

/// The sum of the rows' gradients where each row is followed by an update: by its own gradient, or by the sum so far.
fn row_by_row(reading: &Reading, network: &Network, rate: f64, summed: bool) -> Gradients {
    let zeros = |layer: &DumpedLayer| (Matrix::zeros(layer.weight.dim()), Matrix::zeros((1, layer.weight.ncols())));
    let mut sum: Gradients = reading.layers.iter().map(zeros).collect();
    let mut moving = reading.inputs_only();
    for i in 0..reading.rows() {
        let row = |all: &Matrix| all.row(i).insert_axis(Axis(0)).to_owned();
        moving.x = Arc::new(row(&reading.x));
        moving.targets = DumpedTargets { right: row(&reading.targets.right), numbers: None, first: 0 };
        let one = right_gradients(&moving, network, &Forward::of(&moving, network));
        for ((layer, one), sum) in moving.layers.iter_mut().zip(&one).zip(&mut sum) {
            sum.0 += &one.0;
            sum.1 += &one.1;
            let step = if summed { &*sum } else { one };
            layer.weight.scaled_add(-rate, &step.0);
            if let Some(bias) = &mut layer.bias {
                bias.scaled_add(-rate, &step.1);
            }
        }
    }
    sum
}
