//! Precision: to how many digits a dump can agree with anything, estimated from the dump itself.
//!
//! A dump may be float64, float32, or digits that were printed and read again. Its own rounding, and the rounding of
//! the inputs on their way through both passes, bound what any right equation can reach. Both are measured: the unit
//! is read off the numbers, and the passes are run again with every array shaken by that unit.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::gradcheck::equations::{Forward, gap, norm, right_gradients};
use crate::gradcheck::reading::{Layer, Matrix, Network, Reading};

/// A right equation misses by at most this many times the noise that three trials show.
const MARGIN: f64 = 30.0;
/// No equation is asked to agree to more digits than this.
const FLOOR: f64 = 1e-11;
/// A dump of which no more than this is certain says nothing.
const CEILING: f64 = 0.02;

/// The spacing of the numbers of an array.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    /// Whole numbers: nothing was rounded.
    Exact,
    /// Relative to each number.
    Relative(f64),
    /// That of float16: relative, but no finer than its smallest number.
    Half,
    /// The same for all.
    Absolute(f64),
}

/// What can be expected of a dump.
#[derive(Clone, Debug)]
pub struct Precision {
    /// Layer by layer, for d_weight and d_bias: the largest residual that rounding can explain.
    pub tolerances: Vec<(f64, f64)>,
    /// The name of the precision: `float64`, `float32`, `6 digits`, `6 decimals`.
    pub name: String,
}

impl Precision {
    /// Measures a dump under a story.
    pub fn of(reading: &Reading, network: &Network) -> Self {
        let mut arrays = vec![&reading.x];
        arrays.extend(reading.layers.iter().flat_map(|layer| [Some(&layer.weight), layer.bias.as_ref()]).flatten());
        let half = all_half(reading);
        let unit = |array: &Matrix| if half && is_half(array) { Some(Unit::Half) } else { unit(array) };
        let given: Vec<Option<Unit>> = arrays.iter().map(|array| unit(array)).collect();
        let dumped = |layer: &Layer| [unit(&layer.d_weight), layer.d_bias.as_ref().and_then(unit)];
        let claimed: Vec<[Option<Unit>; 2]> = reading.layers.iter().map(dumped).collect();
        let widest = |all: &mut dyn Iterator<Item = Option<Unit>>| {
            all.flatten().max_by(|a, b| size(*a).total_cmp(&size(*b))).unwrap_or(Unit::Exact)
        };
        let coarsest = widest(&mut given.iter().chain(claimed.iter().flatten()).copied());
        // Too few numbers to tell are written like the others.
        let inputs: Vec<Unit> = given.into_iter().map(|unit| unit.unwrap_or(coarsest)).collect();
        let dumps: Vec<[Unit; 2]> = claimed.iter().map(|pair| pair.map(|unit| unit.unwrap_or(coarsest))).collect();
        let arithmetic = match (half, all_single(reading)) {
            (true, _) => HALF,
            (_, true) => f64::from(f32::EPSILON),
            _ => f64::EPSILON,
        };
        let answers = unit(&reading.targets.right).unwrap_or(coarsest);
        let noise = shaken(reading, network, (&inputs, answers), arithmetic);
        let tolerance =
            |noise: f64, unit: Unit, dump: &Matrix| (MARGIN * (noise + rounding(unit, dump))).clamp(FLOOR, CEILING);
        let tolerances = reading
            .layers
            .iter()
            .zip(noise.iter().zip(&dumps))
            .map(|(layer, (noise, units))| {
                let bias = layer.d_bias.as_ref().map_or(FLOOR, |dump| tolerance(noise.1, units[1], dump));
                (tolerance(noise.0, units[0], &layer.d_weight), bias)
            })
            .collect();
        Precision { tolerances, name: name(widest(&mut claimed.iter().flatten().copied())) }
    }
}

fn size(unit: Unit) -> f64 {
    match unit {
        Unit::Exact => 0.0,
        Unit::Relative(unit) | Unit::Absolute(unit) => unit,
        Unit::Half => HALF,
    }
}

fn name(unit: Unit) -> String {
    match unit {
        Unit::Half => "float16".into(),
        Unit::Absolute(unit) => format!("{:.0} decimals", -(2.0 * unit).log10()),
        Unit::Relative(unit) if unit > 1e-7 => format!("{:.0} digits", 1.0 - (2.0 * unit).log10()),
        Unit::Relative(unit) if unit > 1e-15 => "float32".into(),
        _ => "float64".into(),
    }
}

/// Whether every number is a float32 and they are not all whole.
fn all_single(reading: &Reading) -> bool {
    let single = |array: &Matrix| array.iter().all(|&v| f64::from(v as f32) == v);
    reading.layers.iter().all(|layer| single(&layer.d_weight) && layer.d_bias.as_ref().is_none_or(single))
}

/// Half the spacing of float16 beside 1.
const HALF: f64 = 1.0 / 2048.0;
/// Half the spacing of its smallest numbers.
const LEAST_HALF: f64 = 1.0 / 33_554_432.0;

