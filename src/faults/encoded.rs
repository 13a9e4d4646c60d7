//! Encoded columns: a category that has another number in a part than among the training rows, as where each half went
//! through an encoder of its own.
//!
//! A category is known by how often each class has it. So the shares of the codes, class by class, are compared in every
//! order of the codes, and where one order makes the column of the part that of the training rows, its codes were given
//! anew. A drift may come near another order too. The farther the part is from the training rows as it stands and the
//! nearer in the best order, the less likely: of all directions of a drift over that distance, only the share
//! K! · (best / as it stands)^(terms / 2) leads as near to one of the K! orders, where both are sums of as many squared
//! standard scores as there are terms. One mistake made the codes of all columns anew, so their shares are multiplied, and
//! columns are at fault where the product is below [`RATE`]. A column that no order of its codes makes that of the training
//! rows is another column, and not this one encoded anew.
//!
//! An encoder that numbers what it meets in its order keeps the order of the codes, and moves all that follow a category that
//! its rows lack. Of such orders there are few, (K over M) where one side has K codes and the other M, so that less is enough
//! to tell them, also where no number is left as it was. But counts and grades drift in their order, too; so here a column
//! must become that of the training rows as far as chance lets see, and a mere shift or another unit is left to `scaled`.

use super::chance::{RATE, chi_square};
use super::code_order::Order;
use super::compared::Compared;
use super::fault::{Fault, FaultKind, columns};
use super::rank_moments::FEW;
use super::rows::Rows;

/// The fewest codes that have an order to be mistaken; two are as easily explained by other shares.
const CODES: usize = 3;
/// More codes than this are numbers.
const NUMBERS: usize = 64;
/// Codes of which the mapping is told.
const TOLD: usize = 12;

/// How many rows of each class have each code.
struct Table {
    /// The codes in ascending order.
    codes: Vec<f32>,
    /// Their rows, `[code][class]`.
    counts: Vec<Vec<f64>>,
    /// Rows of each class.
    rows: Vec<f64>,
}

impl Table {
    /// The table of column `at`; none where its values are no codes.
    fn of(rows: &Rows, at: usize, classes: usize) -> Option<Self> {
        let mut codes = rows.sorted(at);
        codes.dedup();
        if codes.len() > NUMBERS || codes.iter().any(|code| code.fract() != 0.0) {
            return None;
        }
        let (mut counts, mut sums) = (vec![vec![0.0; classes]; codes.len()], vec![0.0; classes]);
        for (v, &class) in rows.column(at).zip(&rows.y).filter(|(v, _)| v.is_finite()) {
            counts[codes.partition_point(|code| *code < v)][class as usize] += 1.0;
            sums[class as usize] += 1.0;
        }
        Some(Table { codes, counts, rows: sums })
    }

    /// The table of these codes alone, in this order.
    fn with(&self, chosen: impl Iterator<Item = usize>) -> Self {
        let (codes, counts): (Vec<f32>, Vec<Vec<f64>>) =
            chosen.map(|i| (self.codes[i], self.counts[i].clone())).unzip();
        let rows = (0..self.rows.len()).map(|class| counts.iter().map(|code| code[class]).sum()).collect();
        Table { codes, counts, rows }
    }

    /// Whether a class has rows enough in both tables.
    fn told(&self, other: &Table, class: usize) -> bool {
        self.rows[class].min(other.rows[class]) >= FEW as f64
    }

    /// How far the share of a code is from that of a code of another table, as a sum of squared standard scores over the
    /// classes. Either code may be missing.
    fn off(&self, code: Option<usize>, other: &Table, others: Option<usize>) -> f64 {
        let count =
            |table: &Table, code: Option<usize>, class: usize| code.map_or(0.0, |code| table.counts[code][class]);
        let score = |class: usize| {
            let (a, b) = (count(self, code, class), count(other, others, class));
            let (n, m) = (self.rows[class], other.rows[class]);
            let share = (a + b) / (n + m);
            let variance = share * (1.0 - share).max(1.0 / (n + m)) * (1.0 / n + 1.0 / m);
            if a + b > 0.0 { (a / n - b / m).powi(2) / variance } else { 0.0 }
        };
        (0..self.rows.len()).filter(|&class| self.told(other, class)).map(score).sum()
    }
}

/// The columns of `apart` whose categories have other numbers in the part.
pub(super) fn encoded(part: &Compared, apart: &[usize]) -> Option<Fault> {
    let found: Vec<(usize, Recoded)> =
        apart.iter().filter_map(|&at| Some((at, recoded(part, at, apart.len())?))).collect();
    let (first, Recoded { mapping, .. }) = found.first()?;
    if found.iter().map(|(_, recoded)| recoded.ln_chance).sum::<f64>() > RATE.ln() {
        return None;
    }
    let at: Vec<usize> = found.iter().map(|(at, _)| *at).collect();
    let (verb, its) = if at.len() == 1 { ("has", "") } else { ("have", ", as for column ") };
    let which = if at.len() == 1 { String::new() } else { format!("{its}{first}") };
    let say = format!(
        "{} of the {} {verb} other numbers for the same categories{which}: {mapping} among the training rows; code both with \
         one encoder",
        columns(&at, part.train.width),
        part.part.name()
    );
    Some(Fault::new(FaultKind::HalvesEncodedApart, part.part, say).within(&columns(&at, part.train.width)))
}

