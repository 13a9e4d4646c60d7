//! Columns that stand for something else: sentinels among measurements, and the target among the features.
//!
//! Both look like data to a network. A sentinel such as −999 is taken for a measurement and decides the scale of its column;
//! a column that was made of the class is learned at once, and every score is perfect until the model meets rows without
//! it. What a sentinel is, one column at a time, is decided in `crate::sentinel`, which the preparation of rows asks too;
//! here the columns are put together and told. These checks come first, since later ones compare values and ranks and
//! would take sentinels for values.

use super::chance::RATE;
use super::fault::{Fault, FaultKind, columns};
use super::rows::Rows;
use crate::data::Part;
use crate::sentinel::sentinel;

/// Columns in which a number stands for a missing value, one fault for each number.
pub(super) fn sentinels(rows: &Rows, part: Part) -> Vec<Fault> {
    let mut found: Vec<(f32, Vec<usize>, usize)> = Vec::new();
    for at in 0..rows.width {
        let sorted = rows.sorted(at);
        let Some(code) = sentinel(&sorted) else { continue };
        let count = sorted.iter().filter(|v| **v == code).count();
        match found.iter_mut().find(|(other, ..)| *other == code) {
            Some((_, columns, rows)) => {
                columns.push(at);
                *rows += count;
            }
            None => found.push((code, vec![at], count)),
        }
    }
    let fault = |(code, at, count): (f32, Vec<usize>, usize)| {
        let each = if at.len() == 1 { String::new() } else { " each".into() };
        let say = format!(
            "{} stands for a missing value in {} of the {} rows looked at{each}; it lies far from the other values, and is filled as a gap unless --missing refuse says otherwise: NaN in its place would be clearer",
            plain(code),
            count.div_ceil(at.len()),
            rows.len()
        );
        Fault::new(FaultKind::SentinelValues, part, say).within(&columns(&at, rows.width))
    };
    found.into_iter().map(fault).collect()
}

/// Puts NaN in the place of sentinels.
pub(super) fn blank(rows: &mut Rows) {
    for at in 0..rows.width {
        if let Some(code) = sentinel(&rows.sorted(at)) {
            rows.x.iter_mut().skip(at).step_by(rows.width).filter(|v| **v == code).for_each(|v| *v = f32::NAN);
        }
    }
}

/// A number as people write it: 1e9 and not 1000000000.
fn plain(v: f32) -> String {
    if v.abs() >= 1e6 { format!("{v:e}") } else { v.to_string() }
}

/// Columns each of which tells the class of every row alone: one value for each class, or values that lie closer together
/// within each class than the classes lie apart.
///
/// That classes fall into intervals by chance has the probability K! / (n! / Π nₖ!) for each column.
pub(super) fn target(rows: &Rows, classes: usize) -> Option<Fault> {
    let counts: Vec<usize> = rows.counts(classes).into_iter().filter(|&count| count > 0).collect();
    let ln_factorial = |n: usize| (1..=n).map(|i| (i as f64).ln()).sum::<f64>();
    let ways = ln_factorial(rows.len()) - counts.iter().map(|&n| ln_factorial(n)).sum::<f64>();
    let by_chance = (ln_factorial(counts.len()) - ways).exp() * rows.width as f64;
    if counts.len() < 2 || counts.iter().any(|&n| n < 3) || by_chance > RATE {
        return None;
    }
    let told: Vec<usize> = (0..rows.width).filter(|&at| tells(rows, at)).collect();
    (!told.is_empty() && told.len() * 4 <= rows.width.max(4)).then(|| {
        let (verb, its) = if told.len() == 1 { ("tells", "it") } else { ("tell", "each of them") };
        let say = format!(
            "{} alone {verb} the class of every row, so {its} is the target or was made of it; leave it out of the features",
            columns(&told, rows.width)
        );
        Fault::new(FaultKind::TargetAmongFeatures, Part::Train, say).at(columns(&told, rows.width))
    })
}

/// Whether a column tells the class of every row: it has as many clusters of values as there are classes, each of one
/// class, and none is as wide as the gap to the next.
fn tells(rows: &Rows, at: usize) -> bool {
    let mut pairs: Vec<(f32, u32)> = rows.column(at).zip(rows.y.iter().copied()).collect();
    if pairs.iter().any(|(v, _)| !v.is_finite()) {
        return false;
    }
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let clusters: Vec<(f32, f32, u32)> =
        pairs.chunk_by(|a, b| a.1 == b.1).map(|run| (run[0].0, run[run.len() - 1].0, run[0].1)).collect();
    let mut seen: Vec<u32> = clusters.iter().map(|cluster| cluster.2).collect();
    seen.sort_unstable();
    seen.dedup();
    let apart = |pair: &[(f32, f32, u32)]| {
        let gap = f64::from(pair[1].0) - f64::from(pair[0].1);
        let widest = pair.iter().map(|(low, high, _)| f64::from(*high) - f64::from(*low)).fold(0.0, f64::max);
        gap > widest && gap > 0.0
    };
    seen.len() == clusters.len() && clusters.windows(2).all(apart)
}
