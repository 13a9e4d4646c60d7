//! How far an epoch is, on a terminal: a line that passes, for epochs that take longer than a second.
//!
//! A thread looks at the numbers that the training keeps for whoever watches ([`Pace`]). The line is written over by the
//! next line of any kind, and off a terminal there is none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::print;
use super::ticker::Ticker;
use crate::train::Pace;

/// How often the line is drawn.
const PAUSE: Duration = Duration::from_millis(250);
/// An epoch of less time has no line.
const LONG: Duration = Duration::from_secs(1);

/// Draws the line of the epoch in hand, one of `epochs`, until the result is dropped; nothing off a terminal.
pub(super) fn draw(pace: Arc<Pace>, epochs: usize) -> Option<Ticker> {
    let (mut epoch, mut since) = (0, Instant::now());
    print::passes().then(|| {
        Ticker::start(PAUSE, move || {
            if pace.epoch() != epoch {
                (epoch, since) = (pace.epoch(), Instant::now());
            }
            if epoch > 0 && since.elapsed() > LONG {
                print::passing(&line(epoch, epochs, pace.share()));
            }
            Ok(())
        })
    })
}

/// The line of an epoch of which this share is learned, in fewer than 60 columns.
fn line(epoch: usize, epochs: usize, share: f64) -> String {
    let filled = (30.0 * share) as usize;
    format!(
        "{:<10} {}{} {:3.0} %",
        format!("{epoch}/{epochs}"),
        "#".repeat(filled),
        ".".repeat(30 - filled),
        100.0 * share
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_narrow_terminals() {
        assert_eq!(line(3, 20, 0.5), "3/20       ###############...............  50 %");
        assert!(line(10_000, 10_000, 1.0).len() < 60);
    }
}
