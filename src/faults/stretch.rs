//! A stretch of rows whose labels agree with nothing while those of all other rows do: from some row on, as after a row was
//! dropped in one of two arrays, up to some row, or between two rows, as where a block of labels was overwritten.
//!
//! Every row is paired with its nearest rows. If the labels of a stretch belong to no row, pairs agree by chance as soon as
//! one of the two stands in it, and only the pairs outside of it tell what labels are worth. The stretch is the one that
//! makes these two kinds of pairs most unlike all pairs together (the likelihood ratio of a change in a row of coins); that
//! every stretch was tried counts against it. A row counts once, however many nearest rows it is paired with.
//!
//! Where the rows of a sorted file end one class and begin another, the two sides have different labels by nature and are
//! not compared.

use super::chance::{RATE, at_least, at_most, divergence};
use super::fault::{Fault, FaultKind, percent};
use super::neighbours::{Agreement, VOTERS, Votes, shares};
use super::rows::Rows;
use crate::data::Part;

/// Rows that a stretch must have.
pub(super) const STRETCH: usize = 40;
/// The skill of neighbours that is worth trusting.
pub(super) const TRUSTED: f64 = 0.2;
/// How many times the skill of single near rows that of five of them together is, where classes overlap much: the majority of
/// five tips 15/8 times as fast as one does.
const MAJORITY: f64 = 1.875;
/// Places between which stretches are looked for.
const PLACES: usize = 250;

/// Pairs of near rows by the places of both, summed up: how many there are, and how many of them agree.
struct Pairs {
    /// Row-major `[places + 1, places + 1]`: the pairs below both places.
    below: Vec<[f64; 2]>,
    places: usize,
}

impl Pairs {
    /// The pairs of `labels` with those of the nearest rows, at this many places.
    fn of(near: &[[usize; VOTERS]], labels: &[u32], places: usize) -> Self {
        let side = places + 1;
        let mut below = vec![[0.0; 2]; side * side];
        for (row, near) in near.iter().enumerate() {
            for &other in near.iter().filter(|other| **other < labels.len()) {
                let place = |row: usize| row * places / labels.len() + 1;
                let cell = &mut below[place(row) * side + place(other)];
                cell[0] += 1.0 / VOTERS as f64;
                cell[1] += f64::from(u8::from(labels[row] == labels[other])) / VOTERS as f64;
            }
        }
        for (a, b) in (1..side).flat_map(|a| (1..side).map(move |b| (a, b))) {
            let sum = |at: usize| {
                below[a * side + b][at] + below[(a - 1) * side + b][at] + below[a * side + b - 1][at]
                    - below[(a - 1) * side + b - 1][at]
            };
            below[a * side + b] = [sum(0), sum(1)];
        }
        Pairs { below, places }
    }

    /// The pairs of which one stands in `a` and the other in `b`, two ranges of places.
    fn between(&self, a: (usize, usize), b: (usize, usize)) -> [f64; 2] {
        let at = |a: usize, b: usize| self.below[a * (self.places + 1) + b];
        [0, 1].map(|of| at(a.1, b.1)[of] - at(a.0, b.1)[of] - at(a.1, b.0)[of] + at(a.0, b.0)[of])
    }

    /// The pairs of which neither stands in `from..to`.
    fn outside(&self, from: usize, to: usize) -> [f64; 2] {
        let (first, last) = ((0, from), (to, self.places));
        let all = [(first, first), (first, last), (last, first), (last, last)].map(|(a, b)| self.between(a, b));
        [0, 1].map(|of| all.iter().map(|pairs| pairs[of]).sum())
    }
}

/// The stretch of `rows`, of which the nearest rows are those of `votes`, whose labels agree with nothing.
pub(super) fn stretch(rows: &Rows, votes: &Votes, classes: usize) -> Option<Fault> {
    let (all, places) = (rows.len(), rows.len().min(PLACES));
    let row = |place: usize| (place * all).div_ceil(places.max(1));
    let long = |from: usize, to: usize| row(to) - row(from) >= STRETCH && all - (row(to) - row(from)) >= STRETCH;
    let pairs = Pairs::of(&votes.near, &rows.y, places);
    let ends = (0..places).flat_map(|from| (from + 1..=places).map(move |to| (from, to)));
    let at_an_end = |(from, to): (usize, usize)| from == 0 || to == places;
    let surprise = |(from, to)| {
        let tries = if at_an_end((from, to)) { 2 * places } else { places * places / 2 };
        gain(pairs.outside(from, to), pairs.between((0, places), (0, places))) - (tries as f64).ln()
    };
    let told = ends.filter(|&(from, to)| long(from, to)).map(|ends| (surprise(ends), ends));
    let (surprise, (from, to)) = told.max_by(|a, b| a.0.total_cmp(&b.0))?;
    if -surprise > RATE.ln() {
        return None;
    }
    let (outside, whole) = (pairs.outside(from, to), pairs.between((0, places), (0, places)));
    let (first, end) = (row(from), row(to));
    let others = [&rows.y[..first], &rows.y[end..]].concat();
    let good = agreement(outside, &others, &others, classes);
    let bad = agreement([whole[0] - outside[0], whole[1] - outside[1]], &rows.y[first..end], &rows.y, classes);
    let nothing = at_least(bad.hits, bad.rows, bad.chance) > 1e-3 || bad.skill() < 0.15 * good.skill();
    let contrary = at_most(bad.hits, bad.rows, bad.chance) < 0.05; // labels that say less than nothing belong to their rows
    let told =
        MAJORITY * good.skill() > TRUSTED && nothing && !contrary && alike(&rows.y[first..end], &others, classes);
    told.then(|| fault(rows, (first, end), &good, &bad))
}