/// A column that another order of its codes makes that of the training rows.
struct Recoded {
    /// What its codes are among the training rows.
    mapping: String,
    /// The logarithm of the share of drifts that lead as near to some order, for all columns that were asked.
    ln_chance: f64,
}

/// Column `at` of the part, where its codes are others; `tries` columns are asked.
fn recoded(part: &Compared, at: usize, tries: usize) -> Option<Recoded> {
    let here = Table::of(part.train, at, part.classes)?;
    let there = Table::of(part.rows, at, part.classes)?;
    if here.codes.len().min(there.codes.len()) < CODES {
        return None;
    }
    let size = here.codes.len().max(there.codes.len());
    let code = |table: &Table, i: usize| Some(i).filter(|&i| i < table.codes.len());
    let cost: Vec<Vec<f64>> =
        (0..size).map(|c| (0..size).map(|t| here.off(code(&here, t), &there, code(&there, c))).collect()).collect();
    let as_it_stands: f64 = standing(&here, &there);
    let told = (0..part.classes).filter(|&class| here.told(&there, class)).count();
    let terms = (size - 1) * told;
    // Encoders count alike, so the numbers are the same ones; where they are others the column has another unit.
    let shared = there.codes.iter().filter(|code| here.codes.contains(code)).count();
    let mostly_shared = 5 * shared >= 4 * there.codes.len();
    let any = mostly_shared.then(|| (Order::any(&cost), as_it_stands));
    let counted = here.codes.len() == there.codes.len() || mostly_shared;
    let in_order = Order::kept(&cost, &here.codes, &there.codes).filter(|_| counted);
    let kept = in_order.and_then(|order| kept(order, (&here, &there), told));
    let ln_chance = |(order, standing): &(Order, f64)| {
        let nearer = (order.cost.max(terms as f64) / standing).ln();
        order.ln_ways + 0.5 * terms as f64 * nearer + (tries as f64).ln()
    };
    let orders = [any, kept].into_iter().flatten().map(|order| (ln_chance(&order), order));
    let (ln_chance, (order, as_it_stands)) = orders.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let Order { places: order, cost: best, .. } = order;
    let moved: Vec<String> = (0..there.codes.len())
        .filter_map(|c| Some((there.codes[c], *here.codes.get(order[c])?)))
        .filter(|(c, t)| c != t)
        .map(|(c, t)| format!("{c} is {t}"))
        .collect();
    let fits = best < chi_square(terms, RATE / tries as f64) && as_it_stands > chi_square(terms, RATE / tries as f64);
    let more = if moved.len() > TOLD { ", …" } else { "" };
    let mapping = || format!("{}{more}", moved[..moved.len().min(TOLD)].join(", "));
    (fits && ln_chance < 0.0 && moved.len() > 1).then(|| Recoded { mapping: mapping(), ln_chance })
}

/// An order that keeps the codes in theirs, if it makes the column that of the training rows as far as chance lets see, and
/// how far the column is from it as it stands; both without the codes that only one side has, since rows without a category
/// have all others more often.
///
/// The side that was numbered anew, and has no more codes than the other, counts them from 0 or 1. `told` classes are
/// compared; a code must have rows enough in each of them, or the sum of squared scores says little (Cochran 1954).
fn kept(order: Order, (here, there): (&Table, &Table), told: usize) -> Option<(Order, f64)> {
    let (h, t) = (here.codes.len(), there.codes.len());
    let named: Vec<(usize, usize)> =
        order.places.iter().enumerate().filter(|(_, t)| **t < h).map(|(c, &t)| (t, c)).collect();
    let (own, other) = (here.with(named.iter().map(|pair| pair.0)), there.with(named.iter().map(|pair| pair.1)));
    let rows = |table: &Table| table.rows.iter().sum::<f64>();
    let dense = rows(&own).min(rows(&other)) >= (FEW * named.len() * told) as f64;
    let anew = t <= h && counts(&there.codes) || h <= t && counts(&here.codes);
    let cost: f64 = (0..named.len()).map(|i| own.off(Some(i), &other, Some(i))).sum();
    let fits = named.len() >= CODES && cost < by_chance((named.len() - 1) * told);
    let both = |table: &Table, other: &Table| {
        table.with((0..table.codes.len()).filter(|&i| other.codes.contains(&table.codes[i])))
    };
    let (own, other) = (both(here, there), both(there, here));
    let standing = if own.codes.is_empty() { standing(here, there) } else { standing(&own, &other) };
    (dense && anew && fits).then_some((Order { cost, ..order }, standing))
}

/// Whether codes are whole numbers one after the other, from 0 or 1 on.
fn counts(codes: &[f32]) -> bool {
    let first = codes.first().copied().unwrap_or(f32::NAN);
    (first == 0.0 || first == 1.0) && codes.windows(2).all(|pair| pair[1] == pair[0] + 1.0)
}

/// What a sum of `terms` squares of standard normal numbers hardly ever exceeds: three deviations above its mean.
fn by_chance(terms: usize) -> f64 {
    terms as f64 + 3.0 * (2.0 * terms as f64).sqrt()
}

/// How far two tables are apart with every code for what it is.
fn standing(here: &Table, there: &Table) -> f64 {
    let place = |table: &Table, code: f32| table.codes.iter().position(|other| *other == code);
    let ours: f64 = here.codes.iter().map(|&code| here.off(place(here, code), there, place(there, code))).sum();
    let new = there.codes.iter().filter(|&&code| place(here, code).is_none());
    ours + new.map(|&code| here.off(None, there, place(there, code))).sum::<f64>()
}
