//! Precision: to how many digits a dump can agree with anything, estimated from the dump itself.
//!
//! The rounding of the dump, and the rounding of the inputs on their way through both passes, bound what any right
//! equation can reach. Both are measured: the [`Unit`] of each array is read off its numbers, and the passes are run
//! again with every array shaken by its unit.

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::unit::{FLOAT16, LEAST_FLOAT16, Unit, all_float16, all_float32, is_float16};
use crate::gradcheck::equations::{Forward, gap, gradients_touched, right_gradients};
use crate::gradcheck::reading::{DumpedLayer, Matrix, Network, Reading};

/// A right equation misses a dump by at most this many times the noise that three trials show.
const MARGIN: f64 = 30.0;
/// No equation is asked to agree to more digits than this residual has.
const FLOOR: f64 = 1e-11;
/// No equation is accepted with a larger residual than this, however coarse the dump is.
const CEILING: f64 = 0.02;

/// A coarser unit than this is that of printed digits.
const PRINTED: f64 = 1e-7;
/// So many rows show how far rounding moves a gradient.
const ENOUGH: usize = 8192;

/// What can be expected of a dump.
#[derive(Clone, Debug)]
pub struct Precision {
    /// For each layer, the largest residuals of d_weight and of d_bias that rounding can explain.
    pub tolerances: Vec<(f64, f64)>,
    /// The coarsest unit among the dumped gradients.
    pub unit: Unit,
}

impl Precision {
    /// Measures a dump under a network.
    pub fn of(reading: &Reading, network: &Network) -> Self {
        let units = Units::of(reading);
        // In a larger batch roundings cancel a little more, so that a part of it errs on the side of mercy.
        let part = (reading.rows() > ENOUGH).then(|| reading.part(0..ENOUGH, 1));
        let noise = shaken(part.as_ref().unwrap_or(reading), network, &units);
        let tolerance =
            |noise: f64, unit: Unit, dump: &Matrix| (MARGIN * (noise + unit.rounding(dump))).clamp(FLOOR, CEILING);
        let tolerances = reading
            .layers
            .iter()
            .zip(noise.iter().zip(&units.gradients))
            .map(|(layer, (noise, units))| {
                let bias = layer.d_bias.as_ref().map_or(FLOOR, |dump| tolerance(noise.1, units[1], dump));
                (tolerance(noise.0, units[0], &layer.d_weight), bias)
            })
            .collect();
        Precision { tolerances, unit: units.named }
    }

    /// How far a multiple may be from the number that it should be, relative: three times the largest tolerance.
    pub fn of_multiples(&self) -> f64 {
        self.tolerances.iter().fold(1e-9f64, |t, (w, b)| t.max(3.0 * w).max(3.0 * b)).min(0.05)
    }
}

/// The units of all arrays of a dump, in the order in which they are shaken.
struct Units {
    /// The units of x, then of the weight and the bias of each layer, as far as they are dumped.
    inputs: Vec<Unit>,
    /// The unit of the targets.
    targets: Unit,
    /// The units of d_weight and d_bias of each layer.
    gradients: Vec<[Unit; 2]>,
    /// The coarsest unit among those of the gradients.
    named: Unit,
    /// The relative rounding of the arithmetic that made the dump.
    arithmetic: f64,
}

impl Units {
    fn of(reading: &Reading) -> Self {
        let float16 = all_float16(reading);
        let unit = |array: &Matrix| if float16 && is_float16(array) { Some(Unit::Float16) } else { Unit::of(array) };
        let layers = reading.layers.iter().flat_map(|layer| [Some(&layer.weight), layer.bias.as_ref()]).flatten();
        let given: Vec<Option<Unit>> = std::iter::once(&*reading.x).chain(layers).map(unit).collect();
        let pair = |layer: &DumpedLayer| [unit(&layer.d_weight), layer.d_bias.as_ref().and_then(unit)];
        let claimed: Vec<[Option<Unit>; 2]> = reading.layers.iter().map(pair).collect();
        let widest = |all: &mut dyn Iterator<Item = Option<Unit>>| {
            all.flatten().max_by(|a, b| a.size().total_cmp(&b.size())).unwrap_or(Unit::Exact)
        };
        // An array of too few numbers to tell is taken to be written like the coarsest of the others.
        let coarsest = widest(&mut given.iter().chain(claimed.iter().flatten()).copied());
        let named = widest(&mut claimed.iter().flatten().copied());
        // Inputs with one decimal are what the program was given, not what is left of more, if its gradients are finer.
        let as_given = |unit: Unit| if named.size() < PRINTED && unit.size() > PRINTED { named } else { unit };
        Units {
            inputs: given.into_iter().map(|unit| as_given(unit.unwrap_or(coarsest))).collect(),
            targets: as_given(unit(&reading.targets.right).unwrap_or(coarsest)),
            gradients: claimed.iter().map(|pair| pair.map(|unit| unit.unwrap_or(coarsest))).collect(),
            named,
            arithmetic: match (float16, all_float32(reading)) {
                (true, _) => FLOAT16,
                (_, true) => f64::from(f32::EPSILON),
                _ => f64::EPSILON,
            },
        }
    }
}

/// How far the gradients (d_weight, d_bias) of each layer move, relative to their size, when every array is shaken by
/// its unit: the largest of three trials. The errors on the way back are shaken by the arithmetic's own rounding. The
/// seeds are fixed, so the same dump always has the same precision.
fn shaken(reading: &Reading, network: &Network, units: &Units) -> Vec<(f64, f64)> {
    let still = right_gradients(reading, network, &Forward::of(reading, network));
    let mut noise = vec![(0.0f64, 0.0f64); still.len()];
    for trial in 0..3 {
        let mut rng = ChaCha8Rng::seed_from_u64(trial);
        let moved = shake_inputs(reading, units, &mut rng);
        let mut round = |array: &mut Matrix| shake(array, Unit::Relative(units.arithmetic), &mut rng);
        let forward = Forward::of(&moved, network);
        let gradients = gradients_touched(&moved, network, &forward, &mut round);
        for ((noise, moved), still) in noise.iter_mut().zip(&gradients).zip(&still) {
            *noise = (noise.0.max(gap(&moved.0, &still.0)), noise.1.max(gap(&moved.1, &still.1)));
        }
    }
    noise
}

/// The inputs of a reading, each moved at random within its unit.
fn shake_inputs(reading: &Reading, units: &Units, rng: &mut ChaCha8Rng) -> Reading {
    let mut units_left = units.inputs.iter();
    let mut next = |array: &mut Matrix| shake(array, units_left.next().copied().unwrap_or(Unit::Exact), rng);
    let mut moved = reading.inputs_only();
    next(Arc::make_mut(&mut moved.x));
    for layer in &mut moved.layers {
        next(&mut layer.weight);
        if let Some(bias) = &mut layer.bias {
            next(bias);
        }
    }
    shake(&mut moved.targets.right, units.targets, rng);
    moved
}

/// Moves every number of an array at random by at most half a unit.
fn shake(array: &mut Matrix, unit: Unit, rng: &mut ChaCha8Rng) {
    array.mapv_inplace(|v| match unit {
        Unit::Exact => v,
        Unit::Relative(unit) => v * (1.0 + unit * rng.random_range(-1.0..1.0)),
        Unit::Absolute(unit) => v + unit * rng.random_range(-1.0..1.0),
        Unit::Float16 => v + (v.abs() * FLOAT16).max(LEAST_FLOAT16) * rng.random_range(-1.0..1.0),
    });
}