/// How unlikely it is that the pairs `outside` of a stretch and all others agree as often, as a logarithm; nothing where
/// those outside agree less often.
fn gain(outside: [f64; 2], all: [f64; 2]) -> f64 {
    let inside = [all[0] - outside[0], all[1] - outside[1]];
    let share = |[pairs, hits]: [f64; 2]| if pairs > 0.0 { (hits / pairs).clamp(0.0, 1.0) } else { 0.0 };
    let pull = |pairs: [f64; 2]| pairs[0] * divergence(share(pairs), share(all));
    if share(outside) > share(inside) { pull(outside) + pull(inside) } else { 0.0 }
}

/// The agreement of pairs, of which one row is one of those labelled `a`, and the other of those labelled `b`.
fn agreement([pairs, hits]: [f64; 2], a: &[u32], b: &[u32], classes: usize) -> Agreement {
    let (a, b) = (shares(a, classes), shares(b, classes));
    let chance = a.iter().zip(b).map(|(a, b)| a * b).sum();
    Agreement { hits: hits.round() as usize, rows: pairs.round() as usize, chance }
}

fn fault(rows: &Rows, (first, end): (usize, usize), good: &Agreement, bad: &Agreement) -> Fault {
    let number = |row: usize| rows.numbers[row];
    let (place, here, there) = match (first, end) {
        (0, _) => {
            (format!("rows up to {}", number(end)), format!("before row {} or a row near it", number(end)), "after it")
        }
        (_, end) if end == rows.len() => (
            format!("rows from {} on", number(first)),
            format!("after row {} or a row near it", number(first)),
            "before it",
        ),
        _ => {
            let (first, end) = (number(first), number(end));
            (
                format!("rows {first} to {end}"),
                format!("between rows {first} and {end}, or rows near them"),
                "elsewhere",
            )
        }
    };
    let say = format!(
        "{here}, {} of the labels agree with those of the nearest rows, where {} would by chance; {there} {} do: either \
         labels and rows stand in another order there, as where a row was dropped in one of the two arrays, or these rows \
         say nothing of their class; compare both arrays there",
        percent(bad.share()),
        percent(bad.chance),
        percent(good.share())
    );
    Fault::new(FaultKind::LabelsMisaligned, Part::Train, say).within(&place)
}

/// Whether two stretches have labels of the same kind, which those of a sorted file have not.
fn alike(a: &[u32], b: &[u32], classes: usize) -> bool {
    shares(a, classes).iter().zip(shares(b, classes)).map(|(a, b)| (a - b).abs()).sum::<f64>() < 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of 400 rows on a line, each near those beside it, of which those in `bad` have labels of no row.
    fn told(bad: std::ops::Range<usize>) -> Option<String> {
        let right = |i: usize| (i / 40 % 2) as u32;
        let order = |i: usize| i * 149 % 400; // the place on the line of a row
        let y = (0..400).map(|i| if bad.contains(&i) { (i * i / 7 % 2) as u32 } else { right(order(i)) }).collect();
        let rows = Rows { x: (0..400).map(|i| order(i) as f32).collect(), y, numbers: (0..400).collect(), width: 1 };
        let space = super::super::neighbours::Space::of(&rows, false);
        let points = space.place(&rows);
        stretch(&rows, &points.ask(&points, &rows.y, true), 2).map(|fault| fault.place)
    }

    #[test]
    fn a_stretch_is_told_at_either_end_and_in_the_middle_and_nowhere_else() {
        assert_eq!(told(0..0), None);
        assert!(told(0..150).unwrap().starts_with("training, rows up to 1"));
        assert!(told(220..400).unwrap().starts_with("training, rows from 2"));
        assert!(told(120..280).unwrap().starts_with("training, rows 1"));
        assert_eq!(told(0..400), None, "nothing says what labels are worth");
    }
}
