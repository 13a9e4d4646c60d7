//! Sharing: two halves of a long loop, side by side.
//!
//! Where to halve depends on the numbers alone and never on the threads, so results are the same for any count of them;
//! with one thread the halves are done one after the other.

/// Loops over fewer numbers stay whole: to wake a thread takes as long.
pub const SHARE: usize = 1 << 17;

/// What both give, computed at the same time if there are threads for it.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, two: impl FnOnce() -> B + Send) -> (A, B) {
    if rayon::current_num_threads() > 1 { rayon::join(one, two) } else { (one(), two()) }
}
