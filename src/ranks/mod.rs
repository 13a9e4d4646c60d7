//! Ranks: the processes that learn one network together, each of them other rows of every batch.
//!
//! All ranks do the same: they read the same configuration, hold the same weights, and come to the same decisions, because
//! whatever a decision depends on is the same number on all of them. Three kinds of things are not done by each for itself.
//! What a rank finds in its own rows of a batch is added up over all ranks ([`sum`]). What only one of them can know, as what
//! stands in a file of the run or whether a second has passed, the first finds out for all ([`shared`]). And only the first
//! rank writes and prints ([`is_first`]). So the training loop is the same for one process and for many.
//!
//! A program is one rank alone unless it was built with the feature `mpi`, was started by `mpirun` or `srun`, and has called
//! [`start`]. Only the thread that did so is part of the whole: for any other thread, and within [`shared`], this process is
//! alone, so that work beside the training can never wait for other ranks.
//!
//! | files | what they know |
//! |---|---|
//! | `mod` | what the house asks of ranks |
//! | `mpi`, `alone` | the same few functions over MPI, and for a program without it |
//! | `waiting` | the end of a rank that has waited for the others for too long |

#[cfg(not(feature = "mpi"))]
#[path = "alone.rs"]
mod transport;
#[cfg(feature = "mpi")]
#[path = "mpi.rs"]
mod transport;

#[cfg(feature = "mpi")]
mod waiting;

use std::cell::Cell;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Which rank this is, and of how many.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seat {
    rank: usize,
    count: usize,
    /// How many ranks share this machine, and how many threads this one may have of its cores.
    beside: usize,
    threads: usize,
}

/// The seat of a process that is alone.
const ALONE: Seat = Seat { rank: 0, count: 1, beside: 1, threads: 0 };

thread_local! {
    static SEAT: Cell<Seat> = const { Cell::new(ALONE) };
}

/// Whether this process was asked to stop, and whether all ranks know that one of them was.
static ASKED: AtomicBool = AtomicBool::new(false);
static AGREED: AtomicBool = AtomicBool::new(false);

/// How this process ends where it has waited in vain.
static LEFT_ALONE: OnceLock<fn(&str)> = OnceLock::new();

/// The rows of a batch that one rank has.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The places of the rows within the batch, ascending.
    pub rows: Vec<usize>,
    /// How many rows the whole batch has.
    pub of: usize,
}

impl Share {
    /// What `whole` has at the places of these rows.
    pub fn pick<T: Copy>(&self, whole: &[T]) -> Vec<T> {
        self.rows.iter().map(|&row| whole[row]).collect()
    }
}

/// Says how this process ends, with a message, where it has waited for other ranks in vain.
pub fn when_left_alone(end: fn(&str)) {
    let _ = LEFT_ALONE.set(end);
}

/// Joins the other ranks, if this process is one of several.
///
/// # Errors
/// MPI was there and did not begin.
pub fn start() -> Result<(), String> {
    if let Some(seat) = transport::start()? {
        SEAT.set(seat);
    }
    Ok(())
}

/// The number of this rank, from 0.
pub fn rank() -> usize {
    SEAT.get().rank
}

/// How many ranks there are.
pub fn count() -> usize {
    SEAT.get().count
}

/// Whether this is the rank that writes and prints.
pub fn is_first() -> bool {
    rank() == 0
}

/// How many ranks share the memory of this machine.
pub fn beside() -> usize {
    SEAT.get().beside
}

/// How many threads this rank may have so that all ranks of this machine together have one a core; `None` where it is alone.
pub fn threads() -> Option<usize> {
    Some(SEAT.get().threads).filter(|_| count() > 1)
}

/// The number of this process among the ranks of its machine, from 0, as whoever started it says: for a GPU a rank.
pub fn local() -> usize {
    let names = ["OMPI_COMM_WORLD_LOCAL_RANK", "SLURM_LOCALID", "MPI_LOCALRANKID", "PMI_LOCAL_RANK"];
    names.into_iter().find_map(|name| std::env::var(name).ok()?.parse().ok()).unwrap_or(0)
}

