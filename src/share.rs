//! Sharing: two halves of a long loop, side by side, on threads that are awake while there is work for them.
//!
//! Results have the same bits for any count of threads: loops that sum are halved by their length alone, and with one
//! thread the halves are done one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Loops over fewer numbers stay whole: to hand one over takes as long.
pub const SHARE: usize = 1 << 15;

/// A product is not cut into parts of fewer multiplications.
pub const WORK: usize = 1 << 18;

/// How long a thread waits for a part before it falls asleep: longer than what a step does alone.
const PATIENCE: Duration = Duration::from_micros(100);

/// What both give, computed at the same time if there are threads for it.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, two: impl FnOnce() -> B + Send) -> (A, B) {
    if rayon::current_num_threads() > 1 { rayon::join(one, two) } else { (one(), two()) }
}

/// Wakes the other threads for a step of so many multiplications, if there is something to share.
///
/// A step is a row of loops, and to wake a thread takes as long as most of them: so the threads look for the next one
/// again and again, and sleep when none comes. On a busy machine they step aside for whoever else wants to run.
pub fn wake(multiplications: usize) {
    static AWAKE: AtomicUsize = AtomicUsize::new(0);
    let own = rayon::current_thread_index();
    let others = rayon::current_num_threads() - usize::from(own.is_some());
    if multiplications < WORK || others == 0 || AWAKE.load(Ordering::Relaxed) > 0 {
        return;
    }
    AWAKE.store(others, Ordering::Relaxed);
    rayon::spawn_broadcast(move |thread| {
        if Some(thread.index()) != own {
            wait();
            AWAKE.fetch_sub(1, Ordering::Relaxed);
        }
    });
    rayon::yield_local(); // takes this thread's own invitation out of the queue
}

/// Does what there is to do, until there was nothing for a while.
fn wait() {
    let mut since = Instant::now();
    while since.elapsed() < PATIENCE {
        match rayon::yield_now() {
            Some(rayon::Yield::Executed) => since = Instant::now(),
            _ => std::thread::yield_now(),
        }
    }
}
