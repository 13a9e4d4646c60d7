//! Halves: whether a part of the data was prepared as the training rows were.
//!
//! First it is asked whether the part differs at all: column by column, class by class, in the ranks that its values have
//! among those of the training rows, where no outlier and no unit decides. If it does, the smallest change is looked for
//! that makes it equal: other numbers of the classes, another order of the columns, another scale of each column. What no
//! such change explains was drawn differently, or its labels do not belong to their rows.

use rayon::prelude::*;

use super::chance::{RATE, at_most, chi_square};
use super::fault::{Fault, Kind, columns, percent};
use super::neighbours::{Agreement, Space};
use super::order::is_worse;
use super::part::Part;
use super::recoded::recoded;
use super::rows::{Rows, rank};
use crate::error::Result;
use crate::sketch::{Comparison, Sketch, chosen};

/// Columns that are compared.
const COLUMNS: usize = 128;
/// Columns of the training rows among which another place is looked for.
const PLACES: usize = 1024;
/// Columns of a part whose place is looked for.
const ASKED: usize = 64;
/// Rows by which a place is looked for.
const MATCHED: usize = 250;
/// By how much of the whole range the mean rank, or the mean distance of ranks from the middle, must differ in a column.
const SHIFT: f64 = 0.08;
/// Rows of a class below which nothing is said of it.
const FEW: usize = 5;
/// The least variance of ranks that is believed: columns in which little happens vary less by chance.
const VARIANCE: f64 = 0.01;

/// A column of the training rows: its number, its values sorted, its profile.
type Place = (usize, Vec<f32>, Profile);

/// The mean rank and the mean distance from the middle in each class: what a column is like.
struct Profile(Vec<[Moment; 2]>);

/// Mean, variance and number of some numbers.
#[derive(Clone, Copy, Default)]
struct Moment {
    mean: f64,
    variance: f64,
    rows: usize,
}

impl Profile {
    /// The profile of `values`, of rows with these labels, by their ranks among `sorted`.
    fn of(sorted: &[f32], values: impl Iterator<Item = f32>, labels: &[u32], classes: usize) -> Self {
        let mut all = vec![Vec::new(); classes];
        for (v, &label) in values.zip(labels).filter(|(v, _)| !v.is_nan()) {
            all[label as usize].push(rank(sorted, v));
        }
        let moment = |ranks: &[f64], of: fn(f64) -> f64| {
            let rows = ranks.len();
            let mean = ranks.iter().map(|&u| of(u)).sum::<f64>() / rows.max(1) as f64;
            let variance = ranks.iter().map(|&u| (of(u) - mean).powi(2)).sum::<f64>() / rows.max(1) as f64;
            Moment { mean, variance, rows }
        };
        Profile(all.iter().map(|u| [moment(u, |u| u), moment(u, |u| 2.0 * (u - 0.5).abs())]).collect())
    }

    /// Whether two columns differ by more than chance, one pair in `tries`, and by more than matters.
    fn differs(&self, other: &Profile, tries: usize) -> bool {
        let (mut statistic, mut terms, mut shift, mut rows) = (0.0, 0, [0.0; 2], 0.0);
        for (a, b) in self.0.iter().zip(&other.0).filter(|(a, b)| a[0].rows.min(b[0].rows) >= FEW) {
            let weight = b[0].rows as f64;
            rows += weight;
            for (moment, (a, b)) in a.iter().zip(b).enumerate() {
                let variance = a.variance.max(b.variance).max(VARIANCE);
                statistic += (a.mean - b.mean).powi(2) / (variance * (1.0 / a.rows as f64 + 1.0 / b.rows as f64));
                shift[moment] += weight * (a.mean - b.mean).abs();
                terms += 1;
            }
        }
        terms > 0 && shift[0].max(shift[1]) > SHIFT * rows && statistic > chi_square(terms, RATE / tries.max(1) as f64)
    }
}