/// The sums over all ranks, entry by entry. They have the same bits on all ranks, and in every run of as many ranks. On the
/// way all ranks learn whether one of them was asked to stop, see [`asked_to_stop`].
pub fn sum(mut own: Vec<f32>) -> Vec<f32> {
    if count() == 1 {
        return own;
    }
    own.push(f32::from(ASKED.load(Ordering::Relaxed)));
    let mut all = transport::sum(&own);
    if all.pop().is_some_and(|asked| asked > 0.0) {
        AGREED.store(true, Ordering::Relaxed);
    }
    all
}

/// The sums over all ranks, entry by entry, of numbers that are few.
pub fn sum_exactly(own: &[f64]) -> Vec<f64> {
    if count() == 1 { own.to_vec() } else { transport::sum(own) }
}

/// The least of the numbers that the ranks give.
pub fn least(own: u64) -> u64 {
    if count() == 1 { own } else { transport::least(own) }
}

/// Whether all ranks give the same number. All ask for both ends, also where the first tells one of them enough, because a
/// call that some ranks leave out is one that the others wait in.
pub fn alike(own: u64) -> bool {
    let (least, most) = (least(own), !least(!own));
    least == most
}

/// The part of `of` things that rank number `rank` of `count` has where neighbours stay together.
pub fn part((rank, count): (usize, usize), of: usize) -> Range<usize> {
    rank * of / count..(rank + 1) * of / count
}

/// What `find` gives on the first rank, for all ranks.
pub fn shared<T: Serialize + DeserializeOwned>(find: impl FnOnce() -> T) -> T {
    if count() == 1 {
        return find();
    }
    let found = first(find);
    let bytes = found.as_ref().map(|found| postcard::to_stdvec(found).unwrap_or_default());
    let bytes = transport::broadcast(bytes.unwrap_or_default());
    found.or_else(|| postcard::from_bytes(&bytes).ok()).unwrap_or_else(|| unreachable!("what is shared can be written"))
}

/// What `work` gives on the first rank, which is alone with it; `None` on all others.
pub fn first<T>(work: impl FnOnce() -> T) -> Option<T> {
    is_first().then(|| apart(work))
}

/// What `work` gives on each rank for itself: for work that is the same on all and too small to be divided.
pub fn apart<T>(work: impl FnOnce() -> T) -> T {
    let seat = SEAT.get();
    SEAT.set(Seat { count: 1, ..seat });
    let done = work();
    SEAT.set(seat);
    done
}

/// Asks all ranks to stop at the next border of a step; `false` if this process was asked before. Any thread may ask.
pub fn ask_to_stop() -> bool {
    !ASKED.swap(true, Ordering::Relaxed)
}

/// Takes back what was asked and not answered.
pub fn forget() {
    ASKED.store(false, Ordering::Relaxed);
    AGREED.store(false, Ordering::Relaxed);
}

/// Whether a rank was asked to stop and all ranks know that. This answers the request, so it is `true` once for each.
pub fn asked_to_stop() -> bool {
    let asked = if count() == 1 { &ASKED } else { &AGREED }.swap(false, Ordering::Relaxed);
    if asked {
        forget();
    }
    asked
}

/// Waits some seconds for all other ranks to come here too, since they have met the same error; `false` if some do not,
/// because the error is one of this rank alone.
pub fn all_have_failed() -> bool {
    count() == 1 || transport::all_arrive()
}

/// Leaves the other ranks once all have come to their end.
pub fn leave() {
    if count() > 1 {
        transport::leave();
    }
    SEAT.set(ALONE);
}

/// Ends all ranks at once, with this exit code of the whole.
pub fn abort(code: u8) {
    if count() > 1 {
        transport::abort(code);
    }
}
