//! The end of a rank that has waited for the others for too long.
//!
//! A rank that is killed is noticed by whoever started all of them; one that hangs, or whose machine has gone without a word,
//! is not, and the others would wait for it until the end of their time. Nobody can tell a rank that hangs from one that is
//! slow, so there is a limit that a person can change. A thread looks at it, and a call of MPI is not made any slower.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::LEFT_ALONE;

/// The name of the variable that holds another limit, in seconds.
const VARIABLE: &str = "BACKBURN_WAIT";
/// How long a rank waits for the others.
const LIMIT: u64 = 60;
/// How often a thread looks.
const PAUSE: Duration = Duration::from_millis(500);

/// The milliseconds from [`begin`] to the call that is waited for, and one; 0 where none is.
static SINCE: AtomicU64 = AtomicU64::new(0);

/// The moment from which milliseconds are counted.
fn begin() -> Instant {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    *BEGIN.get_or_init(Instant::now)
}

/// Milliseconds since then.
fn now() -> u64 {
    begin().elapsed().as_millis() as u64 + 1
}

/// How long a rank waits for the others.
///
/// # Errors
/// The variable is no number of seconds.
pub(super) fn limit() -> Result<Duration, String> {
    let seconds = std::env::var(VARIABLE).map_or(Ok(LIMIT), |text| {
        text.parse()
            .map_err(|_| format!("{VARIABLE} must be a number of seconds: it is `{text}`; leave it out for {LIMIT}"))
    });
    seconds.map(Duration::from_secs)
}

/// Makes a call that waits for other ranks.
pub(super) fn waiting<T>(call: impl FnOnce() -> T) -> T {
    SINCE.store(now(), Ordering::Relaxed);
    let found = call();
    SINCE.store(0, Ordering::Relaxed);
    found
}

/// Starts the thread that ends this process, with a message, once a call has waited for longer than `limit`. Whoever started
/// the ranks then ends the others.
pub(super) fn watch(limit: Duration, (rank, count): (usize, usize)) {
    let look = move || {
        loop {
            std::thread::sleep(PAUSE);
            let since = SINCE.load(Ordering::Relaxed);
            if since > 0 && now().saturating_sub(since) > limit.as_millis() as u64 {
                let message = format!(
                    "rank {rank} of {count} has waited {} s for the others: one of them hangs or is far slower; \
                     find it and go on with --resume, or let them wait longer with {VARIABLE}=SECONDS",
                    limit.as_secs()
                );
                LEFT_ALONE.get().map_or_else(|| std::process::abort(), |end| end(&message));
            }
        }
    };
    std::thread::spawn(look);
}
