//! Halves: whether a part of the data was prepared as the training rows were.
//!
//! First it is asked whether the part differs at all: column by column, class by class, in the ranks that its values have
//! among those of the training rows, where no outlier and no unit decides. If it does, the smallest change is looked for
//! that makes it equal: other numbers of the classes, another order of the columns, other numbers of categories, another
//! scale of each column (`recoded`, this file, `encoded`, `scaled`, `fitted`). What no such change explains was cut off
//! after the file was sorted (`cut`) or drawn differently, where most columns lie elsewhere; otherwise it is the drift of
//! another day or person, and sound. A part may also have labels that are not those of its rows.

use std::collections::HashSet;

use rayon::prelude::*;

use super::chance::{RATE, at_most};
use super::compared::Compared;
use super::cut::cut;
use super::encoded::encoded;
use super::fault::{Fault, FaultKind, columns, percent};
use super::fitted::fitted;
use super::neighbours::{Agreement, Space};
use super::order::is_worse;
use super::places::{Order, TOGETHER, order};
use super::rank_moments::RankMoments;
use super::recoded::recoded;
use super::rows::Rows;
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
/// How many times as like another column as the one in its place a column must be, where it is quite like neither …
const NEARER: f64 = 4.0;
/// … and how far its ranks may then be from those of the other one, squared and in the mean.
const LIKE: f64 = 0.02;

/// Columns whose places are all told.
const TOLD: usize = 12;
/// How rarely labels would agree better by chance, in a stretch of training rows whose columns seem to be permuted.
const ALIKE: f64 = 0.05;

/// A column of the training rows: its number, its values sorted, its rank moments.
type Place = (usize, Vec<f32>, RankMoments);

/// The column of the training rows that a column of a part is most like.
struct Counterpart {
    here: usize,
    /// Whether nothing tells the two apart.
    equal: bool,
}

