//! Places: whether the columns of a part are those of the training rows in another order, all columns taken together.
//!
//! A column alone is often hardly told from its neighbours, and many of them together are. So of all orders the one is
//! taken in which the columns of the part are least unlike those of the training rows in sum, class by class. It is told
//! where the order in which they stand does not fit, that one does, and the nearest rows know the labels better in it.
//! Each column has one place: columns that all have grown calm, say, are most like the calmest one, but only one of them
//! can be it. Rows that are too wide for every column to be compared with every other are asked in `halves`.

use rayon::prelude::*;

use super::chance::{RATE, at_most, chi_square};
use super::compared::Compared;
use super::neighbours::{Agreement, Space};
use super::rank_moments::RankMoments;

/// Columns of a row, at most, that are put in order together.
pub(super) const TOGETHER: usize = 64;
/// How many times as unlike the columns must be as they stand, where something remains that no order explains.
const UNLIKE: f64 = 4.0;
/// How rarely labels would agree so much better with those of the nearest rows by chance.
const ALIKE: f64 = 0.05;
/// The share of the skill that labels have among the training rows which they must have with columns put back.
const SKILL: f64 = 0.7;

/// An order of the columns of a part.
pub(super) struct Order {
    /// For each column of the part, the one of the training rows that it is.
    pub places: Vec<usize>,
    /// How labels agree with those of the nearest training rows with columns put back.
    pub agreement: Agreement,
    /// How they agree as the columns stand.
    pub as_is: Agreement,
}

/// The order in which the columns of a part are those of the training rows, if it is another one than theirs.
pub(super) fn order(part: &Compared) -> Option<Order> {
    let width = part.train.width;
    let there: Vec<usize> = (0..width).collect();
    let own: Vec<(Vec<f32>, RankMoments)> = there.par_iter().map(|&at| moments(part, at)).collect();
    let unlike = |there: usize, here: usize| {
        let (sorted, own) = &own[here];
        own.unlike(&RankMoments::of_column(sorted, part.rows, there, part.classes))
    };
    let as_it_stands: Vec<(f64, usize)> = there.par_iter().map(|&at| unlike(at, at)).collect();
    let terms: usize = as_it_stands.iter().map(|(_, terms)| terms).sum();
    let stands: f64 = as_it_stands.iter().map(|(statistic, _)| statistic).sum();
    if terms == 0 || stands <= chi_square(terms, RATE) {
        return None;
    }
    let all: Vec<Vec<f64>> = there.par_iter().map(|&at| (0..width).map(|here| unlike(at, here).0).collect()).collect();
    // Another place is one of many, and the best of many is likelier by so much by chance alone.
    let moves = 2.0 * (width as f64).ln();
    let cost = |at: usize| (0..width).map(|here| all[at][here] + if at == here { 0.0 } else { moves }).collect();
    let places = assigned(&there.iter().map(|&at| cost(at)).collect::<Vec<_>>());
    let remains: f64 = there.iter().map(|&at| all[at][places[at]]).sum();
    if places == there || remains > chi_square(terms, RATE).max(stands / UNLIKE) {
        return None;
    }
    known_again(part, places)
}

/// The values of a column of the training rows in ascending order, and its rank moments.
fn moments(part: &Compared, at: usize) -> (Vec<f32>, RankMoments) {
    let sorted = part.train.sorted(at);
    let own = RankMoments::of_column(&sorted, part.train, at, part.classes);
    (sorted, own)
}

/// The order of these `places`, if in it the nearest training rows know the labels of the part better than as it stands, and nearly as
/// well as among themselves.
fn known_again(part: &Compared, places: Vec<usize>) -> Option<Order> {
    let mut back = places.clone();
    places.iter().enumerate().for_each(|(at, &here)| back[here] = at);
    let space = Space::of(part.train, false);
    let points = space.place(part.train);
    let asked = |rows| {
        let votes = space.place(rows).ask(&points, &part.train.y, false);
        Agreement::of(&votes.class, &part.rows.y, part.classes)
    };
    let (agreement, as_is) = (asked(&part.rows.picked(&back)), asked(part.rows));
    let better = at_most(as_is.hits, as_is.rows, agreement.share()) < ALIKE;
    (better && agreement.skill() > SKILL * part.own.skill()).then_some(Order { places, agreement, as_is })
}

/// The column of a square matrix for each of its rows, each column once, so that the sum of `cost` is least: by the
/// shortest augmenting paths in reduced costs (Jonker and Volgenant 1987). Row and column 0 stand for none.
fn assigned(cost: &[Vec<f64>]) -> Vec<usize> {
    let n = cost.len();
    let (mut of_rows, mut of_columns, mut taken) = (vec![0.0; n + 1], vec![0.0; n + 1], vec![0; n + 1]);
    for row in 1..=n {
        let (mut far, mut from, mut reached) = (vec![f64::INFINITY; n + 1], vec![0; n + 1], vec![false; n + 1]);
        let mut at = 0;
        taken[0] = row;
        while taken[at] != 0 {
            reached[at] = true;
            let by = taken[at];
            for column in (1..=n).filter(|&column| !reached[column]) {
                let reduced = cost[by - 1][column - 1] - of_rows[by] - of_columns[column];
                if reduced < far[column] {
                    (far[column], from[column]) = (reduced, at);
                }
            }
            let free = (1..=n).filter(|&column| !reached[column]);
            let next = free.min_by(|&a, &b| far[a].total_cmp(&far[b])).unwrap_or(0);
            let step = far[next];
            for column in 0..=n {
                if reached[column] {
                    of_rows[taken[column]] += step;
                    of_columns[column] -= step;
                } else {
                    far[column] -= step;
                }
            }
            at = next;
        }
        while at != 0 {
            taken[at] = taken[from[at]];
            at = from[at];
        }
    }
    let mut places = vec![0; n];
    (1..=n).for_each(|column| places[taken[column] - 1] = column - 1);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_orders_the_one_with_the_least_sum_is_taken() {
        let mut state = 7u64;
        for n in 1..=6 {
            let mut number = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f64
            };
            let cost: Vec<Vec<f64>> = (0..n).map(|_| (0..n).map(|_| number()).collect()).collect();
            let sum = |order: &[usize]| order.iter().enumerate().map(|(row, &at)| cost[row][at]).sum::<f64>();
            let mut orders = vec![vec![]];
            for _ in 0..n {
                let longer = |order: Vec<usize>| {
                    let free = (0..n).filter(|at| !order.contains(at)).collect::<Vec<_>>();
                    free.into_iter().map(move |at| [order.clone(), vec![at]].concat())
                };
                orders = orders.into_iter().flat_map(longer).collect();
            }
            let least = orders.iter().map(|order| sum(order)).fold(f64::INFINITY, f64::min);
            assert_eq!(sum(&assigned(&cost)), least);
        }
    }
}
