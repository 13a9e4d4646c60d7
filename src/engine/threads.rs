//! Threads: a long loop is cut into two pieces that run side by side, on threads that stay awake while there is work.
//!
//! The threads are those of `rayon`. Results have the same bits for any number of threads, because loops that sum are
//! cut by their length alone and, with one thread, the pieces are done one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A loop over fewer numbers than this is not cut: handing a piece to another thread would take as long as the loop.
pub const LONG_LOOP: usize = 1 << 15;

/// A product of matrices is not cut into parts of fewer multiplications than this, for the same reason.
pub const LARGE_PRODUCT: usize = 1 << 18;

/// How long a thread looks for work before it falls asleep: longer than the parts of a step that run on one thread.
const PATIENCE: Duration = Duration::from_micros(100);

/// Computes both closures, at the same time if there is a second thread, and returns their results.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, two: impl FnOnce() -> B + Send) -> (A, B) {
    if rayon::current_num_threads() > 1 { rayon::join(one, two) } else { (one(), two()) }
}

/// Wakes the other threads for a step of this many multiplications, if the step is large enough to be shared.
///
/// A step is a sequence of short loops, and waking a thread takes as long as most of them. A thread that was woken
/// therefore looks for the next loop again and again and falls asleep when none has come for `PATIENCE`. On a busy
/// machine it yields to whoever else wants to run.
pub fn wake(multiplications: usize) {
    static AWAKE: AtomicUsize = AtomicUsize::new(0);
    let own = rayon::current_thread_index();
    let others = rayon::current_num_threads() - usize::from(own.is_some());
    if multiplications < LARGE_PRODUCT || others == 0 {
        return;
    }
    // Two trainings of one process may come here at the same moment; only one of them wakes the threads.
    if AWAKE.compare_exchange(0, others, Ordering::Relaxed, Ordering::Relaxed).is_err() {
        return;
    }
    rayon::spawn_broadcast(move |thread| {
        if Some(thread.index()) != own {
            work_until_idle();
            AWAKE.fetch_sub(1, Ordering::Relaxed);
        }
    });
    rayon::yield_local(); // takes the broadcast's entry for this thread out of its queue, where it would delay a join
}

/// Works off what other threads have queued, and returns once nothing came for [`PATIENCE`].
fn work_until_idle() {
    let mut since = Instant::now();
    while since.elapsed() < PATIENCE {
        match rayon::yield_now() {
            Some(rayon::Yield::Executed) => since = Instant::now(),
            _ => std::thread::yield_now(),
        }
    }
}
