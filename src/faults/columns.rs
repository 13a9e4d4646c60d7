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
use crate::sentinel::{is_code, sentinel};

/// Rows for each value, at least, of a column of codes.
const VALUES: usize = 5;
/// Different values of a column that measures something.
const MEASURED: usize = 10;

/// Puts NaN in the place of sentinels, and tells the columns in which a number stands for a missing value, one fault for each
/// number. Other parts than the training rows have fewer rows, so of them only numbers are told that people write for a
/// missing value.
pub(super) fn blank(rows: &mut Rows, part: Part) -> Vec<Fault> {
    let mut found: Vec<(f32, Vec<usize>, usize)> = Vec::new();
    for at in 0..rows.width {
        let Some(code) = sentinel(&rows.sorted(at)) else { continue };
        let coded = rows.x.iter_mut().skip(at).step_by(rows.width).filter(|v| **v == code);
        let count = coded.map(|v| *v = f32::NAN).count();
        if part != Part::Train && !is_code(code) {
            continue;
        }
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

/// A number as people write it: 1e9 and not 1000000000.
fn plain(v: f32) -> String {
    if v.abs() >= 1e6 { format!("{v:e}") } else { v.to_string() }
}

/// Columns each of which tells the class of every row alone, or that do so together as one column a class.
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
    let told: Vec<usize> = (0..rows.width).filter(|&at| tells(rows, at, counts.len())).collect();
    let (told, together) = if told.is_empty() { (one_a_class(rows, classes), true) } else { (told, false) };
    let few = if together { told.len() < rows.width } else { told.len() * 4 <= rows.width.max(4) };
    if told.is_empty() {
        return of_one_class(rows, classes);
    }
    few.then(|| {
        let (verb, its) = match (together, told.len()) {
            (true, _) => ("together tell", "they are the target, a column for each class,"),
            (false, 1) => ("alone tells", "it is the target"),
            (false, _) => ("alone tell", "each of them is the target"),
        };
        let say = format!(
            "{} {verb} the class of every row, so {its} or was made of it; leave it out of the features",
            columns(&told, rows.width)
        );
        Fault::new(FaultKind::TargetAmongFeatures, Part::Train, say).at(columns(&told, rows.width))
    })
}

/// A column that only the rows of one class have, and all of these: all others have one and the same value in it, or none.
///
/// Where the class is known by an event, such a column says what the event was: the sum that was paid back, the day of the
/// death. The rows of the class must have many values, since a category may by right be the only one of its class.
fn of_one_class(rows: &Rows, classes: usize) -> Option<Fault> {
    let same = |a: f32, b: f32| a == b || a.is_nan() && b.is_nan();
    let other = rows.y.iter().position(|y| *y != rows.y[0])?; // the mark is in this row or in the first
    let only = |at: usize| {
        [0, other].into_iter().find_map(|row| {
            let mark = rows.row(row)[at];
            let class = rows.column(at).zip(&rows.y).find(|(v, _)| !same(*v, mark)).map(|(_, y)| *y)?;
            if rows.column(at).zip(&rows.y).any(|(v, y)| same(v, mark) == (*y == class)) {
                return None;
            }
            let mut values: Vec<u32> = rows.column(at).filter(|v| !same(*v, mark)).map(f32::to_bits).collect();
            values.sort_unstable();
            values.dedup();
            (values.len() >= MEASURED).then_some((at, mark, class))
        })
    };
    let (at, mark, class) = (0..rows.width).find_map(only)?;
    let others = if mark.is_nan() { "no value".into() } else { format!("{mark}") };
    let which =
        if classes > 2 { format!("class number {class}, counted from 0,") } else { format!("class number {class}") };
    let say = format!(
        "is known of all rows of {which} and of no others, which all have {others} there, so it was made of \
         the class or comes after it; leave it out of the features"
    );
    Some(Fault::new(FaultKind::TargetAmongFeatures, Part::Train, say).at(columns(&[at], rows.width)))
}

/// Whether a column tells the class of every row of `classes` classes. Rows without a value are a cluster of their own.
fn tells(rows: &Rows, at: usize, classes: usize) -> bool {
    let mut pairs: Vec<(f32, u32)> = rows.column(at).zip(rows.y.iter().copied()).collect();
    pairs.sort_unstable_by(|a, b| a.0.is_nan().cmp(&b.0.is_nan()).then(a.0.total_cmp(&b.0)).then(a.1.cmp(&b.1)));
    let runs = pairs.chunk_by(|a, b| a.1 == b.1 && a.0.is_nan() == b.0.is_nan());
    let runs: Vec<(f32, f32, u32)> = runs.map(|run| (run[0].0, run[run.len() - 1].0, run[0].1)).collect();
    let in_one_run_each = runs.len() == classes;
    in_one_run_each && (runs.windows(2).all(|pair| apart(&pair[0], &pair[1])) || counts_rows(&pairs))
        || !in_one_run_each && are_codes(&pairs)
}

/// Whether no run of values, (lowest, highest, class), is as wide as the gap to the next.
fn apart(a: &(f32, f32, u32), b: &(f32, f32, u32)) -> bool {
    let gap = f64::from(b.0) - f64::from(a.1);
    let widest = [a, b].iter().map(|(low, high, _)| f64::from(*high) - f64::from(*low)).fold(0.0, f64::max);
    b.0.is_nan() && !a.0.is_nan() || gap > widest && gap > 0.0
}

/// Whether sorted values are whole numbers of which none occurs twice, as the numbers of rows are.
fn counts_rows(pairs: &[(f32, u32)]) -> bool {
    pairs.iter().all(|(v, _)| v.fract() == 0.0) && pairs.windows(2).all(|pair| pair[0].0 < pair[1].0)
}

/// Whether sorted values are few, and each is one class alone: codes of a category below the class.
///
/// That n rows with d values are so by chance is at most the share of the largest class to the power of n − d.
fn are_codes(pairs: &[(f32, u32)]) -> bool {
    let same = |a: f32, b: f32| a == b || a.is_nan() && b.is_nan();
    let values = pairs.chunk_by(|a, b| same(a.0, b.0)).count();
    let pure = pairs.windows(2).all(|pair| pair[0].1 == pair[1].1 || !same(pair[0].0, pair[1].0));
    let mut classes: Vec<u32> = pairs.iter().map(|(_, class)| *class).collect();
    classes.sort_unstable();
    let largest = classes.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0);
    let by_chance = (pairs.len() - values) as f64 * (largest as f64 / pairs.len() as f64).ln();
    pure && values * VALUES <= pairs.len() && by_chance < RATE.ln()
}

/// The columns of two values each that are one of the classes, where nearly every class has one: all, or all but one.
fn one_a_class(rows: &Rows, classes: usize) -> Vec<usize> {
    let is = |at: usize, class: u32| {
        let mut values: [Option<f32>; 2] = [None, None];
        rows.column(at).zip(&rows.y).all(|(v, &y)| *values[usize::from(y == class)].get_or_insert(v) == v)
            && values[0].is_some()
            && values[1].is_some()
            && values[0] != values[1]
    };
    let found: Vec<usize> = (0..classes as u32).filter_map(|class| (0..rows.width).find(|&at| is(at, class))).collect();
    if classes > 2 && found.len() + 1 >= classes { found } else { Vec::new() }
}
