//! Screening: on a large batch, a sample of the rows rules out most hypotheses before any is computed on all of them.
//!
//! A dump holds sums over the whole batch, so only the whole batch can prove an equation. But the sum of a sample lies
//! within a few standard deviations of its share of the whole, and what points elsewhere by more than that is out. The
//! samples grow from one heat to the next, so that a hypothesis costs the less the worse it is (Maron and Moore 1994,
//! Hoeffding Races). All threads race at once: each is shown every hypothesis and computes those of its own stretches.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::gradcheck::hypotheses::{LayerError, Offer, Taker};

/// Batches up to this size are searched as a whole.
const SMALL: usize = 4096;
/// The number of rows in the sample of each heat, the last of which must be a small part of the batch.
const HEATS: [usize; 2] = [1024, 8192];

/// Consecutive hypotheses that one thread computes, since neighbours are made of the same arrays.
const STRETCH: usize = 32;

/// Whether a batch of `m` rows through layers of these `widths` is too large to try everything on all of it. A batch as
/// large as a layer is wide has products that a sample has not.
pub fn large(m: usize, widths: &[usize]) -> bool {
    m > SMALL && !widths.contains(&m)
}

/// The rows of the heats for a batch of `m` rows through layers of these `widths`; none where the batch is small.
pub fn heats(m: usize, widths: &[usize]) -> Vec<Vec<usize>> {
    if !large(m, widths) {
        return Vec::new();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    // One row out of each of n equal stretches of the batch.
    let mut sample = |n: usize| (0..n).map(|i| rng.random_range(i * m / n..(i + 1) * m / n)).collect();
    HEATS.iter().filter(|&&n| 4 * n <= m).map(|&n| sample(n)).collect()
}

/// The numbers of the hypotheses that are still in the race; all of them before the first heat.
#[derive(Default)]
pub struct Survivors(Option<Vec<bool>>);

impl Survivors {
    /// Those of the survivors that are `plausible` on a sample or on all rows, which `offer` shows all hypotheses on.
    pub fn heat(self, offer: impl Fn(Taker) + Sync, plausible: impl Fn(&LayerError) -> bool + Sync) -> Self {
        let threads = rayon::current_num_threads().max(1);
        let of_thread = |thread: usize| {
            let (mut passed, mut wanted) = (Vec::new(), 0);
            offer(&mut |hypothesis: Offer| {
                let runs = self.wants(passed.len());
                let own = runs && wanted / STRETCH % threads == thread;
                wanted += usize::from(runs);
                passed.push(own && hypothesis().is_some_and(|error| plausible(&error)));
            });
            passed
        };
        let any = |a: Vec<bool>, b: Vec<bool>| a.into_iter().zip(b).map(|(a, b)| a || b).collect();
        Survivors((0..threads).into_par_iter().map(of_thread).reduce_with(any))
    }

    /// Shows `attempt` the survivors among all hypotheses that `offer` shows.
    pub fn attempt(&self, offer: impl FnOnce(Taker), mut attempt: impl FnMut(LayerError)) {
        let mut number = 0;
        offer(&mut |hypothesis: Offer| {
            if self.wants(number)
                && let Some(error) = hypothesis()
            {
                attempt(error);
            }
            number += 1;
        });
    }

    fn wants(&self, number: usize) -> bool {
        self.0.as_ref().is_none_or(|passed| passed.get(number).copied().unwrap_or(false))
    }
}
