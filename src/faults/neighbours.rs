//! Neighbours: what the nearest rows say of the label of a row, which is the quickest judge that needs no training.
//!
//! Pixels are compared as they are, since they share one unit; the columns of a table by their ranks, so that no unit and
//! no outlier decides what is near. Long rows are first projected onto random directions, which keeps distances nearly as
//! they are (Johnson and Lindenstrauss 1984; signs as directions: Achlioptas 2003) and makes the search cheap.

use rand::Rng;
use rayon::prelude::*;

use super::rows::{Rows, rank};
use crate::engine::simd;
use crate::random::generator;

/// Neighbours that vote.
pub(super) const VOTERS: usize = 5;
/// Numbers of a row, at most, by which rows are compared.
const DIMENSIONS: usize = 64;

/// A space in which rows are near one another.
pub(super) struct Space {
    /// The columns of a table, sorted; none for pixels.
    ranks: Vec<Vec<f32>>,
    /// The signs of each direction, row-major `[width, DIMENSIONS]`; none for short rows.
    signs: Vec<f32>,
}

/// Rows in a space.
pub(super) struct Points {
    x: Vec<f32>,
    width: usize,
}

/// What the nearest rows say of each row.
pub(super) struct Votes {
    /// The class that most of the nearest rows have, for each row; of equally frequent ones that of the nearest.
    pub class: Vec<u32>,
    /// The rows that voted by their places in the sample, the nearest first; `usize::MAX` stands for none.
    pub near: Vec<[usize; VOTERS]>,
    /// How far the nearest row and the next one are, squared.
    pub distance: Vec<[f32; 2]>,
}

impl Space {
    /// The space of rows like `rows`, whose columns share one unit if they are pixels.
    pub fn of(rows: &Rows, pixels: bool) -> Self {
        let ranks = match pixels {
            true => Vec::new(),
            false => (0..rows.width).into_par_iter().map(|at| rows.sorted(at)).collect(),
        };
        let mut rng = generator(0, b"NEARBY\0\0");
        let signs = match rows.width > DIMENSIONS {
            true => (0..rows.width * DIMENSIONS).map(|_| if rng.random() { 1.0 } else { -1.0 }).collect(),
            false => Vec::new(),
        };
        Space { ranks, signs }
    }

    /// The points of these rows.
    pub fn place(&self, rows: &Rows) -> Points {
        let points: Vec<f32> = (0..rows.len()).into_par_iter().flat_map_iter(|i| self.point(rows.row(i))).collect();
        Points { x: points, width: if self.signs.is_empty() { rows.width } else { DIMENSIONS } }
    }

    fn point(&self, row: &[f32]) -> Vec<f32> {
        let own: Vec<f32> = match self.ranks.is_empty() {
            true => row.iter().map(|v| if v.is_finite() { *v } else { 0.0 }).collect(),
            false => row.iter().zip(&self.ranks).map(|(&v, sorted)| rank(sorted, v) as f32 - 0.5).collect(),
        };
        if self.signs.is_empty() {
            return own;
        }
        let mut point = vec![0.0f32; DIMENSIONS];
        simd(
            #[inline(always)]
            || {
                for (&v, signs) in own.iter().zip(self.signs.as_chunks::<DIMENSIONS>().0).filter(|(v, _)| **v != 0.0) {
                    point.iter_mut().zip(signs).for_each(|(sum, sign)| *sum += v * sign);
                }
            },
        );
        point
    }
}

impl Points {
    fn row(&self, i: usize) -> &[f32] {
        &self.x[i * self.width..(i + 1) * self.width]
    }

    fn len(&self) -> usize {
        self.x.len() / self.width.max(1)
    }

    /// What the nearest of `others`, which have these `labels`, say of each of these points. Where the points are the
    /// `others` themselves, a point is not its own neighbour.
    pub fn ask(&self, others: &Points, labels: &[u32], itself: bool) -> Votes {
        let asked: Vec<[(f32, usize); VOTERS]> = (0..self.len())
            .into_par_iter()
            .map(|i| nearest(self.row(i), others, if itself { Some(i) } else { None }))
            .collect();
        Votes {
            class: asked.iter().map(|near| majority(near, labels)).collect(),
            near: asked.iter().map(|near| near.map(|(_, place)| place)).collect(),
            distance: asked.iter().map(|near| [near[0].0, near[1].0]).collect(),
        }
    }
}

/// The nearest of `others`, (squared distance, place), the nearest first. A place of `usize::MAX` stands for none.
fn nearest(point: &[f32], others: &Points, but: Option<usize>) -> [(f32, usize); VOTERS] {
    let mut near = [(f32::INFINITY, usize::MAX); VOTERS];
    for (place, other) in others.x.chunks_exact(others.width.max(1)).enumerate() {
        let far = distance(point, other);
        if far < near[VOTERS - 1].0 && Some(place) != but {
            let at = near.partition_point(|(nearer, _)| *nearer <= far);
            near[at..].rotate_right(1);
            near[at] = (far, place);
        }
    }
    near
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<16>();
    let (b_blocks, b_rest) = b.as_chunks::<16>();
    let mut lanes = [0.0f32; 16];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..16 {
            lanes[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    lanes.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()
}

/// The label that most of these neighbours have, and of equally frequent ones that of the nearest.
fn majority(near: &[(f32, usize); VOTERS], labels: &[u32]) -> u32 {
    let voters: Vec<u32> = near.iter().filter_map(|(_, place)| labels.get(*place).copied()).collect();
    let votes = |label: u32| voters.iter().filter(|other| **other == label).count();
    voters.iter().rev().copied().max_by_key(|label| votes(*label)).unwrap_or(0)
}

/// How often votes agree with labels, beside how often they would by chance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreement {
    /// Rows whose vote is their label.
    pub hits: usize,
    /// Rows.
    pub rows: usize,
    /// The share of rows that would agree if votes and labels were independent of each other.
    pub chance: f64,
}

/// The share of each class among `labels`.
pub(super) fn shares(labels: &[u32], classes: usize) -> Vec<f64> {
    let mut shares = vec![0.0; classes];
    labels.iter().for_each(|&k| shares[k as usize] += 1.0 / labels.len().max(1) as f64);
    shares
}

impl Agreement {
    /// How `votes` agree with `labels`, of `classes` classes.
    pub fn of(votes: &[u32], labels: &[u32], classes: usize) -> Self {
        let hits = votes.iter().zip(labels).filter(|(a, b)| a == b).count();
        let chance = shares(votes, classes).iter().zip(shares(labels, classes)).map(|(a, b)| a * b).sum();
        Agreement { hits, rows: labels.len(), chance }
    }

    /// The share of rows that agree.
    pub fn share(&self) -> f64 {
        self.hits as f64 / self.rows.max(1) as f64
    }

    /// The share of the way from chance to certainty.
    pub fn skill(&self) -> f64 {
        (self.share() - self.chance) / (1.0 - self.chance).max(1e-9)
    }
}