impl Part<'_> {
    /// What is wrong with the part beside the shares of its classes.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn faults(&self) -> Result<Vec<Fault>> {
        if let Some(fault) = recoded(self) {
            return Ok(vec![fault]);
        }
        let compared = chosen(self.train.width, COLUMNS);
        let apart: Vec<usize> =
            compared.par_iter().copied().filter(|&at| self.differs(at, at, compared.len())).collect();
        let cross = self.agreement(self.votes);
        let lost = is_worse(&cross, &self.own);
        if apart.len() > 1
            && lost
            && let Some(fault) = self.permuted(&apart, &cross, false)
        {
            return Ok(vec![fault]);
        }
        let seen = compare(self.train, self.rows, self.classes);
        if seen.is_apart() {
            return Ok(vec![self.elsewhere(&seen, &apart, &cross)]);
        }
        let mut scaled: Vec<usize> = apart.iter().copied().filter(|&at| self.is_scaled(at)).collect();
        if 2 * scaled.len() < compared.len() {
            // A few columns that have moved without another unit have drifted, in time say, and no scaler moves few.
            scaled.retain(|&at| self.unit(at).is_some_and(|factor| factor.ln().abs() > 0.3));
        }
        if !scaled.is_empty() {
            let say = format!(
                "{} of the {} differ in unit or zero from the training rows; prepare both alike, with one scaler \
                 that is fitted on the training rows",
                columns(&scaled, self.train.width),
                self.called()
            );
            return Ok(vec![Fault::new(Kind::HalvesScaledApart, self.at(&scaled), say)]);
        }
        Ok(lost.then(|| self.mislabelled(&cross)).into_iter().collect())
    }

    /// What people call the part.
    pub fn called(&self) -> String {
        match self.name {
            "test" => "test half".into(),
            name => format!("{name} part"),
        }
    }

    fn at(&self, of: &[usize]) -> String {
        format!("{}, {}", self.name, columns(of, self.train.width))
    }

    /// How votes agree with the labels of the part.
    pub fn agreement(&self, votes: &[u32]) -> Agreement {
        Agreement::of(votes, &self.rows.y, self.classes)
    }

    /// Whether column `there` of the part is other than column `here` of the training rows.
    fn differs(&self, here: usize, there: usize, tries: usize) -> bool {
        let sorted = self.train.sorted(here);
        let own = Profile::of(&sorted, self.train.column(here), &self.train.y, self.classes);
        own.differs(&Profile::of(&sorted, self.rows.column(there), &self.rows.y, self.classes), tries)
    }

    /// Whether the columns of the part are those of the training rows in another order: most of those that are `apart`
    /// are like some other column, and with the columns put back the nearest rows know the labels again: where the columns
    /// lie `elsewhere`, better than before, and otherwise where they knew nothing before.
    fn permuted(&self, apart: &[usize], cross: &Agreement, elsewhere: bool) -> Option<Fault> {
        let place = |at: usize| {
            let sorted = self.train.sorted(at);
            let own = Profile::of(&sorted, self.train.column(at), &self.train.y, self.classes);
            (at, sorted, own)
        };
        let places: Vec<Place> = chosen(self.train.width, PLACES).into_par_iter().map(place).collect();
        let asked = &apart[..apart.len().min(ASKED)];
        let found: Vec<(usize, usize)> =
            asked.par_iter().filter_map(|&there| Some((self.place_of(there, &places)?, there))).collect();
        if 2 * found.len() < asked.len() || found.len() < 2 {
            return None;
        }
        let here: Vec<usize> = found.iter().map(|pair| pair.0).collect();
        let there: Vec<usize> = found.iter().map(|pair| pair.1).collect();
        let train = self.train.picked(&here);
        let space = Space::of(&train, false);
        let points = space.place(&train);
        let own = Agreement::of(&points.ask(&points, &train.y, true).class, &train.y, self.classes);
        let asked = |columns: &[usize]| {
            self.agreement(&space.place(&self.rows.picked(columns)).ask(&points, &train.y, false).class)
        };
        let (back, as_is) = (asked(&there), asked(&here));
        let better = elsewhere && at_most(as_is.hits, as_is.rows, back.share()) < RATE;
        let regained = (better || is_worse(&as_is, &back)) && back.skill() > 0.7 * own.skill();
        regained.then(|| {
            let order = match self.train.width == found.len() && self.one_to_one(&here) {
                true => format!(", in the order {here:?}"),
                false => format!(", as column {} is like column {}", there[0], here[0]),
            };
            let say = format!(
                "each column resembles another column of the training rows{order}: with columns put back, {} of the labels \
                 agree with those of the nearest training rows instead of {}; select columns by name in both",
                percent(back.share()),
                percent(as_is.share().min(cross.share()))
            );
            Fault::new(Kind::ColumnsInAnotherOrder, self.name, say)
        })
    }

    fn one_to_one(&self, here: &[usize]) -> bool {
        let mut sorted = here.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.len() == self.train.width
    }

    /// The column of the training rows that column `there` of the part is most like, unless it is unlike all.
    fn place_of(&self, there: usize, places: &[Place]) -> Option<usize> {
        let step = (self.rows.len() / MATCHED).max(1);
        let values: Vec<f32> = self.rows.column(there).step_by(step).collect();
        let labels: Vec<u32> = self.rows.y.iter().step_by(step).copied().collect();
        let unlike = |(here, sorted, own): &Place| {
            let other = Profile::of(sorted, values.iter().copied(), &labels, self.classes);
            (own.distance(&other), own.differs(&other, places.len()), *here)
        };
        let best = places.iter().map(unlike).min_by(|a, b| a.0.total_cmp(&b.0))?;
        (!best.1 && best.2 != there).then_some(best.2)
    }

    /// A part whose columns lie elsewhere: scaled apart where an affine map of each explains it, in another order where
    /// that does, else drawn apart.
    fn elsewhere(&self, seen: &Comparison, apart: &[usize], cross: &Agreement) -> Fault {
        let scaled = apart.iter().filter(|&&at| self.is_scaled(at)).count();
        let share = percent(seen.apart as f64 / seen.told.max(1) as f64);
        if 2 * scaled >= apart.len() {
            let say = format!(
                "{share} of the columns of the {} lie elsewhere than those of the training rows, and are typically spread \
                 {:.3} times as widely; prepare both alike, with one scaler that is fitted on the training rows",
                self.called(),
                seen.ratio
            );
            return Fault::new(Kind::HalvesScaledApart, self.name, say);
        }
        if let Some(fault) = self.permuted(apart, cross, true) {
            return fault;
        }
        let say = format!(
            "{share} of the columns of the {} lie elsewhere than those of the training rows, and no scale of each column \
             explains it: the part was drawn or made differently; compare how both were made",
            self.called()
        );
        Fault::new(Kind::HalvesDrawnApart, self.name, say)
    }

    /// Whether an affine map takes column `at` of the training rows to that of the part: with the quartiles brought
    /// together, nothing is left that differs, and the map is far from the identity.
    fn is_scaled(&self, at: usize) -> bool {
        self.unit(at).is_some()
    }

    /// The factor of that map.
    fn unit(&self, at: usize) -> Option<f64> {
        let (here, there) = (self.train.sorted(at), self.rows.sorted(at));
        let quantile = |sorted: &[f32], share: f64| f64::from(sorted[((sorted.len() - 1) as f64 * share) as usize]);
        if here.len() < FEW || there.len() < FEW {
            return None;
        }
        let ends = |sorted: &[f32], low, high| (quantile(sorted, low), quantile(sorted, high));
        let reach = [(0.25, 0.75), (0.1, 0.9), (0.02, 0.98)];
        let (a, b) = reach
            .into_iter()
            .map(|(low, high)| (ends(&here, low, high), ends(&there, low, high)))
            .find(|(a, b)| a.1 > a.0 && b.1 > b.0)?;
        let factor = (a.1 - a.0) / (b.1 - b.0);
        let shift = (a.0 - b.0 * factor) / (a.1 - a.0);
        let back = self.rows.column(at).map(|v| ((f64::from(v) - b.0) * factor + a.0) as f32);
        let own = Profile::of(&here, self.train.column(at), &self.train.y, self.classes);
        let explained = !own.differs(&Profile::of(&here, back, &self.rows.y, self.classes), 1);
        let far = factor.ln().abs() > 0.3 || (shift + (factor - 1.0) * a.0 / (a.1 - a.0)).abs() > 0.7;
        (explained && far).then_some(factor)
    }

    /// A part whose labels agree with the nearest training rows no better than chance, though nothing else differs.
    fn mislabelled(&self, cross: &Agreement) -> Fault {
        let say = format!(
            "labels of the {} do not belong to their rows: {} agree with those of the nearest training rows, where {} of the \
             training labels do; read features and labels in one order",
            self.called(),
            percent(cross.share()),
            percent(self.own.share())
        );
        Fault::new(Kind::LabelsMisaligned, self.name, say)
    }
}

impl Profile {
    /// How unlike two columns are, in ranks.
    fn distance(&self, other: &Profile) -> f64 {
        let both = self.0.iter().zip(&other.0).filter(|(a, b)| a[0].rows.min(b[0].rows) >= FEW);
        both.map(|(a, b)| b[0].rows as f64 * ((a[0].mean - b[0].mean).powi(2) + (a[1].mean - b[1].mean).powi(2))).sum()
    }
}

/// How the columns of `there` compare with those of `here`, with the classes weighted as they are here.
pub(super) fn compare(here: &Rows, there: &Rows, classes: usize) -> Comparison {
    let (ours, theirs) = (here.counts(classes), there.counts(classes));
    let kept: Vec<f32> =
        (0..here.len()).filter(|&i| theirs[here.y[i] as usize] > 0).flat_map(|i| here.row(i).iter().copied()).collect();
    if kept.is_empty() {
        return Comparison::default();
    }
    let weight = |&label: &u32| ours[label as usize] as f64 / theirs[label as usize] as f64;
    let weights: Vec<f64> = there.y.iter().map(weight).collect();
    Sketch::of(&kept, here.width, 2 * COLUMNS).compare(&there.x, there.width, Some(&weights))
}