fn is_half(array: &Matrix) -> bool {
    array.iter().all(|&v| half::f16::from_f64(v).to_f64() == v)
}

/// Whether the gradients are float16 and no numbers that were printed to few digits.
fn all_half(reading: &Reading) -> bool {
    let printed = |array: &Matrix| match unit(array) {
        Some(Unit::Exact) | None => true,
        Some(Unit::Relative(unit) | Unit::Absolute(unit)) => unit > 1e-5,
        Some(Unit::Half) => false,
    };
    let half = |layer: &Layer| is_half(&layer.d_weight) && layer.d_bias.as_ref().is_none_or(is_half);
    reading.layers.iter().all(half) && !reading.layers.iter().any(|layer| printed(&layer.d_weight))
}

/// The spacing of an array's numbers, if there are enough of them to tell; at most a thousand are looked at.
fn unit(array: &Matrix) -> Option<Unit> {
    let step = (array.len() / 1000).max(1);
    let sample: Vec<f64> = array.iter().copied().filter(|v| v.fract() != 0.0).step_by(step).collect();
    if sample.is_empty() {
        return Some(Unit::Exact);
    }
    let same = |text: String, v: f64| text.parse() == Ok(v);
    let decimals = (2..=9).find(|&k| sample.iter().all(|&v| same(format!("{v:.k$}"), v)));
    let digits = (1..=7).find(|&k| sample.iter().all(|&v| same(format!("{v:.k$e}"), v))).map(|k| k + 1);
    let half = |k: usize| 0.5 * 10f64.powi(-(k as i32));
    // Few decimals of small numbers are few digits too; the coarser account is the true one.
    let printed = match (decimals, digits) {
        (Some(decimals), digits) if digits.is_none_or(|digits| decimals <= digits) => {
            Some(Unit::Absolute(half(decimals)))
        }
        (_, Some(digits)) => Some(Unit::Relative(half(digits - 1))),
        _ => None,
    };
    match printed {
        Some(_) if sample.len() < 4 => None,
        Some(unit) => Some(unit),
        None if sample.iter().all(|&v| f64::from(v as f32) == v) => Some(Unit::Relative(f64::from(f32::EPSILON) / 2.0)),
        None => Some(Unit::Relative(f64::EPSILON / 2.0)),
    }
}

/// The size of what rounding takes off an array, relative to it.
fn rounding(unit: Unit, array: &Matrix) -> f64 {
    match unit {
        Unit::Exact => 0.0,
        Unit::Relative(unit) => unit,
        Unit::Absolute(unit) => {
            let size = norm(array);
            if size > 0.0 { unit * (array.len() as f64).sqrt() / size } else { 0.0 }
        }
        Unit::Half => HALF + rounding(Unit::Absolute(LEAST_HALF), array),
    }
}

/// How far the gradients of both passes move, relative to their size, when every array is shaken by its unit: the
/// largest of three trials.
fn shaken(
    reading: &Reading,
    network: &Network,
    (inputs, answers): (&[Unit], Unit),
    arithmetic: f64,
) -> Vec<(f64, f64)> {
    let still = right_gradients(reading, network, &Forward::of(reading, network), &mut |_| {});
    let mut noise = vec![(0.0f64, 0.0f64); still.len()];
    for trial in 0..3 {
        let mut rng = ChaCha8Rng::seed_from_u64(trial);
        let mut units = inputs.iter();
        let mut shake = |array: &Matrix| {
            let mut array = array.clone();
            move_by(&mut array, units.next().copied().unwrap_or(Unit::Exact), &mut rng);
            array
        };
        let mut moved = reading.inputs_only();
        moved.x = shake(&reading.x);
        for (layer, old) in moved.layers.iter_mut().zip(&reading.layers) {
            layer.weight = shake(&old.weight);
            layer.bias = old.bias.as_ref().map(&mut shake);
        }
        move_by(&mut moved.targets.right, answers, &mut rng);
        let mut rounded = |array: &mut Matrix| move_by(array, Unit::Relative(arithmetic), &mut rng);
        let forward = Forward::of(&moved, network);
        let gradients = right_gradients(&moved, network, &forward, &mut rounded);
        for ((noise, moved), still) in noise.iter_mut().zip(&gradients).zip(&still) {
            *noise = (noise.0.max(gap(&moved.0, &still.0)), noise.1.max(gap(&moved.1, &still.1)));
        }
    }
    noise
}

fn move_by(array: &mut Matrix, unit: Unit, rng: &mut ChaCha8Rng) {
    array.mapv_inplace(|v| match unit {
        Unit::Exact => v,
        Unit::Relative(unit) => v * (1.0 + unit * rng.random_range(-1.0..1.0)),
        Unit::Absolute(unit) => v + unit * rng.random_range(-1.0..1.0),
        Unit::Half => v + (v.abs() * HALF).max(LEAST_HALF) * rng.random_range(-1.0..1.0),
    });
}
