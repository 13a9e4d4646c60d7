//! Order: whether labels belong to their rows, all of them or up to some row, and by which order they can be put back.
//!
//! Near rows mostly have the same label if labels say anything of rows. So the labels of a sample are compared with those
//! of the nearest rows: overall, before and after every row, and in the other orders that files come in. A label that was
//! merely written wrong here and there is noise and no fault of the order; only labels that agree with nothing are told.
//!
//! Three questions are asked in turn. Does another order of the labels put them back, which names the mistake? Is there a
//! stretch of rows in which they do not agree where all others do (`stretch`)? And do the labels of another part agree with
//! its rows where these do not? Where none is answered with yes, features may simply say nothing of the class, and nothing is said.

use super::chance::{RATE, at_least, at_most};
use super::fault::{Fault, FaultKind, percent};
use super::neighbours::{Agreement, Votes, shares};
use super::rows::Rows;
use super::stretch::{STRETCH, TRUSTED, stretch};
use crate::data::Part;

/// The share of the way from what agrees already to certainty that another order must gain.
const REGAINED: f64 = 0.15;
/// The share of labels with which a column must agree to hold the target of another row.
const ALWAYS: f64 = 0.99;
/// The farthest slip of labels that is looked for.
const SLIP: usize = 500;

/// The labels of the sample `rows` of an array with `labels`, of which the nearest rows say `votes`; `elsewhere` is how
/// the labels of another part agree with those of its own nearest rows.
pub(super) fn misaligned(
    rows: &Rows,
    votes: &Votes,
    labels: &[u32],
    elsewhere: Option<Agreement>,
    classes: usize,
) -> Option<Fault> {
    let own = Agreement::of(&votes.class, &rows.y, classes);
    let poor = own.skill() < 0.3;
    let fault = |say| Some(Fault::new(FaultKind::LabelsMisaligned, Part::Train, say));
    if let Some((how, share)) = poor.then(|| reordered(rows, votes, labels, &own, classes)).flatten() {
        return fault(format!(
            "{how}: put back so, {} of the labels agree with those of the nearest rows instead of {}; read both in one order",
            percent(share),
            percent(own.share())
        ));
    }
    if let Some(fault) = stretch(rows, votes, classes) {
        return Some(fault);
    }
    let elsewhere = elsewhere.filter(|other| poor && is_worse(&own, other))?;
    fault(format!(
        "labels stand in another order than their rows: {} agree with those of the nearest rows, {} would by chance, \
         and in another part {} do; read both in one order",
        percent(own.share()),
        percent(own.chance),
        percent(elsewhere.share())
    ))
}

/// Whether labels agree with those of the nearest rows hardly better than by chance, where those of another part do: with
/// less than a quarter of the skill, and with less than half of it for certain.
pub(super) fn is_worse(own: &Agreement, other: &Agreement) -> bool {
    let trusted = other.skill() > TRUSTED && at_least(other.hits, other.rows, other.chance) < RATE;
    let half = own.chance + 0.5 * other.skill() * (1.0 - own.chance);
    let lost = own.skill() < 0.25 * other.skill() && at_most(own.hits, own.rows, half) < RATE;
    trusted && own.rows >= STRETCH && lost
}

/// The row that has the label of another; none where it would stand beyond the ends.
type Place = Box<dyn Fn(usize) -> Option<usize>>;

/// The order that puts labels back to their rows, and the share of labels that agree with those of the nearest rows then.
///
/// Who is near whom depends on the features alone and is known already, so an order costs one look at each pair, and a
/// thousand slips are as cheap as the search for the nearest rows.
fn reordered(rows: &Rows, votes: &Votes, labels: &[u32], own: &Agreement, classes: usize) -> Option<(String, f64)> {
    let count = labels.len();
    let pairs: Vec<(usize, usize)> = rows
        .numbers
        .iter()
        .zip(&votes.near)
        .filter_map(|(&row, near)| Some((row, *rows.numbers.get(near[0])?)))
        .collect();
    if count < STRETCH || pairs.len() < STRETCH {
        return None;
    }
    let label = |place: &Place, row: usize| place(row).map(|row| labels[row]);
    let agree = |place: &Place| {
        pairs.iter().filter(|(a, b)| label(place, *a).is_some_and(|own| label(place, *b) == Some(own))).count()
    };
    let chance = shares(labels, classes).iter().map(|p| p * p).sum::<f64>().max(own.share());
    let orders = orders(count);
    let tries = orders.len() as f64;
    let found = orders.into_iter().map(|(how, place)| (agree(&place), how, place));
    let (hits, how, place) = found.max_by_key(|(hits, ..)| *hits)?;
    // Two rows that are each other's nearest count twice, so half of the pairs are independent.
    let clear = at_least(hits / 2, pairs.len() / 2, chance + REGAINED * (1.0 - chance)) * tries < RATE;
    let share = hits as f64 / pairs.len() as f64;
    let put_back: Vec<Option<u32>> = rows.numbers.iter().map(|&row| label(&place, row)).collect();
    (clear && !is_past(rows, &put_back, share, chance)).then_some((how, share))
}

/// Whether one column alone agrees with labels that were put back as well as all columns do `together`, nearly always, and
/// no other has half of that skill above `chance`. Then it holds the target of another row, as yesterday's return tells
/// whether yesterday was a day of rise, and the labels stand where they belong.
fn is_past(rows: &Rows, put_back: &[Option<u32>], together: f64, chance: f64) -> bool {
    let agrees = |at: usize| {
        let told = rows.column(at).zip(put_back).filter_map(|(v, label)| Some((v, (*label)?)));
        let mut pairs: Vec<(f32, u32)> = told.collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let same = pairs.windows(2).filter(|pair| pair[0].1 == pair[1].1).count();
        same as f64 / pairs.len().saturating_sub(1).max(1) as f64
    };
    let shares: Vec<f64> = (0..rows.width).map(agrees).collect();
    let some = shares.iter().filter(|&&share| share - chance >= 0.5 * (1.0 - chance)).count();
    some == 1 && shares.iter().any(|&share| share >= together.max(ALWAYS))
}

/// Where the label of each row may stand, of `count` rows, and how that is said.
fn orders(count: usize) -> Vec<(String, Place)> {
    let (order, place) = listing(count);
    let mut all: Vec<(String, Place)> = vec![
        (
            "labels stand in the order in which files are listed (0, 1, 10, 100, …) and rows in that of their numbers"
                .into(),
            Box::new(move |row| Some(place[row])),
        ),
        (
            "rows stand in the order in which files are listed (0, 1, 10, 100, …) and labels in that of their numbers"
                .into(),
            Box::new(move |row| Some(order[row])),
        ),
        ("labels stand in the opposite order of the rows".into(), Box::new(move |row| Some(count - 1 - row))),
    ];
    for slip in 1..=SLIP.min(count - 1) {
        let rows = if slip == 1 { "row" } else { "rows" };
        all.push((
            format!("the label of a row stands {slip} {rows} after it"),
            Box::new(move |row| Some(row + slip).filter(|&row| row < count)),
        ));
        let before = move |row: usize| row.checked_sub(slip);
        all.push((format!("the label of a row stands {slip} {rows} before it"), Box::new(before)));
    }
    all
}

/// The numbers 0..count in the order of their texts, and the place of each number in this order.
fn listing(count: usize) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_cached_key(ToString::to_string);
    let mut place = vec![0; count];
    order.iter().enumerate().for_each(|(at, &number)| place[number] = at);
    (order, place)
}
