//! Ranks over MPI: a handful of collective calls, made by the thread that began.
//!
//! MPI is begun only where the environment says that somebody has started several processes, because a process that begins it
//! alone waits for a daemon of its own. What is ended by a signal or by an exit without [`leave`] is noticed by `mpirun`,
//! which then ends the others; what only one rank meets, an error or a panic, ends all of them by [`abort`].

use std::time::{Duration, Instant};

use mpi::collective::SystemOperation;
use mpi::datatype::Equivalence;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Root};

use super::Seat;
use super::waiting::{self, waiting};

/// What tells a process that it is one of several: Open MPI, PMIx (Slurm too), and the process managers of MPICH and Intel.
const STARTED: [&str; 4] = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"];
/// How long a rank that ends with an error waits for the others to end with it.
const TOGETHER: Duration = Duration::from_secs(3);

pub(super) fn start() -> Result<Option<Seat>, String> {
    if !STARTED.iter().any(|name| std::env::var_os(name).is_some()) {
        return Ok(None);
    }
    let limit = waiting::limit()?;
    let begun = mpi::initialize_with_threading(mpi::Threading::Funneled);
    let (universe, _) = begun.ok_or("MPI was begun before; start the program again")?;
    std::mem::forget(universe); // it would end MPI where it is dropped, and a panic may drop it before the others are there
    let (rank, count) = (world().rank() as usize, world().size() as usize);
    if count == 1 {
        leave();
        return Ok(None);
    }
    waiting::watch(limit, (rank, count));
    let (before, own) = (std::panic::take_hook(), std::thread::current().id());
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        if std::thread::current().id() == own {
            abort(1);
        }
    }));
    let beside = world().split_shared(0);
    let threads = threads(&beside);
    Ok(Some(Seat { rank, count, beside: beside.size() as usize, threads }))
}

fn world() -> SimpleCommunicator {
    SimpleCommunicator::world()
}

/// How many threads this rank may have beside those of the same machine: its part of the cores that any of them may use. A
/// launcher that has given every rank cores of its own has divided them already.
fn threads(beside: &SimpleCommunicator) -> usize {
    let (own, allowed) = (std::thread::available_parallelism().map_or(1, usize::from), allowed());
    let mut all = allowed;
    beside.all_reduce_into(&allowed, &mut all, SystemOperation::bitwise_or());
    let count = |cores: [u64; CORES]| cores.iter().map(|some| some.count_ones() as usize).sum::<usize>();
    // Less than the cores that it may use is what a container is granted, which all ranks in it share.
    let there = if own < count(allowed) { own } else { count(all).max(own) };
    own.min(there / beside.size() as usize).max(1)
}

/// Words of 64 cores that are looked at.
const CORES: usize = 64;

/// The cores that this process may use, a bit each; none where the system does not say.
fn allowed() -> [u64; CORES] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let digits = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed:")).unwrap_or_default();
    let mut cores = [0; CORES];
    for (place, digit) in digits.chars().rev().filter_map(|digit| digit.to_digit(16)).enumerate().take(16 * CORES) {
        cores[place / 16] |= u64::from(digit) << (4 * (place % 16));
    }
    cores
}

pub(super) fn sum<T: Equivalence + Copy + Default>(own: &[T]) -> Vec<T> {
    let mut all = vec![T::default(); own.len()];
    waiting(|| world().all_reduce_into(own, &mut all[..], SystemOperation::sum()));
    all
}

pub(super) fn least(own: u64) -> u64 {
    let mut least = own;
    waiting(|| world().all_reduce_into(&own, &mut least, SystemOperation::min()));
    least
}

pub(super) fn broadcast(mut bytes: Vec<u8>) -> Vec<u8> {
    let (world, mut length) = (world(), bytes.len() as u64);
    let first = world.process_at_rank(0);
    waiting(|| {
        first.broadcast_into(&mut length);
        bytes.resize(length as usize, 0);
        bytes.chunks_mut(1 << 30).for_each(|some| first.broadcast_into(some));
    });
    bytes
}

pub(super) fn all_arrive() -> bool {
    let (world, since) = (world(), Instant::now());
    let mut arriving = world.immediate_barrier();
    while since.elapsed() < TOGETHER {
        match arriving.test() {
            Ok(_) => return true,
            Err(still) => arriving = still,
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    std::mem::forget(arriving); // the abort that follows ends it
    false
}

pub(super) fn leave() {
    // SAFETY: MPI was begun by this thread, and no call of it is pending.
    unsafe { mpi::ffi::MPI_Finalize() };
}

pub(super) fn abort(code: u8) {
    world().abort(i32::from(code))
}
