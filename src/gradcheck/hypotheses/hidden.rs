//! The hidden error: what a layer's derivative, and its dropout, make of the error that arrives at its output.
//!
//! The right factor is f'(z); the table of mistakes knows a dozen others ([`super::site`]), and some that are no factor
//! at all. Joined with every way in which the error can arrive ([`super::propagation`]), they are what a hidden dW is
//! tried against.

use ndarray::{Axis, s};

use super::error::{Delta, one_direction};
use super::layer::Site;
use super::propagation::{Arrival, Join, Place, bias_cut};
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::{Function, Matrix};

/// Every error at this layer that the table of mistakes can make of what arrived; the right one first.
pub fn deltas(place: &Place, arrival: &Arrival) -> Vec<Delta> {
    let mut all = Vec::new();
    for (charges, mask) in &place.site.masks {
        let masked = |signal: &Matrix| mask.as_ref().map_or_else(|| signal.clone(), |mask| signal * mask);
        let signal = masked(&arrival.signal);
        let made = match (&arrival.second, mask) {
            (Some((second, join)), _) => joined(place, &signal, &masked(second), *join),
            (None, Some(mask)) => {
                let last = bent(place, &arrival.signal).into_iter();
                made(place, &signal).into_iter().chain(last.map(|d| Delta { delta: d.delta * mask, ..d })).collect()
            }
            (None, None) => made(place, &signal),
        };
        let charges = arrival.charges.and(charges);
        let before = mask.as_ref().filter(|_| arrival.second.is_none()).map(|_| arrival.signal.clone());
        all.extend(made.into_iter().map(|delta| Delta {
            charges: charges.and(&delta.charges),
            upstream: delta.upstream.into_iter().chain(before.clone()).collect(),
            fresh: delta.fresh || arrival.fresh,
            ..delta
        }));
    }
    all
}

/// What the layer's derivative may have made of a signal.
fn made(place: &Place, signal: &Matrix) -> Vec<Delta> {
    let site = place.site;
    let with = site.factors.iter().map(|(charges, factor)| Delta::new(charges.clone(), signal, signal * factor));
    let cut = |cut: fn(f64, f64) -> f64| signal.mapv(|g| cut(g, 0.0));
    let cuts = [f64::max, f64::min].map(cut).map(|delta| Delta::new(site.charge(Mistake::ReluOnDelta), signal, delta));
    with.chain(cuts).chain(bent(place, signal)).collect()
}

/// What is no product of the signal and a factor, so that dropout before it and after it are two things.
fn bent(place: &Place, signal: &Matrix) -> Vec<Delta> {
    let site = place.site;
    let plain = |mistake: Mistake, delta: Matrix| Delta::new(site.charge(mistake), signal, delta);
    let fresh = |mistake: Mistake, delta: Matrix| Delta { fresh: true, ..plain(mistake, delta) };
    let mut all = Vec::new();
    for &scale in place.scales {
        let scaled = signal * scale;
        let slope = site.function.slope(&scaled);
        if matches!(site.function, Function::Relu | Function::LeakyRelu(_)) {
            all.push(plain(Mistake::ReluOnDelta, signal * &slope));
        }
        for slope in [Some(slope), site.function.formula(&scaled)].into_iter().flatten() {
            all.push(plain(Mistake::DerivativeOfUpstreamGradient, signal * &slope));
            all.push(fresh(Mistake::DerivativeOfUpstreamGradient, slope));
        }
    }
    all.extend(products(site, signal).into_iter().map(|delta| plain(Mistake::MatmulInsteadOfElementwise, delta)));
    all.push(fresh(Mistake::UpstreamGradientDropped, site.slope.clone()));
    all
}

/// Two signals joined so that they fit the dump, under every factor.
fn joined(place: &Place, first: &Matrix, second: &Matrix, join: Join) -> Vec<Delta> {
    let target = &place.site.target;
    let one = |(charges, factor): &(Charges, Matrix)| {
        let (one, two) = (first * factor, second * factor);
        match join {
            Join::Sum => {
                let right = |step: &f64| place.direction.is_none_or(|direction| direction * step > 0.0);
                let step = target.mixture(&one, &two).filter(right)?;
                Some(Delta::new(charges.clone(), &(first + &(second * step)), one + two * step))
            }
            // Behind an error of one direction every column fits every other: only trying each cut in turn can tell.
            Join::Columns(_) if one_direction(place.delta) => None,
            Join::Columns(text) => {
                let cut = cut(&target.misfit(&one), &target.misfit(&two));
                if cut == bias_cut(text, second.ncols()) {
                    return None;
                }
                let pick = |one: &Matrix, two: &Matrix| {
                    ndarray::concatenate![Axis(1), one.slice(s![.., ..cut]), two.slice(s![.., cut..])]
                };
                let detail = place.site.detail(Mistake::WeightsMisaligned, &format!("{text}, row {cut} cut"));
                Some(Delta::new(charges.and(&detail), &pick(first, second), pick(&one, &two)))
            }
        }
    };
    place.site.factors.iter().filter_map(one).collect()
}

/// From which column on the second fits better than the first, by what each leaves over.
fn cut(first: &[f64], second: &[f64]) -> usize {
    let left = |cut: usize| first[..cut].iter().chain(&second[cut..]).sum::<f64>();
    (0..=first.len()).min_by(|&a, &b| left(a).total_cmp(&left(b))).unwrap_or(0)
}

/// Matrix products in places where entries should be multiplied, as far as shapes allow.
fn products(site: &Site, signal: &Matrix) -> Vec<Matrix> {
    let mut all: Vec<Matrix> = site.before.iter().map(|left| left.dot(signal)).collect();
    all.extend(site.after.iter().map(|right| signal.dot(right)));
    all.extend(site.rows.iter().map(|numbers| signal * numbers));
    let row = (signal * &site.slope).sum_axis(Axis(1)).insert_axis(Axis(1)); // [m, 1]
    all.extend(row.broadcast(signal.dim()).map(|same| same.to_owned()));
    if signal.nrows() == signal.ncols() {
        all.extend([signal.dot(&site.slope), site.slope.dot(signal), signal.dot(&site.slope.t())]);
    }
    all
}
