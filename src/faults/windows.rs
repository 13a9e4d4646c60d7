//! Windows: rows that were cut out of one long series with an overlap, and then split at random, so that what a row of a
//! part shows stands among the training rows as well, a few places further to the left or right.
//!
//! Three stretches of every row of the part are looked for in the training rows at every other place than their own. What
//! repeats by nature, as a flat ground or a pure wave does, repeats as often when it is read backwards, and stretches of few
//! different numbers are not looked for. A phrase that comes back here and there is none either: more than half of the rows
//! must have such a stretch, as they do where neighbours were split at random.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::chance::{RATE, at_least};
use super::fault::{Fault, FaultKind, percent};
use super::rows::Rows;
use crate::data::Part;

/// The share of a row that a stretch is, at least …
const SHARE: usize = 8;
/// … and its numbers.
const SHORTEST: usize = 8;
/// The multiplier of the rolling digest (Karp and Rabin 1987).
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Where a digest that is looked for comes from: the row of the part, its place in the row, and whether it is read backwards.
type Origin = (usize, usize, bool);

/// Rows of the part that are windows of the series of which the rows of `train` are windows too.
pub(super) fn windows(train: &Rows, rows: &Rows, part: Part) -> Option<Fault> {
    let length = (rows.width / SHARE).max(SHORTEST);
    if rows.width < 2 * length || rows.width != train.width {
        return None;
    }
    let asked: HashMap<u64, Vec<Origin>> = asked(rows, length);
    let told: HashSet<usize> = asked.values().flatten().map(|origin| origin.0).collect();
    if 2 * told.len() <= rows.len() {
        return None;
    }
    let mut first = vec![false; 1 << 16]; // most digests are told by their highest bits not to be asked for
    asked.keys().for_each(|digest| first[(digest >> 48) as usize] = true);
    let found = |row: usize| {
        let mut found = Vec::new();
        each(train.row(row), length, |at, digest| {
            if first[(digest >> 48) as usize]
                && let Some(origins) = asked.get(&digest)
            {
                found.extend(origins.iter().filter(|(_, own, _)| *own != at).map(|(row, _, back)| (*row, *back)));
            }
        });
        found
    };
    let found: HashSet<(usize, bool)> = (0..train.len()).into_par_iter().flat_map_iter(found).collect();
    let count = |backwards: bool| found.iter().filter(|(_, back)| *back == backwards).count();
    let (hits, by_nature) = (count(false), count(true) as f64 / rows.len() as f64);
    (at_least(hits, rows.len(), (2.0 * by_nature).max(0.5)) < RATE).then(|| {
        let say = format!(
            "{} of the rows looked at overlap with training rows: the same {length} numbers stand there at another place, so \
             rows are windows of one series, and what a row shows was learned already; cut the series in time before windows \
             are made, and leave a gap of one window between the parts",
            percent(hits as f64 / rows.len() as f64)
        );
        Fault::new(FaultKind::DuplicatesAcrossHalves, part, say)
    })
}

/// The digests of a stretch at the beginning, in the middle and at the end of every row, read forwards and backwards.
fn asked(rows: &Rows, length: usize) -> HashMap<u64, Vec<Origin>> {
    let mut asked: HashMap<u64, Vec<Origin>> = HashMap::new();
    let last = rows.width - length;
    for (row, at) in (0..rows.len()).flat_map(|row| [0, last / 2, last].map(|at| (row, at))) {
        let mut stretch = rows.row(row)[at..at + length].to_vec();
        for backwards in [false, true] {
            if is_varied(&stretch) {
                each(&stretch, length, |_, digest| asked.entry(digest).or_default().push((row, at, backwards)));
            }
            stretch.reverse();
        }
    }
    asked
}

/// Whether more than half of the numbers of a stretch are different ones.
fn is_varied(stretch: &[f32]) -> bool {
    let mut sorted: Vec<u32> = stretch.iter().map(|v| v.to_bits()).collect();
    sorted.sort_unstable();
    sorted.dedup();
    2 * sorted.len() > stretch.len()
}

/// Does something with the place and the digest of every stretch of this length.
fn each(row: &[f32], length: usize, mut look: impl FnMut(usize, u64)) {
    let number = |v: f32| (u64::from((v + 0.0).to_bits()) ^ MULTIPLIER).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let highest = (1..length).fold(1u64, |power, _| power.wrapping_mul(MULTIPLIER));
    let mut digest = 0u64;
    for (at, &v) in row.iter().enumerate() {
        if at >= length {
            digest = digest.wrapping_sub(number(row[at - length]).wrapping_mul(highest));
        }
        digest = digest.wrapping_mul(MULTIPLIER).wrapping_add(number(v));
        if at + 1 >= length {
            look(at + 1 - length, digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of 32 numbers of a series, the next one `step` further, of which every third is in the part.
    fn told(series: impl Fn(usize) -> f32, step: usize) -> bool {
        let part = |of: fn(usize) -> bool| {
            let starts: Vec<usize> = (0..300).filter(|i| of(i % 3)).map(|i| i * step).collect();
            let x = starts.iter().flat_map(|start| (0..32).map(|at| series(start + at)).collect::<Vec<_>>()).collect();
            Rows { x, y: vec![0; starts.len()], numbers: (0..starts.len()).collect(), width: 32 }
        };
        windows(&part(|i| i != 1), &part(|i| i == 1), Part::Test).is_some()
    }

    #[test]
    fn windows_that_overlap_are_told_and_waves_flat_ground_and_windows_side_by_side_are_not() {
        let noise = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 8) as f32;
        assert!(told(noise, 11));
        assert!(told(noise, 20));
        assert!(!told(noise, 32));
        assert!(!told(|i| [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0][i % 12], 11), "a wave");
        assert!(!told(|i| (i % 500 / 499) as f32, 11), "flat ground");
    }
}
