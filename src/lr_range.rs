//! The learning-rate range test (Smith 2017): the rate is raised step by step until the loss breaks, and where the loss
//! fell says which rate a network can take.
//!
//! A single sweep is noisy, its minimum is already too high, and a slope against the rate instead of its logarithm
//! points too low. So three seeds are swept and the slope is taken against the logarithm of the rate. The largest rate
//! that is still inside the falling stretch is divided by three, and the median of the seeds has to prove itself: fifty
//! steps at that rate must bring the loss of rows that were not learned below that of guessing. Where nothing falls, or
//! where the proof fails, all of it is done again four times as slowly, because some problems are learned in hundreds of
//! steps and not in dozens. Where that shows nothing either, the test gives no rate.

use burn::module::Module;
use burn::tensor::Device;
use serde::Serialize;

use crate::data::Data;
use crate::error::Result;
use crate::evaluate;
use crate::learner::Learner;
use crate::setup::{self, Auto, Config, Rate, Steps};

/// The rates swept, as powers of ten.
pub const POWERS: (f64, f64) = (-6.0, 1.0);
/// Steps of a sweep.
const STEPS: usize = 140;
/// How many times as long as usual sweep and proof are, at the first try and at the second.
const PACES: [usize; 2] = [1, 4];
/// Sweeps, each with a seed of its own.
const SEEDS: u64 = 3;
/// What a smoothed loss keeps of its past over a step of the usual length.
const KEPT: f64 = 0.9;
/// A sweep ends where the loss is this many times the least loss before.
const BROKEN: f64 = 4.0;
/// The loss must fall by this share of the loss of guessing, and by four deviations of its noise.
const FALL: f64 = 0.05;
/// The loss is still falling where its slope is above this share of the steepest slope.
const FALLING: f64 = 0.25;
/// Points to each side over which a slope is taken, in a sweep of the usual length.
const REACH: usize = 6;
/// Steps of the proof, at the usual pace.
const PROOF: usize = 50;
/// What the rate at the end of the fall is divided by, and again where the proof fails.
const CAUTION: f64 = 3.0;

/// What the test found.
#[derive(Clone, Debug, Serialize)]
pub struct RangeTest {
    /// For every seed (rate, smoothed loss), as far as the sweep got.
    pub curves: Vec<Vec<(f64, f64)>>,
    /// The loss of guessing.
    pub prior: f64,
    /// The rate, where one is justified.
    pub rate: Option<f64>,
    /// Why, as half a sentence.
    pub reason: String,
}

/// Sweeps the rate of `config` on `data`, slowly where a quick sweep shows nothing.
///
/// # Errors
/// The weights of `--from` do not fit.
pub fn find(config: &Config, data: &Data, device: &Device) -> Result<RangeTest> {
    let data = &data.thinned()?;
    let mut range = find_at(PACES[0], config, data, device)?;
    for pace in &PACES[1..] {
        if range.rate.is_none() {
            range = find_at(*pace, config, data, device)?;
        }
    }
    Ok(range)
}

/// The whole test, with sweeps and a proof that are `pace` times as long as usual.
fn find_at(pace: usize, config: &Config, data: &Data, device: &Device) -> Result<RangeTest> {
    let prior = setup::baseline(config, data).prior;
    let seeded = |seed: u64| Config { seed: config.seed.wrapping_add(seed), ..config.clone() };
    let sweeps: Result<Vec<_>> = (0..SEEDS).map(|seed| sweep(pace, &seeded(seed), data, device)).collect();
    let curves: Vec<Vec<(f64, f64)>> = sweeps?.iter().map(|losses| smoothed(losses, pace)).collect();
    let mut ends: Vec<f64> = curves.iter().filter_map(|curve| end_of_fall(curve, prior, pace)).collect();
    let none = |reason: String, curves| Ok(RangeTest { curves, prior, rate: None, reason });
    if 2 * ends.len() <= SEEDS as usize {
        let steps = pace * STEPS;
        return none(
            format!("in {steps} steps through all rates the loss does not fall; ask `backburn diagnose` why"),
            curves,
        );
    }
    ends.sort_by(f64::total_cmp);
    let (end, steps) = (ends[ends.len() / 2], pace * PROOF);
    let mut rate = end / CAUTION;
    for _ in 0..3 {
        if proves_itself(&Config { rate: Some(Rate::At(rate)), ..config.clone() }, data, device, (prior, steps))? {
            let reason = format!("the loss falls up to {end:.1e}; {rate:.1e} held for {steps} steps");
            return Ok(RangeTest { curves, prior, rate: Some(two_digits(rate)), reason });
        }
        rate /= CAUTION;
    }
    none(format!("the loss falls in the sweep, but {steps} steps bring rows that were not learned nowhere"), curves)
}

/// The rate of step `i` of a sweep of `steps`.
fn rate(i: usize, steps: usize) -> f64 {
    10f64.powf(POWERS.0 + (POWERS.1 - POWERS.0) * i as f64 / (steps - 1) as f64)
}

/// (rate, loss) of every step until the loss is not finite or broken.
fn sweep(pace: usize, config: &Config, data: &Data, device: &Device) -> Result<Vec<(f64, f64)>> {
    let mut losses: Vec<(f64, f64)> = Vec::new();
    let steps = pace * STEPS;
    learn(
        config,
        data,
        device,
        steps,
        |i| rate(i, steps),
        |rate, loss| {
            losses.push((rate, loss));
            let curve = smoothed(&losses, pace);
            let least = curve.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
            loss.is_finite() && curve.last().is_none_or(|last| last.1 < BROKEN * least)
        },
    )?;
    losses.retain(|(_, loss)| loss.is_finite());
    Ok(losses)
}