impl Compared<'_> {
    /// What is wrong with the part beside the shares of its classes.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn faults(&self) -> Result<Vec<Fault>> {
        if let Some(fault) = recoded(self) {
            return Ok(vec![fault]);
        }
        let compared = chosen(self.train.width, COLUMNS);
        let apart: Vec<usize> = compared.par_iter().copied().filter(|&at| self.differs(at, compared.len())).collect();
        // That columns have changed places among themselves is a simpler mistake than another order of the codes in each.
        let permuted = self.permuted(&apart, RATE).filter(|_| !self.are_alike(compared.len()));
        let among_themselves = permuted.as_ref().is_some_and(|(_, among_themselves)| *among_themselves);
        let encoded = if among_themselves { None } else { encoded(self, &apart) };
        if let Some(fault) = encoded.or(permuted.map(|(fault, _)| fault)) {
            return Ok(vec![fault]);
        }
        if let Some(fault) = fitted(self) {
            return Ok(vec![fault]);
        }
        let seen = compare(self.train, self.rows, self.classes);
        // Where no class has rows enough to tell columns apart class by class, all of them are asked.
        let asked = if apart.is_empty() && seen.is_apart() { &compared } else { &apart };
        let scaled: Vec<usize> = asked.par_iter().copied().filter(|&at| self.is_scaled(at)).collect();
        if seen.is_apart() {
            return Ok(vec![self.elsewhere(&seen, 2 * scaled.len() >= asked.len())]);
        }
        if let Some(fault) = cut(self) {
            return Ok(vec![fault]);
        }
        if !scaled.is_empty() {
            return Ok(vec![self.rescaled(&scaled)]);
        }
        let cross = self.agreement(self.votes);
        Ok(self.is_lost(&cross).then(|| self.mislabelled(&cross)).into_iter().collect())
    }

    /// How votes agree with the labels of the part.
    fn agreement(&self, votes: &[u32]) -> Agreement {
        Agreement::of(votes, &self.rows.y, self.classes)
    }

    /// Whether the labels of the part agree neither with those of the nearest training rows nor with one another, where
    /// the training labels do. Rows of another kind that the training rows know nothing of agree with one another.
    fn is_lost(&self, cross: &Agreement) -> bool {
        is_worse(cross, &self.own) && is_worse(&self.among, &self.own)
    }

    /// Whether column `at` of the part is other than that of the training rows.
    fn differs(&self, at: usize, tries: usize) -> bool {
        let sorted = self.train.sorted(at);
        let own = RankMoments::of_column(&sorted, self.train, at, self.classes);
        own.differs(&RankMoments::of_column(&sorted, self.rows, at, self.classes), tries)
    }

    /// Whether the columns of the part are those of the training rows in another order, and whether they have changed places
    /// among themselves. Where no order of all columns together explains the part, those that are `apart` are asked alone,
    /// which labels would answer so well by chance with a probability of `rate`.
    fn permuted(&self, apart: &[usize], rate: f64) -> Option<(Fault, bool)> {
        let together = if self.train.width <= TOGETHER { order(self) } else { None };
        let Some(Order { places, agreement, as_is }) = together else {
            return if apart.len() > 1 { self.permuted_apart(apart, rate) } else { None };
        };
        let moved = places.iter().copied().enumerate().filter(|(there, here)| there != here);
        let (there, here): (Vec<usize>, Vec<usize>) = moved.unzip();
        Some((self.reordered((&here, &there), (&agreement, &as_is)), true))
    }

    /// The same, one column at a time: most of those that are `apart` are like some other column, and with the columns put
    /// back the nearest rows know the labels better, and nearly as well as among the training rows. Columns that have merely
    /// drifted are more like others by chance, equal to none, and several of them like the same one. So nearly each must be
    /// like one of its own, or, of wide rows, in which many columns are equal to one another, nearly all equal to another.
    fn permuted_apart(&self, apart: &[usize], rate: f64) -> Option<(Fault, bool)> {
        let place = |at: usize| {
            let sorted = self.train.sorted(at);
            let own = RankMoments::of_column(&sorted, self.train, at, self.classes);
            (at, sorted, own)
        };
        let places: Vec<Place> = chosen(self.train.width, PLACES).into_par_iter().map(place).collect();
        let asked = &apart[..apart.len().min(ASKED)];
        let found: Vec<(Counterpart, usize)> =
            asked.par_iter().filter_map(|&there| Some((self.place_of(there, &places)?, there))).collect();
        if 2 * found.len() < asked.len() || found.len() < 2 {
            return None;
        }
        let here: Vec<usize> = found.iter().map(|pair| pair.0.here).collect();
        let there: Vec<usize> = found.iter().map(|pair| pair.1).collect();
        let (distinct, equal) =
            (here.iter().collect::<HashSet<_>>().len(), found.iter().filter(|pair| pair.0.equal).count());
        let enough = if self.train.width <= TOGETHER { distinct } else { distinct.max(equal) };
        if 10 * enough < 9 * found.len() {
            return None;
        }
        let train = self.train.picked(&here);
        let space = Space::of(&train, false);
        let points = space.place(&train);
        let own = Agreement::of(&points.ask(&points, &train.y, true).class, &train.y, self.classes);
        let asked = |columns: &[usize]| {
            self.agreement(&space.place(&self.rows.picked(columns)).ask(&points, &train.y, false).class)
        };
        let (back, as_is) = (asked(&there), asked(&here));
        let better = at_most(as_is.hits, as_is.rows, back.share()) < rate;
        let among_themselves = distinct == here.len() && here.iter().all(|at| there.contains(at));
        (better && back.skill() > 0.7 * own.skill())
            .then(|| (self.reordered((&here, &there), (&back, &as_is)), among_themselves))
    }

    /// Whether columns that are alike come to resemble one another by their drift alone: then the rows of the first or the last
    /// quarter of the training rows seem to be in another order too, as seen from all other training rows. Of `tries` columns
    /// those are asked that differ there.
    fn are_alike(&self, tries: usize) -> bool {
        let all = self.train.len();
        [0..all / 4, all - all / 4..all].into_iter().any(|stretch| {
            let (inside, outside): (Vec<usize>, Vec<usize>) = (0..all).partition(|row| stretch.contains(row));
            let (rows, train) = (self.train.chosen(&inside), self.train.chosen(&outside));
            let stretch = Compared { rows: &rows, train: &train, votes: &[], ..*self };
            let columns = chosen(train.width, COLUMNS).into_iter();
            let apart: Vec<usize> = columns.filter(|&at| stretch.differs(at, tries)).collect();
            stretch.permuted(&apart, ALIKE).is_some()
        })
    }

    /// The fault of a part of which the columns `there` are the columns `here` of the training rows, with the agreement of
    /// labels `back` in this order and `as_is` before.
    fn reordered(&self, (here, there): (&[usize], &[usize]), (back, as_is): (&Agreement, &Agreement)) -> Fault {
        let which = match here.len() {
            moved if moved == self.train.width => "each column resembles another column".into(),
            moved => format!("{moved} columns resemble other columns"),
        };
        let like: Vec<String> =
            there.iter().zip(here).map(|(there, here)| format!("column {there} is like column {here}")).collect();
        let order = if like.len() > TOLD { format!("as {}", like[0]) } else { like.join(", ") };
        let say = format!(
            "{which} of the training rows, {order}: with columns put back, {} of the labels agree \
             with those of the nearest training rows instead of {}; select columns by name in both",
            percent(back.share()),
            percent(as_is.share().min(self.agreement(self.votes).share()))
        );
        Fault::new(FaultKind::ColumnsInAnotherOrder, self.part, say)
    }

    /// The column of the training rows that column `there` of the part is most like, unless it is unlike all, or hardly
    /// less like the one in its own place.
    fn place_of(&self, there: usize, places: &[Place]) -> Option<Counterpart> {
        let step = (self.rows.len() / MATCHED).max(1);
        let values: Vec<f32> = self.rows.column(there).step_by(step).collect();
        let labels: Vec<u32> = self.rows.y.iter().step_by(step).copied().collect();
        let unlike = |(here, sorted, own): &Place| {
            let other = RankMoments::of(sorted, values.iter().copied(), &labels, self.classes);
            (own.distance(&other), own.differs(&other, places.len()), *here)
        };
        let all: Vec<(f64, bool, usize)> = places.iter().map(unlike).collect();
        let own = all.iter().find(|(.., here)| *here == there).map_or(f64::INFINITY, |own| own.0);
        let (far, differs, here) = all.into_iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let like = far < LIKE * labels.len() as f64 && NEARER * far < own;
        ((!differs || like) && here != there).then_some(Counterpart { here, equal: !differs })
    }

    /// A part of which some columns went through another scaler.
    fn rescaled(&self, scaled: &[usize]) -> Fault {
        let verb = if scaled.len() == 1 { "differs" } else { "differ" };
        let say = format!(
            "{} of the {} {verb} in unit or zero from the training rows; prepare both alike, with one scaler that is fitted \
             on the training rows",
            columns(scaled, self.train.width),
            self.part.name()
        );
        Fault::new(FaultKind::HalvesScaledApart, self.part, say).within(&columns(scaled, self.train.width))
    }

    /// A part whose columns mostly lie elsewhere: scaled apart where a scaler explains it, else drawn apart.
    fn elsewhere(&self, seen: &Comparison, scaled: bool) -> Fault {
        let share = percent(seen.apart as f64 / seen.told.max(1) as f64);
        let (kind, say) = match scaled {
            true => (
                FaultKind::HalvesScaledApart,
                format!(
                    "and are typically spread {:.3} times as widely; prepare both alike, with one scaler that is fitted on \
                     the training rows",
                    seen.ratio
                ),
            ),
            false => (
                FaultKind::HalvesDrawnApart,
                "and no scale of each column explains it: the part was drawn or made differently; compare how both were made"
                    .into(),
            ),
        };
        let where_from =
            format!("{share} of the columns of the {} lie elsewhere than those of the training rows", self.part.name());
        Fault::new(kind, self.part, format!("{where_from}, {say}"))
    }

    /// A part whose labels agree with nothing.
    fn mislabelled(&self, cross: &Agreement) -> Fault {
        let say = format!(
            "labels of the {} do not belong to their rows: {} agree with those of the nearest training rows, where {} of the \
             training labels do; read features and labels in one order",
            self.part.name(),
            percent(cross.share()),
            percent(self.own.share())
        );
        Fault::new(FaultKind::LabelsMisaligned, self.part, say)
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
