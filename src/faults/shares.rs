//! Shares of the classes: parts that have other shares than the training rows, and classes that are hardly there.
//!
//! This is the only check of halves that looks at all labels instead of a sample, because counting is cheap. It works on
//! counts alone, so it also speaks where a part has a class that the training rows lack and cannot be loaded at all. Equal
//! shares are never called a fault: people balance the rows that they learn from, or the rows that they judge by, on
//! purpose.

use super::chance::{RATE, chi_square};
use super::fault::{Fault, FaultKind, percent};
use crate::data::{Part, Request, class_counts};
use crate::error::Result;

/// The share of rows that would have to change their class, at least, where parts were drawn differently.
const MOVED: f64 = 0.2;
/// How many times as many rows an equal share would be, at least, where a class is hardly there …
const RARE: f64 = 50.0;
/// … and rows of it, fewer of which are not learned beside so many others.
const FEW: usize = 50;

/// Parts of the file that `request` names which were drawn differently, also where one has classes that the training rows
/// have not, so that it cannot be loaded.
///
/// # Errors
/// As [`class_counts`].
pub(super) fn of_request(request: &Request) -> Result<Vec<Fault>> {
    let (names, parts) = class_counts(request)?;
    let Some(((_, here), others)) = parts.split_first() else { return Ok(Vec::new()) };
    Ok(others.iter().filter_map(|(part, there)| drawn_apart(here, there, &names, *part)).collect())
}

/// Whether a part, with `there` rows of each class, was drawn differently from training rows with `here`.
pub(super) fn drawn_apart(here: &[usize], there: &[usize], names: &[String], part: Part) -> Option<Fault> {
    let sums = [here, there].map(|counts| counts.iter().sum::<usize>() as f64);
    let on_purpose = (balanced(here) || balanced(there)) && here.iter().zip(there).all(|(&a, &b)| a > 0 && b > 0);
    if sums.contains(&0.0) || on_purpose {
        return None; // equal shares are what people choose, for learning or for judging
    }
    let (mut moved, mut statistic, mut terms) = (0.0, 0.0, 0);
    let mut most = (0.0, 0);
    for (class, (&a, &b)) in here.iter().zip(there).enumerate() {
        let (p, q) = (a as f64 / sums[0], b as f64 / sums[1]);
        moved += 0.5 * (p - q).abs();
        let expected = (a + b) as f64 / (sums[0] + sums[1]);
        if (a + b) as f64 * sums[1].min(sums[0]) / (sums[0] + sums[1]) >= 2.0 {
            statistic += (p - q).powi(2) / (expected * (1.0 / sums[0] + 1.0 / sums[1]));
            terms += 1;
        }
        if (p - q).abs() > most.0 {
            most = ((p - q).abs(), class);
        }
    }
    let class = most.1;
    (moved > MOVED && statistic > chi_square(terms, RATE)).then(|| {
        let say = format!(
            "classes have other shares than among the training rows: class {} is {} of them and {} here; a sorted file was cut \
             or rows were drawn differently, shuffle before the rows are split",
            names.get(class).map_or("", String::as_str),
            percent(here[class] as f64 / sums[0]),
            percent(there[class] as f64 / sums[1])
        );
        Fault::new(FaultKind::HalvesDrawnApart, part, say)
    })
}

/// Whether all classes have about the same number of rows.
fn balanced(counts: &[usize]) -> bool {
    let (low, high) = counts.iter().fold((usize::MAX, 0), |(low, high), &n| (low.min(n), high.max(n)));
    2 * high <= 3 * low
}

/// Classes of which there are so few rows that a network does well without ever finding one.
pub(super) fn imbalance(counts: &[usize], names: &[String]) -> Option<Fault> {
    let (rows, classes) = (counts.iter().sum::<usize>(), counts.iter().filter(|n| **n > 0).count());
    let equal = rows as f64 / classes.max(1) as f64;
    let rare: Vec<usize> =
        (0..counts.len()).filter(|&k| counts[k] > 0 && counts[k] < FEW && counts[k] as f64 * RARE < equal).collect();
    let class = *rare.iter().min_by_key(|&&k| counts[k])?;
    let majority = *counts.iter().max()? as f64 / rows as f64;
    let name = |k: &usize| names.get(*k).map_or("", String::as_str);
    let say = format!(
        "{} of {rows} training rows are of class {}: who never says so is right in up to {}; judge by recall, \
         try --balance, gather more of them",
        counts[class],
        name(&class),
        percent(1.0 - counts[class] as f64 / rows as f64)
    );
    let place = match &rare[..] {
        [one] => format!("class {}", name(one)),
        many => format!("classes {}", many.iter().take(8).map(name).collect::<Vec<_>>().join(", ")),
    };
    (majority > 0.5 || classes > 2).then(|| Fault::new(FaultKind::Imbalance, Part::Train, say).at(place))
}
