//! Sharing: which rows of a batch each of several ranks gathers, so that together they learn it once.
//!
//! Rows in memory are divided evenly, one run of neighbours for each rank. Rows of a file are divided slab by slab, since
//! a slab is read as a whole or not at all: so every rank reads its own part of the file, and no rank reads the file for the
//! rows of another. The batch is the same one that a single process learns, but the slabs of a rank have a few more or fewer of
//! its rows, about as many as a random draw. If a batch draws from too few slabs for that, its rows are divided evenly and
//! every rank reads all slabs.

use super::stream::Stream;
use crate::ranks::{self, Share};

/// The number of slabs in memory for each rank, from which on they are divided.
const SLABS: usize = 8;

/// The part that one of several ranks has of every batch.
pub(super) struct Sharing {
    rank: usize,
    count: usize,
    owners: Option<Owners>,
}

/// The ranks that read the slabs of a stream.
struct Owners {
    /// How many rows a slab has.
    slab: usize,
    /// The rank of every slab.
    ranks: Vec<u32>,
}

impl Sharing {
    /// The part of rank number `rank` of `count`, divided evenly.
    pub(super) fn evenly(rank: usize, count: usize) -> Self {
        Sharing { rank, count, owners: None }
    }

    /// The part of the same rank, divided by the slabs of `stream`, of which `rows` are learned in this order. The slabs go to
    /// the ranks in turn, as they come into memory, so at any time every rank holds as many.
    pub(super) fn by_slabs(self, stream: &Stream, rows: impl Iterator<Item = u32>) -> Self {
        if stream.held() < SLABS * self.count {
            return self;
        }
        let (none, slab) = (u32::MAX, stream.slab());
        let mut ranks = vec![none; stream.slabs()];
        let mut turns = (0..self.count as u32).cycle();
        for row in rows {
            let owner = &mut ranks[row as usize / slab];
            if *owner == none {
                *owner = turns.next().unwrap_or(none);
            }
        }
        Sharing { owners: Some(Owners { slab, ranks }), ..self }
    }

    /// The part of a batch whose rows have these numbers in their table.
    pub(super) fn of(&self, rows: impl ExactSizeIterator<Item = u32>) -> Share {
        let of = rows.len();
        let rows = match &self.owners {
            None => ranks::part((self.rank, self.count), of).collect(),
            Some(Owners { slab, ranks }) => {
                let own = |row: u32| ranks[row as usize / slab] == self.rank as u32;
                rows.enumerate().filter(|&(_, row)| own(row)).map(|(place, _)| place).collect()
            }
        };
        Share { rows, of }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_together_have_every_row_once_also_of_a_batch_with_fewer_rows_than_ranks() {
        for of in [0, 1, 3, 4, 5, 128, 131] {
            let parts = (0..4).flat_map(|rank| Sharing::evenly(rank, 4).of(0..of).rows);
            assert!(parts.eq(0..of as usize), "{of} rows");
        }
    }
}