/// Learns `steps` batches at the rates that `rate` gives for the number of a step, as long as `go_on` of (rate, loss)
/// says so. The learner as it is then.
fn learn(
    config: &Config,
    data: &Data,
    device: &Device,
    steps: usize,
    rate: impl Fn(usize) -> f64,
    mut go_on: impl FnMut(f64, f64) -> bool,
) -> Result<Learner> {
    let mut learner = setup::learner(config, data, device)?;
    for step in Steps::new(config, data, device).within(steps).at_rates(rate) {
        let step = step?;
        let pass = step.pass(&learner);
        if !go_on(step.rate, pass.loss) || !pass.is_finite() {
            break;
        }
        step.update(&mut learner, pass);
    }
    Ok(learner)
}

/// The exponential moving average of the losses, corrected for its start at zero (Kingma and Ba 2015, section 3).
fn smoothed(losses: &[(f64, f64)], pace: usize) -> Vec<(f64, f64)> {
    let (mut mean, kept) = (0.0, KEPT.powf(1.0 / pace as f64));
    let smooth = |(i, &(rate, loss)): (usize, &(f64, f64))| {
        mean = kept * mean + (1.0 - kept) * loss;
        (rate, mean / (1.0 - kept.powi(i as i32 + 1)))
    };
    losses.iter().enumerate().map(smooth).collect()
}

/// The largest rate inside the stretch where a curve falls, if it falls by more than noise and below guessing.
fn end_of_fall(curve: &[(f64, f64)], prior: f64, pace: usize) -> Option<f64> {
    let quiet = &curve[..(curve.len() / 3).max(1).min(curve.len())];
    let start = quiet.iter().map(|p| p.1).sum::<f64>() / quiet.len().max(1) as f64;
    let noise = (quiet.iter().map(|p| (p.1 - start).powi(2)).sum::<f64>() / quiet.len().max(1) as f64).sqrt();
    let least = (0..curve.len()).min_by(|&a, &b| curve[a].1.total_cmp(&curve[b].1))?;
    let fall = start - curve[least].1;
    if fall < (FALL * prior).max(4.0 * noise) || curve[least].1 > (1.0 - FALL) * prior {
        return None;
    }
    let slopes: Vec<f64> = (0..=least).map(|i| slope(curve, i, pace * REACH)).collect();
    let steepest = slopes.iter().copied().fold(0.0, f64::min);
    (0..=least).rev().find(|&i| slopes[i] <= FALLING * steepest).map(|i| curve[i].0)
}

/// The slope of the loss against log rate over `reach` points to each side of point `i`, by least squares.
fn slope(curve: &[(f64, f64)], i: usize, reach: usize) -> f64 {
    let near = &curve[i.saturating_sub(reach)..(i + reach + 1).min(curve.len())];
    let count = near.len() as f64;
    let (x, y) = near.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0.ln() / count, y + p.1 / count));
    let across: f64 = near.iter().map(|p| (p.0.ln() - x) * (p.1 - y)).sum();
    across / near.iter().map(|p| (p.0.ln() - x).powi(2)).sum::<f64>().max(f64::MIN_POSITIVE)
}

/// Whether `steps` steps at the rate of `config` bring the loss of held-out rows below that of guessing.
fn proves_itself(config: &Config, data: &Data, device: &Device, (prior, steps): (f64, usize)) -> Result<bool> {
    let learner = learn(config, data, device, steps, |_| config.rate(), |_, loss| loss.is_finite())?;
    let rows = data.judging().spread(1000);
    let score = evaluate::score(&learner.model.valid(), &rows, device)?;
    let luck = 1.0 / (rows.len().max(1) as f64).sqrt();
    Ok(score.loss < (1.0 - FALL.max(luck.min(0.2)) / 2.0) * prior)
}

/// The number to two digits, since the test knows no more of it.
fn two_digits(x: f64) -> f64 {
    format!("{x:.1e}").parse().unwrap_or(x)
}

/// Puts the suggested rate in the place of `auto`.
///
/// # Errors
/// As [`find`], and where no rate is justified.
pub fn resolve(config: &mut Config, data: &Data, device: &Device) -> Result<Option<f64>> {
    if config.rate != Some(Rate::Wanted(Auto::Auto)) {
        return Ok(None);
    }
    let range = find(config, data, device)?;
    let none = || crate::error::Error::other(format!("--rate auto finds none: {}; or give a --rate", range.reason));
    config.rate = Some(Rate::At(range.rate.ok_or_else(none)?));
    Ok(range.rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(loss: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        (0..STEPS).map(|i| (rate(i, STEPS), loss(rate(i, STEPS).log10()))).collect()
    }

    #[test]
    fn the_end_of_a_fall_is_found_against_log_rate() {
        let valley = curve(|power| {
            if power < -2.0 {
                2.3
            } else if power < -1.0 {
                2.3 - (power + 2.0)
            } else {
                1.3 + 9.0 * (power + 1.0)
            }
        });
        let end = end_of_fall(&valley, 2.3, 1).unwrap().log10();
        assert!((-1.3..=-0.9).contains(&end), "{end}");
    }

    #[test]
    fn where_nothing_falls_there_is_no_rate() {
        assert_eq!(end_of_fall(&curve(|power| if power < 0.0 { 2.3 } else { 9.0 }), 2.3, 1), None);
        assert_eq!(end_of_fall(&curve(|power| 100.0 - 5.0 * (power + 6.0)), 2.3, 1), None, "still worse than guessing");
        assert_eq!(end_of_fall(&[], 2.3, 1), None);
    }
}
